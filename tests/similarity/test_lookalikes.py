"""Look-alikes: as defined, on any order of prints, colour-blind, not mirrored; and prints apart."""

import random

import numpy as np
import pytest
from PIL import Image, ImageOps
from tests.similarity.scenes import PALETTES, scene
from tests.similarity.test_stacks import BOUND, planted

from edition.library.thumbnails import thumbs
from edition.similarity.composition_groups import LENGTH, CompositionIndex, lookalikes
from edition.similarity.stack_grouping import SLACK, Stacker, group


def looks(*images: Image.Image) -> np.ndarray:
    composer = CompositionIndex()
    for start in range(0, len(images), 7):  # in portions
        composer.add([thumbs(image)[1] for image in images[start : start + 7]])
    return composer.looks()


def by_definition(ids, vectors, likeness, rank, apart):
    """The module's words, print by print, in whole numbers."""
    table = vectors.astype(np.int64)
    order = sorted(range(len(ids)), key=lambda k: (-rank[k], ids[k]))
    left, tops = list(order), {}
    while left:
        top, *rest = left
        alike = [
            k
            for k in rest
            if table[top].any()
            and apart.get(ids[k], 0) == apart.get(ids[top], 0)
            and int(table[top] @ table[k]) * 100 >= likeness * LENGTH * LENGTH
        ]
        if alike:
            tops |= {ids[k]: ids[top] for k in (top, *alike)}
        left = [k for k in rest if k not in alike]
    return tops


def correlation(a: Image.Image, b: Image.Image) -> float:
    """Of the luminances of 8 x 8 cells, straight from the definition."""
    cells = [
        np.asarray(Image.frombytes("RGB", (32, 32), thumbs(i)[1]), float)
        .reshape(8, 4, 8, 4, 3)
        .mean((1, 3))
        @ (0.299, 0.587, 0.114)
        for i in (a, b)
    ]
    return float(np.corrcoef(cells[0].ravel(), cells[1].ravel())[0, 1])


def test_a_product_of_looks_is_the_correlation() -> None:
    images = [scene(seed, palette) for seed in range(6) for palette in PALETTES]
    vectors = looks(*images)
    products = vectors @ vectors.T / LENGTH**2
    for i in range(0, len(images), 5):
        for j in range(0, len(images), 3):
            assert products[i, j] == pytest.approx(correlation(images[i], images[j]), abs=0.002)


@pytest.mark.parametrize("likeness", [80, 95, 99])
def test_groups_are_as_defined_in_any_order_of_prints(likeness: int) -> None:
    chance = random.Random(likeness)
    vectors = _planted(chance)
    ids = chance.sample(range(1, 9999), len(vectors))
    rank = [chance.choice((0, 0, 0, 100, -100)) for _ in ids]
    apart = {i: chance.randint(1, 2) for i in chance.sample(ids, 90)}
    wanted = by_definition(ids, vectors, likeness, rank, apart)
    assert len(set(wanted.values())) > 20
    assert lookalikes(ids, vectors, likeness=likeness, rank=rank, apart=apart) == wanted
    order = chance.sample(range(len(ids)), len(ids))
    shuffled = lookalikes(
        [ids[k] for k in order], vectors[order], likeness=likeness,
        rank=[rank[k] for k in order], apart=apart,
    )  # fmt: skip
    assert shuffled == wanted


def _planted(chance: random.Random) -> np.ndarray:
    """900 looks: lone ones, near ones, a crowd, blanks; more than one block of tops."""
    rng = np.random.default_rng(chance.randrange(99))
    weight = 1 / np.arange(1, 64) ** 0.7
    base = rng.normal(size=(600, 63)) * weight
    near = base[rng.integers(0, 300, 200)] + rng.normal(size=(200, 63)) * weight * 0.15
    crowd = base[:1] + rng.normal(size=(95, 63)) * weight * 0.1
    table = np.concatenate((base, near, crowd))
    table *= LENGTH / np.linalg.norm(table, axis=1, keepdims=True)
    whole = np.concatenate((np.rint(table), np.zeros((5, 63))))
    return rng.permutation(whole).astype(np.float32)


