"""Picks for people who only wanted to cull: the starred files in a folder, with their marks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from edition import atomic, paths, regular_files
from edition.errors import LibraryError, next_step
from edition.library import xmp, xmp_files
from edition.library.content_digest import content_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from edition.actions.session import Session
    from edition.domain import Print


_FOLDER = "export-folder"


@dataclass(frozen=True, slots=True)
class Picks:
    """What was written."""

    files: tuple[Path, ...]
    """New ones, sidecars left out."""
    there: int
    """How many were there already."""
    warnings: tuple[str, ...] = ()
    """Licences that forbid a sale, or that nobody stated."""


class _Licensed(NamedTuple):
    model: str
    licence: str


def export(
    session: Session,
    ids: Sequence[int],
    folder: Path,
    *,
    link: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Picks:
    """Copies or hard-links prints into a folder, each version that goes to paper.

    Adopted pictures keep their file's name; prints are called ``night-sea-7.png``. A copy carries
    its rating, label and keywords as XMP, and the print's name, by which ``edition replace`` knows
    it; what can't carry them, and a hard link, gets a sidecar. No file is written over.

    Args:
        session: the library.
        ids: of the prints.
        folder: made where it is missing.
        link: hard links instead of copies.
        progress: called with how many are done and how many there are.

    Raises:
        LibraryError: a file is gone, can't be read, linked or written.
    """
    atomic.sweep(folder)
    files: list[Path] = []
    there = 0
    prints = session.store.prints.get(ids)
    for done, print_id in enumerate(ids, start=1):
        if (item := prints.get(print_id)) is None:
            continue
        written = _one(session, item, folder, _name(item, prints.values()), link=link)
        if written is None:
            there += 1
        else:
            files.append(written)
        if progress is not None:
            progress(done, len(ids))
    return Picks(tuple(files), there, _warnings(session, prints.values()))


def _warnings(session: Session, prints: Iterable[Print]) -> tuple[str, ...]:
    from edition.actions import printed_files  # with all that paper needs: not at the start
    from edition.proof import preflight

    found = dict.fromkeys(_Licensed(*printed_files.licence(session, item)) for item in prints)
    return tuple(one.what for one in preflight.licences(found))


def last_folder(session: Session) -> str:
    """The folder that picks were last copied to, as it was written; empty before the first."""
    return session.store.setting(_FOLDER)


def remember_folder(session: Session, folder: str) -> None:
    """Offers a folder the next time."""
    session.store.remember(_FOLDER, folder)


def _name(item: Print, prints: object) -> str:
    suffix = PurePath(item.upscaled or item.file).suffix
    if name := paths.adopted_name(item.file):
        return PurePath(name).stem + suffix
    alike = [p for p in prints if (p.slug, p.seed) == (item.slug, item.seed)]  # type: ignore[attr-defined]
    recipe = f"-{item.digest[:8]}" if len(alike) > 1 else ""
    return f"{item.slug}-{item.seed}{recipe}{suffix}"


def _one(session: Session, item: Print, folder: Path, name: str, *, link: bool) -> Path | None:
    """Writes one; None when it is there already."""
    source = session.file(item.upscaled or item.file)
    try:
        data = regular_files.read_bytes(source)
    except OSError as error:
        raise LibraryError(f"Can't read {source}: {regular_files.reason(error)}.") from error
    shown = content_digest(data)
    target = folder / name
    for number in range(2, 100_000):
        if not target.exists():
            break
        if content_digest(target.read_bytes()) == shown:
            return None
        target = folder / f"{PurePath(name).stem}-{number}{PurePath(name).suffix}"
    want = xmp.told_of(item.marks, item.tags)
    carrying = xmp_files.embedded(data, want, f"edition:{item.digest}:{item.seed}")
    if link:
        atomic.make_folder(folder)
        _link(source, target)
    else:
        atomic.write(target, carrying or data)
    if (link or carrying is None) and want.as_text():
        xmp_files.write_sidecar(target, want)
    return target


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        raise LibraryError(
            f"Can't link {target} to {source}: {error.strerror or error}.",
            hint="Hard links stay on one disk: leave --hard-link out to copy. " + next_step(error),
        ) from error
