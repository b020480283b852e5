"""Writes what a training of pocket SUPIR made, as the upscaler reads it."""

from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import Encoder
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from edition import atomic
from edition.errors import UpscaleError
from edition.upscale.pocket_files import PART_FILE, SDXL_FOLDER, SUPIR_FILE
from edition.upscale.supir_key_mapping import control_key, vae_key
from edition.upscale.supir_net import SupirNet
from edition.upscale.supir_weights import ARCHITECTURE_FIELD, SDXL_FOLDERS
from tools.pocket_supir.config import POCKET


def save(
    folder: Path,
    vae: AutoencoderKL,
    second: Encoder,
    net: SupirNet,
    text_l: CLIPTextModel,
    text_g: CLIPTextModelWithProjection,
) -> None:
    """Writes a trained pocket SUPIR; each file is there whole or as it was.

    Args:
        folder: is made where it is missing; what else lies in it stays.
        vae: reads and writes sound pictures.
        second: reads damaged ones.
        net: control network, adapters and UNet, of POCKET's sizes.
        text_l: the first text encoder.
        text_g: the second, with the pooled prompt.

    Raises:
        UpscaleError: a number is none, or too large for float16. Nothing is written then.
    """
    layers, levels = POCKET.layers, len(POCKET.vae_channels)
    supir = {
        **_named(net.control, lambda n: control_key(n, layers), "model.control_model."),
        **_named(net.project_modules, str, "model.diffusion_model.project_modules."),
        # the name is completed so that ".conv_norm_out." is found at its start
        **_named(
            second,
            lambda n: vae_key(f"encoder.{n}", levels).removeprefix("encoder."),
            "first_stage_model.denoise_encoder.",
        ),
    }
    files = {Path(SUPIR_FILE): supir}
    parts = {"unet": net.unet, "vae": vae, "text_l": text_l, "text_g": text_g}
    for name, module in parts.items():
        files[Path(SDXL_FOLDER, SDXL_FOLDERS[name], PART_FILE)] = _named(module, str)
    halves = {place: _halved(place, tensors) for place, tensors in files.items()}
    for place, tensors in halves.items():
        file = folder / place
        # one field: safetensors writes several in any order, and the digest would change
        is_supir = place.name == SUPIR_FILE
        stated = {ARCHITECTURE_FIELD: POCKET.to_json()} if is_supir else {"format": "pt"}
        with atomic.replacing(file, UpscaleError) as beside:
            save_file(tensors, beside, stated)


def _named(module: nn.Module, key_of: Callable[[str], str], prefix: str = "") -> dict[str, Tensor]:
    return {prefix + key_of(name): tensor for name, tensor in module.state_dict().items()}


def _halved(place: Path, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    halves = {}
    for key, tensor in tensors.items():
        half = tensor.detach().to("cpu", torch.float16).contiguous()
        if not half.isfinite().all():
            raise UpscaleError(
                f"{key} of {place} holds numbers that float16 can't hold.",
                hint="The training went astray: train again with a lower rate.",
            )
        halves[key] = half
    return halves
