"""A folder of numbers that the reference gave, and the networks that its weights make."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from edition.errors import UpscaleError
from edition.upscale.supir_net import Architecture, SupirNet
from edition.upscale.supir_vae import Autoencoder
from edition.upscale.supir_weights import load_net, load_vae, open_sdxl, open_supir

Tensors = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Compared:
    """One quantity beside the reference's."""

    what: str
    deviation: float
    tolerance: float

    @property
    def share(self) -> float:
        """The deviation as a share of the tolerance; above 1 is a miss."""
        if math.isnan(self.deviation):
            return math.inf
        if not self.tolerance:
            return math.inf if self.deviation else 0.0
        return self.deviation / self.tolerance


class Golden:
    """A folder of reference numbers, and the networks that its weights make.

    Args:
        folder: laid out as the module says.

    Raises:
        UpscaleError: a file is missing, can't be read, or does not fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            facts = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
            self.config: dict[str, Any] = facts["config"]
            self.cases: dict[str, Any] = facts["cases"]
            self.arch = architecture(self.config)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UpscaleError(
                f"{folder / 'cases.json'} can't be used: {error!r}.",
                hint="Name a folder that holds cases.json, the weights and the cases' files.",
            ) from error
        supir = open_supir(folder / "weights_supir.safetensors")
        sdxl = open_sdxl(folder / "weights_sdxl.safetensors")
        self.net: SupirNet = load_net(supir, sdxl["unet"], self.arch).float()
        self.autoencoder = Autoencoder(*load_vae(supir, sdxl["vae"], self.arch))
        self.autoencoder.to(torch.device("cpu"), torch.float32)

    def tensors(self, case: str) -> Tensors:
        """The tensors of one case.

        Raises:
            UpscaleError: its file is missing or can't be read.
        """
        file = self.folder / f"{case}.safetensors"
        try:
            tensors: Tensors = load_file(file)
        except (SafetensorError, OSError, ValueError) as error:
            raise UpscaleError(f"{file} can't be read: {error}.") from error
        return tensors


def architecture(config: dict[str, Any]) -> Architecture:
    """The widths and depths that a folder's configuration states."""
    unet, vae = config["unet"], config["vae"]
    arch = Architecture(
        channels=tuple(unet["model_channels"] * m for m in unet["channel_mult"]),
        depths=tuple(unet["transformer_depth"]),
        layers=unet.get("num_res_blocks", Architecture().layers),
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


def compare(what: str, ours: Tensor, theirs: Tensor, tolerance: float) -> Compared:
    """Takes the largest deviation; a difference in shape is infinite."""
    if ours.shape != theirs.shape:
        return Compared(f"{what}: {list(ours.shape)} for {list(theirs.shape)}", math.inf, tolerance)
    if not theirs.numel():
        return Compared(what, 0.0, tolerance)
    return Compared(what, (ours.double() - theirs.double()).abs().max().item(), tolerance)
