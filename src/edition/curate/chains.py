"""What links make of prints: chains, and the stacks a chain falls into by colour. Numbers only."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edition.curate.pairs import Index

    Colours = NDArray[np.uint8]
    Rows = Index | NDArray[np.int64]

_BUFFER = 1 << 18
"""Links gathered before they are merged: merging costs a pass over all prints."""
_TILE = 1 << 20
"""Comparisons of one colour value in one go, 1 MB."""
_ROWS = 1 << 15
"""Pairs whose whole colour hashes are compared in one go, 3 MB."""


class Chains:
    """Which chain each print belongs to, at every distance from 0 up.

    A chain's name is the smallest position in it, so that the result does not depend on the
    order in which links come.
    """

    def __init__(self, levels: int) -> None:
        """Starts without prints.

        Args:
            levels: how many distances are kept; 4 bytes a print each.
        """
        self._names = np.empty((levels, 0), np.int32)  # (levels, n)
        self._waiting: list[tuple[Index, Index, NDArray[np.uint8]]] = []
        self._count = 0

    def grow(self, total: int) -> None:
        """Adds prints up to a number in total, each a chain of its own."""
        levels, known = self._names.shape
        fresh = np.broadcast_to(np.arange(known, total, dtype=np.int32), (levels, total - known))
        self._names = np.concatenate((self._names, fresh), axis=1)

    def linked(self, i: "Index", j: "Index", level: "NDArray[np.uint8]") -> "NDArray[np.bool_]":
        """Whether pairs are in one chain already at a level each."""
        found: NDArray[np.bool_] = self._names[level, i] == self._names[level, j]
        return found

    def link(self, i: "Index", j: "Index", level: "NDArray[np.uint8]") -> None:
        """Joins the chains of pairs, each from a level upwards; seen after ``settle``."""
        if not len(i):
            return
        self._waiting.append((i, j, level))
        self._count += len(i)
        if self._count >= _BUFFER:
            self.settle()

    def settle(self) -> None:
        """Merges what was linked."""
        if not self._waiting:
            return
        i, j, level = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting, self._count = [], 0
        for at, names in enumerate(self._names):
            reached = level <= at
            _merge(names, i[reached], j[reached])

    def at(self, level: int) -> "NDArray[np.int32]":
        """(n,) the name of each print's chain."""
        self.settle()
        names: NDArray[np.int32] = self._names[level]
        return names


def _merge(names: "NDArray[np.int32]", i: "Index", j: "Index") -> None:
    """Joins chains in place: the larger name points to the smaller, pointers are shortened.

    Vectorised union-find: hooking and pointer jumping, Shiloach and Vishkin 1982.
    """
    while True:
        a, b = names[i], names[j]
        open_ = a != b
        if not open_.any():
            return
        i, j, a, b = i[open_], j[open_], a[open_], b[open_]
        np.minimum.at(names, np.maximum(a, b), np.minimum(a, b))
        while True:
            shorter = names[names]
            if np.array_equal(shorter, names):
                break
            names[:] = shorter


def within(colour: "Colours", i: "Rows", j: "Rows", bound: int) -> "NDArray[np.bool_]":
    """Whether pairs of rows differ in no value by more than a bound.

    Args:
        colour: (n, k) of all rows.
        i: (p,) one row of each pair.
        j: (p,) the other.
        bound: steps of a byte.
    """
    result = np.empty(len(i), bool)
    for at in range(0, len(i), _ROWS):
        a, b = colour[i[at : at + _ROWS]], colour[j[at : at + _ROWS]]  # (rows, k)
        result[at : at + _ROWS] = (np.maximum(a, b) - np.minimum(a, b)).max(axis=1) <= bound
    return result


def near(
    colour: "Colours", sources: "NDArray[np.int64]", others: "NDArray[np.int64]", bound: int
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Which of the others lie within a bound of any source.

    Args:
        colour: (n, k) of all rows, the most telling columns first.
        sources: (s,) rows to look from.
        others: (m,) rows to look for.
        bound: steps of a byte.

    Returns:
        Positions in ``others``, ascending, and a source near each.
    """
    found = np.full(len(others), -1, np.int64)
    height = max(1, _TILE // max(1, len(others)))
    at = 0
    while at < len(sources):
        open_ = np.flatnonzero(found < 0)
        if not len(open_):
            break
        block = sources[at : at + height]
        hits = np.ones((len(block), len(open_)), bool)
        for column in range(2):
            a = colour[block, column][:, None]
            b = colour[others[open_], column][None, :]
            hits &= np.maximum(a, b) - np.minimum(a, b) <= bound
        s, o = np.divmod(np.flatnonzero(hits), len(open_))
        keep = within(colour, block[s], others[open_[o]], bound)
        found[open_[o[keep]]] = block[s[keep]]
        at += height
    reached = np.flatnonzero(found >= 0)
    return reached, found[reached]


def split(chain: "NDArray[np.int32]", colour: "Colours", bound: int) -> "NDArray[np.int64]":
    """Cuts chains into stacks in which no two colours differ by more than a bound.

    Args:
        chain: (n,) names of chains, equal ones side by side, the best print of each first.
        colour: (n, k) colour hashes.
        bound: steps of a byte.

    Returns:
        (n,) position of each print's top.
    """
    if not len(chain):
        return np.empty(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], chain[1:] != chain[:-1])))
    ends = np.append(starts[1:], len(chain))
    tops = np.repeat(starts, ends - starts)
    span = np.maximum.reduceat(colour, starts) - np.minimum.reduceat(colour, starts)
    for run in np.flatnonzero((span > bound).any(axis=1)).tolist():
        a, b = starts[run], ends[run]
        tops[a:b] = a + _split_one(colour[a:b], bound)
    return tops


def _split_one(colour: "Colours", bound: int) -> "NDArray[np.int64]":
    """The stacks of one chain, best print first, as positions of tops."""
    tops = np.empty(len(colour), np.int64)
    left = np.arange(len(colour))
    while len(left):
        taken = _take(colour[left], bound)
        tops[left[taken]] = left[0]
        left = left[~taken]
    return tops


def _take(colour: "Colours", bound: int) -> "NDArray[np.bool_]":
    """One stack: the first row, then in order every row within the bound of all taken.

    Rows are within a bound of each other exactly if the span of each column is; the span can
    grow only bound times a column, so there are few rounds, however many rows.
    """
    taken = np.zeros(len(colour), bool)
    taken[0] = True
    high = low = colour[0]
    waiting = np.arange(1, len(colour))
    while len(waiting):
        rows = colour[waiting]
        waiting = waiting[(np.maximum(rows, high) - np.minimum(rows, low) <= bound).all(axis=1)]
        rows = colour[waiting]
        highs = np.maximum(np.maximum.accumulate(rows), high)
        lows = np.minimum(np.minimum.accumulate(rows), low)
        over = (highs - lows > bound).any(axis=1)
        fit = int(over.argmax()) if over.any() else len(waiting)
        if fit:
            taken[waiting[:fit]] = True
            high, low = highs[fit - 1], lows[fit - 1]
        waiting = waiting[fit:]
    return taken
