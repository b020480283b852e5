"""Images that a print starts from: sketches, photographs, other prints. Loads no torch by itself.

A print then begins as the image, encoded, with noise of its own seed added up to where the
schedule is entered: Meng et al. 2021 (SDEdit). ``strength`` says how much of the schedule runs.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from edition import paths, picture_reader
from edition.errors import RecipeError
from edition.recipe.recipe import PRINT_NAME, Init

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from edition.recipe.recipe import Recipe


def locate(name: str, home: Path | None = None) -> Path:
    """The file behind a recipe's ``init.file``.

    Args:
        name: a path, or ``SLUG:DIGEST:SEED`` for a print of the library.
        home: the edition's folder; relative paths are taken from there first, then from the
            working folder.

    Raises:
        RecipeError: it isn't there.
    """
    found = PRINT_NAME.fullmatch(name)
    if found and home is not None:
        path = paths.print_file(home.parent, found[1], found[2], int(found[3]))
        tried = [path]
    else:
        tried = [base / paths.expanded(name) for base in paths.search_folders(home)]
    for path in tried:
        if path.is_file():
            return path
    if found:
        raise RecipeError(
            f"The print that this starts from isn't there: {found[1]}, seed {found[3]}.",
            hint="Make it again first: "
            f"edition render {found[1]} --seeds {found[3]} --recipe {found[2][:8]}",
        )
    raise RecipeError(
        f"There is no image {name} to start from.",
        hint="Relative paths start in the edition's folder, then in the working folder.",
    )


def pixels_digest(image: Image.Image) -> str:
    """SHA-256 over an image's RGB pixels, hex."""
    return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


def with_init_digest(recipe: Recipe, home: Path | None = None) -> Recipe:
    """The recipe with the digest of its starting image filled in; itself when it has none.

    Raises:
        RecipeError: the image is missing, or is not the one the recipe names.
        PictureError: it can't be read.
    """
    if recipe.init is None:
        return recipe
    path = locate(recipe.init.file, home)
    state = path.stat()
    digest = _digest_of_file(path, state.st_mtime_ns, state.st_size)
    _check(path, recipe.init, digest)
    return recipe.model_copy(update={"init": recipe.init.model_copy(update={"sha256": digest})})


@lru_cache(maxsize=64)
def _digest_of_file(path: Path, mtime_ns: int, size: int) -> str:
    """Of a file as it is now: it is decoded once, however often a recipe is looked at."""
    return pixels_digest(picture_reader.read(path))


def _check(path: Path, init: Init, digest: str) -> None:
    if init.sha256 and digest != init.sha256:
        raise RecipeError(
            f"{path} has changed since this recipe was written.",
            hint="Take init.sha256 out of the recipe to start from the image as it is now.",
        )


def picture(init: Init, home: Path | None = None) -> Image.Image:
    """The image a print starts from.

    Raises:
        RecipeError: it is missing, or another one than the recipe says.
        PictureError: it can't be read.
    """
    path = locate(init.file, home)
    image = picture_reader.read(path)
    _check(path, init, pixels_digest(image))
    return image


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """The image cut to a shape around its middle, and resized."""
    from PIL import Image, ImageOps

    return ImageOps.fit(image, (width, height), method=Image.Resampling.LANCZOS)
