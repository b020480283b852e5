"""Which device computes, and in what precision."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import torch

from edition.errors import ModelError

DEVICES = ("auto", "cuda", "mps", "cpu")


@dataclass(frozen=True, slots=True)
class Device:
    """Where pictures are computed."""

    name: str
    """As torch names it: ``cuda``, ``mps`` or ``cpu``."""
    title: str
    """What a person calls it."""
    memory_bytes: int
    """In all: of the card, or of the machine."""
    free_bytes: int


def pick(wanted: str = "auto") -> Device:
    """The device wanted, or the best there is.

    Raises:
        ModelError: it is not there.
    """
    if wanted not in DEVICES:
        raise ModelError(f"There is no device {wanted!r}.", hint=f"Known: {', '.join(DEVICES)}.")
    if wanted in ("auto", "cuda") and torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return Device("cuda", torch.cuda.get_device_name(), total, free)
    memory = psutil.virtual_memory()
    if wanted in ("auto", "mps") and torch.backends.mps.is_available():
        return Device("mps", "Apple GPU", memory.total, memory.available)
    if wanted in ("auto", "cpu"):
        cores = psutil.cpu_count(logical=False) or 1
        return Device("cpu", f"CPU, {cores} cores", memory.total, memory.available)
    raise ModelError(
        f"This machine has no {wanted} device that torch can use.",
        hint="Leave the device to 'auto', or install a torch build for it.",
    )


def cards() -> tuple[Device, ...]:
    """Every CUDA card that torch sees, named as in ``[press] devices``: ``cuda:0``, ``cuda:1``."""
    found = []
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        found.append(Device(f"cuda:{number}", torch.cuda.get_device_name(number), total, free))
    return tuple(found)


def build() -> str:
    """What this torch was built for: ``CUDA 13.0``, ``ROCm 7.1``, ``MPS`` or ``CPU``."""
    if torch.version.cuda:
        return f"CUDA {torch.version.cuda}"
    if torch.version.hip:
        return f"ROCm {torch.version.hip}"
    return "MPS" if torch.backends.mps.is_built() else "CPU"


def dtype(wanted: str, device: str, half: str = "float16") -> torch.dtype:
    """The precision of the networks.

    Args:
        wanted: of the recipe: ``auto``, ``float32``, ``float16`` or ``bfloat16``.
        device: as torch names it.
        half: what the model's family is computed in on a card, with ``auto``.

    Returns:
        For ``auto``, ``half`` on CUDA and float32 elsewhere: half precision is slower on most
        CPUs, and float16 is not computed on all of them. A card without bfloat16 takes float32
        instead: what was trained in bfloat16 overflows in float16, into black pictures.
    """
    if wanted == "auto":
        if device != "cuda":
            return torch.float32
        can = (
            half == "float16"
            or not torch.cuda.is_available()
            or torch.cuda.is_bf16_supported(including_emulation=False)
        )
        kept: torch.dtype = getattr(torch, half if can else "float32")
        return kept
    if wanted == "float16" and device == "cpu":
        return torch.float32  # torch computes float16 convolutions on few CPUs, and slowly
    found: torch.dtype = getattr(torch, wanted)
    return found
