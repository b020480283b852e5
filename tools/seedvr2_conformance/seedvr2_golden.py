"""A folder of numbers that the reference gave, and the networks that its weights make."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition.upscale.seedvr2_arch import SeedVR2Architecture
from edition.upscale.seedvr2_vae import LATENT_SCALE, SeedVR2Autoencoder, VaeArchitecture
from edition.upscale.seedvr2_weights import load_transformer, load_vae, open_transformer, open_vae
from tools.conformance import Tensors, read_cases, read_tensors

if TYPE_CHECKING:
    from edition.upscale.seedvr2_net import SeedVR2Net

EXPAND, MULTIPLE = 4, 256
"""Of the feed-forward layers' width, where the configuration names no others."""


class SeedVR2Golden:
    """A folder of reference numbers.

    Args:
        folder: laid out as tests/upscale/golden_seedvr2/README.md says.

    Raises:
        UpscaleError: a file is missing, can't be read, or does not fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any]
        self.facts, sizes, vae_sizes = read_cases(folder, sizes_of)
        self.config: dict[str, Any] = self.facts["config"]
        self.cases: dict[str, Any] = self.facts["cases"]
        self.pipelines: list[dict[str, Any]] = self.facts.get("pipeline_geometry", [])
        self.pictures: list[dict[str, Any]] = self.facts.get("preprocess", [])
        self.nets: dict[str, SeedVR2Net] = {}
        for kind, arch in zip(("dit3", "dit7"), sizes, strict=True):
            part = open_transformer(folder / f"weights_{kind}.safetensors")[0]
            self.nets[kind] = load_transformer(part, arch).float()
        file = folder / "weights_vae.safetensors"
        self.autoencoder = SeedVR2Autoencoder(load_vae(open_vae(file)[0], vae_sizes).float())

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
        return read_tensors(self.folder, case)


def sizes_of(
    facts: dict[str, Any],
) -> tuple[dict[str, Any], list[SeedVR2Architecture], VaeArchitecture]:
    """What ``cases.json`` says, the two transformers' sizes and the autoencoder's."""
    config, _ = facts["config"], facts["cases"]
    sizes = [transformer(config[kind], kind) for kind in ("dit3", "dit7")]
    return facts, sizes, autoencoder(config["vae"])


def transformer(config: dict[str, Any], kind: str) -> SeedVR2Architecture:
    """The widths and depths that a folder's configuration states."""
    layers, dim = config["num_layers"], config["vid_dim"]
    if config.get("rope_dim", config["head_dim"]) != config["head_dim"]:
        raise ValueError(f"rope_dim is {config['rope_dim']}, not the head's {config['head_dim']}")
    expand, multiple = (
        int(found[1]) if (found := re.search(pattern, str(config.get("mlp", "")))) else usual
        for pattern, usual in ((r"expand (\d+)", EXPAND), (r"multiple of (\d+)", MULTIPLE))
    )
    gated = math.ceil(math.ceil(2 * expand * dim / 3) / multiple) * multiple
    return SeedVR2Architecture(
        kind="3b" if kind == "dit3" else "7b",
        dim=dim,
        heads=config["heads"],
        head=config["head_dim"],
        layers=layers,
        apart=config.get("mm_layers", layers),
        text=config["txt_in_dim"],
        hidden=gated if kind == "dit3" else expand * dim,
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
