"""The shipped weights: small, safe, and a pipeline like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from edition import paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.recipe.recipe import ModelRef
from tools.pocket_model.pipeline import LARGEST_BYTES, folder_bytes, load_pipeline

FOLDER = paths.pocket_folder()


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline(FOLDER)


def paint(pipeline, prompt, seed=0, **more):
    return pipeline(
        prompt,
        num_inference_steps=6,
        guidance_scale=4.0,
        height=128,
        width=128,
        generator=torch.Generator().manual_seed(seed),
        output_type="np",
        **more,
    ).images[0]


def test_the_folder_is_small_and_holds_no_pickle():
    assert folder_bytes(FOLDER) <= LARGEST_BYTES
    allowed = {".json", ".safetensors", ".md"}
    files = [f for f in FOLDER.rglob("*") if f.is_file()]
    assert {f.suffix for f in files} == allowed
    assert all(f.stat().st_mode & 0o044 == 0o044 for f in files), "a wheel keeps modes"


def test_the_page_says_which_weights_these_are():
    """Other weights are another fingerprint: earlier prints can't be made again with them."""
    page = (Path(__file__).parents[2] / "docs" / "pocket.md").read_text(encoding="utf-8")
    assert f"fingerprint `{Fingerprints().of(find(ModelRef()))}`" in page


def test_every_tensor_is_half_precision_and_finite():
    files = list(FOLDER.rglob("*.safetensors"))
    assert len(files) == 3
    for file in files:
        with safe_open(file, "pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a mapping
                tensor = tensors.get_tensor(name)
                assert tensor.dtype in (torch.float16, torch.int64), (file, name)
                assert torch.isfinite(tensor.float()).all(), (file, name)


def test_the_configuration_loads_without_ignored_keys():
    vae = json.loads((FOLDER / "vae" / "config.json").read_text())
    assert "block_out_channels" not in vae
    scheduler = json.loads((FOLDER / "scheduler" / "scheduler_config.json").read_text())
    assert scheduler["steps_offset"] == 1
    assert scheduler["prediction_type"] == "v_prediction"


def test_it_is_a_stable_diffusion_with_a_real_text_encoder(pipeline):
    assert type(pipeline).__name__ == "StableDiffusionPipeline"
    assert type(pipeline.text_encoder).__name__ == "CLIPTextModel"
    assert pipeline.unet.config.sample_size * pipeline.vae_scale_factor == 512
    assert {p.dtype for p in pipeline.unet.parameters()} == {torch.float32}


def test_words_of_colour_paint_in_their_colour(pipeline):
    red, blue = paint(pipeline, "crimson"), paint(pipeline, "blue")
    assert np.mean(red[..., 0] - red[..., 2]) > np.mean(blue[..., 0] - blue[..., 2]) + 0.2


def test_light_and_night(pipeline):
    assert paint(pipeline, "luminous").mean() > paint(pipeline, "night").mean() + 0.3


def test_the_same_seed_gives_the_same_picture(pipeline):
    first, again, other = (paint(pipeline, "mountains", seed) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=0.05)


def test_the_model_card_says_what_must_be_known():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for word in ("Apache-2.0", "drawn by the program", "guidance", "Limits"):
        assert word in card