def test_one_composition_in_other_colours_grain_and_size_is_one_group() -> None:
    grain = np.random.default_rng(0)
    images, drawn = [], []
    for seed in range(12):
        for palette in PALETTES:
            picture = scene(seed, palette, size=256 if palette == "blue" else 128)
            if palette == "sepia":
                noisy = np.asarray(picture) + grain.normal(0, 18, (128, 128, 3))
                picture = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
            images.append(picture)
            drawn.append(seed)
    tops = lookalikes(range(len(images)), looks(*images))
    together = [drawn[i] == drawn[top] for i, top in tops.items()]
    assert sum(together) >= 0.9 * len(together), "hills under a sun are much alike"
    found = sum(
        tops.get(4 * s) is not None and tops[4 * s] == tops.get(4 * s + 1) for s in range(12)
    )
    assert found >= 9, "crimson and blue"


def test_mirrored_inverted_and_blank_pictures_are_not_alike() -> None:
    picture = scene(3)
    flat = Image.new("RGB", (64, 64), (90, 90, 90))
    vectors = looks(picture, ImageOps.mirror(picture), ImageOps.invert(picture), flat, flat)
    assert not vectors[3:].any()
    assert lookalikes(range(5), vectors) == {}
    composer = CompositionIndex()
    composer.add([b"", b"short"])
    composer.add([])
    assert lookalikes([1, 2], composer.looks()) == {}
    assert lookalikes([], CompositionIndex().looks()) == {}


def test_what_is_out_of_range_is_said() -> None:
    vectors = looks(scene(1))
    with pytest.raises(ValueError, match="80 to 99"):
        lookalikes([1], vectors, likeness=100)
    with pytest.raises(ValueError, match="differ in number"):
        lookalikes([1, 2], vectors)


def cut_by_definition(ids, phash, dhash, colour, rank, distance, apart):
    """Chains pair by pair; each chain's prints of one number fall into stacks by colour."""
    table = np.array([list(c) for c in colour], int)

    def alike(i, j):
        return (
            (phash[i] ^ phash[j]).bit_count() <= distance
            and (dhash[i] ^ dhash[j]).bit_count() <= distance + SLACK
            and np.abs(table[i] - table[j]).max() <= BOUND
        )

    chain = list(range(len(ids)))
    for i in range(len(ids)):
        for j in range(i):
            if chain[i] != chain[j] and alike(i, j):
                old = chain[i]
                chain = [chain[j] if name == old else name for name in chain]
    tops = {}
    for key in {(chain[k], apart.get(ids[k], 0)) for k in range(len(ids))}:
        mine = [k for k in range(len(ids)) if (chain[k], apart.get(ids[k], 0)) == key]
        left = sorted(mine, key=lambda k: (-rank[k], ids[k]))
        while left:
            stack: list[int] = []
            for k in left:
                if all(np.abs(table[k] - table[m]).max() <= BOUND for m in stack):
                    stack.append(k)
            if len(stack) > 1:
                tops |= {ids[k]: ids[stack[0]] for k in stack}
            left = [k for k in left if k not in stack]
    return tops


@pytest.mark.parametrize("distance", [0, 6, 16])
def test_prints_set_apart_are_cut_out_of_their_chains(distance: int) -> None:
    ids, phash, dhash, colour, rank = planted(250, 5 + distance)
    chance = random.Random(distance)
    apart = {i: chance.randint(1, 3) for i in chance.sample(ids, 80)}
    wanted = cut_by_definition(ids, phash, dhash, colour, rank, distance, apart)
    assert len(set(wanted.values())) >= 3
    assert wanted != cut_by_definition(ids, phash, dhash, colour, rank, distance, {})
    found = group(ids, phash, dhash, colour, distance=distance, rank=rank, apart=apart)
    assert found == wanted
    stacker = Stacker(reach=16)
    stacker.add(ids[:100], phash[:100], dhash[:100], colour[:100])
    stacker.add(ids[100:], phash[100:], dhash[100:], colour[100:])
    assert stacker.tops(distance, dict(zip(ids, rank, strict=True)), apart) == wanted
