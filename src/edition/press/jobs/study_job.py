"""Study jobs: the cells that are missing, in the cheapest order; one that fails is marked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edition import paths
from edition.errors import EditionError
from edition.press.batching import todo_maker
from edition.press.ingest import adopt_strays
from edition.press.job_payloads import StudyJob
from edition.press.jobs.batch_runner import BatchRunner
from edition.press.jobs.film_job import shoot
from edition.recipe.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.domain import Job
    from edition.press.loop import Press
    from edition.studies.batch_order import MissingPrint

_SAY_EVERY = 2000
"""Recipes read between two looks at whether the job is still wanted."""


def study(press: Press, job: Job) -> None:
    """Does a study job; cells whose print is there are skipped.

    Raises:
        StudyError: the study is gone.
        LibraryError: a print can't be written.
        PressError: one print alone does not fit into memory.
    """
    wanted = StudyJob.model_validate_json(json.dumps(job.payload))
    if wanted.film is not None:
        shoot(press, job, wanted.film)
        return
    store, number = press.store, wanted.study
    store.studies.get(number)

    def recipe_of(digest: str) -> Recipe:
        return Recipe.from_json(store.prints.recipe(digest))

    def lost(items: Sequence[MissingPrint], error: Exception, together: int) -> None:
        del together
        reason = str(error) if isinstance(error, EditionError) else repr(error)
        places = [place for item in items for place in item.places]
        store.studies.fail(number, places, reason)
        runner.done += len(items)
        store.jobs.progress(job.id, runner.done, message=reason[:200])
        print(f"cells {places[:8]} of study {number} failed: {reason}", flush=True)  # noqa: T201

    todo = _missing(press, job, number, recipe_of)
    runner = BatchRunner(press, job, recipe_of, lost, done=max(0, job.total - len(todo)))
    store.jobs.progress(job.id, runner.done)
    runner.run(todo)


def _missing(
    press: Press, job: Job, number: int, recipe_of: Callable[[str], Recipe]
) -> list[MissingPrint]:
    """The prints the study lacks, each once, in the order of their first cells."""
    store, slug = press.store, job.slug
    rows = [row for row in store.studies.cells(number) if not row.print_id]
    adopted = sum(
        adopt_strays(store, slug, digest)
        for digest in dict.fromkeys(row.digest for row in rows)
        if paths.prints_folder(press.root, slug, digest).is_dir()
    )
    if adopted:
        rows = [row for row in store.studies.cells(number) if not row.print_id]
    by_print: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        by_print.setdefault((row.digest, row.seed), []).append(row.place)
    makers: dict[str, Callable[[int, tuple[int, ...]], MissingPrint]] = {}
    found = []
    for k, ((digest, seed), places) in enumerate(by_print.items()):
        if k % _SAY_EVERY == 0:
            press.check(job)
        if digest not in makers:
            makers[digest] = todo_maker(recipe_of(digest), digest)
        found.append(makers[digest](seed, tuple(places)))
    return found
