"""The wall proof: prints hung on walls, drawn to scale, with all that is needed to hang them.

Pages: title, floor plan of several walls, each wall whole, sections of a long one, hanging list,
installation checklist.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from edition.errors import ProofError
from edition.proof import preflight, sequence
from edition.proof.document_model import NEWEST, PrintSet, Progress, ProofReport
from edition.proof.elevation import (
    HEIGHTS_MM,
    LANE_MM,
    draw_elevation,
    scale_bar,
)
from edition.proof.floor_plan import floor_plan
from edition.proof.gallery_lists import draw_installation_checklist
from edition.proof.hanging_list import hanging_list
from edition.proof.page_layout import SCALES, begin, marked, running, title_page, zoomed
from edition.proof.paper_sizes import Size, length, paper, sized
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import HungPrint, Wall, hang_walls
from edition.proof.wall_section import WallSection
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

READABLE = 30
"""A wall drawn smaller than 1:30 gets sections besides."""
_BELOW = 38.0
"""Room under the floor for distances and the scale bar."""
_LEFT = HEIGHTS_MM
"""Room left of the wall for heights."""


def wall_proof(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Hangs all pictures of a show on its walls and writes the proof.

    Args:
        show: what hangs, from left to right unless the settings say otherwise.
        settings: sizes, walls, hang, sequence, paper and style.
        out: the PDF to make.
        progress: called after each picture that is written.

    Raises:
        ProofError: nothing to hang, a wall is too small, a print is missing, damaged or has
            changed, a letter can't be set, or the file can't be written.
    """
    if not show.pictures:
        raise ProofError("There is nothing to hang.", hint="Star some prints first.")
    walls = hang_walls(sequence.sequence(show.pictures, settings), settings)
    named = paper(settings.paper)
    if named.roll:
        raise ProofError(
            f"A wall proof needs a sheet, {settings.paper} is a roll.",
            hint="Set [proof] paper to A4, A3 or another sheet.",
        )
    size, zoom = zoomed(named.size.landscape())
    framed = [hung.framed for wall in walls for hung in wall.numbered]
    warnings = preflight.framed(framed, settings)
    book = begin(show, settings, zoom, "wall")
    margin = book.style.page.margin_mm
    scales = [whole_scale(wall, size, margin, settings.figure_mm, zoom) for wall in walls]
    title_page(book, size, show, _facts(show, walls, settings, scales), framed[0].picture)
    if len(walls) > 1:
        floor_plan(book, size, show, walls, settings)
    for wall, scale in zip(walls, scales, strict=True):
        _elevation_pages(book, size, show, wall, settings, scale)
    hanging_list(book, size, show, walls, settings)
    draw_installation_checklist(book, size, show, framed)
    pages = book.save(out, progress)
    return ProofReport(out, pages, warnings, f"1:{max(scales):g}")


def whole_scale(
    wall: Wall, size: Size, margin: float, figure_mm: float, zoom: float = 1.0
) -> float:
    """The largest scale at which the whole wall and a person are on one page.

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
    across = wall.size.width + (LANE_MM if figure_mm else 0)
    return _scale(across, wall.size.height, room, zoom)


def _scale(width: float, height: float, room: Size, zoom: float) -> float:
    for scale in SCALES:
        drawn = scale * zoom
        if width / drawn <= room.width and height / drawn <= room.height:
            return scale
    raise ProofError(
        f"The wall of {width / 1000:.0f} m can't be drawn on this paper.",
        hint="Use a larger paper, or several walls: [[proof.walls]].",
    )


def _room(size: Size, margin: float) -> Size:
    return Size(size.width - 2 * margin - _LEFT, size.height - 2 * margin - _BELOW - 8)


def _facts(
    show: PrintSet, walls: Sequence[Wall], settings: ProofSettings, scales: Sequence[float]
) -> list[tuple[str, str]]:
    """The title page's rows: what hangs and how, then the recipe."""
    units = settings.units
    hung = [one for wall in walls for one in wall.hung]
    sizes = dict.fromkeys(marked(one.framed.print_size, units) for one in hung)
    shown = " · ".join(sizes) if len(sizes) < 3 else _range(hung, units)
    centre = length(walls[0].centre_line, units, named=True)
    told = "; ".join(
        f"{wall.name + ': ' if wall.name else ''}{sized(wall.size, units)} {units}"
        for wall in walls
    )
    between = _between(walls, settings)
    return [
        ("Works", f"{count(len(hung), 'print')}, {shown}"),
        ("Walls" if len(walls) > 1 else "Wall", f"{told}, centre line at {centre}"),
        ("Hang", f"{settings.hang}{between}, scale 1:{max(scales):g}"),
        *show.recipe_lines,
        *([(NEWEST, show.date)] if show.date else []),
    ]


