"""An order for an exhibition that follows from what its prints look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import exhibitions
from edition.actions.print_sources import ExhibitionSource
from edition.errors import LibraryError
from edition.proof.sequence import by_look

if TYPE_CHECKING:
    from edition.actions.session import Session


def sort_by_look(session: Session, name: str) -> str:
    """Orders an exhibition so that neighbours are alike in colour and composition.

    Raises:
        ProofError: a print that has to be looked at can't be read.
    """
    places = exhibitions.named(session, name).places
    works = ExhibitionSource(name).works(session)
    faulty = [work.fault for work in works if not work.picture.look]
    if faulty:
        raise LibraryError(
            f"{name} can't be sorted by similarity: {faulty[0]}.",
            hint="Take it out, or render its seed again.",
        )
    index = {id(work.picture): place for work, place in zip(works, places, strict=True)}
    order = [index[id(picture)].print_name for picture in by_look([w.picture for w in works])]
    ranks = {print_name: number for number, print_name in enumerate(order)}
    return exhibitions.rank(session, name, ranks, "look")
