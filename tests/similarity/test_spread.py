"""Orders by likeness: deterministic, complete, and truly far apart."""

import random

import numpy as np
import pytest
from tests.similarity.scenes import PALETTES, copies, scene

from edition.similarity import diversity_order
from edition.similarity.diversity_order import farthest, nearest, spread_order
from edition.similarity.perceptual_hash import hashes


def prints(count, seed=0):
    rng = random.Random(seed)
    return (
        rng.sample(range(1, 10 * count), count),
        [rng.getrandbits(64) for _ in range(count)],
        [rng.getrandbits(64) for _ in range(count)],
        [bytes(rng.choices(range(100, 160), k=48)) for _ in range(count)],
    )


def distance(given, i, j):
    a, b = (np.frombuffer(given[3][k], np.uint8).astype(float) for k in (i, j))
    bits = (given[1][i] ^ given[1][j]).bit_count() + (given[2][i] ^ given[2][j]).bit_count()
    return bits / 64 + np.sqrt(((a - b) ** 2).mean()) * diversity_order.COLOUR_WEIGHT / 400


def test_each_pick_is_the_farthest_from_all_before():
    given = prints(120)
    picked = [given[0].index(i) for i in farthest(*given, 20)]
    assert len(set(picked)) == 20
    for k in range(1, 20):
        gaps = [min(distance(given, i, p) for p in picked[:k]) for i in range(120)]
        assert gaps[picked[k]] == pytest.approx(max(gaps), abs=1e-5)


def test_the_order_of_prints_does_not_matter():
    given = prints(300, 4)
    order = list(range(300))
    random.Random(1).shuffle(order)
    mixed = [[column[k] for k in order] for column in given]
    assert farthest(*mixed, 30) == farthest(*given, 30)
    assert spread_order(*mixed) == spread_order(*given)
    assert nearest(*mixed, given[0][3]) == nearest(*given, given[0][3])


def test_spread_begins_like_farthest_and_has_every_print_once(monkeypatch):
    monkeypatch.setattr(diversity_order, "LEADERS", 16)
    given = prints(200, 2)
    found = spread_order(*given)
    assert sorted(found) == sorted(given[0])
    assert found[:16] == farthest(*given, 16)
    # The second round: of every leader that has more prints, the one least like it.
    leaders = [given[0].index(i) for i in found[:16]]
    belongs = {}
    for i in set(range(200)) - set(leaders):
        near = min(range(16), key=lambda k: (distance(given, i, leaders[k]), k))
        belongs.setdefault(near, []).append(i)
    second = [
        given[0][max(members, key=lambda i: distance(given, i, leaders[k]))]
        for k, members in sorted(belongs.items())
    ]
    assert list(found[16 : 16 + len(second)]) == second


def test_equal_prints_come_in_order_of_their_ids():
    same = [5, 3, 9, 1], [7] * 4, [8] * 4, [bytes(48)] * 4
    assert farthest(*same, 3) == (1, 3, 5)
    assert spread_order(*same) == (1, 3, 5, 9)
    assert nearest(*same, 5) == (5, 1, 3, 9)


def test_empty_single_and_too_many():
    assert farthest([], [], [], [], 8) == ()
    assert spread_order([], [], [], []) == ()
    one = [4], [1], [2], [bytes(48)]
    assert farthest(*one, 8) == spread_order(*one) == nearest(*one, 4) == (4,)
    assert farthest(*prints(5), 0) == ()
    assert sorted(farthest(*prints(5), 99)) == sorted(prints(5)[0])


def test_nearest_begins_with_the_print_itself_and_grows_unlike():
    given = prints(150, 6)
    found = [given[0].index(i) for i in nearest(*given, given[0][10])]
    gaps = [distance(given, 10, i) for i in found]
    assert found[0] == 10
    assert gaps == pytest.approx(sorted(gaps), abs=1e-5)
    assert nearest(*given, given[0][10], 4) == tuple(given[0][i] for i in found[:4])


def test_nearest_to_an_unknown_print_is_refused():
    with pytest.raises(ValueError, match="Print 99 is not among"):
        nearest([1], [0], [0], [bytes(48)], 99)


def test_real_pictures_one_of_each_drawing_and_colour_before_any_copy():
    looks, kinds = [], []
    for seed in (0, 1, 2):
        for palette in PALETTES:
            for copy in copies(scene(seed, palette))[:3]:
                looks.append(hashes(copy))
                kinds.append((seed, palette))
    given = (
        range(len(looks)),
        [look.phash for look in looks],
        [look.dhash for look in looks],
        [look.colour for look in looks],
    )
    assert len({kinds[i] for i in farthest(*given, 12)}) == 12
    assert {kinds[i] for i in nearest(*given, 0, 3)} == {kinds[0]}
