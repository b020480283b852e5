"""The wall proof: prints hung on a wall, drawn to scale, with all that is needed to hang them.

Pages: title, the whole wall, sections where the wall is long, hanging list, checklist.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edition.errors import ProofError
from edition.proof import person_silhouette, preflight, sequence
from edition.proof.document_model import PrintSet, Progress, ProofReport
from edition.proof.hanging_list import checklist, hanging_list
from edition.proof.page_layout import (
    PT,
    begin,
    dimensions,
    mm,
    running,
    title_page,
    zoomed,
)
from edition.proof.paper_sizes import Box, Size, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import HungPrint, Wall, hang
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

SCALES = (1, 2, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500)
"""Scales a ruler knows, as 1:n."""
READABLE = 30
"""A wall drawn smaller than 1:30 gets sections besides."""
_BELOW = 36.0
"""Room under the floor for distances and the scale bar."""
_LEFT = 12.0
"""Room left of the wall for heights."""
_LANE_MM = 1100.0
"""Floor beside the wall for the person, in real millimetres."""


@dataclass(frozen=True, slots=True)
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

    def place(self, box: Box) -> Box:
        """A box on the wall as a box on the page."""
        return Box(
            self.x + (box.x - self.start) / self.scale,
            self.y + box.y / self.scale,
            box.width / self.scale,
            box.height / self.scale,
        )

    def across(self, x: float) -> float:
        """Where a distance from the left corner lies on the page."""
        return self.x + (x - self.start) / self.scale

    def up(self, y: float) -> float:
        """Where a height above the floor lies on the page."""
        return self.y + y / self.scale


def wall_proof(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Hangs all pictures of a show on a wall and writes the proof.

    Args:
        show: what hangs, from left to right unless the settings say otherwise.
        settings: sizes, wall, hang, sequence, paper and style.
        out: the PDF to make.
        progress: told after each picture that is written.

    Raises:
        ProofError: nothing to hang, the wall is too small, a print is missing, damaged or has
            changed, a letter can't be set, or the file can't be written.
    """
    wall = hang(sequence.sequence(show.pictures, settings), settings)
    named = paper(settings.paper)
    if named.roll:
        raise ProofError(
            f"A wall proof needs a sheet, {settings.paper} is a roll.",
            hint="Set [proof] paper to A4, A3 or another sheet.",
        )
    size, zoom = zoomed(named.size.landscape())
    warnings = preflight.hung(wall, settings)
    book = begin(show, settings, zoom)
    scale = whole_scale(wall, size, book.style.page.margin_mm, settings.figure_mm, zoom)
    title_page(book, size, show, _facts(show, wall, settings, scale), wall.hung[0].framed.picture)
    _elevation_pages(book, size, show, wall, settings, scale)
    hanging_list(book, size, show, wall, settings)
    checklist(book, size, show, wall)
    pages = book.save(out, progress)
    return ProofReport(out, pages, warnings, f"1:{scale:g}")


def whole_scale(
    wall: Wall, size: Size, margin: float, figure_mm: float, zoom: float = 1.0
) -> float:
    """The largest scale at which the whole wall and a person stand on one page.

    Args:
        wall: with everything on it.
        size: the page as it is laid out.
        margin: around it.
        figure_mm: the person's height, 0 for none.
        zoom: how much larger the page is drawn.

    Returns:
        n of 1:n, true on the paper.

    Raises:
        ProofError: the wall is too long for any scale.
    """
    room = _room(size, margin)
    across = wall.size.width + (_LANE_MM if figure_mm else 0)
    return _scale(across, wall.size.height, room, zoom)


def _scale(width: float, height: float, room: Size, zoom: float) -> float:
    for scale in SCALES:
        drawn = scale * zoom
        if width / drawn <= room.width and height / drawn <= room.height:
            return scale
    raise ProofError(
        f"The wall of {width / 1000:.0f} m can't be drawn on this paper.",
        hint="Use a larger paper, or split the show over several walls.",
    )


def _room(size: Size, margin: float) -> Size:
    return Size(size.width - 2 * margin - _LEFT, size.height - 2 * margin - _BELOW - 8)


