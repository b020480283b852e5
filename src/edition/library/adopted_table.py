"""Files found in adopted folders, the numbers of what they show, and the rows made of them.

A picture is known by its content (edition.library.content_digest), not by its name: one that was
moved keeps its row, copies share one. In its edition each content has a number, which stands where
prints have their seed. The number is kept in a text mirror: a database rebuilt gives it back, and
with it the marks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edition import paths
from edition.domain import READING, FoundFile
from edition.library import journal
from edition.library.database import explained
from edition.library.mirror_files import read_lines

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterator, Sequence

    from edition.domain import NewPrint
    from edition.library.database import Database
    from edition.library.print_table import PrintTable
    from edition.library.xmp import Told

_COLUMNS = "file, size, changed, sidecar, digest, sha256, fault, said"


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read: what it is, and what the library shall keep of what it shows."""

    found: FoundFile
    new: NewPrint | None = None
    """None where it can't be read. Its seed is set here."""
    told: Told | None = None
    """What its XMP says."""


class AdoptedTable:
    """Reads and writes what is in adopted folders."""

    def __init__(self, db: Database, prints: PrintTable) -> None:
        self._db = db
        self._prints = prints

    def any(self) -> bool:
        """Whether any folder was adopted and read."""
        with explained(self._db.root):
            return bool(self._db.connection.execute("SELECT 1 FROM found_files").fetchone())

    def files(self, slug: str) -> dict[str, FoundFile]:
        """All files of an edition that were read, whole or not, by name."""
        sql = f"SELECT {_COLUMNS} FROM found_files WHERE slug = ?"  # noqa: S608
        with explained(self._db.root):
            return {row[0]: FoundFile(*row) for row in self._db.connection.execute(sql, (slug,))}

    def restore_numbers(self, slug: str) -> int:
        """Restores the numbers that the text mirror knows and the database doesn't."""
        lines = read_lines(paths.pictures_file(self._db.root, slug))
        known = [found for line in lines if (found := _numbered(line))]
        with explained(self._db.root):
            sql = "SELECT digest FROM picture_numbers WHERE slug = ?"
            there = {row[0] for row in self._db.connection.execute(sql, (slug,))}
        lost = [(slug, digest, number) for digest, number in known if digest not in there]
        if not lost:
            return 0
        with self._db.write() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO picture_numbers (slug, digest, number) VALUES (?, ?, ?)",
                lost,
            )
        return len(lost)

    def take(
        self, slug: str, batch: Sequence[Taken], there: Callable[[str], bool], state: str
    ) -> tuple[int, ...]:
        """Records a batch of files in one transaction; a kill loses no more than this.

        Args:
            slug: the edition.
            batch: as they were read.
            there: whether a file that is known is still in its place.
            state: of the whole reading, kept with it.

        Returns:
            Ids of the pictures that had no row before.
        """
        with self._db.write() as connection:
            before = _ids(connection, slug, [item.found.digest for item in batch])
            fresh = _first_of_each(item for item in batch if item.new is not None)
            numbers = self._numbers(connection, slug, fresh)
            news = [
                replace(item.new, seed=numbers[item.found.digest])
                for item in fresh
                if item.new is not None and item.found.digest not in before
            ]
            ids, unknown = self._prints.add_within(connection, news)
            _put_files(connection, slug, batch)
            _settle_places(connection, slug, batch, before, there)
            told = {item.found.digest: item.told for item in reversed(batch) if item.told}
            marked = [
                (print_id, told[new.digest])
                for print_id, new in zip(ids, news, strict=True)
                if print_id in unknown and new.digest in told
            ]
            _mark(connection, marked)
            journal.mirror(self._db, [print_id for print_id, said in marked if said.as_text()])
            _remember(connection, slug, state)
        return ids

    def _numbers(
        self, connection: sqlite3.Connection, slug: str, fresh: Sequence[Taken]
    ) -> dict[str, int]:
        """The number of each content; a new one is given and mirrored."""
        known = dict(
            connection.execute(
                "SELECT digest, number FROM picture_numbers WHERE slug = ? AND digest IN"
                " (SELECT value FROM json_each(?))",
                (slug, json.dumps([item.found.digest for item in fresh])),
            ).fetchall()
        )
        (last,) = connection.execute(
            "SELECT coalesce(max(number), 0) FROM picture_numbers WHERE slug = ?", (slug,)
        ).fetchone()
        lines: list[dict[str, object]] = []
        for item in fresh:
            digest = item.found.digest
            if digest in known:
                continue
            last += 1
            known[digest] = last
            name = paths.adopted_name(item.found.file)
            lines.append({"number": last, "digest": digest, "name": name})
        connection.executemany(
            "INSERT INTO picture_numbers (slug, digest, number) VALUES (?, ?, ?)",
            ((slug, line["digest"], line["number"]) for line in lines),
        )
        if lines:
            self._db.mirrors.append(paths.pictures_file(self._db.root, slug), lines)
        return known

    def lose(self, slug: str, files: Collection[str], there: Callable[[str], bool]) -> int:
        """Forgets files that are gone; a picture goes with the last of its files.

        Its number and its marks stay in the text mirrors and come back with it.

        Args:
            slug: the edition.
            files: that are gone.
            there: whether a file is in its place.

        Returns:
            How many pictures went.
        """
        with self._db.write() as connection:
            rows = connection.execute(
                "SELECT file, digest FROM found_files WHERE slug = ? AND file IN"
                " (SELECT value FROM json_each(?))",
                (slug, json.dumps(list(files))),
            ).fetchall()
            connection.executemany(
                "DELETE FROM found_files WHERE slug = ? AND file = ?",
                ((slug, file) for file, _ in rows),
            )
            digests = {digest for _, digest in rows if digest}
            return _settle(connection, slug, digests, there)

    def said(self, slug: str, files: Sequence[FoundFile]) -> None:
        """Records the files' XMP and their state with it."""
        with self._db.write() as connection:
            connection.executemany(
                "UPDATE found_files SET size = ?, changed = ?, sidecar = ?, sha256 = ?, said = ?"
                " WHERE slug = ? AND file = ?",
                ((f.size, f.changed, f.sidecar, f.sha256, f.said, slug, f.file) for f in files),
            )
            connection.executemany(
                "UPDATE prints SET sha256 = ? WHERE slug = ? AND file = ?",
                ((f.sha256, slug, f.file) for f in files if f.sha256),
            )

    def finish(self, slug: str, state: str) -> None:
        """Keeps how a reading ended."""
        with self._db.write() as connection:
            _remember(connection, slug, state)

    def faults(self, slug: str) -> tuple[tuple[str, str], ...]:
        """Files that can't be read, each with the reason."""
        sql = "SELECT file, fault FROM found_files WHERE slug = ? AND fault != '' ORDER BY file"
        with explained(self._db.root):
            return tuple(self._db.connection.execute(sql, (slug,)).fetchall())

    def copies(self, slug: str) -> int:
        """How many files show what another file shows already."""
        sql = (
            "SELECT count(*) - count(DISTINCT digest) FROM found_files WHERE slug = ?"
            " AND digest != ''"
        )
        with explained(self._db.root):
            return int(self._db.connection.execute(sql, (slug,)).fetchone()[0])


