"""Stacks: equal to brute force, in any portions, and never two colourways in one."""

import random

import numpy as np
import pytest
from tests.similarity.scenes import PALETTES, copies, scene

from edition.domain import MAX_STACK_DISTANCE, Marks
from edition.similarity import hamming_pairs, stack_grouping
from edition.similarity.perceptual_hash import COLOUR_BYTES, COLOUR_STEPS, colour_distance, hashes
from edition.similarity.stack_grouping import (
    DEFAULT_COLOUR,
    SLACK,
    Stacker,
    best_of,
    group,
)

BOUND = round(DEFAULT_COLOUR * COLOUR_STEPS)


def brute_force(ids, phash, dhash, colour, distance, rank=None):
    """The module's definition, word for word, pair by pair."""
    rank = rank or [0] * len(ids)
    table = np.array([list(c) for c in colour], int).reshape(-1, COLOUR_BYTES)
    chains = [{k} for k in range(len(ids))]
    for i in range(len(ids)):
        near = np.abs(table - table[i]).max(axis=1) <= BOUND
        for j in range(i):
            if (
                near[j]
                and (phash[i] ^ phash[j]).bit_count() <= distance
                and (dhash[i] ^ dhash[j]).bit_count() <= distance + SLACK
                and chains[i] is not chains[j]
            ):
                chains[i] |= chains[j]
                for k in chains[j]:
                    chains[k] = chains[i]
    tops = {}
    for chain in {id(c): c for c in chains}.values():
        left = sorted(chain, key=lambda k: (-rank[k], ids[k]))
        while left:
            stack = []
            for k in left:
                if all(np.abs(table[k] - table[m]).max() <= BOUND for m in stack):
                    stack.append(k)
            if len(stack) > 1:
                tops |= {ids[k]: ids[stack[0]] for k in stack}
            left = [k for k in left if k not in stack]
    return tops


def flipped(word, bits, rng):
    for bit in rng.sample(range(64), bits):
        word ^= 1 << bit
    return word


def shifted(colour, most, rng):
    return bytes(
        min(255, max(0, v + (rng.randint(-most, most) if rng.random() < 0.3 else 0)))
        for v in colour
    )


