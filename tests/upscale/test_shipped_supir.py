"""The shipped pocket SUPIR: small, whole, and nearer to a scene than Lanczos."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import lanczos, pocket
from edition.upscale.pocket_files import pocket_folder
from tools.pocket_model.pipeline import folder_bytes

SETTINGS = UpscaleSettings(method="pocket-supir", scale=4.0)
SCENES = Path(__file__).with_name("scenes")
SEEDS = (3, 11)
"""Drawn scenes of the kind it learned from, richer than those drawn now; no training has seen
them."""


def slopes(picture):
    grey = np.asarray(picture, np.float32).mean(2)
    return np.concatenate([np.diff(grey, axis=axis).ravel() for axis in (0, 1)])


def decibels(one, other):
    wrong = np.mean((np.asarray(one, np.float32) - np.asarray(other, np.float32)) ** 2)
    return float(10 * np.log10(255**2 / wrong))


@pytest.fixture(scope="module")
def enlarged():
    rows = []
    for seed in SEEDS:
        truth = np.asarray(Image.open(SCENES / f"{seed}.png"))
        means = truth.reshape(128, 4, 128, 4, 3).mean((1, 3))
        source = Image.fromarray(means.round().astype(np.uint8))
        made = pocket.run(source, SETTINGS, seed=seed, prompt="", device="cpu")[0]
        plain = lanczos.run(source, SETTINGS, seed=seed, prompt="", device="cpu")[0]
        rows.append((truth, source, made, plain))
    return rows


def test_its_files_are_small_and_hold_tensors_alone():
    folder = pocket_folder()
    assert folder_bytes(folder) <= 25 * 10**6
    for file in folder.rglob("*"):
        if file.is_file():
            assert file.suffix in (".safetensors", ".json", ".md"), file
            assert file.stat().st_mode & 0o044 == 0o044, file
    with safe_open(folder / "supir.safetensors", "pt") as opened:
        assert all(k.startswith(("model.control_model.", "model.diffusion_model.",
                                 "first_stage_model.denoise_encoder.")) for k in opened.keys())  # noqa: SIM118  # fmt: skip


def test_it_says_where_it_comes_from():
    facts = json.loads((pocket_folder() / "training.json").read_text("utf-8"))
    assert {"commit", "seed", "device", "stages"} <= facts.keys()
    assert facts["stages"]["reader"]["seconds"] > 0


def test_detail_is_nearer_to_the_scene_than_lanczos(enlarged):
    for truth, _, made, plain in enlarged:
        true = np.abs(slopes(truth)).mean()
        off = [abs(np.log(np.abs(slopes(p)).mean() / true)) for p in (made, plain)]
        assert off[0] < off[1]


def test_the_source_is_still_in_it(enlarged):
    for _, source, made, _ in enlarged:
        again = np.asarray(made, np.float32).reshape(128, 4, 128, 4, 3).mean((1, 3))
        assert decibels(again, source) > 38


def test_pixels_agree_with_the_scene_nearly_as_well_as_those_of_lanczos(enlarged):
    for truth, _, made, plain in enlarged:
        assert decibels(made, truth) > decibels(plain, truth) - 1.0
