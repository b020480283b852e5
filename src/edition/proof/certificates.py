"""Edition papers: a certificate of authenticity for each number that was issued."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import segno

from edition.errors import ProofError
from edition.proof import preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport
from edition.proof.edition_ledger import Kind, LedgerRow
from edition.proof.page_layout import (
    MOST_PPI,
    PT,
    begin,
    both_units,
    facts,
    marked,
    paragraph,
    rule,
    too_small,
    zoomed,
)
from edition.proof.paper_sizes import Box, Size, fitted, paper
from edition.proof.pdf_document import PdfDocument
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count, roman

QR_MM = 22.0
FOOT_MM = QR_MM
"""Height of the foot with the code and the digests."""
TALL_MM = 180.0
"""Layouts lower than this, of papers smaller than A5, have narrow margins."""
NUMBER_PT = 46.0
FACTS_PT = 9.0
"""Of facts and declaration, where they have room."""
TITLE_PT = 17.0
MOST_TITLE_LINES = 3
_PROOFS: dict[Kind, str] = {
    "AP": "an original artist's proof beside",
    "PP": "an original printer's proof beside",
    "HC": "an original print hors commerce, not for sale, beside",
    "BAT": "the bon à tirer, the original that all others match, beside",
}
"""What prints are that have no number; none is one of the edition's count."""
_BLACK = (0.0, 0.0, 0.0, 100.0)


def certificates(
    show: PrintSet,
    rows: Sequence[LedgerRow],
    settings: ProofSettings,
    out: Path,
    progress: Progress | None = None,
) -> ProofReport:
    """Writes one certificate for each row of the register.

    Args:
        show: with the pictures that the rows name by digest and seed.
        rows: rows that gave out a number (``act`` is ``issue``).
        settings: paper, style, font and profile.
        out: the PDF to make.
        progress: called after each picture that is written.

    Raises:
        ProofError: no rows, a row whose print is not in the show, or a file that has changed.
    """
    if not rows:
        raise ProofError("No number has been issued.", hint="Issue one first.")
    found = [_of(row, show) for row in rows]
    pictures = [_as_issued(row, picture) for row, picture in zip(rows, found, strict=True)]
    _check_artists(pictures, show)
    used = list(dict.fromkeys(found))
    warnings = preflight.settle([*preflight.files(used), *preflight.licences(used)])
    size, zoom = zoomed(paper(settings.paper).size.landscape())
    book = begin(show, settings, zoom, "certificates")
    for row, picture in zip(rows, pictures, strict=True):
        _certificate(book, size, show, row, picture, settings)
    return ProofReport(out, book.save(out, progress), warnings)


def _check_artists(pictures: Sequence[ProofPrint], show: PrintSet) -> None:
    nameless = next((p for p in pictures if not (p.artist or show.artist)), None)
    if nameless is not None:
        raise ProofError(
            f"{nameless.name} has no artist, and a certificate is the artist's word.",
            hint='Name the artist in its edition: edition edit SLUG artist="…"',
        )


def _of(row: LedgerRow, show: PrintSet) -> ProofPrint:
    """The very file that a row's number was given to."""
    for picture in show.pictures:
        if (picture.digest, picture.seed) == (row.digest, row.seed) and (
            not row.sha256 or row.sha256 == picture.sha256
        ):
            return picture
    raise ProofError(
        f"The registered file of seed {row.seed}, {row.label}, is missing.",
        hint="Put that file back, or make it again, if its model is still the same: "
        f"edition render SLUG --seeds {row.seed} --recipe {row.digest[:8]}",
    )


def _as_issued(row: LedgerRow, picture: ProofPrint) -> ProofPrint:
    """With the names that the register has of it; early rows have none, and take today's."""
    if not row.title:
        return picture
    return replace(picture, title=row.title, artist=row.artist, year=row.year, medium=row.medium)


def check_text(row: LedgerRow) -> str:
    """The QR code's text: anyone can check it with sha256sum and the recipe."""
    return (
        f"edition {row.label}; seed {row.seed}; file sha256:{row.sha256 or '-'};"
        f" recipe sha256:{row.digest}; register {row.seal[:16]}"
    )


def _certificate(
    book: PdfDocument,
    size: Size,
    show: PrintSet,
    row: LedgerRow,
    picture: ProofPrint,
    settings: ProofSettings,
) -> None:
    """Left the print; right its title, the number large, the declaration; digests at the foot."""
    book.page(size)
    style, colour = book.style.type, book.style.colour
    margin = book.style.page.margin_mm * 1.25
    if size.height < TALL_MM:
        margin = min(margin, size.height * 0.07)
    half = (size.width - 2 * margin) * 0.42
    fit = fitted(picture.width, picture.height, Size(half, size.height - 2 * margin - FOOT_MM - 6))
    top = size.height - margin
    place = Box(margin, top - fit.height, fit.width, fit.height)
    book.picture(picture.file, place, MOST_PPI)
    book.rect(place, stroke=colour.hair, width_pt=0.15)
    x, right = margin + half + 14, size.width - margin
    room = right - x
    tall = size.height >= TALL_MM
    large, head = (FACTS_PT, style.head) if tall else (style.caption, style.caption)
    y = top - head * PT * 0.75
    book.text(x, y, "Certificate of authenticity", head, weight="bold", room=room)
    y -= style.head * PT * (1.6 if tall else 1.9)
    by = picture.artist or show.artist
    book.text(x, y, by, style.head, ink=colour.soft, room=room)
    for line in _title_lines(book, picture, show, room):
        y -= TITLE_PT * PT * 1.25
        book.text(x, y, line, TITLE_PT, weight=style.display_weight)
    y -= NUMBER_PT * PT * 1.15
    number = min(NUMBER_PT, NUMBER_PT * room / book.type.width(row.label, NUMBER_PT, "light"))
    book.text(x, y, row.label, number, weight="light")
    y -= 6
    rule(book, x, right, y)
    said, end = declaration(row, picture), margin + FOOT_MM + 13
    lowest = end + 2 + _height(book, said, style.caption, room)
    y = facts(book, x, y - 5, _rows(row, picture, settings), room, lowest, large)
    if y - 2 - _height(book, said, large, room) < end:
        large = style.caption
    y = paragraph(book, x, y - 2, said, large, room, lowest=0)
    if y < end:
        raise too_small(book, "The facts and the declaration")
    _signature(book, x, right, margin + FOOT_MM + 5, by)
    _foot(book, margin, right, margin, row, picture.file.name)


