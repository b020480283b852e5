"""A library in one file, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edition import __version__
from edition.library import backup_archive

if TYPE_CHECKING:
    from pathlib import Path

    from edition.actions.session import Session
    from edition.library.backup_archive import Backup, Progress


def save(
    session: Session, file: Path, *, pictures: bool = True, progress: Progress | None = None
) -> Backup:
    """Writes the library into one archive; see ``edition.library.backup_archive.save``."""
    return session.store.backup(file, version=__version__, pictures=pictures, progress=progress)


def restore(file: Path, root: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Makes a library of an archive; see ``edition.library.backup_archive.restore``."""
    return backup_archive.restore(file, root, progress)
