"""Retouched files come home: a print that was worked on elsewhere becomes a version of itself.

The file is copied into the library beside the print's enlarged versions, as it is. What it came of
is in a text beside it (``7-1a2b3c4d.json``): a rescan finds both again.
"""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import atomic, paths, picture_reader, regular_files
from edition.actions import adopted_pictures
from edition.domain import RETOUCHED, Filter
from edition.errors import EditionError, LibraryError
from edition.library import xmp
from edition.library.print_table import UpscaledFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import Print

_NAME = re.compile(r"edition:([0-9a-f]{64}):(\d+)")


@dataclass(frozen=True, slots=True)
class Retouch:
    """A file that came home."""

    slug: str
    seed: int
    file: str
    """Relative to the library's root."""
    width: int
    height: int
    sha256: str
    new: bool
    """False when the very same file was there already; it goes to paper either way."""


def replace(session: Session, item: Print, source: Path) -> Retouch:
    """Makes a file a version of a print; it is the one that goes to paper.

    The print itself stays as it is. Numbers that were issued before keep the file that they were
    given to: what is numbered from now on is this file, by its own digest.

    Args:
        session: the library.
        item: the print that the file came of.
        source: a picture file; it is copied.

    Raises:
        PictureError: it is no whole picture of a format that is read.
        LibraryError: it can't be read or written, or it is the print itself.
    """
    image = picture_reader.read(source, picture_reader.OWN_PIXELS)
    try:
        data = regular_files.read_bytes(source)
    except OSError as error:
        raise LibraryError(f"Can't read {source}: {regular_files.reason(error)}.") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 == session.store.prints.sha256(item.file):
        raise LibraryError(f"{source} is the print itself; nothing in it was changed.")
    home = paths.upscaled_file(session.root, item.slug, item.digest, item.seed, sha256)
    target = home.with_suffix(source.suffix.lower() or ".png")
    relative = target.relative_to(session.root).as_posix()
    new = session.store.prints.upscale_facts(relative) is None
    before = session.store.prints.upscale_facts(item.upscaled) if item.upscaled else None
    record = {
        "format": 1,
        "digest": item.digest,
        "seed": item.seed,
        "sha256": sha256,
        "name": source.name.encode("utf-8", "replace").decode(),
        "came_of": before.sha256 if before else session.store.prints.sha256(item.file),
        "licence": before.licence if before else "",
    }
    if new:
        atomic.write(target, data)
        atomic.write_json(target.with_suffix(".json"), record)
    facts = UpscaledFile(RETOUCHED, str(record["licence"]), *image.size, sha256)
    session.store.prints.add_upscale(item.id, relative, facts, time.time())
    return Retouch(item.slug, item.seed, relative, *image.size, sha256, new)


def print_of(session: Session, slug: str, source: Path) -> Print:
    """The print that a retouched file came of.

    Known by the name that ``edition export`` wrote into the file's XMP, which editors keep, or by
    the file's own name: it must begin with that of an adopted picture (``IMG_7-Edit.tif``), or
    with the edition and the seed (``night-sea-7.tif``).

    Raises:
        LibraryError: none is meant, or several are.
    """
    prints = session.store.prints.get(session.store.prints.select(slug, Filter())).values()
    if found := _NAME.fullmatch(_document_id(source)):
        named = (found[1], int(found[2]))
        if match := next((p for p in prints if (p.digest, p.seed) == named), None):
            return match
    stem = source.stem.casefold()
    fitting = [(len(start), p) for p in prints if _begins(stem, start := _start(p))]
    longest = max((size for size, _ in fitting), default=0)
    best = [item for size, item in fitting if size == longest]
    if len(best) == 1:
        return best[0]
    raise LibraryError(
        f"{source.name} could be of {len(best)} prints of {slug}." if best
        else f"{source.name} is named after no print of {slug}.",
        hint=f"Name the seed: edition replace {slug} SEED {source.name}",
    )  # fmt: skip


def _document_id(source: Path) -> str:
    from PIL import Image

    with (
        suppress(*picture_reader.faults()),
        regular_files.open_regular(source) as file,
        Image.open(file) as image,
    ):
        return xmp.document_id(adopted_pictures.packet(image))
    return ""


def _start(item: Print) -> str:
    name = paths.adopted_name(item.file).rpartition("/")[2]
    return (name.rpartition(".")[0] if name else f"{item.slug}-{item.seed}").casefold()


def _begins(stem: str, start: str) -> bool:
    """Whether a name is another one, or continues after it with a sign: 7 does not begin 77."""
    return stem.startswith(start) and not stem[len(start) : len(start) + 1].isalnum()


def waiting(session: Session, slug: str, folder: Path) -> Iterator[Path]:
    """Pictures in a folder that are no version of a print yet, by name."""
    known = {
        facts.sha256
        for i in session.store.prints.select(slug, Filter())
        for _, facts, _ in session.store.prints.versions(i)
    }
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in adopted_pictures.SUFFIXES and not path.name.startswith("."):
            with suppress(OSError):
                if hashlib.sha256(regular_files.read_bytes(path)).hexdigest() not in known:
                    yield path


def take_folder(session: Session, slug: str, folder: Path) -> tuple[list[Retouch], list[str]]:
    """Takes in what is new in a folder that an editor exports to.

    Returns:
        What came home, and of the others why not.

    Raises:
        LibraryError: there is no such folder.
    """
    if not folder.is_dir():
        raise LibraryError(f"{folder} is no folder.", hint="Name the folder you export to.")
    done, faults = [], []
    for path in waiting(session, slug, folder):
        try:
            done.append(replace(session, print_of(session, slug, path), path))
        except EditionError as error:
            faults.append(str(error))
    return done, faults
