"""Wall labels on sheets to cut: who made a work, what it is called, of what it is."""

from collections.abc import Sequence
from pathlib import Path

from edition.errors import ProofError
from edition.proof import preflight, printer_marks
from edition.proof.document_model import PrintSet, Progress, ProofReport
from edition.proof.fonts import FontFamily
from edition.proof.gallery_lists import work_lines
from edition.proof.page_layout import PT, begin
from edition.proof.paper_sizes import Box, Size, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.proof_styles import style
from edition.proof.show_numbers import Listed, listed
from edition.recipe.proof_settings import ProofSettings

LABEL = Size(90.0, 55.0)
"""A wall label's cut."""
TYPE_PT = ((18.0, 14.0), (16.5, 13.0), (15.0, 12.0), (13.5, 11.0), (12.0, 10.0), (10.0, 9.0),
           (8.0, 8.0))  # fmt: skip
"""Title, and all else: the largest that fits is taken, for each label by itself."""
_LEADING = 1.3

Line = tuple[str, float, str]
"""Words, size in points and weight of one line."""


def wall_labels(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None
) -> ProofReport:
    """Writes wall labels on sheets to cut, with crop marks: titles of 18 points, the rest of 14.

    A label with more words than room is set smaller, down to 8 points; the others are not.

    Raises:
        ProofError: nothing to label, or the words of labels don't fit; it names them all.
    """
    works, warnings = listed(show, settings)
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
    labels = _set_labels(book.type, works, show, settings)
    left = (size.width - across * LABEL.width) / 2
    top = size.height - (size.height - down * LABEL.height) / 2
    for index, lines in enumerate(labels):
        place = index % (across * down)
        if place == 0:
            book.page(size)
            _cuts(book, left, top, across, down)
        row, column = divmod(place, across)
        x, y = left + column * LABEL.width, top - (row + 1) * LABEL.height
        _label(book, Box(x, y, LABEL.width, LABEL.height), lines)
    warnings += preflight.settle(preflight.unsaid(show.pictures, ("medium",)))
    return ProofReport(out, book.save(out, progress), warnings)


def check(show: PrintSet, settings: ProofSettings) -> None:
    """Sets every label without a page.

    Raises:
        ProofError: the words of labels don't fit, or the style or the font can't be used.
    """
    letters = FontFamily(settings.font or style(settings.style).type.family)
    _set_labels(letters, listed(show, settings)[0], show, settings)


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


def _set_labels(
    letters: FontFamily, works: Sequence[Listed], show: PrintSet, settings: ProofSettings
) -> list[list[Line]]:
    """The lines of every label, each in the largest letters in which all its words fit."""
    labels, wordy = [], []
    for work in works:
        tried = (_label_lines(letters, work, show, settings, sizes) for sizes in TYPE_PT)
        lines = next((lines for lines in tried if _high(lines) <= LABEL.height - 9), None)
        if lines is None:
            wordy.append(f"no. {work.number}, {work.framed.picture.name}")
        labels.append(lines or [])
    if wordy:
        them = "The label of" if len(wordy) == 1 else f"{len(wordy)} labels:"
        raise ProofError(
            f"{them} {'; '.join(wordy)}: more words than room, even in letters of"
            f" {TYPE_PT[-1][1]:g} pt.",
            hint="Shorten the title or the medium: edition work.",
        )
    return labels


def _high(lines: Sequence[Line]) -> float:
    return sum(size * PT * _LEADING for _, size, _ in lines)


def _label_lines(
    letters: FontFamily,
    work: Listed,
    show: PrintSet,
    settings: ProofSettings,
    sizes: tuple[float, float],
) -> list[Line]:
    told = work_lines(work.framed.picture, work.framed.print_size, show.artist, settings.units)
    title = 1 if work.framed.picture.artist or show.artist else 0
    lines = []
    for index, text in enumerate(told):
        size, weight = (sizes[0], "bold") if index == title else (sizes[1], "regular")
        for line in letters.lines(text, size, LABEL.width - 14, weight):
            lines.append((line, size, weight))
    return lines


def _label(book: PdfDocument, box: Box, lines: Sequence[Line]) -> None:
    y = box.top - 5
    for line, size, weight in lines:
        y -= size * PT * _LEADING
        book.text(box.x + 7, y, line, size, weight=weight)
