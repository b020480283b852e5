"""The condition report: a form for each work, filled in when it leaves and when it comes."""

from pathlib import Path

from edition.proof.document_model import PrintSet, Progress, ProofReport
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.gallery_lists import checked, heading, list_sheet, work_lines
from edition.proof.page_layout import PT, begin, blanks, marked, running, too_small
from edition.proof.paper_sizes import Box, Size, fitted
from edition.proof.pdf_document import PdfDocument
from edition.proof.show_numbers import Listed, listed
from edition.recipe.proof_settings import ProofSettings

_CONDITION = (
    "Frame and corners", "Glazing", "Mat and mount", "Print surface", "Edges", "Verso, backing",
    "Hanging hardware", "Packing",
)  # fmt: skip
_TO_FILL = ("Number, as 3/25", "Place", "Loan no.", "Crate no.")


def condition_reports(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes a condition report form for each work: what it is, what to look at, who looked."""
    works, warnings = listed(show, settings)
    size, zoom = list_sheet(settings)
    warnings += checked(works, settings)
    book = begin(show, settings, zoom, "condition reports")
    for work in works:
        book.page(size)
        y = running(book, size, heading(show), f"Condition report · no. {work.number}") - 8
        _condition(book, size, y, work, show, settings.units)
    return ProofReport(out, book.save(out, progress), warnings)


def _condition(
    book: PdfDocument, size: Size, y: float, work: Listed, show: PrintSet, units: str
) -> None:
    style, margin = book.style.type, book.style.page.margin_mm
    inner, picture = size.width - 2 * margin, work.framed.picture
    column = inner * 0.4
    fit = fitted(picture.width, picture.height, Size(column, (y - margin) * 0.55))
    place = Box(margin, y - fit.height, fit.width, fit.height)
    book.picture(picture.file, place, PREVIEW_PPI, shared=True)
    book.rect(place, stroke=book.style.colour.soft, width_pt=0.15)
    for step in (1, 2):  # thirds, to say where
        x, up = place.x + place.width * step / 3, place.y + place.height * step / 3
        for edge in (place.y - 1.5, place.top):
            book.line((x, edge), (x, edge + 1.5), book.style.colour.ink, 0.4)
        for edge in (place.x - 1.5, place.right):
            book.line((edge, up), (edge + 1.5, up), book.style.colour.ink, 0.4)
    line = place.y - 7
    told = work_lines(picture, work.framed.print_size, show.artist)
    for text in (*told, f"Framed {marked(work.framed.frame_size, units)}"):
        for part in book.type.lines(text, style.caption, column):
            book.text(margin, line, part, style.caption)
            line -= style.caption * PT * 1.4
    line = blanks(book, margin, line + 3, column, _TO_FILL)
    if line < margin * 0.5:
        raise too_small(book, "The lines of a condition report")
    _looked_at(book, Box(margin + column + 12, margin, inner - column - 12, y - margin))


def _looked_at(book: PdfDocument, place: Box) -> None:
    """What to look at, and lines for each of the two who look: damage is whose it was."""
    style, soft = book.style.type, book.style.colour.soft
    wide = (place.width - 6) / 2
    high = (place.height - 26) / len(_CONDITION)
    for column, label in enumerate(("Outgoing", "Incoming")):
        left = place.x + column * (wide + 6)
        book.text(left, place.top - 3, label, style.text, weight="bold")
        for index, part in enumerate(_CONDITION):
            at = place.top - 8 - index * high
            book.text(left, at - 3, part, style.caption)
            for offset in (high * 0.55, high * 0.95):
                book.line((left, at - offset), (left + wide, at - offset), soft, 0.25)
        book.line((left, place.y + 4), (left + wide, place.y + 4), soft, 0.35)
        book.text(left, place.y, f"{label}: name, date", style.small)
