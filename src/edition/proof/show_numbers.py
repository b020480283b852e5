"""Which number each print of a show has: the one it hangs under, on every page that names it."""

from dataclasses import dataclass

from edition.errors import ProofError
from edition.proof import sequence
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.wall_layout import FramedPrint, frame, hang_walls
from edition.recipe.proof_settings import ProofSettings


@dataclass(frozen=True, slots=True)
class Listed:
    """A work with its number in the show."""

    number: int
    framed: FramedPrint


def listed(show: PrintSet, settings: ProofSettings) -> tuple[list[Listed], tuple[str, ...]]:
    """The works of a show by number: as they hang, or in their order where no wall takes them.

    Returns:
        The works; and a warning where they don't fit on the walls, since pages that say nothing of
        a wall are made all the same.

    Raises:
        ProofError: there is no work, or one can't be read to find its place in the order.
    """
    if not show.pictures:
        raise ProofError("There is no work to list.", hint="Star some prints first.")
    ordered = sequence.sequence(show.pictures, settings)
    try:
        walls = hang_walls(ordered, settings)
    except ProofError as error:
        told = f"{error.message.rstrip('.')}. The works are numbered in their order"
        return [Listed(n, frame(one, settings)) for n, one in enumerate(ordered, 1)], (told,)
    return [Listed(hung.number, hung.framed) for wall in walls for hung in wall.numbered], ()


def show_numbers(show: PrintSet, settings: ProofSettings) -> dict[ProofPrint, int]:
    """The numbers that the wall, the hanging list and the labels give to prints."""
    return {work.framed.picture: work.number for work in listed(show, settings)[0]}
