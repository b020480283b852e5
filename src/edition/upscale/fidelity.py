"""Gives an enlarged picture back what its source says: iterative back projection.

Irani and Peleg 1991, "Improving resolution by image registration": made smaller again, an
enlargement should be its source; where it isn't, the difference is enlarged and added.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROUNDS = 2


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
