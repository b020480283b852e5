"""Checkpoints in one file: the family by their header, and what they lack by name."""

import re

import pytest
import torch
from diffusers.loaders import single_file_utils
from huggingface_hub import constants
from safetensors.torch import save_file
from tests.fakes import tiny_sd
from tests.support.one_file import SD15, SDXL, cached_configs, one_file, tiny_sdxl_apart
from torch.nn import Module

from edition.diffusion import (
    families,
    loading,
    model_check,
    pipeline_signature,
    prompt_truncation,
    single_file,
)
from edition.diffusion.checkpoint_families import NETWORK, class_of
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.diffusion.resolve import find
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling

V1 = "model.diffusion_model.input_blocks.0.0.weight"
FLUX = "double_blocks.0.img_attn.norm.key_norm.scale"
VAE = "first_stage_model.decoder.conv_in.weight"


def recipe_of(base, prompt="night sea"):
    return Recipe(
        model=ModelRef(base=str(base)), prompt=Prompt(positive=prompt),
        sampling=Sampling(steps=2, width=64, height=64),
    )  # fmt: skip


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
    with pytest.raises(ModelError, match="are not on this machine"):
        model_check.examine(find(ModelRef(base=str(file))))


def test_a_network_alone_is_told(tmp_path):
    file = checkpoint(tmp_path, FLUX)
    told = refused(file)
    assert "is the network of a flux-schnell model alone" in told
    assert "edition models pull black-forest-labs/FLUX.1-schnell" in told


def test_what_nobody_knows_is_told(tmp_path):
    assert "no checkpoint that diffusers knows" in refused(checkpoint(tmp_path, "some.weight"))


@pytest.mark.parametrize(("make", "repository"), [(tiny_sd, SD15), (tiny_sdxl_apart, SDXL)])
def test_a_checkpoint_in_one_file_draws_what_its_folder_draws(tmp_path, cache, make, repository):
    folder = make(tmp_path / "model")
    file = one_file(folder, tmp_path / "some.safetensors")
    cached_configs(folder, cache, repository)
    told = []
    loading.quiet(told.append)
    recipes = recipe_of(folder), recipe_of(file)
    pipes = [loading.load(recipe, "cpu") for recipe in recipes]
    networks = [p for pipe in pipes for p in pipe.components.values() if isinstance(p, Module)]
    assert not any(p.data_ptr() % loading.ALIGNED for net in networks for p in net.parameters())
    drawn = [
        renderer_of(pipe, "cpu").draw([RenderRequest(recipe, 7)])[0]
        for pipe, recipe in zip(pipes, recipes, strict=True)
    ]
    assert drawn[0].tobytes() == drawn[1].tobytes()
    assert not told, "no warning of the loader reaches the person"
    long = recipe_of(file, "night " * 80 + "lighthouse")
    assert "lighthouse" in prompt_truncation.of_recipe(long)[0]


