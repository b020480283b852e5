"""Stacks by hand, for both doors: prints split from theirs, the best of one, look-alikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.domain import ActResult, FieldChange, Filter
from edition.errors import LibraryError
from edition.library.stack_overrides import APART, BEST
from edition.library.trash_table import TRASH
from edition.text_format import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edition.actions.session import Session
    from edition.domain import Print

FEW = 5_000
"""Prints whose look-alikes are found in a fifth of a second."""
REGROUPING = frozenset({TRASH, APART, BEST})
"""Kinds of changes after which prints may come back into a stack, or into sight."""


def split(session: Session, ids: Sequence[int], *, alike: bool = False) -> str:
    """Takes prints out of their stacks for good, undoably; returns what was done, in words.

    Prints of one stack that are split off together stay together where they are alike. Where all
    of a stack are named, each stands alone.

    Args:
        session: the library.
        ids: which.
        alike: they are split from stacks of look-alikes.

    Raises:
        LibraryError: none of them is in a stack.
    """

    def decide() -> tuple[str, Sequence[FieldChange]]:
        prints = session.store.prints.get(ids, alike=alike).values()
        stacks: dict[tuple[str, int], list[Print]] = {}
        for item in prints:
            if item.stack and not item.trash:
                stacks.setdefault((item.slug, item.stack), []).append(item)
        if not stacks:
            raise LibraryError("No stack to split.", hint="Choose prints that are in one.")
        free: dict[str, int] = {}
        after_ids: dict[int, int] = {}
        for (slug, _), members in stacks.items():
            number = free.get(slug) or session.store.splits.next_apart(slug)
            whole = len(members) == members[0].stack_size
            for at, item in enumerate(members):
                after_ids[item.id] = number + at * whole
            free[slug] = number + 1 + (len(members) - 1) * whole
        said = session.store.splits.said(list(after_ids))
        changes: list[FieldChange] = []
        for print_id, number in after_ids.items():
            apart, best = said[print_id]
            changes.append(FieldChange(APART, str(print_id), apart, number))
            changes.append(FieldChange(BEST, str(print_id), best, 0))
        ordered = sorted(changes, key=lambda change: change.kind)  # one run of each kind to write
        return f"split {named([p for p in prints if p.id in after_ids])}", ordered

    return session.store.journal.act(decide)


def join(session: Session, ids: Sequence[int]) -> ActResult:
    """Lets prints that were split off join stacks again, undoably."""
    back: list[Print] = []

    def decide() -> tuple[str, Sequence[FieldChange]]:
        prints = session.store.prints.get(ids)
        said = session.store.splits.said(list(prints))
        changes = [FieldChange(APART, str(i), apart, 0) for i, (apart, _) in said.items() if apart]
        back.extend(prints[int(change.key)] for change in changes)
        return f"join {named(back)}", changes

    action = session.store.journal.act(decide)
    if not action:
        return ActResult()
    refused = after(session, {item.slug for item in back})
    return ActResult(action, frozenset({APART}), tuple(p.id for p in back), ungrouped=refused)


def is_best(session: Session, print_id: int) -> bool:
    """Whether a print was put on top of its stack by hand."""
    return session.store.splits.said([print_id]).get(print_id, (0, 0))[1] != 0


def choose_best(session: Session, print_id: int, *, on: bool = True, alike: bool = False) -> str:
    """Puts a print on top of its stack, undoably and for good, or takes that back.

    Raises:
        LibraryError: it is in no stack.
    """

    def decide() -> tuple[str, Sequence[FieldChange]]:
        item = session.store.prints.get([print_id], alike=alike).get(print_id)
        if item is None or not item.stack or item.trash:
            raise LibraryError("This print is in no stack.", hint="Choose one of a stack.")
        members = list(
            session.store.prints.select(item.slug, Filter(stack=item.stack, alike=alike))
        )
        said = session.store.splits.said(members)
        changes = [
            FieldChange(BEST, str(i), best, int(on and i == print_id))
            for i, (_, best) in said.items()
            if best != int(on and i == print_id)
        ]
        verb = "pin to the top of its stack:" if on else "unpin from the top of its stack:"
        return f"{verb} {named([item])}", changes

    return session.store.journal.act(decide)


def after(session: Session, slugs: Iterable[str]) -> tuple[str, ...]:
    """Groups again where prints may have come back into reach of a stack, their files first.

    The act itself is kept: what is refused here is left for later, and reported.

    Returns:
        Editions that could not be grouped; ``edition stacks`` does it.
    """
    refused: list[str] = []
    for slug in sorted(slugs):
        try:
            session.store.trash.settle(slug)
            session.restack(slug)
            if session.store.prints.has_lookalikes(slug) and is_quick(session, slug):
                lookalikes(session, slug)  # else when they are asked for the next time
        except LibraryError:
            refused.append(slug)
    return tuple(refused)


def is_quick(session: Session, slug: str) -> bool:
    """Whether look-alikes are found faster than a process is started."""
    return session.store.prints.counts(slug).prints <= FEW


def distance(session: Session, slug: str) -> int:
    """The distance an edition's stacks are made with."""
    from edition.press.regroup import distance  # numpy: 50 ms

    return distance(session.store, slug)


def by_distance(session: Session, slug: str) -> list[int]:
    """How many stacks an edition would have at each distance from 0, as far as it is counted."""
    from edition.press.regroup import stacks_by_distance  # numpy: 50 ms

    return stacks_by_distance(session.store, slug)


def likeness(session: Session, slug: str, by: int = 0) -> int:
    """How alike look-alikes are, hundredths; ``by`` more than the edition's own, within range."""
    from edition.press.regroup import likeness  # numpy: 50 ms

    return likeness(session.store, slug, by)


def lookalikes(
    session: Session, slug: str, wanted: int | None = None, *, by: int = 0
) -> tuple[int, int]:
    """Groups an edition's look-alikes; returns how many groups, and the likeness used.

    Args:
        session: the library.
        slug: the edition.
        wanted: likeness, hundredths, 80 to 99; kept for the next time. None takes the one kept.
        by: so much stricter than the one kept, as far as that goes.

    Raises:
        LibraryError: the likeness is out of range.
    """
    from edition.press import regroup  # numpy: 50 ms

    chosen = likeness(session, slug, by) if wanted is None else wanted
    try:
        number = regroup.regroup_lookalikes(session.store, slug, chosen)
    except ValueError as error:
        raise LibraryError(str(error), hint="95 is a good start.") from error
    return number, chosen
