"""Where frames hang: rectangles on a wall in millimetres. Pure geometry.

x runs from the wall's left corner, y from the floor. Left edges, hooks and heights of hooks stand
on whole millimetres, since a tape measure does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edition.errors import ProofError
from edition.proof.document_model import ProofPrint
from edition.proof.frame_packing import HANGS, spread
from edition.proof.paper_sizes import Box, Size, longer_side, whole
from edition.recipe.proof_settings import Opening, ProofSettings, WallPlan

LEAST_WALL_MM = 4000.0


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
    """From 1, as a person reads the wall: along each row from the left, rows from the top."""
    framed: FramedPrint
    box: Box
    """The frame's outer edges on the wall."""
    nail_x: float
    """The frame's middle, from the wall's left corner."""
    hook_y: float
    """Height of hooks above the floor: centre + offset."""
    hooks: tuple[float, ...] = ()
    """Where each hook is, from the wall's left corner: the middle, or a quarter in from either
    side of a wide frame."""

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
    """In the order of the hang; ``numbered`` has them as they are read."""
    name: str = ""
    openings: tuple[Opening, ...] = ()

    @property
    def numbered(self) -> tuple[HungPrint, ...]:
        """By number."""
        return tuple(sorted(self.hung, key=lambda one: one.number))

    @property
    def neighbours(self) -> tuple[tuple[HungPrint, HungPrint], ...]:
        """Frames that are read one after the other and hang beside each other."""
        return tuple(
            (one, other) for one, other in pairwise(self.numbered)
            if other.box.x >= one.box.right and other.box.y < one.box.top
            and one.box.y < other.box.top
        )  # fmt: skip

    @property
    def stacked(self) -> tuple[tuple[HungPrint, HungPrint], ...]:
        """Each frame with the nearest of those that hang below it, by number."""
        pairs = []
        for upper in self.numbered:
            below = [
                one for one in self.hung
                if one.box.top <= upper.box.y and one.box.x < upper.box.right
                and upper.box.x < one.box.right
            ]  # fmt: skip
            if below:
                pairs.append((upper, max(below, key=lambda one: (one.box.top, -one.number))))
        return tuple(pairs)

    def between(self, one: Box, other: Box) -> tuple[Opening, ...]:
        """What is in the wall between two frames beside each other."""
        return tuple(
            o for o in self.openings
            if one.right <= o.x_mm and o.x_mm + o.width_mm <= other.x
            and o.y_mm < max(one.top, other.top) and o.y_mm + o.height_mm > min(one.y, other.y)
        )  # fmt: skip

    @property
    def range(self) -> str:
        """The numbers on it: ``1–7``."""
        numbers = [one.number for one in self.hung]
        return f"{min(numbers)}–{max(numbers)}" if len(numbers) > 1 else str(numbers[0])


def frame(picture: ProofPrint, settings: ProofSettings) -> FramedPrint:
    """Sizes a print and its frame.

    The longer side is the print's own, the one set for its seed, or the one for all.
    """
    side = picture.print_mm or settings.sizes.get(str(picture.seed)) or settings.print_mm
    inner = longer_side(picture.width, picture.height, side)
    around = 2 * (settings.mat_mm + settings.frame_mm)
    return FramedPrint(picture, inner, Size(inner.width + around, inner.height + around))


def hang_walls(pictures: Sequence[ProofPrint], settings: ProofSettings) -> tuple[Wall, ...]:
    """Hangs prints on the walls that the settings name, in the order given; numbers run on.

    Raises:
        ProofError: there is none, a wall is too small, or prints are left over.
    """
    if not settings.walls:
        return (hang(pictures, settings),)
    walls: list[Wall] = []
    at = 0
    for plan, number in zip(settings.walls, _shares(len(pictures), settings), strict=True):
        part = pictures[at : at + number]
        own = settings.model_copy(
            update={
                "wall_width_mm": plan.width_mm,
                "wall_height_mm": plan.height_mm or settings.wall_height_mm,
            }
        )
        try:
            walls.append(hang(part, own, plan, at + 1) if part else _bare(plan, own))
        except ProofError as error:
            raise ProofError(f"{plan.name}: {error.message}", hint=error.hint) from error
        at += number
    return tuple(walls)


def _bare(plan: WallPlan, settings: ProofSettings) -> Wall:
    size = Size(settings.wall_width_mm, settings.wall_height_mm)
    return Wall(size, settings.centre_line_mm, (), plan.name, plan.openings)


