"""What can be asked of the press: payloads of jobs, written and read in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from edition.recipe.recipe import Recipe
from edition.recipe.schema_base import SchemaTable
from edition.recipe.seeds import format_seeds, parse_seeds
from edition.recipe.upscale_settings import UpscaleSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.domain import Job
    from edition.library.store import Store

Kind = Literal["dreambooth", "inversion"]


class RenderJob(SchemaTable):
    """Seeds of one recipe."""

    recipe: Recipe
    digest: str
    """Of the recipe with the model's fingerprint, when the job was queued."""
    seeds: str
    """As ``parse_seeds`` reads them."""


class UpscaleJob(SchemaTable):
    """Prints to enlarge."""

    ids: tuple[int, ...] = Field(min_length=1)
    settings: UpscaleSettings


class FilmRequest(SchemaTable):
    """A film of one print."""

    recipe: Recipe
    digest: str
    """Of the recipe with the model's fingerprint."""
    seed: int = Field(ge=0)
    name: str
    """Of its folder among the edition's studies."""
    formats: tuple[str, ...] = ("webp",)
    frame_ms: int = Field(default=120, ge=10, le=60_000)
    hold_ms: int = Field(default=2000, ge=10, le=60_000)
    """How long the finished picture stays."""
    strip: int = Field(default=12, ge=0, le=200)
    """Frames on the filmstrip."""


class StudyJob(SchemaTable):
    """A study to render, or a film to shoot."""

    study: int = Field(default=0, ge=0)
    """Id of the study; 0 for a film."""
    film: FilmRequest | None = None


class TrainJob(SchemaTable):
    """One training."""

    kind: Kind
    recipe: Recipe
    """With the training table, pictures as an absolute path."""
    into: str = Field(default="", max_length=64)
    """Slug of the edition to make; empty for one made of the old slug."""


class LrGridJob(SchemaTable):
    """One map."""

    recipe: Recipe
    """With the training table, pictures as an absolute path."""
    name: str = Field(min_length=1, max_length=64)
    """Its folder in the edition's studies."""


def live_renders(store: Store, slug: str, digest: str) -> list[Job]:
    """Jobs of a recipe that are running, queued or paused."""
    return [
        job
        for job in store.jobs.live()
        if job.kind == "render" and job.slug == slug and job.payload.get("digest") == digest
    ]


def asked_seeds(store: Store, slug: str, digest: str) -> set[int]:
    """Seeds of a recipe that are printed or queued."""
    jobs = live_renders(store, slug, digest)  # first: a job that ends meanwhile has its prints
    asked = {seed for job in jobs for seed in parse_seeds(job.payload["seeds"])}
    return asked | store.prints.seeds(slug, digest)


def submit_render(
    store: Store, slug: str, recipe: Recipe, digest: str, seeds: Sequence[int]
) -> int:
    """Queues the seeds of a recipe that are not done and not already asked for.

    Returns:
        The job's id; 0 when there is nothing to do.
    """
    taken = asked_seeds(store, slug, digest)
    missing = [seed for seed in seeds if seed not in taken]
    if not missing:
        return 0
    payload = RenderJob(recipe=recipe, digest=digest, seeds=format_seeds(missing))
    return store.jobs.add("render", slug, payload.model_dump(mode="json"), len(missing))


def submit_upscale(store: Store, slug: str, ids: Sequence[int], settings: UpscaleSettings) -> int:
    """Queues prints to be enlarged; returns the job's id, 0 when there are none."""
    if not ids:
        return 0
    payload = UpscaleJob(ids=tuple(ids), settings=settings)
    return store.jobs.add("upscale", slug, payload.model_dump(mode="json"), len(ids))


def submit_study(store: Store, slug: str, study: int, missing: int) -> int:
    """Queues a study, unless it is queued already.

    Args:
        store: the library.
        slug: the edition.
        study: its id.
        missing: how many prints it lacks.

    Returns:
        The job's id; 0 when there is nothing to do.
    """
    if not missing:
        return 0
    for job in store.jobs.live():
        if job.kind == "study" and job.payload.get("study") == study:
            return job.id
    return store.jobs.add("study", slug, StudyJob(study=study).model_dump(), missing)


def submit_film(store: Store, slug: str, wish: FilmRequest) -> int:
    """Queues a film; returns the job's id."""
    payload = StudyJob(film=wish).model_dump(mode="json")
    return store.jobs.add("study", slug, payload, wish.recipe.sampling.steps)


def submit_train(store: Store, slug: str, wanted: TrainJob) -> int:
    """Queues a training; returns the job's id."""
    training = wanted.recipe.training
    steps = training.steps if wanted.kind == "dreambooth" else training.inversion.steps
    return store.jobs.add("train", slug, wanted.model_dump(mode="json"), steps)


def submit_corridor(store: Store, slug: str, wanted: LrGridJob) -> int:
    """Queues a map; the job's total are its cells and the base."""
    own = wanted.recipe.training.corridor
    total = len(own.rates) * len(own.counts) + 1
    return store.jobs.add("corridor", slug, wanted.model_dump(mode="json"), total)
