"""Adopts folders of pictures where they lie: nothing in them is moved, copied or renamed.

An adopted folder is an edition whose prints are files elsewhere. In the library stand its file, a
link to each folder (``folders/NAME``) and the text mirrors of what a person decides. Pictures are
read in batches, each in one transaction: a reading that was ended continues where it was.
"""

from __future__ import annotations

import json
import os
import warnings
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from edition import atomic, paths
from edition.actions import adopted_pictures, xmp_marks
from edition.actions.adopted_pictures import Walked
from edition.actions.edition_title import title as title_of
from edition.actions.reading_state import reading
from edition.errors import LibraryError
from edition.library import mirror_files
from edition.library.foreign_settings import one_line
from edition.text_format import clean, count, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from edition.actions.adopted_pictures import Seen
    from edition.actions.session import Session
    from edition.domain import FoundFile
    from edition.library.adopted_table import Taken

FIRST_BATCH, LARGEST_BATCH = 12, 192
"""Pictures recorded at once: few at first, for the first grid; then so many that the disk's flushes
cost nothing."""
SAMPLE = 50
"""Files that are compared to recognise a folder that was moved."""
_WORKERS = max(2, min(8, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True)
class Scan:
    """What a reading found."""

    slug: str
    new: int
    """Pictures that nothing was known of."""
    gone: int
    """Pictures of which no file is left; their marks are kept."""
    rated: int
    """Pictures whose ratings, labels or keywords were changed by other programs."""
    copies: int
    """Files that show what another shows."""
    broken: tuple[str, ...]
    """Files that can't be read, each with the reason."""
    passed: tuple[str, ...]
    """What was passed over, each with the reason."""
    missing: tuple[str, ...]
    """Folders that aren't there."""
    unknown: tuple[str, ...] = ()
    """Labels and ratings of other programs that mean nothing here, as they are written."""
    busy: bool = False
    """Another process is reading them just now; nothing was done."""


def adopt(session: Session, folders: Sequence[Path], slug: str = "", title: str = "") -> str:
    """Makes an edition of folders, or adds them to one; reads no picture yet.

    A folder that was adopted before is that edition again, also when it was moved since.

    Args:
        session: the library.
        folders: of pictures.
        slug: of the edition; empty makes one from the first folder's name.
        title: of a new edition; empty takes the folder's name.

    Returns:
        The edition's slug.

    Raises:
        LibraryError: one is no folder, is in the library, or the slug is another edition's.
    """
    real = [_checked(session.root, folder) for folder in folders]
    if not real:
        raise LibraryError("Which folder?", hint="edition adopt FOLDER")
    with session.alone():
        known = {_again(session, folder, slug) for folder in real}
        if len(known) == 1 and (only := known.pop()):
            return only
        chosen = slug or _free(session.root, real[0].name)
        taken = paths.edition_file(session.root, chosen).exists()
        if taken and not paths.is_adopted(session.root, chosen):
            raise LibraryError(
                f"{chosen} is an edition of rendered prints.", hint="Name another: --as my-pictures"
            )
        for folder in real:
            _link(session.root, chosen, folder)
        if not taken:
            _write_file(session.root, chosen, title or real[0].name, real)
    return chosen


def _checked(root: Path, folder: Path) -> Path:
    real = Path(os.path.realpath(paths.expanded(folder)))
    if not real.is_dir():
        raise LibraryError(f"{folder} is no folder.", hint="Name a folder of pictures.")
    if real.is_relative_to(os.path.realpath(root)):
        raise LibraryError(
            f"{folder} lies in the library.", hint="Prints of the library need no adopting."
        )
    return real


def _again(session: Session, folder: Path, wanted: str) -> str:
    """The edition that has a folder already, here or where it was before it was moved."""
    slugs = [wanted] if wanted else adopted_slugs(session.root)
    links = [
        (slug, link)
        for slug in slugs
        if paths.is_adopted(session.root, slug)
        for link in paths.adopted_links(session.root, slug)
    ]
    for slug, link in links:
        if os.path.realpath(link) == str(folder):
            return slug
    for slug, link in links:
        if not link.is_dir() and _is_moved(session, slug, link, folder):
            _put_link(link, folder)
            return slug
    return ""


def _is_moved(session: Session, slug: str, link: Path, folder: Path) -> bool:
    """Whether most of what a missing folder held is in another one, by name and size."""
    before = f"{link.relative_to(session.root).as_posix()}/"
    known = [f for f in session.store.adopted.files(slug).values() if f.file.startswith(before)]
    sample = known[:: max(1, len(known) // SAMPLE)]
    return bool(sample) and 2 * sum(_is_there(folder, f, before) for f in sample) > len(sample)


def _is_there(folder: Path, known: FoundFile, before: str) -> bool:
    try:
        return (folder / known.file.removeprefix(before)).stat().st_size == known.size
    except OSError:
        return False


def _link(root: Path, slug: str, folder: Path) -> None:
    home = paths.folders_folder(root, slug)
    others = [Path(os.path.realpath(link)) for link in paths.adopted_links(root, slug)]
    if folder in others:
        return
    for other in others:
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            raise LibraryError(
                f"{folder} and {other} lie in each other.", hint=f"{slug} has {other} already."
            )
    name = plain_name(folder.name, "pictures")
    names = (name, *(f"{name}-{number}" for number in range(2, 10_000)))
    atomic.make_folder(home)
    _put_link(home / next(n for n in names if not os.path.lexists(home / n)), folder)


def _put_link(link: Path, folder: Path) -> None:
    part = link.with_name(f".{link.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.symlink_to(folder, target_is_directory=True)
        part.replace(link)
    except OSError as error:
        raise LibraryError(
            f"Can't link {link} to {folder}: {error.strerror or error}.",
            hint="The library must lie on a file system with symbolic links.",
        ) from error
    atomic.sync_folder(link.parent)


def _write_file(root: Path, slug: str, title: str, folders: Sequence[Path]) -> None:
    from edition.recipe import edition_file

    notes = [f"# Adopted where it lies: {one_line(str(folder))}" for folder in folders]
    text = "\n".join(notes) + f"\ntitle = {json.dumps(one_line(title)[:300] or slug)}\n"
    text += (
        '\n[marks]\nxmp = "off"  # or "sidecar", "embed": who reads what, see docs/adopting.md\n'
    )
    edition_file.parse(text)
    atomic.write(paths.edition_file(root, slug), text)


def _free(root: Path, name: str) -> str:
    plain = plain_name(name, "pictures")
    names = (plain, *(f"{plain}-{number}" for number in range(2, 100_000)))
    return next(n for n in names if not paths.edition_file(root, n).exists())


def adopted_slugs(root: Path) -> list[str]:
    """Editions of adopted folders."""
    return [slug for slug in mirror_files.slugs(root) if paths.is_adopted(root, slug)]


def folders(root: Path, slug: str) -> dict[str, Path]:
    """Where an edition's adopted folders are, by the name of their link."""
    return {link.name: Path(os.path.realpath(link)) for link in paths.adopted_links(root, slug)}


def scan(session: Session, slug: str, progress: Callable[[int, int], None] | None = None) -> Scan:
    """Has the library agree with an edition's folders; running it again changes nothing.

    Args:
        session: the library.
        slug: the edition.
        progress: called with how many new files are read and how many there are.

    Raises:
        LibraryError: it is no adopted edition, or the library can't be written.
    """
    if not paths.is_adopted(session.root, slug):
        raise LibraryError(f"{slug} has no adopted folder.", hint="edition adopt FOLDER")
    lock = FileLock(paths.adopting_lock_file(session.root, slug), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return Scan(slug, 0, 0, 0, 0, (), (), (), busy=True)
    except OSError as error:
        raise LibraryError(f"Can't write to {session.root}: {error.strerror}.") from error
    try:
        real = list(folders(session.root, slug).values())
        if real and not paths.edition_file(session.root, slug).exists():  # cut after its link
            _write_file(session.root, slug, real[0].name, real)
        return _scan(session, slug, progress)
    finally:
        lock.release()


def _scan(session: Session, slug: str, progress: Callable[[int, int], None] | None) -> Scan:
    warnings.filterwarnings("ignore", module="PIL")  # of broken files, which are named here
    adopted = session.store.adopted
    adopted.restore_numbers(slug)
    walked, known = Walked(), adopted.files(slug)
    new = done = 0
    unknown = set[str]()
    for batch, total in _read(session, slug, _batches(session.root, slug, walked, known)):
        done += len(batch)
        state = json.dumps([done, total, False])
        unknown |= {word for item in batch if item.told for word in item.told.unknown}
        new += len(adopted.take(slug, batch, walked.files.__contains__, state))
        if progress is not None:
            progress(done, total)
    gone = [file for file in known if file not in walked.files and not _is_away(file, walked)]
    lost = adopted.lose(slug, gone, walked.files.__contains__) if gone else 0
    rated = xmp_marks.read_changed(session, slug, walked.files, known)
    xmp_marks.write_changed(session, slug)
    if new or lost or _was_cut(session, slug):
        session.restack(slug)
    adopted.finish(slug, json.dumps([done, done, True]))
    broken = tuple(f"{paths.adopted_name(f)}: {fault}" for f, fault in adopted.faults(slug))
    return Scan(
        slug, new, lost, rated, adopted.copies(slug), broken, tuple(walked.passed),
        tuple(walked.missing), tuple(sorted(unknown)),
    )  # fmt: skip


def _was_cut(session: Session, slug: str) -> bool:
    return not reading(session, slug).ended


def _is_away(file: str, walked: Walked) -> bool:
    """Whether a file is in a folder that isn't there: nobody knows whether it is gone."""
    name = file.split("/")[2]
    return name in walked.missing or name not in walked.links


def _batches(
    root: Path, slug: str, walked: Walked, known: Mapping[str, FoundFile]
) -> Iterator[tuple[list[Seen], int]]:
    """What is to be read, and how many files that is in all, as far as it is known.

    Where nothing is known yet the first batch is given as soon as so many files are seen, before
    the rest of the folders is looked through. Where something is, all is looked through first:
    whether a file was moved depends on whether it is still where it was.
    """
    found = adopted_pictures.walk(root, slug, walked)
    first = [] if known else list(islice(found, FIRST_BATCH))
    if first:
        yield first, len(first)
    deque(found, maxlen=0)  # to its end
    waiting = [
        seen
        for seen in islice(walked.files.values(), len(first), None)
        if not seen.is_as(known.get(seen.file))
    ]
    at, size = 0, 2 * len(first) or FIRST_BATCH
    while at < len(waiting):
        yield waiting[at : at + size], len(first) + len(waiting)
        at, size = at + size, min(2 * size, LARGEST_BATCH)


def _read(
    session: Session, slug: str, batches: Iterator[tuple[list[Seen], int]]
) -> Iterator[tuple[list[Taken], int]]:
    """Reads files on several threads while what was read before is recorded."""
    title = title_of(session.root, slug)
    with ThreadPoolExecutor(_WORKERS) as pool:
        ahead: deque[tuple[list[Future[Taken]], int]] = deque()
        try:
            for number, (batch, total) in enumerate(batches):
                look = partial(adopted_pictures.look, session.root, slug, title)
                ahead.append(([pool.submit(look, seen) for seen in batch], total))
                if number == 0 or len(ahead) > 1:  # the first waits for no other
                    yield _done(*ahead.popleft())
            while ahead:
                yield _done(*ahead.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _done(batch: list[Future[Taken]], total: int) -> tuple[list[Taken], int]:
    return [future.result() for future in batch], total


def told(scan: Scan) -> list[str]:
    """The result of a reading for the person, a line each."""
    if scan.busy:
        return [f"{scan.slug}: another process is reading its folders just now."]
    lines = [f"{scan.slug}: {count(scan.new, 'new picture')}"]
    if scan.gone:
        lines[0] += f", {scan.gone:,} gone (their marks are kept)"
    if scan.rated:
        lines[0] += f", {scan.rated:,} rated by other programs"
    if scan.copies:
        lines.append(f"  {count(scan.copies, 'copy')} of other files: each is shown once")
    lines += [f"  folder {name} isn't there; its pictures are kept" for name in scan.missing]
    if scan.unknown:
        words = ", ".join(clean(word)[:40] for word in scan.unknown[:5])
        lines.append(f"  labels that mean nothing here, left as they are: {words}")
    for words, items in (("not taken in", scan.broken), ("passed over", scan.passed)):
        if items:
            lines.append(f"  {count(len(items), 'file')} {words}: {items[0]}")
            lines += [f"    {item}" for item in items[1:5]]
            lines += [f"    and {len(items) - 5:,} more"] if len(items) > 5 else []
    return lines
