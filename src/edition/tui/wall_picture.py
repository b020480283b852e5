"""A wall with what hangs on it, drawn to scale in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from edition.proof.paper_sizes import Box
from edition.tui.terminal.half_blocks import SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.proof.wall_layout import HungPrint, Wall
    from edition.recipe.proof_settings import ProofSettings
    from edition.tui.terminal.half_blocks import Planes

Colour = tuple[int, int, int]
LANE_MM = 1000.0
"""Floor beside the wall for the person."""
HALVES = (1.0, 2.0)
"""Pixels in a cell, across and down, of half-cells."""
_FLOOR = 1
"""Lines of floor below the wall."""
_SMALL = 7
"""Frames narrower than so many cells can't be told apart: then the wall is seen closer."""
_CLOSER = 2.0


@dataclass(frozen=True, slots=True)
class WallColours:
    """What the parts of the wall look like, RGB8."""

    wall: Colour
    line: Colour
    """Floor, corners and the person."""
    frame: Colour
    mat: Colour
    chosen: Colour
    empty: Colour
    """A print that is gone."""


@dataclass(frozen=True, slots=True)
class WallWindow:
    """Which part of the wall is seen, and how large."""

    left: float
    """Millimetres from the wall's left corner."""
    floor: float
    """Pixels from the upper edge down to the floor."""
    scale: float
    """Millimetres a pixel."""
    width: int
    height: int
    """Pixels."""

    def across(self, x: float) -> int:
        """The column of a distance from the left corner."""
        return round((x - self.left) / self.scale)

    def down(self, y: float) -> int:
        """The row of a height above the floor."""
        return round(self.floor - y / self.scale)

    def place(self, box: Box) -> tuple[int, int, int, int]:
        """A box on the wall: left, top, right, bottom; right and bottom are outside."""
        left, top = self.across(box.x), self.down(box.top)
        return left, top, max(left + 1, self.across(box.right)), max(top + 1, self.down(box.y))


def window(
    wall: Wall,
    at: int,
    width: int,
    height: int,
    zoom: int,
    *,
    person: bool,
    before: WallWindow | None = None,
    unit: tuple[float, float] = HALVES,
) -> WallWindow:
    """Where one looks.

    Args:
        wall: with everything on it.
        at: index of the print that must be seen.
        width: of the picture, pixels.
        height: likewise.
        zoom: -1 for a good one; 0 the whole wall; 1 as tall as the picture; each further one
            twice as close.
        person: leave room for one beside the wall.
        before: where one looked; kept while the print can be seen from there.
        unit: pixels in a cell, across and down.
    """
    ground = round(_FLOOR * unit[1])
    whole_width = wall.size.width + (LANE_MM if person else 0.0)
    tall = wall.size.height / max(1, height - ground - 1)
    whole = max(tall, whole_width / max(1, width - 2))
    if zoom < 0:
        narrowest = min(hung.box.width for hung in wall.hung)
        zoom = 0 if narrowest / whole >= _SMALL * unit[0] else 1
    scale = whole if zoom == 0 else tall / _CLOSER ** (zoom - 1)
    box = wall.hung[at].box
    seen = width * scale
    if whole_width <= seen:
        left = (whole_width - seen) / 2
    else:
        left = min(max(box.x + box.width / 2 - seen / 2, -scale), whole_width - seen + scale)
    room = (height - ground) * scale
    if wall.size.height <= room + scale:
        floor = float(height - ground)
    else:
        low = min(max(0.0, box.y + box.height / 2 - room / 2), wall.size.height - room)
        floor = height - ground + low / scale
    found = WallWindow(left, floor, scale, width, height)
    if before is None or whole_width <= seen or before.left > whole_width - seen + scale:
        return found  # all of it is seen, or one looked beyond where this wall ends
    return before if _sees(before, found, box) else found


