"""What other programs do around the networks: their sizes and their tiles.

edition has ways of its own for both; these are here so that its networks can be held against
numbers that were made with them.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from edition.upscale.seedvr2_pre_post import MULTIPLE, resize

SHRINK = 8
LIGHTEST = 1e-6


def sized(pixels: Tensor, facts: dict[str, Any]) -> Tensor:
    """A picture as a reference sizes it: (h, w, 3), 8 bit, to (1, 3, H, W) in [-1, 1]."""
    h, w = pixels.shape[:2]
    if facts["kind"] == "official":
        scale = math.sqrt(facts["res_h"] * facts["res_w"] / (h * w))
        x = resize(pixels, round(h * scale), round(w * scale)) * 2 - 1
        return cut_down(x)
    x = pixels.permute(2, 0, 1)[None].float() / 255
    size = shortest(h, w, facts["resolution"])
    x = fitted(x, size)
    most = facts.get("max", 0)
    if most and max(size) > most:
        x = fitted(x, tuple(round(side * most / max(size)) for side in size))
    x = x.clamp(0, 1)
    down, right = -x.shape[2] % MULTIPLE, -x.shape[3] % MULTIPLE
    return functional.pad(x, (0, right, 0, down)) * 2 - 1


def shortest(h: int, w: int, resolution: int) -> tuple[int, int]:
    """Height and width whose smaller one is the resolution."""
    if h <= w:
        return resolution, int(resolution * w / h)
    return int(resolution * h / w), resolution


def fitted(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """A picture of another size, not clamped."""
    return functional.interpolate(x, size=size, mode="bicubic", antialias=True)


def cut_down(x: Tensor) -> Tensor:
    """The middle of a picture, its sides multiples of 16."""
    h, w = x.shape[2:]
    tall, wide = h - h % MULTIPLE, w - w % MULTIPLE
    top, left = round((h - tall) / 2), round((w - wide) / 2)
    return x[..., top : top + tall, left : left + wide]


def tiled(
    x: Tensor,
    tile: tuple[int, int],
    overlap: tuple[int, int],
    work: Callable[[Tensor], Tensor],
    factor: float,
) -> Tensor:
    """Tiles worked on alone and blended by cosines.

    Args:
        x: (1, c, h, w).
        tile: height and width of a tile, in pixels of ``x``.
        overlap: the same, of what neighbours share.
        work: what is done to each.
        factor: of the result's size to that of ``x``.
    """
    out, weight = None, None
    for top, bottom in spans(x.shape[2], tile[0], overlap[0]):
        for left, right in spans(x.shape[3], tile[1], overlap[1]):
            part = work(x[..., top:bottom, left:right])
            ramps = [
                ramp(int((end - start) * factor), int(over * factor), start > 0, end < length)
                for start, end, over, length in (
                    (top, bottom, overlap[0], x.shape[2]),
                    (left, right, overlap[1], x.shape[3]),
                )
            ]
            share = torch.outer(*ramps)
            if out is None or weight is None:
                shape = (1, part.shape[1], int(x.shape[2] * factor), int(x.shape[3] * factor))
                out, weight = torch.zeros(shape), torch.zeros(shape[2:])
            area = (
                ...,
                slice(int(top * factor), int(bottom * factor)),
                slice(int(left * factor), int(right * factor)),
            )
            out[area] += part * share
            weight[area] += share
    if out is None or weight is None:
        raise ValueError("there are no tiles")
    return out / weight.clamp(min=LIGHTEST)


def spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Where tiles begin and end along an axis; a later one no longer than the overlap is left."""
    stride = tile - overlap
    found = [(start, min(start + tile, length)) for start in range(0, length, stride)]
    return [(start, end) for start, end in found if start == 0 or end - start > overlap]


def ramp(length: int, overlap: int, before: bool, after: bool) -> Tensor:
    """Weights along an axis: a cosine where there is a neighbour."""
    weights = torch.ones(length)
    rise = 0.5 - 0.5 * torch.cos(math.pi * torch.linspace(0, 1, overlap))
    short = min(overlap, length)
    if before:
        weights[:short] *= rise[:short]
    if after:
        weights[-short:] *= rise.flip(0)[-short:]
    return weights
