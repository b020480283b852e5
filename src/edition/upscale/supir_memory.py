"""How SUPIR spends memory: a ladder of ways, from a roomy card down to layers streamed in.

All sizes are estimates made on paper from the networks' widths, with a margin; none was
measured on a card yet. Knows numbers and where modules lie, not pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import psutil
import torch
from torch import nn

from edition.recipe.upscaling import Upscale

GIB = 2**30
MARGIN = 1.25
"""Free memory must be this much more than the estimate."""
NET_BYTES = 40_000
"""The networks' working memory for one latent pixel of one sample, 16 bit."""
VAE_BYTES = 200_000
"""The whole autoencoder's working memory for one latent pixel, 16 bit."""
STRIPS_BYTES = 90_000
"""The same in strips that wait on the card; in host memory, a tenth of it is enough."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to spend memory."""

    name: str
    meant_for: str
    batched: bool
    """Both halves of the guidance in one batch."""
    tiled: bool
    """Sample in windows."""
    strips: bool
    """The autoencoder in strips."""
    shelved: bool
    """Strips wait in host memory."""
    parked: bool
    """Networks and autoencoder are on the card in turn, never together."""
    streamed: bool
    """The networks' layers stay in host memory and come one by one."""


LADDER = (
    Rung("roomy", "80 GB cards", True, False, False, False, False, False),
    Rung("lean", "24 GB cards", False, False, True, False, False, False),
    Rung("small", "16 GB cards", False, False, True, True, True, False),
    Rung("tight", "12 GB cards", False, True, True, True, True, False),
    Rung("stream", "smaller cards", False, True, True, True, True, True),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What a picture asks of the memory, in bytes."""

    weights: int
    """Of the networks, in their storage precision."""
    vae_weights: int
    pixels: int
    """Of the latent."""
    tile_pixels: int
    wide: float = 1.0
    """Bytes of a working number, as a share of 16 bit."""

    def bytes_on(self, rung: Rung) -> float:
        """What a rung needs on the card, estimated."""
        pixels = min(self.pixels, self.tile_pixels) if rung.tiled else self.pixels
        net = NET_BYTES * pixels * (2 if rung.batched else 1) * self.wide
        each = STRIPS_BYTES * (0.1 if rung.shelved else 1) if rung.strips else VAE_BYTES
        vae = each * self.pixels * self.wide
        if rung.streamed:
            return max(net + GIB / 2, vae + self.vae_weights)
        if rung.parked:
            return max(net + self.weights, vae + self.vae_weights)
        return self.weights + self.vae_weights + max(net, vae)


def choose(settings: Upscale, load: Load, free: int, ladder: Sequence[Rung] = LADDER) -> Rung:
    """The first rung that fits, with what the person fixed.

    Args:
        settings: ``memory``, ``tiled`` and ``vae_strips`` are the person's.
        load: of this picture.
        free: bytes.
        ladder: the rungs that can still be reached.
    """
    if settings.memory == "auto":
        fits = (rung for rung in ladder if load.bytes_on(rung) * MARGIN <= free)
        rung = next(fits, ladder[-1])
    else:
        rung = next(rung for rung in LADDER if rung.name == settings.memory)
    if settings.tiled != "auto":
        rung = replace(rung, tiled=settings.tiled == "always")
    if settings.vae_strips != "auto":
        rung = replace(rung, strips=settings.vae_strips == "always")
    if load.pixels <= load.tile_pixels:
        rung = replace(rung, tiled=False)  # no larger than one window
    return rung


def free_bytes(device: torch.device) -> int:
    """What could still be used, of the card or of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0]) + torch.cuda.memory_reserved(device)
    return int(psutil.virtual_memory().available)


def describe(rung: Rung, load: Load, free: int) -> str:
    """The choice in words, for the log and the picture's record."""
    ways = [
        "guidance in one batch" if rung.batched else "guidance in two passes",
        "latent in tiles" if rung.tiled else "latent whole",
        "autoencoder in strips" if rung.strips else "autoencoder whole",
    ]
    if rung.streamed:
        ways.append("layers streamed from host memory")
    elif rung.parked:
        ways.append("networks parked in turn")
    need = load.bytes_on(rung) / GIB
    return f"{rung.name}: {', '.join(ways)}; about {need:.1f} of {free / GIB:.1f} GiB free"


def weight_bytes(*modules: nn.Module) -> int:
    """The size of modules' parameters as they are stored."""
    return sum(p.numel() * p.element_size() for m in modules for p in m.parameters())


def stream_layers(net: nn.Module, device: torch.device) -> None:
    """Leaves a network in host memory; each layer comes to the device when it is used."""
    from diffusers.hooks import apply_group_offloading

    apply_group_offloading(
        net,
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="leaf_level",
        use_stream=device.type == "cuda",
    )


def store_in_8_bit(net: nn.Module, compute: torch.dtype) -> None:
    """Keeps a network's convolutions and matrices in 8 bit; each is widened while it is used."""
    from diffusers.hooks import apply_layerwise_casting

    apply_layerwise_casting(
        net,
        storage_dtype=torch.float8_e4m3fn,
        compute_dtype=compute,
        # normalisations and the embeddings of time and size are small, and suffer most
        skip_modules_pattern=("norm", "embedding", "conv_in", "conv_out", "input_hint_block"),
    )
