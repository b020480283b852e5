"""The shortest way to the screens: a plain ``edition open`` understood without typer.

Typer with all verbs takes 0.15 s (it loads pydantic to read an option), a third of the time to
the first grid. What is written in any other way, or wrongly, is typer's to read or to refuse;
tests/cli/test_quick.py holds both to the same meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = {"--render": "render", "--graphics": "graphics"}
"""Options of ``open`` that take a value."""


@dataclass(slots=True)
class Asked:
    """What ``edition open`` was told."""

    library: str | None = None
    slug: str | None = None
    render: str | None = None
    graphics: str = "auto"
    plain: bool = False


def understand(words: Sequence[str]) -> Asked | None:
    """Reads ``[--library DIR] [open [SLUG] [--render SLUG] [--graphics NAME] [--plain]]``.

    Returns:
        What is asked for; None for everything that is not exactly this.
    """
    asked, left = Asked(), list(words)
    if left and left[0] in ("--library", "-l"):
        if len(left) < 2 or left[1].startswith("-"):
            return None
        asked.library = left[1]
        left = left[2:]
    if not left:
        return asked
    return _open(asked, left[1:]) if left[0] == "open" else None


def _open(asked: Asked, left: list[str]) -> Asked | None:
    while left:
        word = left.pop(0)
        if word == "--plain":
            asked.plain = True
        elif word in VALUES and left and not left[0].startswith("-"):
            setattr(asked, VALUES[word], left.pop(0))
        elif not word.startswith("-") and asked.slug is None:
            asked.slug = word
        else:
            return None
    return asked
