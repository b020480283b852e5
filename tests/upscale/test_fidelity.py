"""Back projection: what the source says comes back, what it can't say stays."""

import numpy as np
from PIL import Image

from edition.upscale.back_projection import put_back


def made_smaller(picture, size):
    return np.asarray(picture.resize(size, Image.Resampling.BOX), float)


def test_an_enlargement_becomes_its_source_again():
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(60, 196, (6, 8, 3), np.uint8))
    source = coarse.resize((32, 24), Image.Resampling.BICUBIC)
    large = Image.new("RGB", (128, 96), (90, 120, 150))
    away = np.abs(made_smaller(put_back(large, source), source.size) - np.asarray(source, float))
    before = np.abs(made_smaller(large, source.size) - np.asarray(source, float))
    assert away.mean() < 0.05 * before.mean()


def test_detail_that_the_source_cannot_see_stays():
    grain = np.tile(np.array([[118, 138], [138, 118]], np.uint8), (32, 32))
    large = Image.fromarray(np.repeat(grain[..., None], 3, 2))
    source = Image.new("RGB", (16, 16), (128, 128, 128))
    assert np.array_equal(np.asarray(put_back(large, source)), np.asarray(large))
