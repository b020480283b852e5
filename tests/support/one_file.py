"""A diffusers folder of Stable Diffusion 1 as the one file that people download."""

import shutil
from pathlib import Path

from safetensors.torch import save_file
from tests.support.local_hub import COMMIT

from edition.upscale.supir_key_mapping import unet_key, vae_key

CONFIGS = "stable-diffusion-v1-5/stable-diffusion-v1-5"
"""The repository whose configurations such a file needs."""


def one_file(folder: Path, file: Path) -> Path:
    """Writes the networks of a folder under the names of the first Stable Diffusion."""
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)
    unet, vae = pipe.unet, pipe.vae
    layers, levels = unet.config.layers_per_block, len(vae.config.block_out_channels)
    parts = {
        "model.diffusion_model.": (unet, lambda name: unet_key(name, layers)),
        "first_stage_model.": (vae, lambda name: vae_key(name, levels)),
        "cond_stage_model.transformer.text_model.": (
            pipe.text_encoder, lambda name: name.removeprefix("text_model."),
        ),
    }  # fmt: skip
    tensors = {
        prefix + rename(name): tensor.contiguous()
        for prefix, (part, rename) in parts.items()
        for name, tensor in part.state_dict().items()
    }
    for name, tensor in tensors.items():
        if ".attn_1." in name and tensor.ndim == 2:
            tensors[name] = tensor[:, :, None, None]  # published as 1x1 convolutions
    save_file(tensors, file)
    return file


def cached_configs(folder: Path, cache: Path) -> None:
    """Puts a folder's small files into a hub's cache, as ``models pull --configs`` does."""
    place = cache / f"models--{CONFIGS.replace('/', '--')}"
    weights = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(folder, place / "snapshots" / COMMIT, ignore=weights)
    (place / "refs").mkdir()
    (place / "refs/main").write_text(COMMIT)
