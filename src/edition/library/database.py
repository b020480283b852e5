"""Opens the library's database: WAL, foreign keys, migrations; explains what can go wrong."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edition import paths
from edition.errors import LibraryError, StorageError, next_step
from edition.library.folding import fold
from edition.library.migrations import MIGRATIONS
from edition.library.mirrors import Mirrors
from edition.regular_files import check_regular

BUSY_MS = 10_000
"""How long a writer waits for another one."""
ASK_MS = 1_000
"""After so long it looks whether the other one can go on at all."""
READABLE_FROM = 7
"""The oldest version that can be looked at as it is; later steps changed what writers need."""
_NO_WRITING = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
"""What SQLite says where it can't make the files that are beside an open database."""


class Database:
    """One connection. A thread needs its own; a process may have several."""

    def __init__(self, root: Path, *, writable: bool = True) -> None:
        """Opens, and if need be creates and migrates, ``root/library.sqlite``.

        A library that lies where nothing can be written (a read-only mount, a full disk, another
        person's folder) can be looked at; ``write`` says why it refuses.

        Args:
            root: the library's folder; made if missing and writable.
            writable: False opens the file read-only and never migrates.

        Raises:
            LibraryError: the folder can't be written and holds no library that can be read, the
                file is no database, or another edition wrote it.
        """
        self.root = root
        self.writable = writable
        self.mirrors = Mirrors(root)
        self.migrated_from = len(MIGRATIONS)
        """The version that the file had before it was opened; 0, there was none."""
        self._refused = False
        file = paths.database_file(root)
        with explained(root):
            try:
                self.connection = self._connect(file) if writable else self._connect_readonly(file)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _NO_WRITING or not _log_is_empty(file):
                    raise
                self.writable, self._refused = False, writable
                self.connection = self._connect_readonly(file, "immutable=1")
            self.connection.create_function("fold", 1, fold, deterministic=True)
            self._check_version()
            if self.writable:
                self._migrate()
                self._end_what_was_cut()

    def _connect(self, file: Path) -> sqlite3.Connection:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            check_regular(file)  # SQLite would wait for a pipe's writer
        connection = sqlite3.connect(file, timeout=BUSY_MS / 1000, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a star must survive a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _connect_readonly(self, file: Path, how: str = "mode=ro") -> sqlite3.Connection:
        if not file.exists():
            raise LibraryError(
                f"There is no library in {file.parent}.",
                hint="Make one with: edition new my-edition",
            )
        uri = f"{file.absolute().as_uri()}?{how}"
        connection = sqlite3.connect(uri, timeout=BUSY_MS / 1000, isolation_level=None, uri=True)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version")  # reads: what can't be read fails here
        return connection

    def _check_version(self) -> int:
        version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise LibraryError(
                f"{paths.database_file(self.root)} was written by a newer edition "
                f"(format {version}; this one knows {len(MIGRATIONS)}).",
                hint="Update edition; nothing was changed.",
            )
        if version < READABLE_FROM and not self.writable:
            raise LibraryError(
                f"{paths.database_file(self.root)} was written by an older edition (format "
                f"{version} of {len(MIGRATIONS)}) and can't be brought up to date here.",
                hint="Open it once where it can be written, or open a copy.",
            )
        return version

    def _migrate(self) -> None:
        if self._check_version() == len(MIGRATIONS):
            return
        with self._transaction():  # a second process waits here for the lock, then finds it done
            self.migrated_from = self._check_version()
            for version in range(self.migrated_from, len(MIGRATIONS)):
                for statement in _statements(MIGRATIONS[version]):
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA user_version = {version + 1}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start; all of it or nothing.

        What is given to ``mirrors`` meanwhile is part of it.
        """
        if self._refused:
            raise self._refusal()
        with explained(self.root):
            try:
                with self._transaction():
                    self.mirrors.begin(self.connection)
                    yield self.connection
                    self.mirrors.write(self.connection)
            finally:
                self._end_what_was_cut()

    @contextmanager
    def _transaction(self, *, wait: bool = True) -> Iterator[None]:
        self._begin(wait=wait)
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # SQLite ends it itself when the disk is full
                self.connection.execute("ROLLBACK")
            raise

    def _end_what_was_cut(self) -> None:
        """Writes what was committed into the mirrors; where that fails, the next writer does it.

        Whoever holds the lock is a writer: nobody waits for it here.
        """
        if not self.mirrors.cut_short:
            return
        with suppress(sqlite3.Error, OSError, LibraryError), self._transaction(wait=False):
            self.mirrors.begin(self.connection)

    def _begin(self, *, wait: bool) -> None:
        """Takes the write lock; soon looks whether it is worth waiting for.

        Raises:
            LibraryError: whoever holds it was stopped and will not let go of it.
            sqlite3.OperationalError: somebody held it all the time.
        """
        try:
            self.connection.execute(f"PRAGMA busy_timeout = {ASK_MS if wait else 0}")
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not wait or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            self._check_going()
            self.connection.execute(f"PRAGMA busy_timeout = {BUSY_MS - ASK_MS}")
            self.connection.execute("BEGIN IMMEDIATE")
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def _check_going(self) -> None:
        """Raises LibraryError when the press was stopped, maybe in the middle of a write."""
        import psutil  # 0.02 s, which the first grid does not wait for

        with suppress(psutil.Error, sqlite3.Error):  # a library that is being made has no press
            (pid,) = self.connection.execute("SELECT pid FROM press").fetchone()
            if pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED:
                raise LibraryError(
                    f"The press, process {pid}, was stopped while it was writing to the library.",
                    hint=f"Let it go on with: kill -CONT {pid}",
                )

    def _refusal(self) -> LibraryError:
        error = _state_of(self.root)
        return LibraryError(
            f"{self.root} can only be looked at: {error.strerror}.", hint=next_step(error)
        )

    def data_version(self) -> int:
        """Changes whenever another connection has committed; costs microseconds."""
        with explained(self.root):
            return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Closes the connection; the last one out folds the WAL into the file."""
        self.connection.close()


def _log_is_empty(file: Path) -> bool:
    """Whether a database is whole by itself: not open, not killed while writing."""
    log = file.with_name(f"{file.name}-wal")
    try:
        return file.stat().st_size > 0 and not (log.exists() and log.stat().st_size)
    except OSError:
        return False


def _state_of(root: Path) -> OSError:
    """What most probably keeps SQLite from writing: it says no more than that it can't."""
    code = errno.EACCES
    try:
        if hasattr(os, "statvfs"):
            disk = os.statvfs(root)
            if disk.f_flag & os.ST_RDONLY:
                code = errno.EROFS
            elif not disk.f_bavail:
                code = errno.ENOSPC
    except OSError as error:
        return error
    return OSError(code, os.strerror(code), str(root))


def _statements(script: str) -> Iterator[str]:
    """Splits a script at its semicolons, as SQLite itself sees them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into errors that name the next step."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        hints = (
            ("not a database", "Move library.sqlite away and run: edition rescan"),
            ("malformed", "Move library.sqlite away and run: edition rescan"),
            ("locked", "Another program holds it; close it and try again."),
            ("fts5", "This Python's SQLite has no full-text search: use one that has."),
        )
        hint = next((h for key, h in hints if key in text), "")
        if any(key in text for key in ("readonly", "unable to open", "disk I/O")):
            hint = next_step(_state_of(root))
        elif "full" in text:  # with a quota the disk itself has room
            hint = next_step(OSError(errno.ENOSPC, text))
        raise StorageError(f"{paths.database_file(root)}: {text}.", hint=hint) from error
    except OSError as error:
        raise StorageError(
            f"{error.filename or root}: {error.strerror or error}.", hint=next_step(error)
        ) from error
