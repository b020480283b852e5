"""Diffusers folders of Stable Diffusion 1 and XL as the one file that people download."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tests.support.local_hub import COMMIT

from edition import paths
from edition.upscale.supir_key_mapping import unet_key, vae_key

SD15 = "stable-diffusion-v1-5/stable-diffusion-v1-5"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
"""The repositories whose configurations such files need."""
_OPEN_CLIP = (
    ("encoder.layers.", "transformer.resblocks."), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
    ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("self_attn", "attn"),
    ("final_layer_norm", "ln_final"),
    ("embeddings.position_embedding.weight", "positional_embedding"),
    ("embeddings.token_embedding", "token_embedding"),
)  # fmt: skip


def open_clip(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A text encoder with projection under OpenCLIP's names."""
    found = {}
    for name, tensor in state.items():
        name = name.removeprefix("text_model.")
        if ".k_proj." in name or ".v_proj." in name:
            continue
        if ".q_proj." in name:
            kind = name.rpartition(".")[2]
            name = name.replace(f".q_proj.{kind}", f".in_proj_{kind}")
            base = "text_model." + name.replace(f".in_proj_{kind}", "")
            tensor = torch.cat([state[f"{base}.{x}_proj.{kind}"] for x in "qkv"])
        if name == "text_projection.weight":
            name, tensor = "text_projection", tensor.T
        for ours, theirs in _OPEN_CLIP:
            name = name.replace(ours, theirs)
        found[name] = tensor.contiguous()
    return found


def tiny_sdxl_apart(folder: Path) -> Path:
    """A Stable Diffusion XL whose encoders differ as the published ones do: in width and depth."""
    from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
    from tests.fakes import tiny_sdxl
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_sdxl(folder), add_watermarker=False)
    words = CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")
    pipe.text_encoder_2 = CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=10,
            num_attention_heads=2, projection_dim=32,
            bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id,
        )
    )  # fmt: skip
    config = {**pipe.unet.config, "cross_attention_dim": 16 + 32}
    config["projection_class_embeddings_input_dim"] = 32 + 6 * 4
    pipe.unet = UNet2DConditionModel.from_config(config)
    pipe.save_pretrained(folder)
    return folder


def one_file(folder: Path, file: Path) -> Path:
    """Writes the networks of a folder under the names of the first Stable Diffusion, or of XL."""
    from diffusers import DiffusionPipeline

    pipe = DiffusionPipeline.from_pretrained(folder)
    unet, vae, two = pipe.unet, pipe.vae, hasattr(pipe, "text_encoder_2")
    layers, levels = unet.config.layers_per_block, len(vae.config.block_out_channels)
    text = "conditioner.embedders.0." if two else "cond_stage_model."
    parts = {
        "model.diffusion_model.": (unet, lambda name: unet_key(name, layers)),
        "first_stage_model.": (vae, lambda name: vae_key(name, levels)),
        f"{text}transformer.text_model.": (
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
    if two:
        second = open_clip(pipe.text_encoder_2.state_dict())
        tensors |= {f"conditioner.embedders.1.model.{name}": t for name, t in second.items()}
    save_file(tensors, file)
    return file


def cached_configs(folder: Path, cache: Path, repository: str) -> None:
    """Puts a folder's small files into a hub's cache, as ``models pull --configs`` does."""
    place = cache / f"models--{repository.replace('/', '--')}"
    weights = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(folder, place / "snapshots" / COMMIT, ignore=weights)
    (place / "refs").mkdir()
    (place / "refs/main").write_text(COMMIT)
