"""The wall proof: starred prints on a wall, drawn to scale; then where each one hangs.

Distances under the elevation and in the hanging list are the same numbers: both are read from
one ``Wall``.
"""

from dataclasses import dataclass
from pathlib import Path

from edition.errors import ProofError
from edition.proof.hang import Hung, Wall, hang
from edition.proof.layout import (
    PT,
    Column,
    Table,
    begin,
    counted,
    dimensions,
    facts,
    mm,
    paragraph,
    rule,
    running,
)
from edition.proof.page import Box, Size, paper
from edition.proof.pdf import Book
from edition.proof.show import Picture, Progress, ProofReport, Show
from edition.recipe.proofing import Proofing

MOST_PPI = 300.0
"""On the elevation a print is a few centimetres wide: more pixels would not be seen."""
SCALES = (5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
"""Round scales that an architect's rule has; the largest that fits is taken."""
_BAR_MM = (100, 200, 500, 1000, 2000, 5000, 10000)


def wall_proof(
    show: Show, settings: Proofing, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes a wall proof of all pictures of a show, hung in their order.

    Args:
        show: what to hang.
        settings: wall, hang, frames, paper, style.
        out: the PDF to make.
        progress: told after each picture that is written.

    Raises:
        ProofError: nothing to hang, the wall is too small, a print is missing or damaged, a
            letter can't be set, or the file can't be written.
    """
    if paper(settings.paper).roll:
        raise ProofError(
            f"A wall proof needs a sheet, {settings.paper} is a roll.",
            hint="Set [proof] paper to A4 or another sheet.",
        )
    wall = hang(ordered(show.pictures, settings), settings)
    size = paper(settings.paper).size.landscape()
    book = begin(show, settings)
    scale = _Elevation(book, size, show, wall, settings).draw()
    _hanging_list(book, size, show, wall)
    pages = book.save(out, progress)
    return ProofReport(out, pages, scale=f"1:{scale}")


def ordered(pictures: tuple[Picture, ...], settings: Proofing) -> list[Picture]:
    """The pictures as they hang: as given, or by the seeds of ``settings.order``."""
    if settings.sequence != "hand":
        return list(pictures)
    places = {seed: place for place, seed in enumerate(settings.order)}
    return sorted(pictures, key=lambda picture: places.get(picture.seed, len(places)))


@dataclass
class _Elevation:
    """The wall as one stands before it."""

    book: Book
    size: Size
    show: Show
    wall: Wall
    settings: Proofing

    def draw(self) -> int:
        """Draws the page; returns n of the scale 1:n."""
        self.book.page(self.size)
        style = self.book.style
        margin = style.page.margin_mm
        top = self._head(margin)
        bottom = self._foot(margin)
        room = Size(self.size.width - 2 * margin, top - bottom - 16)
        n = next(
            (
                s
                for s in SCALES
                if self.wall.size.width / s <= room.width
                and self.wall.size.height / s <= room.height
            ),
            None,
        )
        if n is None:
            raise ProofError(
                f"A wall of {mm(self.wall.size.width)} mm does not fit on {self.settings.paper}.",
                hint="Use a larger paper, or hang fewer prints.",
            )
        left = (self.size.width - self.wall.size.width / n) / 2
        floor = bottom + 12 + (room.height - self.wall.size.height / n) / 2
        self._wall(left, floor, n)
        for hung in self.wall.hung:
            self._print(hung, left, floor, n)
        self._person(left, floor, n)
        self._measures(left, floor, n)
        return n

    def _head(self, margin: float) -> float:
        book, style, show = self.book, self.book.style, self.show
        left, right = margin, self.size.width - margin
        y = self.size.height - margin - style.type.display * 0.7 * PT
        note = counted(len(self.wall.hung), "print")
        taken = book.text(right, y, note, style.type.caption, ink=style.colour.soft, align="right")
        book.text(
            left, y, show.title, style.type.display * 0.7,
            weight=style.type.display_weight, room=right - left - taken - 6,
        )  # fmt: skip
        y -= style.type.text * PT * 1.9
        if show.artist:
            book.text(left, y, show.artist, style.type.text, ink=style.colour.soft)
        if show.statement:
            half = (right - left) * 0.55
            paragraph(
                book, right - half, y, show.statement, style.type.caption, half,
                lowest=y - 9, soft=True,
            )  # fmt: skip
            y -= 7
        y -= 5
        rule(book, left, right, y)
        return y

    def _foot(self, margin: float) -> float:
        rows = self.show.recipe_lines
        if not rows:
            return margin
        half = (len(rows) + 1) // 2
        room = (self.size.width - 2 * margin - 8) / 2
        step = self.book.style.type.caption * PT * self.book.style.type.leading
        top = margin + half * step
        facts(self.book, margin, top, rows[:half], room, margin - 1)
        facts(self.book, margin + room + 8, top, rows[half:], room, margin - 1)
        rule(self.book, margin, self.size.width - margin, top + 5)
        return top + 5

    def _wall(self, left: float, floor: float, n: int) -> None:
        colour = self.book.style.colour
        width, height = self.wall.size.width / n, self.wall.size.height / n
        self.book.rect(Box(left, floor, width, height), fill=colour.wall)
        self.book.rect(Box(left, floor - 3, width, 3), fill=colour.floor)
        line = floor + self.wall.centre_line / n
        self.book.line((left, line), (left + width, line), colour.hair, 0.25, (1, 2))

    def _print(self, hung: Hung, left: float, floor: float, n: int) -> None:
        book, colour = self.book, self.book.style.colour

        def placed(box: Box) -> Box:
            return Box(left + box.x / n, floor + box.y / n, box.width / n, box.height / n)

        frame = placed(hung.box)
        if book.style.wall.shadow:
            book.rect(Box(frame.x + 0.5, frame.y - 0.7, frame.width, frame.height), colour.hair)
        book.rect(frame, fill=colour.frame)
        book.rect(placed(hung.box.grown(-self.settings.frame_mm)), fill=colour.mat)
        book.picture(hung.framed.picture.file, placed(hung.image), MOST_PPI)

    def _person(self, left: float, floor: float, n: int) -> None:
        """A standing figure, for the eye's measure; it stands before the wall's right end."""
        tall = self.settings.figure_mm / n
        if not tall:
            return
        ink = self.book.style.colour.figure
        x = left + self.wall.size.width / n - tall * 0.22
        self.book.circle(x, floor + tall * 0.93, tall * 0.065, fill=ink)
        shape = (
            (-0.06, 0.85), (-0.13, 0.80), (-0.15, 0.46), (-0.11, 0.46), (-0.09, 0.66),
            (-0.08, 0.0), (-0.015, 0.0), (0.0, 0.42), (0.015, 0.0), (0.08, 0.0), (0.09, 0.66),
            (0.11, 0.46), (0.15, 0.46), (0.13, 0.80), (0.06, 0.85),
        )  # fmt: skip
        points = [(x + dx * tall, floor + dy * tall) for dx, dy in shape]
        self.book.shape(points[0], points[1:], ink)

    def _measures(self, left: float, floor: float, n: int) -> None:
        book, style = self.book, self.book.style
        small, soft = style.type.small, style.colour.soft
        y = floor - 6.5
        if style.wall.dimensions:
            for hung in self.wall.hung:
                x = left + hung.nail_x / n
                book.text(x, y, str(hung.number), small, ink=soft, align="centre")
        bar = next(b for b in reversed(_BAR_MM) if b <= max(self.wall.size.width / 4, 100))
        y -= 5
        book.line((left, y), (left + bar / n, y), soft, 0.5)
        for x in (left, left + bar / n):
            book.line((x, y - 0.8), (x, y + 0.8), soft, 0.5)
        told = f"{bar / 1000:g} m" if bar >= 1000 else f"{bar / 10:g} cm"
        book.text(left + bar / n + 2, y - 0.8, f"{told}   1:{n}", small, ink=soft)
        wall = self.wall.size
        book.text(
            left + wall.width / n, y - 0.8,
            f"wall {dimensions(wall)} mm, centre line {mm(self.wall.centre_line)} mm",
            small, ink=soft, align="right",
        )  # fmt: skip


def _hanging_list(book: Book, size: Size, show: Show, wall: Wall) -> None:
    """What the person with the hammer needs; millimetres from the wall's left corner and floor."""
    margin = book.style.page.margin_mm
    table = Table(
        book,
        (
            Column("No.", 10, "right"), Column("Print", 60), Column("Print size", 34),
            Column("Frame", 34), Column("Left edge", 24, "right"), Column("Nail", 22, "right"),
            Column("Hook height", 26, "right"),
        ),
        margin,
    )  # fmt: skip
    y = 0.0
    for hung in wall.hung:
        if y < margin + 8:
            book.page(size)
            left = " · ".join(part for part in (show.artist, show.title) if part)
            y = table.head(running(book, size, left, "Hanging list, millimetres") - 4)
        cells = (
            str(hung.number), hung.framed.picture.name, dimensions(hung.framed.print_size),
            dimensions(hung.framed.frame_size), mm(hung.box.x), mm(hung.nail_x), mm(hung.hook_y),
        )  # fmt: skip
        y = table.row(y, cells)
