"""Reads every picture that comes in as 8-bit sRGB, upright, on white.

A picture by somebody else's camera or program may have 16 bits a channel, floating-point values,
inks instead of light, a palette, transparency, a rotation in its EXIF data and a colour profile.
All of them are read here, so that a starting image, a training picture and an imported one look
the same. The limits on area are here as well. Pillow is loaded with the first picture, by
edition.picture_decoding.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from edition import extras, regular_files
from edition.errors import PictureError
from edition.exif_orientation import turned_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PIL import Image

INCOMING_PIXELS = 180_000_000
"""The largest picture that is read from outside: a 150-megapixel back fits."""
OWN_PIXELS = 1_200_000_000
"""The largest picture of this program's own making that is opened: 34,000 x 34,000."""
FORMATS = (
    "PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "AVIF", "JPEG2000", "PPM", "TGA", "PSD",
)  # fmt: skip
"""What is opened, as Pillow names it. PostScript is not: it is a program."""
_UNREAD = {
    (".heic", ".heif", ".hif"): "HEIC",
    (".jxl",): "JPEG XL",
    (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"): "camera raw",
}
UNREAD_SUFFIXES = {suffix: name for suffixes, name in _UNREAD.items() for suffix in suffixes}
"""File endings of pictures that can't be read here, and what their format is called."""
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_BRANDED = re.compile(rb"....ftyp(" + b"|".join(_HEIC_BRANDS) + rb")", re.DOTALL)
_REDUCED = ("L", "RGB", "RGBA", "CMYK", "LAB")
"""Modes whose pixels can be averaged."""


def faults() -> tuple[type[Exception], ...]:
    """What Pillow raises for a file that is cut short, broken, or no picture."""
    from edition.picture_decoding import FAULTS

    return FAULTS


def reason(error: Exception) -> str:
    """Why a picture can't be read, as the middle of a sentence, without the file's name."""
    return regular_files.reason(error).rstrip(".")


@contextmanager
def opened(
    path: Path, most: int = OWN_PIXELS, formats: tuple[str, ...] = FORMATS
) -> Iterator[Image.Image]:
    """Opens a picture file; its pixels are decoded when they are used.

    Args:
        path: the file.
        most: pixels in all. Pillow's own limit is lower than what this program makes.
        formats: as Pillow names them.

    Raises:
        ValueError: it has more pixels.
        OSError: it is no picture, or can't be opened; others of ``faults`` where it is broken.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the limit below holds instead, for every picture
    with regular_files.open_regular(path) as file:
        if _BRANDED.match(file.read(12)) and formats is FORMATS and reads_heic():
            formats = (*formats, "HEIF")
        file.seek(0)
        with Image.open(file, formats=formats) as image:
            if image.width * image.height > most:
                raise ValueError(
                    f"it has {image.width} x {image.height} pixels, more than "
                    f"{most // 1_000_000} million"
                )
            yield image


@cache
def reads_heic() -> bool:
    """Whether HEIC pictures are read: the extra ``heic`` is installed."""
    try:
        from pillow_heif import register_heif_opener  # 0.05 s, and no part of every installation
    except ImportError:
        return False
    register_heif_opener()
    return True


def read_small(
    path: Path, least: int, look: Callable[[Image.Image], None]
) -> tuple[Image.Image, tuple[int, int]]:
    """Reads a picture to be looked at small; large JPEGs are decoded at a fraction of their size.

    Args:
        path: as for ``read``.
        least: pixels of the shorter side that are wanted at least.
        look: called with the opened picture, its pixels decoded and not yet turned.

    Returns:
        RGB, 8 bits, sRGB, upright, on white; and the width and height that ``read`` gives.

    Raises:
        PictureError: as for ``read``.
    """
    size = (0, 0)

    def decode(image: Image.Image) -> None:
        nonlocal size
        size = turned_size(image)
        if image.format == "JPEG":
            image.draft(None, (least, least))
        image.load()
        look(image)

    def small(image: Image.Image) -> Image.Image:
        factor = min(image.size) // least
        return image.reduce(factor) if factor > 1 and image.mode in _REDUCED else image

    found = _read(path, INCOMING_PIXELS, decode, small)
    return found, (size if any(size) else found.size)


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file as it is shown, turned as its EXIF data says.

    Raises:
        OSError, ValueError: as for ``opened``.
    """
    with opened(path) as image:
        return turned_size(image)


def read(path: Path, most: int = INCOMING_PIXELS) -> Image.Image:
    """Reads a picture whole: RGB, 8 bits, sRGB, turned as its EXIF data says, on white.

    Args:
        path: of a format in ``FORMATS``.
        most: pixels in all.

    Raises:
        PictureError: it is missing, no picture, cut short, too large, or of a format that is not
            read; the hint says what to do.
    """
    return _read(path, most, lambda image: image.load(), lambda image: image)


def _read(
    path: Path,
    most: int,
    decode: Callable[[Image.Image], object],
    shrink: Callable[[Image.Image], Image.Image],
) -> Image.Image:
    from edition import picture_decoding

    _refuse_unread(path)
    try:
        return picture_decoding.read(path, opened(path, most), decode, shrink, INCOMING_PIXELS)
    except picture_decoding.FAULTS as error:
        raise PictureError(
            f"{path} can't be read as a picture: {reason(error)}.",
            hint=picture_decoding.way_out(error),
        ) from error


def _refuse_unread(path: Path) -> None:
    """Names formats that Pillow can't read, or of which it reads the small preview only."""
    name = UNREAD_SUFFIXES.get(path.suffix.lower(), "")
    if not name and path.is_file():
        with regular_files.open_regular(path) as file:
            name = "HEIC" if _BRANDED.match(file.read(12)) else ""
    hint = "Save it as JPEG, PNG or TIFF first."
    if name == "HEIC":
        name = "" if reads_heic() else name
        hint += (
            " On an iPhone: Settings, Camera, Formats, Most Compatible. "
            f"Or let edition read it. {extras.install_extra('heic')}"
        )
    if name:
        raise PictureError(f"{path} is a {name} picture; that format is not read here.", hint=hint)