def _range(hung: Sequence[HungPrint], units: str) -> str:
    sides = [max(h.framed.print_size.width, h.framed.print_size.height) for h in hung]
    return f"longer sides of {_span(sides, units)} {units}"


def _span(values: Sequence[float], units: str) -> str:
    """``80``, or ``60 to 80``; edges on whole millimetres leave a gap that is one off."""
    low, high = min(values), max(values)
    return length(low, units) + (f" to {length(high, units)}" if high - low > 1 else "")


def _between(walls: Sequence[Wall], settings: ProofSettings) -> str:
    """What is between frames on the walls as they hang, not as somebody wished."""
    gaps = [
        other.box.x - one.box.right
        for wall in walls
        for one, other in wall.neighbours
        if not wall.between(one.box, other.box)
    ]
    if settings.hang != "row":
        gaps = [settings.gap_mm]
    if not gaps:
        return ""
    even = "spread evenly, " if settings.spacing == "even" and settings.hang == "row" else ""
    return f", {even}{_span(gaps, settings.units)} {settings.units} between frames"


def _elevation_pages(
    book: PdfDocument, size: Size, show: PrintSet, wall: Wall, settings: ProofSettings, scale: float
) -> None:
    margin = book.style.page.margin_mm
    room = _room(size, margin)
    head = " · ".join(part for part in (show.artist, show.title, wall.name) if part)
    book.page(size)
    running(book, size, head, f"Elevation · 1:{scale:g}")
    drawn = scale * book.zoom
    close = _scale(0, wall.size.height, room, book.zoom)
    cut = scale > READABLE and close < scale
    whole = wall.size.width + (LANE_MM if settings.figure_mm else 0)
    x = margin + _LEFT + max(0.0, (room.width - whole / drawn) / 2)
    y = margin + _BELOW + (room.height - wall.size.height / drawn) * 0.45
    view = WallSection(0.0, wall.size.width, drawn, x, y)
    draw_elevation(book, wall, view, settings, measured=not cut, person=True)
    scale_bar(
        book, x if x < size.width * 0.4 else margin + _LEFT, margin + 4, scale, view, settings
    )
    if not cut:
        return
    drawn = close * book.zoom
    parts = sections(wall, room.width * drawn)
    for number, (start, end) in enumerate(parts, 1):
        book.page(size)
        numbers = [h.number for h in wall.hung if start <= (h.box.x + h.box.right) / 2 < end]
        range_ = f" · nos. {min(numbers)}–{max(numbers)}" if numbers else ""
        stretch = f"{length(start, settings.units)} to {length(end, settings.units, named=True)}"
        running(
            book, size, head, f"Section {number} of {len(parts)}{range_} · {stretch} · 1:{close:g}"
        )
        y = margin + _BELOW + (room.height - wall.size.height / drawn) * 0.45
        view = WallSection(start, end, drawn, margin + _LEFT, y)
        draw_elevation(book, wall, view, settings, measured=True, person=False)
        scale_bar(book, margin + _LEFT, margin + 4, close, view, settings)


def sections(wall: Wall, longest: float) -> list[tuple[float, float]]:
    """Cuts a long wall into parts as equal as its gaps allow, between frames where it can.

    Args:
        wall: with everything on it.
        longest: a part's length, millimetres of wall.

    Returns:
        Start and end of each part, together the whole wall.
    """
    boxes = [hung.box for hung in wall.hung]
    edges = sorted({0.0, wall.size.width, *(b.x for b in boxes), *(b.right for b in boxes)})
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    free = [x for x in middles if not any(b.x < x < b.right for b in boxes)]
    parts, start = [], 0.0
    while wall.size.width - start > longest:
        left = wall.size.width - start
        target = start + left / -(-left // longest)
        possible = [x for x in free if start + longest * 0.3 <= x <= start + longest]
        cut = min(possible, key=lambda x: abs(x - target), default=start + longest)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, wall.size.width)]
