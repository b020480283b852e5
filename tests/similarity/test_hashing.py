"""The hashes: imagehash's own values, still under copying, telling colourways apart."""

import subprocess
import sys

import imagehash
import numpy as np
import pytest
from PIL import Image
from tests.similarity.scenes import PALETTES, copies, scene

from edition.similarity.perceptual_hash import (
    COLOUR_BYTES,
    COLOUR_STEPS,
    colour_distance,
    colour_hash,
    hashes,
)
from edition.similarity.stack_grouping import DEFAULT_COLOUR, DEFAULT_DISTANCE, SLACK

SEEDS = range(12)


@pytest.mark.parametrize("size", [(64, 64), (512, 512), (300, 200), (9, 700), (1, 1)])
def test_drawing_hashes_are_those_of_imagehash(size):
    image = scene(3).resize(size)
    found = hashes(image)
    assert found.phash == int(str(imagehash.phash(image)), 16)
    assert found.dhash == int(str(imagehash.dhash(image)), 16)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_of_picture_is_hashed(mode):
    found = hashes(Image.new(mode, (40, 30)) if mode in ("I;16", "F") else scene(1).convert(mode))
    assert 0 <= found.phash < 2**64
    assert 0 <= found.dhash < 2**64
    assert len(found.colour) == COLOUR_BYTES


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_stay_near(seed):
    image = scene(seed)
    own = hashes(image)
    for copy in copies(image):
        other = hashes(copy)
        assert (own.phash ^ other.phash).bit_count() <= DEFAULT_DISTANCE
        assert (own.dhash ^ other.dhash).bit_count() <= DEFAULT_DISTANCE + SLACK
        assert colour_distance(own.colour, other.colour) <= DEFAULT_COLOUR / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_colourways_of_one_drawing_lie_far_apart(seed):
    found = [hashes(scene(seed, palette)).colour for palette in PALETTES]
    for k, a in enumerate(found):
        for b in found[:k]:
            assert colour_distance(a, b) > 3 * DEFAULT_COLOUR


@pytest.mark.parametrize("seed", SEEDS)
def test_one_recoloured_thing_is_seen(seed):
    image = scene(seed)
    painted = np.asarray(image).copy()
    painted[150:200, 100:150] = painted[150:200, 100:150][..., ::-1]  # 4 % of it: red to blue
    change = colour_distance(colour_hash(image), colour_hash(Image.fromarray(painted)))
    assert change > DEFAULT_COLOUR


def test_swapped_grounds_differ_though_a_histogram_does_not():
    crimson, blue = (Image.new("RGB", (128, 64), c) for c in ((150, 20, 40), (20, 40, 150)))
    a, b = Image.new("RGB", (128, 128)), Image.new("RGB", (128, 128))
    for image, parts in ((a, (crimson, blue)), (b, (blue, crimson))):
        for k, part in enumerate(parts):
            image.paste(part, (0, 64 * k))
    assert sorted(a.get_flattened_data()) == sorted(b.get_flattened_data())
    assert colour_distance(colour_hash(a), colour_hash(b)) > 0.2


def test_large_pictures_are_reduced_first_and_keep_their_hashes():
    for seed in (0, 1, 2):
        image = scene(seed, size=512).resize((2304, 2304), Image.Resampling.LANCZOS)
        found = hashes(image)
        assert (found.phash ^ int(str(imagehash.phash(image)), 16)).bit_count() <= 2
        assert (found.dhash ^ int(str(imagehash.dhash(image)), 16)).bit_count() <= 2


def test_known_colours_in_oklab():
    # Values of Ottosson's page for sRGB red, green, blue and white.
    for rgb, lab in (
        ((255, 0, 0), (0.628, 0.225, 0.126)),
        ((0, 255, 0), (0.866, -0.234, 0.179)),
        ((0, 0, 255), (0.452, -0.032, -0.312)),
        ((255, 255, 255), (1, 0, 0)),
    ):
        found = np.frombuffer(colour_hash(Image.new("RGB", (20, 20), rgb)), np.uint8).reshape(-1, 3)
        assert (found == found[0]).all()
        steps = (found[0].astype(float) - (0, 128, 128)) / (200, COLOUR_STEPS, COLOUR_STEPS)
        assert np.abs(steps - lab).max() < 0.003


def test_colour_distance_is_a_metric():
    random = np.random.default_rng(0)
    a, b, c = (random.integers(0, 256, COLOUR_BYTES, np.uint8).tobytes() for _ in range(3))
    assert colour_distance(a, a) == 0
    assert colour_distance(a, b) == colour_distance(b, a) > 0
    assert colour_distance(a, c) <= colour_distance(a, b) + colour_distance(b, c)
    assert colour_distance(bytes(48), bytes([255]) * 48) == 255 / COLOUR_STEPS


def test_a_foreign_colour_hash_is_refused():
    with pytest.raises(ValueError, match="48 bytes, not 14 and 48"):
        colour_distance(bytes(14), bytes(48))


def test_the_same_picture_always_has_the_same_hashes():
    assert hashes(scene(5)) == hashes(scene(5))


def test_nothing_heavy_is_loaded_before_a_picture_is_hashed():
    code = (
        "import sys, edition.similarity.perceptual_hash, edition.similarity.stack_grouping;"
        "import edition.similarity.diversity_order;"
        "sys.exit(bool({'PIL', 'imagehash', 'scipy', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
