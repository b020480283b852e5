"""Groups look-alikes: one composition, whatever its colours, its grain and its seed.

Two prints are look-alikes when the luminances of their 8 x 8 coarsest cells correlate. Colour and
detail don't count, a mirrored picture does not count as alike. Chains would drift from one
composition to another, so nothing is chained: the best print becomes a top and takes all that are
alike to *it*, then the best of the rest, and so on. Knows thumbnails, not files.

What is compared are the cells' cosine coefficients (a rotation: correlations stay as they are) as
whole numbers, whose sums float32 holds exactly in any order of adding: the same groups on any
machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Looks = NDArray[np.float32]

DEFAULT_LIKENESS = 95
"""Hundredths of a correlation; see docs/stacks.md for what it finds and misses."""
LEAST_LIKENESS, MOST_LIKENESS = 80, 99
SIDE = 32
"""Of a thumbnail, pixels."""
RGB_BYTES = SIDE * SIDE * 3
CELLS = 8
"""A side of the grid that is compared."""
LENGTH = 2000
"""Of a whole-number vector: its square, 4 million, is below float32's 2**24."""
FIRST = 15
"""Coefficients that are looked at first: they bound the rest, 9 of 10 comparisons end there."""
_LEADERS, _TILE = 512, 4096
"""Tops and prints compared in one go: 8 MB."""
_MANY = 16
"""More candidates than one in so many: the whole product is cheaper than picking them out."""
_FLAT = 1.0
"""Standard deviation, of 255, below which a picture has no composition to compare."""


class CompositionIndex:
    """Turns thumbnails into what is compared, a portion at a time: 252 bytes a print stay."""

    def __init__(self) -> None:
        self._parts: list[Looks] = []

    def add(self, rgb: Sequence[bytes]) -> None:
        """Adds thumbnails, 32 x 32 RGB8; one of another length is like nothing."""
        blank = bytes(RGB_BYTES)
        if not rgb:
            return
        whole = b"".join(one if len(one) == RGB_BYTES else blank for one in rgb)
        pixels = np.frombuffer(whole, np.uint8).reshape(-1, SIDE, SIDE, 3)
        size = SIDE // CELLS
        cells = pixels.reshape(-1, CELLS, size, CELLS, size, 3).sum((2, 4), dtype=np.int64)
        luma = cells @ np.array([299, 587, 114])  # Rec. 601, thousandths, of 16 pixels
        vectors = luma.reshape(-1, CELLS * CELLS) @ _BASIS / (1000 * size * size)  # (n, 63)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        flat = norms < _FLAT * CELLS
        self._parts.append(
            np.rint(np.where(flat, 0, vectors * LENGTH / np.maximum(norms, 1))).astype(np.float32)
        )

    def looks(self) -> "Looks":
        """(n, 63) whole numbers as float32, coarsest first; zeros for what is like nothing."""
        return np.concatenate((np.empty((0, CELLS * CELLS - 1), np.float32), *self._parts))


