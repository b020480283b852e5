"""Printer's marks: crop marks, register targets, colour bar, slug. Drawn outside of the bleed."""

from collections.abc import Sequence

from edition.proof.paper_sizes import Box, Size
from edition.proof.pdf_document import REGISTRATION, PdfDocument
from edition.proof.proof_styles import Ink

CROP_MM = 5.0
"""Length of a crop mark."""
TARGET_MM = 2.0
"""Radius of a register target."""
PATCH_MM = 5.0
LEAST_OFFSET_MM = 3.0
"""From the cut to where marks begin; never less than the bleed."""
HAIR_PT = 0.25
BAR: tuple[Ink, ...] = (
    (100, 0, 0, 0), (0, 100, 0, 0), (0, 0, 100, 0), (0, 0, 0, 100),
    (0, 100, 100, 0), (100, 0, 100, 0), (100, 100, 0, 0),
    (0, 0, 0, 75), (0, 0, 0, 50), (0, 0, 0, 25), (0, 0, 0, 10),
    (75, 66, 66, 0), (50, 40, 40, 0), (25, 19, 19, 0),
)  # fmt: skip
"""Cyan, magenta, yellow, black; red, green, blue in overprint; four greys of black, and three of
the other inks beside them (ISO 12647-2's balance): where they differ in hue, the press is off."""


def offset(bleed: float) -> float:
    """From the cut to where marks begin."""
    return max(LEAST_OFFSET_MM, bleed) + 0.5


def room(bleed: float) -> Size:
    """How much paper around the cut all marks take."""
    side = offset(bleed) + CROP_MM + 2.5
    return Size(side, side)


def crop(book: PdfDocument, trim: Box, bleed: float) -> None:
    """Draws two marks at every corner of a cut."""
    _corners(book, trim, offset(bleed), offset(bleed) + CROP_MM, REGISTRATION)


def mount(book: PdfDocument, sight: Box, depth: float) -> None:
    """Draws two ticks at every corner of what is seen, in the paper that a mat will cover."""
    _corners(book, sight, min(1.0, depth / 4), min(5.0, depth * 0.75), (0, 0, 0, 100))


def _corners(book: PdfDocument, box: Box, near: float, far: float, ink: Ink) -> None:
    for x, side in ((box.x, -1), (box.right, 1)):
        for y, end in ((box.y, -1), (box.top, 1)):
            book.line((x + side * near, y), (x + side * far, y), ink, HAIR_PT)
            book.line((x, y + end * near), (x, y + end * far), ink, HAIR_PT)


def targets(book: PdfDocument, trim: Box, bleed: float) -> None:
    """Draws a register target in the middle of every side."""
    away = offset(bleed) + CROP_MM / 2
    middle_x, middle_y = trim.x + trim.width / 2, trim.y + trim.height / 2
    for x, y in (
        (trim.x - away, middle_y), (trim.right + away, middle_y),
        (middle_x, trim.y - away), (middle_x, trim.top + away),
    ):  # fmt: skip
        reach = TARGET_MM * 1.25
        book.circle(x, y, TARGET_MM * 0.6, stroke=REGISTRATION, width_pt=HAIR_PT)
        book.line((x - reach, y), (x + reach, y), REGISTRATION, HAIR_PT)
        book.line((x, y - reach), (x, y + reach), REGISTRATION, HAIR_PT)


def bar(book: PdfDocument, trim: Box, bleed: float) -> None:
    """Draws as many patches of the colour bar as go above the left half of the cut."""
    y = trim.top + offset(bleed)
    free = trim.width / 2 - TARGET_MM * 2 - 2
    for index, ink in enumerate(BAR[: max(0, int(free // PATCH_MM))]):
        book.rect(Box(trim.x + 1 + index * PATCH_MM, y, PATCH_MM, PATCH_MM), fill=ink)


def slug(book: PdfDocument, trim: Box, bleed: float, lines: Sequence[str]) -> None:
    """Sets lines below the cut, two left and two right of the target, in black alone.

    They stay 2.5 mm away from the edge of the paper that ``room`` leaves, as all marks do.
    """
    half, beside = trim.width / 2, TARGET_MM * 2 + 1
    for index, line in enumerate(lines):
        column, row = divmod(index, 2)
        x = trim.x + (half + beside if column else 1)
        y = trim.y - offset(bleed) - 2.1 - row * 2.2
        book.text(x, y, line, 6, ink=(0, 0, 0, 100), room=max(half - beside - 1, 12))
