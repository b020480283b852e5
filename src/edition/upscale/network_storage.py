"""How an upscaler's weights are stored: their precision, and where they wait between pictures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import torch
from diffusers.hooks import apply_group_offloading, apply_layerwise_casting
from torch import nn

from edition.recipe.upscale_settings import UpscaleSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Precision:
    """What is computed in, and what weights are stored in."""

    net: torch.dtype
    vae: torch.dtype
    eight_bit: bool = False
    """The network's matrices are stored in 8 bit."""
    kept: tuple[str, ...] = ()
    """Parts of names of layers that are not."""

    @classmethod
    def of(
        cls,
        settings: UpscaleSettings,
        half: torch.dtype,
        device: torch.device,
        kept: tuple[str, ...],
    ) -> "Precision":
        """What the settings ask for.

        Args:
            settings: of the recipe.
            half: what ``auto`` means for the network on CUDA.
            device: where pictures are computed.
            kept: see above.
        """
        cuda = device.type == "cuda"
        return cls(
            _dtype(settings.diff_dtype, half if cuda else torch.float32),
            _dtype(settings.ae_dtype, torch.bfloat16 if cuda else torch.float32),
            settings.diff_dtype == "float8",
            kept,
        )

    def __str__(self) -> str:
        stored = "float8 in " if self.eight_bit else ""
        return f"{stored}{self.net}, {self.vae}".replace("torch.", "")

    @property
    def stored(self) -> int:
        """Bytes of a stored number of the network."""
        return 1 if self.eight_bit else self.net.itemsize


def _dtype(name: str, auto: torch.dtype) -> torch.dtype:
    if name == "auto":
        return auto
    found: torch.dtype = torch.bfloat16 if name == "float8" else getattr(torch, name)
    return found


_at_hand: dict[tuple[str, ...], object] = {}


def at_hand_or(key: tuple[str, ...], make: Callable[[], T]) -> T:
    """What was loaded last, if it is the same; of all upscalers' weights one set is kept.

    Args:
        key: identifies weights and settings; its first part identifies the upscaler.
        make: loads them.
    """
    if key not in _at_hand:
        _at_hand.clear()
        _at_hand[key] = make()
    held: T = _at_hand[key]  # type: ignore[assignment]
    return held


def release() -> None:
    """Lets go of the weights that were kept."""
    _at_hand.clear()


def count_numbers(*modules: nn.Module) -> int:
    """How many parameters modules have."""
    return sum(p.numel() for m in modules for p in m.parameters())


def weight_bytes(*modules: nn.Module) -> int:
    """The size of modules' parameters as they are stored."""
    return sum(p.numel() * p.element_size() for m in modules for p in m.parameters())


def stream_layers(net: nn.Module, device: torch.device) -> None:
    """Leaves a network in host memory; each layer comes to the device when it is used."""
    apply_group_offloading(
        net,
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="leaf_level",
        use_stream=device.type == "cuda",
    )


def store_in_8_bit(net: nn.Module, compute: torch.dtype, kept: Iterable[str]) -> None:
    """Keeps a network's convolutions and matrices in 8 bit; each is widened while it is used.

    Args:
        net: the network.
        compute: what it computes in.
        kept: patterns of names that keep their precision.
    """
    apply_layerwise_casting(
        net,
        storage_dtype=torch.float8_e4m3fn,
        compute_dtype=compute,
        skip_modules_pattern=tuple(kept),
    )
