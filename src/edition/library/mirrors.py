"""Text mirrors that tell the truth at every moment, beside the database and without it.

What a person decides stands in the database and, should that be lost, in text files. Both change
together, however a writer ends:

1. the changes of the mirrors are written to a log, ``.mirrors-wal``, and flushed;
2. the mirrors are changed and flushed;
3. the transaction commits, and with it the act's id;
4. the log is emptied.

Whoever finds a log that is not empty ends what was cut short. A database that holds the act's id
has committed it. One that holds the id of the act before has not: the mirrors go back to where
they were. One that holds neither is another database: the first was lost, perhaps after the act
was reported done, so the mirrors go on to where it leads. A log that was cut itself says nothing:
no mirror was changed yet.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from edition import paths, regular
from edition.library.files import make_folder, sync, sync_folder, write_whole

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

LAST_ACT = "last act"
"""The setting that holds the id of the last act that changed a mirror."""
_LOSSLESS = "surrogateescape"
"""How what a mirror held before, whatever it was, goes through JSON and back."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of one mirror."""

    file: str
    """Relative to the library's root."""
    at: int | None
    """Bytes that the file has before text is appended; None replaces it whole."""
    old: str | None
    """Of a file that is replaced: what it held; None, there was none."""
    new: str | None
    """What is appended, or takes the old one's place; None removes the file."""


class Mirrors:
    """Changes mirrors together with a transaction of the database."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = paths.mirrors_log_file(root)
        self._appended: dict[Path, str] = {}
        self._replaced: dict[Path, str | None] = {}

    def append(self, path: Path, lines: Iterable[dict[str, object]]) -> None:
        """Appends JSON lines when the transaction commits."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        self._appended[path] = self._appended.get(path, "") + text

    def replace(self, path: Path, text: str | None) -> None:
        """Replaces a file, or with None removes it, when the transaction commits."""
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
            OSError, LibraryError: a mirror can't be set right.
        """
        self._appended, self._replaced = {}, {}
        if not self.cut_short:
            return
        found = _parsed(regular.read_bytes(self._log))
        if found is not None:
            before, changes = found
            back = _last_act(connection) == before
            for change in changes:
                self._put(change, back=back)
        self.end()

    def write(self, connection: sqlite3.Connection) -> None:
        """Changes the mirrors; called last in a transaction, before it commits.

        Raises:
            OSError, LibraryError: the disk is full or a mirror can't be written.
        """
        if not self._appended and not self._replaced:
            return
        changes = [self._appending(path, text) for path, text in self._appended.items()]
        changes += [self._replacing(path, text) for path, text in self._replaced.items()]
        before, after = _last_act(connection), secrets.token_hex(8)
        log = {"before": before, "after": after, "changes": [asdict(c) for c in changes]}
        fresh = not self._log.exists()
        with regular.open_regular(self._log, "ab") as file:
            file.truncate(0)
            file.write(json.dumps(log).encode() + b"\n")
            sync(file)
        if fresh:
            sync_folder(self._root)
        connection.execute(
            "INSERT INTO settings (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (LAST_ACT, after),
        )
        for change in changes:
            self._put(change, back=False)

    def end(self) -> None:
        """Empties the log. Where that fails the next transaction does it: the act stands."""
        if self.cut_short:
            with suppress(OSError), regular.open_regular(self._log, "ab") as file:
                file.truncate(0)

    def _appending(self, path: Path, text: str) -> _Change:
        make_folder(path.parent)
        with regular.open_regular(path, "ab") as file:
            at = file.tell()
        if at:
            with regular.open_regular(path) as file:
                file.seek(at - 1)
                if file.read(1) != b"\n":
                    text = "\n" + text  # somebody cut the last line: keep ours apart from it
        return _Change(self._name(path), at, None, text)

    def _replacing(self, path: Path, text: str | None) -> _Change:
        return _Change(self._name(path), None, _content(path), text)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _put(self, change: _Change, *, back: bool) -> None:
        """Brings a mirror to where an act leads, or back, from wherever in between it is.

        A file that is neither here nor there was written by somebody else: it is left alone.
        """
        path = self._root / change.file
        if change.at is not None:
            text = b"" if back else (change.new or "").encode(errors=_LOSSLESS)
            _put_end(path, change.at, text, len((change.new or "").encode(errors=_LOSSLESS)))
            return
        now, then = _content(path), change.old if back else change.new
        if now == then or now not in (change.old, change.new):
            return
        if then is None:
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        else:
            write_whole(path, then.encode(errors=_LOSSLESS))


def _put_end(path: Path, at: int, text: bytes, longest: int) -> None:
    """Has a file go on with a text after so many bytes, where it is that file."""
    if not path.exists():
        return
    with regular.open_regular(path, "ab") as file:
        if at <= file.tell() <= at + longest and file.tell() != at + len(text):
            file.truncate(at)
            file.write(text)
            sync(file)


def _content(path: Path) -> str | None:
    if not path.exists():
        return None
    return regular.read_bytes(path).decode(errors=_LOSSLESS)


def _last_act(connection: sqlite3.Connection) -> str:
    sql = "SELECT value FROM settings WHERE key = ?"
    row = connection.execute(sql, (LAST_ACT,)).fetchone()
    return str(row[0]) if row else ""


def _parsed(log: bytes) -> tuple[str, list[_Change]] | None:
    """The id of the act before, and the changes; None of a log that was cut, or is none."""
    try:
        fields = json.loads(log)
        changes = [_Change(**change) for change in fields["changes"]]
        known = all(paths.is_mirror(change.file) for change in changes)
        return (str(fields["before"]), changes) if known else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
