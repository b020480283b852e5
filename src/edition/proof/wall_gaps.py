"""What is between frames, written on the wall where it is measured."""

from collections.abc import Sequence
from itertools import pairwise

from edition.proof.page_layout import PT
from edition.proof.paper_sizes import Box, length
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import HungPrint, Wall
from edition.proof.wall_section import WallSection
from edition.recipe.proof_settings import ProofSettings


def on_wall(
    book: PdfDocument, x: float, y: float, text: str, size: float, *, upright: bool = False
) -> None:
    """Sets a number onto the bare wall, in the middle of ``x``: no line goes through it.

    Args:
        book: at an open page.
        x: the middle; of an upright number its baseline.
        y: the baseline; of an upright number its middle.
        text: the number.
        size: points.
        upright: it reads upwards.
    """
    wide, tall = book.type.width(text, size), size * PT * 0.72
    room = Box(x - wide / 2, y, wide, tall)
    if upright:
        room = Box(x - tall, y - wide / 2, tall, wide)
    book.rect(room.grown(0.25), fill=book.style.colour.wall)
    book.text(x, y, text, size, align="centre", upright=upright)


def draw_gaps(
    book: PdfDocument,
    wall: Wall,
    visible: Sequence[HungPrint],
    view: WallSection,
    settings: ProofSettings,
) -> None:
    """Writes the gaps: of a row to doors too, of a grid or a salon across and up."""
    small = book.style.type.small
    if settings.hang != "row":
        for one, other in wall.neighbours:
            if one in visible and other in visible:
                low, high = max(one.box.y, other.box.y), min(one.box.top, other.box.top)
                y = view.up((low + high) / 2) - small * PT * 0.36
                _gap(book, view, one.box.right, other.box.x, y, settings.units)
        for upper, lower in wall.stacked:
            if upper in visible and lower in visible:
                _gap_up(book, view, upper, lower, settings.units)
        return
    low = min((hung.box.y for hung in visible), default=0.0)
    high = max((hung.box.top for hung in visible), default=0.0)
    taken = [(hung.box.x, hung.box.right) for hung in visible]
    taken += [
        (o.x_mm, o.x_mm + o.width_mm) for o in wall.openings
        if o.y_mm < high and o.y_mm + o.height_mm > low
        and o.x_mm + o.width_mm > view.start and o.x_mm < view.end
    ]  # fmt: skip
    for (_, near), (far, _) in pairwise(sorted(taken)):
        _gap(book, view, near, far, view.up(wall.centre_line) + 0.6, settings.units)


def _gap(
    book: PdfDocument, view: WallSection, near: float, far: float, y: float, units: str
) -> None:
    """Writes the gap between two edges on a baseline; upright where it is narrow."""
    small, label = book.style.type.small, length(far - near, units)
    free, tall = (far - near) / view.scale, small * PT * 0.72
    middle = view.across((near + far) / 2)
    if free > book.type.width(label, small) + 0.6:
        on_wall(book, middle, y, label, small)
    elif free > tall + 0.6:
        on_wall(book, middle + tall / 2, y + tall / 2, label, small, upright=True)
    elif far > near:
        view.skipped.append(f"gap {label}")


def _gap_up(
    book: PdfDocument, view: WallSection, upper: HungPrint, lower: HungPrint, units: str
) -> None:
    """Writes the gap between a frame and the one below it, beside the upper one's number."""
    small, label = book.style.type.small, length(upper.box.y - lower.box.top, units)
    free, tall = (upper.box.y - lower.box.top) / view.scale, small * PT * 0.72
    wide, number = book.type.width(label, small), book.type.width(str(upper.number), small)
    left = view.across(max(upper.box.x, lower.box.x))
    right = view.across(min(upper.box.right, lower.box.right))
    middle = view.across(upper.box.x + upper.box.width / 2)
    x = max((left + wide / 2 + 1, right - wide / 2 - 1), key=lambda at: abs(at - middle))
    clear = abs(x - middle) > (wide + number) / 2 + 1
    if free <= tall + 0.6 or right - left < wide + 1 or not clear:
        view.skipped.append(f"no. {lower.number} {label} below no. {upper.number}")
        return
    y, soft = view.up((upper.box.y + lower.box.top) / 2), book.style.colour.soft
    on_wall(book, x, y - tall / 2, label, small)
    side = x + (wide / 2 + 0.5) * (1 if x > middle else -1)
    book.line((side, view.up(lower.box.top)), (side, view.up(upper.box.y)), soft, 0.25)
