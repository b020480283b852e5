"""Pictures to tensors and back, as SeedVR2 sizes and cuts them. Knows no networks."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from edition.errors import UpscaleError

MULTIPLE = 16
"""Pixels to a token, along a side."""
MOST_PIXELS = 8192**2


def resize(pixels: Tensor, height: int, width: int) -> Tensor:
    """Brings a picture to a size: bicubic, with the averaging that making smaller needs.

    Args:
        pixels: (h, w, 3), 8 bit.
        height: wanted.
        width: wanted.

    Returns:
        (1, 3, height, width) in [0, 1].
    """
    x = pixels.permute(2, 0, 1)[None].float() / 255
    fitted = functional.interpolate(x, size=(height, width), mode="bicubic", antialias=True)
    return fitted.clamp_(0, 1)


def prepare(image: Image.Image, scale: float) -> tuple[Tensor, tuple[int, int]]:
    """Brings a picture to the size it is worked on at.

    Args:
        image: any mode; becomes RGB.
        scale: factor of the final size.

    Returns:
        The picture in [-1, 1], (1, 3, h, w), mirrored at right and bottom to multiples of 16;
        and the final height and width.

    Raises:
        UpscaleError: it would be larger than anything can work on.
    """
    height, width = round(image.height * scale), round(image.width * scale)
    if height * width > MOST_PIXELS:
        raise UpscaleError(
            f"{image.width}x{image.height} at {scale:g} times would be {width}x{height}.",
            hint=f"Choose a smaller scale: at most {MOST_PIXELS / 1e6:.0f} megapixels.",
        )
    pixels = torch.from_numpy(np.array(image.convert("RGB")))
    return pad(resize(pixels, height, width) * 2 - 1), (height, width)


def pad(x: Tensor) -> Tensor:
    """Continues a picture to multiples of 16: mirrored, or by its edge where it is too small."""
    down, right = -x.shape[2] % MULTIPLE, -x.shape[3] % MULTIPLE
    fits = down < x.shape[2] and right < x.shape[3]
    return functional.pad(x, (0, right, 0, down), mode="reflect" if fits else "replicate")


def to_bytes(x: Tensor) -> Tensor:
    """A picture in [-1, 1] as rounded 8 bit: (1, 3, h, w) to (h, w, 3)."""
    levels = (x[0].float().clamp(-1, 1) + 1) * 127.5
    return levels.permute(1, 2, 0).round().to(torch.uint8)


def finish(x: Tensor, size: tuple[int, int]) -> Image.Image:
    """Makes a picture of a tensor: cut to its final size, rounded to 8 bit.

    Args:
        x: (1, 3, h, w) in about [-1, 1].
        size: height and width.
    """
    return Image.fromarray(to_bytes(x[..., : size[0], : size[1]]).cpu().numpy())
