"""The register of numbered prints: append-only rows, and a text copy beside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths, regular_files
from edition.library.database import Database, explained

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence


class RegisterTable:
    """Rows of text in the order they were written. What they say is the proof room's."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def rows(self) -> tuple[str, ...]:
        """All rows, oldest first; those of the copy while a new database has none."""
        with explained(self._db.root):
            return _rows(self._db.connection) or _copied(self._db)

    def append(self, make: Callable[[Sequence[str]], Sequence[str]]) -> tuple[str, ...]:
        """Appends rows that depend on those there are; two writers never see the same end.

        Args:
            make: gets all rows and returns the new ones; what it raises leaves the register alone.

        Returns:
            The new rows.
        """
        with self._db.write() as connection:
            rows = _rows(connection) or self._from_copy(connection)
            new = tuple(make(rows))
            connection.executemany("INSERT INTO register (json) VALUES (?)", ((r,) for r in new))
            _copy(self._db, (*rows, *new))
        return new

    def restore(self) -> int:
        """Reads the text copy back into an empty register; returns how many rows."""
        with self._db.write() as connection:  # somebody else may be at it: rows can't be taken out
            return 0 if _rows(connection) else len(self._from_copy(connection))

    def _from_copy(self, connection: sqlite3.Connection) -> tuple[str, ...]:
        """Fills an empty register from its copy: a lost database must not begin a second one."""
        rows = _copied(self._db)
        connection.executemany("INSERT INTO register (json) VALUES (?)", ((r,) for r in rows))
        return rows


def mirror(db: Database) -> None:
    """Writes the register's text copy; inside a transaction."""
    rows = _rows(db.connection)
    if rows and rows != _copied(db):
        _copy(db, rows)


def _copy(db: Database, rows: Sequence[str]) -> None:
    text = "".join(row + "\n" for row in rows)
    db.mirrors.replace(paths.register_file(db.root), text)


def _copied(db: Database) -> tuple[str, ...]:
    try:
        copy = regular_files.read_bytes(paths.register_file(db.root))
    except FileNotFoundError:
        return ()
    return tuple(copy.decode(errors="replace").splitlines())


def _rows(connection: sqlite3.Connection) -> tuple[str, ...]:
    found = connection.execute("SELECT json FROM register ORDER BY place")
    return tuple(row[0] for row in found)
