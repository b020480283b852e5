"""One door to the library's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.library.db import Database, explained
from edition.library.exhibitions import Exhibitions
from edition.library.jobs import Jobs, PressRow
from edition.library.journal import Journal
from edition.library.prints import Prints
from edition.library.register import Register
from edition.library.runs import Runs
from edition.library.studies import Studies

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Store:
    """An open library. One per thread; closing it twice is harmless.

    Attributes:
        root: the library's folder.
        prints: prints, thumbnails, stacks, enlarged files.
        journal: marks and their history.
        jobs: the press's queue.
        press: the press's own row.
        studies: which print stands in which cell of a study.
        runs: trainings and their curves.
        register: numbered prints, append-only.
        exhibitions: named selections across editions.
    """

    def __init__(self, root: Path, *, writable: bool = True) -> None:
        """Opens the library in ``root``; makes it when it is missing and ``writable``.

        Raises:
            LibraryError: see edition.library.db.Database.
        """
        self._db = Database(root, writable=writable)
        self.root = root
        self.prints = Prints(self._db)
        self.journal = Journal(self._db)
        self.jobs = Jobs(self._db)
        self.press = PressRow(self._db)
        self.studies = Studies(self._db)
        self.runs = Runs(self._db)
        self.register = Register(self._db)
        self.exhibitions = Exhibitions(self._db)

    def data_version(self) -> int:
        """Changes whenever another connection has committed."""
        return self._db.data_version()

    def setting(self, key: str, default: str = "") -> str:
        """A remembered value of this library."""
        with explained(self.root):
            row = self._db.connection.execute(
                "SELECT value FROM settings WHERE key = ?", (key,)
            ).fetchone()
        return str(row[0]) if row else default

    def remember(self, key: str, value: str) -> None:
        """Keeps a value for this library."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO settings (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
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