def _sees(before: WallWindow, found: WallWindow, box: Box) -> bool:
    """Whether a box stands well inside of what was seen, at the same scale."""
    same = (before.scale, before.width, before.height) == (found.scale, found.width, found.height)
    left, top, right, bottom = before.place(box)
    margin = min(right - left, before.width // 4)
    across = (margin <= left and right <= before.width - margin) or before.left == found.left
    down = (top >= 1 and bottom < before.height - 2) or before.floor == found.floor
    return same and across and down


def closest(wall: Wall, height: int) -> int:
    """The zoom at which a frame fills the picture's height."""
    tall = wall.size.height / max(1, height)
    highest = max(hung.box.height for hung in wall.hung)
    return 1 + max(0, math.floor(math.log2(max(1.0, height * tall / highest / 1.2))))


def draw(
    wall: Wall,
    looks: Sequence[bytes],
    settings: ProofSettings,
    view: WallWindow,
    at: int,
    colours: WallColours,
) -> Planes:
    """Draws what is seen.

    Args:
        wall: with everything on it.
        looks: a square thumbnail of each print, RGB8, in the order of the hang, black where the
            print isn't square; empty for one gone.
        settings: frame and mat widths, the person's height.
        view: which part.
        at: index of the chosen print.
        colours: of the parts.
    """
    image = Image.new("RGB", (view.width, view.height), colours.wall)
    pen = ImageDraw.Draw(image)
    _room(pen, wall, settings, view, colours)
    for index, (hung, look) in enumerate(zip(wall.hung, looks, strict=True)):
        left, top, right, bottom = view.place(hung.box)
        if right < 0 or left > view.width or bottom < 0 or top > view.height:
            continue
        if index == at:
            pen.rectangle((left - 1, top - 1, right, bottom), fill=colours.chosen)
        if settings.frame_mm:
            pen.rectangle((left, top, right - 1, bottom - 1), fill=colours.frame)
        inner = _shrunk((left, top, right, bottom), settings.frame_mm / view.scale)
        if settings.mat_mm:
            pen.rectangle(_solid(inner), fill=colours.mat)
        x, y, end, low = _shrunk(inner, settings.mat_mm / view.scale)
        size = max(1, end - x), max(1, low - y)
        if len(look) >= 3 * SIDE**2:
            side = math.isqrt(len(look) // 3)
            thumb = Image.frombytes("RGB", (side, side), look).crop(_content(side, hung.image))
            how = Image.Resampling.BOX if size[0] <= side else Image.Resampling.BICUBIC
            image.paste(thumb.resize(size, how), (x, y))
        else:
            pen.rectangle(_solid((x, y, end, low)), fill=colours.empty)
            pen.line((x, y, end - 1, low - 1), fill=colours.chosen)
            pen.line((x, low - 1, end - 1, y), fill=colours.chosen)
    red, green, blue = (channel.tobytes() for channel in image.split())
    return red, green, blue


def _content(side: int, box: Box) -> tuple[int, int, int, int]:
    """The part of a square thumbnail that is the print."""
    across = min(side, max(1, round(side * box.width / box.height)))
    down = min(side, max(1, round(side * box.height / box.width)))
    left, top = (side - across) // 2, (side - down) // 2
    return left, top, left + across, top + down


def lettered(
    planes: Planes,
    view: WallWindow,
    numbers: dict[int, list[tuple[int, str, bool]]],
    unit: tuple[float, float],
    colours: WallColours,
) -> Planes:
    """The picture with the numbers in it, for a terminal that shows pixels and no text there.

    Args:
        planes: as drawn.
        view: which part.
        numbers: as of ``numbers``.
        unit: pixels in a cell, across and down.
        colours: of the parts.
    """
    size = (view.width, view.height)
    image = Image.merge("RGB", [Image.frombytes("L", size, plane) for plane in planes])
    pen, letters = ImageDraw.Draw(image), ImageFont.load_default(unit[1] * 0.66)
    for line, labels in numbers.items():
        for column, text, chosen in labels:
            middle = (column + len(text) / 2) * unit[0], (line + 0.5) * unit[1]
            pen.text(middle, text, colours.chosen if chosen else colours.frame, letters, "mm")
    red, green, blue = (channel.tobytes() for channel in image.split())
    return red, green, blue


def _room(
    pen: ImageDraw.ImageDraw,
    wall: Wall,
    settings: ProofSettings,
    view: WallWindow,
    colours: WallColours,
) -> None:
    """Floor, corners, ceiling, doors and windows, and a person."""
    floor, top = view.down(0), view.down(wall.size.height)
    left, right = view.across(0) - 1, view.across(wall.size.width)
    beyond = right
    if settings.figure_mm:
        beyond = view.across(wall.size.width + LANE_MM)
        _person(pen, (right + beyond) / 2, floor, settings.figure_mm / view.scale, colours.line)
    if floor <= view.height:  # closer by, the floor is below what is seen
        pen.rectangle((left, floor, max(left, beyond), view.height), fill=colours.line)
    for one in wall.openings:
        box = view.place(Box(one.x_mm, one.y_mm, one.width_mm, one.height_mm))
        pen.rectangle(_solid(box), fill=colours.empty, outline=colours.line)
    for x in (left, right):
        pen.line((x, top, x, floor), fill=colours.line)
    pen.line((left, top - 1, right, top - 1), fill=colours.line)


def _person(
    pen: ImageDraw.ImageDraw, x: float, floor: float, height: float, colour: Colour
) -> None:
    """Head, body and legs; nothing finer shows at this size."""
    head = height * 0.065
    pen.ellipse((x - head, floor - height, x + head, floor - height + 2 * head), fill=colour)
    shoulder, hip = height * 0.105, height * 0.07
    neck, waist, hem = (floor - height * part for part in (0.84, 0.6, 0.47))
    pen.polygon(
        [
            (x - shoulder, neck), (x + shoulder, neck), (x + hip, waist), (x + shoulder * 0.8, hem),
            (x + hip * 0.7, floor - 1), (x - hip * 0.7, floor - 1), (x - shoulder * 0.8, hem),
            (x - hip, waist),
        ],
        fill=colour,
    )  # fmt: skip


def _shrunk(box: tuple[int, int, int, int], by: float) -> tuple[int, int, int, int]:
    """A box less a border on each side; something is always left."""
    left, top, right, bottom = box
    step = min(round(by), (right - left - 1) // 2, (bottom - top - 1) // 2)
    return left + step, top + step, right - step, bottom - step


def _solid(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A box as Pillow fills it: right and bottom inside, and never before left and top."""
    left, top, right, bottom = box
    return left, top, max(left, right - 1), max(top, bottom - 1)


def numbers(
    wall: Wall, view: WallWindow, at: int, unit: tuple[float, float] = HALVES
) -> dict[int, list[tuple[int, str, bool]]]:
    """Places of the numbers: in the first line of cells that is free below each frame.

    Args:
        wall: with everything on it.
        view: which part.
        at: index of the chosen print.
        unit: pixels in a cell, across and down.

    Returns:
        Line → column, text and whether it is the chosen one's, from left to right; none touch.
    """
    wanted = sorted(range(len(wall.hung)), key=lambda index: (index != at, index))
    taken: dict[int, list[tuple[int, int]]] = {}
    found: dict[int, list[tuple[int, str, bool]]] = {}
    boxes = [_in_halves(view.place(hung.box), unit) for hung in wall.hung]
    width, lines = round(view.width / unit[0]), round(view.height / unit[1])
    for index in wanted:
        left, _, right, bottom = boxes[index]
        text, mine = _label(wall.hung[index]), index == at
        column = (left + right - len(text)) // 2
        line = -(-bottom // 2)
        if mine:
            line += bottom % 2 == 0  # below the line around it, or in its own frame
            if line >= lines or _covered(boxes, line, column, len(text)):
                line = bottom // 2 - 1
        elif right - left < len(text) or _covered(boxes, line, column, len(text)):
            continue
        span = (column - 1, column + len(text) + 1)
        inside = 0 <= line < lines and column >= 0 and span[1] <= width + 1
        if not inside or any(a < span[1] and span[0] < b for a, b in taken.get(line, ())):
            continue
        taken.setdefault(line, []).append(span)
        found.setdefault(line, []).append((column, text, mine))
    return {line: sorted(labels) for line, labels in found.items()}


def _in_halves(
    box: tuple[int, int, int, int], unit: tuple[float, float]
) -> tuple[int, int, int, int]:
    """A box of pixels in half-cells."""
    if unit == HALVES:
        return box
    across, down = unit[0], unit[1] / 2
    left, top, right, bottom = box
    return int(left // across), int(top // down), int(-(-right // across)), int(-(-bottom // down))


def hit(wall: Wall, view: WallWindow, x: int, y: int) -> int:
    """Index of the print at a pixel; -1 where none hangs."""
    for index, hung in enumerate(wall.hung):
        left, top, right, bottom = view.place(hung.box)
        if left <= x < right and top <= y < bottom:
            return index
    return -1


def _label(hung: HungPrint) -> str:
    return str(hung.number)


def _covered(
    boxes: Sequence[tuple[int, int, int, int]], line: int, column: int, length: int
) -> bool:
    """Whether a frame hangs where the text would be."""
    return any(
        left < column + length and column < right and top < 2 * line + 2 and 2 * line < bottom
        for left, top, right, bottom in boxes
    )
