"""Pictures with more than 8 bits a channel, which Pillow would cut off or does not know at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tifffile
from PIL import Image, ImageOps

from edition import exif_orientation, regular_files

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (tifffile.TiffFileError, RuntimeError)
"""What ``float_tiff`` raises besides what Pillow does."""
_BITS_TAG, _PHOTOMETRIC_TAG = 258, 262


def eight_bits(image: Image.Image, source: Image.Image) -> Image.Image:
    """Greys of more than 8 bits: Pillow's own conversion cuts them at 255."""
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
    found = Image.fromarray(grey)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        found.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return found.convert("RGBA")
    return found


def _scaled(values: np.ndarray, full: float) -> np.ndarray:
    eight = values.astype(np.float32) * np.float32(255.0 / full)
    return eight.round().clip(0, 255).astype(np.uint8)


def _from_wide(values: np.ndarray) -> np.ndarray:
    """32-bit integers: programs store 8, 16 or 32 bits in them; the brightest shows which."""
    top = int(values.max(initial=0))
    full = next((2**bits - 1 for bits in (8, 16, 31) if top < 2**bits), 2**32 - 1)
    return _scaled(values, float(full))


def _from_floats(values: np.ndarray) -> np.ndarray:
    """Floats: white is 1, in scans also 255 or 65535; what is brighter than white stays white.

    Raises:
        ValueError: a value is not a number, or they fit none of these ranges.
    """
    if not np.isfinite(values).all():
        raise ValueError("some of its values are not numbers")
    top = float(values.max(initial=0.0))
    if top <= 16.0:  # high dynamic range goes a few times over white
        return _scaled(values, 1.0)
    for full in (255.0, 65535.0):
        if top <= full:
            return _scaled(values, full)
    raise ValueError(f"its values go up to {top:g}; white should be 1, 255 or 65535")


def float_tiff(path: Path, most: int) -> tuple[Image.Image, bytes | None] | None:
    """A TIFF with several channels of floats, upright, and its profile; None when it is none.

    Args:
        path: the file.
        most: pixels in all.

    Raises:
        ValueError: it has more pixels, or values of an unknown range; others of ``FAULTS``.
    """
    with (
        regular_files.open_regular(path) as opened_file,
        tifffile.TiffFile(opened_file) as file,
    ):
        page = file.pages[0]
        shape, kind = page.shape, np.dtype(page.dtype)
        if kind.kind not in "fu" or len(shape) != 3 or shape[2] not in (3, 4):
            return None
        if shape[0] * shape[1] > most:
            raise ValueError(f"it has {shape[1]} x {shape[0]} pixels")
        values = page.asarray()
        tag = page.tags.get("InterColorProfile")
        orientation = page.tags.get("Orientation")
        profile = bytes(tag.value) if tag is not None else None
        turned = int(orientation.value) if orientation is not None else 1
    full = float(np.iinfo(kind).max) if kind.kind == "u" else 0.0
    eight = _scaled(values, full) if full else _from_floats(values)
    return _turned(Image.fromarray(eight), turned), profile


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """Turned as an EXIF or TIFF orientation, 1 to 8, says."""
    exif = Image.Exif()
    exif[exif_orientation.TAG] = orientation
    image.info["exif"] = exif.tobytes()
    return ImageOps.exif_transpose(image)
