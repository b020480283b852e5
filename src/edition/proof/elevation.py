"""A wall seen from the front, to scale: frames, openings, a person, and every distance."""

import math
from collections.abc import Sequence
from itertools import pairwise

from edition.proof import person_silhouette
from edition.proof.page_layout import PT
from edition.proof.paper_sizes import INCH_MM, Box, length
from edition.proof.pdf_document import PdfDocument
from edition.proof.proof_styles import Ink
from edition.proof.wall_gaps import draw_gaps, on_wall
from edition.proof.wall_layout import HungPrint, Wall
from edition.proof.wall_section import WallSection
from edition.recipe.proof_settings import Opening, ProofSettings
from edition.recipe.seeds import format_seeds

LANE_MM = 1100.0
"""Floor beside the wall for the person, in real millimetres."""
LEAST_NUMBER_PT = 6.0
"""A number on a wall is never smaller, on the paper."""
PREVIEW_PPI = 300.0
"""Pictures on walls and lists have no more pixels an inch: they are read, not printed from."""
_PAPER: Ink = (0, 0, 0, 0)
HEIGHTS_MM = 24.0
"""Beside a wall for its heights."""
_BELOW_MM = 110.0
"""Width of what is told beside the scale bar."""
_LABELS_MM = 6.2
"""From the floor down to where distances stand, upright."""


def draw_elevation(
    book: PdfDocument,
    wall: Wall,
    view: WallSection,
    settings: ProofSettings,
    *,
    measured: bool,
    person: bool,
) -> None:
    """Draws a part of the wall with what hangs on it.

    Args:
        book: at an open page.
        wall: the wall.
        view: which part, where on the page, at what scale.
        settings: frame and mat widths, the person's height, units.
        measured: write distances below and heights beside it.
        person: put the person beside it.
    """
    part = view.place(Box(view.start, 0, view.end - view.start, wall.size.height))
    lane = LANE_MM / view.scale if person and settings.figure_mm else 0.0
    _ground(book, wall, view, part, lane)
    visible = [h for h in wall.numbered if h.box.right > view.start and h.box.x < view.end]
    openings = [
        o for o in wall.openings if o.x_mm + o.width_mm > view.start and o.x_mm < view.end
    ]  # fmt: skip
    spans = [(hung.box.x, hung.box.right) for hung in visible]
    spans += [(o.x_mm, o.x_mm + o.width_mm) for o in openings]
    cut = any(low < view.start or high > view.end for low, high in spans)
    if cut:
        book.clip(part)
    for opening in openings:
        _opening(book, opening, view, settings.units)
    for hung in visible:
        draw_framed(book, hung, view, settings)
    for hung in visible:
        _number(book, hung, view, settings)
    if cut:
        book.unclip()
    if lane:
        x = part.right + lane * 0.5
        person_silhouette.draw(book, x, part.y, settings.figure_mm / view.scale)
        label = length(settings.figure_mm, settings.units, named=True)
        small = book.style.type.small
        book.text(x, part.y - 6.2, label, small, ink=book.style.colour.soft, align="centre")
    if measured:
        _hooks(book, visible, view)
        _heights(book, wall, visible, view, part, settings)
        _distances(book, wall, visible, view, part, settings)
        draw_gaps(book, wall, visible, view, settings)
    _chain(book, wall, view, part, settings)


def _ground(book: PdfDocument, wall: Wall, view: WallSection, part: Box, lane: float) -> None:
    """Wall, floor, centre line, and the wall's ends: corners, or breaks where it goes on."""
    colour = book.style.colour
    book.rect(part, fill=colour.wall)
    if book.style.wall.skirting_mm:
        y = view.up(book.style.wall.skirting_mm)
        book.line((part.x, y), (part.right, y), colour.hair, 0.25)
    book.rect(Box(part.x, part.y - 2.4, part.width + lane, 2.4), fill=colour.floor)
    book.line((part.x, part.y), (part.right + lane, part.y), colour.soft, 0.4)
    book.line((part.x, part.top), (part.right, part.top), colour.soft, 0.25)
    middle = view.up(wall.centre_line)
    book.line((part.x, middle), (part.right, middle), colour.hair, 0.25, (1, 1.6))
    for x, whole in ((part.x, view.start <= 0), (part.right, view.end >= wall.size.width)):
        if whole:
            book.line((x, part.y), (x, part.top), colour.soft, 0.4)
        else:
            _break_mark(book, x, part)


def _break_mark(book: PdfDocument, x: float, part: Box) -> None:
    """Two zigzags: the wall goes on."""
    middle, soft = part.y + part.height / 2, book.style.colour.soft
    points = ((x, part.y), (x, middle - 3), (x + 1.6, middle - 1), (x - 1.6, middle + 1),
              (x, middle + 3), (x, part.top))  # fmt: skip
    for one, other in pairwise(points):
        book.line(one, other, soft, 0.4)


