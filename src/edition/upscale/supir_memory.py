"""How SUPIR spends memory: a ladder of ways, from a roomy card down to layers streamed in.

All sizes are estimates made on paper from the networks' widths, with a margin; none was
measured on a card yet. Knows numbers and where modules lie, not pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import psutil
import torch
from torch import nn

from edition.errors import UpscaleError
from edition.recipe.upscaling import Upscale
from edition.upscale.supir_net import SDXL, SupirNet
from edition.upscale.supir_vae import Autoencoder

GIB = 2**30
MARGIN = 1.25
"""Free memory must be this much more than the estimate."""
NET_BYTES = 40_000
"""The networks' working memory for one latent pixel of one sample, 16 bit."""
VAE_BYTES = 200_000
"""The whole autoencoder's working memory for one latent pixel, 16 bit."""
STRIPS_BYTES = 70_000
"""What strips that wait on the card take there, for one latent pixel: two of the widest maps."""
STRIP_WORK_BYTES = 230_000
"""The working memory of the strip at hand, for one latent pixel of it, some of it in 32 bit."""


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
    strip_pixels: int
    wide: float = 1.0
    """Bytes of a working number, as a share of 16 bit."""
    net_share: float = 1.0
    """The networks' widths, as a share of SDXL's."""
    vae_share: float = 1.0
    """The autoencoder's widths, as a share of SDXL's."""

    def bytes_on(self, rung: Rung) -> float:
        """What a rung needs on the card, estimated."""
        pixels = min(self.pixels, self.tile_pixels) if rung.tiled else self.pixels
        wide_net, wide_vae = self.wide * self.net_share, self.wide * self.vae_share
        net = NET_BYTES * pixels * (2 if rung.batched else 1) * wide_net
        vae = VAE_BYTES * self.pixels * wide_vae
        if rung.strips:
            waiting = 0 if rung.shelved else STRIPS_BYTES * self.pixels * wide_vae
            vae = waiting + STRIP_WORK_BYTES * min(self.pixels, self.strip_pixels) * wide_vae
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
        return int(torch.cuda.mem_get_info(device)[0]) + _cached(device)
    return int(psutil.virtual_memory().available)


def _cached(device: torch.device) -> int:
    """Bytes that torch holds and no tensor does."""
    return int(torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))


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


class Layout:
    """The networks of a SUPIR, and where they lie.

    Args:
        net: control network, adapters and UNet.
        autoencoder: reads and writes pictures.
        device: where pictures are computed.
        net_dtype: what the networks compute in.
        vae_dtype: what the autoencoder computes in.
        eight_bit: the networks' weights are stored in 8 bit.
    """

    def __init__(
        self,
        net: SupirNet,
        autoencoder: Autoencoder,
        device: torch.device,
        net_dtype: torch.dtype,
        vae_dtype: torch.dtype,
        *,
        eight_bit: bool,
    ) -> None:
        self.net = net
        self.autoencoder = autoencoder
        self.device = device
        self.net_dtype = net_dtype
        self.vae_dtype = vae_dtype
        self.eight_bit = eight_bit
        self.rung = LADDER[0]
        self.settings = Upscale()
        self.load = Load(0, 0, 0, 0, 0)
        self.laid_out = False

    @property
    def precision(self) -> str:
        """In words."""
        stored = "float8 in " if self.eight_bit else ""
        return f"{stored}{self.net_dtype}, {self.vae_dtype}".replace("torch.", "")

    def settle(self, settings: Upscale, height: int, width: int) -> str:
        """Chooses how to spend memory on a picture and prepares for it.

        Args:
            settings: of the recipe.
            height: of the latent.
            width: of the latent.

        Returns:
            The choice in words.
        """
        stored = 1 if self.eight_bit else self.net_dtype.itemsize
        vae, second = self.autoencoder.vae, self.autoencoder.second
        # a picture narrower than a window is its own window
        tile = settings.latent_tile**2 if settings.latent_tile <= min(height, width) else None
        self.load = Load(
            weights=stored * _count(self.net),
            vae_weights=self.vae_dtype.itemsize * _count(vae, second),
            pixels=height * width,
            tile_pixels=tile or height * width,
            strip_pixels=settings.vae_rows * width,
            wide=self.net_dtype.itemsize / 2,
            net_share=self.net.unet.config.block_out_channels[0] / SDXL.channels[0],
            vae_share=self.autoencoder.vae.config.block_out_channels[0] / SDXL.vae_channels[0],
        )
        self.settings = settings
        # once layers are streamed they stay so; whole networks can be streamed later
        ladder = LADDER[-1:] if self.laid_out and self.rung.streamed else LADDER
        return self._take(choose(settings, self.load, self._free(), ladder))

    def step_down(self, short: str) -> str:
        """Takes the next rung down, after the memory fell short.

        Args:
            short: what torch said of it.

        Returns:
            The choice in words.

        Raises:
            UpscaleError: there is none, or the person has fixed the rung.
        """
        names = [rung.name for rung in LADDER]
        below = LADDER[names.index(self.rung.name) + 1 :]
        if not below or self.settings.memory != "auto":
            raise UpscaleError(
                f"The memory of {self.device} fell short on the rung {self.rung.name!r}: {short}",
                hint="Lower memory, scale or latent_tile in the [upscale] table.",
            )
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return "after a shortage, " + self._take(choose(self.settings, self.load, 0, below[:1]))

    def turn(self, who: str) -> None:
        """Brings ``vae`` or ``net`` to the device; clears the other away if they take turns."""
        parked, host = self.rung.parked, torch.device("cpu")
        if parked and who == "net":
            self.autoencoder.to(host)
        if not self.rung.streamed:
            self.net.to(host if parked and who == "vae" else self.device)
        if not parked or who == "vae":
            self.autoencoder.to(self.device)
        if parked and self.device.type == "cuda":
            torch.cuda.empty_cache()

    def make_room(self) -> None:
        """Clears the networks away for a moment, where they take turns anyway."""
        if self.laid_out and self.rung.parked and not self.rung.streamed:
            self.net.to("cpu")

    def _take(self, rung: Rung) -> str:
        free = self._free()
        if not self.laid_out or rung.streamed != self.rung.streamed:
            self._lay_out(rung)
        self.rung = rung
        self.autoencoder.rows = self.settings.vae_rows if rung.strips else 0
        self.autoencoder.shelf = torch.device("cpu") if rung.shelved else None
        return describe(rung, self.load, free)

    def _lay_out(self, rung: Rung) -> None:
        host = torch.device("cpu")
        self.net.to(device=host if rung.parked else self.device, dtype=self._storage())
        self.net.dtype = self.net_dtype
        if self.eight_bit and not self.laid_out:
            store_in_8_bit(self.net, self.net_dtype)
        if rung.streamed and self.device.type != "cpu":
            stream_layers(self.net, self.device)
        self.autoencoder.to(host if rung.parked else self.device, self.vae_dtype)
        self.laid_out = True

    def _storage(self) -> torch.dtype | None:
        return None if self.laid_out else self.net_dtype  # 8-bit weights must not be widened

    def _free(self) -> int:
        """Bytes for the networks and their work: what is free, and what they hold already."""
        if self.device.type != "cuda" or (self.laid_out and self.rung.streamed):
            return free_bytes(self.device)
        modules = (self.net, self.autoencoder.vae, self.autoencoder.second)
        held = (p for m in modules for p in m.parameters() if p.device.type == "cuda")
        return free_bytes(self.device) + sum(p.numel() * p.element_size() for p in held)


def _count(*modules: nn.Module) -> int:
    return sum(p.numel() for m in modules for p in m.parameters())


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
