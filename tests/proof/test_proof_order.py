"""Neighbours by look: a permutation, exact where it can be checked, better than greedy."""

from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from PIL import Image

from edition.proof.document_model import ProofPrint
from edition.proof.sequence import (
    _nearest,
    by_hand,
    by_look,
    distances,
    length,
    look,
    sequence,
    shortest_path,
)
from edition.recipe.proof_settings import ProofSettings


def points(count, seed, features=6):
    return distances(np.random.default_rng(seed).random((count, features)))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [3, 4, 6, 8])
def test_small_paths_are_the_shortest(count, seed):
    apart = points(count, seed)
    best = min(length(apart, path) for path in permutations(range(count)))
    found = shortest_path(apart)
    assert sorted(found) == list(range(count))
    assert length(apart, found) == pytest.approx(best)


@pytest.mark.parametrize("count", [50, 200])
def test_a_line_of_points_is_found_exactly(count):
    shuffled = np.random.default_rng(1).permutation(count)
    apart = distances(shuffled[:, None].astype(float))
    assert length(apart, shortest_path(apart)) == pytest.approx(count - 1)


def test_two_hundred_prints_beat_greedy_and_come_close_to_the_bound():
    apart = points(200, 7, features=2)
    path = shortest_path(apart)
    assert sorted(path) == list(range(200))
    closed = np.zeros((201, 201))
    closed[:200, :200] = apart
    greedy = [i for i in _nearest(closed) if i != 200]
    assert length(apart, path) < 0.9 * length(apart, greedy)
    # 0.7124 sqrt(n area) is the tour's length for many points (Applegate et al. 2007).
    assert length(apart, path) < 1.12 * 0.7124 * np.sqrt(200)
    assert path == shortest_path(apart)


def flat_picture(seed, colour):
    rgb = np.full((32, 32, 3), colour, np.uint8)
    return ProofPrint("unused", seed, 32, 32, look=rgb.tobytes())


def test_a_ramp_of_greys_hangs_in_order_without_opening_a_file():
    greys = [10, 200, 90, 250, 130, 40, 170]
    pictures = [flat_picture(i, (g, g, g)) for i, g in enumerate(greys)]
    ordered = [greys[p.seed] for p in by_look(pictures)]
    assert ordered in (sorted(greys), sorted(greys, reverse=True))


def test_composition_counts_where_colours_are_alike(tmp_path):
    files = []
    for index, part in enumerate((slice(0, 16), slice(16, 32), slice(0, 16))):
        pixels = np.full((32, 32, 3), 30, np.uint8)
        pixels[part] = 220 + index
        files.append(tmp_path / f"{index}.png")
        Image.fromarray(pixels).save(files[-1])
    looks = [look(ProofPrint(f, i, 32, 32)) for i, f in enumerate(files)]
    apart = distances(np.stack(looks))
    assert apart[0, 2] < apart[0, 1] / 5


def test_hand_and_given(show):
    pictures = show.pictures
    by_seed = by_hand(pictures, (5, 2, 99, 5))
    assert [p.seed for p in by_seed] == [5, 2, 1, 3, 4, 6, 7]
    assert sequence(pictures, ProofSettings()) == pictures
    assert sequence(pictures, ProofSettings(sequence="hand", order=(7,)))[0].seed == 7
    looked = sequence(pictures, ProofSettings(sequence="look"))
    assert sorted(p.seed for p in looked) == [p.seed for p in pictures]
    backwards = tuple(reversed(pictures))
    apart = distances(np.stack([look(p) for p in pictures]))
    index = {p.seed: i for i, p in enumerate(pictures)}
    lengths = [
        sum(apart[index[a.seed], index[b.seed]] for a, b in pairwise(by_look(order)))
        for order in (pictures, backwards)
    ]
    assert lengths[0] == pytest.approx(lengths[1])


def test_a_look_of_the_wrong_size_is_read_from_the_file(show):
    whole = look(show.pictures[0])
    assert np.array_equal(look(replace(show.pictures[0], look=b"123")), whole)