def _shares(count: int, settings: ProofSettings) -> list[int]:
    """How many prints each wall gets; walls that name no number share what is left by width."""
    left = count - sum(plan.works for plan in settings.walls)
    free = [plan.width_mm for plan in settings.walls if not plan.works]
    if left < 0 or (left > 0 and not free):
        named = sum(plan.works for plan in settings.walls)
        raise ProofError(
            f"The walls take {named} prints, the show has {count}.",
            hint="Change works in [[proof.walls]]; 0 takes what is left.",
        )
    shares, given, width = [], 0, 0.0
    for plan in settings.walls:
        if plan.works:
            shares.append(plan.works)
            continue
        width += plan.width_mm
        upto = round(left * width / sum(free))
        shares.append(upto - given)
        given = upto
    return shares


def hang(
    pictures: Sequence[ProofPrint],
    settings: ProofSettings,
    plan: WallPlan | None = None,
    first: int = 1,
) -> Wall:
    """Hangs prints on one wall in the order given.

    Args:
        pictures: what hangs.
        settings: sizes, wall and hang.
        plan: the wall's name and openings.
        first: the number that is read first.

    Raises:
        ProofError: there is none, the wall is too small, or a frame hangs over an opening.
    """
    if not pictures:
        raise ProofError("There is nothing to hang.", hint="Star some prints first.")
    framed = [frame(picture, settings) for picture in pictures]
    sizes = [one.frame_size for one in framed]
    openings = plan.openings if plan else ()
    boxes = HANGS[settings.hang](sizes, settings)
    wall = _placed(boxes, settings)
    if settings.hang == "row" and (openings or settings.spacing == "even"):
        boxes = spread(boxes, wall.width, openings, settings)
        _check(wall, boxes, settings, spread_out=True)
        left = 0.0
    else:
        _check(wall, boxes, settings)
        left = (wall.width - _span(boxes)) / 2 - min(box.x for box in boxes)
    places = [Box(float(round(b.x + left)), b.y, b.width, b.height) for b in boxes]
    hung = [
        HungPrint(number, one, place, *_hooks(place, settings))
        for number, one, place in zip(_reading(places, first), framed, places, strict=True)
    ]
    made = Wall(wall, settings.centre_line_mm, tuple(hung), plan.name if plan else "", openings)
    _check_openings(made)
    return made


def _hooks(place: Box, settings: ProofSettings) -> tuple[float, float, tuple[float, ...]]:
    """The frame's middle, the hooks' height and the hooks, on whole millimetres."""
    middle = float(whole(place.x + place.width / 2))
    height = float(whole(place.top) - whole(min(settings.hook_drop_mm, place.height / 2)))
    if settings.two_hooks_mm and place.width >= settings.two_hooks_mm:
        quarter = whole(place.width / 4)
        return middle, height, (place.x + quarter, float(whole(place.right)) - quarter)
    return middle, height, (middle,)


def _reading(places: Sequence[Box], first: int) -> list[int]:
    """Numbers as a person reads a wall: the highest row first, each from left to right.

    A row is all whose middles are beside the highest frame that has no number.
    """
    left = sorted(range(len(places)), key=lambda i: (-places[i].top, places[i].x))
    numbers = [0] * len(places)
    number = first
    while left:
        highest = places[left[0]]
        row = [
            i for i in left
            if highest.y < places[i].y + places[i].height / 2 < highest.top or i == left[0]
        ]  # fmt: skip
        for index in sorted(row, key=lambda i: (places[i].x, -places[i].top)):
            numbers[index] = number
            number += 1
        left = [i for i in left if i not in set(row)]
    return numbers


def _check_openings(wall: Wall) -> None:
    for one in wall.openings:
        if one.x_mm + one.width_mm > wall.size.width or one.y_mm + one.height_mm > wall.size.height:
            raise ProofError(
                f"The {one.kind} at {one.x_mm:.0f} mm reaches out of the wall of"
                f" {wall.size.width:.0f} × {wall.size.height:.0f} mm.",
                hint="Change it in [[proof.walls]].",
            )
        for hung in wall.hung:
            beside = one.x_mm >= hung.box.right or one.x_mm + one.width_mm <= hung.box.x
            if not beside and one.y_mm < hung.box.top and one.y_mm + one.height_mm > hung.box.y:
                raise ProofError(
                    f"No. {hung.number} would hang over the {one.kind} at {one.x_mm:.0f} mm.",
                    hint="Hang in a row, which goes around it, or fewer prints on this wall.",
                )


def _span(boxes: Sequence[Box]) -> float:
    return max(box.right for box in boxes) - min(box.x for box in boxes)


def _placed(boxes: Sequence[Box], settings: ProofSettings) -> Size:
    width = settings.wall_width_mm
    if not width:
        needed = _span(boxes) + 2 * settings.corner_mm
        width = max(LEAST_WALL_MM, math.ceil(needed / 100) * 100.0)
    return Size(width, settings.wall_height_mm)


def _check(
    wall: Size, boxes: Sequence[Box], settings: ProofSettings, *, spread_out: bool = False
) -> None:
    needed = 0.0 if spread_out else _span(boxes) + 2 * settings.corner_mm
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
