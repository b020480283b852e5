"""What the verbs share: the library they work in, and how they report. Knows no typer."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.output_streams import writes_unicode
from edition.text_format import clean, clean_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from edition.actions.session import Session


@dataclass(slots=True)
class GlobalOptions:
    """The options that are before the verb."""

    library: str | None = None
    debug: bool = False


CHOSEN = GlobalOptions()


def root() -> Path:
    """The library's folder."""
    return paths.library_root(CHOSEN.library)


def open_desk(*, writable: bool = True) -> Session:
    """The library, open."""
    from edition.actions.session import Session

    return Session(root(), writable=writable)


def say(text: str) -> None:
    """Lines for a person, without their control characters."""
    sys.stdout.write("\n".join(clean_lines(text)) + "\n")
    sys.stdout.flush()


def report(facts: Any) -> None:  # noqa: ANN401
    """Facts for a program."""
    plain = not writes_unicode()  # JSON has escapes of its own: those of the stream break it
    sys.stdout.write(json.dumps(facts, ensure_ascii=plain, indent=2, default=str) + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for a person; numbers to the right."""
    lines = [[clean(str(cell)) for cell in row] for row in rows]
    widths = [
        max(len(head), *(len(line[i]) for line in lines)) if lines else len(head)
        for i, head in enumerate(headings)
    ]
    numeric = [
        bool(lines) and all(line[i].replace(",", "").replace(".", "").isdigit() for line in lines)
        for i in range(len(headings))
    ]

    def row(cells: Sequence[str]) -> str:
        parts = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        )
        return "  ".join(parts).rstrip()

    sys.stdout.write("\n".join([row(headings), *(row(line) for line in lines)]) + "\n")