def _opening(book: PdfDocument, one: Opening, view: WallSection, units: str) -> None:
    """A door, a window or a socket: outlined, with its name and its measures.

    They are in it, upright where it is narrow; where it is too small, below the drawing.
    """
    box = view.place(Box(one.x_mm, one.y_mm, one.width_mm, one.height_mm))
    colour, small = book.style.colour, book.style.type.small
    book.rect(box, fill=_PAPER, stroke=colour.soft, width_pt=0.4)
    measures = f"{length(one.width_mm, units)} × {length(one.height_mm, units)}"
    up = f"{'sill' if one.kind == 'window' else 'lower edge'} {length(one.y_mm, units)}"
    told = [one.kind, measures, *([up] if one.y_mm else [])]
    wide, high = max(book.type.width(line, small) for line in told) + 1, small * PT * 1.3
    upright = wide > box.width
    across, along = (box.height, box.width) if upright else (box.width, box.height)
    if wide > across or high * len(told) + 1 > along:
        view.told.setdefault(", ".join(told), []).append(length(one.x_mm, units))
        return
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    for index, line in enumerate(told):
        off = high * (len(told) / 2 - index - 0.75)
        x, y = (middle_x - off, middle_y) if upright else (middle_x, middle_y + off)
        book.text(x, y, line, small, align="centre", upright=upright)


def draw_framed(
    book: PdfDocument, hung: HungPrint, view: WallSection, settings: ProofSettings
) -> None:
    """Draws a frame, its mat and the print in it."""
    colour = book.style.colour
    outer = view.place(hung.box)
    if book.style.wall.shadow:
        depth = 14.0 / view.scale
        book.rect(Box(outer.x + depth, outer.y - depth, outer.width, outer.height), colour.shade)
    if settings.frame_mm:
        book.rect(outer, fill=colour.frame)
    inner = outer.grown(-settings.frame_mm / view.scale)
    if settings.mat_mm:
        book.rect(inner, fill=colour.mat, stroke=colour.hair, width_pt=0.15)
    book.picture(hung.framed.picture.file, view.place(hung.image), PREVIEW_PPI, shared=True)


def _hooks(book: PdfDocument, visible: Sequence[HungPrint], view: WallSection) -> None:
    """A white dot at every hook, where it goes into the wall."""
    for hung in visible:
        for hook in hung.hooks:
            if view.start <= hook <= view.end:
                x, y = view.across(hook), view.up(hung.hook_y)
                book.circle(x, y, 0.55, fill=_PAPER, stroke=book.style.colour.ink, width_pt=0.4)


def _number(book: PdfDocument, hung: HungPrint, view: WallSection, settings: ProofSettings) -> None:
    """Sets a frame's number below it; where the gap is too narrow, on a label on the frame."""
    outer = view.place(hung.box)
    size = max(LEAST_NUMBER_PT / book.zoom, book.style.type.small)
    tall, text = size * PT * 0.72, str(hung.number)
    x = outer.x + outer.width / 2
    if settings.gap_mm / view.scale > tall + 1.2 or settings.hang == "row":
        on_wall(book, x, outer.y - 1.0 - tall, text, size)
        return
    wide = book.type.width(text, size) + 1.0
    book.rect(Box(x - wide / 2, outer.y, wide, tall + 0.8), fill=_PAPER)
    book.text(x, outer.y + 0.4, text, size, align="centre")


def _heights(
    book: PdfDocument,
    wall: Wall,
    visible: Sequence[HungPrint],
    view: WallSection,
    part: Box,
    settings: ProofSettings,
) -> None:
    """Writes every height left of the wall: what it is, and of which frames.

    Labels that would touch move apart, each with a line to its height; none is left out, since a
    hook would be set at its neighbour's.
    """
    size, soft = book.style.type.small, book.style.colour.soft
    of: dict[float, list[int]] = {}
    for hung in visible:
        of.setdefault(hung.hook_y, []).append(hung.number)
    named = {0.0: "", wall.size.height: "", wall.centre_line: "centre "}
    heights = sorted({*named, *of})
    step = size * PT * 1.2
    places = _apart([view.up(height) for height in heights], step)
    for height, place in zip(heights, places, strict=True):
        told = f"{named.get(height, '')}{length(height, settings.units)}"
        if height in of:
            rest = f": {length(height, settings.units)}"
            rest += " = centre" if height == wall.centre_line else ""
            room = HEIGHTS_MM + 4 - book.type.width(f"hook {rest}", size)
            works = format_seeds(of[height]).replace("..", "–").replace(",", ", ")
            told = f"hook {book.type.cut(works, size, room)}{rest}"
        y = view.up(height)
        book.line((part.x - 2.2, y), (part.x - 0.8, y), soft, 0.25)
        book.line((part.x - 3.6, place), (part.x - 2.2, y), soft, 0.25)
        book.text(part.x - 4, place - size * 0.12, told, size, ink=soft, align="right")


def _apart(wanted: Sequence[float], step: float) -> list[float]:
    """Places from below, ``step`` apart at least and each as near to the wanted one as it goes."""
    blocks: list[list[float]] = []
    for place in wanted:
        blocks.append([place])
        while len(blocks) > 1 and _low(blocks[-1], step) < _low(blocks[-2], step) + step * len(
            blocks[-2]
        ):
            last = blocks.pop()
            blocks[-1] += last
    return [_low(block, step) + step * index for block in blocks for index in range(len(block))]


