"""Reads every picture that comes in as 8-bit sRGB, upright, on white.

A picture by somebody else's camera or program may have 16 bits a channel, floating-point values,
inks instead of light, a palette, transparency, a rotation in its EXIF data and a colour profile.
All of them are read here, so that a starting image, a training picture and an imported one look
the same. The limits on area stand here as well.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from edition import regular_files
from edition.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from PIL import Image, ImageCms

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
_SIXTEEN_TO_EIGHT = 257.0
_PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}
_FITTING = {("L", "L"), ("L", "RGB"), ("RGB", "RGB"), ("CMYK", "CMYK"), ("LAB", "LAB")}
_BITS_TAG, _PHOTOMETRIC_TAG, _ORIENTATION_TAG = 258, 262, 274
_SIDEWAYS = (5, 6, 7, 8)
"""Orientations of EXIF that swap width and height."""
_REDUCED = ("L", "RGB", "RGBA", "CMYK", "LAB")
"""Modes whose pixels can be averaged."""


def faults() -> tuple[type[Exception], ...]:
    """What Pillow raises for a file that is cut short, broken, or no picture."""
    from PIL import Image

    return (
        OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
        AttributeError, struct.error, zlib.error, MemoryError, RecursionError,
        Image.DecompressionBombError,
    )  # fmt: skip


def reason(error: Exception) -> str:
    """Why a picture can't be read, as the middle of a sentence, without the file's name."""
    if isinstance(error, OSError):
        return regular_files.reason(error).rstrip(".")
    return str(error).rstrip(".") or type(error).__name__


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
    """Whether HEIC pictures are read: the extra ``edition[heic]`` is installed."""
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
        size = _upright_size(image)
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
        return _upright_size(image)


def _upright_size(image: Image.Image) -> tuple[int, int]:
    turned = _orientation(image) in _SIDEWAYS
    return (image.height, image.width) if turned else image.size


def _orientation(image: Image.Image) -> int:
    """As EXIF numbers it, 1 to 8; 1 where it doesn't say."""
    try:
        found = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # damaged EXIF raises whatever it trips over
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


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
    from PIL import ImageOps, UnidentifiedImageError

    _refuse_unread(path)
    try:
        with opened(path, most) as image:
            profile = image.info.get("icc_profile")
            decode(image)
            turned = _orientation(image) != 1  # else a copy of all pixels
            upright = shrink(ImageOps.exif_transpose(image) if turned else image)
            return _flat(_plain(upright, image), profile)
    except UnidentifiedImageError:
        found = _float_tiff(path)
        if found is not None:
            return found
        raise PictureError(
            f"{path} is no picture of a format that can be read.",
            hint="Save it again as PNG, JPEG or TIFF.",
        ) from None
    except faults() as error:
        raise PictureError(
            f"{path} can't be read as a picture: {reason(error)}.", hint=_way_out(error)
        ) from error


def _way_out(error: Exception) -> str:
    if "more than" in str(error):
        return "Make it smaller first: a print or a training picture needs far fewer pixels."
    return "Is it whole? Save it again as PNG."


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
            "Or let edition read it: pip install 'edition[heic]'"
        )
    if name:
        raise PictureError(f"{path} is a {name} picture; that format is not read here.", hint=hint)


def _plain(image: Image.Image, source: Image.Image) -> Image.Image:
    """A picture of any mode as L, RGB, RGBA, CMYK or LAB with 8 bits a channel."""
    if image.mode[:1] in ("I", "F"):
        return _eight_bits(image, source)
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


