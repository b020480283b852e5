"""What the library knows of its prints, for every door. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.domain import Filter

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Sequence

    from edition.actions.session import Session
    from edition.domain import Counts, Print
    from edition.library.print_table import Order

EVERYTHING = Filter()


def get(session: Session, ids: Sequence[int], *, alike: bool = False) -> dict[int, Print]:
    """Prints by id, from the trash too; ids that are gone are left out.

    Args:
        session: the library.
        ids: which.
        alike: stacks are those of look-alikes.
    """
    return session.store.prints.get(ids, alike=alike)


def select(
    session: Session,
    slug: str | None,
    where: Filter = EVERYTHING,
    order: Order = "made",
    *,
    limit: int = -1,
    after: int = 0,
) -> array[int]:
    """Ids of the prints that pass, in one of the database's own orders.

    Args:
        session: the library.
        slug: one edition, or None for all.
        where: what must hold.
        order: of the result; orders by looks: see edition.actions.search.find.
        limit: at most so many; -1 for all.
        after: only prints recorded later than this id.
    """
    return session.store.prints.select(slug, where, order, limit, after)


def of_seeds(session: Session, slug: str, seeds: Iterable[int]) -> tuple[Print, ...]:
    """An edition's prints of some seeds, of all its recipes."""
    return session.store.prints.find(slug, seeds)


def seeds_made(session: Session, slug: str, digest: str) -> set[int]:
    """Seeds of a recipe that are printed."""
    return session.store.prints.seeds(slug, digest)


def digests(session: Session, slug: str) -> tuple[tuple[str, int], ...]:
    """The recipes that an edition's prints were made with, and how many each made.

    Adopted pictures have none: what made each is its own affair.
    """
    return () if paths.is_adopted(session.root, slug) else session.store.prints.digests(slug)


def counts(session: Session, slug: str) -> Counts:
    """An edition's counts."""
    return session.store.prints.counts(slug)


def stacks(session: Session, slug: str, *, alike: bool = False) -> list[list[int]]:
    """The seeds of every stack of an edition, rising; ``alike``: of look-alikes."""
    found: dict[int, list[int]] = {}
    for item in get(session, select(session, slug), alike=alike).values():
        if item.stack:
            found.setdefault(item.stack, []).append(item.seed)
    return [sorted(seeds) for seeds in found.values()]


def rgb(session: Session, ids: Sequence[int]) -> dict[int, bytes]:
    """Thumbnails of 32 × 32 RGB8 pixels, by id."""
    return session.store.prints.rgb(ids)


def jpeg(session: Session, ids: Sequence[int]) -> dict[int, bytes]:
    """Thumbnails as JPEG, 128 pixels on the longer side, by id."""
    return session.store.prints.jpeg(ids)
