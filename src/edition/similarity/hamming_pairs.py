"""All pairs of 64-bit numbers that differ in few bits: exact, and without trying all pairs.

Multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast search in Hamming space with multi-index
hashing"): if two numbers differ in d bits, then of their four 16-bit bands one differs in d // 4
bits or fewer (the pigeonhole principle). So it is enough to compare numbers whose bands agree, or
agree after flipping so few bits. Knows numbers only.
"""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Index = NDArray[np.int32]
    Names = Callable[[], Index]

BANDS, WIDTH = 4, 16
BLOCK = 1 << 18
"""Comparisons through the index in one go: 2 MB of words."""
TILE_ROWS, TILE_COLUMNS = 16, 4096
"""Comparisons in a table in one go: their buffers stay in a core's cache."""
HEAVY = 512
"""Buckets with this many numbers or more on either side are compared as a table."""
TABLE_GAIN = 8
"""How much cheaper a comparison is in a table, 0.7 ns, than through the index, 6 ns."""


def close_pairs(
    words: "Words", bits: int, names: "Names | None" = None
) -> "Iterator[tuple[Index, Index]]":
    """Yields blocks of pairs of positions whose words differ in at most so many bits.

    Every such pair comes at least once, often several times, never with itself. Whichever is
    the cheaper is taken, counted beforehand: the index, or a table of all pairs.

    Args:
        words: (n,) uint64, best all different; n below 2**31.
        bits: 0 to 64.
        names: gives the (n,) names of the chains that words belong to now, the same array as
            long as nothing changed; pairs within a chain may then be left out. Without this a
            crowd of m near-equal prints costs m * m links.
    """
    if len(words) < 2:
        return
    radius = bits // BANDS
    flips = _flips(radius) if radius <= 3 else ()
    histograms = [np.bincount(_band(words, b), minlength=1 << WIDTH) for b in range(BANDS)]
    whole = len(words) ** 2 / 2 / TABLE_GAIN
    if not flips or _cost(histograms, flips, enough=whole) >= whole:
        everything = np.arange(len(words), dtype=np.int32)
        yield from _table(words, everything, everything, bits, names)
        return
    for band, histogram in enumerate(histograms):
        yield from _band_pairs(words, bits, band, histogram, flips, names)


def table_pairs(
    words: "Words", a: "Index", b: "Index", bits: int, names: "Names | None" = None
) -> "Iterator[tuple[Index, Index]]":
    """Yields blocks of pairs (one of a, one of b) whose words differ in at most so many bits.

    Compares all with all, 0.7 ns each.

    Args:
        words: (n,) uint64.
        a: positions.
        b: other positions.
        bits: 0 to 64.
        names: as for ``close_pairs``.
    """
    yield from _table(words, a, b, bits, names)


def _band(words: "Words", band: int) -> "NDArray[np.uint16]":
    return (words >> np.uint64(band * WIDTH)).astype(np.uint16)


def _flips(radius: int) -> tuple[int, ...]:
    """Every way of flipping up to so many of a band's bits, as numbers to xor with."""
    return tuple(
        sum(1 << bit for bit in chosen)
        for count in range(radius + 1)
        for chosen in combinations(range(WIDTH), count)
    )


def _cost(histograms: "list[NDArray[np.int64]]", flips: tuple[int, ...], enough: float) -> float:
    """Comparisons the index needs; stops counting where it is known to be too dear."""
    keys = np.arange(1 << WIDTH)
    cost = BANDS * len(flips) * len(keys) / 4.0  # going through the buckets, empty ones too
    if cost > enough:
        return cost
    for histogram in histograms:
        counts = histogram.astype(np.float32)
        for flip in flips:
            cost += float(counts @ counts[keys ^ flip]) / 2
            if cost > enough:
                return cost
    return cost


def _band_pairs(
    words: "Words",
    bits: int,
    band: int,
    histogram: "NDArray[np.int64]",
    flips: tuple[int, ...],
    names: "Names | None",
) -> "Iterator[tuple[Index, Index]]":
    order = np.argsort(_band(words, band), kind="stable").astype(np.int32)
    by_key = words[order]
    starts = np.concatenate(([0], np.cumsum(histogram)))[:-1]
    used = np.flatnonzero(histogram)
    for flip in flips:
        left = used[(used < used ^ flip) | (flip == 0)]
        right = left ^ flip
        alive = histogram[right] > 1 if flip == 0 else histogram[right] > 0
        left, right = left[alive], right[alive]
        sides = (starts[left], histogram[left], starts[right], histogram[right])
        heavy = np.maximum(sides[1], sides[3]) >= HEAVY
        for a, n, b, m in zip(*(side[heavy].tolist() for side in sides), strict=True):
            rows = order[a : a + n]
            yield from _table(words, rows, rows if a == b else order[b : b + m], bits, names)
        for i, j in products(*(side[~heavy] for side in sides)):
            for i_, j_ in _kept(by_key, i, j, bits):
                yield order[i_], order[j_]


