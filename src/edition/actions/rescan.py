"""Rebuilds a library's database from its files: prints, enlarged prints, marks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths
from edition.actions import adoption
from edition.actions.search import retitle
from edition.domain import Filter
from edition.errors import EditionError
from edition.library import mirror_files
from edition.library.trash_table import DeletedPrint, read_trash
from edition.press.ingest import adopt, adopt_upscaled
from edition.press.regroup import restack
from edition.recipe.seeds import format_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from edition.actions.session import Session
    from edition.library.metadata import Origin
    from edition.library.print_table import UpscaledFile
    from edition.library.store import Store

Progress = Callable[[int, int], None]
_BATCH = 64


@dataclass(frozen=True, slots=True)
class RescanResult:
    """What a rescan found."""

    prints: int
    """Prints that had no row and have one now."""
    forgotten: int
    """Rows whose files are gone."""
    marks: int
    """Prints that got marks back."""
    upscaled: int
    broken: tuple[str, ...]
    """Files that can't be read, each with the reason."""


def rescan(session: Session, progress: Progress | None = None) -> RescanResult:
    """Makes the database agree with the files; running it again changes nothing.

    Marks of prints that the database knows are left as they are: it is newer than the mirror or
    the same.
    """
    store = session.store
    store.register.restore()  # first: a numbered print must not go into the trash meanwhile
    found = forgotten = marked = upscaled = 0
    broken: list[str] = []
    for slug in _slugs(store):
        if paths.is_adopted(store.root, slug):
            scan = adoption.scan(session, slug)
            found, forgotten = found + scan.new, forgotten + scan.gone
            marked += _marked(store, slug, store.prints.select(slug, Filter(trash=None)))
            broken += [*scan.broken, *scan.passed]
            upscaled += _upscaled(store, slug, broken)
            continue
        if reason := _unreadable(store.root, slug):
            broken.append(reason)
            continue
        if not paths.edition_folder(store.root, slug).is_dir():
            store.trash.forget(slug)
        store.trash.settle(slug)
        known = _known(store, slug)
        there = {
            p.relative_to(store.root).as_posix() for p in mirror_files.print_files(store.root, slug)
        }
        lost = {file: print_id for file, print_id in known.items() if file not in there}
        gone = [print_id for file, print_id in lost.items() if _is_gone(store.root, slug, file)]
        store.prints.forget(gone)
        forgotten += len(gone)
        new = sorted(there - known.keys())
        ids = _take_in(store, slug, new, broken, progress)
        found += len(ids)
        marked += _marked(store, slug, ids)
        _restore_emptied(store, slug)
        upscaled += _upscaled(store, slug, broken)
        restack(store, slug)
        retitle(session, slug)
    store.sources.rebuild()
    store.exhibitions.restore()
    broken += store.mirror_again()
    broken += _hung_from_nowhere(store)
    return RescanResult(found, forgotten, marked, upscaled, tuple(broken))


def _hung_from_nowhere(store: Store) -> list[str]:
    """Exhibitions whose prints are of an edition that is gone, or has another name now."""
    slugs = mirror_files.slugs(store.root)
    told = []
    for one in store.exhibitions.all():
        for slug in sorted({place.slug for place in one.places}):
            if (store.root / slug).is_dir() or (store.root / slug).is_symlink():
                continue
            lost = {(p.digest, p.seed) for p in one.places if p.slug == slug}
            seeds = [seed for _, seed in lost]
            now = [
                other
                for other in slugs
                if lost & {(p.digest, p.seed) for p in store.prints.find(other, seeds)}
            ]
            named = ", ".join(now)
            told.append(
                f"the exhibition {one.name} shows {len(lost)} prints of {slug}, which is gone. "
                + (
                    f"The same prints are in {named}: give the folder its old name, or add them: "
                    f"edition exhibition add {one.name} {now[0]} {format_seeds(seeds)}"
                    if now
                    else "Put its folder back."
                )
            )
    return told


