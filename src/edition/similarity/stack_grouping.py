"""Groups near-duplicates into stacks, exactly and as prints arrive. Knows hashes, not files.

Two prints are *alike* at a distance d when their pHashes differ in at most d bits, their dHashes
in at most d + SLACK, and their colours by at most a bound. What likeness links, directly or
through others, is one chain (single linkage). A chain may drift in colour from crimson to blue by
small steps, a stack may not: within a chain the best print becomes a top and takes, best first,
every print whose colour is within the bound of all it has taken already; what is left goes on the
same way. So no two prints of a stack ever differ in colour by more than the bound. What a person
has set apart is taken out of its chain first, and makes stacks only among itself.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edition.domain import MAX_STACK_DISTANCE
from edition.similarity.clusters import Clusters, near_pairs, split, within
from edition.similarity.hamming_pairs import HEAVY, close_pairs, products, table_pairs
from edition.similarity.perceptual_hash import COLOUR_BYTES, COLOUR_STEPS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edition.domain import Marks
    from edition.similarity.hamming_pairs import Index, Names, Words

    Colours = NDArray[np.uint8]

DEFAULT_DISTANCE = 6
"""Bits of the pHash: copies, other sizes and JPEGs differ in 0 to 2, 2 % crops in up to 6."""
DEFAULT_COLOUR = 0.02
"""OKLab, a difference just seen: copies measured up to 0.0075, crops and 5 % light 0.0175."""
SLACK = 4
"""Bits more that a dHash may differ: it looks at single neighbours and is the noisier one."""
_CHEAP_REACH = 7
"""Up to here the index finds all pairs of 100,000 prints in 0.3 s; at 8 in 1.4, at 12 in 7."""
_FEW = 1 << 28, 1 << 31
"""New times known prints up to which all are compared (0.2 s, 1.5 s); else the index is made."""


def best_of(marks: "Marks", *, chosen: bool = False) -> int:
    """How good a print is as a stack's top: starred first, then by rating, rejects last.

    An unmarked print is 0, so that only marked prints need a rank.

    Args:
        marks: of the print.
        chosen: a person put it on top: before any other.
    """
    return 1000 * chosen + 100 * marks.star - 100 * marks.reject + marks.rating


def group(
    ids: Sequence[int],
    phash: "Sequence[int] | Words",
    dhash: "Sequence[int] | Words",
    colour: Sequence[bytes],
    *,
    distance: int = DEFAULT_DISTANCE,
    colour_distance: float = DEFAULT_COLOUR,
    rank: Sequence[int] | None = None,
    apart: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Groups prints into stacks of near-duplicates, all at once.

    Args:
        ids: (n,) of the prints, all different.
        phash: (n,) 64-bit, unsigned.
        dhash: (n,) 64-bit, unsigned.
        colour: (n,) colour hashes; a print with one of another length is in no stack.
        distance: bits of the pHash, 0 to MAX_STACK_DISTANCE.
        colour_distance: OKLab, see edition.similarity.perceptual_hash.colour_distance.
        rank: (n,) how good each is as a top, higher is better (best_of); of equals the smallest
            id wins.
        apart: by id, a number other than 0 for prints that a person has set apart: only those
            of one number may be stacked.

    Returns:
        Print id → id of its stack's top, for every print of a stack of two or more, tops too.

    Raises:
        ValueError: a distance is out of range, or the lengths differ.
    """
    stacker = Stacker(reach=distance, colour_distance=colour_distance, one_distance=True)
    stacker.add(ids, phash, dhash, colour)
    ranks = None if rank is None else dict(zip(ids, rank, strict=True))
    return stacker.tops(distance, ranks, apart)


