"""Writes the text mirrors again from the database, where somebody changed or lost them.

What the database holds is what a person last decided. Where a mirror has something else for a
print, a line with the database's state is appended.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from edition import paths
from edition.domain import Marks
from edition.errors import LibraryError
from edition.library import (
    adopted_table,
    exhibition_table,
    journal,
    register_table,
    stack_overrides,
    trash_table,
)
from edition.library.database import explained
from edition.library.mirror_files import MirroredPrint, read_marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.library.database import Database

_ROWS = (
    "SELECT id, digest, seed, star, reject, rating, label, note, tags, trash, apart, best"
    " FROM prints WHERE slug = ?"
)


def agree(db: Database) -> tuple[str, ...]:
    """Sets right all mirrors of a library.

    Returns:
        Why a mirror can't be read or written, a sentence each.
    """
    with explained(db.root):
        sql = "SELECT slug FROM prints UNION SELECT slug FROM emptied"
        slugs = [row[0] for row in db.connection.execute(sql)]
    steps: list[Callable[[Database], None]] = [_copies, *(partial(_edition, slug=s) for s in slugs)]
    faults = []
    for step in steps:
        try:
            step(db)
        except LibraryError as error:
            faults.append(error.message)
    return tuple(faults)


def _copies(db: Database) -> None:
    with db.write():
        exhibition_table.mirror(db)
        register_table.mirror(db)


def _edition(db: Database, slug: str) -> None:
    """Sets right the mirrors of an edition; one whose folder is gone is passed over."""
    if not paths.edition_folder(db.root, slug).is_dir():
        return
    with db.write() as connection:
        said = read_marks(db.root, slug)
        lying, placed = (
            trash_table.read_trash(db.root, slug),
            stack_overrides.read_splits(db.root, slug),
        )
        marked, moved, split = [], [], []
        for i, digest, seed, *values in connection.execute(_ROWS, (slug,)).fetchall():
            star, reject, rating, label, note, tags, since, apart, best = values
            marks = Marks(bool(star), bool(reject), rating, label)
            name = digest, seed
            if said.get(name, _NOTHING) != MirroredPrint(marks, note, tuple(tags.split())):
                marked.append(i)
            known = lying.get(name, trash_table.TrashRecord(0.0))
            if known.emptied or abs(known.since - since) > 0.001:  # as the mirror rounds it
                moved.append(i)
            if placed.get(name, (0, 0)) != (apart, best):
                split.append(i)
        journal.mirror(db, marked)
        trash_table.mirror(db, moved)
        stack_overrides.mirror(db, split)
        adopted_table.mirror_again(db, slug)
        sql = "SELECT digest, seed, time FROM emptied WHERE slug = ?"
        for digest, seed, when in connection.execute(sql, (slug,)).fetchall():
            if not lying.get((digest, seed), trash_table.TrashRecord(0.0)).emptied:
                trash_table.mirror_gone(db, [(slug, digest, seed)], when)


_NOTHING = MirroredPrint(Marks())
