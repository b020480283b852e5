"""In which order prints hang: as given, by hand, or by look. Deterministic.

By look is the shortest path through the prints, where the length of a step is how different two
neighbours are. Local search: 2-opt (Croes 1958) and or-opt (Or 1976) until neither helps, then
double-bridge kicks (Martin, Otto, Felten 1991), of which only better ones are kept.
"""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edition.proof import png_passthrough
from edition.proof.document_model import ProofPrint
from edition.recipe.proof_settings import ProofSettings

Distances = NDArray[np.float64]
LOOK_SIDE = 32
"""A look is a picture of 32×32 RGB8 pixels."""
KICKS = 48
_EASE = 1e-9


def sequence(pictures: Sequence[ProofPrint], settings: ProofSettings) -> tuple[ProofPrint, ...]:
    """Orders pictures as the settings ask for.

    Raises:
        ProofError: a picture that has to be looked at can't be read.
    """
    if settings.sequence == "hand":
        return by_hand(pictures, settings.order)
    if settings.sequence == "look":
        return by_look(pictures)
    return tuple(pictures)


def by_hand(pictures: Sequence[ProofPrint], named: Sequence[int | str]) -> tuple[ProofPrint, ...]:
    """Pictures in the order that names them; those not named follow as they were.

    Args:
        pictures: what hangs.
        named: a seed, or ``digest:seed`` with the first digits of the recipe's digest.
    """
    place = {name: index for index, name in enumerate(dict.fromkeys(named))}
    exact = [(name.split(":"), index) for name, index in place.items() if isinstance(name, str)]

    def where(picture: ProofPrint) -> int:
        for (digest, seed), index in exact:
            if picture.seed == int(seed) and picture.digest.startswith(digest):
                return index
        return place.get(picture.seed, len(place))

    return tuple(sorted(pictures, key=where))


def names(pictures: Sequence[ProofPrint]) -> tuple[int | str, ...]:
    """What ``by_hand`` needs to give this order back: seeds, with a digest where two share one."""
    seeds = Counter(picture.seed for picture in pictures)
    return tuple(
        picture.seed if seeds[picture.seed] == 1 else f"{picture.digest[:12]}:{picture.seed}"
        for picture in pictures
    )


def by_look(pictures: Sequence[ProofPrint]) -> tuple[ProofPrint, ...]:
    """Pictures so that neighbours are alike in colour and composition."""
    if len(pictures) < 3:
        return tuple(pictures)
    path = shortest_path(distances(np.stack([look(picture) for picture in pictures])))
    return tuple(pictures[index] for index in path)


def look(picture: ProofPrint) -> NDArray[np.float64]:
    """What a picture looks like from across the room.

    Returns:
        60 numbers: lightness and two colour axes of a 4×4 grid, and four times of the whole.
    """
    if len(picture.look) == LOOK_SIDE * LOOK_SIDE * 3:
        small = Image.frombytes("RGB", (LOOK_SIDE, LOOK_SIDE), picture.look)
    else:
        small = png_passthrough.flat(picture.file).resize(
            (LOOK_SIDE, LOOK_SIDE), Image.Resampling.BOX
        )
    lab = _lab(np.asarray(small, dtype=np.float64) / 255)  # (32, 32, 3)
    cells = lab.reshape(4, 8, 4, 8, 3).mean(axis=(1, 3))  # (4, 4, 3)
    whole = np.tile(lab.mean(axis=(0, 1)), 4)  # (12,)
    return np.concatenate([cells.ravel(), whole])


