"""What the library knows of studies, for every door. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.library.study_table import CellRow, PromptHistory, StudyRow


def listed(session: Session, slug: str | None = None) -> tuple[StudyRow, ...]:
    """The studies of an edition, or of all, newest first."""
    return session.store.studies.all(slug)


def find(session: Session, slug: str, name: str) -> StudyRow:
    """A study by its name.

    Raises:
        StudyError: there is none.
    """
    return session.store.studies.find(slug, name)


def cells(session: Session, study: int) -> tuple[CellRow, ...]:
    """The cells of a study, in their order."""
    return session.store.studies.cells(study)


def tried(session: Session, slug: str | None = None) -> tuple[PromptHistory, ...]:
    """Prompts that were tried, and the result of them."""
    return session.store.studies.tried(slug)
