"""Puts the trained parts into a folder that StableDiffusionPipeline loads, and prints sheets."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from tools.pocket_model.autoencoder import LATENT, drop_surplus_key, load_autoencoder
from tools.pocket_model.pocket_training import PocketTraining, keep, whole

Made = TypeVar("Made")
LARGEST_BYTES = 25 * 10**6


def save_pipeline(
    shop: PocketTraining,
    unet: UNet2DConditionModel,
    encoder: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    schedule: dict[str, Any],
) -> Path:
    """Writes the whole model in float16 to ``model`` in the training's folder.

    The folder before it is replaced only when the new one is complete.
    """
    model, beside = shop.folder / "model", shop.folder / ".model"
    shutil.rmtree(beside, ignore_errors=True)
    unet.set_default_attn_processor()
    pipeline = _quietly(
        lambda: StableDiffusionPipeline(
            vae=load_autoencoder(shop),
            text_encoder=encoder, tokenizer=tokenizer, unet=unet,
            scheduler=DDIMScheduler(**schedule), safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )
    )  # fmt: skip
    _quietly(lambda: pipeline.to(torch.float16).save_pretrained(beside))
    encoder.float()  # the pipeline took it along to float16
    drop_surplus_key(beside / "vae" / "config.json")
    keep(beside)
    old = shop.folder / ".model.old"
    shutil.rmtree(old, ignore_errors=True)
    if model.exists():
        model.rename(old)
    beside.rename(model)
    shutil.rmtree(old, ignore_errors=True)
    return model


def put_autoencoder(shop: PocketTraining) -> None:
    """Puts the newest autoencoder into the finished model, if there is one already."""
    folder = shop.folder / "model" / "vae"
    if not folder.exists():
        return
    beside = shop.folder / ".vae"
    shutil.rmtree(beside, ignore_errors=True)
    load_autoencoder(shop).half().save_pretrained(beside)
    drop_surplus_key(beside / "config.json")
    for file in sorted(beside.iterdir(), reverse=True):  # weights first, config.json last
        file.replace(folder / file.name)
    beside.rmdir()


def load_pipeline(folder: Path, device: str = "cpu") -> StableDiffusionPipeline:
    """Reads a model's folder in float32, without a word: half precision is for the disk."""
    pipeline = _quietly(
        lambda: StableDiffusionPipeline.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _quietly(make: Callable[[], Made]) -> Made:
    """Runs it without progress bars and diffusers' remark that a tiny autoencoder isn't large."""
    transformers_logging.disable_progress_bar()
    level = diffusers_logging.get_verbosity()
    bar = diffusers_logging.is_progress_bar_enabled()
    diffusers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    try:
        return make()
    finally:
        diffusers_logging.set_verbosity(level)
        if bar:
            diffusers_logging.enable_progress_bar()


def save_sheet(shop: PocketTraining, name: str, prompt: str, side: int, count: int = 8) -> None:
    """Prints the first seeds of a prompt beside each other, ``work/sheets/<name>.png``."""
    pipeline = load_pipeline(shop.folder / "model", shop.device)
    generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
    pictures = pipeline(
        [prompt] * count, num_inference_steps=12, guidance_scale=3.0, generator=generators,
        height=side * LATENT, width=side * LATENT, output_type="np",
    ).images  # fmt: skip
    sheet = np.concatenate(list((pictures * 255 + 0.5).astype(np.uint8)), 1)
    with whole(shop.path("sheets") / f"{name}.png") as path:
        Image.fromarray(sheet).save(path, format="PNG")


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Says in ``training.json`` which commit, seed, device and time made a model."""
    with whole(folder / "training.json") as path:
        path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
