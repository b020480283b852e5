"""The table of prints, their thumbnails, stacks and enlarged files."""

import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from edition.domain import Counts, Filter, Marks, NewPrint, Print
from edition.library import trash_table
from edition.library.database import Database, explained
from edition.library.print_conditions import CELL, IN_SIGHT, where_clause
from edition.library.restore_from_mirrors import MirrorRestore

Order = Literal["made", "newest", "seed", "rating"]
"""Orders that the database knows; those by looks are made in edition.actions.search."""
ORDERS: dict[str, str] = {
    "made": "id",
    "newest": "id DESC",
    "seed": "seed, id",
    "rating": "star DESC, rating DESC, id",
}
EVERYTHING = Filter()
_COLUMNS = (
    "id, slug, digest, seed, file, width, height, made, star, reject, rating, label, stack,"
    " upscaled, parent, note, tags, trash"
)
_CHUNK = 500
"""Values bound in one statement; SQLite's old limit is 999."""


@dataclass(frozen=True, slots=True)
class HashRow:
    """What grouping near-duplicates needs to know of a print."""

    id: int
    phash: int
    dhash: int
    colour: bytes
    marks: Marks
    apart: int = 0
    """Prints of different numbers never are in one stack: see edition.library.stack_overrides."""
    best: bool = False
    """A person put it on top of its stack."""


@dataclass(frozen=True, slots=True)
class UpscaledFile:
    """What the library knows of an enlarged file."""

    method: str
    licence: str
    width: int
    height: int
    sha256: str = ""
    """Of the file's bytes, hex."""


