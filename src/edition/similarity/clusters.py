"""What links make of prints: chains, and the stacks a chain falls into by colour. Numbers only."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edition.similarity.hamming_pairs import Index, Names

    Colours = NDArray[np.uint8]
    Rows = Index | NDArray[np.int64]

_BUFFER = 1 << 18
"""Links gathered before they are merged: merging costs a pass over all prints."""
_ROWS_AT_ONCE = 16
"""Rows of a sweep that are compared in one go with all that can be near."""
_TELLING = (6, 25, 44)
"""L, a and b of three cells: compared first, they tell most unlike colours apart."""
_ROWS = 1 << 15
"""Pairs whose whole colour hashes are compared in one go, 3 MB."""


class Clusters:
    """Which chain each print belongs to, at every distance from 0 up.

    A chain's name is the smallest position in it, so that the result does not depend on the
    order in which links come.
    """

    def __init__(self, levels: int) -> None:
        """Starts without prints.

        Args:
            levels: how many distances are kept; 4 bytes a print each.
        """
        self.names: NDArray[np.int32] = np.empty((levels, 0), np.int32)
        """(levels, n): the chain of each print at each level, as last settled."""
        self.rows: tuple[NDArray[np.int32], ...] = tuple(self.names)
        """The names level by level: other objects whenever they changed."""
        self._waiting: list[tuple[Index, Index, NDArray[np.uint8]]] = []
        self._count = 0

    def grow(self, total: int) -> None:
        """Adds prints up to a number in total, each a chain of its own."""
        levels, known = self.names.shape
        fresh = np.broadcast_to(np.arange(known, total, dtype=np.int32), (levels, total - known))
        self.names = np.concatenate((self.names, fresh), axis=1)
        self.rows = tuple(self.names)

    def linked(self, i: "Index", j: "Index", level: "NDArray[np.uint8]") -> "NDArray[np.bool_]":
        """Whether pairs are in one chain already at a level each."""
        found: NDArray[np.bool_] = self.names[level, i] == self.names[level, j]
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
        self.names = self.names.copy()  # nobody sees them half merged
        for at, names in enumerate(self.names):
            reached = level <= at
            _merge(names, i[reached], j[reached])
        self.rows = tuple(self.names)

    def at(self, level: int) -> "NDArray[np.int32]":
        """(n,) the name of each print's chain."""
        self.settle()
        return self.rows[level]


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
    result = np.ones(len(i), bool)
    for column in _TELLING:
        if column < colour.shape[1] and len(i) > _ROWS // 32:
            a, b = colour[i, column], colour[j, column]
            result &= np.maximum(a, b) - np.minimum(a, b) <= bound
    open_ = np.flatnonzero(result)
    for at in range(0, len(open_), _ROWS):
        block = open_[at : at + _ROWS]
        a, b = colour[i[block]], colour[j[block]]  # (rows, k)
        result[block] = (np.maximum(a, b) - np.minimum(a, b)).max(axis=1) <= bound
    return result


def near_pairs(
    colour: "Colours", bound: int, names: "Names"
) -> "Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]":
    """Yields blocks of pairs of rows that differ in no value by more than a bound.

    Sweeps over the values of the column that varies most. Pairs within a chain are left out
    where a block's rows are mostly of that chain.

    Args:
        colour: (n, k) of all rows.
        bound: steps of a byte.
        names: gives the (n,) names of the chains that rows belong to now.
    """
    key = colour[:, colour.std(axis=0).argmax()].astype(np.int16)
    order = np.argsort(key, kind="stable")
    ends = np.searchsorted(key[order], key[order] + bound, side="right")
    for at in range(0, len(order), _ROWS_AT_ONCE):
        top = order[at : at + _ROWS_AT_ONCE]
        i, j = np.triu_indices(len(top), 1)
        blocks = [(top[i], top[j])]
        rest = order[at + len(top) : ends[at + len(top) - 1]]
        chain = names()
        found, counts = np.unique(chain[top], return_counts=True)
        main = found[counts.argmax()]
        own = chain[top] == main
        for rows, columns in ((top[own], rest[chain[rest] != main]), (top[~own], rest)):
            blocks.append((np.repeat(rows, len(columns)), np.tile(columns, len(rows))))
        for i, j in blocks:
            close = within(colour, i, j, bound)
            if close.any():
                yield i[close], j[close]


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
    left = np.ones(len(colour), bool)
    telling = [np.ascontiguousarray(colour[:, c]) for c in _TELLING if c < colour.shape[1]]
    while left.any():
        top = int(left.argmax())
        near = left.copy()
        for column in telling:
            near &= np.maximum(column, column[top]) - np.minimum(column, column[top]) <= bound
        rows = np.flatnonzero(near)
        taken = rows[_take(colour[rows], bound)]
        tops[taken] = top
        left[taken] = False
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
