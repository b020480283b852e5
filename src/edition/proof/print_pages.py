"""Plates: one print a page at true size, with all that a print house cuts and checks by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edition.errors import ProofError
from edition.proof import preflight, printer_marks
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport, dated
from edition.proof.page_layout import begin, dimensions, pictures_space
from edition.proof.paper_sizes import Box, Paper, Size, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.plate import Plate, plan
from edition.proof.plate_nesting import Cut, nest, waste
from edition.proof.show_numbers import show_numbers
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

STRETCHED_MM = 5.0
"""Of a picture's edge, what a stretched wrap shows over the whole bleed."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What every plate of one document shares."""

    book: PdfDocument
    show: PrintSet
    settings: ProofSettings
    copies: int
    numbers: dict[ProofPrint, int]
    """Of the show: what stands on its wall and its order sheet too."""


def plates(
    show: PrintSet,
    settings: ProofSettings,
    out: Path,
    progress: Progress | None = None,
    sizes: Sequence[float] = (),
    copies: int = 0,
) -> ProofReport:
    """Writes plates of all pictures of a show.

    Without a border the picture reaches over the cut by the bleed: it is laid out that much
    larger, so that the print's outermost millimetres are cut away. With a border it has exactly
    its size.

    Args:
        show: the prints.
        settings: sizes, border, bleed, ``plate_paper`` and profile.
        out: the PDF to make.
        progress: called after each picture that is written.
        sizes: longer sides in millimetres, several for several sizes of each print.
        copies: how many of each are to be printed, which the slug says; 0 leaves it to the order.

    Raises:
        ProofError: a print is too coarse, too large for the paper, missing, damaged or changed.
    """
    if not show.pictures:
        raise ProofError("There are no prints for plates.", hint="Star some prints first.")
    wanted = plan(show, settings, sizes)
    named = None if settings.plate_paper == "fit" else paper(settings.plate_paper)
    warnings = preflight.plates(wanted, settings, copies or 1)
    sides = " ".join(f"{side:g}" for side in sizes or (settings.print_mm,))
    book = begin(show, settings, 1.0, f"plates {sides}")
    job = _Job(book, show, settings, copies, show_numbers(show, settings))
    cuts = _cuts(wanted, settings)
    if cuts:
        lost = f"{waste(cuts, settings):.0%} waste"
        _nested(job, cuts, paper(settings.plate_paper).size.width, lost)
        sheets = "cut" if paper(settings.plate_paper).roll else "sheet"
        used = f"Laid side by side on {count(len(cuts), sheets)} of {settings.plate_paper}, {lost}"
        warnings = (*warnings, used)
    else:
        for plate in wanted:
            _single(job, plate, None if settings.plate_paper == "fit" else named)
    return ProofReport(out, job.book.save(out, progress), warnings)


def _cuts(wanted: Sequence[Plate], settings: ProofSettings) -> list[Cut]:
    """Where plates are on a roll, or on sheets that are to be shared; nothing for single sheets."""
    if settings.plate_paper == "fit":
        return []
    named = paper(settings.plate_paper)
    if named.roll or settings.nest:
        return nest(wanted, named, settings.bleed_mm)
    return []


def placed(show: PrintSet, settings: ProofSettings, sizes: Sequence[float] = ()) -> None:
    """Places every plate on its paper, and draws nothing.

    Raises:
        ProofError: one does not fit.
    """
    wanted = plan(show, settings, sizes)
    if settings.plate_paper != "fit" and not _cuts(wanted, settings):
        for plate in wanted:
            least = Size(0, 0) if settings.deckle else printer_marks.room(settings.bleed_mm)
            _centred(plate, paper(settings.plate_paper), least)


def _single(job: _Job, plate: Plate, named: Paper | None) -> None:
    if job.settings.deckle and named is not None:
        _uncut(job, plate, named)
        return
    bleed = job.settings.bleed_mm
    around = printer_marks.room(bleed)
    if named is not None:
        around = _centred(plate, named, around)
    job.book.page(plate.trim, bleed, around)
    trim = Box(0, 0, plate.trim.width, plate.trim.height)
    _draw(job, plate, trim)
    printer_marks.targets(job.book, trim, bleed)
    printer_marks.bar(job.book, trim, bleed)


def _uncut(job: _Job, plate: Plate, named: Paper) -> None:
    """A whole sheet, whose own edges are seen: nothing is on it but the picture, in its middle."""
    around = _centred(plate, named, Size(0, 0))
    trim = plate.trim
    job.book.page(Size(trim.width + 2 * around.width, trim.height + 2 * around.height))
    edge = job.settings.border_mm + job.settings.mount_mm
    place = Box(around.width, around.height, trim.width, trim.height).grown(-edge)
    job.book.picture(plate.picture.file, place)