class Stacker:
    """Stacks that grow with the edition, at every distance up to a reach.

    Adding prints in any portions and order gives what ``group`` gives for all of them. It holds
    80 + 4 * (reach + 1) bytes a print. ``tops`` at another distance costs no new search: what is
    kept is, for every distance, which chain each print belongs to.
    """

    def __init__(
        self,
        *,
        reach: int = DEFAULT_DISTANCE,
        colour_distance: float = DEFAULT_COLOUR,
        one_distance: bool = False,
    ) -> None:
        """Starts without prints.

        Args:
            reach: the largest distance that may be asked for, 0 to MAX_STACK_DISTANCE.
            colour_distance: the bound of colours, OKLab.
            one_distance: only ``tops(reach)`` will be asked for: less to keep.

        Raises:
            ValueError: out of range.
        """
        if not 0 <= reach <= MAX_STACK_DISTANCE:
            raise ValueError(f"A stack's distance is 0 to {MAX_STACK_DISTANCE}, not {reach}.")
        if not 0 <= colour_distance < 1:
            raise ValueError(f"A colour distance is 0 to 1, not {colour_distance}.")
        self.reach = reach
        self._bound = int(colour_distance * COLOUR_STEPS + 1e-9)
        self._one = one_distance
        self._ids = np.empty(0, np.int64)
        self._phash = np.empty(0, np.uint64)
        self._dhash = np.empty(0, np.uint64)
        self._colour = np.empty((0, COLOUR_BYTES), np.uint8)
        self._chains = Clusters(1 if one_distance else reach + 1)

    def __len__(self) -> int:
        """How many prints it knows."""
        return len(self._ids)

    def add(
        self,
        ids: Sequence[int],
        phash: "Sequence[int] | Words",
        dhash: "Sequence[int] | Words",
        colour: Sequence[bytes],
    ) -> None:
        """Adds prints; arguments as for ``group``. An id that is known already is left as it is.

        A few new prints are compared with all that are known, 1 ns each; many make the index
        again.

        Raises:
            ValueError: the lengths differ.
        """
        sizes = {len(ids), len(phash), len(dhash), len(colour)}
        if len(sizes) != 1:
            raise ValueError(f"Prints and hashes differ in number: {sorted(sizes)}.")
        new_ids = np.asarray(ids, np.int64).reshape(-1)
        fit = np.fromiter((len(c) == COLOUR_BYTES for c in colour), bool, len(colour))
        fit &= ~np.isin(new_ids, self._ids)
        fit &= _firsts(new_ids)
        known = len(self._ids)
        table = np.frombuffer(b"".join(c for c, f in zip(colour, fit, strict=True) if f), np.uint8)
        self._ids = np.concatenate((self._ids, new_ids[fit]))
        self._phash = np.concatenate((self._phash, _words(phash)[fit]))
        self._dhash = np.concatenate((self._dhash, _words(dhash)[fit]))
        self._colour = np.concatenate((self._colour, table.reshape(-1, COLOUR_BYTES)))
        self._chains.grow(len(self._ids))
        self._link(known)

    def tops(
        self,
        distance: int | None = None,
        rank: Mapping[int, int] | None = None,
        apart: Mapping[int, int] | None = None,
    ) -> dict[int, int]:
        """The stacks at a distance, as ``group`` returns them.

        Args:
            distance: 0 to the reach, the reach when None.
            rank: how good prints are as tops by id (best_of); 0 for those that are not in it.
            apart: as for ``group``.

        Raises:
            ValueError: the distance is beyond the reach.
        """
        distance = self.reach if distance is None else distance
        if not 0 <= distance <= self.reach or (self._one and distance != self.reach):
            raise ValueError(f"These stacks reach to {self.reach}, not {distance}.")
        chain = self._chains.at(0 if self._one else distance)
        if apart:
            chain = _cut(chain, self._ids, apart)
        linked = np.flatnonzero(np.bincount(chain, minlength=1)[chain] > 1)
        ids = self._ids[linked]
        ranks = np.zeros(len(ids), np.int64)
        if rank:
            ranks[:] = [rank.get(i, 0) for i in ids.tolist()]
        order = linked[np.lexsort((ids, -ranks, chain[linked]))]
        tops = split(chain[order], self._colour[order], self._bound)
        size = np.bincount(tops, minlength=1)[tops]
        members, heads = order[size > 1], order[tops[size > 1]]
        return dict(zip(self._ids[members].tolist(), self._ids[heads].tolist(), strict=True))

    def _link(self, known: int) -> None:
        """Finds all pairs of which one at least is new, and links them."""
        total = len(self._ids)
        new = total - known
        if known and new * total <= _FEW[self.reach > _CHEAP_REACH]:
            every = np.arange(total, dtype=np.int32)
            for i, j in table_pairs(self._phash, every[known:], every, self.reach):
                self._check(i, j, self.reach)
        elif new:
            self._link_all()
        self._chains.settle()

    def _link_all(self) -> None:
        """Equal prints first, then those of equal pHash, then those of near ones.

        Shorter distances come first: what they chain need not be compared at longer ones.
        """
        order = self._without_copies()
        last = -1
        for bits in (self.reach,) if self._one else _passes(self.reach):
            self._link_up_to(order, bits, 0 if self._one else last + 1)
            last = bits

    def _link_up_to(self, order: "Index", bits: int, level: int) -> None:
        """Links all pairs at up to so many bits, but those in one chain at a level already."""
        starts, counts = _runs(self._phash[order])
        many = counts >= HEAVY
        for a, n in zip(starts[many].tolist(), counts[many].tolist(), strict=True):
            self._link_equal(order[a : a + n], bits, level)
        few = (counts > 1) & ~many
        sides = starts[few], counts[few]
        for i, j in products(*sides, *sides):
            self._check(order[i], order[j], bits)
        names = self._names(order, starts, level)
        for u, v in close_pairs(self._phash[order[starts]], bits, names):
            self._cross(order, (starts[u], counts[u], starts[v], counts[v]), bits, level)

    def _without_copies(self) -> "Index":
        """Links prints with equal hashes; the rest, sorted by pHash, then dHash."""
        colour = np.ascontiguousarray(self._colour).view(np.uint64)  # (n, 6)
        keys = (self._phash, self._dhash, *colour.T)
        order = np.lexsort(keys[::-1]).astype(np.int32)
        copy = np.zeros(len(order), bool)
        copy[1:] = np.logical_and.reduce([k[order[1:]] == k[order[:-1]] for k in keys])
        at = np.flatnonzero(copy)
        self._chains.link(order[at], order[at - 1], np.zeros(len(at), np.uint8))
        return order[~copy]

    def _link_equal(self, members: "Index", bits: int, level: int) -> None:
        """Links many prints of one pHash; members are sorted by dHash."""
        starts, counts = _runs(self._dhash[members])
        for a, n in zip(starts.tolist(), counts.tolist(), strict=True):
            if n > 1:
                self._link_colours(members[a : a + n])
        names = self._names(members, starts, level)
        for u, v in close_pairs(self._dhash[members[starts]], bits + SLACK, names):
            self._cross(members, (starts[u], counts[u], starts[v], counts[v]), bits, level)

    def _names(self, order: "Index", starts: "NDArray[np.int64]", level: int) -> "Names":
        """What close_pairs asks: the chain of each run, a name of its own where it has many."""
        seen = self._chains.rows[level][:0]
        result = seen

        def names() -> "Index":
            nonlocal seen, result
            if seen is not self._chains.rows[level]:
                seen = self._chains.rows[level]
                first, last = (f.reduceat(seen[order], starts) for f in (np.minimum, np.maximum))
                alone = -1 - np.arange(len(starts), dtype=np.int32)
                result = np.where(first == last, first, alone)
            return result

        return names

    def _link_colours(self, members: "Index") -> None:
        """Links many prints that differ in nothing but colour."""
        names = self._names(members, np.arange(len(members)), 0)
        for i, j in near_pairs(self._colour[members], self._bound, names):
            self._chains.link(members[i], members[j], np.zeros(len(i), np.uint8))

    def _cross(
        self, order: "Index", sides: "tuple[NDArray[np.int64], ...]", bits: int, level: int
    ) -> None:
        """Links members of one run with those of another, for many pairs of runs."""
        a, n, b, m = sides
        heavy = n * m >= HEAVY * HEAVY
        for run in np.flatnonzero(heavy).tolist():
            left, right = order[a[run] : a[run] + n[run]], order[b[run] : b[run] + m[run]]
            for i, j in table_pairs(
                self._dhash, left, right, bits + SLACK, lambda: self._chains.rows[level]
            ):
                self._check(i, j, bits)
        light = ~heavy
        for i, j in products(a[light], n[light], b[light], m[light]):
            self._check(order[i], order[j], bits)

    def _check(self, i: "Index", j: "Index", most: int) -> None:
        """Links those of these pairs that are alike in all three, at up to most bits."""
        bits = np.bitwise_count(self._dhash[i] ^ self._dhash[j])
        keep = bits <= most + SLACK
        i, j, bits = i[keep], j[keep], bits[keep]
        level = np.zeros(len(i), np.uint8)
        if not self._one:
            level = np.bitwise_count(self._phash[i] ^ self._phash[j])
            np.maximum(level, np.maximum(bits, SLACK) - np.uint8(SLACK), out=level)
        keep = ~self._chains.linked(i, j, level)
        i, j, level = i[keep], j[keep], level[keep]
        keep = within(self._colour, i, j, self._bound)
        self._chains.link(i[keep], j[keep], level[keep])


