"""Counts, durations, curves and texts from outside, as every place shows them."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.domain import ActResult, Print

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ud800-\udfff]"
)
"""Escape sequences, C0 and C1 controls, what turns the writing direction round, halves of pairs."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def clean(text: str) -> str:
    """Text from outside as one line that can do nothing to a terminal.

    Brackets stay as they are written; escape sequences and control characters go.
    """
    return " ".join(_CONTROL.sub("", text).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """Like ``clean``, line by line; spaces at the beginning stay."""
    return tuple(_CONTROL.sub("", line).expandtabs(4).rstrip() for line in text.splitlines())


def plain_name(title: str, otherwise: str) -> str:
    """A name for files made of a title: a-z, 0-9 and hyphens, letters without their accents.

    Args:
        title: as a person writes it.
        otherwise: what it is called when nothing of the title is left.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or otherwise


def duration(seconds: float) -> str:
    """A time in the two largest units: ``0.42 s``, ``4.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 0.95:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} days {hours} h"


def factor(value: float) -> str:
    """``×4``, ``×5.6``, ``×10.67``: what something is enlarged by."""
    return f"×{round(value, 2):g}"


def count(number: int, noun: str) -> str:
    """``1 print``, ``2 prints``, ``12,000 prints``; ``2 batches``, ``2 copies``."""
    if number != 1 and noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number:,} {noun[:-1]}ies"
    plural = noun if number == 1 else f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
    if number != 1 and noun.endswith("py"):
        plural = f"{noun[:-1]}ies"
    return f"{number:,} {plural}"


def roman(number: int) -> str:
    """A number from 1 to 3999 in Roman numerals; 0 stays ``0``."""
    out = ""
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
        (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        out += letters * (number // value)
        number %= value
    return out or "0"


def named(prints: Sequence[Print]) -> str:
    """Prints as the history names them: ``small seed 7``, ``3 prints``."""
    if len(prints) == 1:
        return f"{prints[0].slug} seed {prints[0].seed}"
    return count(len(prints), "print")


def act_words(done: ActResult) -> str:
    """The sentence about an act, with what it could not do; empty when nothing changed."""
    left = [f"{done.emptied} emptied since: render by seed"] if done.emptied else []
    left += [f"stacks not regrouped yet: edition stacks {slug}" for slug in done.ungrouped]
    return f"{done.action} ({'; '.join(left)})" if left else done.action


def bars(values: Sequence[float], width: int, height: int = 1) -> list[str]:
    """A curve as block characters, from its least to its greatest value.

    Args:
        values: in order; each column shows the mean of an equal stretch.
        width: cells; fewer values than that take one each.
        height: lines.

    Returns:
        ``height`` lines, the top one first.
    """
    if not values or width < 1:
        return [""] * height
    width = min(width, len(values))
    edges = [len(values) * i // width for i in range(width + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    scale = (8 * height - 1) / ((high - low) or 1.0)
    eighths = [1 + round((mean - low) * scale) for mean in means]
    return [
        "".join(_EIGHTHS[max(0, min(8, level - 8 * line))] for level in eighths)
        for line in reversed(range(height))
    ]