def _centred(plate: Plate, named: Paper, least: Size) -> Size:
    """Paper left around a cut in the middle of a sheet, on whichever side it fits.

    Raises:
        ProofError: it fits on neither.
    """
    sides = (named.size, named.size.turned())
    if plate.trim.width > plate.trim.height:
        sides = sides[::-1] if named.size.width < named.size.height else sides
    for size in sides:
        around = Size((size.width - plate.trim.width) / 2, (size.height - plate.trim.height) / 2)
        if around.width >= least.width and around.height >= least.height:
            return around
    needed = Size(plate.trim.width + 2 * least.width, plate.trim.height + 2 * least.height)
    raise ProofError(
        f"{plate.picture.name} at {dimensions(plate.trim)} mm does not fit on {named.name}"
        f" ({dimensions(named.size)} mm): it needs {dimensions(needed)} mm"
        f"{' with its marks' if least.width else ''}.",
        hint='Choose a larger plate_paper, "fit", or a smaller print_mm.',
    )


def _draw(job: _Job, plate: Plate, trim: Box) -> None:
    """Draws a plate with its marks; turned where its place on the sheet is."""
    bleed, book = job.settings.bleed_mm, job.book
    turned = not plate.lies_as(trim)
    if turned:
        book.turn(trim)
        trim = Box(0, 0, plate.trim.width, plate.trim.height)
    border, mount = job.settings.border_mm, job.settings.mount_mm
    if border or mount:
        book.picture(plate.picture.file, trim.grown(-border - mount))
        if mount:
            printer_marks.mount(book, trim.grown(-mount), mount)
    elif job.settings.wrap == "enlarge" or not bleed:
        width, height = plate.print_size.width, plate.print_size.height
        covering = Box(
            trim.x + (trim.width - width) / 2, trim.y + (trim.height - height) / 2, width, height
        )
        book.clip(trim.grown(bleed))
        book.picture(plate.picture.file, covering)
        book.unclip()
    else:
        _wrapped(job, plate, trim)
    printer_marks.crop(book, trim, bleed)
    printer_marks.slug(book, trim, bleed, _slug(job, plate))
    if turned:
        book.unclip()


def _wrapped(job: _Job, plate: Plate, trim: Box) -> None:
    """The picture at its size, and around it its own edge, mirrored: what folds over a stretcher.

    Stretched, the outermost STRETCHED_MM fill the bleed. Nothing is resampled: one picture is
    placed nine times.
    """
    bleed, file = job.settings.bleed_mm, plate.picture.file
    factor = 1.0
    if job.settings.wrap == "stretch":
        factor = max(1.0, bleed / STRETCHED_MM)
    for across in (-1, 0, 1):
        for up in (-1, 0, 1):
            x = {-1: trim.x - bleed, 0: trim.x, 1: trim.right}[across]
            y = {-1: trim.y - bleed, 0: trim.y, 1: trim.top}[up]
            strip = Box(x, y, bleed if across else trim.width, bleed if up else trim.height)
            job.book.clip(strip)
            job.book.reflected(file, trim, (across, up), factor)
            job.book.unclip()


def _slug(job: _Job, plate: Plate) -> tuple[str, ...]:
    """Who and what, its measures, how it is to be printed, from what."""
    picture, show = plate.picture, job.show
    artist = picture.artist or show.artist
    number = f"No. {job.numbers[picture]}"
    who = " · ".join(part for part in (number, artist, show.title, picture.name) if part)
    measures = f"{dimensions(plate.cut)} mm · {plate.ppi:.0f} ppi · seed {picture.seed}"
    file = f"picture file sha256 {picture.sha256[:8]}" if picture.sha256 else ""
    cut = "" if plate.print_size == plate.cut else f"out of {dimensions(plate.print_size)} mm"
    colour = f"picture in {pictures_space(job.book, [picture])}"
    intent = f"PDF's output intent {job.book.condition}"
    how = (colour, intent, count(job.copies, "copy") if job.copies else "")
    cells = (measures, dated(show.date)), how, (file, cut)
    return who, *(" · ".join(part for part in cell if part) for cell in cells)


def _nested(job: _Job, cuts: Sequence[Cut], width: float, lost: str) -> None:
    """Draws all plates on cuts of a roll or on sheets, each with its own crop marks."""
    for number, (length, placed_on) in enumerate(cuts, 1):
        job.book.page(Size(width, length))
        sheet = f"{job.settings.plate_paper}, {dimensions(Size(width, length))} mm"
        told = f"{sheet}, {number} of {len(cuts)} · {lost} · {job.show.title}"
        job.book.text(4, 2.9, told, 5, ink=(0, 0, 0, 100), room=width - 8)
        for plate, box in placed_on:
            _draw(job, plate, box)