class PrintTable:
    """Reads and writes prints. Marks are written by ``Journal`` alone."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._memories: dict[str, MirrorRestore] = {}

    def add(self, new: Iterable[NewPrint]) -> tuple[int, ...]:
        """Records prints whose files are already whole; replaces nothing that is there.

        A print that had a row before, lost with its file or its database, gets back what was
        decided about it.

        Returns:
            The ids, in the order given; an id seen before when the print was known.
        """
        with self._db.write() as connection:
            return self.add_within(connection, new)[0]

    def add_within(
        self, connection: sqlite3.Connection, new: Iterable[NewPrint]
    ) -> tuple[tuple[int, ...], set[int]]:
        """Records prints inside a transaction: see ``add``.

        Returns:
            The ids, in the order given; and those of prints that nothing was known of before,
            neither by a row nor by a text mirror of marks.
        """
        ids, fresh = [], set[int]()
        back: dict[str, dict[tuple[str, int], int]] = {}
        for item in new:
            _keep_recipe(connection, item)
            known = _known(connection, item)
            ids.append(known or _insert(connection, item))
            if not known and not self._made_again(connection, item):
                back.setdefault(item.slug, {})[item.digest, item.seed] = ids[-1]
        for slug, names in back.items():
            if slug not in self._memories:
                self._memories[slug] = MirrorRestore(self._db.root, slug)
            told = self._memories[slug].bring_back(connection, names)
            fresh |= {print_id for name, print_id in names.items() if name not in told}
        return tuple(ids), fresh

    def _made_again(self, connection: sqlite3.Connection, item: NewPrint) -> bool:
        """Whether a print was emptied out of the trash, and its marks with it."""
        emptied = connection.execute(
            "DELETE FROM emptied WHERE slug = ? AND digest = ? AND seed = ?",
            (item.slug, item.digest, item.seed),
        ).rowcount
        if emptied:
            trash_table.tell_made_again(self._db, item.slug, item.digest, item.seed)
        return bool(emptied)

    def seeds(self, slug: str, digest: str) -> set[int]:
        """The seeds of a recipe that are done."""
        rows = self._all("SELECT seed FROM prints WHERE slug = ? AND digest = ?", (slug, digest))
        return {row[0] for row in rows}

    def children(self) -> list[tuple[int, str]]:
        """Prints that start from others: id, and ``digest:seed`` of the other."""
        return self._all("SELECT id, parent FROM prints WHERE parent != ''")

    def select(
        self,
        slug: str | None,
        where: Filter = EVERYTHING,
        order: Order = "made",
        limit: int = -1,
        after: int = 0,
    ) -> "array[int]":
        """Ids of the prints that pass, 8 bytes each.

        Args:
            slug: one edition, or None for all of the library.
            where: what must hold.
            order: of the result.
            limit: at most so many; -1 for all.
            after: only prints recorded later than this id: what a watcher hasn't seen yet.
        """
        clauses, values = where_clause(slug, where)
        if after:
            clauses, values = f"id > ? AND {clauses}", [after, *values]
        sql = f"SELECT id FROM prints WHERE {clauses} ORDER BY {ORDERS[order]} LIMIT {int(limit)}"  # noqa: S608
        with explained(self._db.root):
            return array("q", (row[0] for row in self._db.connection.execute(sql, values)))

    def get(self, ids: Sequence[int], *, alike: bool = False) -> dict[int, Print]:
        """The prints by id, from the trash too; ids that are gone are left out.

        Args:
            ids: which.
            alike: stacks are those of look-alikes.
        """
        found = {}
        sql = f"SELECT {_COLUMNS}, {_STACK_SIZE} FROM prints WHERE id"  # noqa: S608
        if alike:
            sql = sql.replace("stack", "kin")
        for row in self._in(sql, ids):
            found[row[0]] = _print(row)
        return found

    def find(self, slug: str, seeds: Iterable[int], digest: str | None = None) -> tuple[Print, ...]:
        """The prints of an edition with these seeds, of one recipe or of all."""
        ids = self.select(slug, Filter(seeds=tuple(seeds), digest=digest))
        by_id = self.get(ids)
        return tuple(by_id[i] for i in ids)

    def rgb(self, ids: Sequence[int]) -> dict[int, bytes]:
        """32x32 RGB8 thumbnails by id, 3072 bytes each."""
        return dict(self._in("SELECT print_id, rgb FROM thumbs WHERE print_id", ids))

    def jpeg(self, ids: Sequence[int]) -> dict[int, bytes]:
        """JPEG thumbnails by id, 128 pixels on the longer side."""
        return dict(self._in("SELECT print_id, jpeg FROM thumbs WHERE print_id", ids))

    def recipe(self, digest: str) -> str:
        """The recipe of a digest as JSON; empty when it is not known."""
        rows = self._all("SELECT json FROM recipes WHERE digest = ?", (digest,))
        return rows[0][0] if rows else ""

    def seconds(self, ids: Sequence[int]) -> dict[int, float]:
        """How long each print took to make."""
        return dict(self._in("SELECT id, seconds FROM prints WHERE id", ids))

    def digests(self, slug: str) -> tuple[tuple[str, int], ...]:
        """The recipes an edition has prints of, newest last, each with its number of prints."""
        return tuple(
            self._all(
                "SELECT digest, count(*) FROM prints WHERE slug = ? AND trash = 0 GROUP BY digest"
                " ORDER BY max(id)",
                (slug,),
            )
        )

    def counts(self, slug: str) -> Counts:
        """An edition's counts."""
        row = self._all(
            "SELECT count(*), total(star), total(reject), total(upscaled != '') FROM prints"  # noqa: S608
            f" WHERE slug = ? AND {IN_SIGHT}",
            (slug,),
        )[0]
        lying = self._all("SELECT count(*) FROM prints WHERE slug = ? AND trash != 0", (slug,))
        stacks = self._all(
            "SELECT count(DISTINCT stack) FROM prints WHERE slug = ? AND stack != 0", (slug,)
        )[0][0]
        cells = self._all(
            f"SELECT count(*) FROM prints WHERE slug = ? AND {IN_SIGHT} AND {CELL}",  # noqa: S608
            (slug,),
        )
        return Counts(
            prints=row[0], starred=int(row[1]), rejected=int(row[2]), upscaled=int(row[3]),
            stacks=stacks, trash=lying[0][0], cells=cells[0][0],
        )  # fmt: skip

    def hashes(self, slug: str) -> tuple[HashRow, ...]:
        """What the stacks of an edition are made from, oldest first; cells of studies are not."""
        rows = self._all(
            "SELECT id, phash, dhash, colour, star, reject, rating, label, apart, best FROM prints"  # noqa: S608
            f" WHERE slug = ? AND trash = 0 AND NOT {CELL} ORDER BY id",
            (slug,),
        )
        return tuple(
            HashRow(r[0], r[1] % 2**64, r[2] % 2**64, r[3], _marks(r[4:8]), r[8], bool(r[9]))
            for r in rows
        )

    def has_lookalikes(self, slug: str) -> bool:
        """Whether an edition's look-alikes were grouped."""
        return bool(self._all("SELECT 1 FROM prints WHERE slug = ? AND kin != 0 LIMIT 1", (slug,)))

    def set_stacks(self, slug: str, tops: Mapping[int, int], *, alike: bool = False) -> None:
        """Replaces an edition's stacks; only rows that differ are written.

        Args:
            slug: the edition.
            tops: print id → id of its stack's top, for every print in a stack, tops included.
            alike: these are stacks of look-alikes.
        """
        column = "kin" if alike else "stack"
        with self._db.write() as connection:
            sql = f"SELECT id, {column} FROM prints WHERE slug = ? AND {column} != 0"  # noqa: S608
            now = dict(connection.execute(sql, (slug,)).fetchall())
            new = {**dict.fromkeys(now, 0), **tops}
            connection.executemany(
                f"UPDATE prints SET {column} = ? WHERE id = ? AND (? = 0 OR trash = 0)",  # noqa: S608
                ((top, i, top) for i, top in new.items() if now.get(i, 0) != top),
            )

    def add_upscale(self, print_id: int, file: str, facts: UpscaledFile, made: float) -> None:
        """Records an enlarged file that is already whole; it becomes the print's newest."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO upscales (print_id, file, method, licence, width, height, sha256,"
                " made) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (file) DO UPDATE SET"
                " made = excluded.made, sha256 = excluded.sha256",
                (print_id, file, *astuple(facts), made),
            )
            connection.execute("UPDATE prints SET upscaled = ? WHERE id = ?", (file, print_id))

    def versions(self, print_id: int) -> list[tuple[str, UpscaledFile, float]]:
        """A print's enlarged files, the oldest first: file, what it is, when it was made."""
        rows = self._all(
            "SELECT file, made, method, licence, width, height, sha256 FROM upscales"
            " WHERE print_id = ? ORDER BY id",
            (print_id,),
        )
        return [(row[0], UpscaledFile(*row[2:]), row[1]) for row in rows]

    def choose_upscale(self, print_id: int, file: str) -> None:
        """Makes an enlarged file that is known already the one that goes to paper."""
        with self._db.write() as connection:
            connection.execute("UPDATE prints SET upscaled = ? WHERE id = ?", (file, print_id))

    def upscale_facts(self, file: str) -> UpscaledFile | None:
        """What an enlarged file is, or None when it is not known."""
        rows = self._all(
            "SELECT method, licence, width, height, sha256 FROM upscales WHERE file = ?", (file,)
        )
        return UpscaledFile(*rows[0]) if rows else None

    def sha256(self, file: str) -> str:
        """Digest of a print's file as it was when it came in; empty when nobody wrote it down."""
        rows = self._all("SELECT sha256 FROM prints WHERE file = ?", (file,))
        return str(rows[0][0]) if rows else ""

    def slugs(self) -> tuple[str, ...]:
        """The editions that have rows, or rows of emptied prints, whether their folder is there."""
        rows = self._all("SELECT slug FROM prints UNION SELECT slug FROM emptied ORDER BY slug")
        return tuple(row[0] for row in rows)

    def forget(self, ids: Sequence[int]) -> None:
        """Removes rows whose files are gone; marks of theirs stay in the text mirror."""
        with self._db.write() as connection:
            for chunk in _chunks(ids):
                marks = ",".join("?" * len(chunk))
                connection.execute(f"DELETE FROM prints WHERE id IN ({marks})", chunk)  # noqa: S608

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with explained(self._db.root):
            return self._db.connection.execute(sql, values).fetchall()

    def _in(self, sql: str, ids: Sequence[int]) -> Iterable[tuple]:  # type: ignore[type-arg]
        for chunk in _chunks(ids):
            yield from self._all(f"{sql} IN ({','.join('?' * len(chunk))})", chunk)


