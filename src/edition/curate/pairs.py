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
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Index = NDArray[np.int32]

BANDS, WIDTH = 4, 16
BLOCK = 1 << 18
"""Comparisons in one go: their buffers stay in a core's cache (2 MB of words)."""
HEAVY = 512
"""Buckets with this many numbers or more on either side are compared as a table, 1 ns a pair
instead of 8."""
TABLE_GAIN = 6
"""How much cheaper a comparison is in a table than through the index (measured: 5 to 8)."""


def close_pairs(words: "Words", bits: int) -> "Iterator[tuple[Index, Index]]":
    """Yields blocks of pairs of positions whose words differ in at most so many bits.

    Every such pair comes at least once, often several times, never with itself. Whichever is
    the cheaper is taken, counted beforehand: the index, or a table of all pairs.

    Args:
        words: (n,) uint64, best all different; n below 2**31.
        bits: 0 to 64.
    """
    if len(words) < 2:
        return
    radius = bits // BANDS
    flips = _flips(radius) if radius <= 3 else ()
    histograms = [np.bincount(_band(words, b), minlength=1 << WIDTH) for b in range(BANDS)]
    whole = len(words) ** 2 / 2 / TABLE_GAIN
    if not flips or _cost(histograms, flips, whole) >= whole:
        yield from _table(words, words, bits, same=True)
        return
    for band, histogram in enumerate(histograms):
        yield from _band_pairs(words, bits, band, histogram, flips)


def table_pairs(a: "Words", b: "Words", bits: int) -> "Iterator[tuple[Index, Index]]":
    """Yields blocks of pairs (position in a, position in b) that differ in at most so many bits.

    Compares all with all, 1 ns each.
    """
    yield from _table(a, b, bits, same=False)


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
    cost = 0.0
    for histogram in histograms:
        counts = histogram.astype(np.float32)
        for flip in flips:
            cost += float(counts @ counts[keys ^ flip]) / 2
            if cost > enough:
                return cost
    return cost


def _band_pairs(
    words: "Words", bits: int, band: int, histogram: "NDArray[np.int64]", flips: tuple[int, ...]
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
        for i, j in _bucket_pairs(by_key, bits, sides):
            yield order[i], order[j]


def _bucket_pairs(
    by_key: "Words", bits: int, sides: "tuple[NDArray[np.int64], ...]"
) -> "Iterator[tuple[Index, Index]]":
    """Compares buckets: from start a, count a of them with from start b, count b of them."""
    heavy = np.maximum(sides[1], sides[3]) >= HEAVY
    for a, n, b, m in zip(*(side[heavy].tolist() for side in sides), strict=True):
        for i, j in _table(by_key[a : a + n], by_key[b : b + m], bits, same=a == b):
            yield i + np.int32(a), j + np.int32(b)
    light = ~heavy
    for i, j in products(*(side[light] for side in sides)):
        close = np.flatnonzero(np.bitwise_count(by_key[i] ^ by_key[j]) <= bits)
        if len(close):
            yield i[close], j[close]


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


def _table(a: "Words", b: "Words", bits: int, *, same: bool) -> "Iterator[tuple[Index, Index]]":
    """All of a with all of b in tiles; with itself, only what comes after."""
    width = min(len(b), BLOCK // 32)
    height = max(1, BLOCK // width)
    words = np.empty((height, width), np.uint64)
    counts = np.empty((height, width), np.uint8)
    for top in range(0, len(a), height):
        rows = a[top : top + height, None]
        for left in range(top - top % width if same else 0, len(b), width):
            columns = b[None, left : left + width]
            tile = (slice(0, rows.shape[0]), slice(0, columns.shape[1]))
            np.bitwise_xor(rows, columns, out=words[tile])
            np.bitwise_count(words[tile], out=counts[tile])
            i, j = np.nonzero(counts[tile] <= bits)
            i, j = i + top, j + left
            if same:
                i, j = i[i < j], j[i < j]
            if len(i):
                yield i.astype(np.int32), j.astype(np.int32)
