"""Numbers under the stacks: close words, near colours, chains and how they are cut."""

import numpy as np
import pytest

from edition.similarity import hamming_pairs
from edition.similarity.clusters import Clusters, near_pairs, split
from edition.similarity.hamming_pairs import close_pairs, products, table_pairs


def gathered(blocks):
    return [(int(a), int(b)) for i, j in blocks for a, b in zip(i, j, strict=True)]


def components(count, found):
    chains = Clusters(1)
    chains.grow(count)
    i, j = np.array(found, np.int32).reshape(-1, 2).T
    chains.link(i, j, np.zeros(len(i), np.uint8))
    return chains.at(0).tolist()


def words_with_a_crowd(count, seed):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, count, dtype=np.uint64)
    words[::2] = words[0]
    for _ in range(5):
        words[2::2] ^= np.uint64(1) << rng.integers(0, 64, len(words[2::2])).astype(np.uint64)
    return words


@pytest.mark.parametrize("gain", [1e-9, 8, 1e9], ids=["index", "as it is", "table"])
@pytest.mark.parametrize("bits", [0, 3, 4, 7, 8, 11, 12, 15, 16, 20, 64])
def test_close_pairs_are_all_pairs_and_no_others(bits, gain, monkeypatch):
    monkeypatch.setattr(hamming_pairs, "TABLE_GAIN", gain)
    words = words_with_a_crowd(150, bits)
    near = np.bitwise_count(words[:, None] ^ words) <= bits
    wanted = {(i, j) for i, j in zip(*np.nonzero(near), strict=True) if i < j}
    found = gathered(close_pairs(words, bits))
    assert {(min(p), max(p)) for p in found} == wanted
    assert all(i != j for i, j in found)


@pytest.mark.parametrize("gain", [1e-9, 1e9], ids=["index", "table"])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_chained_may_be_left_out_and_the_chains_stay_the_same(seed, gain, monkeypatch):
    for name, value in (("HEAVY", 2), ("TILE_ROWS", 4), ("TILE_COLUMNS", 16)):
        monkeypatch.setattr(hamming_pairs, name, value)
    monkeypatch.setattr(hamming_pairs, "TABLE_GAIN", gain)
    words = words_with_a_crowd(160, seed)
    words[1::6] = words[3]
    words[5::6] ^= words[5] ^ words[7]
    chains = Clusters(1)
    chains.grow(len(words))
    seen = 0
    for i, j in close_pairs(words, 6, lambda: chains.rows[0]):
        chains.link(i, j, np.zeros(len(i), np.uint8))
        chains.settle()
        seen += len(i)
    every = gathered(close_pairs(words, 6))
    assert chains.at(0).tolist() == components(len(words), every)
    assert seen < len(every) / 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("sets", [1, 2])
def test_no_link_of_a_thin_chain_is_lost(sets, seed, monkeypatch):
    for name, value in (("TILE_ROWS", 4), ("TILE_COLUMNS", 16)):
        monkeypatch.setattr(hamming_pairs, name, value)
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, 90, dtype=np.uint64)
    for k in range(1, 60):  # each only near the one before and the one after
        words[k] = words[k - 1] ^ np.uint64(0b1111 << (4 * k) % 64)
    words = rng.permutation(words)
    chains = Clusters(1)
    chains.grow(90)
    everything = np.arange(90, dtype=np.int32)
    halves = (everything[:45], everything[45:]) if sets == 2 else (everything, everything)
    before = rng.permutation(90)[:40].reshape(-1, 2).astype(np.int32)
    chains.link(*before.T, np.zeros(len(before), np.uint8))
    chains.settle()
    for i, j in table_pairs(words, *halves, 6, lambda: chains.rows[0]):
        chains.link(i, j, np.zeros(len(i), np.uint8))
        chains.settle()
    every = gathered(table_pairs(words, *halves, 6)) + before.tolist()
    assert chains.at(0).tolist() == components(90, every)
    assert np.bincount(chains.at(0)).max() > 5


def test_a_table_compares_two_sets():
    words = words_with_a_crowd(90, 1)
    a, b = np.arange(0, 40, dtype=np.int32), np.arange(40, 90, dtype=np.int32)
    near = np.bitwise_count(words[:40, None] ^ words[40:]) <= 9
    wanted = {(int(i), int(j) + 40) for i, j in zip(*np.nonzero(near), strict=True)}
    assert set(gathered(table_pairs(words, a, b, 9))) == wanted != set()


def test_products_give_every_pair_of_two_runs_once(monkeypatch):
    monkeypatch.setattr(hamming_pairs, "BLOCK", 7)
    sides = [np.array(side) for side in ([0, 4, 9], [4, 1, 3], [0, 20, 9], [4, 30, 3])]
    found = gathered(products(*sides))
    assert len(found) == len(set(found)) == 6 + 30 + 3
    assert {(0, 1), (2, 3), (4, 20), (4, 49), (9, 11)} <= set(found)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("columns", [1, 2, 48])
def test_near_pairs_are_all_pairs_and_no_others(columns, seed):
    rng = np.random.default_rng(seed)
    high = {1: 256, 2: 40, 48: 12}[columns]
    colour = rng.integers(0, high, (90, columns), dtype=np.uint8)
    gaps = np.abs(colour[:, None].astype(int) - colour).max(axis=2)
    wanted = {(i, j) for i, j in zip(*np.nonzero(gaps <= 8), strict=True) if i < j}
    alone = np.arange(90, dtype=np.int32)
    found = gathered(near_pairs(colour, 8, lambda: alone))
    assert {(min(p), max(p)) for p in found} == wanted != set()


@pytest.mark.parametrize("seed", range(6))
def test_chains_of_near_colours_are_whole_though_pairs_are_left_out(seed):
    colour = np.random.default_rng(seed).integers(0, 90, (400, 2), dtype=np.uint8)
    alone = np.arange(400, dtype=np.int32)
    wanted = components(400, gathered(near_pairs(colour, 3, lambda: alone)))
    chains = Clusters(1)
    chains.grow(400)
    for i, j in near_pairs(colour, 3, lambda: chains.rows[0]):
        chains.link(i.astype(np.int32), j.astype(np.int32), np.zeros(len(i), np.uint8))
        chains.settle()
    assert chains.at(0).tolist() == wanted
    assert 1 < len(set(wanted)) < 400


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("columns", [1, 3, 48])
def test_chains_are_cut_as_by_asking_every_pair(columns, seed):
    colour = np.random.default_rng(seed).integers(0, 25, (120, columns), dtype=np.uint8)
    chain = np.repeat(np.array([0, 3, 8], np.int32), [1, 79, 40])
    wanted = np.full(120, -1)
    for name in (0, 3, 8):
        left = np.flatnonzero(chain == name).tolist()
        while left:
            stack = []
            for k in left:
                gaps = [np.abs(colour[k].astype(int) - colour[m]).max() for m in stack]
                if max(gaps, default=0) <= 12:
                    stack.append(k)
            wanted[stack] = stack[0]
            left = [k for k in left if k not in stack]
    assert split(chain, colour, 12).tolist() == wanted.tolist()


def test_links_hold_from_their_level_upwards():
    chains = Clusters(3)
    chains.grow(5)
    chains.link(np.array([1, 3]), np.array([2, 4]), np.array([2, 1], np.uint8))
    chains.settle()
    assert [row.tolist() for row in chains.rows] == [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 3],
        [0, 1, 1, 3, 3],
    ]
