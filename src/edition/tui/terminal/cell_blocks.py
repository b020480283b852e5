"""Pictures as quadrants and sextants: the two colours that suit a cell best, in its best shape.

Of all shapes that a cell can show, the one is taken that leaves the smallest square error: the
pixels on each side of it get their mean. Many thumbnails are drawn at once, by numpy; it is loaded
beside the first screen, which comes as half-cells (``half_blocks``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.tui.terminal.ansi_style import Depth

Cells = Literal["half", "quadrant", "sextant"]
GRID: dict[Cells, tuple[int, int]] = {"half": (1, 2), "quadrant": (2, 2), "sextant": (2, 3)}
"""Pixels of a cell, across and down."""
Array = np.ndarray[Any, np.dtype[Any]]
_QUADRANTS = {0: " ", 2: "▝", 4: "▖", 6: "▞", 8: "▗", 10: "▐", 12: "▄", 14: "▟"}
_TRUE = "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm%c"
_INDEXED = "\x1b[38;5;%d;48;5;%dm%c"
_LEVELS = np.array([0, 95, 135, 175, 215, 255], np.float32)
"""Of the 6 x 6 x 6 cube in a terminal's 256 colours; 24 greys from 8 on by tens follow."""
AT_ONCE = 256
"""Cells looked at together: more would not stay in the processor's cache."""
SHADE = np.float32(0.35)
"""What rejection does to a picture's light."""


