"""Holds the press and its jobs, lets them go on, ends and moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.press import control

if TYPE_CHECKING:
    from edition.actions.session import Session


def pause(session: Session) -> None:
    """Pauses all work after the current step."""
    session.store.press.want("pause")


def resume(session: Session) -> None:
    """Lets work go on; starts the press if there is work and none runs."""
    session.store.press.want("run")
    if any(job.state == "queued" for job in session.store.jobs.live()):
        control.start(session.store)


def pause_job(session: Session, job_id: int) -> None:
    """Holds one job."""
    session.store.jobs.pause(job_id)


def resume_job(session: Session, job_id: int) -> None:
    """Lets a held job go on."""
    session.store.jobs.resume(job_id)
    control.start(session.store)


def cancel_job(session: Session, job_id: int) -> None:
    """Ends a job; what it has made stays."""
    session.store.jobs.cancel(job_id)


def retry_job(session: Session, job_id: int) -> None:
    """Queues a failed or cancelled job once more."""
    session.store.jobs.retry(job_id)
    control.start(session.store)


def move_job(session: Session, job_id: int, places: int) -> None:
    """Moves a waiting job up (negative) or down."""
    session.store.jobs.move(job_id, places)


def log_tail(session: Session, lines: int = 40) -> str:
    """The end of the press's log."""
    return control.log_tail(session.root, lines)
