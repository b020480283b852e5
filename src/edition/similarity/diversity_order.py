"""Orders prints by how unlike or how like they are. Knows hashes, not files.

The distance of two prints is the share of pHash bits that differ, plus that of the dHash, plus
COLOUR_WEIGHT times the root mean square difference of their colours: about 0.5 + 0.5 for two
unrelated drawings, and as much again for unlike palettes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edition.similarity.perceptual_hash import COLOUR_BYTES, COLOUR_STEPS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

COLOUR_WEIGHT = 5.0
"""Makes 0.2 OKLab, as between a crimson and a teal picture, count as two unrelated drawings."""
LEADERS = 256
"""Prints that ``spread_order`` picks one by one; each costs a pass over the edition."""


def farthest(
    ids: Sequence[int],
    phash: "Sequence[int] | ArrayLike",
    dhash: "Sequence[int] | ArrayLike",
    colour: Sequence[bytes],
    count: int,
) -> tuple[int, ...]:
    """Picks prints that lie far apart, each time the one farthest from all picked before.

    Gonzalez 1985, "Clustering to minimize the maximum intercluster distance": the smallest
    distance between picks is at least half of the best possible. The first is the most typical
    one; of equals the smallest id wins, so the result depends on the set of prints only.

    Args:
        ids: (n,) of the prints, all different.
        phash: (n,) 64-bit, unsigned.
        dhash: (n,) 64-bit, unsigned.
        colour: (n,) colour hashes; one of another length counts as black.
        count: how many; all when there are fewer.

    Returns:
        Ids in the order they were picked.
    """
    looks = _HashArrays(ids, phash, dhash, colour)
    picked, _, _ = looks.pick(count)
    return tuple(looks.ids[picked].tolist())


def spread_order(
    ids: Sequence[int],
    phash: "Sequence[int] | ArrayLike",
    dhash: "Sequence[int] | ArrayLike",
    colour: Sequence[bytes],
) -> tuple[int, ...]:
    """All prints, unlike ones first.

    The first LEADERS are as ``farthest`` picks them. All others belong to the leader they are
    nearest to; they follow in rounds, of each leader's in turn the one least like it. So the
    work is LEADERS passes over the edition, not one for each print.

    Args:
        ids: (n,) and the rest as for ``farthest``.
        phash: (n,).
        dhash: (n,).
        colour: (n,).

    Returns:
        Every id once.
    """
    looks = _HashArrays(ids, phash, dhash, colour)
    picked, distance, leader = looks.pick(min(LEADERS, len(ids)))
    rest = np.setdiff1d(np.arange(len(looks.ids)), picked)
    rest = rest[np.lexsort((looks.ids[rest], -distance[rest], leader[rest]))]
    places = np.arange(len(rest)) - np.searchsorted(leader[rest], leader[rest])
    rest = rest[np.lexsort((leader[rest], places))]
    return (*looks.ids[picked].tolist(), *looks.ids[rest].tolist())


def nearest(
    ids: Sequence[int],
    phash: "Sequence[int] | ArrayLike",
    dhash: "Sequence[int] | ArrayLike",
    colour: Sequence[bytes],
    to: int,
    count: int | None = None,
) -> tuple[int, ...]:
    """Prints by likeness to one of them, itself first.

    Args:
        ids: (n,) and the rest as for ``farthest``.
        phash: (n,).
        dhash: (n,).
        colour: (n,).
        to: the print to compare with, one of the ids.
        count: how many; all when None.

    Raises:
        ValueError: there is no such print.
    """
    looks = _HashArrays(ids, phash, dhash, colour)
    found = np.flatnonzero(looks.ids == to)
    if not len(found):
        raise ValueError(f"Print {to} is not among those to be ordered.")
    distance = looks.distance(int(found[0]))
    distance[found[0]] = -1
    order = np.lexsort((looks.ids, distance))
    return tuple(looks.ids[order][:count].tolist())


class _HashArrays:
    """Hashes as arrays, sorted by id."""

    def __init__(
        self,
        ids: Sequence[int],
        phash: "Sequence[int] | ArrayLike",
        dhash: "Sequence[int] | ArrayLike",
        colour: Sequence[bytes],
    ) -> None:
        order = np.argsort(np.asarray(ids, np.int64).reshape(-1), kind="stable")
        black = bytes(COLOUR_BYTES)
        table = b"".join(c if len(c) == COLOUR_BYTES else black for c in colour)
        self.ids = np.asarray(ids, np.int64).reshape(-1)[order]
        self._phash = np.asarray(phash, np.uint64).reshape(-1)[order]
        self._dhash = np.asarray(dhash, np.uint64).reshape(-1)[order]
        # float32 holds sums of 48 squared bytes exactly (3.2 million < 2**24), in any order of
        # adding, so that the fast matrix product gives the same everywhere.
        bytes_ = np.frombuffer(table, np.uint8).reshape(-1, COLOUR_BYTES)
        self._colour = bytes_[order].astype(np.float32)  # (n, k)
        self._squares = np.einsum("nk,nk->n", self._colour, self._colour)

    def distance(self, of: int) -> "NDArray[np.float32]":
        """(n,) how unlike one print all are."""
        return self._distance(self._phash[of], self._dhash[of], self._colour[of])

    def pick(
        self, count: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]":
        """Picks farthest points.

        Returns:
            Positions in the order picked; (n,) distance to the nearest pick; (n,) which it is.
        """
        total = len(self.ids)
        picked = np.empty(min(max(count, 0), total), np.int64)
        distance = np.full(total, np.inf, np.float32)
        leader = np.zeros(total, np.int64)
        for k in range(len(picked)):
            at = int(np.argmax(distance)) if k else self._typical()
            picked[k] = at
            new = self.distance(at)
            nearer = new < distance
            distance[nearer], leader[nearer] = new[nearer], k
            distance[at], leader[at] = -1, k  # never again, even among equal prints
        return picked, distance, leader

    def _typical(self) -> int:
        """The print nearest to the majority of every bit and the mean of every colour."""
        bits = [_majority(words) for words in (self._phash, self._dhash)]
        mean = np.rint(self._colour.mean(axis=0, dtype=np.float64)).astype(np.float32)
        return int(np.argmin(self._distance(bits[0], bits[1], mean)))

    def _distance(
        self, phash: np.uint64, dhash: np.uint64, colour: "NDArray[np.float32]"
    ) -> "NDArray[np.float32]":
        bits = np.bitwise_count(self._phash ^ phash).astype(np.float32)
        bits += np.bitwise_count(self._dhash ^ dhash)
        squares = self._squares - 2 * (self._colour @ colour) + colour @ colour
        rms = np.sqrt(squares * np.float32(1 / COLOUR_BYTES))
        result: NDArray[np.float32] = bits / 64 + rms * np.float32(COLOUR_WEIGHT / COLOUR_STEPS)
        return result


def _majority(words: "NDArray[np.uint64]") -> np.uint64:
    """The word whose every bit is what most words have."""
    shifts = np.arange(64, dtype=np.uint64)
    result = np.uint64(0)
    for shift in shifts:
        ones = int(((words >> shift) & np.uint64(1)).sum())
        if 2 * ones > len(words):
            result |= np.uint64(1) << shift
    return result
