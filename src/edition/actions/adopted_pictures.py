"""Finds pictures in folders, and reads one whole: what it shows, what it says, who rated it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edition import paths, picture_reader, regular_files
from edition.domain import FoundFile, NewPrint
from edition.errors import PictureError
from edition.library import found_facts, found_in_texts, xmp_files
from edition.library.adopted_table import Taken
from edition.library.content_digest import content_digest, with_texts
from edition.library.foreign_chunks import texts
from edition.library.thumbnails import thumbs
from edition.similarity.perceptual_hash import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from edition.library.xmp import Told

SUFFIXES = {
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif",
    ".hif",
}  # fmt: skip
"""Endings of files that are taken for pictures."""
LEAST = 384
"""Pixels of the shorter side that are decoded at least: hashes and thumbnails need no more."""
MOST_BYTES = 4_000_000_000
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture's file as a walk sees it; nothing of it was read."""

    file: str
    """Relative to the library's root."""
    size: int
    changed: int
    sidecar: int
    """As in edition.domain.FoundFile."""

    def is_as(self, known: FoundFile | None) -> bool:
        """Whether the file is as it was when it was read."""
        return known is not None and (known.size, known.changed) == (self.size, self.changed)


@dataclass(slots=True)
class Walked:
    """What is in an edition's folders."""

    files: dict[str, Seen] = field(default_factory=dict)
    """By name, in the order in which a person counts them."""
    links: list[str] = field(default_factory=list)
    """Names of all folders' links."""
    missing: list[str] = field(default_factory=list)
    """Folders that aren't there, by the name of their link; a disk may be unplugged."""
    passed: list[str] = field(default_factory=list)
    """What was passed over, each with the reason."""


def walk(root: Path, slug: str, found: Walked) -> Iterator[Seen]:
    """Looks through an edition's folders, file by file; 20,000 take a fraction of a second.

    Of a file that was not asked for nothing but its name is read, and only those of the folders
    that come before it: the first files are there as soon in a large tree as in a small one.
    Hidden files, links inside a folder and the library itself are passed over.

    Args:
        root: the library.
        slug: the edition.
        found: takes what is seen; complete when all was asked for.
    """
    for link in paths.adopted_links(root, slug):
        found.links.append(link.name)
        if not link.is_dir():
            found.missing.append(link.name)
            continue
        before = f"{link.relative_to(root).as_posix()}/"
        for seen in _walk(link, before, os.path.realpath(root), found.passed):
            found.files[seen.file] = seen
            yield seen


def _walk(folder: Path, before: str, library: str, passed: list[str]) -> Iterator[Seen]:
    waiting = [(folder, before)]
    while waiting:
        here, prefix = waiting.pop()
        try:
            with os.scandir(here) as listing:
                entries = [entry for entry in listing if not entry.name.startswith(".")]
        except OSError as error:
            passed.append(f"{here}: {error.strerror or error}")
            continue
        inner, pictures, sidecars = [], [], {}
        for entry in entries:
            if entry.is_symlink():
                passed.append(f"{prefix}{_shown(entry.name)}: a link; adopt the folder it leads to")
            elif entry.is_dir(follow_symlinks=False):
                inner.append((Path(entry.path), f"{prefix}{entry.name}/"))
            elif Path(entry.name).suffix.lower() in SUFFIXES:
                pictures.append(entry)
            elif entry.name.lower().endswith(".xmp"):
                sidecars[entry.name.lower()] = entry
        yield from _pictures(pictures, prefix, sidecars, passed)
        waiting += sorted(
            (one for one in inner if os.path.realpath(one[0]) != library),
            key=lambda one: _natural(one[1]),
            reverse=True,
        )


def _pictures(
    entries: list[os.DirEntry[str]],
    prefix: str,
    sidecars: dict[str, os.DirEntry[str]],
    passed: list[str],
) -> Iterator[Seen]:
    for entry in sorted(entries, key=lambda e: _natural(e.name)):
        file = prefix + entry.name
        try:
            file.encode()
            state = entry.stat()
        except UnicodeEncodeError:
            passed.append(f"{prefix}{_shown(entry.name)}: its name is no UTF-8; rename it")
            continue
        except FileNotFoundError:  # it went while the others were read
            continue
        except OSError as error:
            passed.append(f"{file}: {error.strerror or error}")
            continue
        beside = [sidecars.get(name.lower()) for name in xmp_files.sidecar_names(entry.name)]
        sidecar = max((_changed(one) for one in beside if one is not None), default=0)
        yield Seen(file, state.st_size, state.st_mtime_ns, sidecar)


def _changed(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except OSError:
        return 0


def _natural(name: str) -> list[tuple[int, str]]:
    """``night-2`` before ``night-10``."""
    parts = _DIGITS.split(name.casefold())
    return [(int(p[:18]), p) if p.isdecimal() else (-1, p) for p in parts]


def _shown(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def look(root: Path, slug: str, title: str, seen: Seen) -> Taken:
    """Reads a picture's file. Whatever is wrong with it is reported, not raised.

    Args:
        root: the library.
        slug: the edition.
        title: of the edition.
        seen: the file.
    """
    try:
        return _look(root, slug, title, seen)
    except PictureError as error:
        fault = error.message.replace(f"{root / seen.file} ", "")
    except OSError as error:
        fault = regular_files.reason(error)
    except Exception as error:  # whatever one bad file does, the others are taken in
        fault = str(error) or type(error).__name__
    return Taken(FoundFile(seen.file, seen.size, seen.changed, seen.sidecar, fault=fault))


def _look(root: Path, slug: str, title: str, seen: Seen) -> Taken:
    path = root / seen.file
    data = regular_files.read_bytes(path, MOST_BYTES)
    shown, sha256 = content_digest(data), hashlib.sha256(data).hexdigest()
    del data
    carried: dict[str, str] = {}
    packets: list[bytes] = []

    def take_texts(image: Image.Image) -> None:
        carried.update(texts(image))
        packets.append(packet(image))

    small, (width, height) = picture_reader.read_small(path, LEAST, take_texts)
    told = xmp_files.read(path, packets[0] if packets else b"")
    digest = with_texts(shown, carried)
    facts = found_in_texts.of_texts(carried, path.name)
    looks = hashes(small)
    jpeg, rgb = thumbs(small)
    new = NewPrint(
        slug=slug, digest=digest, seed=0, file=seen.file, width=width, height=height,
        made=seen.changed / 1e9, phash=looks.phash, dhash=looks.dhash, colour=looks.colour,
        thumb=jpeg, rgb=rgb, sha256=sha256, prompt=facts.prompt or "",
        recipe=found_facts.to_json(facts, f"{title} {paths.adopted_name(seen.file)}"),
    )  # fmt: skip
    found = FoundFile(
        seen.file, seen.size, seen.changed, seen.sidecar, digest, sha256, said=told.as_text()
    )
    return Taken(found, new, told)


def read_told(path: Path) -> Told:
    """What a picture's XMP says now, in its file and beside it."""
    from PIL import Image

    try:
        with regular_files.open_regular(path) as file, Image.open(file) as image:
            own = packet(image)
    except picture_reader.faults():
        own = b""
    return xmp_files.read(path, own)


def packet(image: Image.Image) -> bytes:
    """A picture's own XMP."""
    own = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return own.encode("utf-8", "replace") if isinstance(own, str) else bytes(own)
