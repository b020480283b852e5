"""Files that are whole or not there: temporary file, fsync, rename, fsync of the folder.

A kill or a power cut at any moment leaves the old file, the new one, or none; what a killed
writer leaves beside it is named ``.NAME.….part``, with its machine and process, and ``sweep``
removes it.
"""

import json
import os
import platform
import re
import secrets
import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from edition.errors import EditionError, LibraryError, next_step

_PART = re.compile(r"\..+\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)\.[^.]+\.part")
_NAME_LETTERS = 40
"""Of a file's name, what its half-written one is called by: names have 255 bytes at most."""


@contextmanager
def replacing(path: Path, error: type[EditionError] = LibraryError) -> Iterator[Path]:
    """A file beside ``path`` to write to, which takes its place when the block has ended.

    Args:
        path: the file; its folder is made where it is missing.
        error: what to raise when the file system refuses.

    Yields:
        The file to write to: there, empty, in the same folder, and with the mode that the umask
        gives to new files, which it has again when the block has ended.

    Raises:
        EditionError: of the kind that was asked for: the disk is full, or the folder can't be
            written. Nothing is left behind then, nor when the block fails.
    """
    try:
        make_folder(path.parent)
        part = _half_written(path)
        with part.open("xb") as made:  # as the umask has it: who may read a library is its owner's
            mode = stat.S_IMODE(os.fstat(made.fileno()).st_mode)
        try:
            yield part
            part.chmod(mode)  # some writers make a file of their own, for its owner alone
            _sync_file(part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as refused:
        raise error(
            f"Can't write {path}: {refused.strerror or refused}.",
            hint=f"{next_step(refused)} No file is cut.",
        ) from refused


@contextmanager
def opened(path: Path, error: type[EditionError] = LibraryError) -> Iterator[BinaryIO]:
    """Like ``replacing``, for writers that take a stream."""
    with replacing(path, error) as part, part.open("wb") as stream:
        yield stream


def write(path: Path, data: bytes | str, error: type[EditionError] = LibraryError) -> None:
    """Writes a file, whole or not at all; a text as UTF-8. Arguments and errors: ``replacing``."""
    with opened(path, error) as stream:
        stream.write(data.encode() if isinstance(data, str) else data)


def write_json(path: Path, value: Any, error: type[EditionError] = LibraryError) -> None:  # noqa: ANN401
    """Writes a value as JSON, whole or not at all. Arguments and errors: ``replacing``."""
    write(path, json.dumps(value, indent=1, ensure_ascii=False), error)


@contextmanager
def half_written_folder(path: Path) -> Iterator[Path]:
    """A new folder beside ``path``, to be filled and perhaps renamed; it is gone at the end."""
    part = _half_written(path)
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what killed writers of this machine left in a folder; living ones keep theirs.

    What can't be removed stays, and so does what processes of other machines left.
    """
    for path in folder.glob(".*.part"):
        if writer_lives(path) is not False:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
            continue
        with suppress(OSError):
            path.unlink()


def writer_lives(part: Path) -> bool | None:
    """Whether the process that writes a half-written file or folder lives, by the name of that.

    Returns:
        None where it is a process of another machine, or the name doesn't say.
    """
    found = _PART.fullmatch(part.name)
    if found is None or found["machine"] != _machine():
        return None
    import psutil  # 0.02 s, which only a leftover costs

    return psutil.pid_exists(int(found["process"]))


def _half_written(path: Path) -> Path:
    """What becomes ``path``, under a name that nothing else has."""
    name = f".{path.name[:_NAME_LETTERS]}.{_machine()}-{os.getpid()}.{secrets.token_hex(8)}.part"
    return path.parent / name


def _machine() -> str:
    """A short name of this machine: folders may be shared by several."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it, so that they survive a power cut."""
    missing = [folder, *folder.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.is_dir())]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def sync(file: BinaryIO) -> None:
    """Waits until what was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder survive a power cut, where the system allows it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows can't open folders; its renames are journalled
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Waits until a folder is on the disk, with all that is in it."""
    for path in folder.rglob("*"):
        if path.is_file():
            _sync_file(path)
        else:
            sync_folder(path)
    sync_folder(folder)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:  # Windows syncs only what is open for writing
        os.fsync(file.fileno())
