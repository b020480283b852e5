"""Which number each print of a show has: the one it hangs under, on every page that names it."""

from edition.errors import ProofError
from edition.proof import sequence
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.wall_layout import hang_walls
from edition.recipe.proof_settings import ProofSettings


def show_numbers(show: PrintSet, settings: ProofSettings) -> dict[ProofPrint, int]:
    """The numbers that the wall, the hanging list and the labels give to prints.

    Where a show fits on no wall no such page can be made, and prints are counted in their order.
    """
    try:
        walls = hang_walls(sequence.sequence(show.pictures, settings), settings)
    except ProofError:
        return {picture: number for number, picture in enumerate(show.pictures, 1)}
    return {hung.framed.picture: hung.number for wall in walls for hung in wall.numbered}