def _height(book: PdfDocument, text: str, size: float, room: float) -> float:
    return len(book.type.lines(text, size, room)) * size * PT * book.style.type.leading


def _title_lines(book: PdfDocument, picture: ProofPrint, show: PrintSet, room: float) -> list[str]:
    """The work's own title, never the exhibition's; one that is cut shows it."""
    title = picture.name if picture.title or picture.edition else show.title
    lines = book.type.lines(title, TITLE_PT, room, book.style.type.display_weight)
    if len(lines) > MOST_TITLE_LINES:
        last = book.type.cut(
            " ".join(lines[MOST_TITLE_LINES - 1 :]) + " …", TITLE_PT, room,
            book.style.type.display_weight,
        )  # fmt: skip
        return [*lines[: MOST_TITLE_LINES - 1], last]
    return lines


def declaration(row: LedgerRow, picture: ProofPrint) -> str:
    """What the signature below stands for: what this print is, and what else there may be."""
    what = _PROOFS.get(row.kind, "an original of")
    how = "numbered" if row.kind == "number" else "marked"
    size = marked(Size(row.width_mm, row.height_mm))
    counted = "it" if row.count == 1 else f"the {row.count}"
    proofs = []
    if number := row.artist_proofs:
        proofs.append(count(number, "artist's proof") + f" ({_numerals(number)})")
    if number := row.printer_proofs:
        proofs.append(count(number, "printer's proof"))
    if number := row.hors_commerce:
        proofs.append(count(number, "print") + " hors commerce")
    beside = f"{', '.join(proofs)} and " if proofs else ""
    text = (
        f"The undersigned declares that this print, {how} {row.label}, is {what} an edition of"
        f" {row.count} in the size {size}. Beside {counted} there may be {beside}1 bon à"
        " tirer. No further print of this size will be made."
    )
    if not picture.generated:
        return text  # an adopted file: nobody knows how it was made
    model = f", {picture.model}" if picture.model else ""
    return f"{text} The image was made with a generative model{model}."


def _numerals(number: int) -> str:
    return roman(1) if number == 1 else f"{roman(1)}–{roman(number)}"


def _rows(row: LedgerRow, picture: ProofPrint, settings: ProofSettings) -> list[tuple[str, str]]:
    """The certificate's facts; empty ones are left out."""
    made = dict(picture.recipe_lines)
    rows = [
        ("Year", picture.year),
        ("Medium", picture.medium),
        ("Ink", row.ink),
        ("Paper", row.paper),
        ("Image", both_units(Size(row.width_mm, row.height_mm))),
        ("Numbered on", row.date),
        ("Buyer", ", ".join(part for part in (row.buyer, row.place) if part)
         if settings.certificate_buyer else ""),
        ("Prompt", picture.prompt),
        ("Seed", str(row.seed) if picture.generated else ""),
        ("Sampler", made.get("Sampler", "")),
        ("Guidance", made.get("Guidance", "")),
        ("Upscaler", picture.upscaler),
        ("Model licence", picture.licence),
    ]  # fmt: skip
    return [(name, value) for name, value in rows if value]


def _foot(
    book: PdfDocument, left: float, right: float, y: float, row: LedgerRow, name: str
) -> None:
    """The code, and beside it in small letters what it says."""
    _qr(book, left, y, check_text(row))
    size, x = book.style.type.small, left + QR_MM + 5
    lines = [
        f"File {name}" if row.sha256 else "",
        f"its sha256 {_broken(row.sha256)}" if row.sha256 else "",
        f"Recipe  sha256 {_broken(row.digest)}",
        f"Register {row.seal[:16]} · the code holds these lines; sha256sum checks the file",
    ]
    for index, line in enumerate(line for line in reversed(lines) if line):
        book.text(x, y + 0.6 + index * size * PT * 1.5, line, size, room=right - x)


def _broken(digest: str) -> str:
    """A digest in groups of eight, so that it can be read aloud."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _qr(book: PdfDocument, x: float, y: float, text: str) -> None:
    """Draws a QR code (ISO/IEC 18004, error correction M) out of rectangles, row by row."""
    matrix = segno.make_qr(text, error="m").matrix
    module = QR_MM / len(matrix)
    for down, line in enumerate(matrix):
        start = None
        for across, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                top = y + QR_MM - (down + 1) * module
                book.rect(
                    Box(x + start * module, top, (across - start) * module, module), fill=_BLACK
                )
                start = None


def _signature(book: PdfDocument, left: float, right: float, y: float, by: str) -> None:
    """Two lines to sign on."""
    small, colour = book.style.type.small, book.style.colour
    gap = 8.0
    width = (right - left - gap) / 2
    for x, label in ((left, f"Signature: {by}"), (left + width + gap, "Place and date")):
        book.line((x, y + 4), (x + width, y + 4), colour.soft, 0.35)
        book.text(x, y, label, small, ink=colour.soft, room=width)
