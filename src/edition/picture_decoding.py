"""Turns what Pillow has opened into 8-bit sRGB, upright, on white: see edition.picture_reader."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageCms, ImageOps, UnidentifiedImageError

from edition import regular_files
from edition.errors import PictureError
from edition.exif_orientation import orientation

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

FAULTS: tuple[type[Exception], ...] = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
    AttributeError, struct.error, zlib.error, MemoryError, RecursionError,
    Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for a file that is cut short, broken, or no picture."""
_SIXTEEN_TO_EIGHT = 257.0
_PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}
_FITTING = {("L", "L"), ("L", "RGB"), ("RGB", "RGB"), ("CMYK", "CMYK"), ("LAB", "LAB")}


class FloatTiffError(ValueError):
    """A TIFF of floats, or of several channels of 16 bits, is broken, too large or unknown."""


def read(
    path: Path,
    opened: AbstractContextManager[Image.Image],
    decode: Callable[[Image.Image], object],
    shrink: Callable[[Image.Image], Image.Image],
    most_floats: int,
) -> Image.Image:
    """Reads an opened picture: RGB, 8 bits, sRGB, upright, on white.

    Args:
        path: the file.
        opened: the same, opened when it is entered.
        decode: loads the pixels.
        shrink: of the upright picture, before its colours are converted.
        most_floats: pixels in all of a TIFF that Pillow does not know.

    Raises:
        PictureError: it is of no format that is read; others of ``FAULTS`` where it is broken.
    """
    try:
        with opened as image:
            profile = image.info.get("icc_profile")
            decode(image)
            turned = orientation(image) != 1  # else a copy of all pixels
            upright = shrink(ImageOps.exif_transpose(image) if turned else image)
            return _flat(_plain(upright, image), profile)
    except UnidentifiedImageError:
        found = _float_tiff(path, most_floats)
        if found is not None:
            return found
        raise PictureError(
            f"{path} is no picture of a format that can be read.",
            hint="Save it again as PNG, JPEG or TIFF.",
        ) from None


def way_out(error: Exception) -> str:
    """What to do about one of ``FAULTS``."""
    if isinstance(error, FloatTiffError):
        return "Save it again as a TIFF of 16 bits a channel, without compression."
    if "more than" in str(error):
        return "Make it smaller first: a print or a training picture needs far fewer pixels."
    return "Is it whole? Save it again as PNG."


def _float_tiff(path: Path, most: int) -> Image.Image | None:
    """A TIFF with several channels of floats, which Pillow does not know; None when it is none."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return None
    from edition import deep_pictures  # numpy and tifffile: 0.3 s

    try:
        found = deep_pictures.float_tiff(path, most)
        return None if found is None else _flat(*found)
    except (*FAULTS, *deep_pictures.FAULTS) as error:
        raise FloatTiffError(regular_files.reason(error)) from error


def _plain(image: Image.Image, source: Image.Image) -> Image.Image:
    """A picture of any mode as L, RGB, RGBA, CMYK or LAB with 8 bits a channel."""
    if image.mode[:1] in ("I", "F"):
        from edition import deep_pictures

        return deep_pictures.eight_bits(image, source)
    if image.mode in ("L", "RGB", "1") and "transparency" in image.info:
        return _with_transparent_colour(image)
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _with_transparent_colour(image: Image.Image) -> Image.Image:
    """PNGs of 16 bits a channel name their transparent colour in 16 bits."""
    colour = image.info["transparency"]
    if isinstance(colour, tuple) and max(colour) > 255:
        image.info["transparency"] = tuple(int(part // _SIXTEEN_TO_EIGHT) for part in colour)
    return image.convert("RGBA")


def _flat(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours to sRGB, then what is transparent on white."""
    if image.mode != "RGBA":
        return _to_srgb(image, profile)
    alpha = image.getchannel("A")
    seen = _to_srgb(image.convert("RGB"), profile).convert("RGBA")
    seen.putalpha(alpha)
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """By littlecms from the embedded profile; a picture without a fitting one is sRGB already."""
    source = _profile_of(profile)
    if image.mode == "LAB" and source is None:
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    if source is None:
        return image.convert("RGB")
    space = _PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
    if (image.mode, space) not in _FITTING:
        return image.convert("RGB")
    shown = image if image.mode == space else image.convert(space)
    target = ImageCms.createProfile("sRGB")
    try:
        if space == "RGB" and _is_srgb(source):
            return shown
        found = ImageCms.profileToProfile(shown, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")  # a broken profile: its numbers are taken as sRGB
    return image.convert("RGB") if found is None else found


def _profile_of(data: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if not data:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (OSError, ImageCms.PyCMSError):
        return None


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile moves no colour by more than rounding: such pixels are kept as they are."""
    steps = range(0, 256, 17)
    colours = bytes(itertools.chain.from_iterable(itertools.product(steps, repeat=3)))
    cube = Image.frombytes("RGB", (len(colours) // 3, 1), colours)
    moved = ImageCms.profileToProfile(
        cube, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    if moved is None:
        return False
    return max(ImageChops.difference(moved, cube).tobytes()) <= 1
