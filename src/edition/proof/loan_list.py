"""The loan and packing list: what leaves, in which crate, insured for how much; and both sign."""

from collections.abc import Sequence
from pathlib import Path

from edition.proof.document_model import PrintSet, Progress, ProofReport
from edition.proof.gallery_lists import (
    CAPTION_MM,
    LIST_PT,
    caption,
    checked,
    edition_of_size,
    entry,
    heading,
    lines_height,
    list_sheet,
)
from edition.proof.page_layout import begin, blanks, rule, running, too_small
from edition.proof.paper_sizes import Box, Size, sized
from edition.proof.pdf_document import PdfDocument
from edition.proof.show_numbers import Listed, listed
from edition.recipe.proof_settings import ProofSettings

_TITLE = "Loan and packing list"
_TO_FILL = ("Lender", "Borrower", "Loan from, to", "Place")
_FRAMED, _INSURED = "Framed, W × H", "Insured for"
_COLUMNS = (
    (_FRAMED, 0.13), ("Number lent", 0.094), (_INSURED, 0.13), ("Crate", 0.09),
    ("Out, date", 0.092), ("Back, date", 0.092),
)  # fmt: skip
"""Right of a work, with their shares of the page's width: its frame, and lines to write on."""
_APART_MM = 3.5
_ROW_MM = 23.0
_TOTAL_MM = 8.5
_SIGNED_MM = 17.0
"""From the total's line down to the words under the signatures."""


def loan_list(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes the loan and packing list, to fill in and to sign.

    Framed sizes stand there; the number that is lent, its value and their sum, the crate, and the
    days it leaves and comes back have lines to write on.

    Raises:
        ProofError: nothing to list, a print is missing or damaged, or the paper is too small.
    """
    works, warnings = listed(show, settings)
    size, zoom = list_sheet(settings)
    warnings += checked(works, settings)
    book = begin(show, settings, zoom, "loan")
    _draw(book, size, show, works, settings)
    return ProofReport(out, book.save(out, progress), warnings)


def _draw(
    book: PdfDocument,
    size: Size,
    show: PrintSet,
    works: Sequence[Listed],
    settings: ProofSettings,
) -> None:
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    room = inner * (1 - sum(share for _, share in _COLUMNS)) - CAPTION_MM
    y = -1.0
    for index, work in enumerate(works):
        lines = caption(book, work, show, room)
        tall = max(_ROW_MM, lines_height(lines) + 3.5)
        # Total and signatures never stand alone on a page: the last work goes with them.
        below = _TOTAL_MM + _SIGNED_MM if index == len(works) - 1 else 0.0
        if y - tall - below < margin:
            book.page(size)
            y = running(book, size, heading(show), _TITLE) - 5
            y = blanks(book, margin, y, inner, _TO_FILL) if index == 0 else y
            y = _heads(book, margin, inner, y)
            if y - tall - below < margin:
                raise too_small(book, "The lines of a work")
        baseline = entry(book, Box(margin, y - tall, inner, tall), work, lines, _ROW_MM - 5)
        _cells(book, margin, inner, baseline, work, settings)
        y -= tall
        rule(book, margin, margin + inner, y)
    _total(book, margin, inner, y)
    _signatures(book, margin, inner, y - _TOTAL_MM)


def _places(x: float, inner: float) -> list[tuple[str, float, float]]:
    """Each column's head, left edge and right edge."""
    left = x + inner * (1 - sum(share for _, share in _COLUMNS))
    places = []
    for head, share in _COLUMNS:
        places.append((head, left + _APART_MM, left + inner * share))
        left += inner * share
    return places


def _heads(book: PdfDocument, x: float, inner: float, y: float) -> float:
    for head, left, _ in _places(x, inner):
        book.text(left, y - 3, head, book.style.type.small)
    return y - 4


def _cells(
    book: PdfDocument, x: float, inner: float, y: float, work: Listed, settings: ProofSettings
) -> None:
    known = edition_of_size(work.framed.picture, work.framed.print_size)
    for head, left, right in _places(x, inner):
        if head == _FRAMED:
            told = f"{sized(work.framed.frame_size, settings.units)} {settings.units}"
            for index, line in enumerate(book.type.lines(told, LIST_PT, right - left)):
                book.text(left, y - index * lines_height([line]), line, LIST_PT)
            continue
        if head == "Number lent" and known is not None:
            right -= book.text(right, y, f"/ {known.count}", LIST_PT, align="right") + 1
        book.line((left, y - 0.8), (right, y - 0.8), book.style.colour.soft, 0.25)


def _total(book: PdfDocument, x: float, inner: float, y: float) -> None:
    """Below the last work: what all of it is insured for."""
    left, right = next((one, other) for head, one, other in _places(x, inner) if head == _INSURED)
    book.text(left - _APART_MM, y - 6, "Total", LIST_PT, align="right", weight="bold")
    book.line((left, y - 6.8), (right, y - 6.8), book.style.colour.soft, 0.35)


def _signatures(book: PdfDocument, x: float, inner: float, y: float) -> None:
    for index, label in enumerate(("Lender, place and date", "Carrier", "Received by, date")):
        wide = (inner - 16) / 3
        left = x + index * (wide + 8)
        book.line((left, y - 12.5), (left + wide, y - 12.5), book.style.colour.soft, 0.35)
        book.text(left, y - 16, label, book.style.type.small)
