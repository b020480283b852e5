"""Groups an edition's near-duplicates: hashes from the library, maths from the curating room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.curate.stacks import DEFAULT_DISTANCE, best_of, group

if TYPE_CHECKING:
    from edition.library.store import Store


def distance(store: Store, slug: str) -> int:
    """The distance an edition's stacks are made with."""
    return int(store.setting(f"stack:{slug}") or DEFAULT_DISTANCE)


def restack(store: Store, slug: str, new_distance: int | None = None) -> int:
    """Groups anew; returns how many stacks there are.

    Args:
        store: the library.
        slug: the edition.
        new_distance: 0 to 16; kept for the next time. None uses the one kept.
    """
    if new_distance is not None:
        store.remember(f"stack:{slug}", str(new_distance))
    rows = store.prints.hashes(slug)
    tops = group(
        [row.id for row in rows],
        [row.phash for row in rows],
        [row.dhash for row in rows],
        [row.colour for row in rows],
        distance=distance(store, slug),
        rank=[best_of(row.marks) for row in rows],
    )
    store.prints.set_stacks(slug, tops)
    return len(set(tops.values()))
