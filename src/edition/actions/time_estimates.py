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
        pace = _pace(paces, recipe)
        if pace is None:
            return None
        total += work(recipe) * pace
    return total + beside(session)


def each(session: Session, recipe: Recipe) -> float | None:
    """Seconds of one print of a recipe, while its model is loaded; None where none was measured."""
    pace = _pace(_paces(session), recipe)
    return None if pace is None else work(recipe) * pace


def _pace(paces: Mapping[tuple[str, int], list[float]], recipe: Recipe) -> float | None:
    base, sampling = recipe.model.base, recipe.sampling
    found = paces.get((base, sampling.width * sampling.height)) or paces.get((base, 0))
    return statistics.median(found) if found else None


def _paces(session: Session) -> dict[tuple[str, int], list[float]]:
    """Seconds a unit of work, by model and pixels; 0 pixels for all sizes."""
    paces: dict[tuple[str, int], list[float]] = {}
    for text, taken, _ in session.store.studies.history():
        try:
            made = Recipe.from_json(text)
        except ValidationError:
            continue  # a recipe of a newer edition
        pixels = made.sampling.width * made.sampling.height
        for size in (pixels, 0):  # of this size, and of any
            found = paces.setdefault((made.model.base, size), [])
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
