"""How each kind of change is written: the table that doing, undoing and redoing go by.

A new kind is one function and one row of WRITERS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from edition.domain import MarkChange
from edition.library import exhibition_table, stack_overrides, tags, trash_table

if TYPE_CHECKING:
    from edition.domain import Change
    from edition.library.database import Database

Writer = Callable[["Database", Sequence[tuple[str, Any]]], Iterable[int]]
"""Puts values in place, given as (key, value), inside the journal's transaction.

It writes through ``db.connection`` and commits nothing. A key that is gone is passed over: what
can't come back must not be in the way of older acts. Values were checked when the act was done.

Returns:
    Ids of the prints whose line in the text mirror is now out of date.
"""


def write_notes(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``note``: key is a print's id, value its text."""
    rows = [(str(text), int(key)) for key, text in values]
    db.connection.executemany("UPDATE prints SET note = ? WHERE id = ?", rows)
    return [print_id for _, print_id in rows]


WRITERS: dict[str, Writer] = {
    trash_table.TRASH: trash_table.write_trash,
    stack_overrides.APART: stack_overrides.write_apart,
    stack_overrides.BEST: stack_overrides.write_best,
    exhibition_table.HEAD: exhibition_table.write_heads,
    exhibition_table.PRINTS: exhibition_table.write_prints,
    "note": write_notes,
    tags.KIND: tags.write,
}
"""Kind of a FieldChange → what writes it."""


def count_prints(changes: Iterable[Change]) -> int:
    """How many prints an act changes, each counted once, whatever it changes of them."""
    prints: set[object] = set()
    for change in changes:
        if isinstance(change, MarkChange):
            prints.add(str(change.print_id))
        elif change.kind == exhibition_table.PRINTS:
            places = [*change.before["put"], *change.after["put"]]
            prints.update(tuple(place[:3]) for place in places)
        elif change.kind != exhibition_table.HEAD:
            prints.add(change.key)
    return len(prints)