def products(
    start_a: "NDArray[np.int64]",
    count_a: "NDArray[np.int64]",
    start_b: "NDArray[np.int64]",
    count_b: "NDArray[np.int64]",
) -> "Iterator[tuple[Index, Index]]":
    """Yields blocks of all pairs between runs of positions, for many pairs of runs.

    A run with itself gives each pair once and no position with itself.

    Args:
        start_a: (r,) first position of one run.
        count_a: (r,) its length.
        start_b: (r,) first position of the other run; runs are the same or apart.
        count_b: (r,) its length.
    """
    rows = _ranges(start_a, count_a)
    firsts = np.repeat(start_b, count_a)
    counts = np.repeat(count_b, count_a)
    own = (firsts <= rows) & (rows < firsts + counts)
    counts = np.where(own, firsts + counts - rows - 1, counts)
    firsts = np.where(own, rows + 1, firsts)
    ends = np.cumsum(counts)
    at = 0
    while at < len(rows):
        done = ends[at - 1] if at else 0
        stop = max(at + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        block = slice(at, stop)
        right = _ranges(firsts[block], counts[block])
        if len(right):
            yield np.repeat(rows[block], counts[block]).astype(np.int32), right
        at = stop


def _ranges(starts: "NDArray[np.int64]", counts: "NDArray[np.int64]") -> "Index":
    """start, start + 1 … start + count - 1 of each, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    result: Index = np.repeat((starts - (ends - counts)).astype(np.int32), counts)
    result += np.arange(total, dtype=np.int32)
    return result


def _table(
    words: "Words", rows: "Index", columns: "Index", bits: int, names: "Names | None"
) -> "Iterator[tuple[Index, Index]]":
    """Compares positions with positions in tiles; when both are one array, each pair once.

    Where a tile's rows are in one chain already, its columns of that chain are left out; for
    that the rows are kept sorted by chain, since every block yielded may change the chains.
    """
    same = rows is columns
    buffers = _Buffers()
    chain = None
    while len(rows):
        if names is not None and chain is not (now := names()):
            chain = now
            rows = rows[np.argsort(chain[rows], kind="stable")]
            columns = rows if same else columns
        top, rows = rows[:TILE_ROWS], rows[TILE_ROWS:]
        if same:
            columns = rows
            i, j = np.triu_indices(len(top), 1)
            yield from _kept(words, top[i], top[j], bits)
        open_ = columns
        if chain is not None and (chain[top] == chain[top[0]]).all():
            open_ = columns[chain[columns] != chain[top[0]]]
        for left in range(0, len(open_), TILE_COLUMNS):
            right = open_[left : left + TILE_COLUMNS]
            hits = buffers.close(words[top], words[right], bits)
            if len(hits):
                i, j = np.divmod(hits, len(right))
                yield top[i], right[j]


def _kept(words: "Words", i: "Index", j: "Index", bits: int) -> "Iterator[tuple[Index, Index]]":
    """Of these pairs those that differ in few bits, as a block, if there are any."""
    close = np.flatnonzero(np.bitwise_count(words[i] ^ words[j]) <= bits)
    if len(close):
        yield i[close], j[close]


class _Buffers:
    """Memory of one tile, used over and over: 0.6 ns a pair instead of 2.6."""

    def __init__(self) -> None:
        size = TILE_ROWS * TILE_COLUMNS
        self._words = np.empty(size, np.uint64)
        self._counts = np.empty(size, np.uint8)
        self._close = np.empty(size, bool)

    def close(self, a: "Words", b: "Words", bits: int) -> "NDArray[np.int64]":
        """Flat positions in the table of a (rows) and b where few bits differ."""
        shape = (len(a), len(b))
        size = len(a) * len(b)
        words = self._words[:size].reshape(shape)
        np.bitwise_xor(a[:, None], b[None, :], out=words)
        np.bitwise_count(self._words[:size], out=self._counts[:size])
        np.less_equal(self._counts[:size], bits, out=self._close[:size])
        return np.flatnonzero(self._close[:size])
