"""Sheets of studies as PDF: the pages of the study room, set by the proof room."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from edition.proof.paper_sizes import Box, Size
from edition.proof.pdf_document import PdfDocument
from edition.proof.pdfx import DocumentInfo
from edition.proof.proof_styles import style
from edition.studies.sheet_png import LINE_HEIGHT, font, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edition.studies.sheet_layout import SheetPage, SheetText
    from edition.studies.sheet_png import CellImage

MM_A_PIXEL = 25.4 / 110
MOST_MM = 840.0
"""The longer side of a page: more than that, and the page is made smaller."""
MOST_PPI = 300.0


def write(
    pages: Iterable[SheetPage], look: Callable[[int, int], CellImage], out: Path, title: str
) -> Path:
    """Writes pages as one PDF; prints are copied through, text stays text.

    Args:
        pages: of ``edition.studies.sheet_layout``.
        look: the cell at a place, drawn for a side in pixels.
        out: the file to make.
        title: of the document.

    Raises:
        ProofError: a letter can't be set, a print is damaged, or the file can't be written.
    """
    book = PdfDocument(DocumentInfo(title, "", ""), style("gallery"))
    with tempfile.TemporaryDirectory(prefix="edition-sheet-") as folder:
        for number, page in enumerate(pages):
            _page(book, page, look, Path(folder) / str(number))
        book.save(out)
    return out


def _page(
    book: PdfDocument, page: SheetPage, look: Callable[[int, int], CellImage], made: Path
) -> None:
    scale = min(MM_A_PIXEL, MOST_MM / max(page.width, page.height))
    size = Size(page.width * scale, page.height * scale)
    book.page(size)
    for words in page.words:
        _words(book, words, scale, size.height)
    side = max(page.cell_width, page.cell_height)
    for spot in page.spots:
        shown = look(spot.place, side)
        box = Box(
            spot.x * scale,
            size.height - (spot.y + page.cell_height) * scale,
            page.cell_width * scale,
            page.cell_height * scale,
        )
        if shown.picture is None:
            book.rect(box, fill=(0, 0, 2, 8))
            continue
        file = shown.file
        if file is None:
            made.mkdir(exist_ok=True)
            file = made / f"{spot.place}.png"
            shown.picture.save(file, compress_level=1)
        book.picture(file, box, MOST_PPI)
        if shown.star:
            book.rect(box.grown(1.0), stroke=book.style.colour.accent, width_pt=0.9)


def _words(book: PdfDocument, words: SheetText, scale: float, height: float) -> None:
    lines = [words.text]
    if words.room:
        lines = wrap(words.text, font(words.weight, words.size), words.room, words.lines)
    ink = book.style.colour.soft if words.soft else None
    points = words.size * scale * 72 / 25.4
    for k, line in enumerate(lines):
        y = words.y + words.size + k * words.size * LINE_HEIGHT
        book.text(
            words.x * scale,
            height - y * scale,
            line,
            points,
            weight=words.weight,
            ink=ink,
            align="right" if words.align == "right" else "left",
        )
