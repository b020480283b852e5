"""Edition papers: a certificate of authenticity for each number that was given out."""

from collections.abc import Sequence
from pathlib import Path

import segno

from edition.errors import ProofError
from edition.proof import preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport
from edition.proof.edition_ledger import LedgerRow
from edition.proof.page_layout import PT, begin, facts, mm, rule, zoomed
from edition.proof.paper_sizes import Box, Size, fitted, paper
from edition.proof.pdf_document import PdfDocument
from edition.recipe.proof_settings import ProofSettings

QR_MM = 26.0
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
        progress: told after each picture that is written.

    Raises:
        ProofError: no rows, a row whose print is not in the show, or a file that has changed.
    """
    if not rows:
        raise ProofError("No number has been given out.", hint="Issue one first.")
    pictures = [_of(row, show) for row in rows]
    used = list(dict.fromkeys(pictures))
    warnings = preflight.settle([*preflight.files(used), *preflight.licences(used)])
    size, zoom = zoomed(paper(settings.paper).size.landscape())
    book = begin(show, settings, zoom)
    for row, picture in zip(rows, pictures, strict=True):
        _certificate(book, size, show, row, picture)
    return ProofReport(out, book.save(out, progress), warnings)


def _of(row: LedgerRow, show: PrintSet) -> ProofPrint:
    """The very file that a row's number was given to."""
    for picture in show.pictures:
        if (picture.digest, picture.seed) == (row.digest, row.seed) and (
            not row.sha256 or row.sha256 == picture.sha256
        ):
            return picture
    raise ProofError(
        f"The registered file of seed {row.seed}, {row.label}, is missing.",
        hint="Render it again from its recipe: edition render --seeds.",
    )


def check_text(row: LedgerRow) -> str:
    """What the QR code says: anyone can check it with sha256sum and the recipe."""
    return (
        f"edition {row.label}; seed {row.seed}; file sha256:{row.sha256 or '-'};"
        f" recipe sha256:{row.digest}; register {row.seal[:16]}"
    )


def _certificate(
    book: PdfDocument, size: Size, show: PrintSet, row: LedgerRow, picture: ProofPrint
) -> None:
    book.page(size)
    style, colour = book.style.type, book.style.colour
    margin = book.style.page.margin_mm * 1.25
    half = (size.width - 2 * margin) * 0.46
    tall = size.height - 2 * margin
    fit = fitted(picture.width, picture.height, Size(half, tall))
    box = Box(margin, size.height - margin - fit.height, fit.width, fit.height)
    book.picture(picture.file, box)
    x, right = margin + half + 14, size.width - margin
    room = right - x
    y = size.height - margin - style.caption * PT * 0.75
    book.text(x, y, "Certificate of authenticity", style.caption, ink=colour.soft)
    y -= style.display * PT * 1.15
    book.text(
        x, y, picture.title or picture.edition or show.title, style.display * 0.9,
        weight=style.display_weight, room=room,
    )  # fmt: skip
    y -= style.head * PT * 1.7
    by = picture.artist or show.artist or "Artist not named"
    book.text(x, y, by, style.head, ink=colour.soft, room=room)
    y -= 6
    rule(book, x, right, y)
    y = facts(book, x, y - 5, _rows(row, picture, show), room, margin + QR_MM + 10)
    _qr(book, x, margin, check_text(row))
    _signature(book, x + QR_MM + 10, right, margin)


def _rows(row: LedgerRow, picture: ProofPrint, show: PrintSet) -> list[tuple[str, str]]:
    """The certificate's facts; empty ones are left out."""
    inches = f"{row.width_mm / 25.4:.1f} × {row.height_mm / 25.4:.1f} in"
    rows = [
        ("Edition", row.label),
        ("Size", f"{mm(row.width_mm)} × {mm(row.height_mm)} mm ({inches})"),
        ("Paper", row.paper),
        ("Date", row.date),
        ("Image", f"made with a generative model{f', {picture.model}' if picture.model else ''}"),
        ("Prompt", picture.prompt),
        ("Seed", str(row.seed)),
        ("Upscaler", picture.upscaler),
        ("Licence", picture.licence),
        ("From", picture.edition if picture.title else ""),
    ]
    said = {name for name, _ in rows} | {"Model", "Size", "Upscale"}
    lines = picture.recipe_lines or show.recipe_lines
    rows += [(name, value) for name, value in lines if name not in said]
    rows += [
        ("Recipe digest", _broken(row.digest)),
        ("File digest", _broken(row.sha256)),
        ("Register", row.seal[:16]),
    ]
    return [(name, value) for name, value in rows if value]


def _broken(digest: str) -> str:
    """A digest in groups of eight, so that it can be read aloud, and breaks into lines."""
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


def _signature(book: PdfDocument, left: float, right: float, y: float) -> None:
    """Two lines to sign on."""
    small, colour = book.style.type.small, book.style.colour
    gap = 8.0
    width = (right - left - gap) / 2
    for x, label in ((left, "Signature"), (left + width + gap, "Place and date")):
        book.line((x, y + 4), (x + width, y + 4), colour.soft, 0.35)
        book.text(x, y, label, small, ink=colour.soft)
