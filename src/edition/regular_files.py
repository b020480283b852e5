"""Opens files that came from outside: regular files only, never waiting, never without end.

A named pipe makes an ordinary ``open`` wait for a writer, and ``/dev/zero`` fills the memory of
whoever reads it whole. Every reader of a file that a person, or a folder, names goes through here.
"""

from __future__ import annotations

import codecs
import errno
import hashlib
import os
import stat
import tomllib
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

if TYPE_CHECKING:
    from pathlib import Path

MOST_TEXT_BYTES = 16_000_000
"""No text that a person writes is larger."""
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_BYTE_ORDERS = (  # UTF-32 first: its little-endian mark begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_regular(
    path: Path, mode: Literal["rb", "ab"] = "rb", *, most_bytes: int | None = None
) -> BinaryIO:
    """Opens a regular file, or a link to one, for reading or appending.

    Args:
        path: the file.
        mode: ``rb``, or ``ab``, which makes a missing file.
        most_bytes: the largest size that is accepted; None for any.

    Raises:
        OSError: there is none, it can't be opened, it is no regular file (``EINVAL``), or it is
            larger than ``most_bytes`` (``EFBIG``); ``strerror`` says which.
    """
    try:
        check_regular(path, most_bytes)  # before opening: that wakes a pipe's writer
    except FileNotFoundError:
        if mode == "rb":
            raise

    def opener(name: str, flags: int) -> int:
        handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
        try:
            _check(path, os.fstat(handle), most_bytes)  # it may be another file by now
        except OSError:
            os.close(handle)
            raise
        return handle

    return open(path, mode, opener=opener)


def check_regular(path: Path, most_bytes: int | None = None) -> None:
    """Makes sure that a library that opens files by name may be given this one.

    Raises:
        OSError: as for ``open_regular``.
    """
    _check(path, path.stat(), most_bytes)


def read_bytes(path: Path, most_bytes: int | None = None) -> bytes:
    """A regular file's content.

    Raises:
        OSError: as for ``open_regular``.
    """
    with open_regular(path, most_bytes=most_bytes) as file:
        return file.read() if most_bytes is None else _within(path, file, most_bytes)


def read_text(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """A regular file's text: UTF-8, or what its byte order mark says; the mark is left out.

    Line ends stay as they are, so that a changed file can be written with its own.

    Raises:
        OSError: as for ``open_regular``.
        UnicodeDecodeError: it is no such text.
    """
    data = read_bytes(path, most_bytes)
    encoding = next((name for mark, name in _BYTE_ORDERS if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def sha256_of(path: Path) -> str:
    """SHA-256 of one file, hex.

    Raises:
        OSError: it is missing, can't be read, or is no regular file.
    """
    with open_regular(path) as stream:
        # BinaryIO lacks readinto, which what is opened has
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def reason(error: Exception) -> str:
    """Why a file can't be read, as the middle of a sentence, without its name."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is no text in {error.encoding}: byte {error.start + 1} is wrong"
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


def _check(path: Path, found: os.stat_result, most_bytes: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((name for test, name in _KINDS if test(found.st_mode)), "no file")
        raise OSError(errno.EINVAL, f"it is {kind}, not a regular file", str(path))
    if most_bytes is not None and found.st_size > most_bytes:
        raise _too_large(path, most_bytes)


def _within(path: Path, file: BinaryIO, most_bytes: int) -> bytes:
    data = file.read(most_bytes + 1)  # it may grow while it is read; /proc says size 0
    if len(data) > most_bytes:
        raise _too_large(path, most_bytes)
    return data


def _too_large(path: Path, most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes", str(path))


def parse_toml(text: str) -> dict[str, Any]:
    """Reads TOML; brackets in brackets by the thousand are a fault of the file like any other.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("values are nested too deeply") from None
