"""Trainings and maps for both doors: looks before it asks the press."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING

from edition import paths
from edition.errors import RecipeError, StudyError, TrainError
from edition.finetune.image_dataset import ImageFolder, survey
from edition.press import control
from edition.press.job_payloads import LrGridJob, TrainJob, submit_corridor, submit_train
from edition.press.jobs.train_job import enter_edition

if TYPE_CHECKING:
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import CurvePoint, TrainingRun
    from edition.press.job_payloads import Kind
    from edition.recipe.recipe import Recipe
    from edition.studies.lr_steps_grid import LrStepsGrid


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A training that was asked for."""

    job: int
    pictures: int
    warnings: tuple[str, ...]


def runs(session: Session, slug: str | None = None) -> tuple[TrainingRun, ...]:
    """Trainings of an edition, or of all."""
    return session.store.runs.all(slug)


def curve(session: Session, run: int) -> tuple[CurvePoint, ...]:
    """What was measured at each step of a training."""
    return session.store.runs.curve(run)


def train(
    session: Session,
    slug: str,
    kind: Kind,
    *,
    recipe: Recipe | None = None,
    into: str = "",
    start: bool = True,
) -> TrainingRequest:
    """Checks the pictures, queues a training and starts the press.

    Args:
        session: the library.
        slug: the edition whose model is trained.
        kind: what is trained.
        recipe: the edition's, with other training settings; None for the edition's own.
        into: slug of the edition to make of it.
        start: False only queues.

    Raises:
        TrainError: the pictures won't do; each is named.
        RecipeError: ``into`` is no slug.
    """
    chosen, found = _ready(session, slug, recipe)
    if into:
        paths.check_slug(into)
    job = submit_train(session.store, slug, TrainJob(kind=kind, recipe=chosen, into=into))
    if start:
        control.start(session.store)
    return TrainingRequest(job, len(found.pictures), found.warnings)


def corridor(
    session: Session, slug: str, *, recipe: Recipe | None = None, name: str = "corridor",
    start: bool = True,
) -> TrainingRequest:  # fmt: skip
    """Queues a map of learning rate against steps.

    Args:
        session: the library.
        slug: the edition.
        recipe: the edition's, with other settings; None for the edition's own.
        name: of the map, in the edition's studies; the same name continues with it.
        start: False only queues.

    Raises:
        TrainError: the pictures won't do.
        RecipeError: the name is none.
    """
    if not paths.SLUG.fullmatch(name):
        raise RecipeError(f"{name!r} is not a valid grid name.", hint="Use a-z, 0-9, '-' and '_'.")
    chosen, found = _ready(session, slug, recipe)
    job = submit_corridor(session.store, slug, LrGridJob(recipe=chosen, name=name))
    if start:
        control.start(session.store)
    return TrainingRequest(job, len(found.pictures), found.warnings)


def _ready(session: Session, slug: str, recipe: Recipe | None) -> tuple[Recipe, ImageFolder]:
    """The recipe with an absolute path to pictures that were looked at."""
    chosen = recipe or session.recipe(slug)
    training = chosen.training
    if not training.images:
        raise TrainError(
            "No image folder given.",
            hint="Give --images FOLDER, or images = ... in [training].",
        )
    wanted = paths.expanded(training.images)
    inside = paths.edition_folder(session.root, slug) / wanted
    folder = (inside if inside.is_dir() else wanted).resolve()
    found = survey(folder, training.resolution, training.crop)
    training = training.model_copy(update={"images": str(folder)})
    return chosen.model_copy(update={"training": training}), found


def corridor_map(session: Session, slug: str, name: str = "corridor") -> LrStepsGrid:
    """A map as far as it is done.

    Raises:
        StudyError: there is none.
    """
    from edition.studies.lr_steps_grid import read

    return read(paths.studies_folder(session.root, slug) / name)


def maps(session: Session, slug: str) -> tuple[str, ...]:
    """The names of an edition's maps, the latest first."""
    folder = paths.studies_folder(session.root, slug)
    plans = sorted(folder.glob("*/plan.json"), key=lambda file: -file.stat().st_mtime)
    return tuple(file.parent.name for file in plans)


def map_pdf(session: Session, slug: str, name: str = "corridor") -> Path:
    """Puts a map on a page of its own size: see edition.actions.lr_steps_pdf."""
    from edition.actions import lr_steps_pdf  # reportlab: 0.3 s

    return lr_steps_pdf.write(session, slug, name)


def samples_file(session: Session, slug: str, run: str) -> Path:
    """The sheet of a run's samples; it need not be there yet."""
    return paths.trained_folder(session.root, slug) / run / "samples" / "sheet.png"


def enter(
    session: Session, slug: str, rate: float, steps: int, *, name: str = "corridor", into: str = ""
) -> str:
    """Makes an edition of one cell of a map.

    Args:
        session: the library.
        slug: the edition that the map is of.
        rate: the cell's learning rate.
        steps: the cell's steps.
        name: of the map.
        into: slug of the edition to make; empty for one made of rate and steps.

    Returns:
        The edition's slug.

    Raises:
        StudyError: there is no such map or cell, or its model is gone.
    """
    folder = paths.studies_folder(session.root, slug) / name
    found = corridor_map(session, slug, name)
    cell = next((c for c in found.cells if c.steps == steps and isclose(c.rate, rate)), None)
    if cell is None:
        raise StudyError(
            f"The grid has no cell {rate:g} after {steps} steps.",
            hint="Rates: " + ", ".join(f"{r:g}" for r in found.rates)
            + "; steps: " + ", ".join(map(str, found.counts)) + ".",
        )  # fmt: skip
    model = (folder / cell.model).resolve()
    if not (model / "model_index.json").is_file():
        raise StudyError(
            f"The model {model} of that cell is gone.",
            hint=f"Remove {folder.name} and run the grid again.",
        )
    target = into or f"{slug[:40]}-{rate:.0e}-{steps}".replace("e-0", "e-")
    paths.check_slug(target)
    wanted = TrainJob(kind="dreambooth", recipe=session.recipe(slug), into=target)
    return enter_edition(session.root, slug, model, wanted)