_STACK_SIZE = (
    "(SELECT count(*) FROM prints AS s WHERE s.slug = prints.slug AND s.stack = prints.stack"
    " AND s.stack != 0)"
)


_NEXT_ID = (
    "1 + max((SELECT coalesce(max(id), 0) FROM prints), coalesce((SELECT CAST(value AS INTEGER)"
    " FROM settings WHERE key = 'last print'), 0))"
)
"""Never an id that a print once had: the journal still speaks of it."""


def _chunks(ids: Sequence[int]) -> Iterable[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])


def _known(connection: sqlite3.Connection, item: NewPrint) -> int:
    """The id of a print that has a row; 0 without one."""
    known = connection.execute(
        "SELECT id FROM prints WHERE slug = ? AND digest = ? AND seed = ?",
        (item.slug, item.digest, item.seed),
    ).fetchone()
    return int(known[0]) if known else 0


def _keep_recipe(connection: sqlite3.Connection, item: NewPrint) -> None:
    if item.recipe:
        connection.execute(
            "INSERT OR IGNORE INTO recipes (digest, json) VALUES (?, ?)", (item.digest, item.recipe)
        )


def _insert(connection: sqlite3.Connection, item: NewPrint) -> int:
    row = connection.execute(
        "INSERT INTO prints (id, slug, digest, seed, file, width, height, made, seconds,"  # noqa: S608
        " phash, dhash, colour, prompt, parent, sha256)"
        f" VALUES ({_NEXT_ID}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            item.slug, item.digest, item.seed, item.file, item.width, item.height, item.made,
            item.seconds, _signed(item.phash), _signed(item.dhash), item.colour, item.prompt,
            item.parent, item.sha256,
        ),
    ).fetchone()  # fmt: skip
    connection.execute(
        "INSERT INTO thumbs (print_id, jpeg, rgb) VALUES (?, ?, ?)", (row[0], item.thumb, item.rgb)
    )
    return int(row[0])


def _signed(value: int) -> int:
    """An unsigned 64-bit number as SQLite keeps it."""
    return value - 2**64 if value >= 2**63 else value


def _marks(row: Sequence) -> Marks:  # type: ignore[type-arg]
    return Marks(star=bool(row[0]), reject=bool(row[1]), rating=row[2], label=row[3])


def _print(row: Sequence) -> Print:  # type: ignore[type-arg]
    return Print(
        id=row[0], slug=row[1], digest=row[2], seed=row[3], file=row[4], width=row[5],
        height=row[6], made=row[7], marks=_marks(row[8:12]), stack=row[12], upscaled=row[13],
        parent=row[14], note=row[15], tags=tuple(row[16].split()), trash=row[17],
        stack_size=max(1, row[18]),
    )  # fmt: skip
