"""Facts as people read them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.domain import ActResult, Print


def clean(text: str) -> str:
    """Text from outside, safe to show in a terminal: control characters become a dot."""
    return "".join(
        "·" if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n" else char
        for char in text
    )


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``4.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 print``, ``2,000 prints``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def named(prints: Sequence[Print]) -> str:
    """Prints as the history names them: ``small seed 7``, ``3 prints``."""
    if len(prints) == 1:
        return f"{prints[0].slug} seed {prints[0].seed}"
    return count(len(prints), "print")


def act_words(done: ActResult) -> str:
    """An act as a person is told of it, with what it could not do; empty when nothing changed."""
    left = [f"{done.emptied} emptied since: render by seed"] if done.emptied else []
    left += [f"stacks not grouped anew yet: edition stacks {slug}" for slug in done.ungrouped]
    return f"{done.action} ({'; '.join(left)})" if left else done.action
