"""Goes on from a finished model: its text stays, the rest learns on."""

import json
import shutil
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextModel

from edition.errors import TrainError
from tools.pocket_model.autoencoder import CHANNELS
from tools.pocket_model.pocket_training import PocketTraining, keep, whole

POOLED = "add_embedding."
"""Where a UNet keeps its head for the text."""


def begin_from(shop: PocketTraining, model: Path) -> None:
    """Puts a model's parts where the first stages would have left theirs.

    Args:
        shop: the new training's.
        model: a folder in diffusers' layout that an earlier training made.

    Raises:
        TrainError: the folder holds no such model.
    """
    if shop.is_done("text"):
        return
    parts = ("vae", "text_encoder", "tokenizer", "unet")
    missing = [part for part in parts if not (model / part).is_dir()]
    if missing:
        raise TrainError(
            f"{model} has no {', '.join(missing)}.",
            hint="Give the folder of a model, as `edition models path pocket` prints it.",
        )
    if UNet2DConditionModel.load_config(model / "unet")["in_channels"] != CHANNELS:
        raise TrainError(
            f"{model} has latents of another kind.",
            hint=f"Give a model of this training, with {CHANNELS} channels, or train from nothing.",
        )
    encoder = CLIPTextModel.from_pretrained(
        model / "text_encoder", dtype=torch.float32, local_files_only=True
    )
    encoder.save_pretrained(shop.path("text_encoder"))
    shutil.copytree(model / "tokenizer", shop.path("tokenizer"), dirs_exist_ok=True)
    for part in ("unet", "vae"):
        shutil.copytree(model / part, shop.path("begun") / part, dirs_exist_ok=True)
    unet = UNet2DConditionModel.from_pretrained(
        model / "unet", torch_dtype=torch.float32, local_files_only=True
    )
    pooled = {
        key.removeprefix(POOLED): value.contiguous()
        for key, value in unet.state_dict().items()
        if key.startswith(POOLED)
    }
    with whole(shop.path("pooled.safetensors")) as path:
        save_file(pooled, path)
    for part in ("text_encoder", "tokenizer", "begun"):
        keep(shop.path(part))
    made = model / "training.json"
    before = json.loads(made.read_text(encoding="utf-8")).get("commit") if made.exists() else None
    shop.finish("text", taken_from=model.name, trained_by=before)
