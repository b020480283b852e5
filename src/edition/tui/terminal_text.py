"""Words and numbers as a terminal may show them. Never reads markup out of data."""

import re
import time
from pathlib import PurePosixPath

from rich.cells import cell_len, set_cell_size

from edition.actions.text_format import act_words
from edition.domain import ActResult

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
"""Escape sequences, C0 and C1 controls, and what turns the writing direction round."""


def clean(text: str) -> str:
    """Text from outside as one line that can do nothing to the terminal.

    Brackets stay as they are written; escape sequences and control characters go.
    """
    return " ".join(_CONTROL.sub("", text).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """Like ``clean``, line by line."""
    return tuple(_CONTROL.sub("", line).expandtabs(4).rstrip() for line in text.splitlines())


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


def duration(seconds: float) -> str:
    """A span of time in the two largest units that matter."""
    if seconds < 0.95:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def count(number: int, noun: str) -> str:
    """``1 print``, ``2 prints``, ``12,000 prints``."""
    plural = noun if number == 1 else f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
    return f"{number:,} {plural}"


def when(moment: float) -> str:
    """A point in time, in the reader's zone: the hour when it is today, else the day."""
    then, now = time.localtime(moment), time.localtime()
    return time.strftime("%H:%M:%S" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)


def name_of(file: str) -> str:
    """The last part of a path."""
    return clean(PurePosixPath(file).name)


def undone_words(done: ActResult) -> str:
    """What a person hears of an act that was taken back."""
    return f"Undone: {act_words(done)}" if done else "Nothing to undo."


def redone_words(done: ActResult) -> str:
    """What a person hears of an act that was done again."""
    return f"Done again: {act_words(done)}" if done else "Nothing to do again."