def _eight_bits(image: Image.Image, source: Image.Image) -> Image.Image:
    """Greys of more than 8 bits: Pillow's own conversion cuts them at 255."""
    import numpy as np
    from PIL import Image as Images

    values = np.asarray(image)
    tags = getattr(source, "tag_v2", {})
    bits = int((tags.get(_BITS_TAG) or (16,))[0])
    if image.mode == "F":
        grey = _from_floats(values)
    elif image.mode.startswith("I;16") or bits <= 16:
        full = float(2 ** min(16, bits) - 1)
        grey = _scaled(values, full)
    else:
        grey = _from_wide(values)
    if tags.get(_PHOTOMETRIC_TAG) == 0:  # white is zero
        grey = 255 - grey
    found = Images.fromarray(grey)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        found.putalpha(Images.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return found.convert("RGBA")
    return found


def _scaled(values: np.ndarray, full: float) -> np.ndarray:
    import numpy as np

    eight = values.astype(np.float32) * np.float32(255.0 / full)
    return eight.round().clip(0, 255).astype(np.uint8)


def _from_wide(values: np.ndarray) -> np.ndarray:
    """32-bit integers: programs store 8, 16 or 32 bits in them; the brightest tells which."""
    top = int(values.max(initial=0))
    full = next((2**bits - 1 for bits in (8, 16, 31) if top < 2**bits), 2**32 - 1)
    return _scaled(values, float(full))


def _from_floats(values: np.ndarray) -> np.ndarray:
    """Floats: white is 1, in scans also 255 or 65535; what is brighter than white stays white.

    Raises:
        ValueError: a value is not a number, or they fit none of these ranges.
    """
    import numpy as np

    if not np.isfinite(values).all():
        raise ValueError("some of its values are not numbers")
    top = float(values.max(initial=0.0))
    if top <= 16.0:  # high dynamic range goes a few times over white
        return _scaled(values, 1.0)
    for full in (255.0, 65535.0):
        if top <= full:
            return _scaled(values, full)
    raise ValueError(f"its values go up to {top:g}; white should be 1, 255 or 65535")


def _float_tiff(path: Path) -> Image.Image | None:
    """A TIFF with several channels of floats, which Pillow does not know; None when it is none.

    Raises:
        PictureError: it is one, and broken, too large or of an unknown layout.
    """
    if path.suffix.lower() not in (".tif", ".tiff"):
        return None
    import numpy as np
    import tifffile
    from PIL import Image as Images

    try:
        with (
            regular_files.open_regular(path) as opened_file,
            tifffile.TiffFile(opened_file) as file,
        ):
            page = file.pages[0]
            shape, kind = page.shape, np.dtype(page.dtype)
            if kind.kind not in "fu" or len(shape) != 3 or shape[2] not in (3, 4):
                return None
            if shape[0] * shape[1] > INCOMING_PIXELS:
                raise ValueError(f"it has {shape[1]} x {shape[0]} pixels")
            values = page.asarray()
            tag = page.tags.get("InterColorProfile")
            orientation = page.tags.get("Orientation")
            profile = bytes(tag.value) if tag is not None else None
            turned = int(orientation.value) if orientation is not None else 1
        full = float(np.iinfo(kind).max) if kind.kind == "u" else 0.0
        eight = _scaled(values, full) if full else _from_floats(values)
        image = _turned(Images.fromarray(eight), turned)
        return _flat(image, profile)
    except (*faults(), tifffile.TiffFileError, RuntimeError) as error:
        raise PictureError(
            f"{path} can't be read as a picture: {reason(error)}.",
            hint="Save it again as a TIFF of 16 bits a channel, without compression.",
        ) from error


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """Turned as an EXIF or TIFF orientation, 1 to 8, says."""
    from PIL import Image as Images
    from PIL import ImageOps

    exif = Images.Exif()
    exif[274] = orientation
    image.info["exif"] = exif.tobytes()
    return ImageOps.exif_transpose(image)


def _flat(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours to sRGB, then what is transparent on white."""
    from PIL import Image as Images

    if image.mode != "RGBA":
        return _to_srgb(image, profile)
    alpha = image.getchannel("A")
    seen = _to_srgb(image.convert("RGB"), profile).convert("RGBA")
    seen.putalpha(alpha)
    white = Images.new("RGBA", seen.size, "white")
    return Images.alpha_composite(white, seen).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """By littlecms from the embedded profile; a picture without a fitting one is sRGB already."""
    from PIL import ImageCms

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
    from PIL import ImageCms

    if not data:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (OSError, ImageCms.PyCMSError):
        return None


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile moves no colour by more than rounding: such pixels are kept as they are."""
    import numpy as np
    from PIL import Image as Images
    from PIL import ImageCms

    steps = np.arange(0, 256, 17, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    target = ImageCms.createProfile("sRGB")
    moved = ImageCms.profileToProfile(Images.fromarray(cube), profile, target, outputMode="RGB")
    if moved is None:
        return False
    difference = np.abs(np.asarray(moved).astype(int) - cube)
    return int(difference.max()) <= 1
