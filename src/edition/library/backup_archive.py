"""One ZIP archive of a whole library, and a library from such an archive.

The database and the text mirrors are copied while the write lock is held, so they agree; pictures
follow without it, so the press and the screens go on. A picture is on the disk before its row is,
so every row of the copied database finds its file.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import time
import zipfile
import zlib
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from edition import atomic, paths
from edition.errors import LibraryError
from edition.library.migrations import MIGRATIONS
from edition.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edition.library.database import Database

    Progress = Callable[[int, int], None]

MANIFEST = "edition-backup.json"
FORMAT = 1
_PICTURES = frozenset({"prints", "upscaled", "studies", "proofs", "models"})
"""Folders of an edition that ``pictures=False`` leaves out."""
_PACKED = (".png", ".jpg", ".jpeg", ".webp", ".safetensors", ".pdf", ".zip", ".webm", ".mp4")
"""Files that deflating does not make smaller."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds."""

    file: Path
    files: int
    bytes: int
    """Of the archive."""
    left_out: tuple[str, ...]
    """Links and other things that are no regular files, relative to the library."""


def save(
    db: Database,
    file: Path,
    *,
    version: str,
    pictures: bool = True,
    progress: Progress | None = None,
) -> Backup:
    """Writes the archive; it appears under its name when it is whole.

    Args:
        db: the library's, open.
        file: the archive; must not lie inside the library.
        version: of the program, for the manifest.
        pictures: False keeps recipes, marks, exhibitions, the register and the history only.
        progress: called with files done and files in all.

    Raises:
        LibraryError: the archive would be in the library, or can't be written.
    """
    root = db.root
    if Path(os.path.realpath(file.parent)).is_relative_to(os.path.realpath(root)):
        raise LibraryError(
            f"{file} lies inside the library that it would hold.",
            hint="Name a file elsewhere, best on another disk.",
        )
    atomic.sweep(file.parent)
    left_out: list[str] = []
    with atomic.replacing(file) as part, zipfile.ZipFile(part, "w", allowZip64=True) as archive:
        done = _save_state(db, archive, file)
        rest = [n for n in _names(root, left_out, pictures=pictures) if n not in done]
        for position, name in enumerate(rest):
            if _add(archive, root, name):
                done.add(name)
            if progress:
                progress(position + 1, len(rest))
        manifest = {
            "format": FORMAT, "edition": version, "library_format": len(MIGRATIONS),
            "made": round(time.time()), "files": len(done), "pictures": pictures,
        }  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return Backup(file, len(done), file.stat().st_size, tuple(left_out))


def _save_state(db: Database, archive: zipfile.ZipFile, beside: Path) -> set[str]:
    """The database and the text mirrors, as they are at one moment; returns their names."""
    name = paths.database_file(db.root).name
    done = {name}
    with atomic.half_written_folder(beside) as folder:
        copy = folder / name
        with db.write() if db.writable else nullcontext():
            with closing(sqlite3.connect(copy)) as target:
                _copy_database(db.root, target)
            for mirror in _names(db.root, [], pictures=False):
                if paths.is_mirror(mirror) and _add(archive, db.root, mirror):
                    done.add(mirror)
        archive.write(copy, name, zipfile.ZIP_DEFLATED)
    return done


def _copy_database(root: Path, target: sqlite3.Connection) -> None:
    """Through a connection of its own: one that holds the write lock can't be copied from."""
    uri = f"{paths.database_file(root).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as source:
        source.backup(target)
    target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _names(root: Path, left_out: list[str], *, pictures: bool) -> Iterator[str]:
    """Files that belong into an archive, relative to the library, in order.

    Hidden files are locks, logs, caches and what killed writers left: they are made again. An
    edition's folder may be a link to another disk; other links are left out.
    """
    database = paths.database_file(root).name
    for top in sorted(root.iterdir()):
        if top.name.startswith((".", database)):
            continue
        is_edition = paths.SLUG.fullmatch(top.name) is not None and top.is_dir()
        if is_edition:
            paths.check_link(root, top.name)
        if top.is_dir() and (is_edition or not top.is_symlink()):
            yield from _names_in(root, top, left_out, pictures=pictures)
        elif top.is_symlink() or not top.is_file():
            left_out.append(top.name)
        else:
            yield top.name


