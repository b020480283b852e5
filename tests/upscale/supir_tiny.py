"""Small random SUPIR and SDXL files under the published names, and folders of numbers."""

import dataclasses
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tests.support.one_file import open_clip
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from edition.upscale.supir_key_mapping import control_key, unet_key, vae_key
from edition.upscale.supir_net import SupirArchitecture, SupirNet, TextShape, make_vae
from edition.upscale.supir_weights import ARCHITECTURE_FIELD, SDXL_PREFIXES
from tools.supir_conformance.supir_golden import architecture

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on busy machines

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
TEXT = TextShape(width=32, layers=2, heads=2, activation="gelu", projection=32)
TINY = dataclasses.replace(architecture(CASES["config"]), text_l=TEXT, text_g=TEXT)
"""The goldens' sizes, with two text encoders that make 64 channels together."""


def named(module: nn.Module, key_of, prefix: str) -> dict[str, torch.Tensor]:
    """A module's tensors as a published file names them."""
    return {prefix + key_of(name): t for name, t in module.state_dict().items()}


def supir_tensors(
    net: SupirNet, second: nn.Module, arch: SupirArchitecture
) -> dict[str, torch.Tensor]:
    levels = len(arch.vae_channels)
    return {
        **named(net.control, lambda n: control_key(n, arch.layers), "model.control_model."),
        **named(net.project_modules, str, "model.diffusion_model.project_modules."),
        **named(
            second,
            lambda n: vae_key(f"encoder.{n}", levels).removeprefix("encoder."),
            "first_stage_model.denoise_encoder.",
        ),
    }


def sdxl_tensors(net: SupirNet, vae: nn.Module, arch: SupirArchitecture) -> dict[str, torch.Tensor]:
    levels = len(arch.vae_channels)
    tensors = {
        **named(net.unet, lambda n: unet_key(n, arch.layers), SDXL_PREFIXES["unet"]),
        **named(vae, lambda n: vae_key(n, levels), SDXL_PREFIXES["vae"]),
    }
    for key, tensor in tensors.items():
        if "attn_1" in key and key.endswith("weight") and tensor.ndim == 2:
            tensors[key] = tensor[:, :, None, None]  # published as 1x1 convolutions
    return tensors


def text_tensors(arch: SupirArchitecture) -> dict[str, torch.Tensor]:
    """Both text encoders, the second under OpenCLIP's names, with the strays of real files."""
    small = CLIPTextModel(text_config(arch.text_l))
    tensors = named(small, str, SDXL_PREFIXES["text_l"] + "text_model.")
    tensors[SDXL_PREFIXES["text_l"] + "text_model.embeddings.position_ids"] = torch.arange(77)[None]
    large = CLIPTextModelWithProjection(text_config(arch.text_g))
    out = {"logit_scale": torch.zeros(()), **open_clip(large.state_dict())}
    return {**tensors, **{SDXL_PREFIXES["text_g"] + k: t for k, t in out.items()}}


def text_config(shape: TextShape) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=4 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        hidden_act=shape.activation,
        projection_dim=shape.projection,
    )


def write_golden_files(folder: Path) -> tuple[Path, Path]:
    """The goldens' networks as a person's two files, with small text encoders."""
    torch.manual_seed(7)
    supir = folder / "supir.safetensors"
    weights = load_file(GOLDEN / "weights_supir.safetensors")
    save_file(weights, supir, {ARCHITECTURE_FIELD: TINY.to_json()})
    sdxl = folder / "sdxl.safetensors"
    save_file({**load_file(GOLDEN / "weights_sdxl.safetensors"), **text_tensors(TINY)}, sdxl)
    return supir, sdxl


def random_networks(arch: SupirArchitecture) -> tuple[SupirNet, nn.Module, nn.Module]:
    """Networks with random weights in every layer, those that are born zero too."""
    torch.manual_seed(11)
    net, vae, second = SupirNet(arch), make_vae(arch), make_vae(arch).encoder
    return net.eval().requires_grad_(False), vae.requires_grad_(False), second.requires_grad_(False)
