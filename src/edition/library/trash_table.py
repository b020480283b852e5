"""The trash: prints out of sight, and how their files are removed so that a kill loses nothing.

A print in the trash keeps its row, its file and its place; ``prints.trash`` says since when.
Emptying takes its files to a folder of their own (rename), then records that they are gone (one
transaction), then removes them. Found half done, files come back unless the record says that
they are gone: at any moment a print is whole in the trash, or known to be emptied.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from edition import paths
from edition.atomic import make_folder, sync_folder
from edition.errors import LibraryError
from edition.library.database import explained
from edition.library.mirror_files import read_lines
from edition.library.stack_overrides import mend

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from edition.library.database import Database

TRASH = "trash"
"""Kind of a FieldChange: key is a print's id, value Unix time, or 0 for what isn't there."""
BATCH = 50
"""Prints emptied in one go: a kill costs no more than going on with these."""


@dataclass(frozen=True, slots=True)
class DeletedPrint:
    """A print whose files were removed. Its recipe and seed can make it again."""

    slug: str
    digest: str
    seed: int
    time: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class TrashRecord:
    """The mirror's latest state of a print."""

    since: float
    """Unix time; 0 when it came back out of the trash."""
    emptied: bool = False


class TrashTable:
    """What is in the trash, and what was emptied out of it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def since(self, ids: Sequence[int]) -> dict[int, float]:
        """When prints went into the trash, by id; those that aren't there are left out."""
        with explained(self._db.root):
            rows = self._db.connection.execute("SELECT id, trash FROM prints WHERE trash != 0")
            wanted = set(ids)
            return {row[0]: row[1] for row in rows if row[0] in wanted}

    def files(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """All files of prints, enlarged ones too, relative to the library's root."""
        found: dict[int, list[str]] = {}
        with explained(self._db.root):
            for print_id in ids:
                rows = self._db.connection.execute(
                    "SELECT file FROM prints WHERE id = ?1"
                    " UNION ALL SELECT file FROM upscales WHERE print_id = ?1",
                    (print_id,),
                )
                found[print_id] = [row[0] for row in rows]
        return found

    def emptied(
        self, slug: str | None = None, digest: str | None = None
    ) -> tuple[DeletedPrint, ...]:
        """Prints whose files were removed and that nobody has made again, latest first."""
        with explained(self._db.root):
            rows = self._db.connection.execute(
                "SELECT slug, digest, seed, time FROM emptied WHERE (?1 IS NULL OR slug = ?1)"
                " AND (?2 IS NULL OR digest = ?2) ORDER BY time DESC, slug, digest, seed",
                (slug, digest),
            ).fetchall()
        return tuple(DeletedPrint(*row) for row in rows)

    def empty(
        self,
        ids: Sequence[int],
        progress: Callable[[int, int], None] | None = None,
        staying: Callable[[Sequence[int]], Container[tuple[str, int]]] = lambda _: (),
    ) -> int:
        """Removes files of prints that are in the trash and bear no star.

        Args:
            ids: which, in this order; others than such are passed over.
            progress: called with how many are done and how many there are.
            staying: asked while the write lock is held, once a batch, with the ids that are
                about to go: (digest, seed) of those that must keep their files, because somebody
                else gave them a number a moment ago or made a print from them.

        Returns:
            How many prints were emptied.

        Raises:
            LibraryError: files can't be moved; the prints they belong to stay, all others are
                done. Or somebody else is emptying the trash.
        """
        count, faults = 0, list[str]()
        with self._alone() as alone:
            if not alone:
                raise LibraryError(
                    "The trash is being emptied already.", hint="Wait until that is done."
                )
            for start in range(0, len(ids), BATCH):
                count += self._empty(list(ids[start : start + BATCH]), staying, faults)
                if progress is not None:
                    progress(min(start + BATCH, len(ids)), len(ids))
        if faults:
            raise LibraryError(
                f"Emptied {count}; {len(faults)} can't be removed and stay: {faults[0]}",
                hint="Nothing of those was removed. Check the library's permissions, and: "
                "edition rescan",
            )
        return count

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else moves files of the trash, in any process; a kill ends the claim."""
        lock = FileLock(paths.trash_lock_file(self._db.root), timeout=0)
        with explained(self._db.root), suppress(Timeout):
            lock.acquire()
        try:
            yield lock.is_locked
        finally:
            lock.release()

    def _empty(
        self,
        ids: list[int],
        staying: Callable[[Sequence[int]], Container[tuple[str, int]]],
        faults: list[str],
    ) -> int:
        rows, away = self._moved([row for row in map(self._row, ids) if row], faults)
        for folder in {path.parent for pair in away for path in pair}:
            sync_folder(folder)  # before it is recorded: or a power cut could bring files back
        with self._db.write() as connection:
            still = [found for row in rows if (found := self._row(row[0]))]  # starred since?
            kept = staying([row[0] for row in still])
            gone = [row for row in still if row[2:] not in kept]
            now = time.time()
            connection.executemany(
                "INSERT OR REPLACE INTO emptied (slug, digest, seed, time) VALUES (?, ?, ?, ?)",
                ((slug, digest, seed, now) for _, slug, digest, seed in gone),
            )
            connection.executemany("DELETE FROM prints WHERE id = ?", ((r[0],) for r in gone))
            mirror_gone(self._db, [row[1:] for row in gone], now)
        for slug in {row[1] for row in rows}:
            self._settle(slug)
        return len(gone)

    def _moved(
        self, rows: list[tuple[int, str, str, int]], faults: list[str]
    ) -> tuple[list[tuple[int, str, str, int]], list[tuple[Path, Path]]]:
        """Takes files of prints out of their places; one that can't go keeps no other from going.

        Returns:
            The rows of those that went; each place, and where its file now is.
        """
        files = self.files([row[0] for row in rows])
        went: list[tuple[int, str, str, int]] = []
        away: list[tuple[Path, Path]] = []
        for row in rows:
            mine: list[tuple[Path, Path]] = []
            try:
                _move_away(self._db.root, row[1], files[row[0]], mine)
            except OSError as error:
                faults.append(f"Can't move {error.filename}: {error.strerror or error}.")
                put_back(mine)
            except LibraryError as error:
                faults.append(error.message)
                put_back(mine)
            else:
                went.append(row)
                away += mine
        return went, away

    def _row(self, print_id: int) -> tuple[int, str, str, int] | None:
        """Id, slug, digest, seed of a print that may be emptied."""
        found: tuple[int, str, str, int] | None = self._db.connection.execute(
            "SELECT id, slug, digest, seed FROM prints WHERE id = ? AND trash != 0 AND star = 0",
            (print_id,),
        ).fetchone()
        return found

    def settle(self, slug: str) -> int:
        """Ends what a killed emptying began: files come back unless they are known to be gone.

        Does nothing while somebody is at it.

        Returns:
            How many files came back.
        """
        if not paths.emptying_folder(self._db.root, slug).is_dir():
            return 0
        with self._alone() as alone:
            return self._settle(slug) if alone else 0

    def _settle(self, slug: str) -> int:
        with explained(self._db.root):
            folder = paths.emptying_folder(self._db.root, slug)
            return self._move_back(slug, folder) if folder.is_dir() else 0

    def _move_back(self, slug: str, folder: Path) -> int:
        back: list[tuple[Path, Path]] = []
        told = _told_gone(self._db.root, slug)
        for path in sorted(folder.glob("*/*/[0-9]*.*")):
            kind, digest, name = path.relative_to(folder).parts
            place = paths.edition_folder(self._db.root, slug) / kind / digest / name
            if self._is_gone(slug, digest, _seed_of(name), told):
                path.unlink(missing_ok=True)
            else:
                back.append((place, path))
        put_back(back)
        for inner in (*sorted(folder.rglob("*"), reverse=True), folder):
            with suppress(OSError):  # something else was put there
                inner.rmdir()
        return len(back)

    def _is_gone(self, slug: str, digest: str, seed: int, told: set[tuple[str, int]]) -> bool:
        """Whether a print was emptied; of one that the database never knew, the mirror says so."""
        with explained(self._db.root):
            emptied, known = self._db.connection.execute(
                "SELECT EXISTS (SELECT 1 FROM emptied WHERE slug = ?1 AND digest >= ?2"
                " AND digest < ?2 || 'g' AND seed = ?3), EXISTS (SELECT 1 FROM prints"
                " WHERE slug = ?1 AND digest >= ?2 AND digest < ?2 || 'g' AND seed = ?3)",
                (slug, digest, seed),
            ).fetchone()
        return bool(emptied or (not known and (digest, seed) in told))

    def forget(self, slug: str) -> None:
        """Forgets what was emptied of an edition whose folder is gone."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM emptied WHERE slug = ?", (slug,))

    def restore(self, slug: str, gone: Iterable[DeletedPrint]) -> None:
        """Puts back what the mirror says of emptied prints that have no row; not journalled."""
        recipes = read_recipes(self._db.root, slug)
        with self._db.write() as connection:
            for item in gone:
                connection.execute(
                    "INSERT OR IGNORE INTO emptied (slug, digest, seed, time)"
                    " SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM prints"
                    " WHERE slug = ?1 AND digest = ?2 AND seed = ?3)",
                    (item.slug, item.digest, item.seed, item.time),
                )
            connection.executemany(
                "INSERT OR IGNORE INTO recipes (digest, json) VALUES (?, ?)", recipes.items()
            )


