"""How much of its source an enlarged picture holds, and how it gets that back.

The figure is that of Lugmayr et al. 2020 ("consistency"): the enlargement made smaller again,
against its source. It measures what was there, not how good the new detail is. To put back is
iterative back projection:

Irani and Peleg 1991, "Improving resolution by image registration": made smaller again, an
enlargement should be its source; where it isn't, the difference is enlarged and added.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROUNDS = 2


NOTHING_WRONG = 99.0
"""Decibels that mean equal pixels."""


def measure(large: Image.Image, source: Image.Image) -> float:
    """PSNR of an enlargement made smaller again with its source: decibels, 99 at most.

    Args:
        large: any mode.
        source: any mode; its size is what the enlargement is brought back to.
    """
    meant = np.asarray(source.convert("RGB"), np.float32)
    small = large.convert("RGB").resize(source.size, Image.Resampling.BOX)
    wrong = float(np.square(np.asarray(small, np.float32) - meant).mean())
    if not wrong:
        return NOTHING_WRONG
    return min(NOTHING_WRONG, 10 * math.log10(255**2 / wrong))


def put_back(large: Image.Image, source: Image.Image) -> Image.Image:
    """An enlargement that is its source when it is made smaller again.

    Args:
        large: RGB, no smaller than the source.
        source: any mode, of the same proportions.

    Returns:
        RGB of the same size as ``large``.
    """
    wanted = _channels(source.convert("RGB"))
    channels = _channels(large)
    for _ in range(ROUNDS):
        channels = [
            made + _sized(meant - _sized(made, source.size, Image.Resampling.BOX), large.size)
            for made, meant in zip(channels, wanted, strict=True)
        ]
    pixels = np.stack(channels, -1).clip(0, 255).round().astype(np.uint8)
    return Image.fromarray(pixels)


def _channels(picture: Image.Image) -> list[NDArray[np.float32]]:
    pixels = np.asarray(picture, np.float32)
    return [np.ascontiguousarray(pixels[..., channel]) for channel in range(3)]


def _sized(
    channel: NDArray[np.float32],
    size: tuple[int, int],
    way: Image.Resampling = Image.Resampling.LANCZOS,
) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(channel).resize(size, way), np.float32)
