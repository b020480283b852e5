"""Plates: one print a page at true size, with all that a print house cuts and checks by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rectpack import SORT_LSIDE, PackingMode, newPacker

from edition.errors import ProofError
from edition.proof import preflight, printer_marks
from edition.proof.document_model import PrintSet, Progress, ProofPrint, ProofReport
from edition.proof.page_layout import begin, dimensions
from edition.proof.paper_sizes import Box, Paper, Size, longer_side, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import frame
from edition.recipe.proof_settings import ProofSettings

CUT_GAP_MM = 4.0
"""Between the marks of two prints on one sheet."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A print at a size."""

    picture: ProofPrint
    print_size: Size
    """As it is laid out: with the bleed where it has no border."""
    cut: Size
    """The print as it is seen."""
    trim: Size
    """What is cut out: the print with its white border."""

    @property
    def ppi(self) -> float:
        """Pixels an inch on paper."""
        return self.picture.width / self.print_size.width * 25.4


def plan(show: PrintSet, settings: ProofSettings, sizes: Sequence[float] = ()) -> list[Plate]:
    """Every plate that is to be made: each print at each size.

    Args:
        show: the prints.
        settings: sizes and border, where ``sizes`` is empty.
        sizes: longer sides in millimetres.
    """
    plates = []
    for picture in show.pictures:
        own = [longer_side(picture.width, picture.height, side) for side in sizes]
        for size in own or [frame(picture, settings).print_size]:
            border = 2 * settings.border_mm
            over = 0.0 if border else 2 * settings.bleed_mm
            share = 1 + over / min(size.width, size.height)
            laid = Size(size.width * share, size.height * share)
            trim = Size(size.width + border, size.height + border)
            plates.append(Plate(picture, laid, size, trim))
    return plates


def plates(
    show: PrintSet,
    settings: ProofSettings,
    out: Path,
    progress: Progress | None = None,
    sizes: Sequence[float] = (),
) -> ProofReport:
    """Writes plates of all pictures of a show.

    Without a border the picture reaches over the cut by the bleed: it is laid out that much
    larger, so that the print's outermost millimetres are cut away. With a border it has exactly
    its size.

    Args:
        show: the prints.
        settings: sizes, border, bleed, ``plate_paper`` and profile.
        out: the PDF to make.
        progress: told after each picture that is written.
        sizes: longer sides in millimetres, several for several sizes of each print.

    Raises:
        ProofError: a print is too coarse, too large for the paper, missing, damaged or changed.
    """
    if not show.pictures:
        raise ProofError("There are no prints for plates.", hint="Star some prints first.")
    wanted = plan(show, settings, sizes)
    named = None if settings.plate_paper == "fit" else paper(settings.plate_paper)
    warnings = preflight.plates(wanted, settings)
    book = begin(show, settings)
    if named is not None and named.roll:
        _nested(book, show, wanted, settings, named)
    else:
        for plate in wanted:
            _single(book, show, plate, settings, named)
    return ProofReport(out, book.save(out, progress), warnings)


def _single(
    book: PdfDocument, show: PrintSet, plate: Plate, settings: ProofSettings, named: Paper | None
) -> None:
    around = printer_marks.room(settings.bleed_mm)
    if named is not None:
        around = _centred(plate, named, around)
    book.page(plate.trim, settings.bleed_mm, around)
    trim = Box(0, 0, plate.trim.width, plate.trim.height)
    _draw(book, show, plate, trim, settings)
    printer_marks.targets(book, trim, settings.bleed_mm)
    printer_marks.bar(book, trim, settings.bleed_mm)


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
        f" ({dimensions(named.size)} mm): with its marks it needs {dimensions(needed)} mm.",
        hint='Choose a larger plate_paper, "fit", or a smaller print_mm.',
    )


def _draw(
    book: PdfDocument, show: PrintSet, plate: Plate, trim: Box, settings: ProofSettings
) -> None:
    bleed = settings.bleed_mm
    if settings.border_mm:
        inner = trim.grown(-settings.border_mm)
        book.picture(plate.picture.file, inner)
    else:
        width, height = plate.print_size.width, plate.print_size.height
        covering = Box(
            trim.x + (trim.width - width) / 2, trim.y + (trim.height - height) / 2, width, height
        )
        book.clip(trim.grown(bleed))
        book.picture(plate.picture.file, covering)
        book.unclip()
    printer_marks.crop(book, trim, bleed)
    picture = plate.picture
    who = " · ".join(part for part in (show.artist, show.title, picture.name) if part)
    what = f"{dimensions(plate.cut)} mm · {plate.ppi:.0f} ppi · seed {picture.seed}"
    printer_marks.slug(book, trim, bleed, (who, what + f" · {picture.digest[:12]}"))


def _nested(
    book: PdfDocument, show: PrintSet, wanted: Sequence[Plate], settings: ProofSettings, roll: Paper
) -> None:
    """Nests all plates on cuts of a roll, each with its own crop marks."""
    for length, placed in nest(wanted, roll, settings.bleed_mm):
        book.page(Size(roll.size.width, length))
        for plate, box in placed:
            _draw(book, show, plate, box, settings)


def nest(
    wanted: Sequence[Plate], roll: Paper, bleed: float
) -> list[tuple[float, list[tuple[Plate, Box]]]]:
    """Packs plates on a roll, never turned, on as few millimetres as the packer finds.

    Returns:
        For each cut of the roll its length, and the plates with their trim boxes on it.

    Raises:
        ProofError: a plate is wider than the roll.
    """
    room = printer_marks.room(bleed).width + CUT_GAP_MM / 2
    # Tenths of a millimetre, as integers: the packer compares exactly.
    sides = [
        (round((p.trim.width + 2 * room) * 10), round((p.trim.height + 2 * room) * 10))
        for p in wanted
    ]
    width = int(roll.size.width * 10)
    for plate, side in zip(wanted, sides, strict=True):
        if side[0] > width or side[1] > roll.size.height * 10:
            raise ProofError(
                f"{plate.picture.name} at {dimensions(plate.trim)} mm does not fit on {roll.name}"
                f" ({roll.size.width:.0f} mm wide) with its marks.",
                hint="Choose a wider roll or a smaller print_mm.",
            )
    cuts: dict[int, list[tuple[Plate, Box]]] = {}
    for cut, x, y, _, _, index in sorted(
        _packed(sides, width, int(roll.size.height * 10)), key=lambda r: (r[0], r[5])
    ):
        trim = wanted[index].trim
        box = Box(x / 10 + room, y / 10 + room, trim.width, trim.height)
        cuts.setdefault(cut, []).append((wanted[index], box))
    return [
        (max(box.top for _, box in placed) + room, placed) for _, placed in sorted(cuts.items())
    ]


def _packed(sides: Sequence[tuple[int, int]], width: int, longest: int) -> list[tuple[int, ...]]:
    """Packs on the shortest of ever longer cuts that holds all, else on several full ones.

    Returns:
        For each: the cut's number, x, y, width, height, index.
    """
    area = sum(across * down for across, down in sides)
    length = max(area / width, max(down for _, down in sides))
    while True:
        last = length >= longest
        packer = newPacker(mode=PackingMode.Offline, sort_algo=SORT_LSIDE, rotation=False)
        for index, side in enumerate(sides):
            packer.add_rect(*side, rid=index)
        packer.add_bin(width, min(int(length) + 1, longest), count=len(sides) if last else 1)
        packer.pack()
        placed = packer.rect_list()
        if last or len(placed) == len(sides):
            return list(placed)
        length *= 1.02
