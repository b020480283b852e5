"""What is in the press's queue, for every door. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Job


def get(session: Session, job_id: int) -> Job:
    """One job.

    Raises:
        PressError: there is none of this id.
    """
    return session.store.jobs.get(job_id)


def live(session: Session) -> tuple[Job, ...]:
    """Jobs that are still to be done, in their order."""
    return session.store.jobs.live()


def recent(session: Session, limit: int = 20) -> tuple[Job, ...]:
    """Jobs that have ended, the latest first."""
    return session.store.jobs.recent(limit)


def live_renders(session: Session, slug: str, digest: str) -> list[Job]:
    """Jobs that render a recipe of an edition and are still to be done."""
    from edition.press import job_payloads

    return job_payloads.live_renders(session.store, slug, digest)


def print_ids(session: Session, job_id: int) -> list[int]:
    """The prints that a job of enlarging was asked for."""
    return list(get(session, job_id).payload["ids"])


def asked_seeds(session: Session, slug: str, digest: str) -> set[int]:
    """Seeds of a recipe that are printed or queued."""
    from edition.press import job_payloads

    return job_payloads.asked_seeds(session.store, slug, digest)
