"""What goes to paper: an edition, an exhibition, or one print by its seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import print_queries
from edition.actions.print_sources import EditionSource, ExhibitionSource
from edition.errors import ProofError

if TYPE_CHECKING:
    from edition.actions.print_sources import PrintSource
    from edition.actions.session import Session
    from edition.domain import Print

Shown = Annotated[str, typer.Argument(help="The edition; none with --exhibition.")]
InExhibition = Annotated[
    str, typer.Option("--exhibition", "-x", help="Show this exhibition instead of an edition.")
]
Slug = Annotated[str, typer.Argument(help="The edition.")]
Seed = Annotated[int, typer.Argument(help="The print's seed.")]


def proof_source(slug: str, exhibition: str) -> PrintSource:
    """The edition or the exhibition that is meant.

    Raises:
        ProofError: neither is named, or both.
    """
    if bool(slug) == bool(exhibition):
        raise ProofError(
            "Name either an edition or an exhibition.",
            hint="Like: edition proof wall pocket-dreams, or: edition proof wall --exhibition NAME",
        )
    return EditionSource(slug) if slug else ExhibitionSource(exhibition)


def newest_print(session: Session, slug: str, seed: int) -> Print:
    """The newest print of a seed.

    Raises:
        ProofError: the seed has no print.
    """
    session.recipe(slug)
    found = print_queries.of_seeds(session, slug, [seed])
    if not found:
        raise ProofError(
            f"{slug} has no print of seed {seed}.",
            hint=f"Render it with: edition render {slug} --seeds {seed}",
        )
    return found[-1]
