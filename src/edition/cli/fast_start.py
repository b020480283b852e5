"""The shortest way to what one looks at: plain `open`, `list` and `show`, understood without typer.

Typer with all verbs takes a third of the time to the first grid, and of `list`. What is written in
any other way, or wrongly, is typer's to read or to refuse; tests/cli/test_quick.py holds both to
the same meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = {"--render": "render", "--graphics": "graphics"}
"""Options of ``open`` that take a value."""


@dataclass(slots=True)
class FastRequest:
    """What was asked for."""

    verb: str = "open"
    """``open``, ``list`` or ``show``."""
    library: str | None = None
    slug: str | None = None
    render: str | None = None
    graphics: str = "auto"
    plain: bool = False
    as_json: bool = False


def understand(words: Sequence[str]) -> FastRequest | None:
    """Reads ``[--library DIR]`` and then one of ``open``, ``list`` and ``show``, or nothing.

    ``open [SLUG] [--render SLUG] [--graphics NAME] [--plain]``, ``list [--json]``,
    ``show SLUG [--json]``.

    Returns:
        What is asked for; None for everything that is not exactly this.
    """
    asked, left = FastRequest(), list(words)
    if left and left[0] in ("--library", "-l"):
        if len(left) < 2 or left[1].startswith("-"):
            return None
        asked.library = left[1]
        left = left[2:]
    if not left:
        return asked
    verb = left.pop(0)
    if verb == "open":
        return _open(asked, left)
    if verb not in ("list", "show"):
        return None
    asked.verb = verb
    return _look(asked, left)


def _look(asked: FastRequest, left: list[str]) -> FastRequest | None:
    for word in left:
        if word == "--json":
            asked.as_json = True
        elif not word.startswith("-") and asked.verb == "show" and asked.slug is None:
            asked.slug = word
        else:
            return None
    return asked if asked.verb == "list" or asked.slug is not None else None


def _open(asked: FastRequest, left: list[str]) -> FastRequest | None:
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