def _low(block: Sequence[float], step: float) -> float:
    """Where a block of labels begins, whose middle is in the middle of what they name."""
    return sum(block) / len(block) - step * (len(block) - 1) / 2


def _distances(
    book: PdfDocument,
    wall: Wall,
    visible: Sequence[HungPrint],
    view: WallSection,
    part: Box,
    settings: ProofSettings,
) -> None:
    """Writes below the floor how far edges and hooks are from the wall's left corner.

    Left edges of frames and both edges of openings are ticked with a line, hooks with a dot. Where
    numbers would touch, the list has them all.
    """
    if not book.style.wall.dimensions:
        view.skipped.extend(f"left edge {length(h.box.x, settings.units)}" for h in visible)
        return
    small, soft = book.style.type.caption, book.style.colour.soft
    marks = {edge: False for o in wall.openings for edge in (o.x_mm, o.x_mm + o.width_mm)}
    marks |= {hung.box.x: False for hung in visible}
    marks |= {hook: True for hung in visible for hook in hung.hooks}
    marks = {at: hook for at, hook in marks.items() if view.start <= at <= view.end}
    labels = [book.type.width(length(at, settings.units), small) for at in marks]
    view.below = max([view.below, *(_LABELS_MM + 1.5 + wide for wide in labels)])
    y = part.y - 4.6
    last = -math.inf
    for distance, hook in sorted(marks.items()):
        x = view.across(distance)
        if x - last < small * PT * 1.1:
            view.skipped.append(f"{'hook' if hook else 'edge'} {length(distance, settings.units)}")
            continue
        last = x
        if hook:
            book.circle(x, y, 0.35, fill=soft)
        else:
            book.line((x, part.y - 3.4), (x, y - 0.8), soft, 0.25)
        label = length(distance, settings.units)
        book.text(x + small * 0.12, y - 1.6, label, small, ink=soft, align="right",
                  upright=True)  # fmt: skip


def _chain(
    book: PdfDocument, wall: Wall, view: WallSection, part: Box, settings: ProofSettings
) -> None:
    """The wall's width, and below it the free wall left and right of what hangs."""
    soft, small = book.style.colour.soft, book.style.type.caption
    rows = [(part.y - view.below - 4.5, [0.0, wall.size.width])]
    if wall.hung:
        low = min(hung.box.x for hung in wall.hung)
        high = max(hung.box.right for hung in wall.hung)
        rows.insert(0, (part.y - view.below, [0.0, low, high, wall.size.width]))
    for y, stops in rows:
        shown = [stop for stop in stops if view.start <= stop <= view.end]
        for stop in shown:
            x = view.across(stop)
            book.line((x - 0.7, y - 0.7), (x + 0.7, y + 0.7), soft, 0.4)
        book.line((part.x, y), (part.right, y), book.style.colour.hair, 0.25)
        for one, other in pairwise(stops):
            near, far = max(one, view.start), min(other, view.end)
            label = length(other - one, settings.units, named=len(stops) == 2)
            if far > near and (far - near) / view.scale > book.type.width(label, small) + 1:
                middle = view.across((near + far) / 2)
                book.text(middle, y + 0.7, label, small, ink=soft, align="centre")


def scale_bar(
    book: PdfDocument, x: float, y: float, scale: float, view: WallSection, settings: ProofSettings
) -> None:
    """Draws a bar of a round length with its half, and says what the marks mean."""
    drawn = scale * book.zoom
    unit, name = (1000.0, "m") if settings.units == "mm" else (INCH_MM * 12, "ft")
    steps = (0.2, 0.5, 1, 2, 5, 10)
    whole = next((step for step in steps if step * unit / drawn >= 35), 20.0)
    half = whole * unit / 2 / drawn
    ink, soft, small = book.style.colour.ink, book.style.colour.soft, book.style.type.small
    book.rect(Box(x, y, half, 1.0), fill=ink)
    book.rect(Box(x + half, y, half, 1.0), stroke=ink, width_pt=0.25)
    for at, label in ((0.0, "0"), (half, f"{whole / 2:g}"), (2 * half, f"{whole:g} {name}")):
        book.text(x + at, y + 2.2, label, small, ink=soft, align="centre")
    units = {"mm": "millimetres", "in": "inches"}[settings.units]
    told = f"1:{scale:g} · {units} from the wall's left corner and the floor · | edge  • hook"
    book.text(x + 2 * half + 9, y, told, small, ink=soft)
    below = []
    if view.skipped:
        first = ", ".join(view.skipped[:4])
        more = f" and {len(view.skipped) - 4} more" if len(view.skipped) > 4 else ""
        below.append(f"Without room here, in the hanging list: {first}{more}")
    small_ones = "; ".join(f"{what} at {', '.join(at)}" for what, at in view.told.items())
    below += book.type.lines(small_ones, small, _BELOW_MM)
    for line, told in enumerate(below, 1):
        book.text(x + 2 * half + 9, y - line * small * PT * 1.35, told, small, ink=soft)
