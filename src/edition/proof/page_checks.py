"""All that would stop a proof, in one go: what preflight sees, and what the layouts refuse."""

from collections.abc import Callable, Sequence
from typing import Literal

from edition.errors import ProofError
from edition.proof import print_pages, sequence, wall_labels, wall_layout
from edition.proof.document_model import PrintSet
from edition.proof.findings import Finding
from edition.proof.preflight import in_order, preflight
from edition.recipe.proof_settings import ProofSettings


def everything(
    show: PrintSet, settings: ProofSettings, sizes: Sequence[float] = ()
) -> tuple[Finding, ...]:
    """Every finding of a show: it goes on past each, a missing file or a sheet too small.

    Args:
        show: the prints.
        settings: as for a proof.
        sizes: longer sides in millimetres that plates are asked for; empty takes the settings'.

    Returns:
        Each once, errors first.
    """
    found = list(preflight(show, settings, sizes))
    layouts: tuple[tuple[Literal["error", "warning"], Callable[[], object]], ...] = ()
    if show.pictures:
        layouts = (
            ("error", lambda: _hung(show, settings)),
            ("error", lambda: print_pages.placed(show, settings, sizes)),
            ("warning", lambda: wall_labels.check(show, settings)),
        )
    for level, lay_out in layouts:
        try:
            lay_out()
        except ProofError as error:
            found.append(Finding(level, error.message.rstrip("."), error.hint))
    return in_order(found)


def _hung(show: PrintSet, settings: ProofSettings) -> None:
    wall_layout.hang_walls(sequence.sequence(show.pictures, settings), settings)
