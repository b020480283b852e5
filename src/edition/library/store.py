"""One door to the library's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.library import tags
from edition.library.adopted_table import AdoptedTable
from edition.library.database import Database, explained
from edition.library.exhibition_table import ExhibitionTable
from edition.library.image_hashes import ImageHashes, looks
from edition.library.job_table import JobTable, PressRow
from edition.library.journal import Journal
from edition.library.mirror_repair import agree
from edition.library.print_table import PrintTable
from edition.library.register_table import RegisterTable
from edition.library.search_index import SearchIndex
from edition.library.stack_overrides import StackOverrides
from edition.library.study_table import StudyTable
from edition.library.training_runs import TrainingRunTable
from edition.library.trash_table import TrashTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from edition.library.backup_archive import Backup, Progress


_MIRRORS_AGREE = 8
"""From this version on a kill can't leave a text mirror that says what never happened."""


class Store:
    """An open library. One per thread; closing it twice is harmless.

    Attributes:
        root: the library's folder.
        prints: prints, thumbnails, stacks, enlarged files.
        journal: marks and their history.
        jobs: the press's queue.
        press: the press's own row.
        studies: which print is in which cell of a study.
        runs: trainings and their curves.
        register: numbered prints, append-only.
        sources: what prints came from, as finding knows it.
        exhibitions: named selections across editions.
        splits: what a person decided about stacks.
        trash: what lies out of sight, and what was emptied.
        adopted: files in folders that were adopted where they lie.
    """

    def __init__(self, root: Path, *, writable: bool = True) -> None:
        """Opens the library in ``root``; makes it when it is missing and ``writable``.

        Raises:
            LibraryError: see edition.library.database.Database.
        """
        self._db = Database(root, writable=writable)
        if 0 < self._db.migrated_from < _MIRRORS_AGREE:
            agree(self._db)
        self.root = root
        self.prints = PrintTable(self._db)
        self.journal = Journal(self._db)
        self.jobs = JobTable(self._db)
        self.press = PressRow(self._db)
        self.studies = StudyTable(self._db)
        self.runs = TrainingRunTable(self._db)
        self.register = RegisterTable(self._db)
        self.sources = SearchIndex(self._db)
        self.exhibitions = ExhibitionTable(self._db)
        self.splits = StackOverrides(self._db)
        self.trash = TrashTable(self._db)
        self.adopted = AdoptedTable(self._db, self.prints)

    def mirror_again(self) -> tuple[str, ...]:
        """Writes the text mirrors from the database, where they differ.

        Returns:
            Why a mirror can't be read or written, a sentence each.
        """
        return agree(self._db)

    def data_version(self) -> int:
        """Changes whenever another connection has committed."""
        return self._db.data_version()

    def looks(self, ids: Sequence[int]) -> ImageHashes:
        """Hashes of prints, in the order of their ids."""
        return looks(self._db, ids)

    def tags(self, slug: str | None = None) -> dict[str, int]:
        """How many prints of an edition, or of all, have each tag; the most used first."""
        with explained(self.root):
            return tags.counts(self._db, slug)

    def setting(self, key: str, default: str = "") -> str:
        """A remembered value of this library."""
        with explained(self.root):
            row = self._db.connection.execute(
                "SELECT value FROM settings WHERE key = ?", (key,)
            ).fetchone()
        return str(row[0]) if row else default

    def remember(self, key: str, value: str) -> None:
        """Keeps a value for this library."""
        self.revise(key, lambda _: value)

    def revise(self, key: str, change: Callable[[str], str]) -> None:
        """Changes a remembered value as it is at that very moment, so that nobody's is lost.

        Args:
            key: of the value.
            change: called under the write lock with the value, empty when there is none; returns
                the new one. What it raises leaves all as it was.
        """
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO settings (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, change(self.setting(key))),
            )

    def backup(
        self, file: Path, *, version: str, pictures: bool, progress: Progress | None = None
    ) -> Backup:
        """Writes the library into one archive: see ``edition.library.backup_archive.save``."""
        from edition.library import backup_archive  # zipfile: 20 ms

        return backup_archive.save(
            self._db, file, version=version, pictures=pictures, progress=progress
        )

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
