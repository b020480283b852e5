"""Training jobs: watched through the library, ended by an edition made of what was learned."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edition import atomic, paths
from edition.domain import CurvePoint
from edition.errors import RecipeError
from edition.finetune.callbacks import TrainingCallback, TrainingStep
from edition.press.job_payloads import LrGridJob, TrainJob
from edition.press.pool import one_task
from edition.recipe import edition_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from edition.domain import Job
    from edition.press.job_payloads import Kind
    from edition.press.loop import Press
    from edition.recipe.recipe import Recipe

_FLUSH_SECONDS = 0.5
_THUMB = (32, 32)


def train(press: Press, job: Job) -> None:
    """Does a training job; one that was interrupted continues from its last checkpoint.

    Raises:
        TrainError: see edition.finetune.training_run.train.
        ModelError: the base model can't be used.
        Stopped: the press was asked to; the last whole step is kept.
    """
    wanted = TrainJob.model_validate_json(json.dumps(job.payload))
    press.say("loading", job_id=job.id)
    watcher = JobCallback(press, job, wanted.kind, wanted.recipe)
    model, step = _compute(press, job, "train", watcher)
    watcher.flush()
    slug = enter_edition(press.root, job.slug, Path(model), wanted)
    press.store.runs.made(watcher.run_id, slug)
    press.store.jobs.progress(job.id, step, message=f"made the edition {slug}")


def corridor(press: Press, job: Job) -> None:
    """Does a map; cells that are done are skipped.

    Raises:
        TrainError: as for ``train``.
        StudyError: the map can't be gone on with.
        Stopped: the press was asked to.
    """
    wanted = LrGridJob.model_validate_json(json.dumps(job.payload))
    press.say("loading", job_id=job.id)
    _compute(press, job, "corridor", LrGridCallback(press, job, wanted.recipe))


def _compute(press: Press, job: Job, kind: str, watcher: JobCallback) -> tuple[str, int]:
    """Computes here, or on one worker for the whole run."""
    if press.pool is None:
        from edition.press.training_work import computed  # torch, which a pooled press spares

        press.unload()  # the card is wanted whole
        return computed(kind, job.payload, press.root, job.slug, press.device_wanted, watcher)
    body = {"do": "train", "kind": kind, "payload": job.payload, "slug": job.slug}
    found: tuple[str, int] = one_task.settle(
        press.pool, press, job, body, needs_library=True,
        on_event=lambda name, *values: getattr(watcher, name)(*values),
    )  # fmt: skip
    return found


class JobCallback(TrainingCallback):
    """Reports a training's progress to the library."""

    def __init__(self, press: Press, job: Job, kind: Kind, recipe: Recipe) -> None:
        """Watches for one job."""
        self.press, self.job, self.kind, self.recipe = press, job, kind, recipe
        self.run_id = 0
        self.done = 0
        self._points: list[CurvePoint] = []
        self._flushed = 0.0

    def opened(self, run: Path) -> None:
        """Makes the run's row."""
        training = self.recipe.training
        steps = training.steps if self.kind == "dreambooth" else training.inversion.steps
        settings = training.model_dump(mode="json")
        self.run_id = self.press.store.runs.open(
            self.job.slug, run.name, self.kind, settings, steps
        )

    def note(self, text: str) -> None:
        """Goes to the press's log."""
        print(f"note: {text}", flush=True)  # noqa: T201 - the log

    def phase(self, text: str) -> None:
        """Becomes the job's message. Ends nothing: a checkpoint is written when work stops."""
        self.press.store.jobs.progress(self.job.id, self.done, message=text)
        self.press.say("working", job_id=self.job.id)

    def beat(self) -> None:
        """Looks whether the job may go on."""
        self.press.check(self.job)

    def step(self, facts: TrainingStep) -> None:
        """Adds to the curve, a few times a second."""
        self._points.append(
            CurvePoint(facts.step, facts.loss, facts.grad_norm, facts.rate, facts.seconds)
        )
        self.done = self.progress_of(facts)
        if time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()
        self.press.check(self.job)

    def progress_of(self, facts: TrainingStep) -> int:
        """How far the job is after a step."""
        return facts.step

    def flush(self) -> None:
        """Writes what has gathered."""
        self._flushed = time.monotonic()
        if not self._points:
            return
        points, self._points = self._points, []
        last = points[-1]
        self.press.store.runs.record(self.run_id, points)
        each = sum(point.seconds for point in points) / len(points)
        self.press.store.jobs.progress(
            self.job.id, self.done, message=f"training, loss {last.loss:.4f}", seconds_each=each
        )
        self.press.say(step=last.step, steps=self.recipe.training.steps)

    def sample(self, step: int, seeds: Sequence[int], images: Sequence[Image.Image]) -> None:
        """Shows samples as they come."""
        small = tuple(image.convert("RGB").resize(_THUMB).tobytes() for image in images)
        self.press.say("working", preview=small, seeds=tuple(seeds))

    def checkpoint(self, step: int, folder: Path) -> None:
        """Keeps the curve as far as the weights."""
        self.flush()
        print(f"checkpoint after step {step}: {folder.name}", flush=True)  # noqa: T201 - the log


