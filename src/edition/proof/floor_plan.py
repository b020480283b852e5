"""The floor plan of a show of several walls: each a line to scale, with its doors and numbers."""

import math
from collections.abc import Sequence

from edition.proof.document_model import PrintSet
from edition.proof.page_layout import SCALES, running
from edition.proof.paper_sizes import Size, length
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import Wall
from edition.recipe.proof_settings import ProofSettings

Point = tuple[float, float]
_BESIDE_MM = 7.0
"""Paper between a wall and its name."""


def corners(walls: Sequence[Wall], settings: ProofSettings) -> list[Point]:
    """Where walls begin and end on the floor, millimetres; y grows upwards.

    The first runs to the right with its front, the side people are on, below it.
    """
    points: list[Point] = [(0.0, 0.0)]
    direction = 0.0
    for wall, plan in zip(walls, settings.walls, strict=True):
        x, y = points[-1]
        points.append(
            (
                x + wall.size.width * math.cos(direction),
                y + wall.size.width * math.sin(direction),
            )
        )
        direction -= math.radians(plan.turn)
    return points


def floor_plan(
    book: PdfDocument, size: Size, show: PrintSet, walls: Sequence[Wall], settings: ProofSettings
) -> None:
    """Draws all walls from above."""
    book.page(size)
    head = " · ".join(part for part in (show.artist, show.title) if part)
    running(book, size, head, "Floor plan")
    margin = book.style.page.margin_mm + 34
    points = corners(walls, settings)
    low = min(x for x, _ in points), min(y for _, y in points)
    high = max(x for x, _ in points), max(y for _, y in points)
    room = Size(size.width - 2 * margin, size.height - 2 * margin)
    least = max((high[0] - low[0]) / room.width, (high[1] - low[1]) / room.height, 1.0)
    ruled = next((n for n in SCALES if n * book.zoom >= least), least / book.zoom)
    scale = ruled * book.zoom
    left = (size.width - (high[0] - low[0]) / scale) / 2
    below = (size.height - (high[1] - low[1]) / scale) / 2

    def at(point: Point) -> Point:
        return left + (point[0] - low[0]) / scale, below + (point[1] - low[1]) / scale

    for wall, start, end in zip(walls, points, points[1:], strict=False):
        _wall(book, wall, at(start), at(end), settings)
    small, soft = book.style.type.small, book.style.colour.soft
    across, deep = (
        length(a - b, settings.units, named=True) for a, b in zip(high, low, strict=True)
    )
    told = (
        f"1:{ruled:g} · {across} across, {deep} deep · seen from above; people stand on the side of"
        " the numbers · thick: wall, open: door, double line: window; other sides are open"
    )
    book.text(book.style.page.margin_mm, book.style.page.margin_mm, told, small, ink=soft)


def _wall(book: PdfDocument, wall: Wall, start: Point, end: Point, settings: ProofSettings) -> None:
    dx, dy = (end[0] - start[0]) / wall.size.width, (end[1] - start[1]) / wall.size.width
    across = math.hypot(dx, dy)
    front = dy / across, -dx / across

    def along(x: float, away: float = 0.0) -> Point:
        return start[0] + dx * x + front[0] * away, start[1] + dy * x + front[1] * away

    ink = book.style.colour.ink
    solid, at = [], 0.0
    for door in sorted((o for o in wall.openings if o.kind == "door"), key=lambda o: o.x_mm):
        solid.append((at, door.x_mm))
        at = door.x_mm + door.width_mm
    for one, other in [*solid, (at, wall.size.width)]:
        book.line(along(one), along(other), ink, 2.0)
    for opening in wall.openings:
        if opening.kind == "window":
            ends = opening.x_mm, opening.x_mm + opening.width_mm
            book.line(along(ends[0]), along(ends[1]), (0, 0, 0, 0), 1.0)
    small = book.style.type.small
    last = -math.inf
    for hung in wall.numbered:
        book.line(along(hung.box.x, 1.0), along(hung.box.right, 1.0), ink, 0.8)
        if hung.nail_x * across - last > book.type.width(str(hung.number), small) + 0.8:
            last = hung.nail_x * across
            x, y = along(hung.nail_x, 3.6)
            book.text(x, y - 0.8, str(hung.number), small, align="centre")
    _named(book, wall, along(wall.size.width / 2, -_BESIDE_MM), front, settings)


def _named(book: PdfDocument, wall: Wall, at: Point, front: Point, settings: ProofSettings) -> None:
    type_ = book.style.type
    nos = f", nos. {wall.range}" if wall.hung else ", nothing hangs here"
    told = f"{length(wall.size.width, settings.units, named=True)}{nos}"
    wide = max(book.type.width(wall.name, type_.text), book.type.width(told, type_.caption))
    x = at[0] - front[0] * wide / 2  # beside a wall that runs up the page, not across it
    book.text(x, at[1], wall.name, type_.text, align="centre")
    book.text(x, at[1] - 3.6, told, type_.caption, align="centre")
