"""Picks without a person: the prints of an edition that differ most from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.domain import Filter
from edition.similarity.diversity_order import farthest

if TYPE_CHECKING:
    from edition.actions.session import Session


def farthest_picks(session: Session, slug: str, count: int) -> tuple[int, ...]:
    """The prints of an edition that are most unlike each other, by hash and colour hash.

    Args:
        session: the library.
        slug: the edition.
        count: how many; of a stack only the top is looked at.

    Returns:
        Print ids, the first the most typical one.
    """
    tops = set(session.store.prints.select(slug, Filter(tops_only=True)))
    rows = [row for row in session.store.prints.hashes(slug) if row.id in tops]
    return farthest(
        [row.id for row in rows],
        [row.phash for row in rows],
        [row.dhash for row in rows],
        [row.colour for row in rows],
        count,
    )