def mirror_again(db: Database, slug: str) -> None:
    """Writes every number of the database into the text mirror; inside a transaction."""
    file = paths.pictures_file(db.root, slug)
    told = {found for line in read_lines(file) if (found := _numbered(line))}
    rows = db.connection.execute(
        "SELECT n.digest, n.number, coalesce(min(f.file), '') FROM picture_numbers AS n"
        " LEFT JOIN found_files AS f ON f.slug = n.slug AND f.digest = n.digest"
        " WHERE n.slug = ? GROUP BY n.number ORDER BY n.number",
        (slug,),
    ).fetchall()
    lines: list[dict[str, object]] = [
        {"number": number, "digest": digest, "name": paths.adopted_name(name)}
        for digest, number, name in rows
        if (digest, number) not in told
    ]
    if lines:
        db.mirrors.append(file, lines)


def _numbered(line: dict[str, object]) -> tuple[str, int] | None:
    digest, number = line.get("digest"), line.get("number")
    whole = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**62
    return (digest, number) if whole and isinstance(digest, str) and digest else None  # type: ignore[return-value]


def _first_of_each(batch: Iterator[Taken]) -> list[Taken]:
    found: dict[str, Taken] = {}
    for item in batch:
        found.setdefault(item.found.digest, item)
    return list(found.values())


