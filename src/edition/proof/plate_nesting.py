"""Plates: how large each is laid out, and side by side on rolls and sheets.

They are packed so that straight cuts through the whole part them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rectpack import SORT_LSIDE, GuillotineBssfSas, PackingMode, newPacker

from edition.errors import ProofError
from edition.proof import printer_marks
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.page_layout import dimensions
from edition.proof.paper_sizes import Box, Paper, Size, longer_side, paper
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

    def lies_as(self, place: Box) -> bool:
        """Whether it is in its place upright; else it is turned by a quarter."""
        return abs(place.width - self.trim.width) < 0.1


def plan(show: PrintSet, settings: ProofSettings, sizes: Sequence[float] = ()) -> list[Plate]:
    """Every plate that is to be made: each print at each size.

    Args:
        show: the prints.
        settings: sizes and border, where ``sizes`` is empty.
        sizes: longer sides in millimetres.

    Raises:
        ProofError: two settings contradict each other.
    """
    _check(settings)
    return [
        laid(picture, size, settings)
        for picture in show.pictures
        for size in [longer_side(picture.width, picture.height, side) for side in sizes]
        or [frame(picture, settings).print_size]
    ]


def laid(picture: ProofPrint, size: Size, settings: ProofSettings) -> Plate:
    """A print as its plate lays it out: larger by the bleed, where settings have it cut off.

    Args:
        picture: the print.
        size: as it is seen, millimetres.
        settings: bleed, borders and wrap.
    """
    edge = 2 * (settings.border_mm + settings.mount_mm)
    exact = bool(edge) or settings.deckle or settings.wrap != "enlarge"
    over = 0.0 if exact else 2 * settings.bleed_mm
    share = 1 + over / min(size.width, size.height)
    whole = Size(size.width * share, size.height * share)
    return Plate(picture, whole, size, Size(size.width + edge, size.height + edge))


def _check(settings: ProofSettings) -> None:
    if settings.wrap != "enlarge" and (settings.border_mm or settings.mount_mm or settings.deckle):
        raise ProofError(
            f"wrap = {settings.wrap!r} folds the picture's edge over a stretcher, and a white"
            " border leaves paper there.",
            hint='Set [proof] wrap to "enlarge", or border_mm and mount_mm to 0 and deckle to'
            " false.",
        )
    if not settings.deckle:
        return
    fit = settings.plate_paper == "fit"
    if fit or settings.nest or paper(settings.plate_paper).roll:
        raise ProofError(
            "deckle = true prints on whole sheets; plate_paper is"
            f" {settings.plate_paper}{', nested' if settings.nest else ''}.",
            hint='Set [proof] plate_paper to the sheet\'s size, like "16x20in", and nest to false.',
        )


Cut = tuple[float, list[tuple[Plate, Box]]]
"""Length of a piece of paper, and the plates with their trim boxes on it."""


def nest(wanted: Sequence[Plate], named: Paper, bleed: float) -> list[Cut]:
    """Packs plates on a roll or on sheets, turned where that saves paper.

    Every piece can be cut on a guillotine: from edge to edge, again and again.

    Returns:
        For each piece its length, and the plates with their trim boxes on it; a plate whose box
        is not as wide as its trim lies turned by a quarter to the left.

    Raises:
        ProofError: a plate fits on the paper neither way.
    """
    room = printer_marks.room(bleed).width + CUT_GAP_MM / 2
    # Tenths of a millimetre, as integers: the packer compares exactly.
    sides = [
        (round((p.trim.width + 2 * room) * 10), round((p.trim.height + 2 * room) * 10))
        for p in wanted
    ]
    width, longest = int(named.size.width * 10), int(named.size.height * 10)
    for plate, side in zip(wanted, sides, strict=True):
        if min(side) > min(width, longest) or max(side) > max(width, longest):
            raise ProofError(
                f"{plate.picture.name} at {dimensions(plate.trim)} mm does not fit on {named.name}"
                f" ({named.size.width:.0f} mm wide) with its marks.",
                hint="Choose a wider paper or a smaller print_mm.",
            )
    pack = _on_a_roll if named.roll else _on_sheets
    cuts: dict[int, list[tuple[Plate, Box]]] = {}
    for cut, x, y, across, down, index in sorted(
        pack(sides, width, longest), key=lambda r: (r[0], r[5])
    ):
        trim = wanted[index].trim
        turned = (across, down) != sides[index]
        size = trim.turned() if turned else trim
        box = Box(x / 10 + room, y / 10 + room, size.width, size.height)
        cuts.setdefault(cut, []).append((wanted[index], box))
    return [
        (max(b.top for _, b in on) + room if named.roll else named.size.height, on)
        for _, on in sorted(cuts.items())
    ]


def waste(cuts: Sequence[Cut], settings: ProofSettings) -> float:
    """The share of the paper that is cut away, marks and bleed included; 0 to 1."""
    width = paper(settings.plate_paper).size.width
    used = sum(plate.trim.width * plate.trim.height for _, on in cuts for plate, _ in on)
    return 1 - used / sum(length * width for length, _ in cuts)


def _on_a_roll(sides: Sequence[tuple[int, int]], width: int, longest: int) -> list[tuple[int, ...]]:
    """Packs on the shortest of ever longer cuts that holds all, else on several full ones.

    Returns:
        For each: the cut's number, x, y, width, height, index.
    """
    area = sum(across * down for across, down in sides)
    length = max(area / width, max(min(side) for side in sides))
    while True:
        last = length >= longest
        bins = [(width, min(int(length) + 1, longest))] * (len(sides) if last else 1)
        placed = _packed(sides, bins)
        if last or len(placed) == len(sides):
            return placed
        length *= 1.02


def _on_sheets(sides: Sequence[tuple[int, int]], width: int, longest: int) -> list[tuple[int, ...]]:
    """Packs on as few sheets as the packer finds."""
    return _packed(sides, [(width, longest)] * len(sides))


def _packed(
    sides: Sequence[tuple[int, int]], bins: Sequence[tuple[int, int]]
) -> list[tuple[int, ...]]:
    packer = newPacker(
        mode=PackingMode.Offline, pack_algo=GuillotineBssfSas, sort_algo=SORT_LSIDE, rotation=True
    )
    for index, side in enumerate(sides):
        packer.add_rect(*side, rid=index)
    for size in bins:
        packer.add_bin(*size)
    packer.pack()
    return list(packer.rect_list())