def lookalikes(
    ids: Sequence[int],
    looks: "Looks",
    *,
    likeness: int = DEFAULT_LIKENESS,
    rank: Sequence[int] | None = None,
    apart: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Groups prints of one composition.

    Args:
        ids: (n,) of the prints, all different.
        looks: (n, 63) as a Composer made them.
        likeness: hundredths of a correlation, LEAST_LIKENESS to MOST_LIKENESS.
        rank: (n,) how good each is as a top, higher is better; of equals the smallest id wins.
        apart: by id, a number other than 0 for prints that a person has set apart.

    Returns:
        Print id → id of its group's top, for every print of a group of two or more, tops too.

    Raises:
        ValueError: the likeness is out of range, or the lengths differ.
    """
    if not LEAST_LIKENESS <= likeness <= MOST_LIKENESS:
        raise ValueError(
            f"Look-alikes are {LEAST_LIKENESS} to {MOST_LIKENESS} hundredths, not {likeness}."
        )
    if len(ids) != len(looks):
        raise ValueError(f"{len(ids)} prints and {len(looks)} looks differ in number.")
    names = np.asarray(ids, np.int64).reshape(-1)
    ranks = np.zeros(len(names), np.int64) if rank is None else np.asarray(rank, np.int64)
    numbers = np.array([(apart or {}).get(i, 0) for i in names.tolist()], np.int64)
    order = np.lexsort((names, -ranks))
    tops: dict[int, int] = {}
    for number in np.unique(numbers).tolist():
        mine = order[numbers[order] == number]
        heads = _group(looks[mine], likeness * LENGTH * LENGTH // 100)
        size = np.bincount(heads, minlength=1)[heads]
        members, leaders = mine[size > 1], mine[heads[size > 1]]
        tops.update(zip(names[members].tolist(), names[leaders].tolist(), strict=True))
    return tops


def _group(looks: "Looks", least: int) -> "NDArray[np.int64]":
    """(n,) the position of each row's top; rows come best first."""
    heads = np.arange(len(looks))
    bound = _bounds(looks)
    left = np.flatnonzero(looks.any(axis=1))
    while len(left):
        block, left = left[:_LEADERS], left[_LEADERS:]
        alike = looks[block] @ looks[block].T >= least  # (b, b)
        taken = np.zeros(len(block), bool)
        leading = []
        for row in range(len(block)):
            if not taken[row]:
                leading.append(row)
                new = alike[row] & ~taken
                new[:row] = False
                heads[block[new]] = block[row]
                taken |= new
        leaders = block[leading]
        found = [*_first_leaders(looks, bound, leaders, left, least)]
        first = np.concatenate(found) if found else np.empty(0, np.int64)
        mine = first >= 0
        heads[left[mine]] = leaders[first[mine]]
        left = left[~mine]
    return heads


def _first_leaders(
    looks: "Looks", bound: "Looks", leaders: "NDArray[np.int64]", rows: "NDArray[np.int64]",
    least: int,
) -> "Iterator[NDArray[np.int64]]":  # fmt: skip
    """For each row, in tiles, the first leader that it is alike to; -1 for none.

    The coarse coefficients and the length of the others bound a correlation from above (Cauchy
    and Schwarz), so that most pairs are ruled out by a fourth of the work.
    """
    near, whole = bound[leaders].T.copy(), looks[leaders].T.copy()
    for start in range(0, len(rows), _TILE):
        tile = rows[start : start + _TILE]
        maybe = bound[tile] @ near >= least  # (t, l)
        first = np.full(len(tile), -1)
        if np.count_nonzero(maybe) * _MANY > maybe.size:
            alike = looks[tile] @ whole >= least
            some = alike.any(axis=1)
            first[some] = alike[some].argmax(axis=1)
        else:
            i, j = np.nonzero(maybe)
            sums = np.einsum("pk,pk->p", looks[tile[i]], looks[leaders[j]])
            i, j = i[sums >= least], j[sums >= least]
            first[i[::-1]] = j[::-1]  # the smallest is written last
        yield first


def _bounds(looks: "Looks") -> "Looks":
    """(n, FIRST + 1): the first coefficients, and the length of the others rounded up."""
    rest = np.ceil(np.sqrt(np.square(looks[:, FIRST:], dtype=np.float64).sum(axis=1)))
    return np.concatenate((looks[:, :FIRST], rest[:, None].astype(np.float32)), axis=1)


def _basis() -> "NDArray[np.float64]":
    """(64, 63): the two-dimensional cosines of an 8 x 8 grid, coarse ones first, no constant."""
    at = np.arange(CELLS)
    wave = np.cos(np.pi * (2 * at[:, None] + 1) * at[None, :] / (2 * CELLS))  # DCT-II
    wave /= np.linalg.norm(wave, axis=0)
    table = np.einsum("yu,xv->yxuv", wave, wave).reshape(CELLS * CELLS, CELLS * CELLS)
    u, v = np.divmod(np.arange(CELLS * CELLS), CELLS)
    order = np.lexsort((u, np.maximum(u, v), u * u + v * v))
    result: NDArray[np.float64] = table[:, order[1:]]
    return result


_BASIS = _basis()
