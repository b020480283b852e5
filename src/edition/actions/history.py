"""Undo, redo and the history of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import stack_edits
from edition.domain import ActResult, MarkChange
from edition.library.change_writers import count_prints
from edition.library.exhibition_table import HEAD, PRINTS
from edition.library.trash_table import TRASH

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import ActPlace, JournalEntry

__all__ = ["count_prints", "entries", "redo", "undo"]


def undo(session: Session, place: ActPlace | None = None, *, entry: int = 0) -> ActResult:
    """Undoes the latest act that isn't undone yet, made by any door on any day.

    Args:
        session: the library.
        place: the latest act of this edition or exhibition; None for the whole library.
        entry: id of the act instead, whatever was done since.

    Raises:
        LibraryError: a later act changed the same, and has to be undone first.
    """
    return _settled(session, session.store.journal.undo(place, entry=entry))


def redo(session: Session, place: ActPlace | None = None, *, entry: int = 0) -> ActResult:
    """Does again what was undone last. Takes and raises what ``undo`` does."""
    return _settled(session, session.store.journal.redo(place, entry=entry))


def entries(session: Session, limit: int = 100) -> tuple[JournalEntry, ...]:
    """The latest acts, newest first."""
    return session.store.journal.history(limit)


def _settled(session: Session, entry: JournalEntry | None) -> ActResult:
    """Sets right what an act leaves to do once it was undone, or done again."""
    if entry is None:
        return ActResult()
    moved: dict[int, str] = {}
    ids: set[int] = set()
    for change in entry.changes:
        if isinstance(change, MarkChange):
            ids.add(change.print_id)
        elif change.kind not in (HEAD, PRINTS):
            ids.add(int(change.key))
            if change.kind in stack_edits.REGROUPING:
                moved[int(change.key)] = change.kind
    if session.store.adopted.any():
        from edition.actions import xmp_marks  # Pillow and numpy: not for prints

        xmp_marks.after_marks(session, sorted(ids))
    prints = session.store.prints.get(sorted(moved))
    refused = stack_edits.after(session, {p.slug for p in prints.values()})
    return ActResult(
        entry.action,
        frozenset("marks" if isinstance(c, MarkChange) else c.kind for c in entry.changes),
        tuple(sorted(ids)),
        emptied=sum(kind == TRASH and i not in prints for i, kind in moved.items()),
        ungrouped=refused,
        places=entry.places,
    )
