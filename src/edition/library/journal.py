"""What a person decides: written together with an undo journal and a text mirror of marks."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from edition import paths
from edition.domain import (
    MARK_GROUPS,
    ActPlace,
    Change,
    FieldChange,
    JournalEntry,
    MarkChange,
    Marks,
)
from edition.errors import LibraryError
from edition.library import undo_places
from edition.library.change_writers import WRITERS
from edition.library.database import Database, explained
from edition.library.mirror_files import MirroredPrint, marks_line


class Journal:
    """Every decision of a person goes through here, so that every one can be undone.

    Marks are a MarkChange; all else is a FieldChange: see edition.library.change_writers.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def apply(self, action: str, changes: Sequence[Change]) -> str:
        """Does one act of a person.

        What could have been redone is dropped, as in any editor.

        Args:
            action: what is done, in words, as the history shows it.
            changes: written in this order, undone in the reverse; those that change nothing
                are left out.

        Returns:
            What was done, in words; empty when nothing changes.

        Raises:
            LibraryError: a change is of an unknown kind, or can't be written; nothing is then.
        """
        if all(c.before == c.after for c in changes):
            return ""
        return self.act(lambda: (action, changes))

    def act(self, decide: Callable[[], tuple[str, Sequence[Change]]]) -> str:
        """Does one act that is decided from what the library holds at that very moment.

        Args:
            decide: called under the write lock, so that nobody changes what it reads: what is
                done, in words, and the changes, as in ``apply``. It writes nothing; what it
                raises leaves all as it was.

        Returns:
            What was done, in words; empty when nothing changes.
        """
        with self._db.write() as connection:
            action, changes = decide()
            real = [c for c in changes if c.before != c.after]
            if not real:
                return ""
            self._drop_undone(connection, real)
            connection.execute(
                "INSERT INTO journal (time, action, changes) VALUES (?, ?, ?)",
                (time.time(), action, _dump(real)),
            )
            self._write(connection, real, undone=False)
        return action

    def undo(self, place: ActPlace | None = None, *, entry: int = 0) -> JournalEntry | None:
        """Undoes the latest act that isn't undone yet; None when there is none.

        Args:
            place: the latest one of this edition or exhibition; None for the whole library.
            entry: id of the act instead, whatever was done since.

        Raises:
            LibraryError: a later act changed the same, and has to be undone first.
        """
        return self._flip(place, entry, undone=True)

    def redo(self, place: ActPlace | None = None, *, entry: int = 0) -> JournalEntry | None:
        """Does again what was undone last; None when there is nothing. Takes what undo does."""
        return self._flip(place, entry, undone=False)

    def history(self, limit: int = 100) -> tuple[JournalEntry, ...]:
        """The latest acts, newest first."""
        with explained(self._db.root):
            rows = self._db.connection.execute(
                "SELECT * FROM journal ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
            return tuple(self._placed(_entry(row)) for row in rows)

    def _placed(self, entry: JournalEntry) -> JournalEntry:
        found = undo_places.places(self._db.connection, entry.changes)
        return replace(entry, places=found)

    def _drop_undone(self, connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
        """Forgets what could have been redone where a new act is done, as in any editor.

        ``undone`` counts up, so that what was undone last is done again first; what a new act
        elsewhere leaves can be done again at its own place only, and its count is negative.
        """
        here = set(undo_places.places(connection, changes))
        rows = connection.execute("SELECT * FROM journal WHERE undone != 0").fetchall()
        gone = [
            (entry.id,)
            for entry in map(_entry, rows)
            if here.intersection(found := undo_places.places(connection, entry.changes))
            or not found
        ]
        connection.executemany("DELETE FROM journal WHERE id = ?", gone)
        connection.execute("UPDATE journal SET undone = -undone WHERE undone > 0")

    def _meant(
        self, connection: sqlite3.Connection, place: ActPlace | None, entry: int, *, undone: bool
    ) -> JournalEntry | None:
        """The act that is to be undone, or redone."""
        if entry:
            rows = connection.execute(
                "SELECT * FROM journal WHERE id = ? AND (undone = 0) = ?", (entry, undone)
            )
        elif undone:
            rows = connection.execute("SELECT * FROM journal WHERE undone = 0 ORDER BY id DESC")
        else:
            rows = connection.execute(
                "SELECT * FROM journal WHERE undone >= ? AND undone != 0"
                " ORDER BY abs(undone) DESC, id",
                (1 if place is None else -(2**62),),
            )
        for found in map(_entry, rows):
            if place is None or undo_places.is_in(connection, found.changes, place):
                return found
        return None

    def _refuse_later(self, connection: sqlite3.Connection, entry: JournalEntry) -> None:
        """An act is not turned round under one that was done on top of it."""
        mine = undo_places.touched(entry.changes)
        later = connection.execute(
            "SELECT * FROM journal WHERE id > ? AND undone = 0 ORDER BY id DESC", (entry.id,)
        )
        for other in map(_entry, later):
            if mine & undo_places.touched(other.changes):
                raise LibraryError(
                    f"{other.action} was done later and changed the same.",
                    hint="Undo that first: H lists all acts.",
                )

    def _flip(self, place: ActPlace | None, wanted: int, *, undone: bool) -> JournalEntry | None:
        with self._db.write() as connection:
            entry = self._meant(connection, place, wanted, undone=undone)
            if entry is None:
                return None
            self._refuse_later(connection, entry)
            entry = self._placed(entry)
            connection.execute(
                "UPDATE journal SET undone = CASE WHEN ? THEN"
                " 1 + (SELECT coalesce(max(abs(undone)), 0) FROM journal) ELSE 0 END WHERE id = ?",
                (undone, entry.id),
            )
            self._write(connection, entry.changes, undone=undone)
        return entry

    def _write(
        self, connection: sqlite3.Connection, changes: Sequence[Change], *, undone: bool
    ) -> None:
        """Puts the values after, or before, in place: runs of one kind at a time."""
        touched: set[int] = set()
        runs: list[tuple[str, list[Change]]] = []
        for change in reversed(changes) if undone else changes:
            kind = change.kind if isinstance(change, FieldChange) else ""
            if not runs or runs[-1][0] != kind:
                runs.append((kind, []))
            runs[-1][1].append(change)
        for kind, run in runs:
            if kind:
                values = [(_key(c), c.before if undone else c.after) for c in run]
                touched.update(_writer(kind)(self._db, values))
            else:
                touched.update(_write_marks(connection, run, undone=undone))
        mirror(self._db, sorted(touched))


def mirror(db: Database, ids: Sequence[int]) -> None:
    """Writes the prints' current marks into the text mirror; inside a transaction."""
    lines: dict[str, list[dict[str, object]]] = {}
    rows = db.connection.execute(
        "SELECT slug, digest, seed, star, reject, rating, label, note, tags FROM prints"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(ids)),),
    )
    now = time.time()
    for slug, digest, seed, star, reject, rating, label, note, tags in rows:
        marks = Marks(bool(star), bool(reject), rating, label)
        kept = MirroredPrint(marks, note, tuple(tags.split()))
        lines.setdefault(slug, []).append(marks_line(digest, seed, kept, now))
    for slug, entries in lines.items():
        db.mirrors.append(paths.marks_file(db.root, slug), entries)


