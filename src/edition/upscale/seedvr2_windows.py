"""Where SeedVR2 attends: windows of the token grid, and the turns that tell places within one.

Every window looks at its own tokens and at the prompt's. Windows of one size are worked on
together. All of it follows from the size of the grid; none of it is a weight. The published
files carry the frequencies as well, but rounded to the file's precision: they are not read.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

Window = tuple[int, int, int, int]
"""Top, bottom, left and right in tokens; bottom and right are not inside."""
Turns = Callable[[int, int], Tensor]
"""Angles of the tokens of a window, by its height and width: (n, pairs) float64."""

REFERENCE_TOKENS = 45 * 80
"""The 720p grid that the windows were trained on: 3 windows a side."""
WINDOWS_A_SIDE = 3
WAVE_BASE = 10000.0
FINEST = 128
"""Of the smaller windows' frequencies, in half turns over the window."""


def cuts(length: int, size: int, *, shifted: bool) -> list[int]:
    """Where an axis is cut: from 0 to ``length``, both included.

    Args:
        length: of the axis.
        size: of a whole window.
        shifted: by half a window; nothing is shifted where one window is enough.
    """
    if not shifted:
        return [*range(0, length, size), length]
    if size >= length:
        return [0, length]
    places = [int((k - 0.5) * size) for k in range(length // size + 3)]
    inner = sorted({place for place in places if 0 < place < length})
    return [0, *inner, length]


def windows(height: int, width: int, *, shifted: bool) -> list[Window]:
    """Cuts a token grid into windows; each is about a third of the grid at 720p.

    Args:
        height: of the grid.
        width: of the grid.
        shifted: by half a window, as in every other block.
    """
    share = math.sqrt(REFERENCE_TOKENS / (height * width))
    # Python rounds halves to even; so does the reference
    tall, wide = (math.ceil(round(side * share) / WINDOWS_A_SIDE) for side in (height, width))
    rows = cuts(height, max(1, tall), shifted=shifted)
    columns = cuts(width, max(1, wide), shifted=shifted)
    return [(*row, *column) for column in pairwise(columns) for row in pairwise(rows)]


def _grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Row and column of each token of a window, in the order of its tokens: (n,) each."""
    y = torch.arange(height, dtype=torch.float64)
    x = torch.arange(width, dtype=torch.float64)
    return y.repeat_interleave(width), x.repeat(height)


def wave_frequencies(axis: int) -> Tensor:
    """Frequencies of one axis that takes ``axis`` channels, two to a frequency: float64."""
    count = axis // 2
    return WAVE_BASE ** (-2 * torch.arange(count, dtype=torch.float64) / axis)


def text_angles(tokens: int, head: int) -> Tensor:
    """Angles of the prompt's tokens: the same number on all three axes: (n, pairs)."""
    place = torch.arange(tokens, dtype=torch.float64)
    return torch.outer(place, wave_frequencies(head // 3)).repeat(1, 3)


def picture_angles(tokens: int, head: int) -> Turns:
    """Angles of a window's tokens, counted in tokens; the time comes after the prompt's end.

    Args:
        tokens: of the prompt.
        head: channels of an attention head.
    """
    waves = wave_frequencies(head // 3)

    def angles(height: int, width: int) -> Tensor:
        y, x = _grid(height, width)
        places = (torch.full_like(y, tokens), y, x)
        return torch.cat([torch.outer(place, waves) for place in places], dim=1)

    return angles


def half_turn_frequencies(axis: int) -> Tensor:
    """Frequencies of one axis, in radians over half a window: float64."""
    return math.pi * torch.linspace(1, FINEST, axis // 2, dtype=torch.float64)


def extent_angles(head: int) -> Turns:
    """Angles of a window's tokens, from -1 to 1 whatever its size; there is one moment, -1."""
    waves = half_turn_frequencies(head // 2 // 3)

    def angles(height: int, width: int) -> Tensor:
        y, x = _grid(*(max(side, 1) for side in (height, width)))
        spread = [_spread(place, side) for place, side in ((y, height), (x, width))]
        places = (torch.full_like(y, -1), *spread)
        return torch.cat([torch.outer(place, waves) for place in places], dim=1)

    return angles


def _spread(place: Tensor, side: int) -> Tensor:
    return place * 2 / (side - 1) - 1 if side > 1 else torch.full_like(place, -1)


def turns(angles: Tensor, head: int, device: torch.device) -> Tensor:
    """Angles as unit complex numbers, for every pair of channels: (n, 1, head / 2).

    Args:
        angles: (n, pairs); the pairs beyond them are not turned.
        head: channels of an attention head.
        device: where they are needed.
    """
    still = head // 2 - angles.shape[1]
    whole = torch.nn.functional.pad(angles, (0, still))
    turned = torch.complex(whole.cos().float(), whole.sin().float())
    return turned[:, None].to(device)


def turn(x: Tensor, by: Tensor) -> Tensor:
    """Turns neighbouring channels as points of a plane: (..., n, heads, head), float32.

    Args:
        x: queries or keys.
        by: from ``turns``.
    """
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * by).flatten(-2)


@dataclass(frozen=True, slots=True)
class WindowGroup:
    """Windows of one size."""

    tokens: Tensor
    """Into the grid, row by row: (windows, tokens of each)."""
    turns: Tensor
    """Of each token of a window: (tokens, 1, head / 2)."""


def group(
    boxes: Sequence[Window], width: int, at: Callable[[int, int], Tensor]
) -> list[WindowGroup]:
    """Sorts windows by their size.

    Args:
        boxes: all of a grid.
        width: of the grid.
        at: the turns of a window, by its height and width.
    """
    sized: dict[tuple[int, int], list[int]] = {}
    for top, bottom, left, right in boxes:
        sized.setdefault((bottom - top, right - left), []).append(top * width + left)
    groups = []
    for (tall, wide), corners in sized.items():
        turned = at(tall, wide)
        inside = (torch.arange(tall)[:, None] * width + torch.arange(wide)).flatten()
        tokens = torch.tensor(corners)[:, None] + inside
        groups.append(WindowGroup(tokens.to(turned.device), turned))
    return groups
