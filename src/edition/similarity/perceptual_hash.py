"""What a picture looks like, in 64 bytes: two hashes of its drawing and one of its colours.

Needs pixels, never files. Nothing heavier than numpy is loaded before a picture is hashed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

GRID = 4
"""Cells a side of the colour hash."""
COLOUR_BYTES = GRID * GRID * 3
"""Length of a colour hash."""
COLOUR_STEPS = 400
"""Byte steps to one unit of OKLab chroma; sRGB's a and b, -0.32 to 0.28, then fit a byte."""
LIGHTNESS_STEPS = 200
"""Byte steps to one unit of OKLab lightness: half, so that exposure counts less than hue."""
REDUCE_FROM = 1024
"""Pictures with both sides at least twice this are first reduced by a whole factor."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The looks of one picture."""

    phash: int
    """64 bits, unsigned: signs of the lowest 8x8 frequencies, as imagehash's phash."""
    dhash: int
    """64 bits, unsigned: lighter or darker than the left neighbour, as imagehash's dhash."""
    colour: bytes
    """COLOUR_BYTES: lightness, a, b of a GRID x GRID grid of mean colours, row by row."""


def hashes(image: "Image.Image") -> Hashes:
    """Hashes a picture.

    Up to 2047 pixels on its shorter side the two drawing hashes are those that imagehash gives;
    larger pictures are box-reduced to 1024 pixels or more first, which is faster and moves a bit
    at times.

    Args:
        image: any mode and size; transparency is dropped.
    """
    import imagehash  # 0.15 s, and scipy at its first phash: 0.3 s

    factor = min(image.size) // REDUCE_FROM
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if factor > 1:
        rgb = rgb.reduce(factor)
    grey = rgb.convert("L")
    return Hashes(
        phash=_number(imagehash.phash(grey).hash),
        dhash=_number(imagehash.dhash(grey).hash),
        colour=colour_hash(rgb),
    )


def colour_hash(image: "Image.Image") -> bytes:
    """The mean colours of a GRID x GRID grid over a picture, as quantised OKLab.

    A grid and not a histogram, so that swapped colours of ground and figure differ; means and
    not samples, so that grain, scaling and JPEG leave it as it is.

    Args:
        image: RGB, any size.

    Returns:
        COLOUR_BYTES bytes, cells row by row: lightness, a, b of each.
    """
    from PIL import Image  # 0.03 s

    small = image.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX)
    lab = _oklab(np.asarray(small, np.float64) / 255)  # (h, w, 3)
    steps = lab * (LIGHTNESS_STEPS, COLOUR_STEPS, COLOUR_STEPS) + (0, 128, 128)
    return np.clip(np.rint(steps), 0, 255).astype(np.uint8).tobytes()


def colour_distance(a: bytes, b: bytes) -> float:
    """How far two colour hashes lie apart.

    The largest difference of any cell in a, b or half its lightness, in units of OKLab (0.02 is
    just seen): one recoloured corner counts as much as a whole recoloured picture. The largest
    difference is a metric, and a set's widest pair is the span of its values, which lets stacks
    be held within a bound exactly and fast.

    Raises:
        ValueError: one of them is not a colour hash of this version.
    """
    if len(a) != COLOUR_BYTES or len(b) != COLOUR_BYTES:
        raise ValueError(f"A colour hash has {COLOUR_BYTES} bytes, not {len(a)} and {len(b)}.")
    difference = np.frombuffer(a, np.uint8).astype(np.int16) - np.frombuffer(b, np.uint8)
    return float(np.abs(difference).max()) / COLOUR_STEPS


def _number(bits: "NDArray[np.bool_]") -> int:
    """An 8x8 table of bits as a number, first bit highest, as imagehash prints it."""
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def _oklab(srgb: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Turns sRGB (..., 3), 0 to 1, into OKLab; Björn Ottosson, "A perceptual color space", 2020."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
