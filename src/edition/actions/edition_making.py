"""Makes a new edition's file: see edition.actions.editions, which starts without pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edition import atomic, paths
from edition.diffusion import checkpoint_families
from edition.diffusion.resolve import find
from edition.errors import RecipeError
from edition.recipe import edition_file
from edition.recipe.recipe import ModelRef, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edition.actions.session import Session


def make(
    session: Session,
    slug: str,
    *,
    title: str,
    like: str,
    prompt: str,
    model: str,
    settings: Mapping[str, Any],
) -> Path:
    """As ``editions.new``."""
    path = paths.edition_file(session.root, slug)
    if path.exists():
        raise RecipeError(
            f"There is an edition {slug} already: {path}",
            hint=f"Take another name, or change that one: edition edit {slug} …",
        )
    name = title or slug.replace("-", " ").replace("_", " ").title()
    text = _recipe_of(session, like) if like else edition_file.write_new(Recipe(title=name))
    changes: dict[str, object] = {"title": name, **(_signed_by_example(text, like) if like else {})}
    if prompt:
        changes["prompt.positive"] = prompt
    if model:
        changes |= {"model.base": model, **_usual_sampling(model, path.parent)}
    changes |= settings
    atomic.write(path, edition_file.edit(text, changes).encode())
    return path


def _recipe_of(session: Session, like: str) -> str:
    """The file of an edition of the library, or of an example that the library lacks."""
    own = paths.edition_file(session.root, like)
    shipped = paths.edition_file(paths.shipped_editions(), like)
    if shipped.is_file() and not own.exists():
        return edition_file.source(shipped)
    session.recipe(like)
    return edition_file.source(own)


def _signed_by_example(text: str, like: str) -> dict[str, object]:
    """Artist and statement where a text has those of the shipped example: another's signature."""
    shipped = paths.edition_file(paths.shipped_editions(), like)
    if not shipped.is_file():
        return {}
    of_example, new = edition_file.read(shipped), edition_file.parse(text)
    return {
        key: ""
        for key in ("artist", "statement")
        if getattr(new, key) and getattr(new, key) == getattr(of_example, key)
    }


def _usual_sampling(model: str, home: Path) -> dict[str, object]:
    """Keys that the makers of a model's family use, with their values."""
    known = checkpoint_families.of_model(find(ModelRef(base=model), home).path)
    return {f"sampling.{key}": value for key, value in (known.defaults() if known else {}).items()}
