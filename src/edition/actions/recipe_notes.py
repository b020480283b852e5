"""What to know of a recipe before it is rendered: words that are cut, values that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.diffusion import checkpoint_families, families, prompt_syntax, prompt_truncation
from edition.diffusion.resolve import find
from edition.diffusion.unsupported_settings import unsupported, without_effect
from edition.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.actions.print_sources import WallPrint
    from edition.actions.session import Session
    from edition.proof.findings import Finding
    from edition.recipe.recipe import ModelRef, Recipe


def family_of(model: ModelRef, home: Path | None) -> families.ModelFamily | None:
    """The family of a recipe's model; None where it isn't here, or nobody knows it."""
    try:
        return checkpoint_families.of_model(find(model, home).path)
    except EditionError:
        return None  # rendering says what is wrong with it


def of_family(recipe: Recipe, known: families.ModelFamily | None) -> tuple[str, ...]:
    """What values mean for a model where that is unusual, and which will be refused."""
    if known is None:
        return ()
    refused = unsupported(recipe, known)
    return (
        *(f"{wrong} {way_out}" for wrong, way_out in refused),
        *without_effect(recipe, known),
        *known.meaning(),
    )


def at_hand(recipe: Recipe, known: families.ModelFamily | None) -> tuple[str, ...]:
    """The notes shown while typing: all that need no file to be opened."""
    return (*of_family(recipe, known), *prompt_syntax.plain_notes(recipe.prompt))


def unread(session: Session, works: Sequence[WallPrint]) -> list[Finding]:
    """What no text encoder read of the prompts that prints were made with: preflight's warnings.

    Args:
        session: the library.
        works: what hangs; adopted pictures have no recipe and are passed over.
    """
    from edition.proof.findings import Finding

    items = [work.item for work in works if work.item is not None]
    found = dict[Finding, None]()
    for digest, slug in {item.digest: item.slug for item in items}.items():
        recipe = session.print_recipe(digest)
        if recipe is not None:
            lines = prompt_truncation.of_recipe(recipe, paths.edition_folder(session.root, slug))
            hint = f"Shorten the prompt: edition edit {slug}"
            found |= dict.fromkeys(Finding("warning", f"{slug}: {line}", hint) for line in lines)
    return list(found)


def of_recipe(recipe: Recipe, home: Path | None) -> tuple[str, ...]:
    """All that is known without loading the model, a sentence each.

    Args:
        recipe: as it is in its file.
        home: the edition's folder.
    """
    return (
        *of_family(recipe, family_of(recipe.model, home)),
        *prompt_truncation.of_recipe(recipe, home),
        *prompt_syntax.plain_notes(recipe.prompt),
    )
