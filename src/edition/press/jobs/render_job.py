"""Render jobs: the seeds of one recipe that are missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edition.errors import BrokenImages, WorkerLost
from edition.press.batching import todo_maker
from edition.press.ingest import adopt_strays
from edition.press.job_payloads import RenderJob
from edition.press.jobs.batch_runner import BatchRunner
from edition.recipe.seeds import format_seeds, parse_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.domain import Job
    from edition.errors import EditionError
    from edition.press.loop import Press
    from edition.studies.batch_order import MissingPrint


def render(press: Press, job: Job) -> None:
    """Does a render job; what is done already is skipped.

    Raises:
        ModelError: the model is gone, has changed, or can't do what the recipe asks.
        PressError: one print alone does not fit into memory, or workers were lost at a batch.
    """
    wanted = RenderJob.model_validate_json(json.dumps(job.payload))
    adopt_strays(press.store, job.slug, wanted.digest)
    seeds = parse_seeds(wanted.seeds)
    have = press.store.prints.seeds(job.slug, wanted.digest).intersection(seeds)
    press.store.jobs.progress(job.id, len(have))
    broken: dict[int, EditionError] = {}

    def lost(items: Sequence[MissingPrint], error: Exception, together: int) -> None:
        if isinstance(error, WorkerLost) or (
            isinstance(error, BrokenImages) and len(items) != together
        ):
            broken.update((item.seed, error) for item in items)
            return
        raise error  # the model gives none at all: the seeds that are left are spared

    make = todo_maker(wanted.recipe, wanted.digest)
    runner = BatchRunner(press, job, lambda _: wanted.recipe, lost, done=len(have))
    runner.run([make(seed, ()) for seed in seeds if seed not in have])
    for error in broken.values():
        text = f"Seeds {format_seeds(tuple(broken))}: {error.message}"
        raise type(error)(text, hint=error.hint)
