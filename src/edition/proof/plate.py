"""How large a print is laid out on its plate: with the bleed that is cut off, or a white border."""

from collections.abc import Sequence
from dataclasses import dataclass

from edition.errors import ProofError
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.paper_sizes import INCH_MM, Box, Size, longer_side, paper
from edition.proof.wall_layout import frame
from edition.recipe.proof_settings import ProofSettings


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
        return self.picture.width / self.print_size.width * INCH_MM

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
