"""From a PNG to a library row: for prints fresh off the bench, and for those found on the disk."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from edition import atomic, paths, picture_reader, regular_files
from edition.domain import RETOUCHED, NewPrint
from edition.errors import LibraryError
from edition.library import metadata, mirror_files
from edition.library.metadata import Origin
from edition.library.print_table import UpscaledFile
from edition.library.thumbnails import thumbs
from edition.recipe.recipe import Recipe
from edition.similarity.perceptual_hash import hashes
from edition.upscale import UPSCALERS

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from edition.library.store import Store


def describe(
    image: Image.Image,
    origin: Origin,
    *,
    slug: str,
    file: str,
    made: float,
    seconds: float = 0.0,
    sha256: str = "",
) -> NewPrint:
    """All that the library keeps of a picture.

    Args:
        image: RGB.
        origin: how it came to be.
        slug: the edition.
        file: where it lies, relative to the library's root.
        made: Unix time.
        seconds: what it took.
        sha256: of the file, hex.
    """
    found = hashes(image)
    jpeg, rgb = thumbs(image)
    return NewPrint(
        slug=slug, digest=origin.digest, seed=origin.seed, file=file, width=image.width,
        height=image.height, made=made, phash=found.phash, dhash=found.dhash,
        colour=found.colour, thumb=jpeg, rgb=rgb, recipe=origin.recipe.to_json(),
        prompt=origin.recipe.prompt.positive, seconds=seconds, parent=origin.parent,
        sha256=sha256,
    )  # fmt: skip


def adopt(root: Path, slug: str, path: Path) -> NewPrint:
    """Reads a print's file back into a row.

    Raises:
        LibraryError: it is cut short, carries no recipe, or is under a name that isn't its own.
    """
    origin = metadata.read(path)
    if origin is None:
        raise LibraryError(f"{path} has no recipe in its metadata.")
    if not origin.digest.startswith(path.parent.name) or path.stem != str(origin.seed):
        raise LibraryError(
            f"{path} is print {origin.digest[:12]}/{origin.seed} under another's name."
        )
    picture = _decoded(path, "Render its seed again.")
    relative = path.relative_to(root).as_posix()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    made = path.stat().st_mtime
    return describe(picture, origin, slug=slug, file=relative, made=made, sha256=digest)


def adopt_strays(store: Store, slug: str, digest: str) -> int:
    """Takes in whole files that have no row: a kill came between the two. Returns how many."""
    known = store.prints.seeds(slug, digest)
    folder = paths.prints_folder(store.root, slug, digest)
    strays = [p for p in sorted(folder.glob("[0-9]*.png")) if mirror_files.seed_of(p) not in known]
    found = []
    for path in strays:
        try:
            found.append(adopt(store.root, slug, path))
        except Exception as error:
            print(f"{path.name} was not added: {error}", flush=True)  # noqa: T201 - the log
    store.prints.add(found)
    return len(found)


def retouched(path: Path) -> tuple[Origin, UpscaledFile] | None:
    """Reads a retouched file back: see edition.actions.retouched; None when it is none.

    Raises:
        LibraryError: what is beside it is broken, or it is another file now.
    """
    record = path.with_suffix(".json")
    if not record.is_file():
        return None
    size = picture_reader.upright_size(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        facts = json.loads(regular_files.read_text(record))
        if facts["sha256"] != sha256:
            raise LibraryError(f"{path} is not the file that came in.")
        origin = Origin(
            Recipe(), str(facts["digest"]), int(facts["seed"]), {}, {}, source=str(facts["name"])
        )
        return origin, UpscaledFile(RETOUCHED, str(facts["licence"]), *size, sha256)
    except (ValueError, KeyError, TypeError) as error:
        raise LibraryError(f"{record} is broken ({error}).") from error


def adopt_upscaled(path: Path) -> tuple[Origin, UpscaledFile] | None:
    """Reads an enlarged print's file back: how it came to be, and what the library keeps of it.

    Returns:
        None when it is no file of edition's, or was not enlarged.

    Raises:
        LibraryError: it is cut short.
    """
    if (found := retouched(path)) is not None or path.suffix != ".png":
        return found
    origin = metadata.read(path)
    if origin is None or not origin.upscale:
        return None
    size = _decoded(path, "Remove it and enlarge the print again.").size
    method = origin.upscale.get("method", "")
    licence = origin.upscale.get("licence", "")
    if not licence and method in UPSCALERS:
        licence = UPSCALERS[method].licence
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return origin, UpscaledFile(method, licence, *size, digest)


def _decoded(path: Path, hint: str) -> Image.Image:
    """All of a picture's pixels: a file that was cut fails here."""
    try:
        with picture_reader.opened(path, formats=("PNG",)) as image:
            return image.convert("RGB")
    except picture_reader.faults() as error:
        raise LibraryError(f"{path} is cut short or broken: {error}.", hint=hint) from error


def put_print(store: Store, slug: str, image: Image.Image, origin: Origin, seconds: float) -> Path:
    """Puts one print on the disk, whole, and then into the library."""
    path = paths.print_file(store.root, slug, origin.digest, origin.seed)
    data = metadata.encode(image, origin)
    atomic.write(path, data)
    row = describe(
        image,
        origin,
        slug=slug,
        file=path.relative_to(store.root).as_posix(),
        made=time.time(),
        seconds=seconds,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    store.prints.add([row])
    print(f"printed {slug} {origin.digest[:12]} seed {origin.seed}", flush=True)  # noqa: T201
    return path
