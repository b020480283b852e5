"""A wall seen from the front, to scale: frames, openings, a person, and every distance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edition.proof import person_silhouette
from edition.proof.page_layout import PT, length
from edition.proof.paper_sizes import Box
from edition.proof.pdf_document import PdfDocument
from edition.proof.proof_styles import Ink
from edition.proof.wall_layout import HungPrint, Wall
from edition.recipe.proof_settings import Opening, ProofSettings

LANE_MM = 1100.0
"""Floor beside the wall for the person, in real millimetres."""
LEAST_NUMBER_PT = 6.0
"""A number on a wall is never smaller, on the paper."""
PREVIEW_PPI = 300.0
"""Pictures on walls and lists have no more pixels an inch: they are read, not printed from."""
_PAPER: Ink = (0, 0, 0, 0)
_BELOW_LABELS = 15.5
"""From the floor down to the chain of distances."""


@dataclass(slots=True)
class WallSection:
    """A part of a wall on a page."""

    start: float
    """Where on the wall the part begins."""
    end: float
    scale: float
    """Real millimetres to one of the layout."""
    x: float
    """The part's left edge on the page."""
    y: float
    """The floor on the page."""
    skipped: list[float] = field(default_factory=list)
    """Distances that had no room: the list has them."""

    def place(self, box: Box) -> Box:
        """A box on the wall as a box on the page."""
        return Box(
            self.x + (box.x - self.start) / self.scale,
            self.y + box.y / self.scale,
            box.width / self.scale,
            box.height / self.scale,
        )

    def across(self, x: float) -> float:
        """Where a distance from the left corner is on the page."""
        return self.x + (x - self.start) / self.scale

    def up(self, y: float) -> float:
        """Where a height above the floor is on the page."""
        return self.y + y / self.scale


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
    cut = any(h.box.x < view.start or h.box.right > view.end for h in visible)
    if cut:
        book.clip(part)
    for opening in wall.openings:
        _opening(book, opening, view)
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
        _heights(book, wall, view, part, settings)
        _distances(book, visible, view, part, settings)
        _gaps(book, wall, visible, view, settings)
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


def _opening(book: PdfDocument, one: Opening, view: WallSection) -> None:
    """A door, a window or a socket: outlined, with its diagonal or its name."""
    box = view.place(Box(one.x_mm, one.y_mm, one.width_mm, one.height_mm))
    colour, small = book.style.colour, book.style.type.small
    book.rect(box, fill=_PAPER, stroke=colour.soft, width_pt=0.4)
    if box.width > book.type.width(one.kind, small) + 1 and box.height > 4:
        middle = box.y + box.height / 2 - 0.8
        book.text(box.x + box.width / 2, middle, one.kind, small, align="centre")


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


def _number(book: PdfDocument, hung: HungPrint, view: WallSection, settings: ProofSettings) -> None:
    """Sets a frame's number below it; where the gap is too narrow, on a label on the frame."""
    outer = view.place(hung.box)
    size = max(LEAST_NUMBER_PT / book.zoom, book.style.type.small)
    tall, text = size * PT * 0.72, str(hung.number)
    x = outer.x + outer.width / 2
    if settings.gap_mm / view.scale > tall + 1.2 or settings.hang == "row":
        book.text(x, outer.y - 1.0 - tall, text, size, align="centre")
        return
    wide = book.type.width(text, size) + 1.0
    book.rect(Box(x - wide / 2, outer.y, wide, tall + 0.8), fill=_PAPER)
    book.text(x, outer.y + 0.4, text, size, align="centre")


def _heights(
    book: PdfDocument, wall: Wall, view: WallSection, part: Box, settings: ProofSettings
) -> None:
    """Writes centre line and hook heights left of the wall, as far as they are apart."""
    small, soft = book.style.type.small, book.style.colour.soft
    heights = [wall.centre_line, *(hung.hook_y for hung in wall.numbered), 0.0, wall.size.height]
    taken: list[float] = []
    for height in dict.fromkeys(heights):
        y = view.up(height)
        if any(abs(y - other) < 2.6 for other in taken):
            view.skipped.append(height)
            continue
        taken.append(y)
        book.line((part.x - 2.2, y), (part.x - 0.8, y), soft, 0.25)
        label = length(height, settings.units)
        book.text(part.x - 3, y - small * 0.12, label, small, ink=soft, align="right")