def _facts(
    show: PrintSet, wall: Wall, settings: ProofSettings, scale: float
) -> list[tuple[str, str]]:
    """The title page's rows: what hangs and how, then the recipe."""
    sizes = dict.fromkeys(dimensions(one.framed.print_size) for one in wall.hung)
    shown = " · ".join(list(sizes)[:3]) + (" …" if len(sizes) > 3 else "")
    return [
        ("Works", f"{count(len(wall.hung), 'print')}, {shown} mm"),
        ("Wall", f"{dimensions(wall.size)} mm, centre line at {mm(wall.centre_line)} mm"),
        ("Hang", f"{settings.hang}, {mm(settings.gap_mm)} mm between frames, scale 1:{scale:g}"),
        *show.recipe_lines,
        *([("Date", show.date)] if show.date else []),
    ]


def _elevation_pages(
    book: PdfDocument, size: Size, show: PrintSet, wall: Wall, settings: ProofSettings, scale: float
) -> None:
    margin = book.style.page.margin_mm
    room = _room(size, margin)
    head = " · ".join(part for part in (show.artist, show.title) if part)
    book.page(size)
    running(book, size, head, f"Elevation · 1:{scale:g}")
    drawn = scale * book.zoom
    close = _scale(0, wall.size.height, room, book.zoom)
    cut = scale > READABLE and close < scale
    whole = wall.size.width + (_LANE_MM if settings.figure_mm else 0)
    x = margin + _LEFT + max(0.0, (room.width - whole / drawn) / 2)
    y = margin + _BELOW + (room.height - wall.size.height / drawn) * 0.45
    view = WallSection(0.0, wall.size.width, drawn, x, y)
    draw_elevation(book, wall, view, settings, measured=not cut, person=True)
    scale_bar(book, x if x < size.width * 0.4 else margin + _LEFT, margin + 4, scale)
    if not cut:
        return
    drawn = close * book.zoom
    parts = sections(wall, room.width * drawn)
    for number, (start, end) in enumerate(parts, 1):
        book.page(size)
        running(book, size, head, f"Section {number} of {len(parts)} · 1:{close:g}")
        y = margin + _BELOW + (room.height - wall.size.height / drawn) * 0.45
        view = WallSection(start, end, drawn, margin + _LEFT, y)
        draw_elevation(book, wall, view, settings, measured=True, person=False)
        scale_bar(book, margin + _LEFT, margin + 4, close)


def sections(wall: Wall, longest: float) -> list[tuple[float, float]]:
    """Cuts a long wall into parts, between frames wherever there is a gap to cut through.

    Args:
        wall: with everything on it.
        longest: a part's length, millimetres of wall.

    Returns:
        Start and end of each part, together the whole wall.
    """
    parts, start = [], 0.0
    while wall.size.width - start > longest:
        limit = start + longest
        cut = limit
        crossing = [h.box for h in wall.hung if h.box.x < limit < h.box.right]
        while crossing:
            left = min(box.x for box in crossing)
            before = [h.box.right for h in wall.hung if h.box.right <= left]
            cut = (left + max(before, default=left)) / 2 if before else left
            crossing = [h.box for h in wall.hung if h.box.x < cut < h.box.right]
        if cut - start < longest * 0.3:
            cut = limit
        parts.append((start, cut))
        start = cut
    return [*parts, (start, wall.size.width)]


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
        settings: frame and mat widths, the person's height.
        measured: write distances below and heights beside it.
        person: put the person beside it.
    """
    colour = book.style.colour
    part = view.place(Box(view.start, 0, view.end - view.start, wall.size.height))
    lane = _LANE_MM / view.scale if person and settings.figure_mm else 0.0
    book.rect(part, fill=colour.wall)
    skirting = book.style.wall.skirting_mm
    if skirting:
        y = view.up(skirting)
        book.line((part.x, y), (part.right, y), colour.hair, 0.2)
    book.rect(Box(part.x, part.y - 2.4, part.width + lane, 2.4), fill=colour.floor)
    book.line((part.x, part.y), (part.right + lane, part.y), colour.soft, 0.4)
    middle = view.up(wall.centre_line)
    book.line((part.x, middle), (part.right, middle), colour.hair, 0.25, (1, 1.6))
    visible = [h for h in wall.hung if h.box.right > view.start and h.box.x < view.end]
    cut = any(h.box.x < view.start or h.box.right > view.end for h in visible)
    if cut:
        book.clip(part)
    for hung in visible:
        draw_framed(book, hung, view, settings)
    for hung in visible:
        _number(book, hung, view, settings)
    if cut:
        book.unclip()
    if lane:
        x = part.right + lane * 0.5
        person_silhouette.draw(book, x, part.y, settings.figure_mm / view.scale)
        label = f"{mm(settings.figure_mm)} mm"
        small = book.style.type.small
        book.text(x, part.y - 6.2, label, small, ink=colour.soft, align="centre")
    if measured:
        _heights(book, wall, view, part)
        _distances(book, visible, view, part)


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
    book.picture(hung.framed.picture.file, view.place(hung.image))


def _number(book: PdfDocument, hung: HungPrint, view: WallSection, settings: ProofSettings) -> None:
    """Sets a frame's number below it, in the middle of the gap where that is narrow."""
    outer = view.place(hung.box)
    gap = max(settings.gap_mm / view.scale, 1.6)
    size = max(3.2, min(book.style.type.small, outer.width * 1.2, gap / PT * 0.72))
    below = min(1.2 + size * PT, gap / 2 + size * PT * 0.36)
    x = outer.x + outer.width / 2
    soft = book.style.colour.soft
    book.text(x, outer.y - below, str(hung.number), size, ink=soft, align="centre")


