"""Lists that a gallery works with: checklist, price list, loan list, condition reports, labels.

Every list says of each work what every other says: artist, title, year, medium, size, edition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edition.errors import ProofError
from edition.proof import preflight, printer_marks, sequence
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport, Registered
from edition.proof.edition_ledger import same_size
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.page_layout import (
    PT,
    begin,
    blanks,
    both_units,
    marked,
    rule,
    running,
    too_small,
    zoomed,
)
from edition.proof.paper_sizes import Box, Size, fitted, paper, sized
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import FramedPrint, hang_walls
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

ListKind = Literal["checklist", "prices", "loan"]
_TITLES = {"checklist": "Checklist", "prices": "Price list", "loan": "Loan and packing list"}
_THUMB_MM = 21.0
_ROW_MM = 26.0
LIST_PT = 8.5
"""Of a work's lines."""
LABEL = Size(90.0, 55.0)
"""A wall label's cut."""
_LABEL_PT = (18.0, 14.0)
"""Title, and all else; shrunk to fit, never below 12."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A work with its number in the show."""

    number: int
    framed: FramedPrint


def listed(show: PrintSet, settings: ProofSettings) -> list[Listed]:
    """The works of a show, numbered as they hang.

    Raises:
        ProofError: there is none, or they don't fit on their walls.
    """
    if not show.pictures:
        raise ProofError("There is no work to list.", hint="Star some prints first.")
    walls = hang_walls(sequence.sequence(show.pictures, settings), settings)
    return [Listed(hung.number, hung.framed) for wall in walls for hung in wall.numbered]


def work_lines(picture: ProofPrint, size: Size, artist: str, units: str = "") -> list[str]:
    """A work as galleries write it: artist; title, year; medium; size; edition.

    Args:
        picture: the work.
        size: of the print, without its frame.
        artist: where the work names none.
        units: of its size; empty writes millimetres and inches.
    """
    title = ", ".join(part for part in (picture.untitled, picture.year) if part)
    lines = [picture.artist or artist, title, picture.medium]
    lines.append(marked(size, units) if units else both_units(size))
    lines.append(edition_text(picture, size))
    if not picture.title and picture.edition:
        lines.append(f"From {picture.edition}")
    return [line for line in lines if line]


def edition_text(picture: ProofPrint, size: Size) -> str:
    """``Edition of 25 + 3 proofs``, where the register has one of that size."""
    fitting = edition_of_size(picture, size)
    if fitting is None:
        return ""
    proofs = f" + {count(fitting.proofs, 'proof')}" if fitting.proofs else ""
    return f"Edition of {fitting.count}{proofs}"


def edition_of_size(picture: ProofPrint, size: Size) -> Registered | None:
    """What the register has of a print in one size."""
    for one in picture.registered:
        if same_size((size.width, size.height), (one.width_mm, one.height_mm)):
            return one
    return None


