"""What the verbs share: the library they work in, and how they report. Knows no typer."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
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
    as_json: bool = False
    """Whether ``--json`` was asked for: then a verb writes one JSON value and nothing else."""
    told: list[str] = field(default_factory=list)
    """Lines kept instead of being written, until ``finish`` reports it."""
    rows: list[dict[str, object]] | None = None
    """A table instead of being written."""
    facts: Any = None
    """What a verb has reported, until it ends: a fault that follows goes into the same value."""
    reported: bool = False
    written: bool = False


CHOSEN = GlobalOptions()


def root() -> Path:
    """The library's folder."""
    return paths.library_root(CHOSEN.library)


def open_desk(*, writable: bool = True) -> Session:
    """The library, open."""
    from edition.actions.session import Session

    return Session(root(), writable=writable)


def say(text: str) -> None:
    """Lines for a person, without their control characters; with ``--json`` kept for ``finish``."""
    if CHOSEN.as_json:
        CHOSEN.told += [line.strip() for line in clean_lines(text) if line.strip()]
        return
    sys.stdout.write("\n".join(clean_lines(text)) + "\n")
    sys.stdout.flush()


def report(facts: Any) -> None:  # noqa: ANN401
    """Facts for a program; written when the verb ends."""
    CHOSEN.facts, CHOSEN.reported = facts, True
    if not CHOSEN.as_json:  # nobody has called ``begin``, nobody will call ``finish``
        write_value(facts)


def write_value(facts: Any) -> None:  # noqa: ANN401
    """Writes the one JSON value at once: of a verb that stays until a person leaves."""
    CHOSEN.written = True
    plain = not writes_unicode()  # JSON has escapes of its own: those of the stream break it
    sys.stdout.write(json.dumps(facts, ensure_ascii=plain, indent=2, default=str) + "\n")
    sys.stdout.flush()


def begin(*, as_json: bool) -> None:
    """Forgets an earlier verb's lines, in the same process."""
    CHOSEN.as_json, CHOSEN.told, CHOSEN.rows = as_json, [], None
    CHOSEN.facts, CHOSEN.reported, CHOSEN.written = None, False, False


def finish() -> None:
    """With ``--json``: what a verb has reported, else its table, else its lines."""
    if not CHOSEN.as_json or CHOSEN.written:
        return
    lines = CHOSEN.rows if CHOSEN.rows is not None else {"told": CHOSEN.told}
    write_value(CHOSEN.facts if CHOSEN.reported else lines)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for a person; numbers to the right. With ``--json`` a list of objects."""
    lines = [[clean(str(cell)) for cell in row] for row in rows]
    if CHOSEN.as_json:
        CHOSEN.rows = [dict(zip(headings, line, strict=True)) for line in lines]
        return
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