def _key(change: Change) -> str:
    return change.key if isinstance(change, FieldChange) else str(change.print_id)


def _writer(kind: str) -> Any:  # noqa: ANN401
    if kind not in WRITERS:
        raise LibraryError(
            f"The journal holds an act of a kind {kind!r} that this edition does not know.",
            hint="Update edition; nothing was changed.",
        )
    return WRITERS[kind]


def _write_marks(
    connection: sqlite3.Connection, changes: Sequence[Change], *, undone: bool
) -> Iterable[int]:
    """Writes only the marks that an act changed: others may have changed since."""
    marks = [c for c in changes if isinstance(c, MarkChange)]
    for names in MARK_GROUPS:
        columns = ", ".join(f"{name} = ?" for name in names)
        values = [
            (*(getattr(c.before if undone else c.after, name) for name in names), c.print_id)
            for c in marks
            if any(getattr(c.before, name) != getattr(c.after, name) for name in names)
        ]
        connection.executemany(f"UPDATE prints SET {columns} WHERE id = ?", values)  # noqa: S608
    return [c.print_id for c in marks]


def _dump(changes: Sequence[Change]) -> str:
    def flat(m: Marks) -> list[object]:
        return [int(m.star), int(m.reject), m.rating, m.label]

    rows: list[list[object]] = [
        [c.kind, c.key, c.before, c.after]
        if isinstance(c, FieldChange)
        else [c.print_id, flat(c.before), flat(c.after)]
        for c in changes
    ]
    return json.dumps(rows, ensure_ascii=False)


def _entry(row: Sequence) -> JournalEntry:  # type: ignore[type-arg]
    changes = tuple(_change(item) for item in json.loads(row[3]))
    return JournalEntry(id=row[0], time=row[1], action=row[2], changes=changes, undone=bool(row[4]))


def _change(item: list[Any]) -> Change:
    """A change as it was dumped: four values of a field, three of marks."""
    if len(item) == 4:
        return FieldChange(*item)
    before, after = (Marks(bool(m[0]), bool(m[1]), m[2], m[3]) for m in item[1:])
    return MarkChange(item[0], before, after)