def write_trash(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``trash``: the print goes out of sight, or comes back."""
    ids = [int(key) for key, _ in values]
    rows = [(float(value), int(key)) for key, value in values]
    db.connection.executemany("UPDATE prints SET trash = ? WHERE id = ?", rows)
    mend(db.connection, ids)
    mirror(db, ids)
    return ()


def mirror(db: Database, ids: Sequence[int]) -> None:
    """Writes to the mirror since when prints are in the trash; inside a transaction."""
    lines: dict[str, list[dict[str, object]]] = {}
    found = db.connection.execute(
        "SELECT slug, digest, seed, trash FROM prints"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(ids),),
    )
    for slug, digest, seed, since in found:
        lines.setdefault(slug, []).append(_line(digest, seed, since))
    for slug, entries in lines.items():
        db.mirrors.append(paths.trash_file(db.root, slug), entries)


def mirror_gone(db: Database, names: Sequence[tuple[str, str, int]], when: float) -> None:
    """Writes into the mirror what was emptied, and how to render it again; inside a transaction."""
    lines: dict[str, list[dict[str, object]]] = {}
    told: set[tuple[str, str]] = set()
    for slug, digest, seed in names:
        mine = lines.setdefault(slug, [])
        if (slug, digest) not in told:
            told.add((slug, digest))
            recipe = db.connection.execute(
                "SELECT json FROM recipes WHERE digest = ?", (digest,)
            ).fetchone()
            if recipe:
                mine.append({"digest": digest, "recipe": recipe[0]})
        mine.append(_line(digest, seed, when) | {"emptied": True})
    for slug, entries in lines.items():
        db.mirrors.append(paths.trash_file(db.root, slug), entries)


def tell_made_again(db: Database, slug: str, digest: str, seed: int) -> None:
    """Writes into the mirror that an emptied print is there again, out of the trash."""
    db.mirrors.append(paths.trash_file(db.root, slug), [_line(digest, seed, 0.0)])


def put_back(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Moves files back to their places; one that was made again since is left as it is."""
    for place, path in pairs:
        if place.exists():
            path.unlink(missing_ok=True)
            continue
        make_folder(place.parent)
        path.replace(place)
        sync_folder(place.parent)


def read_trash(root: Path, slug: str) -> dict[tuple[str, int], TrashRecord]:
    """The mirror's latest state of every print it names, by (digest, seed)."""
    lines = read_lines(paths.trash_file(root, slug))
    return dict(found for line in lines if (found := known_of(line)))


def known_of(line: dict[str, Any]) -> tuple[tuple[str, int], TrashRecord] | None:
    """What a line of the mirror says, by digest and seed; None when it says something else."""
    try:
        key = str(line["digest"]), int(line["seed"])
        return key, TrashRecord(max(0.0, float(line[TRASH])), line.get("emptied") is True)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def read_recipes(root: Path, slug: str) -> dict[str, str]:
    """Recipes of emptied prints, as the mirror keeps them: digest → JSON."""
    lines = read_lines(paths.trash_file(root, slug))
    return {
        line["digest"]: line["recipe"]
        for line in lines
        if isinstance(line.get("recipe"), str) and isinstance(line.get("digest"), str)
    }


def _move_away(root: Path, slug: str, files: Iterable[str], moved: list[tuple[Path, Path]]) -> None:
    """Takes files out of their places; adds each place, and where its file now is."""
    away = paths.emptying_folder(root, slug)
    for file in files:
        paths.inside(root, file)
        place = root / file
        target = away.joinpath(*PurePath(file).parts[1:])
        if place.is_file():
            make_folder(target.parent)
            place.replace(target)
            moved.append((place, target))


def _told_gone(root: Path, slug: str) -> set[tuple[str, int]]:
    """What the mirror says was emptied, under the names that folders have."""
    said = read_trash(root, slug).items()
    return {(digest[: paths.DIGEST_CHARS], seed) for (digest, seed), k in said if k.emptied}


def _seed_of(name: str) -> int:
    """The seed in a file's name: ``7.png``, ``7-1a2b3c4d.png``; -1 for another name."""
    seed = name.partition(".")[0].split("-")[0]
    return int(seed) if seed.isdecimal() else -1


def _line(digest: str, seed: int, since: float) -> dict[str, object]:
    return {"time": round(time.time(), 3), "digest": digest, "seed": seed, TRASH: round(since, 3)}
