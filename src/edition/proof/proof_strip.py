"""A strip to test colours and sharpness on: each print's most detailed part at its true size."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edition.errors import ProofError
from edition.proof import png_passthrough, preflight, printer_marks
from edition.proof.document_model import PrintSet, Progress, ProofReport, dated
from edition.proof.page_layout import begin, dimensions, pictures_space
from edition.proof.paper_sizes import Box, Size, paper
from edition.proof.pdf_document import PdfDocument
from edition.proof.plate import Plate, plan
from edition.proof.print_resolution import told_ppi
from edition.proof.show_numbers import show_numbers
from edition.recipe.proof_settings import ProofSettings

STRIP_CROP = Size(80.0, 40.0)
"""Cut out of each print at its true size."""
_CAPTION_PT = 6.0
_MEASURED_PX = 2048
"""Longer side of the picture that detail is measured in."""
_PLACES = 24
"""Crops that are compared, across and down."""


def proof_strip(
    show: PrintSet, settings: ProofSettings, out: Path, progress: Progress | None = None, *,
    sizes: tuple[float, ...] = (),
) -> ProofReport:  # fmt: skip
    """Writes strips to test colours and sharpness on: of each print the part with most detail.

    Each is as large as it will be printed.

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
    numbers = show_numbers(show, settings)
    head = " · ".join(p for p in (show.artist, show.title, "Proof strip", dated(show.date)) if p)
    for index, plate in enumerate(wanted):
        place = index % (across * down)
        if place == 0:
            book.page(sheet)
            book.text(10, sheet.height - 8, head, 8, room=sheet.width - 20)
            inks = enumerate(printer_marks.BAR)
            for step, ink in inks:
                book.rect(Box(10 + step * 6, sheet.height - 16, 6, 6), fill=ink)
        row, column = divmod(place, across)
        x = 10 + column * (STRIP_CROP.width + 4)
        y = sheet.height - 24 - (row + 1) * (STRIP_CROP.height + 9) + 9
        place_on = Box(x, y, STRIP_CROP.width, STRIP_CROP.height)
        _crop(book, plate, place_on, numbers[plate.picture])
    return ProofReport(out, book.save(out, progress), warnings)


def _crop(book: PdfDocument, plate: Plate, box: Box, number: int) -> None:
    size, cut = plate.print_size, plate.cut
    across, down = most_detail(plate)
    # From the middle of what is seen; a print that is smaller than the crop is in its middle.
    whole = Box(
        box.x + box.width / 2 - size.width / 2 - max(0.0, cut.width - box.width) * (across - 0.5),
        box.y + box.height / 2 - size.height / 2
        + max(0.0, cut.height - box.height) * (down - 0.5),
        size.width, size.height,
    )  # fmt: skip
    book.clip(box)
    book.picture(plate.picture.file, whole)
    book.unclip()
    book.text(
        box.x, box.y - 2.6, f"No. {number} · {plate.picture.name}", _CAPTION_PT, room=box.width
    )
    colour = pictures_space(book, [plate.picture])
    told = f"{dimensions(cut)} mm · {told_ppi(plate.ppi)} ppi · {colour}"
    book.text(box.x, box.y - 5.0, told, _CAPTION_PT)


def most_detail(plate: Plate) -> tuple[float, float]:
    """Where a crop of a print shows most detail: the sum of its slopes is the largest.

    Returns:
        How far right and how far down it lies, from 0 to 1 of the way there is; among equals the
        one nearest to the middle.
    """
    grey = png_passthrough.flat(plate.picture.file).convert("L")
    grey.thumbnail((_MEASURED_PX, _MEASURED_PX), reducing_gap=2.0)
    pixels = np.asarray(grey, np.float32)
    slopes = np.zeros((pixels.shape[0] + 1, pixels.shape[1] + 1))
    slopes[1:, 2:] += np.abs(np.diff(pixels, axis=1))
    slopes[2:, 1:] += np.abs(np.diff(pixels, axis=0))
    summed = slopes.cumsum(0).cumsum(1)
    bleed = (1 - plate.cut.width / plate.print_size.width) / 2
    laid = plate.print_size
    top, high = _starts(pixels.shape[0], STRIP_CROP.height / laid.height, bleed)
    left, wide = _starts(pixels.shape[1], STRIP_CROP.width / laid.width, bleed)
    rows, columns = top[:, None], left[None, :]
    found = (
        summed[rows + high, columns + wide] - summed[rows, columns + wide]
        - summed[rows + high, columns] + summed[rows, columns]
    )  # fmt: skip
    way = np.linspace(0, 1, _PLACES + 1)
    away = (way[:, None] - 0.5) ** 2 + (way[None, :] - 0.5) ** 2
    least = found.max() * (1 - 1e-6)
    best = np.where(found >= least, away, np.inf)
    y, x = np.unravel_index(int(best.argmin()), best.shape)
    return float(way[x]), float(way[y])


def _starts(pixels: int, share: float, edge: float) -> tuple[NDArray[np.intp], int]:
    """First pixels of all crops along one side, and a crop's pixels; none shows the bleed."""
    crop = min(round(pixels * share), pixels)
    first, last = round(pixels * edge), max(0, pixels - round(pixels * edge) - crop)
    places = np.linspace(min(first, last), last, _PLACES + 1)
    return np.rint(places).astype(np.intp), crop