class LrGridCallback(JobCallback):
    """The same for a map, whose progress are its cells."""

    def __init__(self, press: Press, job: Job, recipe: Recipe) -> None:
        """Watches for one job."""
        super().__init__(press, job, "dreambooth", recipe)
        self.done = job.done

    def progress_of(self, facts: TrainingStep) -> int:
        """Steps are no cells."""
        return self.done

    def cell(self, done: int) -> None:
        """A cell is measured and kept."""
        self.done = done
        self.press.store.jobs.progress(self.job.id, done, message="measuring")


def enter_edition(root: Path, slug: str, model: Path, wanted: TrainJob) -> str:
    """Makes an edition of what was trained; one that is there already is found again.

    Args:
        root: the library's folder.
        slug: the edition it was trained for.
        model: a diffusers folder, or an embedding's file.
        wanted: the job.

    Returns:
        The new edition's slug.

    Raises:
        RecipeError: the old edition's file is at fault.
    """
    text = edition_file.source(paths.edition_file(root, slug))
    for target in _slugs(wanted.into or f"{slug[:50]}-{_ENDING[wanted.kind]}"):
        home = paths.edition_folder(root, target)
        base = Path(os.path.relpath(model, home)).as_posix()
        file = paths.edition_file(root, target)
        if not file.exists():
            changes = _changes(wanted, base, target.removeprefix(slug).strip("-") or target)
            atomic.write(file, edition_file.edit(text, changes).encode())
            return target
        if _uses(file, base):
            return target
    raise RecipeError(f"There are too many editions named like {slug}.")


_ENDING = {"dreambooth": "bent", "inversion": "word"}


def _changes(wanted: TrainJob, base: str, ending: str) -> dict[str, object]:
    changes: dict[str, object] = {
        "title": f"{wanted.recipe.title[:200]} ({ending})",
        "training": None,
    }
    if wanted.kind == "dreambooth":
        gone: dict[str, object] = {"model.revision": None, "model.embeddings": None}
        return {**changes, **gone, "model.base": base}
    prompt, token = wanted.recipe.prompt.positive, wanted.recipe.training.inversion.token
    known = list(wanted.recipe.model.embeddings)
    return {
        **changes,
        "model.embeddings": [*known, base],
        "prompt.positive": ", ".join(part for part in (prompt, token) if part),
    }


def _slugs(first: str) -> list[str]:
    return [first, *(f"{first}-{number}" for number in range(2, 1000))]


def _uses(file: Path, base: str) -> bool:
    try:
        model = edition_file.read(file).model
    except RecipeError:
        return False
    return base in (model.base, *model.embeddings)
