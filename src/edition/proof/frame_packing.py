"""Frames arranged together: rows, grids, salons, and rows around doors. Numbers in, boxes out."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edition.errors import ProofError
from edition.proof.paper_sizes import Box, Size
from edition.recipe.proof_settings import Opening, ProofSettings

Boxes = NDArray[np.float64]
_FLOOR_MM = 300.0
"""Nothing hangs lower."""
_CEILING_MM = 100.0
"""Nothing hangs closer to the wall's top."""
_SIDEWAYS = 0.62
"""What a step sideways counts in a salon, beside one up or down: the hang grows wider than high."""


def _row(sizes: Sequence[Size], settings: ProofSettings) -> list[Box]:
    """Side by side, centres on the centre line; or tops or bottoms where the tallest has them."""
    boxes, x = [], 0.0
    tallest = max(size.height for size in sizes)
    shift = {"centre": 0.0, "top": 0.5, "bottom": -0.5}[settings.align]
    for size in sizes:
        y = settings.centre_line_mm - size.height / 2 + shift * (tallest - size.height)
        boxes.append(Box(x, y, size.width, size.height))
        x += size.width + settings.gap_mm
    return boxes


def _grid(sizes: Sequence[Size], settings: ProofSettings) -> list[Box]:
    """Rows and columns of equal cells, row by row from the top, each print in its cell's middle."""
    cell = Size(max(s.width for s in sizes), max(s.height for s in sizes))
    columns = min(settings.columns or _columns(len(sizes), cell, settings), len(sizes))
    rows = math.ceil(len(sizes) / columns)
    top = settings.centre_line_mm + (rows * (cell.height + settings.gap_mm) - settings.gap_mm) / 2
    boxes = []
    for index, size in enumerate(sizes):
        row, column = divmod(index, columns)
        # A last row that is not full is in the middle.
        missing = columns - min(columns, len(sizes) - row * columns)
        x = (column + missing / 2) * (cell.width + settings.gap_mm)
        y = top - row * (cell.height + settings.gap_mm) - cell.height
        boxes.append(
            Box(
                x + (cell.width - size.width) / 2,
                y + (cell.height - size.height) / 2,
                size.width,
                size.height,
            )
        )
    return boxes