def checklist(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes the checklist of a show: a picture of every work and its caption."""
    return _list("checklist", show, settings, out, progress)


def price_list(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes the price list of a show: prices, and how many of each edition are sold.

    Works without a price have a line to write it on.
    """
    return _list("prices", show, settings, out, progress)


def loan_list(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes the loan and packing list: framed sizes, value, crate, out and back, to sign."""
    return _list("loan", show, settings, out, progress)


def _list(
    kind: ListKind, show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None
) -> ProofReport:
    works = listed(show, settings)
    size, zoom = list_sheet(settings)
    warnings = preflight.framed([work.framed for work in works], settings)
    book = begin(show, settings, zoom, kind)
    _draw(book, size, show, works, settings, kind)
    return ProofReport(out, book.save(out, progress), warnings)


def list_sheet(settings: ProofSettings) -> tuple[Size, float]:
    """A list's page as it is laid out, and how much larger it is drawn.

    Raises:
        ProofError: the paper is a roll.
    """
    named = paper(settings.paper)
    if named.roll:
        raise ProofError(
            f"A list needs a sheet, {settings.paper} is a roll.", hint="Set [proof] paper to A4."
        )
    return zoomed(named.size.landscape())


def draw_checklist(
    book: PdfDocument,
    size: Size,
    show: PrintSet,
    framed: Sequence[FramedPrint],
    settings: ProofSettings,
    *,
    tick: bool = False,
) -> None:
    """Sets the checklist into a document, with boxes to tick where asked."""
    works = [Listed(number, one) for number, one in enumerate(framed, 1)]
    _draw(book, size, show, works, settings, "checklist", tick=tick)


def _draw(
    book: PdfDocument, size: Size, show: PrintSet, works: Sequence[Listed], settings: ProofSettings,
    kind: ListKind, *, tick: bool = False,
) -> None:  # fmt: skip
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    columns = 1 if kind == "loan" else max(1, round(inner / 125))
    gutter = 9.0
    cell = (inner - gutter * (columns - 1)) / columns
    head = " · ".join(part for part in (show.artist, show.title) if part)
    heights = [_height(book, work, show, cell, kind) for work in works]
    y = -1.0
    for start in range(0, len(works), columns):
        tall = max(heights[start : start + columns])
        if y - tall < margin:
            book.page(size)
            y = running(book, size, head, _TITLES[kind]) - 5
            if kind == "loan":
                y = blanks(book, margin, y, inner, _TO_FILL) if start == 0 else y
                y = _loan_heads(book, margin, inner, y)
            if y - tall < margin:
                raise too_small(book, "The lines of a work")
        for column, work in enumerate(works[start : start + columns]):
            x = margin + column * (cell + gutter)
            _work(book, Box(x, y - tall, cell, tall), work, show, settings, kind, tick=tick)
        y -= tall
        rule(book, margin, margin + inner, y)
    if kind == "loan":
        _signatures(book, margin, inner, y, size, head)


def _caption_room(cell: float, kind: ListKind) -> float:
    room = cell - _THUMB_MM - 14
    return room * 0.4 if kind == "loan" else room - (24 if kind == "prices" else 6)


def _sold(picture: ProofPrint, size: Size) -> str:
    """How many of its numbers are sold, or that nobody numbers it."""
    fitting = edition_of_size(picture, size)
    if fitting is None:
        return "No numbered edition"
    return f"{fitting.sold} of {fitting.count} sold"


def _lines(
    book: PdfDocument, work: Listed, show: PrintSet, room: float, kind: ListKind
) -> list[str]:
    picture = work.framed.picture
    told = work_lines(picture, work.framed.print_size, show.artist)
    if kind == "prices":
        told.append(_sold(picture, work.framed.print_size))
    told += [picture.note] if picture.note else []
    told += [f"Licence: {picture.licence}"] if preflight.licences([picture]) else []
    return [line for text in told for line in book.type.lines(text, LIST_PT, room)]


def _height(book: PdfDocument, work: Listed, show: PrintSet, cell: float, kind: ListKind) -> float:
    step = LIST_PT * PT * 1.35
    lines = _lines(book, work, show, _caption_room(cell, kind), kind)
    return max(_ROW_MM, len(lines) * step + 5)


def _work(
    book: PdfDocument,
    box: Box,
    work: Listed,
    show: PrintSet,
    settings: ProofSettings,
    kind: ListKind,
    *,
    tick: bool,
) -> None:
    style, picture = book.style.type, work.framed.picture
    top = box.top - 2.5
    book.text(box.x, top - style.text * PT * 0.75, str(work.number), style.text, weight="bold")
    fit = fitted(picture.width, picture.height, Size(_THUMB_MM, _ROW_MM - 5))
    book.picture(
        picture.file,
        Box(box.x + 9, top - fit.height, fit.width, fit.height),
        PREVIEW_PPI,
        shared=True,
    )
    x, step = box.x + 9 + _THUMB_MM + 4, LIST_PT * PT * 1.35
    y = top - LIST_PT * PT * 0.8
    for index, line in enumerate(_lines(book, work, show, _caption_room(box.width, kind), kind)):
        book.text(x, y - index * step, line, LIST_PT)
    if kind == "prices":
        if picture.price:
            book.text(box.right, y, picture.price, style.text, align="right", room=23)
        else:
            book.line((box.right - 20, y - 0.6), (box.right, y - 0.6), book.style.colour.soft)
    elif kind == "loan":
        _loan_cells(book, box, work, settings, y)
    elif tick:
        book.rect(Box(box.right - 3.4, top - 3.4, 3.4, 3.4), stroke=book.style.colour.soft)


_TO_FILL = ("Lender", "Borrower", "Loan from, to", "Place")
_LOAN = (
    ("Framed size, W × H", 0.6),
    ("Insured for", 0.72),
    ("Crate", 0.81),
    ("Out", 0.89),
    ("Back", 0.97),
)


def _loan_heads(book: PdfDocument, x: float, inner: float, y: float) -> float:
    for head, share in _LOAN:
        book.text(x + inner * share, y - 3, head, book.style.type.small, align="right")
    return y - 4


def _loan_cells(
    book: PdfDocument, box: Box, work: Listed, settings: ProofSettings, y: float
) -> None:
    size = LIST_PT
    framed = f"{sized(work.framed.frame_size, settings.units)} {settings.units}"
    book.text(box.x + box.width * 0.6, y, framed, size, align="right")
    for _, share in _LOAN[1:]:
        place = box.x + box.width * share
        if share > 0.85:
            book.rect(Box(place - 3.4, y - 0.8, 3.4, 3.4), stroke=book.style.colour.soft)
        else:
            book.line((place - 14, y - 0.8), (place, y - 0.8), book.style.colour.soft, 0.25)


def _signatures(book: PdfDocument, x: float, inner: float, y: float, size: Size, head: str) -> None:
    if y - 24 < book.style.page.margin_mm:
        book.page(size)
        y = running(book, size, head, _TITLES["loan"])
    for index, label in enumerate(("Lender, place and date", "Carrier", "Received by, date")):
        left = x + index * (inner + 8) / 3
        book.line((left, y - 18), (left + inner / 3 - 8, y - 18), book.style.colour.soft, 0.35)
        book.text(left, y - 21.5, label, book.style.type.small)


def wall_labels(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes wall labels on sheets to cut, letters of 14 and 18 points, with crop marks.

    Raises:
        ProofError: nothing to label, or a label's words don't fit.
    """
    works = listed(show, settings)
    named = paper(settings.paper)
    sheets = (named.size, named.size.turned())
    size = max(sheets, key=lambda sheet: _label_count(sheet)[0] * _label_count(sheet)[1])
    across, down = _label_count(size)
    if not across * down or named.roll:
        raise ProofError(
            f"No label of {LABEL.width:.0f} × {LABEL.height:.0f} mm fits on {settings.paper}.",
            hint="Set [proof] paper to A4 or another sheet.",
        )
    book = begin(show, settings, 1.0, "labels")
    labels = _set_labels(book, works, show, settings)
    left = (size.width - across * LABEL.width) / 2
    top = size.height - (size.height - down * LABEL.height) / 2
    for index, _work in enumerate(works):
        place = index % (across * down)
        if place == 0:
            book.page(size)
            _cuts(book, left, top, across, down)
        row, column = divmod(place, across)
        x, y = left + column * LABEL.width, top - (row + 1) * LABEL.height
        _label(book, Box(x, y, LABEL.width, LABEL.height), labels[index])
    return ProofReport(out, book.save(out, progress))


def _label_count(sheet: Size) -> tuple[int, int]:
    room = 2 * (printer_marks.CROP_MM + 1)
    return (
        max(0, int((sheet.width - room) // LABEL.width)),
        max(0, int((sheet.height - room) // LABEL.height)),
    )


def _cuts(book: PdfDocument, left: float, top: float, across: int, down: int) -> None:
    """Crop marks around the whole block: one straight cut serves a whole row or column."""
    bottom, right = top - down * LABEL.height, left + across * LABEL.width
    far = printer_marks.CROP_MM
    for column in range(across + 1):
        x = left + column * LABEL.width
        book.line((x, top + 1), (x, top + far), book.style.colour.ink, 0.25)
        book.line((x, bottom - 1), (x, bottom - far), book.style.colour.ink, 0.25)
    for row in range(down + 1):
        y = top - row * LABEL.height
        book.line((left - 1, y), (left - far, y), book.style.colour.ink, 0.25)
        book.line((right + 1, y), (right + far, y), book.style.colour.ink, 0.25)


Line = tuple[str, float, str]
"""Words, size in points and weight of one line."""


def _set_labels(
    book: PdfDocument, works: Sequence[Listed], show: PrintSet, settings: ProofSettings
) -> list[list[Line]]:
    """The lines of every label, all in one size: the largest in which the longest fits."""
    for shrink in (1.0, 0.93, 0.86):
        labels = [_label_lines(book, work, show, settings, shrink) for work in works]
        high = [sum(size * PT * 1.3 for _, size, _ in lines) for lines in labels]
        if max(high) <= LABEL.height - 9:
            return labels
    longest = works[high.index(max(high))]
    raise ProofError(
        f"The label of no. {longest.number}, {longest.framed.picture.name}, has more words than"
        " room.",
        hint="Shorten its title or its medium: edition work.",
    )


def _label_lines(
    book: PdfDocument, work: Listed, show: PrintSet, settings: ProofSettings, shrink: float
) -> list[Line]:
    told = work_lines(work.framed.picture, work.framed.print_size, show.artist, settings.units)
    title = 1 if work.framed.picture.artist or show.artist else 0
    lines = []
    for index, text in enumerate(told):
        size = (_LABEL_PT[0] if index == title else _LABEL_PT[1]) * shrink
        weight = "bold" if index == title else "regular"
        for line in book.type.lines(text, size, LABEL.width - 14, weight):
            lines.append((line, size, weight))
    return lines


def _label(book: PdfDocument, box: Box, lines: Sequence[Line]) -> None:
    y = box.top - 5
    for line, size, weight in lines:
        y -= size * PT * 1.3
        book.text(box.x + 7, y, line, size, weight=weight)
