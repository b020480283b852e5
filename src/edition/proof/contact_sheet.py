"""The contact sheet: every print small, its seed and marks below it.

Prints that were starred are in a frame, rejected ones are crossed out, as with a grease pencil.
"""

import math
from pathlib import Path

from edition.errors import ProofError
from edition.proof import preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport
from edition.proof.page_layout import MOST_PPI, PT, begin, facts, rule, running, zoomed
from edition.proof.paper_sizes import Box, Size, fitted, paper
from edition.proof.pdf_document import PdfDocument
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

LABEL_INKS = {
    "red": (0, 90, 80, 0), "yellow": (0, 15, 90, 0), "green": (70, 0, 90, 10),
    "blue": (85, 45, 0, 0), "purple": (55, 80, 0, 0),
}  # fmt: skip
SMALL_MM = 148.0
"""Sheets narrower than A5 are laid out in smaller letters."""
_A4_INNER = 174.0


def contact_sheet(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes a contact sheet of all pictures of a show, in their order.

    Args:
        show: what to show; choosing (all, starred, a stack) is the caller's.
        settings: paper, style, font and profile.
        out: the PDF to make.
        progress: called after each picture that is written.

    Raises:
        ProofError: nothing to show, a print is missing or damaged, a letter can't be set, the
            paper is unknown, or the file can't be written.
    """
    if not show.pictures:
        raise ProofError(
            "There are no prints to show.", hint="Render some, or star some and try again."
        )
    size, zoom = paper(settings.paper).size, 1.0
    if min(size.width, size.height) < SMALL_MM:
        size, zoom = zoomed(size)
    if paper(settings.paper).roll:
        raise ProofError(
            f"A contact sheet needs a sheet, {settings.paper} is a roll.",
            hint="Set [proof] paper to A4 or another sheet.",
        )
    warnings = preflight.settle(preflight.files(show.pictures))
    book = begin(show, settings, zoom, "contact sheet")
    grid = _Grid(book, size, show)
    for picture in show.pictures:
        grid.add(picture)
    pages = book.save(out, progress)
    return ProofReport(out, pages, warnings)


class _Grid:
    """Fills page after page from the upper left."""

    def __init__(self, book: PdfDocument, size: Size, show: PrintSet) -> None:
        self.book, self.size, self.show = book, size, show
        style = book.style
        self.margin = style.page.margin_mm
        inner = size.width - 2 * self.margin
        self.columns = max(1, round(style.sheet.columns * inner / _A4_INNER))
        gutter = style.sheet.gutter_mm
        self.cell = (inner - gutter * (self.columns - 1)) / self.columns
        if self.cell < 8:
            raise ProofError(
                f"{self.columns} columns do not fit on {size.width:.0f} mm of paper.",
                hint="Use a larger paper, or fewer columns in the style.",
            )
        tallest = max(p.height / p.width for p in show.pictures)
        self.tall = self.cell * min(tallest, 1.5)
        self.caption = style.type.small * PT
        self.step = self.tall + self.caption * 1.9 + gutter
        self.column, self.y = 0, 0.0

    def add(self, picture: ProofPrint) -> None:
        if self.column == 0 and self.y - self.tall - 2 * self.caption < self.margin:
            self._page()
        x = self.margin + self.column * (self.cell + self.book.style.sheet.gutter_mm)
        room = Size(self.cell, self.tall)
        fit = fitted(picture.width, picture.height, room)
        box = Box(x, self.y - self.tall, fit.width, fit.height)
        self.book.picture(picture.file, box, MOST_PPI)
        self._marks(picture, box)
        self._caption(picture, x)
        self.column += 1
        if self.column == self.columns:
            self.column = 0
            self.y -= self.step

    def _page(self) -> None:
        self.book.page(self.size)
        if self.book.pages == 1:
            self.y = self._masthead()
        else:
            left = " · ".join(part for part in (self.show.artist, self.show.title) if part)
            self.y = running(self.book, self.size, left, self._count()) - 6

    def _count(self) -> str:
        starred = sum(p.marks.star for p in self.show.pictures)
        text = count(len(self.show.pictures), "print")
        return f"{text} · {starred} starred" if starred else text

    def _masthead(self) -> float:
        book, style = self.book, self.book.style
        left, right = self.margin, self.size.width - self.margin
        y = self.size.height - self.margin - style.type.display * 0.7 * PT
        taken = book.text(
            right, y, self._count(), style.type.caption, ink=style.colour.soft, align="right"
        )
        book.text(
            left, y, self.show.title, style.type.display * 0.7,
            weight=style.type.display_weight, room=right - left - taken - 6,
        )  # fmt: skip
        if self.show.artist:
            y -= style.type.text * PT * 1.9
            book.text(left, y, self.show.artist, style.type.text, ink=style.colour.soft)
        y -= 4.5
        rule(book, left, right, y)
        if self.show.recipe_lines:
            y = self._recipe(y - 4.5, left, right)
            rule(book, left, right, y)
        book.number(left, right, self.margin * 0.55)
        return y - 6

    def _recipe(self, y: float, left: float, right: float) -> float:
        """Label and value in two columns of rows."""
        rows = self.show.recipe_lines
        half = math.ceil(len(rows) / 2)
        room = (right - left - 8) / 2
        lowest = self.size.height * 0.55
        ends = [
            facts(self.book, left, y, rows[:half], room, lowest),
            facts(self.book, left + room + 8, y, rows[half:], room, lowest),
        ]
        return min(ends) + 0.5

    def _marks(self, picture: ProofPrint, box: Box) -> None:
        style = self.book.style
        if picture.marks.reject and style.sheet.cross_rejected:
            soft = (0.0, 0.0, 0.0, 0.0)
            self.book.line((box.x, box.y), (box.right, box.top), soft, 0.8)
            self.book.line((box.x, box.top), (box.right, box.y), soft, 0.8)
        if picture.marks.star:
            self.book.rect(box.grown(1.2), stroke=style.colour.accent, width_pt=0.9)

    def _caption(self, picture: ProofPrint, x: float) -> None:
        book, style = self.book, self.book.style
        y = self.y - self.tall - self.caption * 1.25 - 1.0
        marks = marks_text(picture)
        right = x + self.cell
        taken = book.text(right, y, marks, style.type.small, align="right") if marks else 0.0
        if picture.marks.label:
            ink = LABEL_INKS.get(picture.marks.label, style.colour.soft)
            book.circle(right - taken - 1.4 - (1 if taken else -0.6), y + 0.75, 0.75, fill=ink)
            taken += 3.4
        text = style.sheet.text(picture)
        book.text(x, y, text, style.type.small, ink=style.colour.soft, room=self.cell - taken - 1)


def marks_text(picture: ProofPrint) -> str:
    """Star, rating and reject as a caption shows them: ``★ 4``, ``×``."""
    marks = picture.marks
    parts = ["×" if marks.reject else "", "★" if marks.star else ""]
    parts.append(str(marks.rating) if marks.rating else "")
    return " ".join(part for part in parts if part)
