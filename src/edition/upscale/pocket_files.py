"""Pocket SUPIR's files, as they are shipped: which they are, and how a training writes them.

They are those of a person's own SUPIR: one file with the control network, the adapters and the
second encoder under the published names, and an SDXL folder as diffusers lays it out. Numbers
are float16, which is half the wheel; a CPU computes in float32.
"""

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
from edition.upscale.pocket_shape import POCKET
from edition.upscale.supir_names import control_key, vae_key
from edition.upscale.supir_net import SupirNet
from edition.upscale.supir_weights import ARCHITECTURE_FIELD, SDXL_FOLDERS

SUPIR_FILE, SDXL_FOLDER, PART_FILE = "supir.safetensors", "sdxl", "model.safetensors"


def pocket_folder() -> Path:
    """Where the shipped weights lie."""
    return Path(__file__).with_name("weights")


def pocket_places(folder: Path | None = None) -> tuple[Path, Path]:
    """The SUPIR file and the SDXL folder of a pocket SUPIR.

    Args:
        folder: of another training; the shipped one if none.

    Raises:
        UpscaleError: some of it is not there.
    """
    folder = folder or pocket_folder()
    supir, sdxl = folder / SUPIR_FILE, folder / SDXL_FOLDER
    wanted = (supir, *(sdxl / part / PART_FILE for part in SDXL_FOLDERS.values()))
    missing = [file.relative_to(folder).as_posix() for file in wanted if not file.is_file()]
    if missing:
        raise UpscaleError(
            f"pocket-supir has no weights: {folder} lacks {', '.join(missing)}.",
            hint="Install edition again, or choose lanczos.",
        )
    return supir, sdxl


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
