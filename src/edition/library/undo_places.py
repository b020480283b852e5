"""Where an act of the journal was done, and which acts depend on another.

An act's places are the editions and exhibitions that it changed. An act can be undone out of
its turn as long as no act after it that isn't undone has changed the same: that one is named then.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edition.domain import MARK_GROUPS, ActPlace, FieldChange, MarkChange
from edition.library.exhibition_table import HEAD, PRINTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from edition.domain import Change


def exhibitions(changes: Iterable[Change]) -> frozenset[str]:
    """Names of the exhibitions that changes are of."""
    return frozenset(c.key for c in changes if isinstance(c, FieldChange) and _hung(c))


def print_ids(changes: Iterable[Change]) -> tuple[int, ...]:
    """Ids of the prints that changes are of, gone ones too."""
    ids = {c.print_id if isinstance(c, MarkChange) else int(c.key) for c in changes if not _hung(c)}
    return tuple(sorted(ids))


def places(connection: sqlite3.Connection, changes: Sequence[Change]) -> tuple[ActPlace, ...]:
    """The editions and exhibitions that changes were made in; prints that are gone name none."""
    ids = print_ids(changes)
    found = connection.execute(
        "SELECT DISTINCT slug FROM prints WHERE id IN (SELECT value FROM json_each(?))"
        " ORDER BY slug",
        (json.dumps(ids),),
    )
    editions = [ActPlace("edition", row[0]) for row in (found if ids else ())]
    return (*editions, *(ActPlace("exhibition", name) for name in sorted(exhibitions(changes))))


def is_in(connection: sqlite3.Connection, changes: Sequence[Change], place: ActPlace) -> bool:
    """Whether an act changed anything at a place; a place without a name is any of its kind."""
    if place.kind == "exhibition":
        names = exhibitions(changes)
        return place.name in names if place.name else bool(names)
    ids = print_ids(changes)
    if not ids:
        return False
    row = connection.execute(
        "SELECT count(*), coalesce(sum(slug = ?), 0) FROM prints"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (place.name, json.dumps(ids)),
    ).fetchone()
    return bool(row[1] or not row[0])  # of prints that are all gone: reported wherever it is undone


def touched(changes: Iterable[Change]) -> frozenset[tuple[object, ...]]:
    """What acts are compared by: two that share any of it can't be undone in any order."""
    found: set[tuple[object, ...]] = set()
    for change in changes:
        if isinstance(change, MarkChange):
            before, after = change.before, change.after
            for names in MARK_GROUPS:
                if any(getattr(before, name) != getattr(after, name) for name in names):
                    found.add(("mark", change.print_id, names))
        elif _hung(change):
            found.add(("exhibition", change.key))
        else:
            found.add((change.kind, change.key))
    return frozenset(found)


def _hung(change: Change) -> bool:
    return isinstance(change, FieldChange) and change.kind in (HEAD, PRINTS)
