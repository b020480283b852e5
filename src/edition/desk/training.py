"""Trainings and maps for both doors: looks before it asks the press."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edition import paths
from edition.errors import RecipeError, TrainError
from edition.press import process
from edition.press.training import CorridorJob, TrainJob, submit_corridor, submit_train
from edition.train.images import Survey, survey

if TYPE_CHECKING:
    from edition.desk.desk import Desk
    from edition.press.training import Kind
    from edition.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Asked:
    """A training that was asked for."""

    job: int
    pictures: int
    warnings: tuple[str, ...]


def train(
    desk: Desk,
    slug: str,
    kind: Kind,
    *,
    recipe: Recipe | None = None,
    into: str = "",
    start: bool = True,
) -> Asked:
    """Checks the pictures, queues a training and starts the press.

    Args:
        desk: the library.
        slug: the edition whose model is trained.
        kind: what is trained.
        recipe: the edition's, with other training settings; None for the edition's own.
        into: slug of the edition to make of it.
        start: False only queues.

    Raises:
        TrainError: the pictures won't do; each is named.
        RecipeError: ``into`` is no slug.
    """
    chosen, found = _ready(desk, slug, recipe)
    if into:
        paths.check_slug(into)
    job = submit_train(desk.store, slug, TrainJob(kind=kind, recipe=chosen, into=into))
    if start:
        process.start(desk.store)
    return Asked(job, len(found.pictures), found.warnings)


def corridor(
    desk: Desk, slug: str, *, recipe: Recipe | None = None, name: str = "corridor",
    start: bool = True,
) -> Asked:  # fmt: skip
    """Queues a map of learning rate against steps.

    Args:
        desk: the library.
        slug: the edition.
        recipe: the edition's, with other settings; None for the edition's own.
        name: of the map, in the edition's studies; the same name goes on with it.
        start: False only queues.

    Raises:
        TrainError: the pictures won't do.
        RecipeError: the name is none.
    """
    if not paths.SLUG.fullmatch(name):
        raise RecipeError(f"{name!r} can't name a map.", hint="Use a-z, 0-9, '-' and '_'.")
    chosen, found = _ready(desk, slug, recipe)
    job = submit_corridor(desk.store, slug, CorridorJob(recipe=chosen, name=name))
    if start:
        process.start(desk.store)
    return Asked(job, len(found.pictures), found.warnings)


def _ready(desk: Desk, slug: str, recipe: Recipe | None) -> tuple[Recipe, Survey]:
    """The recipe with an absolute path to pictures that were looked at."""
    chosen = recipe or desk.recipe(slug)
    training = chosen.training
    if not training.images:
        raise TrainError(
            "No folder of pictures is named.",
            hint="Give --images FOLDER, or images = ... in [training].",
        )
    wanted = Path(training.images).expanduser()
    inside = paths.edition_folder(desk.root, slug) / wanted
    folder = (inside if inside.is_dir() else wanted).resolve()
    found = survey(folder, training.resolution, training.crop)
    training = training.model_copy(update={"images": str(folder)})
    return chosen.model_copy(update={"training": training}), found
