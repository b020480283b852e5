"""Plates side by side on rolls and sheets, so that straight cuts through the whole part them."""

from collections.abc import Sequence

from rectpack import SORT_LSIDE, GuillotineBssfSas, PackingMode, newPacker

from edition.errors import ProofError
from edition.proof import printer_marks
from edition.proof.page_layout import dimensions
from edition.proof.paper_sizes import Box, Paper, paper
from edition.proof.plate import Plate
from edition.recipe.proof_settings import ProofSettings

CUT_GAP_MM = 4.0
"""Between the marks of two prints on one sheet."""


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
