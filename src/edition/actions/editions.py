"""Editions: as the shelf shows them, and new ones."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.actions.reading_state import reading
from edition.domain import Counts, Filter
from edition.errors import EditionError
from edition.library import mirror_files
from edition.text_format import plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edition.actions.session import Session
    from edition.recipe.recipe import Recipe

NEWEST = 24
"""Prints that a card of the shelf can show."""


@dataclass(frozen=True, slots=True)
class EditionCard:
    """An edition as the shelf shows it."""

    slug: str
    title: str
    artist: str
    counts: Counts
    newest: tuple[int, ...]
    """Ids of the latest prints, newest first."""
    recipe: Recipe | None
    error: str = ""
    """Why the recipe can't be used; empty when it can."""
    proofs: tuple[str, ...] = field(default=())
    """File names of its proofs."""
    folders: tuple[str, ...] = ()
    """Where its adopted pictures lie; empty for an edition of prints."""
    reading: str = ""
    """How far the reading of its folders has come, in words; empty when it is done."""


def cards(session: Session) -> tuple[EditionCard, ...]:
    """All editions, by slug."""
    return tuple(card(session, slug) for slug in mirror_files.slugs(session.root))


def card(session: Session, slug: str) -> EditionCard:
    """One edition as the shelf shows it; a broken recipe is reported, not raised."""
    recipe, error = None, ""
    try:
        recipe = session.recipe(slug)
    except EditionError as fault:
        error = str(fault)
    newest = session.store.prints.select(slug, Filter(), "newest", limit=NEWEST)
    return EditionCard(
        slug=slug,
        title=recipe.title if recipe else slug,
        artist=recipe.artist if recipe else "",
        counts=session.store.prints.counts(slug),
        newest=tuple(newest),
        recipe=recipe,
        error=error,
        proofs=tuple(path.name for path in session.proofs(slug)),
        folders=(folders := adopted_folders(session.root, slug)),
        reading=reading(session, slug).words if folders else "",
    )


def adopted_folders(root: Path, slug: str) -> tuple[str, ...]:
    """Where an edition's adopted pictures lie; empty for an edition of prints."""
    return tuple(os.path.realpath(link) for link in paths.adopted_links(root, slug))


def free_slug(root: Path, title: str) -> str:
    """A folder's name for a new edition, made of its title; a number behind it where it is taken.

    Args:
        root: the library.
        title: of the edition; letters outside a-z are written without their accents, or left out.
    """
    name = plain_name(title, "edition")
    slugs = (name if n == 1 else f"{name}-{n}" for n in itertools.count(1))
    return next(slug for slug in slugs if not paths.edition_folder(root, slug).exists())


def new(
    session: Session,
    slug: str,
    *,
    title: str = "",
    like: str = "",
    prompt: str = "",
    model: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Makes an edition: an empty one, or one with another's recipe.

    Args:
        session: the library.
        slug: its folder's name.
        title: of the new edition; made from the slug when empty.
        like: slug of an edition to start from, or of a shipped example.
        prompt: what to ask for; empty keeps the default, or the other edition's.
        model: as under ``model.base``; its family's usual sampling comes with it.
        settings: other keys of the recipe, dotted, with their values.

    Returns:
        The edition file.

    Raises:
        RecipeError: the slug is taken or no slug, ``like`` is no edition, or a setting is not
            allowed; nothing is made then.
        ModelError: the model isn't on this machine.
    """
    from edition.actions import edition_making  # pydantic: 0.1 s

    return edition_making.make(
        session, slug, title=title, like=like, prompt=prompt, model=model, settings=settings or {}
    )


def forget_missing_files(session: Session, slug: str, digest: str) -> int:
    """Forgets rows of a recipe whose files are gone, so that they are rendered again."""
    ids = session.store.prints.select(slug, Filter(digest=digest))
    prints = session.store.prints.get(ids).values()
    folder = paths.prints_folder(session.root, slug, digest)
    there = {path.name for path in folder.glob("*.png")}
    gone = [p.id for p in prints if p.file.rsplit("/", 1)[-1] not in there]
    if gone:
        session.store.prints.forget(gone)
    return len(gone)
