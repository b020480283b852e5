"""Checkpoints in one file: the family by their header, and what they lack by name."""

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from tests.fakes import tiny_sd
from tests.support.local_hub import COMMIT

from edition.diffusion import loading, single_file
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef, Recipe

V1 = "model.diffusion_model.input_blocks.0.0.weight"
FLUX = "double_blocks.0.img_attn.norm.key_norm.scale"
VAE = "first_stage_model.decoder.conv_in.weight"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def checkpoint(folder, *names):
    file = folder / "some.safetensors"
    save_file({name: torch.zeros(1, 1) for name in names}, file)
    return file


def refused(file):
    with pytest.raises(ModelError) as caught:
        loading.load(Recipe(model=ModelRef(base=str(file))), "cpu")
    return str(caught.value)


@pytest.mark.parametrize(("keys", "kind", "repository"), [
    ((V1, VAE), "v1", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    ((V1, VAE, "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias"),
     "xl_base", "stabilityai/stable-diffusion-xl-base-1.0"),
    ((FLUX, "guidance_in.in_layer.bias", "img_in.weight", VAE),
     "flux-dev", "black-forest-labs/FLUX.1-dev"),
])  # fmt: skip
def test_what_a_file_lacks_is_fetched_by_the_name_of_its_family(tmp_path, keys, kind, repository):
    file = checkpoint(tmp_path, *keys)
    assert single_file.kind_of(file) == kind
    assert f"edition models pull {repository} --configs" in refused(file)


def test_a_network_alone_is_told(tmp_path):
    file = checkpoint(tmp_path, FLUX)
    told = refused(file)
    assert "is the network of a flux-schnell model alone" in told
    assert "edition models pull black-forest-labs/FLUX.1-schnell" in told


def test_what_nobody_knows_is_told(tmp_path):
    assert "no checkpoint that diffusers knows" in refused(checkpoint(tmp_path, "some.weight"))


def test_the_familys_own_pipeline_loads_it(tmp_path, cache, monkeypatch):
    from diffusers import StableDiffusionPipeline

    folder = cache / "models--stable-diffusion-v1-5--stable-diffusion-v1-5"
    tiny_sd(folder / "snapshots" / COMMIT)
    (folder / "refs").mkdir()
    (folder / "refs/main").write_text(COMMIT)
    seen = {}

    def load(file, **settings):
        seen.update(settings, file=file)
        return StableDiffusionPipeline.from_pretrained(settings["config"], safety_checker=None)

    monkeypatch.setattr(StableDiffusionPipeline, "from_single_file", load)
    file = checkpoint(tmp_path, V1, VAE)
    pipe = loading.load(Recipe(model=ModelRef(base=str(file))), "cpu")
    assert isinstance(pipe, StableDiffusionPipeline)
    assert seen["file"] == str(file)
    assert seen["local_files_only"] is True