def _ids(
    connection: sqlite3.Connection, slug: str, digests: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Id and file of the pictures that have a row, by digest."""
    rows = connection.execute(
        "SELECT digest, id, file FROM prints WHERE slug = ? AND digest IN"
        " (SELECT value FROM json_each(?))",
        (slug, json.dumps([digest for digest in digests if digest])),
    )
    return {digest: (print_id, file) for digest, print_id, file in rows}


def _put_files(connection: sqlite3.Connection, slug: str, batch: Sequence[Taken]) -> None:
    connection.executemany(
        f"INSERT OR REPLACE INTO found_files (slug, {_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (slug, f.file, f.size, f.changed, f.sidecar, f.digest, f.sha256, f.fault, f.said)
            for f in (item.found for item in batch)
        ),
    )


def _settle_places(
    connection: sqlite3.Connection,
    slug: str,
    batch: Sequence[Taken],
    before: dict[str, tuple[int, str]],
    there: Callable[[str], bool],
) -> None:
    """Rows of pictures that lie elsewhere now, and of what a changed file showed before."""
    names = [item.found.file for item in batch]
    shown = connection.execute(
        "SELECT digest FROM prints WHERE slug = ? AND file IN (SELECT value FROM json_each(?))",
        (slug, json.dumps(names)),
    )
    touched = {row[0] for row in shown} | before.keys()
    _settle(connection, slug, touched, there)
    connection.executemany(  # metadata may have been written into a file that shows the same
        "UPDATE prints SET sha256 = ? WHERE slug = ? AND digest = ? AND file = ?",
        ((f.sha256, slug, f.digest, f.file) for f in (item.found for item in batch) if f.digest),
    )


def _settle(
    connection: sqlite3.Connection,
    slug: str,
    digests: Collection[str],
    there: Callable[[str], bool],
) -> int:
    """Has rows of pictures name a file that shows them; forgets those that none shows."""
    files: dict[str, list[str]] = {digest: [] for digest in digests}
    asked = (slug, json.dumps(list(digests)))
    for digest, file in connection.execute(
        "SELECT digest, file FROM found_files WHERE slug = ? AND digest IN"
        " (SELECT value FROM json_each(?)) ORDER BY file",
        asked,
    ):
        files[digest].append(file)
    gone = 0
    for digest, (print_id, file) in _ids(connection, slug, list(digests)).items():
        here = files[digest]
        if file in here and (len(here) == 1 or there(file)):
            continue
        place = next((name for name in here if there(name)), next(iter(here), ""))
        if not place:
            connection.execute("DELETE FROM prints WHERE id = ?", (print_id,))
            gone += 1
        elif place != file:
            connection.execute(
                "UPDATE prints SET file = ?1, sha256 = (SELECT sha256 FROM found_files WHERE"
                " slug = ?2 AND file = ?1) WHERE id = ?3",
                (place, slug, print_id),
            )
    return gone


def _mark(connection: sqlite3.Connection, told: Sequence[tuple[int, Told]]) -> None:
    connection.executemany(
        "UPDATE prints SET star = ?, reject = ?, rating = ?, label = ?, tags = ? WHERE id = ?",
        (
            (m.star, m.reject, m.rating, m.label, " ".join(said.tags), print_id)
            for print_id, said in told
            for m in (said.marks,)
        ),
    )


def _remember(connection: sqlite3.Connection, slug: str, state: str) -> None:
    connection.execute(
        "INSERT INTO settings (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (READING + slug, state),
    )