def planted(count, seed, *, bits=8, shift=6):
    """Prints of which most are made from an earlier one by flipping bits and shifting colours."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        if rows and rng.random() < 0.7:
            p, d, c = rng.choice(rows)
            row = (
                flipped(p, rng.randint(0, bits), rng),
                flipped(d, rng.randint(0, bits + SLACK), rng),
                shifted(c, rng.choice((0, 2, shift)), rng),
            )
        else:
            row = (rng.getrandbits(64), rng.getrandbits(64), rng.randbytes(COLOUR_BYTES))
        rows.append(row)
    ids = rng.sample(range(1, 10 * count), count)
    rank = [rng.choice((0, 0, 0, 3, 100, -100)) for _ in ids]
    return ids, *(list(column) for column in zip(*rows, strict=True)), rank


def crowd(count, seed, kind):
    """Heavy buckets: half of the prints share hashes, exactly or nearly."""
    ids, phash, dhash, colour, rank = planted(count, seed)
    rng = random.Random(seed)
    for k in range(0, count, 2):
        phash[k] = flipped(phash[0], rng.randint(0, 4), rng) if kind == "near" else phash[0]
        if kind != "phash":
            dhash[k] = flipped(dhash[0], rng.randint(0, 4), rng) if kind == "near" else dhash[0]
        if kind == "copies":
            colour[k] = colour[0]
        elif kind in ("drawing", "near"):
            colour[k] = bytes(min(255, max(0, v + rng.randint(-7, 7))) for v in colour[0])
    return ids, phash, dhash, colour, rank


def mosaic(count, seed):
    """A few nearby pHashes, each with several dHashes and colours: runs of mixed chains."""
    rng = random.Random(seed)
    first = rng.getrandbits(64)
    phash = [flipped(first, rng.choice((0, 2, 4, 9)), rng) for _ in range(5)]
    dhash = [rng.getrandbits(64) for _ in range(3)]
    colour = [rng.randbytes(COLOUR_BYTES) for _ in range(3)]
    rows = [
        (
            rng.choice(phash),
            flipped(rng.choice(dhash), rng.choice((0, 0, 3, 9)), rng),
            shifted(rng.choice(colour), 5, rng),
        )
        for _ in range(count)
    ]
    return list(range(count)), *(list(column) for column in zip(*rows, strict=True))


@pytest.fixture(params=[hamming_pairs.HEAVY, 4], ids=["buckets as they are", "every bucket heavy"])
def heavy(request, monkeypatch):
    monkeypatch.setattr(hamming_pairs, "HEAVY", request.param)
    monkeypatch.setattr(stack_grouping, "HEAVY", request.param)


@pytest.mark.usefixtures("heavy")
@pytest.mark.parametrize("distance", range(MAX_STACK_DISTANCE + 1))
def test_equal_to_brute_force_at_every_distance(distance):
    ids, phash, dhash, colour, rank = planted(160, seed=distance)
    wanted = brute_force(ids, phash, dhash, colour, distance, rank)
    assert group(ids, phash, dhash, colour, distance=distance, rank=rank) == wanted
    assert len(wanted) > 10 * (distance > 0)


@pytest.mark.usefixtures("heavy")
@pytest.mark.parametrize("kind", ["copies", "drawing", "phash", "colours", "near"])
@pytest.mark.parametrize("distance", [0, 2, 6, 9, 16])
def test_equal_to_brute_force_with_heavy_buckets(kind, distance):
    ids, phash, dhash, colour, rank = crowd(140, 7, kind)
    wanted = brute_force(ids, phash, dhash, colour, distance, rank)
    assert group(ids, phash, dhash, colour, distance=distance, rank=rank) == wanted


@pytest.mark.usefixtures("heavy")
def test_equal_to_brute_force_where_links_are_merged_midway(monkeypatch):
    monkeypatch.setattr("edition.similarity.clusters._BUFFER", 8)
    for kind in ("near", "drawing"):
        for distance in (3, 6, 16):
            given = crowd(140, distance, kind)
            wanted = brute_force(*given[:4], distance, given[4])
            assert group(*given[:4], distance=distance, rank=given[4]) == wanted
            stacker = Stacker(reach=16)
            stacker.add(*given[:4])
            assert stacker.tops(distance, dict(zip(given[0], given[4], strict=True))) == wanted


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_brute_force_where_a_crowd_falls_into_chains(seed, monkeypatch):
    monkeypatch.setattr("edition.similarity.clusters._BUFFER", 1)
    monkeypatch.setattr("edition.similarity.clusters._ROWS_AT_ONCE", 3)
    for name, value in (("HEAVY", 2), ("TILE_ROWS", 3), ("TILE_COLUMNS", 8)):
        monkeypatch.setattr(hamming_pairs, name, value)
    monkeypatch.setattr(stack_grouping, "HEAVY", 2)
    given = mosaic(120, seed)
    stacker = Stacker(reach=16)
    stacker.add(*given)
    for distance in (0, 2, 4, 7, 16):
        wanted = brute_force(*given, distance)
        assert group(*given, distance=distance) == wanted
        assert stacker.tops(distance) == wanted


@pytest.mark.parametrize("few", [True, False], ids=["compared", "index anew"])
def test_adding_in_portions_gives_what_grouping_at_once_gives(few, monkeypatch):
    if not few:
        monkeypatch.setattr(stack_grouping, "_FEW", (0, 0))
    ids, phash, dhash, colour, rank = planted(900, 3)
    order = list(range(900))
    random.Random(1).shuffle(order)
    stacker = Stacker(reach=MAX_STACK_DISTANCE)
    for portion in (order[:1], order[1:400], order[400:404], [], order[404:]):
        stacker.add(*([column[k] for k in portion] for column in (ids, phash, dhash, colour)))
        seen = order[: len(stacker)]
        columns = [[column[k] for k in seen] for column in (ids, phash, dhash, colour)]
        ranks = dict(zip(ids, rank, strict=True))
        for distance in (0, 3, 6, 8, 12, 16):
            at_once = group(*columns, distance=distance, rank=[ranks[i] for i in columns[0]])
            assert stacker.tops(distance, ranks) == at_once
    assert len(stacker) == 900


def test_a_print_added_twice_counts_once():
    stacker = Stacker()
    for _ in range(2):
        stacker.add([4, 4, 9], [1, 1, 2**40], [0, 0, 0], [bytes(48)] * 3)
    assert len(stacker) == 2
    assert stacker.tops() == {4: 4, 9: 4}


def test_the_order_of_prints_does_not_matter():
    ids, phash, dhash, colour, _ = planted(300, 11)
    order = list(range(300))
    random.Random(2).shuffle(order)
    mixed = [[column[k] for k in order] for column in (ids, phash, dhash, colour)]
    assert group(*mixed) == group(ids, phash, dhash, colour) != {}


def test_arrays_are_taken_as_well_as_lists():
    ids, phash, dhash, colour, _ = planted(100, 5)
    arrays = np.array(ids), np.array(phash, np.uint64), np.array(dhash, np.uint64)
    assert group(*arrays, colour) == group(ids, phash, dhash, colour)


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_thousand_prints_at_once_as_a_table_would_have_them(seed):
    rng = np.random.default_rng(seed)
    count = 20_000
    words = rng.integers(0, 2**64, (2, count), dtype=np.uint64)
    colour = rng.integers(0, 256, (count, 48), dtype=np.uint8)
    half = count // 2
    for row in words:
        row[half:] = row[:half]
        for _ in range(7):
            row[half:] ^= np.uint64(1) << rng.integers(0, 64, half).astype(np.uint64)
    colour[half:] = colour[:half]
    found = group(range(count), *words, [c.tobytes() for c in colour])
    # Each half is unlike itself, so that every print has one possible partner.
    near = (np.bitwise_count(words[0, :half] ^ words[0, half:]) <= 6) & (
        np.bitwise_count(words[1, :half] ^ words[1, half:]) <= 6 + SLACK
    )
    members = np.flatnonzero(near)
    assert 0 < len(members) < half
    assert found == {int(k + shift): int(k) for k in members for shift in (0, half)}


def test_nothing_and_one_print_make_no_stack():
    assert group([], [], [], []) == {}
    assert group([7], [1], [1], [bytes(48)]) == {}
    assert Stacker().tops() == {}


def test_a_print_without_a_colour_hash_stands_alone():
    assert group([1, 2, 3], [0] * 3, [0] * 3, [b"", bytes(48), bytes(48)]) == {2: 2, 3: 2}


def test_two_flat_pictures_stack_by_colour_alone():
    grey, black = bytes([100, 128, 128] * 16), bytes([0, 128, 128] * 16)
    assert group([1, 2, 3], [2**63] * 3, [0] * 3, [grey, black, grey]) == {1: 1, 3: 1}


def test_the_best_print_is_on_top():
    marks = {
        1: Marks(reject=True, rating=5),
        2: Marks(),
        3: Marks(rating=2),
        4: Marks(star=True),
        5: Marks(star=True, rating=1),
        6: Marks(star=True, rating=1),
    }
    for gone, top in ((None, 5), (5, 6), (6, 4), (4, 3), (3, 2), (2, 1)):
        marks.pop(gone, None)
        same = [0] * len(marks)
        colour = [bytes(48)] * len(marks)
        found = group(list(marks), same, same, colour, rank=[best_of(m) for m in marks.values()])
        assert set(found.values()) <= {top}


def test_a_chain_that_drifts_from_crimson_to_blue_is_cut():
    start, end = (np.frombuffer(hashes(scene(1, p)).colour, np.uint8) for p in ("crimson", "blue"))
    assert colour_distance(start.tobytes(), end.tobytes()) > 10 * DEFAULT_COLOUR
    steps = 200
    drift = [
        np.rint(start + (end.astype(float) - start) * k / steps).astype(np.uint8).tobytes()
        for k in range(steps + 1)
    ]
    ids = list(range(1, steps + 2))
    found = group(ids, [5] * len(ids), [9] * len(ids), drift)
    assert found[1] != found[steps + 1]
    assert len(set(found.values())) > 5
    stacks_of = {}
    for print_id, top in found.items():
        stacks_of.setdefault(top, []).append(drift[print_id - 1])
    for members in stacks_of.values():
        assert max(colour_distance(a, b) for a in members for b in members) <= DEFAULT_COLOUR


def test_no_stack_spans_more_than_the_bound_whatever_the_prints():
    ids, phash, dhash, colour, rank = planted(400, 21, shift=8)
    colours = dict(zip(ids, colour, strict=True))
    for distance in (4, 10, 16):
        found = group(ids, phash, dhash, colour, distance=distance, rank=rank)
        for a, top in found.items():
            for b, other in found.items():
                if top == other:
                    assert colour_distance(colours[a], colours[b]) <= DEFAULT_COLOUR + 1e-9


def test_real_pictures_stack_with_their_copies_only():
    """Re-encoded and resized pictures stack; other colours and other seeds don't."""
    wanted, looks = {}, []
    for seed in range(8):
        for palette in PALETTES:
            top = len(looks) + 1
            for copy in copies(scene(seed, palette)):
                looks.append(hashes(copy))
                wanted[len(looks)] = top
    columns = [
        [look.phash for look in looks],
        [look.dhash for look in looks],
        [look.colour for look in looks],
    ]
    assert group(range(1, len(looks) + 1), *columns) == wanted


@pytest.mark.parametrize("distance", [-1, MAX_STACK_DISTANCE + 1])
def test_a_distance_out_of_range_is_refused(distance):
    with pytest.raises(ValueError, match="0 to 16"):
        group([], [], [], [], distance=distance)


def test_other_faults_are_refused():
    with pytest.raises(ValueError, match="colour distance is 0 to 1"):
        Stacker(colour_distance=2)
    with pytest.raises(ValueError, match="differ in number"):
        group([1, 2], [0], [0, 0], [bytes(48)] * 2)
    with pytest.raises(ValueError, match="reach to 6, not 7"):
        Stacker(reach=6).tops(7)
    with pytest.raises(ValueError, match="reach to 6, not 5"):
        Stacker(reach=6, one_distance=True).tops(5)
