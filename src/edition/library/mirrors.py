"""Text mirrors that tell the truth at every moment, beside the database and without it.

What a person decides is in the database and, should that be lost, in text files. Both change
together, however a writer ends:

1. what the mirrors are to say is written to a log, ``.mirrors-wal``, and flushed;
2. the transaction commits, and with it the act's id;
3. the mirrors are changed and flushed, then the log is emptied.

Whoever finds a log that is not empty ends what was cut short, under the write lock. A database
that still holds the id of the act before has not committed it: the log is dropped, no mirror was
changed. Otherwise the act was done, or this is another database, made after that one was lost,
perhaps with the act already reported: the mirrors are changed as the log says. Doing so twice
changes nothing. A log that was cut itself belongs to an act that was not committed.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from edition import paths, regular_files
from edition.atomic import make_folder, sync, sync_folder, write
from edition.errors import LibraryError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

LAST_ACT = "last act"
"""The setting that holds the id of the last act that changed a mirror."""


@dataclass(frozen=True, slots=True)
class _MirrorChange:
    """What becomes of one mirror."""

    file: str
    """Relative to the library's root."""
    text: str | None
    """What is appended, or all that the file says; None removes it."""
    at: int | None = None
    """Bytes after which text is appended; None replaces the whole file."""


class Mirrors:
    """Changes text mirrors together with a transaction of the database."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = paths.mirrors_log_file(root)
        self._appended: dict[Path, str] = {}
        self._replaced: dict[Path, str | None] = {}

    def append(self, path: Path, lines: Iterable[dict[str, object]]) -> None:
        """Appends JSON lines, once the transaction commits."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        self._appended[path] = self._appended.get(path, "") + text

    def replace(self, path: Path, text: str | None) -> None:
        """Replaces a file, or with None removes it, once the transaction commits."""
        self._replaced[path] = text

    @property
    def cut_short(self) -> bool:
        """Whether the log holds an act; somebody may be at it just now."""
        try:
            return self._log.stat().st_size > 0
        except OSError:
            return False

    def begin(self, connection: sqlite3.Connection) -> None:
        """Ends what was cut short; called first in every transaction, under the write lock.

        Raises:
            OSError, LibraryError: a mirror can't be written; the log is kept.
        """
        self._appended, self._replaced = {}, {}
        if not self.cut_short:
            return
        before, changes = _parsed(regular_files.read_bytes(self._log))
        done = _last_act(connection) != before
        for change in changes if done else ():
            self._put(change)
        with regular_files.open_regular(self._log, "ab") as file:
            file.truncate(0)
            if not done:  # a log that comes back after a power cut must not speak of a refused act
                sync(file)

    def write(self, connection: sqlite3.Connection) -> None:
        """Writes the log; called last in a transaction, before it commits.

        Raises:
            OSError: the disk is full, or the log or a mirror can't be opened.
        """
        if not self._appended and not self._replaced:
            return
        changes = [self._appending(path, text) for path, text in self._appended.items()]
        changes += [self._replacing(path, text) for path, text in self._replaced.items()]
        log = {"before": _last_act(connection), "changes": [asdict(change) for change in changes]}
        fresh = not self._log.exists()
        with regular_files.open_regular(self._log, "ab") as file:
            file.truncate(0)
            file.write(json.dumps(log).encode())
            sync(file)
        if fresh:
            sync_folder(self._root)
        connection.execute(
            "INSERT INTO settings (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (LAST_ACT, secrets.token_hex(8)),
        )

    def _appending(self, path: Path, text: str) -> _MirrorChange:
        if not path.parent.is_dir():  # a new one would hold nothing but this
            raise LibraryError(
                f"The folder {path.parent} is gone: moved, renamed or removed.",
                hint="Put it back, or let the library forget it: edition rescan",
            )
        with regular_files.open_regular(path, "ab") as file:
            at = file.tell()
        with regular_files.open_regular(path) as file:
            file.seek(max(0, at - 1))
            if file.read(1) not in {b"", b"\n"}:
                text = "\n" + text  # somebody cut the last line: keep ours apart from it
        return _MirrorChange(self._name(path), text, at)

    def _replacing(self, path: Path, text: str | None) -> _MirrorChange:
        if path.is_dir():  # found out now: what is committed must be written sooner or later
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        make_folder(path.parent)
        return _MirrorChange(self._name(path), text)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _put(self, change: _MirrorChange) -> None:
        path = self._root / change.file
        if change.text is None:
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        elif change.at is None:
            write(path, change.text.encode())
        elif path.parent.is_dir():  # or somebody has taken the edition away since
            _put_end(path, change.at, change.text.encode())


def _put_end(path: Path, at: int, text: bytes) -> None:
    """Appends a text after so many bytes, where that isn't done and nobody else has appended."""
    with regular_files.open_regular(path, "ab") as file:
        if at <= file.tell() < at + len(text):
            file.truncate(at)
            file.write(text)
            sync(file)
    if at == 0:
        sync_folder(path.parent)


def _last_act(connection: sqlite3.Connection) -> str:
    sql = "SELECT value FROM settings WHERE key = ?"
    row = connection.execute(sql, (LAST_ACT,)).fetchone()
    return str(row[0]) if row else ""


def _parsed(log: bytes) -> tuple[str, list[_MirrorChange]]:
    """The id of the act before, and the changes; none of a log that was cut, or is no such log."""
    try:
        fields = json.loads(log)
        changes = [_MirrorChange(**change) for change in fields["changes"]]
        if all(_is_sound(change) for change in changes):
            return str(fields["before"]), changes
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return "", []


def _is_sound(change: _MirrorChange) -> bool:
    """Whether a change that was read can be made; a ValueError where its text is none."""
    if isinstance(change.text, str):
        change.text.encode()
    kinds = isinstance(change.text, str | None) and type(change.at) in {int, type(None)}
    return kinds and paths.is_mirror(change.file)
