"""Lists that a gallery works with: the checklist of works, the price list.

Every list says of each work what every other says: artist, title, year, medium, size, edition.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from edition.errors import ProofError
from edition.proof import preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport, Registered
from edition.proof.edition_ledger import same_size
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.page_layout import (
    PT,
    begin,
    both_units,
    marked,
    rule,
    running,
    too_small,
    zoomed,
)
from edition.proof.paper_sizes import Box, Size, fitted, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.show_numbers import Listed, listed
from edition.proof.wall_layout import FramedPrint
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

ListKind = Literal["checklist", "prices", "installation"]
_TITLES = {
    "checklist": "Checklist of works", "prices": "Price list",
    "installation": "Installation checklist: tick each work that hangs",
}  # fmt: skip
THUMB_MM = 21.0
_ROW_MM = 26.0
LIST_PT = 8.5
"""Of a work's lines."""
CAPTION_MM = THUMB_MM + 13.0
"""From an entry's left edge to its words: its number and its picture are before them."""


def work_lines(picture: ProofPrint, size: Size, artist: str, units: str = "") -> list[str]:
    """A work as galleries write it: artist; title, year; medium; size; edition.

    Args:
        picture: the work.
        size: of the print, without its frame.
        artist: where the work names none.
        units: of its size; empty writes millimetres and inches.
    """
    title = ", ".join(part for part in (picture.name, picture.year) if part)
    lines = [picture.artist or artist, title, picture.medium]
    lines.append(marked(size, units) if units else both_units(size))
    lines.append(edition_text(picture, size))
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


def _list(
    kind: ListKind, show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None
) -> ProofReport:
    works, warnings = listed(show, settings)
    size, zoom = list_sheet(settings)
    facts = ("medium", "price") if kind == "prices" else ("medium",)
    warnings += checked(works, settings, facts)
    book = begin(show, settings, zoom, kind)
    _draw(book, size, show, works, kind)
    return ProofReport(out, book.save(out, progress), warnings)


def checked(
    works: Sequence[Listed], settings: ProofSettings, facts: Sequence[str] = ("medium",)
) -> tuple[str, ...]:
    """What preflight says of works on a list: of their files, and of facts that only some have.

    Raises:
        ProofError: a print is missing, damaged or has changed.
    """
    framed = [work.framed for work in works]
    lacking = preflight.unsaid([one.picture for one in framed], facts)
    return preflight.framed(framed, settings) + preflight.settle(lacking)


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


def draw_installation_checklist(
    book: PdfDocument, size: Size, show: PrintSet, framed: Sequence[FramedPrint]
) -> None:
    """Sets a checklist into a wall's document, with a box to tick for each work that hangs."""
    works = [Listed(number, one) for number, one in enumerate(framed, 1)]
    _draw(book, size, show, works, "installation")


def _draw(
    book: PdfDocument, size: Size, show: PrintSet, works: Sequence[Listed], kind: ListKind
) -> None:
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    columns = max(1, round(inner / 125))
    gutter = 9.0
    cell = (inner - gutter * (columns - 1)) / columns
    room = cell - CAPTION_MM - (25 if kind == "prices" else 7)
    told = [caption(book, work, show, room, sold=kind == "prices") for work in works]
    heights = [max(_ROW_MM, lines_height(lines) + 5) for lines in told]
    y = -1.0
    for start in range(0, len(works), columns):
        tall = max(heights[start : start + columns])
        if y - tall < margin:
            book.page(size)
            y = running(book, size, heading(show), _TITLES[kind]) - 5
            if y - tall < margin:
                raise too_small(book, "The lines of a work")
        for column, work in enumerate(works[start : start + columns]):
            x = margin + column * (cell + gutter)
            box = Box(x, y - tall, cell, tall)
            entry(book, box, work, told[start + column], _ROW_MM - 5)
            _beside(book, box, work.framed.picture, kind)
        y -= tall
        rule(book, margin, margin + inner, y)


def heading(show: PrintSet) -> str:
    """What a list's pages say at their upper left: artist and title."""
    return " · ".join(part for part in (show.artist, show.title) if part)


def _sold(picture: ProofPrint, size: Size) -> str:
    """How many of its numbers are sold, or that nobody numbers it."""
    fitting = edition_of_size(picture, size)
    if fitting is None:
        return "No numbered edition"
    return f"{fitting.sold} of {fitting.count} sold"


def caption(
    book: PdfDocument, work: Listed, show: PrintSet, room: float, *, sold: bool = False
) -> list[str]:
    """A work's lines on a list, broken to a width: what it is, its note, its licence.

    Args:
        book: whose letters they are set in.
        work: the work.
        show: where it is shown.
        room: millimetres.
        sold: say how many of its edition are sold.
    """
    picture = work.framed.picture
    told = work_lines(picture, work.framed.print_size, show.artist)
    told += [_sold(picture, work.framed.print_size)] if sold else []
    told += [picture.note] if picture.note else []
    told += [f"Licence: {picture.licence}"] if preflight.licences([picture]) else []
    return [line for text in told for line in book.type.lines(text, LIST_PT, room)]


def lines_height(lines: Sequence[str]) -> float:
    """How high a caption is, millimetres."""
    return len(lines) * LIST_PT * PT * 1.35


def entry(
    book: PdfDocument, box: Box, work: Listed, lines: Sequence[str], picture_mm: float
) -> float:
    """Sets a work into a list: its number, its picture, its lines.

    Args:
        book: at an open page.
        box: the entry's place.
        work: the work.
        lines: its caption.
        picture_mm: the greatest height of its picture.

    Returns:
        The baseline of its first line.
    """
    style, picture = book.style.type, work.framed.picture
    top = box.top - 2.5
    book.text(box.x, top - style.text * PT * 0.75, str(work.number), style.text, weight="bold")
    fit = fitted(picture.width, picture.height, Size(THUMB_MM, picture_mm))
    place = Box(box.x + 9, top - fit.height, fit.width, fit.height)
    book.picture(picture.file, place, PREVIEW_PPI, shared=True)
    y = top - LIST_PT * PT * 0.8
    for index, line in enumerate(lines):
        book.text(box.x + CAPTION_MM, y - index * LIST_PT * PT * 1.35, line, LIST_PT)
    return y


def _beside(book: PdfDocument, box: Box, picture: ProofPrint, kind: ListKind) -> None:
    """Right of a work: its price or a line to write it on, or a box to tick."""
    top, soft = box.top - 2.5, book.style.colour.soft
    y = top - LIST_PT * PT * 0.8
    if kind == "installation":
        book.rect(Box(box.right - 3.4, top - 3.4, 3.4, 3.4), stroke=soft)
    elif kind == "prices" and picture.price:
        book.text(box.right, y, picture.price, book.style.type.text, align="right", room=23)
    elif kind == "prices":
        book.line((box.right - 20, y - 0.6), (box.right, y - 0.6), soft)