def _distances(
    book: PdfDocument,
    visible: Sequence[HungPrint],
    view: WallSection,
    part: Box,
    settings: ProofSettings,
) -> None:
    """Writes below the floor how far left edges and hooks are from the wall's left corner.

    Left edges are ticked with a line, hooks with a dot. Where numbers would touch, the list has
    them all.
    """
    if not book.style.wall.dimensions:
        view.skipped.extend(hung.box.x for hung in visible)
        return
    small, soft = book.style.type.small, book.style.colour.soft
    marks = {hung.box.x: False for hung in visible}
    marks |= {hook: True for hung in visible for hook in hung.hooks}
    y = part.y - 4.6
    last = -math.inf
    for distance, hook in sorted(marks.items()):
        x = view.across(distance)
        if not view.start <= distance <= view.end:
            continue
        if x - last < 2.7:
            view.skipped.append(distance)
            continue
        last = x
        if hook:
            book.circle(x, y, 0.35, fill=soft)
        else:
            book.line((x, part.y - 3.4), (x, y - 0.8), soft, 0.25)
        label = length(distance, settings.units)
        book.text(x + small * 0.12, y - 1.6, label, small, ink=soft, align="right",
                  upright=True)  # fmt: skip


def _gaps(
    book: PdfDocument,
    wall: Wall,
    visible: Sequence[HungPrint],
    view: WallSection,
    settings: ProofSettings,
) -> None:
    """Writes the gap between two frames of a row on the centre line, where it has room."""
    if settings.hang != "row":
        return
    small = book.style.type.small
    for one, other in pairwise(visible):
        gap = other.box.x - one.box.right
        middle = one.box.right + gap / 2
        if any(o.x_mm < middle < o.x_mm + o.width_mm for o in wall.openings):
            continue
        label = length(gap, settings.units)
        if gap / view.scale > book.type.width(label, small) + 0.6:
            x = view.across(middle)
            y = view.up((one.box.y + one.box.top) / 2) + 0.6
            book.text(x, y, label, small, align="centre")
        else:
            view.skipped.append(gap)


def _chain(
    book: PdfDocument, wall: Wall, view: WallSection, part: Box, settings: ProofSettings
) -> None:
    """The wall's width, and below it the free wall left and right of what hangs."""
    soft, small = book.style.colour.soft, book.style.type.small
    rows = [(part.y - _BELOW_LABELS - 4.5, [0.0, wall.size.width])]
    if wall.hung:
        low = min(hung.box.x for hung in wall.hung)
        high = max(hung.box.right for hung in wall.hung)
        rows.insert(0, (part.y - _BELOW_LABELS, [0.0, low, high, wall.size.width]))
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
    whole = next((m for m in (200, 500, 1000, 2000, 5000, 10000) if m / drawn >= 35), 20000)
    half = whole / 2 / drawn
    ink, soft, small = book.style.colour.ink, book.style.colour.soft, book.style.type.small
    book.rect(Box(x, y, half, 1.0), fill=ink)
    book.rect(Box(x + half, y, half, 1.0), stroke=ink, width_pt=0.25)
    for at, label in ((0.0, "0"), (half, f"{whole / 2000:g}"), (2 * half, f"{whole / 1000:g} m")):
        book.text(x + at, y + 2.2, label, small, ink=soft, align="centre")
    units = {"mm": "millimetres", "in": "inches"}[settings.units]
    told = f"1:{scale:g} · {units} from the wall's left corner and the floor · | left edge  • hook"
    if view.skipped:
        told += f" · {len(view.skipped)} numbers without room here stand in the hanging list"
    book.text(x + 2 * half + 9, y, told, small, ink=soft)