def _heights(book: PdfDocument, wall: Wall, view: WallSection, part: Box) -> None:
    """Writes centre line and hook heights left of the wall, as far as they stand apart."""
    small, soft = book.style.type.small, book.style.colour.soft
    heights = {mm(wall.centre_line): wall.centre_line}
    heights |= {mm(hung.hook_y): hung.hook_y for hung in wall.hung}
    taken: list[float] = []
    for label, height in [*heights.items(), ("0", 0.0), (mm(wall.size.height), wall.size.height)]:
        y = view.up(height)
        if any(abs(y - other) < 2.6 for other in taken):
            continue
        taken.append(y)
        book.line((part.x - 2.2, y), (part.x - 0.8, y), soft, 0.25)
        book.text(part.x - 3, y - small * 0.12, label, small, ink=soft, align="right")


def _distances(
    book: PdfDocument, visible: Sequence[HungPrint], view: WallSection, part: Box
) -> None:
    """Writes below the floor how far left edges and nails are from the wall's left corner.

    Left edges are ticked with a line, nails with a dot. Where numbers would touch, the list has
    them all.
    """
    if not book.style.wall.dimensions:
        return
    small, soft = book.style.type.small, book.style.colour.soft
    marks = {round(h.box.x, 1): False for h in visible} | {
        round(h.nail_x, 1): True for h in visible
    }
    y = part.y - 4.6
    last = -math.inf
    for distance, nail in sorted(marks.items()):
        x = view.across(distance)
        if not view.start <= distance <= view.end or x - last < 2.7:
            continue
        last = x
        if nail:
            book.circle(x, y, 0.35, fill=soft)
        else:
            book.line((x, part.y - 3.4), (x, y - 0.8), soft, 0.25)
        book.text(x + small * 0.12, y - 1.6, mm(distance), small, ink=soft, align="right",
                  upright=True)  # fmt: skip


def scale_bar(book: PdfDocument, x: float, y: float, scale: float) -> None:
    """Draws a bar of a round length with its half, labelled in metres."""
    drawn = scale * book.zoom
    whole = next((m for m in (200, 500, 1000, 2000, 5000, 10000) if m / drawn >= 35), 20000)
    half = whole / 2 / drawn
    ink, soft, small = book.style.colour.ink, book.style.colour.soft, book.style.type.small
    book.rect(Box(x, y, half, 1.0), fill=ink)
    book.rect(Box(x + half, y, half, 1.0), stroke=ink, width_pt=0.25)
    for at, label in ((0.0, "0"), (half, f"{whole / 2000:g}"), (2 * half, f"{whole / 1000:g} m")):
        book.text(x + at, y + 2.2, label, small, ink=soft, align="centre")
    book.text(
        x + 2 * half + 9, y, f"1:{scale:g} · all distances in mm from the wall's left corner, "
        "heights from the floor · | left edge  • nail", small, ink=soft,
    )  # fmt: skip