def _slugs(store: Store) -> list[str]:
    """Editions with a folder of prints or adopted ones, and those that only the database knows."""
    folders = {
        path.parent.name
        for kind in ("prints", paths.FOLDERS, "pictures.jsonl")
        for path in store.root.glob(f"*/{kind}")
    }
    return sorted(
        slug for slug in folders.union(store.prints.slugs()) if paths.SLUG.fullmatch(slug)
    )


def _unreadable(root: Path, slug: str) -> str:
    """Why an edition's files can't be judged, and so none forgotten; empty when they can."""
    folder = paths.edition_folder(root, slug)
    try:
        paths.check_link(root, slug)
        if folder.is_symlink() and not folder.is_dir():
            return (
                f"{folder} is a link to {folder.readlink()}, which isn't there. Is a disk missing?"
            )
        with os.scandir(folder / "prints"):
            return ""
    except FileNotFoundError:
        return ""
    except EditionError as error:
        return error.message
    except OSError as error:
        return f"{error.filename}: {error.strerror}."


def _is_gone(root: Path, slug: str, file: str) -> bool:
    """Whether a print's file is nowhere: one on its way out of the trash may yet come back."""
    place = root / file
    away = paths.emptying_folder(root, slug) / place.relative_to(paths.edition_folder(root, slug))
    return not (away.exists() or place.exists())  # in this order: it comes back from away


def _known(store: Store, slug: str) -> dict[str, int]:
    prints = store.prints.get(store.prints.select(slug, Filter(trash=None)))
    return {item.file: item.id for item in prints.values()}


def _take_in(
    store: Store, slug: str, new: list[str], broken: list[str], progress: Progress | None
) -> tuple[int, ...]:
    ids: list[int] = []
    for start in range(0, len(new), _BATCH):
        rows = []
        for file in new[start : start + _BATCH]:
            try:
                rows.append(adopt(store.root, slug, store.root / file))
            except Exception as error:  # whatever one bad file does, the others are taken in
                broken.append(_reason(store.root / file, error))
        ids += store.prints.add(rows)
        if progress is not None:
            progress(min(start + _BATCH, len(new)), len(new))
    return tuple(ids)


def _marked(store: Store, slug: str, ids: Sequence[int]) -> int:
    """How many of the prints that came in have got marks back."""
    mirror = mirror_files.read_marks(store.root, slug)
    return sum((p.digest, p.seed) in mirror for p in store.prints.get(ids).values())


def _restore_emptied(store: Store, slug: str) -> None:
    """Prints that were emptied are known again, and how to make them."""
    gone = [
        DeletedPrint(slug, digest, seed, known.since)
        for (digest, seed), known in read_trash(store.root, slug).items()
        if known.emptied
    ]
    store.trash.restore(slug, gone)


def _upscaled(store: Store, slug: str, broken: list[str]) -> int:
    count = 0
    found = mirror_files.upscaled_files(store.root, slug)
    for path in sorted(found, key=_made):  # the latest goes to paper
        relative = path.relative_to(store.root).as_posix()
        if store.prints.upscale_facts(relative) is not None:
            continue
        try:
            read = adopt_upscaled(path)
        except Exception as error:  # as for prints
            broken.append(_reason(path, error))
            continue
        if read is not None:
            count += _take_in_upscaled(store, slug, relative, *read, path.stat().st_mtime)
    return count


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, EditionError):
        return error.message
    return f"{path} can't be read: {error or type(error).__name__}"


def _made(path: Path) -> int:
    """When, in nanoseconds; 0 of a file that has gone or of a link to nowhere."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _take_in_upscaled(
    store: Store, slug: str, relative: str, origin: Origin, enlarged: UpscaledFile, made: float
) -> int:
    wanted = Filter(seeds=(origin.seed,), digest=origin.digest, trash=None)
    owners = store.prints.select(slug, wanted)
    if not owners:
        return 0
    store.prints.add_upscale(owners[0], relative, enlarged, made)
    return 1
