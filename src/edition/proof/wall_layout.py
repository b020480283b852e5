"""Where frames hang: rectangles on a wall in millimetres. Pure geometry.

x runs from the wall's left corner, y from the floor. Left edges stand on whole millimetres,
since a tape measure does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edition.errors import ProofError
from edition.proof.document_model import ProofPrint
from edition.proof.paper_sizes import Box, Size, longer_side
from edition.recipe.proof_settings import ProofSettings

Boxes = NDArray[np.float64]
LEAST_WALL_MM = 4000.0
_FLOOR_MM = 300.0
"""Nothing hangs lower."""
_CEILING_MM = 100.0
"""Nothing hangs closer to the wall's top."""
_SIDEWAYS = 0.62
"""What a step sideways counts in a salon, beside one up or down: the hang grows wider than high."""


@dataclass(frozen=True, slots=True)
class FramedPrint:
    """A print and what surrounds it, before it has a place."""

    picture: ProofPrint
    print_size: Size
    frame_size: Size
    """Outer: print, mat and moulding."""


@dataclass(frozen=True, slots=True)
class HungPrint:
    """A framed print in its place."""

    number: int
    """From 1, in the order of the hang."""
    framed: FramedPrint
    box: Box
    """The frame's outer edges on the wall."""
    nail_x: float
    hook_y: float
    """Height of nail and hook above the floor: centre + offset."""

    @property
    def image(self) -> Box:
        """The print's own edges on the wall."""
        size = self.framed.print_size
        return Box(
            self.box.x + (self.box.width - size.width) / 2,
            self.box.y + (self.box.height - size.height) / 2,
            size.width,
            size.height,
        )


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall with everything on it."""

    size: Size
    centre_line: float
    hung: tuple[HungPrint, ...]


def frame(picture: ProofPrint, settings: ProofSettings) -> FramedPrint:
    """Sizes a print and its frame.

    The longer side is the print's own, the one set for its seed, or the one for all.
    """
    side = picture.print_mm or settings.sizes.get(str(picture.seed)) or settings.print_mm
    inner = longer_side(picture.width, picture.height, side)
    around = 2 * (settings.mat_mm + settings.frame_mm)
    return FramedPrint(picture, inner, Size(inner.width + around, inner.height + around))


def hang(pictures: Sequence[ProofPrint], settings: ProofSettings) -> Wall:
    """Hangs prints in the order given.

    Raises:
        ProofError: there is none, or the wall is too small.
    """
    if not pictures:
        raise ProofError("There is nothing to hang.", hint="Star some prints first.")
    framed = [frame(picture, settings) for picture in pictures]
    sizes = [one.frame_size for one in framed]
    boxes = _HANGS[settings.hang](sizes, settings)
    wall = _placed(boxes, settings)
    _check(wall, boxes, settings)
    left = (wall.width - _span(boxes)) / 2 - min(box.x for box in boxes)
    hung = []
    for number, (one, box) in enumerate(zip(framed, boxes, strict=True), 1):
        place = Box(float(round(box.x + left)), box.y, box.width, box.height)
        nail = place.x + place.width / 2
        hook = place.top - min(settings.hook_drop_mm, place.height / 2)
        hung.append(HungPrint(number, one, place, nail, hook))
    return Wall(wall, settings.centre_line_mm, tuple(hung))


def _span(boxes: Sequence[Box]) -> float:
    return max(box.right for box in boxes) - min(box.x for box in boxes)


def _placed(boxes: Sequence[Box], settings: ProofSettings) -> Size:
    width = settings.wall_width_mm
    if not width:
        needed = _span(boxes) + 2 * settings.corner_mm
        width = max(LEAST_WALL_MM, math.ceil(needed / 100) * 100.0)
    return Size(width, settings.wall_height_mm)


def _check(wall: Size, boxes: Sequence[Box], settings: ProofSettings) -> None:
    needed = _span(boxes) + 2 * settings.corner_mm
    if needed > wall.width + 0.5:
        raise ProofError(
            f"The wall is too small: the {settings.hang} needs {math.ceil(needed)} mm with its"
            f" corners, the wall has {wall.width:.0f} mm.",
            hint="Make [proof] wall_width_mm larger (0 fits it), or print_mm or gap_mm smaller,"
            " or hang fewer prints.",
        )
    low, high = min(box.y for box in boxes), max(box.top for box in boxes)
    if low < 0 or high > wall.height:
        raise ProofError(
            f"The wall is too low: the {settings.hang} reaches from {low:.0f} to {high:.0f} mm,"
            f" the wall from 0 to {wall.height:.0f} mm.",
            hint="Change [proof] wall_height_mm, centre_line_mm, print_mm or columns.",
        )


def _row(sizes: Sequence[Size], settings: ProofSettings) -> list[Box]:
    """Side by side, centres on the centre line."""
    boxes, x = [], 0.0
    for size in sizes:
        boxes.append(Box(x, settings.centre_line_mm - size.height / 2, size.width, size.height))
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
        # A last row that is not full stands in the middle.
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

    A new frame stands a gap away from one that hangs, its edges or middle in line with it. Of all
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


_HANGS = {"row": _row, "grid": _grid, "salon": _salon}
