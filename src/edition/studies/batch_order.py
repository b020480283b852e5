"""The cheapest order of a study's cells: one model after the other, one prompt after the other.

Pure: knows what must be equal inside a batch, not what draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class MissingPrint:
    """A print that is missing."""

    digest: str
    seed: int
    model: Hashable
    """Prints that are equal in it share a loaded model."""
    shape: Hashable
    """Prints that are equal in it may share a batch."""
    texts: tuple[str, ...]
    """What the text encoder reads for it."""
    places: tuple[int, ...]
    """The cells it is in."""


def groups(todo: Sequence[MissingPrint]) -> tuple[tuple[MissingPrint, ...], ...]:
    """What may be drawn with one loaded model in batches of one shape, group by group.

    Groups of one model follow each other, in the order in which models first occur. Inside a
    group prints of the same texts come together, so that each text is encoded once.
    """
    models: dict[Hashable, int] = {}
    found: dict[tuple[int, Hashable], list[MissingPrint]] = {}
    for item in todo:
        number = models.setdefault(item.model, len(models))
        found.setdefault((number, item.shape), []).append(item)
    ordered = sorted(found.items(), key=lambda entry: entry[0][0])
    return tuple(tuple(_by_texts(items)) for _, items in ordered)


def _by_texts(items: Sequence[MissingPrint]) -> list[MissingPrint]:
    first: dict[tuple[str, ...], int] = {}
    for item in items:
        first.setdefault(item.texts, len(first))
    return sorted(items, key=lambda item: first[item.texts])


def batches(
    group: Sequence[MissingPrint], size: int
) -> Iterator[tuple[tuple[MissingPrint, ...], int]]:
    """Batches of one fixed shape; the last print repeats where a batch isn't full.

    Args:
        group: of ``groups``.
        size: places in a batch, 1 or more.

    Yields:
        The prints, and how many of them, from the front, are wanted.
    """
    for start in range(0, len(group), size):
        part = tuple(group[start : start + size])
        yield part + (part[-1],) * (size - len(part)), len(part)
