"""Adapters in both formats that people have, and embeddings under the names that people type."""

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file
from tests.fakes import tiny_sd, tiny_sdxl

from edition import extras
from edition.diffusion import adapters, loading
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.errors import ModelError
from edition.recipe.recipe import Lora, ModelRef, Prompt, Recipe, Sampling

PLACE = "down_blocks.0.attentions.0.transformer_blocks.0.attn2."


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return {"sd": tiny_sd(root / "sd"), "xl": tiny_sdxl(root / "xl")}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One adapter, as PEFT writes it and as kohya's trainer does."""
    folder = tmp_path_factory.mktemp("adapters")
    torch.manual_seed(1)
    peft, kohya = {}, {}
    for name, wide in (("to_q", 8), ("to_k", 16), ("to_v", 16)):
        down, up = torch.randn(4, wide) * 3, torch.randn(8, 4) * 3
        peft[f"unet.{PLACE}{name}.lora_A.weight"] = down
        peft[f"unet.{PLACE}{name}.lora_B.weight"] = up
        flat = f"lora_unet_{PLACE}{name}".replace(".", "_")
        kohya |= {f"{flat}.lora_down.weight": down, f"{flat}.lora_up.weight": up,
                  f"{flat}.alpha": torch.tensor(4.0)}  # fmt: skip
    save_file(peft, folder / "peft.safetensors")
    save_file(kohya, folder / "kohya.safetensors")
    return folder


def pixels(model, prompt="sea", **changes):
    recipe = Recipe(
        model=ModelRef(base=str(model), **changes), prompt=Prompt(positive=prompt),
        sampling=Sampling(steps=2, width=64, height=64, guidance=5.0),
    )  # fmt: skip
    pipe = loading.load(recipe, "cpu")
    picture = renderer_of(pipe, "cpu").draw([RenderRequest(recipe, 7)])[0]
    return np.asarray(picture, dtype=int)


@pytest.mark.parametrize("form", ["peft", "kohya"])
def test_an_adapter_acts_by_its_weight(models, files, form):
    lora = str(files / f"{form}.safetensors")
    plain = pixels(models["sd"])
    assert np.abs(pixels(models["sd"], loras=(Lora(file=lora, weight=0.0),)) - plain).max() <= 1
    half, whole = (pixels(models["sd"], loras=(Lora(file=lora, weight=w),)) for w in (0.5, 1.0))
    assert np.abs(whole - plain).max() > 2
    assert np.abs(half - whole).max() > 0


def test_both_formats_of_one_adapter_give_one_picture(models, files):
    one, other = (
        pixels(models["sd"], loras=(Lora(file=str(files / f"{form}.safetensors")),))
        for form in ("peft", "kohya")
    )
    assert np.abs(one - other).max() <= 1


def test_a_missing_package_is_named_with_its_extra(models, files, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("PEFT backend is required for this method.")  # as diffusers says it

    monkeypatch.setattr(StableDiffusionPipeline, "load_lora_weights", refuse)
    with pytest.raises(ModelError) as caught:
        pixels(models["sd"], loras=(Lora(file=str(files / "peft.safetensors")),))
    assert extras.install_extra("lora") in caught.value.hint


def test_an_a1111_embedding_has_its_files_name(models, tmp_path):
    file = tmp_path / "seastyle.safetensors"
    save_file({"emb_params": torch.randn(2, 16) * 20}, file)
    plain = pixels(models["sd"], "a seastyle")
    bent = pixels(models["sd"], "a seastyle", embeddings=(str(file),))
    assert np.abs(bent - plain).max() > 0
    other = pixels(models["sd"], "a sea", embeddings=(str(file),))
    assert np.abs(other - pixels(models["sd"], "a sea")).max() == 0, "only where it is named"


def test_an_embedding_of_two_parts_reaches_both_encoders(models, tmp_path):
    file = tmp_path / "seastyle.safetensors"
    save_file({"clip_l": torch.randn(2, 16), "clip_g": torch.randn(2, 16)}, file)
    recipe = Recipe(model=ModelRef(base=str(models["xl"]), embeddings=(str(file),)))
    pipe = loading.load(recipe, "cpu")
    for tokenizer, encoder in ((pipe.tokenizer, pipe.text_encoder),
                               (pipe.tokenizer_2, pipe.text_encoder_2)):  # fmt: skip
        ids = tokenizer.convert_tokens_to_ids(["seastyle", "seastyle_1"])
        rows = encoder.get_input_embeddings().weight
        assert len(set(ids)) == 2
        assert max(ids) == len(rows) - 1
    with pytest.raises(ModelError, match="it is for Stable Diffusion XL"):
        loading.load(Recipe(model=ModelRef(base=str(models["sd"]), embeddings=(str(file),))), "cpu")
    save_file({"clip_l": torch.randn(2, 24), "clip_g": torch.randn(2, 16)}, file)
    with pytest.raises(ModelError, match="trained for another kind of model"):
        adapters.add(pipe, recipe, tmp_path)
