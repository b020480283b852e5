"""Renders and enlargements as they are queued, and the digest that they are queued by.

edition.actions.session offers them; the recipes' and models' rooms are loaded with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.actions import job_queries
from edition.actions.editions import forget_missing_files
from edition.actions.render_plan import next_seeds
from edition.actions.trash import emptied_seeds
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.init_image import with_init_digest
from edition.diffusion.resolve import find
from edition.domain import Filter
from edition.errors import RecipeError
from edition.press import control
from edition.press.job_payloads import submit_render, submit_upscale
from edition.recipe.seeds import parse_seeds
from edition.upscale import find as find_upscaler

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.recipe.recipe import Recipe
    from edition.recipe.upscale_settings import UpscaleSettings


def refuse_adopted(root: Path, slug: str) -> None:
    """Makes sure that an edition has a recipe to render by.

    Raises:
        RecipeError: its pictures are in adopted folders, and each has its own or none.
    """
    if paths.is_adopted(root, slug):
        raise RecipeError(
            f"{slug} holds adopted pictures and has no recipe to render by.",
            hint="Make an edition from a picture whose recipe is understood: "
            f"edition again {slug} NUMBER",
        )


def digest(session: Session, slug: str, recipe: Recipe | None = None) -> str:
    """As ``Session.digest``."""
    home = paths.edition_folder(session.root, slug)
    chosen = with_init_digest(recipe or session.recipe(slug), home)
    model = find(chosen.model, home)
    fingerprint = Fingerprints(paths.fingerprints_file(session.root)).of(model)
    return chosen.digest(fingerprint)


def render(
    session: Session,
    slug: str,
    seeds: Sequence[int] | None,
    *,
    more: int,
    number: int,
    start: bool,
) -> int:
    """As ``Session.render``."""
    refuse_adopted(session.root, slug)
    recipe = with_init_digest(session.recipe(slug), paths.edition_folder(session.root, slug))
    chosen = digest(session, slug, recipe)
    with session.alone():  # two that ask for new seeds at once get different ones
        emptied = emptied_seeds(session, slug, chosen)
        if more:
            first = max(job_queries.asked_seeds(session, slug, chosen) | emptied, default=0) + 1
            seeds = range(first, first + more)
        elif number:
            seeds = next_seeds(session, slug, recipe, chosen, number)
        elif seeds is None:
            seeds = [seed for seed in parse_seeds(recipe.seeds.render) if seed not in emptied]
        forget_missing_files(session, slug, chosen)
        job = submit_render(session.store, slug, recipe, chosen, seeds)
    if job and start:
        control.start(session.store)
    return job


def upscale(
    session: Session, slug: str, ids: Sequence[int] | None, settings: UpscaleSettings | None
) -> int:
    """As ``Session.upscale``."""
    chosen = settings or session.recipe(slug).upscale
    find_upscaler(chosen.method).check_installed()
    wanted = session.store.prints.select(slug, Filter(star=True)) if ids is None else ids
    job = submit_upscale(session.store, slug, wanted, chosen)
    if job:
        control.start(session.store)
    return job