def _columns(count: int, cell: Size, settings: ProofSettings) -> int:
    """As many rows as hang well between floor and ceiling, and no more than a calm block needs."""
    reach = 2 * min(
        settings.wall_height_mm - _CEILING_MM - settings.centre_line_mm,
        settings.centre_line_mm - _FLOOR_MM,
    )
    rows = max(1, int((reach + settings.gap_mm) // (cell.height + settings.gap_mm)))
    calm = max(1, round(math.sqrt(count * 0.5 * cell.width / cell.height)))
    return math.ceil(count / min(rows, calm))


def _salon(sizes: Sequence[Size], settings: ProofSettings) -> list[Box]:
    """Packed around the first print, as in a salon: each next one as near to the middle as it goes.

    A new frame is put a gap away from one that hangs, its edges or middle in line with it. Of all
    free places the one nearest to the middle wins, sideways distance counting for less.
    """
    found = _packed(tuple(sizes), settings.gap_mm, settings.centre_line_mm, settings.wall_height_mm)
    return list(found)


@lru_cache(maxsize=8)
def _packed(
    sizes: tuple[Size, ...], gap: float, middle: float, wall_height: float
) -> tuple[Box, ...]:
    """The salon's places. Kept: prints of one size that change their order keep the places.

    200 frames take 140 ms, 200 that were packed before 0.2 ms.
    """
    first = sizes[0]
    placed = np.array([[-first.width / 2, middle - first.height / 2, first.width, first.height]])
    for size in sizes[1:]:
        places = _beside(placed, size, gap)
        inside = (places[:, 1] >= _FLOOR_MM) & (
            places[:, 1] + size.height <= wall_height - _CEILING_MM
        )
        places = places[inside]
        places = places[_free(placed, places, size, gap)]
        if len(places):
            across = np.abs(places[:, 0] + size.width / 2) * _SIDEWAYS
            away = np.hypot(across, places[:, 1] + size.height / 2 - middle).round(3)
            order = np.lexsort((places[:, 1], places[:, 0], np.abs(places[:, 0]).round(3), away))
            x, y = places[order[0]]
        else:  # nowhere between floor and ceiling: beside all, where _check will find it
            x = (placed[:, 0] + placed[:, 2]).max() + gap
            y = middle - size.height / 2
        placed = np.vstack([placed, [x, y, size.width, size.height]])
    return tuple(Box(*(float(number) for number in row)) for row in placed)


def _beside(placed: Boxes, size: Size, gap: float) -> Boxes:
    """Lower left corners of the places next to frames that hang.

    Args:
        placed: (n, 4): x, y, width, height.
        size: of the frame that wants a place.
        gap: between frames.

    Returns:
        (16 n, 2): beside, above and below, edges or middles in line, or in the gap's middle as
        bricks lie.
    """
    x, y, width, height = placed.T
    right, left = x + width + gap, x - gap - size.width
    above, below = y + height + gap, y - gap - size.height
    rows = (y, y + height - size.height, y + (height - size.height) / 2)
    columns = (
        x, x + width - size.width, x + (width - size.width) / 2,
        x + width + gap / 2, x - gap / 2 - size.width,
    )  # fmt: skip
    pairs = [(side, row) for side in (right, left) for row in rows]
    pairs += [(column, end) for end in (above, below) for column in columns]
    return np.concatenate([np.stack(pair, axis=1) for pair in pairs])


def _free(placed: Boxes, places: Boxes, size: Size, gap: float) -> NDArray[np.bool_]:
    """Which places keep the gap to every frame that hangs."""
    gap -= 0.001
    x, y = places[:, :1], places[:, 1:]  # (m, 1)
    left, bottom, width, height = placed.T  # (n,)
    touching = (
        (x < left + width + gap)
        & (x + size.width > left - gap)
        & (y < bottom + height + gap)
        & (y + size.height > bottom - gap)
    )
    free: NDArray[np.bool_] = ~touching.any(axis=1)
    return free


def spread(
    boxes: Sequence[Box], width: float, openings: Sequence[Opening], settings: ProofSettings
) -> list[Box]:
    """A row over the free stretches of a wall, each filled alike; evenly spread where asked.

    Args:
        boxes: the frames of a row.
        width: of the wall.
        openings: nothing hangs over them, or closer to their sides than the gap.
        settings: gap, corners and spacing.

    Raises:
        ProofError: they don't fit beside the openings.
    """
    low, high = min(box.y for box in boxes), max(box.top for box in boxes)
    stretches = [(settings.corner_mm, width - settings.corner_mm)]
    for one in openings:
        if one.y_mm < high and one.y_mm + one.height_mm > low:
            near, far = one.x_mm - settings.gap_mm, one.x_mm + one.width_mm + settings.gap_mm
            stretches = [
                part
                for a, b in stretches
                for part in ((a, min(b, near)), (max(a, far), b))
                if part[1] > part[0]
            ]
    gap = 0.0 if settings.spacing == "even" else settings.gap_mm
    fills = (_filled(boxes, stretches, share / 100, gap) for share in range(5, 101))
    groups = next((groups for groups in fills if groups), None)
    if groups is None:
        raise ProofError(
            f"The row does not fit on {width:.0f} mm of wall between its corners and openings.",
            hint="Make the wall wider, print_mm or gap_mm smaller, or hang fewer prints on it.",
        )
    out: list[Box] = []
    for (start, end), group in zip(stretches, groups, strict=True):
        if not group:
            continue
        x, between = _placed_in(start, end, group, width, settings)
        for box in group:
            out.append(Box(x, box.y, box.width, box.height))
            x += box.width + between
    return out


def _placed_in(
    start: float, end: float, group: Sequence[Box], width: float, settings: ProofSettings
) -> tuple[float, float]:
    """Where a group begins in its stretch, and what is between its frames.

    It stands in the middle of the whole piece of wall, from corner or opening to the next, unless
    the free wall that these must keep is in the way.
    """
    corner, gap = settings.corner_mm, settings.gap_mm
    low = start - (corner if start == corner else gap)
    high = end + (corner if end == width - corner else gap)
    taken = sum(box.width for box in group)
    between = gap
    if settings.spacing == "even":
        between = (high - low - taken) / (len(group) + 1)
        if between < max(start - low, high - end):
            between = (end - start - taken) / (len(group) + 1)
    long = taken + between * (len(group) - 1)
    return min(max((low + high - long) / 2, start), end - long), between


def _filled(
    boxes: Sequence[Box], stretches: Sequence[tuple[float, float]], share: float, gap: float
) -> list[list[Box]] | None:
    """Boxes in order, each stretch filled up to a share of its length; None where some are left."""
    groups: list[list[Box]] = []
    rest = list(boxes)
    for start, end in stretches:
        group: list[Box] = []
        used = -gap
        while rest and used + gap + rest[0].width <= (end - start) * share:
            used += gap + rest[0].width
            group.append(rest.pop(0))
        groups.append(group)
    return None if rest else groups


HANGS = {"row": _row, "grid": _grid, "salon": _salon}
