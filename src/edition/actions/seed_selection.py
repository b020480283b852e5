"""Which prints are meant where a person names seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.errors import ModelError, RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.actions.session import Session
    from edition.domain import Print


def of_current_recipe(session: Session, slug: str, prints: Sequence[Print]) -> list[Print]:
    """Those of the edition's recipe as it is now; all while its prints are of one recipe alone.

    Raises:
        RecipeError: there are several recipes, and the model of the current one isn't here.
    """
    if paths.is_adopted(session.root, slug):
        return list(prints)
    if len(session.store.prints.digests(slug)) < 2:
        return list(prints)
    try:
        current = session.digest(slug)
    except ModelError as error:
        raise RecipeError(
            f"{slug} has prints of several recipes, and which is current can't be told: "
            f"{error.message}",
            hint="Name one with --recipe, or take all with --all-recipes.",
        ) from error
    return [item for item in prints if item.digest == current]
