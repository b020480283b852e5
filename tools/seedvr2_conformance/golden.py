"""A folder of numbers that the reference gave, and the networks that its weights make."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from edition.errors import UpscaleError
from edition.upscale.seedvr2_arch import Architecture
from edition.upscale.seedvr2_vae import LATENT_SCALE, Autoencoder, VaeArchitecture
from edition.upscale.seedvr2_weights import load_transformer, load_vae, open_transformer, open_vae

if TYPE_CHECKING:
    from edition.upscale.seedvr2_net import SeedVR2Net

Tensors = dict[str, Tensor]
EXPAND, MULTIPLE = 4, 256
"""Of the feed-forward layers' width."""


class Golden:
    """A folder of reference numbers.

    Args:
        folder: laid out as tests/upscale/golden_seedvr2/README.md says.

    Raises:
        UpscaleError: a file is missing, can't be read, or does not fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            facts = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
            self.facts: dict[str, Any] = facts
            self.config: dict[str, Any] = facts["config"]
            self.cases: dict[str, Any] = facts["cases"]
            self.pipelines: list[dict[str, Any]] = facts.get("pipeline_geometry", [])
            self.pictures: list[dict[str, Any]] = facts.get("preprocess", [])
            sizes = [transformer(self.config[kind], kind) for kind in ("dit3", "dit7")]
            vae_sizes = autoencoder(self.config["vae"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UpscaleError(
                f"{folder / 'cases.json'} can't be used: {error!r}.",
                hint="Name a folder that holds cases.json, the weights and the cases' files.",
            ) from error
        self.nets: dict[str, SeedVR2Net] = {}
        for kind, arch in zip(("dit3", "dit7"), sizes, strict=True):
            part = open_transformer(folder / f"weights_{kind}.safetensors")[0]
            self.nets[kind] = load_transformer(part, arch).float()
        file = folder / "weights_vae.safetensors"
        self.autoencoder = Autoencoder(load_vae(open_vae(file)[0], vae_sizes).float())

    @property
    def names(self) -> list[str]:
        """Every file of a case, in order."""
        found = sorted(file.stem for file in self.folder.glob("*.safetensors"))
        return [name for name in found if not name.startswith("weights_")]

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


def transformer(config: dict[str, Any], kind: str) -> Architecture:
    """The widths and depths that a folder's configuration states."""
    layers, dim = config["num_layers"], config["vid_dim"]
    if config.get("rope_dim", config["head_dim"]) != config["head_dim"]:
        raise ValueError(f"rope_dim is {config['rope_dim']}, not the head's {config['head_dim']}")
    gated = math.ceil(math.ceil(2 * EXPAND * dim / 3) / MULTIPLE) * MULTIPLE
    return Architecture(
        kind="3b" if kind == "dit3" else "7b",
        dim=dim,
        heads=config["heads"],
        head=config["head_dim"],
        layers=layers,
        apart=config.get("mm_layers", layers),
        text=config["txt_in_dim"],
        hidden=gated if kind == "dit3" else EXPAND * dim,
    )


def autoencoder(config: dict[str, Any]) -> VaeArchitecture:
    """The autoencoder's."""
    if config.get("scaling_factor", LATENT_SCALE) != LATENT_SCALE:
        raise ValueError(f"scaling_factor is {config['scaling_factor']}, not {LATENT_SCALE}")
    return VaeArchitecture(
        channels=tuple(config["block_out_channels"]),
        layers=config["layers_per_block"],
        groups=config["norm_num_groups"],
        timed=config["temporal_scale_num"],
    )
