"""What goes with the files to the print house: the order sheet. It states only what is sent."""

from collections.abc import Sequence
from pathlib import Path

from edition import regular_files
from edition.errors import ProofError
from edition.proof import preflight
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
from edition.proof.paper_sizes import INCH_MM, Box, Size, fitted, paper, sized
from edition.proof.pdf_document import PdfDocument
from edition.proof.plate import Plate, plan
from edition.proof.print_resolution import told_ppi
from edition.proof.sent_files import SentFiles
from edition.proof.show_numbers import show_numbers
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

INTENT = "relative colorimetric, black point compensation"
_THUMB_MM = 14.0
_PAPER = "Paper and ink"
_COARSE = ", coarse"
_TO_FILL = (
    "Order no., date", "Contact", "Deliver to", _PAPER, "Proof wanted", "Approved, date",
)  # fmt: skip
_WRAPS = {
    "enlarge": "the picture enlarged over the cut", "mirror": "the picture's edge mirrored",
    "stretch": "the picture's edge stretched",
}  # fmt: skip


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
    asked, copies = bool(copies), copies or sent.copies or 1
    warnings = (
        *preflight.plates(wanted, settings, copies), *_unsent(wanted, sent),
        *_lost_copies(copies, sent, asked=asked),
    )  # fmt: skip
    numbers = show_numbers(show, settings)
    paged = settings.plate_paper == "fit" or not (settings.nest or paper(settings.plate_paper).roll)
    coarse = False
    lined = sorted(enumerate(wanted, 1), key=lambda one: numbers[one[1].picture])
    size, zoom = zoomed(paper(settings.paper).size)
    book = begin(show, settings, zoom, "order")
    margin = book.style.page.margin_mm
    head = " · ".join(part for part in (show.artist, show.title) if part)
    room = size.width - 2 * margin
    y = -1.0
    for index, (place, plate) in enumerate(lined):
        told = _told(book, plate, settings, copies, place if paged else 0, sent)
        coarse = coarse or _is_coarse(plate, settings, sent)
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
    if coarse:
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
    works = len({plate.picture for plate in wanted})
    each = f" in {len(wanted) // works} sizes" if len(wanted) > works else ""
    rows = [
        (
            "Prints",
            f"{count(works, 'work')}{each}, {count(copies, 'copy')} of each:"
            f" {count(len(wanted) * copies, 'print')} in all",
        ),
        ("Files", _files(sent)),
    ]
    if sent.plates:
        space = pictures_space(book, [plate.picture for plate in wanted])
        fit = settings.plate_paper == "fit"
        rows += [
            ("Sheets", "each as cut below" if fit else settings.plate_paper),
            ("In the PDF", f"pictures in {space}, 8 bits a channel, embedded; text and marks black"
             f" and registration, in the PDF's output intent {book.condition}"),
        ]  # fmt: skip
    rows += [("Colours", f"convert to your paper's profile: {INTENT}")]
    rows += [("Edges", edges)] if (edges := _edges(settings, sent)) else []
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
        told.append(f"PDF/X-4 with marks: {sent.plates.told}")
    if sent.exported:
        told.append("picture files, named with each work: they have neither bleed nor marks")
    several = len(told) > 1 or any(len(files) > 1 for files in sent.exported.values())
    alternatives = ". Of one work these are alternatives, print one: they differ as said below"
    return "; or ".join(told) + alternatives * several if told else (
        "none was made yet. The digests below are of the artist's own files, not of a file that"
        " the house gets"
    )  # fmt: skip


def _unsent(wanted: Sequence[Plate], sent: SentFiles) -> tuple[str, ...]:
    """Warns of files that are not of this order, and of works that have none."""
    told = [
        f"{name} is of other prints, sizes or settings, of an earlier version, or was changed: not"
        " on this order"
        for name in sent.other
    ]
    without = [plate for plate in wanted if not (sent.plates or sent.of(plate))]
    if len(without) == len(wanted):
        told.append(
            "No file of this order was made yet, so it names none. Make plates or an export, then"
            " the order again"
        )
    else:
        told += [
            f"no file of {plate.picture.name} at {dimensions(plate.cut)} mm yet. Make plates or an"
            " export, then the order again"
            for plate in without
        ]
    return tuple(told)


def _lost_copies(copies: int, sent: SentFiles, *, asked: bool) -> tuple[str, ...]:
    """Warns of a number of copies that only plates say which are not of this order."""
    said = sent.other_copies
    if asked or sent.copies or said in (0, copies):
        return ()
    return (
        f"the plates that are not on this order said {count(said, 'copy')} of each; it orders"
        f" {count(copies, 'copy')}. Make the plates again, or the order with --copies {said}",
    )


