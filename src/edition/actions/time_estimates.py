"""How long prints take on this machine: from prints and jobs that it has made, never guessed."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from pydantic import ValidationError

from edition.recipe.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edition.actions.session import Session
    from edition.domain import Job

_LATEST = 20
"""Prints and jobs that an estimate is taken from: older ones may be of another device."""
_SOON = 0.5
"""Seconds in which a press that runs already takes a job."""


def work(recipe: Recipe) -> float:
    """How much a print costs, in pixels drawn over all network calls."""
    sampling = recipe.sampling
    steps = sampling.steps * (recipe.init.strength if recipe.init else 1.0)
    return steps * (2 if sampling.guidance > 1 else 1) * sampling.width * sampling.height


def seconds(session: Session, recipes: Sequence[Recipe]) -> float | None:
    """Expected for prints of these recipes, with starting the press and loading the model.

    Args:
        session: the library.
        recipes: one for each print.

    Returns:
        Seconds; None when the library has measured no print of one of the models.
    """
    if not recipes:
        return 0.0
    paces = _paces(session)
    total = 0.0
    for recipe in recipes:
        taken = _of_one(paces, recipe)
        if taken is None:
            return None
        total += taken
    return total + beside(session)


def each(session: Session, recipe: Recipe) -> float | None:
    """Seconds of one print of a recipe, while its model is loaded; None where none was measured."""
    return _of_one(_paces(session), recipe)


def _kinds(recipe: Recipe) -> tuple[tuple[str, float, float], ...]:
    """What a print is measured by, the most telling first.

    As much work at this size, any work at this size, any work at all: decoding and writing take
    as long after few steps as after many.
    """
    base, pixels = recipe.model.base, recipe.sampling.width * recipe.sampling.height
    return (base, pixels, work(recipe)), (base, pixels, 0.0), (base, 0, 0.0)


def _of_one(paces: Mapping[tuple[str, float, float], list[float]], recipe: Recipe) -> float | None:
    found = next((paces[kind] for kind in _kinds(recipe) if kind in paces), None)
    return None if found is None else work(recipe) * statistics.median(found)


def _paces(session: Session) -> dict[tuple[str, float, float], list[float]]:
    """Seconds a unit of work, by what prints are measured by."""
    paces: dict[tuple[str, float, float], list[float]] = {}
    for text, taken, _ in session.store.studies.history():
        try:
            made = Recipe.from_json(text)
        except ValidationError:
            continue  # a recipe of a newer edition
        for kind in _kinds(made):
            found = paces.setdefault(kind, [])
            if len(found) < _LATEST:
                found.append(taken / work(made))
    return paces


def beside(session: Session) -> float:
    """What a job takes beside its prints: starting the press where none runs, loading, writing."""
    jobs = [
        job
        for job in session.store.jobs.recent(_LATEST)
        if job.kind in ("render", "study") and job.state == "done" and job.done and job.seconds_each
    ]
    spent = [job.finished - job.started - job.done * job.seconds_each for job in jobs]
    over = max(0.0, statistics.median(spent)) if spent else 0.0
    if session.press_state().state not in ("off", "stopping"):
        return over
    starts = [
        job.started - job.created
        for job in jobs
        if job.started - job.created > _SOON and not _waited(job, jobs)
    ]
    return over + (statistics.median(starts) if starts else 0.0)


def _waited(job: Job, others: Sequence[Job]) -> bool:
    """Whether another job was worked on between a job's asking and its beginning."""
    return any(
        other.id != job.id and other.started < job.started and other.finished > job.created
        for other in others
    )