def _lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """SRGB to Oklab (Ottosson 2020)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    lab: NDArray[np.float64] = np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )
    return lab


def distances(looks: NDArray[np.float64]) -> Distances:
    """How different every two looks are.

    Args:
        looks: (n, features).

    Returns:
        (n, n), symmetric, zeros on the diagonal.
    """
    squares = (looks**2).sum(axis=1)
    gram = squares[:, None] + squares[None, :] - 2 * looks @ looks.T
    apart: Distances = np.sqrt(np.maximum(gram, 0.0))
    np.fill_diagonal(apart, 0.0)
    return (apart + apart.T) / 2


def length(apart: Distances, path: Sequence[int]) -> float:
    """How long a path through all prints is."""
    return float(sum(apart[a, b] for a, b in pairwise(path)))


def shortest_path(apart: Distances) -> list[int]:
    """A short path through all points, exact or close to it for up to 200 of them.

    Args:
        apart: (n, n) distances.

    Returns:
        The points in order; of the two directions the one that starts with the earlier point.
    """
    count = len(apart)
    # A point at distance 0 from all turns the open path into a tour.
    closed = np.zeros((count + 1, count + 1))
    closed[:count, :count] = apart
    tour = _settled(_nearest(closed), closed)
    best = _tour_length(tour, closed)
    dice = random.Random(count)
    for _ in range(KICKS if count > 7 else 0):
        a, b, c = sorted(dice.sample(range(1, count + 1), 3))
        kicked = np.concatenate([tour[:a], tour[b:c], tour[a:b], tour[c:]])
        kicked = _settled(kicked, closed)
        found = _tour_length(kicked, closed)
        if found < best - _EASE:
            tour, best = kicked, found
    start = int(np.flatnonzero(tour == count)[0])
    path = [int(point) for point in np.roll(tour, -start)[1:]]
    return path if path[0] <= path[-1] else path[::-1]


def _nearest(closed: Distances) -> NDArray[np.intp]:
    """From the first point always on to the nearest that is left."""
    left = list(range(1, len(closed)))
    tour = [0]
    while left:
        here = tour[-1]
        nearest = min(left, key=lambda point: (closed[here, point], point))
        left.remove(nearest)
        tour.append(nearest)
    return np.array(tour)


def _tour_length(tour: NDArray[np.intp], closed: Distances) -> float:
    return float(closed[tour, np.roll(tour, -1)].sum())


def _settled(tour: NDArray[np.intp], closed: Distances) -> NDArray[np.intp]:
    """Improves a tour until neither turning nor moving a stretch of it helps."""
    while True:
        better = _turned(tour, closed)
        if better is None:
            better = _moved(tour, closed)
        if better is None:
            return tour
        tour = better


def _turned(tour: NDArray[np.intp], closed: Distances) -> NDArray[np.intp] | None:
    """The best 2-opt move: a stretch turned round."""
    here = closed[np.ix_(tour, tour)]
    after = np.roll(here, -1, axis=(0, 1))
    edge = closed[tour, np.roll(tour, -1)]
    gain = np.triu(edge[:, None] + edge[None, :] - here - after, k=1)
    first, last = np.unravel_index(int(np.argmax(gain)), gain.shape)
    if gain[first, last] <= _EASE:
        return None
    better = tour.copy()
    better[first + 1 : last + 1] = tour[first + 1 : last + 1][::-1]
    return better


def _moved(tour: NDArray[np.intp], closed: Distances) -> NDArray[np.intp] | None:
    """The best or-opt move: a stretch of one to three points put elsewhere, turned or not."""
    count = len(tour)
    best: tuple[float, int, int, int, bool] | None = None
    edge = closed[tour, np.roll(tour, -1)]
    for size in range(1, min(4, count - 2)):
        head, tail = tour, np.roll(tour, -(size - 1))
        before, after = np.roll(tour, 1), np.roll(tour, -size)
        freed = closed[before, head] + closed[tail, after] - closed[before, after]
        nexts = np.roll(tour, -1)
        for turn in (False, True):
            first, last = (tail, head) if turn else (head, tail)
            cost = closed[np.ix_(first, tour)] + closed[np.ix_(last, nexts)] - edge[None, :]
            gain = freed[:, None] - cost
            for shift in range(-1, size):  # not next to where it is
                rows = np.arange(count)
                gain[rows, (rows + shift) % count] = -np.inf
            start, place = (int(i) for i in np.unravel_index(int(np.argmax(gain)), gain.shape))
            found = float(gain[start, place])
            if found > _EASE and (best is None or found > best[0] + _EASE):
                best = (found, start, place, size, turn)
    if best is None:
        return None
    _, start, place, size, turn = best
    turned = np.roll(tour, -start)
    stretch, rest = turned[:size], turned[size:]
    at = (place - start) % count - size + 1
    return np.concatenate([rest[:at], stretch[::-1] if turn else stretch, rest[at:]])