KEYS = single_file_utils.CHECKPOINT_KEY_NAMES
XL = {V1: (320, 4, 3, 3), KEYS["xl_base"]: (1280,)}
SD3, FLUX_KEY = KEYS["sd3"][0], KEYS["flux"][0]
GUIDED = {FLUX_KEY: (128,), "guidance_in.in_layer.bias": (3072,)}
KINDS = {
    "v1": ({V1: (320, 4, 3, 3)}, "StableDiffusionPipeline"),
    "v2": ({V1: (320, 4, 3, 3), KEYS["v2"]: (320, 1024)}, "StableDiffusionPipeline"),
    "inpainting": ({V1: (320, 9, 3, 3)}, "StableDiffusionInpaintPipeline"),
    "inpainting_v2": (
        {V1: (320, 9, 3, 3), KEYS["v2"]: (320, 1024)},
        "StableDiffusionInpaintPipeline",
    ),
    "xl_inpaint": (XL | {V1: (320, 9, 3, 3)}, "StableDiffusionXLInpaintPipeline"),
    "instruct-pix2pix": ({V1: (320, 8, 3, 3)}, "StableDiffusionInstructPix2PixPipeline"),
    "xl_base": (XL, "StableDiffusionXLPipeline"),
    "playground-v2-5": (XL | {"edm_mean": (1, 4, 1, 1)}, "StableDiffusionXLPipeline"),
    "xl_refiner": (
        {V1: (384, 4, 3, 3), KEYS["xl_refiner"]: (1280,)},
        "StableDiffusionXLImg2ImgPipeline",
    ),
    "upscale": ({V1: (256, 7, 3, 3), KEYS["upscale"]: (1,)}, "StableDiffusionUpscalePipeline"),
    "sd3": ({SD3: (9216,), "pos_embed": (1, 36864, 1536)}, "StableDiffusion3Pipeline"),
    "sd35_medium": ({SD3: (9216,), "pos_embed": (1, 147456, 1536)}, "StableDiffusion3Pipeline"),
    "sd35_large": (
        {SD3: (14592,), KEYS["sd35_large"][0]: (1, 1)},
        "StableDiffusion3Pipeline",
    ),
    "flux-dev": (GUIDED | {"img_in.weight": (3072, 64)}, "FluxPipeline"),
    "flux-schnell": ({FLUX_KEY: (128,), "img_in.weight": (3072, 64)}, "FluxPipeline"),
    "flux-fill": (GUIDED | {"img_in.weight": (3072, 384)}, "FluxFillPipeline"),
    "flux-depth": (GUIDED | {"img_in.weight": (3072, 128)}, "FluxControlPipeline"),
    "flux-2-dev": (dict.fromkeys(KEYS["flux2"][1:], (1,)), "Flux2Pipeline"),
    "chroma": ({KEYS["chroma"][1]: (1,), FLUX_KEY: (128,)}, "ChromaPipeline"),
    "auraflow": (dict.fromkeys(KEYS["auraflow"], (1, 1)), "AuraFlowPipeline"),
    "z-image-turbo": ({KEYS["z-image-turbo"][1]: (1, 1)}, "ZImagePipeline"),
    "lumina2": ({KEYS["lumina2"][1]: (1,)}, "Lumina2Pipeline"),
    "sana": ({KEYS["sana"][0]: (1, 1)}, "SanaPipeline"),
    "hidream": ({KEYS["hidream"]: (1,)}, "HiDreamImagePipeline"),
    "qwen-image-2.1": ({KEYS["qwen-image-2.1"][1]: (1,)}, "QwenImage21Pipeline"),
    "krea2": ({KEYS["krea2"][1]: (1, 1)}, "Krea2Pipeline"),
}
"""Every kind of checkpoint that diffusers tells apart and that draws pictures, by what marks it."""
OTHERS = re.compile(
    "controlnet|stable_cascade|animatediff|ltx|autoencoder|mochi|hunyuan-video|wan|cosmos|flux-3|"
    "minimax"
)
"""Films, parts, models of blocks, and what needs a control image."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_is_told_by_the_header_as_diffusers_tells_it(kind):
    shapes, name = KINDS[kind]
    inside = shapes if V1 in shapes else {
        f"{NETWORK}{key.removeprefix(NETWORK)}": shape for key, shape in shapes.items()
    }  # fmt: skip
    for marks in (shapes, inside):
        header = {key: {"shape": list(shape)} for key, shape in marks.items()}
        assert class_of(header) == name
    tensors = {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
    assert single_file_utils.infer_diffusers_model_type(tensors) == kind


def test_every_kind_of_checkpoint_that_diffusers_knows_is_judged():
    known = single_file_utils.DIFFUSERS_DEFAULT_PIPELINE_PATHS
    assert {kind for kind in known if not OTHERS.search(kind)} == set(KINDS)
    for _, name in KINDS.values():
        family = families.named(name)
        assert family is not None or pipeline_signature.why_not(name)


@pytest.mark.parametrize(("keys", "said"), [
    ({KEYS["xl_refiner"]: (1, 1)}, "refines pictures of its base model"),
    ({V1: (1, 9, 1, 1)}, "paints into a part of an image"),
])  # fmt: skip
def test_a_checkpoint_for_something_else_is_refused(tmp_path, keys, said):
    file = tmp_path / "some.safetensors"
    tensors = {V1: (1, 4, 1, 1), VAE: (1, 1)} | keys
    save_file({key: torch.zeros(shape) for key, shape in tensors.items()}, file)
    assert said in refused(file)
    with pytest.raises(ModelError, match=said):
        model_check.examine(find(ModelRef(base=str(file))))
