"""Small random SeedVR2 files under the published names, and sparse ones of full size."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from edition.upscale.seedvr2_arch import SeedVR2Architecture
from edition.upscale.seedvr2_vae import VaeArchitecture
from edition.upscale.supir_weights import ARCHITECTURE_FIELD
from tools.seedvr2_conformance.seedvr2_golden import autoencoder, transformer

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on busy machines

GOLDEN = Path(__file__).parent / "golden_seedvr2"
CONFIG = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))["config"]
TINY: dict[str, SeedVR2Architecture] = {
    "3b": transformer(CONFIG["dit3"], "dit3"),
    "7b": transformer(CONFIG["dit7"], "dit7"),
}
TINY_VAE: VaeArchitecture = autoencoder(CONFIG["vae"])
FILES = {"3b": GOLDEN / "weights_dit3.safetensors", "7b": GOLDEN / "weights_dit7.safetensors"}
VAE_FILE = GOLDEN / "weights_vae.safetensors"


def write_files(folder: Path, kind: str = "3b") -> tuple[Path, Path, Path]:
    """The goldens' networks as a person's files: transformer, autoencoder, encoded prompt."""
    arch = TINY[kind]
    net = folder / f"{kind}.safetensors"
    save_file(load_file(FILES[kind]), net, {ARCHITECTURE_FIELD: arch.to_json()})
    vae = folder / "vae.safetensors"
    save_file(load_file(VAE_FILE), vae, {ARCHITECTURE_FIELD: TINY_VAE.to_json()})
    text = folder / f"{kind}_text.pt"
    torch.save(torch.randn(58, arch.text, generator=torch.Generator().manual_seed(1)), text)
    return net, vae, text


def sparse_file(shapes: dict[str, tuple[int, ...]], file: Path, kind: str = "F16") -> Path:
    """A file of zeros that takes no room on the disk: a header, and a hole as large as said."""
    size = {"F16": 2, "F32": 4, "F8_E4M3": 1}[kind]
    header, end = {}, 0
    for key, shape in shapes.items():
        begin, end = end, end + size * torch.Size(shape).numel()
        header[key] = {"dtype": kind, "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        stream.truncate(8 + len(text) + end)
    return file


def tensors_of(kind: str) -> dict[str, Tensor]:
    """The tensors of one of the goldens' files."""
    return load_file(VAE_FILE if kind == "vae" else FILES[kind])