def thumbs(
    rgbs: Sequence[bytes],
    shades: Sequence[bool],
    size: tuple[int, int],
    cells: Cells,
    depth: Depth,
) -> list[tuple[str, ...]]:
    """Square thumbnails as text.

    Args:
        rgbs: of each, RGB8 of the same side, row by row.
        shades: of each, whether it is shown as rejected.
        size: cells across and down.
        cells: what a cell holds.
        depth: of colour: ``true`` or ``256``.
    """
    side = round((len(rgbs[0]) // 3) ** 0.5)
    pixels = np.frombuffer(b"".join(rgbs), np.uint8).reshape(len(rgbs), side, side, 3)
    light = np.where(np.array(shades, bool), SHADE, np.float32(1))
    return _draw(pixels * light[:, None, None, None], size, cells, depth)


def picture(
    planes: tuple[bytes, bytes, bytes],
    width: int,
    height: int,
    size: tuple[int, int],
    cells: Cells,
    depth: Depth,
) -> tuple[str, ...]:
    """A picture as text.

    Args:
        planes: red, green, blue, row by row.
        width: pixels.
        height: pixels.
        size: cells across and down.
        cells: what a cell holds.
        depth: of colour: ``true`` or ``256``.
    """
    flat = [np.frombuffer(plane, np.uint8).reshape(height, width) for plane in planes]
    return _draw(np.stack(flat, -1)[None].astype(np.float32), size, cells, depth)[0]


def _draw(
    pixels: Array, size: tuple[int, int], cells: Cells, depth: Depth
) -> list[tuple[str, ...]]:
    """Pictures (n, height, width, 3), 0 to 255, as text."""
    count, (across, down), (wide, high) = len(pixels), size, GRID[cells]
    small = _resized(pixels.astype(np.float32), down * high, across * wide)
    split = small.reshape(count, down, high, across, wide, 3).transpose(0, 1, 3, 2, 4, 5)
    front, back, shapes = _two_colours(split.reshape(-1, high * wide, 3), cells)
    parts = [_numbers(front, depth), _numbers(back, depth), shapes[:, None]]
    table = np.concatenate(parts, 1).reshape(count * down, -1).tolist()
    line = (_TRUE if depth == "true" else _INDEXED) * across
    texts = [line % tuple(row) for row in table]
    return [tuple(texts[start : start + down]) for start in range(0, count * down, down)]


def _two_colours(pixels: Array, cells: Cells) -> tuple[Array, Array, Array]:
    """Of cells (n, pixels, 3): the colours of their shape and of its ground, and the shapes."""
    if cells == "half":
        return pixels[:, 0], pixels[:, 1], np.full(len(pixels), ord("▀"))
    found = [
        _best_shapes(pixels[start : start + AT_ONCE], cells)
        for start in range(0, len(pixels), AT_ONCE)
    ]
    front, back, signs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return front, back, signs


def _best_shapes(pixels: Array, cells: Cells) -> tuple[Array, Array, Array]:
    masks, inside, outside, letters = _shapes(cells)
    count = len(pixels)
    flat = pixels.transpose(1, 2, 0).reshape(pixels.shape[1], -1)  # one product for all cells
    part = (masks @ flat).reshape(-1, 3, count)
    whole = flat.sum(0).reshape(3, count)
    # |part|² / inside + |whole - part|² / outside, multiplied out
    gain = part * (1 / inside + 1 / outside)[..., None]
    gain -= whole * (2 / outside)[..., None]
    gain *= part
    gain = gain.sum(1) + (whole * whole).sum(0) / outside
    best, every = gain.argmax(0), np.arange(count)
    chosen = part[best, :, every]
    front, back = chosen / inside[best], (whole.T - chosen) / outside[best]
    return np.where((best == 0)[:, None], back, front), back, letters[best]


@lru_cache(maxsize=2)
def _shapes(cells: Cells) -> tuple[Array, Array, Array, Array]:
    """Of each shape that leaves the upper left pixel out: its pixels, how many, how few, its sign.

    The others are the same with the colours the other way round.
    """
    wide, high = GRID[cells]
    numbers = range(0, 1 << wide * high, 2)
    masks = np.array([[n >> bit & 1 for bit in range(wide * high)] for n in numbers], np.float32)
    inside = masks.sum(1)
    letters = [_QUADRANTS[n] if cells == "quadrant" else _sextant(n) for n in numbers]
    outside = wide * high - inside
    signs = np.array([ord(letter) for letter in letters])
    return masks, np.maximum(inside, 1)[:, None], outside[:, None], signs


def _sextant(number: int) -> str:
    """The sign of a shape; the empty one and the right half have older ones."""
    if number in (0, 42):
        return " ▐"[number > 0]
    return chr(0x1FB00 + number - 1 - (number > 21) - (number > 42))


def _resized(pixels: Array, height: int, width: int) -> Array:
    """Pictures (n, height, width, 3) at another size, each pixel the mean of its share."""
    count, high, wide, _ = pixels.shape
    if high != height:
        pixels = (_spread(high, height) @ pixels.reshape(count, high, -1)).reshape(
            count, height, wide, 3
        )
    if wide != width:
        pixels = _spread(wide, width) @ pixels
    return pixels


@lru_cache(maxsize=64)
def _spread(before: int, after: int) -> Array:
    """Weights of the mean over each new pixel's share of the old ones."""
    edges = np.linspace(0, before, after + 1)
    starts = np.arange(before)
    upper = np.minimum(edges[1:, None], starts + 1)
    lower = np.maximum(edges[:-1, None], starts)
    weights: Array = (np.clip(upper - lower, 0, None) * (after / before)).astype(np.float32)
    return weights


def _numbers(colours: Array, depth: Depth) -> Array:
    """Colours as they are written: three numbers, or one of 256."""
    if depth == "true":
        return np.clip(colours + 0.5, 0, 255).astype(np.int32)
    return nearest(colours)[:, None]


def nearest(colours: Array) -> Array:
    """The nearest of a terminal's 240 fixed colours, 16 to 255.

    Args:
        colours: (n, 3), 0 to 255.
    """
    steps = np.clip(np.where(colours < 115, colours > 47.5, (colours - 35) // 40), 0, 5)
    steps = steps.astype(np.int32)
    grey = np.clip(np.rint((colours.mean(1) - 8) / 10), 0, 23).astype(np.int32)
    cube_error = ((_LEVELS[steps] - colours) ** 2).sum(1)
    grey_error = ((8 + 10 * grey[:, None] - colours) ** 2).sum(1)
    cube = 16 + steps @ np.array([36, 6, 1])
    found: Array = np.where(grey_error < cube_error, 232 + grey, cube)
    return found
