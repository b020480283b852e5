"""Pictures to tensors and back, as SUPIR sizes and cuts them. Knows no networks."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from edition.errors import UpscaleError

SIDE_MULTIPLE = 64
"""Pixels; 32 is the least that the networks' levels allow."""
PREVIEW_SIDE = 32
MOST_PIXELS = 2**28
"""16384²: beyond it the float32 picture alone takes more than 3 GB."""


def prepare(image: Image.Image, scale: float, min_size: int) -> tuple[Tensor, tuple[int, int]]:
    """Brings a picture to the size it is worked on at.

    Args:
        image: any mode; becomes RGB.
        scale: factor of the final size.
        min_size: pixels that the smaller side must have while it is worked on.

    Returns:
        The picture in [-1, 1], (1, 3, h, w), sides multiples of 64; and the final height and
        width.

    Raises:
        UpscaleError: it would be larger than anything can work on.
    """
    (height, width), final = sizes(image.width, image.height, scale, min_size)
    if height * width > MOST_PIXELS:
        raise UpscaleError(
            f"{image.width}x{image.height} at {scale:g} times would be {width}x{height}.",
            hint=f"Choose a smaller scale: at most {MOST_PIXELS / 1e6:.0f} megapixels.",
        )
    large = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    # a table of the 256 values: as exact as float64, without a float64 picture
    values = (np.arange(256) / 255 * 2 - 1).astype(np.float32)
    return torch.from_numpy(values[np.asarray(large)]).permute(2, 0, 1)[None], final


def sizes(
    width: int, height: int, scale: float, min_size: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Height and width that a picture is worked on at, and its final ones, as in ``prepare``."""
    w, h = width * scale, height * scale
    final = (round(h), round(w))
    if min(w, h) < min_size:
        grow = min_size / min(w, h)
        w, h = w * grow, h * grow
    # numpy rounds halves to even, as the reference does
    tall, wide = (max(1, int(np.round(side / SIDE_MULTIPLE))) * SIDE_MULTIPLE for side in (h, w))
    return (tall, wide), final


def finish(x: Tensor, size: tuple[int, int]) -> Image.Image:
    """Makes a picture of a tensor: bicubic to its final size, cut to 8 bit by truncation.

    Args:
        x: (1, 3, h, w) in about [-1, 1].
        size: height and width.
    """
    fitted = functional.interpolate(x.float(), size=size, mode="bicubic")
    pixels = (fitted[0].permute(1, 2, 0) * 127.5 + 127.5).cpu().numpy().clip(0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def preview(estimate: Tensor, hint: Tensor, stage1: Tensor) -> bytes:
    """A latent as a small picture, by the colours that the source's latent stands for.

    The linear map from latent to colour is fitted to the stage-1 picture, so it holds for any
    autoencoder.

    Args:
        estimate: (1, 4, h, w).
        hint: the latent of the stage-1 picture.
        stage1: (1, 3, H, W).

    Returns:
        32x32 RGB8, row by row: 3072 bytes.
    """

    def flat(x: Tensor) -> Tensor:
        small = functional.adaptive_avg_pool2d(x.float().cpu(), PREVIEW_SIDE)
        return small[0].flatten(1).mT  # (1024, c)

    def with_one(x: Tensor) -> Tensor:
        return torch.cat([x, x.new_ones(len(x), 1)], dim=1)

    fit = torch.linalg.lstsq(with_one(flat(hint)), flat(stage1), driver="gelsd").solution
    colours = with_one(flat(estimate)) @ fit  # (1024, 3)
    return bytes(((colours + 1) * 127.5).round().clamp(0, 255).byte().flatten().tolist())