def _names_in(root: Path, top: Path, left_out: list[str], *, pictures: bool) -> Iterator[str]:
    """Those of one folder; ``os.walk`` follows no link below it."""
    for folder, inner, files in os.walk(top):
        here = Path(folder)
        unwanted = _PICTURES if here == top and not pictures else frozenset()
        shown = [n for n in inner if not n.startswith(".") and n not in unwanted]
        linked = [name for name in shown if (here / name).is_symlink()]
        inner[:] = sorted(set(shown) - set(linked))
        for name in sorted([*(n for n in files if not n.startswith(".")), *linked]):
            relative = (here / name).relative_to(root).as_posix()
            if (here / name).is_symlink() or not (here / name).is_file():
                left_out.append(relative)
            else:
                yield relative


def _add(archive: zipfile.ZipFile, root: Path, name: str) -> bool:
    """Adds a file; False where it was deleted in the meantime."""
    try:
        source = open_regular(root / name)
    except FileNotFoundError:
        return False
    with source:
        # a time before 1980 can't be written in a ZIP: the file's own is not needed
        info = zipfile.ZipInfo(name, time.localtime()[:6])
        packed = name.lower().endswith(_PACKED)
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with archive.open(info, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, _CHUNK)
    return True


def restore(file: Path, root: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Makes a library of an archive; the folder appears when all of it is there.

    Args:
        file: an archive of ``save``.
        root: the library's folder: missing or empty.
        progress: called with files done and files in all.

    Returns:
        The archive's manifest: ``edition``, ``made`` (seconds since 1970), ``files``, ``pictures``.

    Raises:
        LibraryError: there is a library already, or the archive is broken, of a newer edition, or
            holds names that lead out of the folder.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise LibraryError(
            f"{root} is not empty; nothing was restored.",
            hint="Name a folder that does not exist yet: edition --library FOLDER restore FILE",
        )
    try:
        with open_regular(file) as stream, zipfile.ZipFile(stream) as archive:
            manifest = _manifest(archive, file)
            _check_room(archive, root)
            _unpack(archive, root, progress)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeError, struct.error,
    ) as error:  # fmt: skip
        raise _broken(file, str(error)) from error
    except OSError as error:
        raise LibraryError(
            f"{error.filename or file}: {error.strerror or error}.", hint="Nothing was restored."
        ) from error
    return manifest


def _broken(file: Path, why: str) -> LibraryError:
    return LibraryError(
        f"{file} is no whole backup of a library: {why}.",
        hint="Try another copy of it; nothing was restored.",
    )


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        formats = int(manifest["format"]), int(manifest["library_format"])
        files = int(manifest["files"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _broken(file, f"its {MANIFEST} can't be read") from error
    if formats > (FORMAT, len(MIGRATIONS)) or formats[1] > len(MIGRATIONS):
        raise LibraryError(
            f"{file} was written by a newer edition ({manifest.get('edition')}).",
            hint="Update edition; nothing was restored.",
        )
    names = [info.filename for info in archive.infolist() if info.filename != MANIFEST]
    if len(names) != files or len({name.casefold() for name in names}) != files:
        raise _broken(file, f"it should hold {files} files")
    if bad := next((name for name in names if not _is_safe(name)), None):
        raise _broken(file, f"{bad!r} leads out of the library")
    return dict(manifest)


def _is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and not name.startswith("/")
        and ".." not in parts
        and not any(c in name for c in "\\:\0")
    )


def _check_room(archive: zipfile.ZipFile, root: Path) -> None:
    needed = sum(info.file_size for info in archive.infolist())
    above = next(p for p in root.absolute().parents if p.is_dir())
    free = shutil.disk_usage(above).free
    if needed > free:
        raise LibraryError(
            f"The library needs {needed / 1e9:.1f} GB, and {above} has {free / 1e9:.1f} GB free.",
            hint="Free some room, or name a folder on another disk.",
        )


def _unpack(archive: zipfile.ZipFile, root: Path, progress: Progress | None) -> None:
    """Into a folder beside, which takes the library's name when all is on the disk."""
    atomic.make_folder(root.parent)
    atomic.sweep(root.parent)
    with atomic.half_written_folder(root) as part:
        members = [info for info in archive.infolist() if info.filename != MANIFEST]
        for position, info in enumerate(members):
            target = part / info.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, target.open("xb") as out:
                shutil.copyfileobj(source, out, _CHUNK)  # its end checks the checksum
            if progress:
                progress(position + 1, len(members))
        atomic.sync_tree(part)
        if root.is_dir():
            root.rmdir()
        part.replace(root)
        atomic.sync_folder(root.parent)
