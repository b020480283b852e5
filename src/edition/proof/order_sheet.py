"""What goes with the files to the print house: the order sheet, and a strip to test colours on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from edition.errors import ProofError
from edition.proof import preflight, printer_marks
from edition.proof.document_model import PrintSet, Progress, ProofReport
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.gallery_lists import edition_of_size
from edition.proof.page_layout import (
    PT,
    begin,
    blanks,
    dimensions,
    facts,
    paragraph,
    pictures_space,
    rule,
    running,
    too_small,
    zoomed,
)
from edition.proof.paper_sizes import Box, Size, fitted, paper, sized
from edition.proof.pdf_document import PdfDocument
from edition.proof.plate_nesting import Plate, plan
from edition.proof.sent_files import SentFiles
from edition.proof.show_numbers import show_numbers
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

INTENT = "relative colorimetric, black point compensation"
_THUMB_MM = 14.0
_PAPER = "Paper and ink"
_TO_FILL = (
    "Order no., date", "Contact", "Deliver to", _PAPER, "Proof wanted", "Approved, date",
)  # fmt: skip
_WRAPS = {
    "enlarge": "the picture enlarged over the cut", "mirror": "the picture's edge mirrored",
    "stretch": "the picture's edge stretched",
}  # fmt: skip
STRIP_CROP = Size(80.0, 40.0)
"""Of each print, cut out of its middle at its true size."""


def order_sheet(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None, *,
    sizes: tuple[float, ...] = (), copies: int = 0, sent: SentFiles | None = None,
) -> ProofReport:  # fmt: skip
    """Writes the order: files, sizes, copies, paper, profile, rendering intent and digests.

    Args:
        show: the prints.
        settings: paper, sizes, borders and profile.
        out: the PDF to make.
        progress: called after each picture that is written.
        sizes: longer sides in millimetres; empty for the settings'.
        copies: of each print; 0 for as many as the plates say, else one.
        sent: files that were made of these prints.

    Raises:
        ProofError: nothing to print, a print is too coarse or damaged, or its register knows no
            such size or not as many copies.
    """
    if not show.pictures:
        raise ProofError("There are no prints to order.", hint="Star some prints first.")
    wanted = plan(show, settings, sizes)
    sent = sent or SentFiles()
    copies = copies or sent.copies or 1
    warnings = (*preflight.plates(wanted, settings, copies), *_unsent(sent))
    numbers = show_numbers(show, settings)
    paged = settings.plate_paper == "fit" or not (settings.nest or paper(settings.plate_paper).roll)
    lined = sorted(enumerate(wanted, 1), key=lambda one: numbers[one[1].picture])
    size, zoom = zoomed(paper(settings.paper).size)
    book = begin(show, settings, zoom, "order")
    margin = book.style.page.margin_mm
    head = " · ".join(part for part in (show.artist, show.title) if part)
    room = size.width - 2 * margin
    y = -1.0
    for index, (place, plate) in enumerate(lined):
        told = _told(show, plate, settings, copies, place if paged else 0, sent)
        lines = _broken(book, told, room - _THUMB_MM - 16)
        tall = max(_THUMB_MM + 4, len(lines) * book.style.type.caption * PT * 1.4 + 5)
        if y - tall < margin:
            book.page(size)
            y = running(book, size, head, "Order") - 5
            if index == 0:
                y = _job(book, y, margin, room, settings, wanted, copies, sent)
            if y - tall < margin:
                raise too_small(book, "The lines of an order")
        _entry(book, Box(margin, y - tall, room, tall), numbers[plate.picture], plate, lines)
        y -= tall
        rule(book, margin, margin + room, y)
    if any(plate.ppi < settings.ppi_good for plate in wanted):
        _coarse(book, size, head, y, settings)
    return ProofReport(out, book.save(out, progress), warnings)


def _coarse(book: PdfDocument, size: Size, head: str, y: float, settings: ProofSettings) -> None:
    """Says once, below all works, what is meant by the word at some of them."""
    margin = book.style.page.margin_mm
    if y - 6 < margin:
        book.page(size)
        y = running(book, size, head, "Order") - 1
    told = (
        f"Coarse: less than {settings.ppi_good:g} ppi at this size. Look at a proof before the"
        " whole order is printed."
    )
    paragraph(book, margin, y - 5, told, book.style.type.caption, size.width - 2 * margin)


def _job(
    book: PdfDocument,
    y: float,
    x: float,
    room: float,
    settings: ProofSettings,
    wanted: list[Plate],
    copies: int,
    sent: SentFiles,
) -> float:
    rows = [
        ("Prints", f"{count(len(wanted), 'file')}, {count(copies, 'copy')} of each"),
        ("Sheets", settings.plate_paper if settings.plate_paper != "fit" else "each as cut below"),
        ("Files", _files(sent)),
        ("Pictures", f"{pictures_space(book, [plate.picture for plate in wanted])}, embedded in the"
         " PDF; convert to your paper's profile"),
        ("Intent", INTENT),
        ("Text, marks", f"black and registration, in the PDF's output intent {book.condition}"),
        ("Edges", _edges(settings)),
    ]  # fmt: skip
    promised, known = _paper(wanted)
    rows += [(_PAPER, promised)] if promised else []
    y = facts(book, x, y - 3, rows, room, book.style.page.margin_mm)
    asked = [label for label in _TO_FILL if not (known and label == _PAPER)]
    y = blanks(book, x, y, room, asked)
    rule(book, x, x + room, y)
    return y - 2


def _files(sent: SentFiles) -> str:
    """What is sent: the PDF, exported files, or that none was there."""
    told = []
    if sent.plates:
        told.append(f"PDF/X-4 with bleed and marks: {sent.plates.told}")
    if sent.exported:
        told.append("picture files, named with each work: they have neither bleed nor marks")
    return "; or ".join(told) or (
        "none was made yet. The digests below are of the artist's own files, not of a file that"
        " the house gets"
    )


def _unsent(sent: SentFiles) -> tuple[str, ...]:
    """Warns of plates that are not of this order, and of an order that names no file to send."""
    told = [
        f"{name} is of other prints, sizes or settings, or was changed: not on this order"
        for name in sent.other
    ]
    if not (sent.plates or sent.exported):
        told.append(
            "No file of this order was made yet, so it names none. Make plates or an export, then"
            " the order again"
        )
    return tuple(told)


def _edges(settings: ProofSettings) -> str:
    """Bleed, borders, or that the sheet is left as it is."""
    white = [
        f"{named} of {value:g} mm"
        for named, value in (
            ("white border", settings.border_mm), ("mounting border", settings.mount_mm),
        ) if value
    ]  # fmt: skip
    if settings.deckle:
        return "whole sheets that keep their deckle edges: do not cut"
    if white:
        return f"no bleed; {', '.join(white)}"
    return f"bleed {settings.bleed_mm:g} mm, {_WRAPS[settings.wrap]}"


def _told(
    show: PrintSet, plate: Plate, settings: ProofSettings, copies: int, page: int,
    sent: SentFiles,
) -> list[str]:  # fmt: skip
    """What is said of a print; the page is that of its plate, 0 where several share one."""
    picture = plate.picture
    units = settings.units
    size = f"{_measured(plate.cut, units)}, W × H, "
    if settings.deckle:
        size += "not cut"
    elif plate.print_size != plate.cut:
        size += f"cut out of {_measured(plate.print_size, units)}"
    else:
        size += f"cut to {_measured(plate.trim, units)}"
    ppi = f"{plate.ppi:.0f} ppi{'' if plate.ppi >= settings.ppi_good else ', coarse'}"
    certified = _certified(plate)
    lines = [
        ", ".join(part for part in (picture.name, picture.medium) if part),
        f"{_PAPER} as certified: {certified}" if certified else "",
        f"{size}; {ppi}; {count(copies, 'copy')}",
        *(f"File {file.told}" for file in sent.of(plate)),
        f"Artist's file {picture.file.name}, {picture.width} × {picture.height} px, seed"
        f" {picture.seed}{f', page {page} of the plates' if page else ''}",
        _enlarged(plate),
        f"sha256 of the artist's file {picture.sha256 or _sha256(picture.file)}",
    ]
    return [line for line in lines if line]


def _certified(plate: Plate) -> str:
    """Paper and ink that certificates of this print in this size promise."""
    known = edition_of_size(plate.picture, plate.cut)
    return " or ".join(known.papers) if known else ""


def _paper(wanted: Sequence[Plate]) -> tuple[str, bool]:
    """What is known of paper and ink of a whole order, and whether nothing is left to agree."""
    certified = {_certified(plate) for plate in wanted}
    if len(certified) == 1 and "" not in certified:
        return f"{certified.pop()}, as certified", True
    media = {plate.picture.medium for plate in wanted}
    parts = [media.pop() if len(media) == 1 else "as each work says"] if any(media) else []
    parts += ["where a work below names what is certified, exactly that"] if any(certified) else []
    return "; ".join(part for part in parts if part), "" not in certified


def _enlarged(plate: Plate) -> str:
    """From what a file was enlarged, and how many pixels an inch that was."""
    picture = plate.picture
    if not 0 < picture.native_width < picture.width:
        return ""
    native = plate.ppi * picture.native_width / picture.width
    how = f" by {picture.upscaler}" if picture.upscaler else ""
    return f"Enlarged{how} from {picture.native_width} px across: {native:.0f} ppi before that"


def _measured(size: Size, units: str) -> str:
    """For the press: tenths of millimetres, or inches to the sixteenth."""
    return f"{dimensions(size)} mm" if units == "mm" else f"{sized(size, units)} {units}"


def _broken(book: PdfDocument, told: list[str], room: float) -> list[str]:
    size = book.style.type.caption
    return [line for text in told for line in book.type.lines(text, size, room)]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _entry(book: PdfDocument, box: Box, number: int, plate: Plate, lines: list[str]) -> None:
    style, picture = book.style.type, plate.picture
    top = box.top - 2
    book.text(box.x, top - style.text * PT * 0.8, str(number), style.text, weight="bold")
    fit = fitted(picture.width, picture.height, Size(_THUMB_MM, _THUMB_MM))
    thumb = Box(box.x + 9, top - fit.height, fit.width, fit.height)
    book.picture(picture.file, thumb, PREVIEW_PPI, shared=True)
    y = top - style.caption * PT * 0.8
    for index, line in enumerate(lines):
        weight = "bold" if index == 0 else "regular"
        book.text(box.x + _THUMB_MM + 14, y, line, style.caption, weight=weight)
        y -= style.caption * PT * 1.4


def proof_strip(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None, *,
    sizes: tuple[float, ...] = (),
) -> ProofReport:  # fmt: skip
    """Writes strips to test colours and sharpness on: the middle of each print at its true size.

    Raises:
        ProofError: nothing to print, a print is too coarse or damaged, or the paper is too small.
    """
    if not show.pictures:
        raise ProofError("There are no prints for a proof strip.", hint="Star some prints first.")
    wanted = plan(show, settings, sizes)
    warnings = preflight.plates(wanted, settings)
    sheet = paper(settings.paper).size
    across = int((sheet.width - 20) // (STRIP_CROP.width + 4))
    down = int((sheet.height - 34) // (STRIP_CROP.height + 9))
    if not across * down:
        raise ProofError(
            f"No strip fits on {settings.paper}.", hint="Set [proof] paper to A4 or larger."
        )
    book = begin(show, settings, 1.0, "proof strip")
    for index, plate in enumerate(wanted):
        place = index % (across * down)
        if place == 0:
            book.page(sheet)
            inks = enumerate(printer_marks.BAR)
            for step, ink in inks:
                book.rect(Box(10 + step * 6, sheet.height - 16, 6, 6), fill=ink)
        row, column = divmod(place, across)
        x = 10 + column * (STRIP_CROP.width + 4)
        y = sheet.height - 24 - (row + 1) * (STRIP_CROP.height + 9) + 9
        _crop(book, plate, Box(x, y, STRIP_CROP.width, STRIP_CROP.height))
    return ProofReport(out, book.save(out, progress), warnings)


def _crop(book: PdfDocument, plate: Plate, box: Box) -> None:
    size = plate.print_size
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    whole = Box(middle_x - size.width / 2, middle_y - size.height / 2, size.width, size.height)
    book.clip(box)
    book.picture(plate.picture.file, whole)
    book.unclip()
    told = f"{plate.picture.name} · {dimensions(plate.cut)} mm · {plate.ppi:.0f} ppi"
    colour = pictures_space(book, [plate.picture])
    book.text(box.x, box.y - 3, f"{told} · {colour}", 6, room=box.width)
