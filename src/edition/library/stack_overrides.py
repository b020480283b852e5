"""What a person decides about stacks: which print is apart, which is best. Kept in a text mirror.

``apart`` is a number of a print: 0 for most; prints split from their stack together share one.
Prints of different numbers never are in one stack, whatever their looks. ``best`` is 1 for the
print that a person put on top.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.library.database import explained
from edition.library.mirror_files import read_lines

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from edition.library.database import Database

APART, BEST = "apart", "best"
"""Kinds of a FieldChange: key is a print's id, value a number."""
Said = tuple[int, int]
"""Apart and best of a print."""


class StackOverrides:
    """Reads what was decided; it is written through the journal alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def said(self, ids: Sequence[int]) -> dict[int, Said]:
        """Apart and best by id."""
        sql = "SELECT id, apart, best FROM prints WHERE id IN (SELECT value FROM json_each(?))"
        with explained(self._db.root):
            rows = self._db.connection.execute(sql, (json.dumps(list(ids)),))
            return {row[0]: (row[1], row[2]) for row in rows}

    def next_apart(self, slug: str) -> int:
        """A number that no print of an edition has."""
        with explained(self._db.root):
            row = self._db.connection.execute(
                "SELECT max(apart) FROM prints WHERE slug = ?", (slug,)
            ).fetchone()
        return 1 + int(row[0] or 0)


def write_apart(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``apart``: the print leaves its stack, or may join the others again."""
    return _write(db, "UPDATE prints SET apart = ? WHERE id = ?", values)


def write_best(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``best``: the print is its stack's top, or no longer by a person's choice."""
    return _write(db, "UPDATE prints SET best = ? WHERE id = ?", values)


def _write(db: Database, sql: str, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    ids = [int(key) for key, _ in values]
    db.connection.executemany(sql, ((int(value), int(key)) for key, value in values))
    mend(db.connection, ids)
    mirror(db, ids)
    return ()


def mend(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Sets right the stacks that prints are in, inside a transaction.

    What is in the trash leaves its stack, what is kept apart makes one of its own, and the best
    of each is on top. A print does not come back into a stack here: grouping again does that.
    """
    for column in ("stack", "kin"):
        touched = connection.execute(
            f"SELECT DISTINCT slug, {column} FROM prints WHERE id IN"  # noqa: S608
            f" (SELECT value FROM json_each(?)) AND {column} != 0 ORDER BY slug, {column}",
            (json.dumps(list(ids)),),
        ).fetchall()
        for slug, top in touched:
            _mend_one(connection, column, slug, top)


def _mend_one(connection: sqlite3.Connection, column: str, slug: str, top: int) -> None:
    rows = connection.execute(  # the order is edition.similarity.stack_grouping.best_of's
        f"SELECT id, apart, trash FROM prints WHERE slug = ? AND {column} = ?"  # noqa: S608
        f" AND {column} != 0"  # written so that the index, which holds no 0, is used: 8 ms less
        " ORDER BY best DESC, 100 * star - 100 * reject + rating DESC, id",
        (slug, top),
    ).fetchall()
    stacks: dict[int, list[int]] = {}
    new = {print_id: 0 for print_id, _, trash in rows if trash}
    for print_id, apart, trash in rows:
        if not trash:
            stacks.setdefault(apart, []).append(print_id)
    for members in stacks.values():
        new |= dict.fromkeys(members, members[0] if len(members) > 1 else 0)
    connection.executemany(
        f"UPDATE prints SET {column} = ? WHERE id = ?",  # noqa: S608
        ((to, print_id) for print_id, to in new.items() if to != top),
    )


def mirror(db: Database, ids: Sequence[int]) -> None:
    """Writes the prints' current state into the text mirror; inside a transaction."""
    now = round(time.time(), 3)
    lines: dict[str, list[dict[str, object]]] = {}
    rows = db.connection.execute(
        "SELECT slug, digest, seed, apart, best FROM prints"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(ids)),),
    )
    for slug, digest, seed, apart, best in rows:
        line = {"time": now, "digest": digest, "seed": seed, APART: apart, BEST: best}
        lines.setdefault(slug, []).append(line)
    for slug, entries in lines.items():
        db.mirrors.append(paths.stacks_file(db.root, slug), entries)


def read_splits(root: Path, slug: str) -> dict[tuple[str, int], Said]:
    """The mirror's latest state of every print it names; (digest, seed) → apart, best."""
    lines = read_lines(paths.stacks_file(root, slug))
    return dict(found for line in lines if (found := split_of(line)))


def split_of(line: dict[str, Any]) -> tuple[tuple[str, int], Said] | None:
    """What a line of the mirror says, by digest and seed; None when it is broken."""
    try:
        key = str(line["digest"]), int(line["seed"])
        apart = int(line[APART])
        return key, (apart if 0 <= apart < 1 << 63 else 0, int(line[BEST] == 1))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
