"""A folder of numbers that the reference gave, and the networks that its weights make."""

from pathlib import Path
from typing import Any

import torch

from edition.upscale.supir_net import SupirArchitecture, SupirNet
from edition.upscale.supir_vae import SupirAutoencoder
from edition.upscale.supir_weights import load_net, load_vae, open_sdxl, open_supir
from tools.conformance import Tensors, read_cases, read_tensors


class SupirGolden:
    """A folder of reference numbers, and the networks that its weights make.

    Args:
        folder: laid out as the module says.

    Raises:
        UpscaleError: a file is missing, can't be read, or does not fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: dict[str, Any]
        self.cases: dict[str, Any]
        self.config, self.cases, self.arch = read_cases(
            folder,
            lambda facts: (facts["config"], facts["cases"], architecture(facts["config"])),
        )
        supir = open_supir(folder / "weights_supir.safetensors")
        sdxl = open_sdxl(folder / "weights_sdxl.safetensors")
        self.net: SupirNet = load_net(supir, sdxl["unet"], self.arch).float()
        self.autoencoder = SupirAutoencoder(*load_vae(supir, sdxl["vae"], self.arch))
        self.autoencoder.to(torch.device("cpu"), torch.float32)

    def tensors(self, case: str) -> Tensors:
        """The tensors of one case.

        Raises:
            UpscaleError: its file is missing or can't be read.
        """
        return read_tensors(self.folder, case)


def architecture(config: dict[str, Any]) -> SupirArchitecture:
    """The widths and depths that a folder's configuration states."""
    unet, vae = config["unet"], config["vae"]
    arch = SupirArchitecture(
        channels=tuple(unet["model_channels"] * m for m in unet["channel_mult"]),
        depths=tuple(unet["transformer_depth"]),
        layers=unet.get("num_res_blocks", SupirArchitecture().layers),
        head=unet["num_head_channels"],
        context=unet["context_dim"],
        pooled=unet["pooled_dim"],
        time_id=unet["time_id_dim"],
        vae_channels=tuple(vae["ch"] * m for m in vae["ch_mult"]),
        vae_layers=vae["num_res_blocks"],
    )
    if unet.get("adm_in_channels", arch.vector) != arch.vector:
        raise ValueError(f"adm_in_channels is {unet['adm_in_channels']}, not {arch.vector}")
    return arch