def _edges(settings: ProofSettings, sent: SentFiles) -> str:
    """Bleed, borders, or that the sheet is left as it is; a bleed only where the PDF has it."""
    white = [
        f"{named} of {value:g} mm"
        for named, value in (
            ("white border", settings.border_mm), ("mounting border", settings.mount_mm),
        ) if value
    ]  # fmt: skip
    if settings.deckle:
        return "whole sheets that keep their deckle edges: do not cut"
    if white:
        files = " around the picture, to be left by the house: files have none"
        return f"no bleed; {', '.join(white)}{'' if sent.plates else files}"
    if not sent.plates:
        return "no bleed: do not cut into the picture" if sent.exported else ""
    return f"in the PDF a bleed of {settings.bleed_mm:g} mm, {_WRAPS[settings.wrap]}"


def _told(
    book: PdfDocument, plate: Plate, settings: ProofSettings, copies: int, page: int,
    sent: SentFiles,
) -> list[str]:  # fmt: skip
    """What is said of a print; the page is that of its plate, 0 where several share one."""
    picture = plate.picture
    units = settings.units
    certified = _certified(plate)
    exact = _resolved(_exact_ppi(plate), settings)
    files = sent.of(plate)
    laid = []
    if sent.plates:
        on = f"Page {page} of the plates" if page else "On the plates"
        colours = f"8 bits a channel, {pictures_space(book, [picture])}"
        laid = [f"{on}: {colours}; {_cut(plate, settings)}; {_resolved(plate.ppi, settings)}"]
    lines = [
        ", ".join(part for part in (picture.name, picture.medium) if part),
        f"{_PAPER} as certified: {certified}" if certified else "",
        f"{_measured(plate.cut, units)}, W × H; {count(copies, 'copy')}",
        *laid,
        *(
            f"File {file.told}: {f'{file.kind}; ' if file.kind else ''}"
            f"{_measured(plate.cut, units)}, no bleed; {exact}"
            for file in files
        ),
        "" if laid or files else f"No file of this work was made yet; at this size {exact}",
        f"Artist's file {picture.file.name}, {picture.width} × {picture.height} px, seed"
        f" {picture.seed}",
        _enlarged(plate),
        f"sha256 of the artist's file {picture.sha256 or regular_files.sha256_of(picture.file)}",
    ]
    return [line for line in lines if line]


def _cut(plate: Plate, settings: ProofSettings) -> str:
    """What of a page of the plates is the print."""
    laid_out, units = _measured(plate.print_size, settings.units), settings.units
    if settings.deckle:
        return f"{laid_out}, not cut"
    if plate.print_size != plate.cut:
        return f"{laid_out} with bleed, cut to {_measured(plate.cut, units)}"
    bleed = " and its edge as bleed" if plate.trim == plate.cut and settings.bleed_mm else ""
    return f"{laid_out}{bleed}, cut to {_measured(plate.trim, units)}"


def _exact_ppi(plate: Plate) -> float:
    """Pixels an inch of an exported file, which has no bleed."""
    return plate.picture.width / plate.cut.width * INCH_MM


def _is_coarse(plate: Plate, settings: ProofSettings, sent: SentFiles) -> bool:
    """Whether the word stands at this print."""
    laid = [plate.ppi] if sent.plates else []
    exact = [_exact_ppi(plate)] if sent.of(plate) or not laid else []
    return any(ppi < settings.ppi_good for ppi in (*laid, *exact))


def _resolved(ppi: float, settings: ProofSettings) -> str:
    return f"{told_ppi(ppi)} ppi{'' if ppi >= settings.ppi_good else _COARSE}"


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
    if len(media) == 1:
        parts = [*media]
    else:
        parts = ["as each work says" if "" not in media else "as a work says, where it names one"]
    parts += ["where a work below names what is certified, exactly that"] if any(certified) else []
    each = len(media) > 1 and all(one.picture.medium or _certified(one) for one in wanted)
    return "; ".join(part for part in parts if part), each or "" not in certified


def _enlarged(plate: Plate) -> str:
    """From what a file was enlarged, and how many pixels an inch that was."""
    picture = plate.picture
    if not 0 < picture.native_width < picture.width:
        return ""
    native = picture.native_width / plate.cut.width * INCH_MM
    how = f" by {picture.upscaler}" if picture.upscaler else ""
    return f"Enlarged{how} from {picture.native_width} px across: {native:.0f} ppi before that"


def _measured(size: Size, units: str) -> str:
    """For the press: tenths of millimetres, or inches to the sixteenth."""
    return f"{dimensions(size)} mm" if units == "mm" else f"{sized(size, units)} {units}"


def _broken(book: PdfDocument, told: list[str], room: float) -> list[str]:
    size = book.style.type.caption
    return [line for text in told for line in book.type.lines(text, size, room)]


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