def _cut(
    chain: "NDArray[np.int32]", ids: "NDArray[np.int64]", apart: Mapping[int, int]
) -> "NDArray[np.int32]":
    """Gives prints that are set apart chains of their own: one for each chain and number."""
    numbers = np.array([apart.get(i, 0) for i in ids.tolist()], np.int64)
    at = np.flatnonzero(numbers)
    keys = np.stack((chain[at].astype(np.int64), numbers[at]), axis=1)
    result = chain.copy()
    result[at] = len(chain) + np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return result


def _passes(reach: int) -> tuple[int, ...]:
    """Distances at which to look, one after the other; few where each costs much."""
    return (*(d for d in (0, 1, 2, 3, 5, 7, 11) if d < reach), reach)


def _words(numbers: "ArrayLike") -> "Words":
    return np.asarray(numbers, np.uint64).reshape(-1)


def _firsts(ids: "NDArray[np.int64]") -> "NDArray[np.bool_]":
    """Whether each id is there for the first time."""
    first = np.zeros(len(ids), bool)
    first[np.unique(ids, return_index=True)[1]] = True
    return first


def _runs(values: "Words") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Where each run of equal values starts, and its length."""
    starts = np.flatnonzero(
        np.concatenate((np.ones(min(1, len(values)), bool), values[1:] != values[:-1]))
    )
    return starts, np.diff(np.append(starts, len(values)))
