"""Groups an edition's prints into stacks: facts from the library, maths from the curating room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.domain import MAX_STACK_DISTANCE
from edition.similarity.composition_groups import (
    DEFAULT_LIKENESS,
    LEAST_LIKENESS,
    MOST_LIKENESS,
    CompositionIndex,
    lookalikes,
)
from edition.similarity.stack_grouping import (
    DEFAULT_DISTANCE,
    Stacker,
    best_of,
    group,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.library.print_table import HashRow
    from edition.library.store import Store

_CHUNK = 2000
"""Thumbnails read in one go: 6 MB."""

_REACHES = (30_000, MAX_STACK_DISTANCE), (100_000, 11)
"""Up to so many prints, how far stacks are counted: see docs/stacks.md for what each costs."""
_LEAST_REACH = 7


def distance(store: Store, slug: str) -> int:
    """The distance an edition's stacks are made with."""
    return int(store.setting(f"stack:{slug}") or DEFAULT_DISTANCE)


def restack(store: Store, slug: str, new_distance: int | None = None) -> int:
    """Groups near-duplicates again; returns how many stacks there are.

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
        rank=_ranks(rows),
        apart=_apart(rows),
    )
    store.prints.set_stacks(slug, tops)
    return len(set(tops.values()))


def stacks_by_distance(store: Store, slug: str) -> list[int]:
    """How many stacks an edition would have at each distance from 0 up.

    Of very many prints it goes as far as is found in a second or two.
    """
    rows = store.prints.hashes(slug)
    reach = next((reach for most, reach in _REACHES if len(rows) <= most), _LEAST_REACH)
    stacker = Stacker(reach=reach)
    stacker.add(
        [row.id for row in rows],
        [row.phash for row in rows],
        [row.dhash for row in rows],
        [row.colour for row in rows],
    )
    ranks = {row.id: rank for row, rank in zip(rows, _ranks(rows), strict=True) if rank}
    apart = _apart(rows)
    return [len(set(stacker.tops(d, ranks, apart).values())) for d in range(reach + 1)]


def likeness(store: Store, slug: str, by: int = 0) -> int:
    """How alike, in hundredths, an edition's look-alikes are; ``by`` more, within range."""
    kept = int(store.setting(f"kin:{slug}") or DEFAULT_LIKENESS)
    return min(MOST_LIKENESS, max(LEAST_LIKENESS, kept + by))


def regroup_lookalikes(store: Store, slug: str, new_likeness: int | None = None) -> int:
    """Groups look-alikes again; returns how many groups there are.

    Args:
        store: the library.
        slug: the edition.
        new_likeness: hundredths, see edition.similarity.composition_groups; kept for the next time.
    """
    chosen = likeness(store, slug) if new_likeness is None else new_likeness
    rows = store.prints.hashes(slug)
    composer = CompositionIndex()
    for start in range(0, len(rows), _CHUNK):
        ids = [row.id for row in rows[start : start + _CHUNK]]
        rgb = store.prints.rgb(ids)
        composer.add([rgb.get(print_id, b"") for print_id in ids])
    tops = lookalikes(
        [row.id for row in rows],
        composer.looks(),
        likeness=chosen,
        rank=_ranks(rows),
        apart=_apart(rows),
    )
    store.prints.set_stacks(slug, tops, alike=True)
    store.remember(f"kin:{slug}", str(chosen))
    return len(set(tops.values()))


def _ranks(rows: Sequence[HashRow]) -> list[int]:
    return [best_of(row.marks, chosen=row.best) for row in rows]


def _apart(rows: Sequence[HashRow]) -> dict[int, int]:
    return {row.id: row.apart for row in rows if row.apart}
