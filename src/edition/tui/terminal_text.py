"""Texts cut and broken to a terminal's cells. Never reads markup out of data."""

import time
from pathlib import PurePosixPath

from rich.cells import cell_len, set_cell_size

from edition.domain import ActResult
from edition.text_format import act_words, clean


def fit(text: str, cells: int) -> str:
    """Cuts or pads to exactly so many cells; a cut shows as an ellipsis."""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    if cells < 2:
        return set_cell_size(text, max(0, cells))
    kept = set_cell_size(text, cells - 1).rstrip()
    return set_cell_size(kept + "…", cells)


def wrap(text: str, cells: int, most: int = 1000) -> list[str]:
    """Breaks a line at spaces, and words that are too long anywhere; at most ``most`` lines."""
    lines = [""]
    for word in text.split():
        while cell_len(word) > cells:
            head = set_cell_size(word, cells).rstrip()
            lines = [*(lines if lines[-1] else lines[:-1]), head, ""]
            word = word[len(head) :]
        joined = f"{lines[-1]} {word}".strip()
        if cell_len(joined) <= cells:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), cells)]
    return lines


def when(moment: float) -> str:
    """A point in time, in the reader's zone: the hour when it is today, else the day."""
    then, now = time.localtime(moment), time.localtime()
    return time.strftime("%H:%M:%S" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)


def name_of(file: str) -> str:
    """The last part of a path."""
    return clean(PurePosixPath(file).name)


def undone_words(done: ActResult) -> str:
    """The sentence about an act that was undone."""
    return f"Undone{_where(done)}: {act_words(done)}" if done else "Nothing to undo."


def redone_words(done: ActResult) -> str:
    """The sentence about an act that was done again."""
    return f"Redone{_where(done)}: {act_words(done)}" if done else "Nothing to redo."


def _where(done: ActResult) -> str:
    places = [clean(str(place)) for place in done.places]
    more = f" and {len(places) - 2} more" if len(places) > 2 else ""
    return f" in {', '.join(places[:2])}{more}" if places else ""
