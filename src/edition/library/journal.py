"""Marks: written together with an undo journal and a text mirror beside the images."""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence

from edition.facts import JournalEntry, MarkChange, Marks
from edition.library.db import Database, explained
from edition.library.files import append_marks, marks_line


class Journal:
    """Every change of a mark goes through here, so that every one can be undone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def apply(self, action: str, changes: Sequence[MarkChange]) -> int:
        """Does one act of a person.

        What could have been redone is dropped, as in any editor.

        Returns:
            The entry's id; 0 when nothing changes.
        """
        real = [c for c in changes if c.before != c.after]
        if not real:
            return 0
        with self._db.write() as connection:
            connection.execute("DELETE FROM journal WHERE undone = 1")
            row = connection.execute(
                "INSERT INTO journal (time, action, changes) VALUES (?, ?, ?) RETURNING id",
                (time.time(), action, _dump(real)),
            ).fetchone()
            self._write(connection, {c.print_id: c.after for c in real})
        return int(row[0])

    def undo(self) -> JournalEntry | None:
        """Takes back the latest act that stands; None when there is none."""
        return self._flip(
            "SELECT * FROM journal WHERE undone = 0 ORDER BY id DESC LIMIT 1", undone=True
        )

    def redo(self) -> JournalEntry | None:
        """Does again what was taken back last; None when there is nothing."""
        return self._flip(
            "SELECT * FROM journal WHERE undone = 1 ORDER BY id LIMIT 1", undone=False
        )

    def history(self, limit: int = 100) -> tuple[JournalEntry, ...]:
        """The latest acts, newest first."""
        with explained(self._db.root):
            rows = self._db.connection.execute(
                "SELECT * FROM journal ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return tuple(_entry(row) for row in rows)

    def note(self, print_id: int, text: str) -> None:
        """Writes a person's note to a print."""
        with self._db.write() as connection:
            connection.execute("UPDATE prints SET note = ? WHERE id = ?", (text, print_id))
            self._mirror(connection, [print_id])

    def restore(self, marks: Iterable[tuple[int, Marks, str]]) -> None:
        """Puts marks back that were read from the mirror; neither journalled nor mirrored.

        Args:
            marks: print id, marks and note of each.
        """
        with self._db.write() as connection:
            connection.executemany(
                "UPDATE prints SET star = ?, reject = ?, rating = ?, label = ?, note = ?"
                " WHERE id = ?",
                ((m.star, m.reject, m.rating, m.label, note, i) for i, m, note in marks),
            )

    def _flip(self, sql: str, *, undone: bool) -> JournalEntry | None:
        with self._db.write() as connection:
            row = connection.execute(sql).fetchone()
            if row is None:
                return None
            entry = _entry(row)
            connection.execute(
                "UPDATE journal SET undone = ? WHERE id = ?", (int(undone), entry.id)
            )
            self._write(
                connection,
                {c.print_id: c.before if undone else c.after for c in entry.changes},
            )
        return entry

    def _write(self, connection: sqlite3.Connection, marks: dict[int, Marks]) -> None:
        connection.executemany(
            "UPDATE prints SET star = ?, reject = ?, rating = ?, label = ? WHERE id = ?",
            ((m.star, m.reject, m.rating, m.label, i) for i, m in marks.items()),
        )
        self._mirror(connection, list(marks))

    def _mirror(self, connection: sqlite3.Connection, ids: list[int]) -> None:
        """Appends the marks as they now are, before the transaction commits.

        A kill in between leaves a mirror that is ahead of the database by this act: nothing
        is lost, and the next change of the same print sets it right.
        """
        lines: dict[str, list[dict[str, object]]] = {}
        rows = connection.execute(
            "SELECT slug, digest, seed, star, reject, rating, label, note FROM prints"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(ids),),
        )
        now = time.time()
        for slug, digest, seed, star, reject, rating, label, note in rows:
            marks = Marks(bool(star), bool(reject), rating, label)
            lines.setdefault(slug, []).append(marks_line(digest, seed, marks, note, now))
        for slug, entries in lines.items():
            append_marks(self._db.root, slug, entries)


def _dump(changes: Sequence[MarkChange]) -> str:
    def flat(m: Marks) -> list[object]:
        return [int(m.star), int(m.reject), m.rating, m.label]

    return json.dumps([[c.print_id, flat(c.before), flat(c.after)] for c in changes])


def _entry(row: Sequence) -> JournalEntry:  # type: ignore[type-arg]
    def marks(flat: list) -> Marks:  # type: ignore[type-arg]
        return Marks(bool(flat[0]), bool(flat[1]), flat[2], flat[3])

    changes = tuple(MarkChange(i, marks(b), marks(a)) for i, b, a in json.loads(row[3]))
    return JournalEntry(id=row[0], time=row[1], action=row[2], changes=changes, undone=bool(row[4]))
