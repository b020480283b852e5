"""How memory is spent: a ladder of ways, from a roomy card down to layers streamed in.

SUPIR and SeedVR2 climb the same ladder: a network that works on a latent, and an autoencoder that
is needed before and after it. All sizes are estimates made on paper, with a margin; none was
measured on a card yet. Knows numbers and where modules lie, not pictures.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import psutil
import torch
from torch import nn

from edition.errors import UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale.network_storage import Precision, store_in_8_bit, stream_layers

GIB = 2**30
MARGIN = 1.25
"""Free memory must be this much more than the estimate."""
VAE_BYTES = 200_000
"""The whole autoencoder's working memory for one latent pixel, 16 bit."""
STRIPS_BYTES = 70_000
"""What strips that wait on the card take there, for one latent pixel: two of the widest maps."""
STRIP_WORK_BYTES = 230_000
"""The working memory of the current strip, for one latent pixel of it, some of it in 32 bit."""

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MemoryStrategy:
    """One way to spend memory."""

    name: str
    batched: bool
    """Both halves of a guidance in one batch."""
    tiled: bool
    """The network works on a part of the latent at a time."""
    strips: bool
    """The autoencoder in strips."""
    shelved: bool
    """Strips wait in host memory."""
    parked: bool
    """Network and autoencoder are on the card in turn, never together."""
    streamed: bool
    """The network's layers stay in host memory and come one by one."""


LADDER = (
    MemoryStrategy("roomy", True, False, False, False, False, False),  # 80 GB cards
    MemoryStrategy("lean", False, False, True, False, False, False),  # 24 GB cards
    MemoryStrategy("small", False, False, True, True, True, False),  # 16 GB cards
    MemoryStrategy("tight", False, True, True, True, True, False),  # 12 GB cards
    MemoryStrategy("stream", False, True, True, True, True, True),  # smaller cards
)


@dataclass(frozen=True, slots=True)
class MemoryLoad(ABC):
    """What a picture asks of the memory, in bytes."""

    weights: int
    """Of the network, in its storage precision."""
    vae_weights: int
    pixels: int
    """Of the latent."""
    strip_pixels: int
    """Of a strip of it."""
    wide: float = 1.0
    """Bytes of a working number, as a share of 16 bit."""
    vae_share: float = 1.0
    """The autoencoder's widths, as a share of SDXL's; SeedVR2's are the same."""

    @abstractmethod
    def net_bytes(self, rung: MemoryStrategy) -> float:
        """The network's working memory."""

    @abstractmethod
    def ways(self, rung: MemoryStrategy) -> list[str]:
        """How the work is done on a rung, in words."""

    def vae_bytes(self, rung: MemoryStrategy) -> float:
        """The autoencoder's working memory."""
        share = self.wide * self.vae_share
        if not rung.strips:
            return VAE_BYTES * self.pixels * share
        waiting = 0 if rung.shelved else STRIPS_BYTES * self.pixels
        return (waiting + STRIP_WORK_BYTES * min(self.pixels, self.strip_pixels)) * share

    def fit(self, rung: MemoryStrategy) -> MemoryStrategy:
        """A rung without what makes no sense for this picture."""
        return rung

    def bytes_on(self, rung: MemoryStrategy) -> float:
        """What a rung needs on the card, estimated."""
        net, vae = self.net_bytes(rung), self.vae_bytes(rung)
        if rung.streamed:
            return max(net + GIB / 2, vae + self.vae_weights)
        if rung.parked:
            return max(net + self.weights, vae + self.vae_weights)
        return self.weights + self.vae_weights + max(net, vae)


def choose(
    settings: UpscaleSettings,
    load: MemoryLoad,
    free: int,
    ladder: Sequence[MemoryStrategy] = LADDER,
) -> MemoryStrategy:
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
    return load.fit(rung)


def free_bytes(device: torch.device) -> int:
    """What could still be used, of the card or of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0]) + _cached(device)
    return int(psutil.virtual_memory().available)


def _cached(device: torch.device) -> int:
    """Bytes that torch holds and no tensor does."""
    return int(torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))


def describe(rung: MemoryStrategy, load: MemoryLoad, free: int) -> str:
    """The choice in words, for the log and the picture's record."""
    ways = [
        *load.ways(rung),
        "autoencoder in strips" if rung.strips else "autoencoder whole",
    ]
    if rung.streamed:
        ways.append("layers streamed from host memory")
    elif rung.parked:
        ways.append("networks parked in turn")
    need = load.bytes_on(rung) / GIB
    return f"{rung.name}: {', '.join(ways)}; about {need:.1f} of {free / GIB:.1f} GiB free"


class StripAutoencoder(Protocol):
    """What reads and writes pictures, whole or in strips."""

    rows: int
    """Latent rows to a strip; 0 works on the whole picture."""
    shelf: torch.device | None
    """Where strips wait; None is where they are computed."""

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """Its networks."""

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> None:
        """Moves the parameters."""


class DeviceLayout:
    """A network and its autoencoder, and where they lie.

    Args:
        net: a module that works on a latent, with a ``dtype``.
        autoencoder: reads and writes pictures.
        device: where pictures are computed.
        precision: of both.
        load_of: what a picture asks of the memory, by the settings and the latent's height and
            width.
    """

    def __init__(
        self,
        net: nn.Module,
        autoencoder: StripAutoencoder,
        device: torch.device,
        precision: Precision,
        load_of: Callable[[UpscaleSettings, int, int], MemoryLoad],
    ) -> None:
        self.net = net
        self.autoencoder = autoencoder
        self.device = device
        self.precision = precision
        self.load_of = load_of
        self.rung = LADDER[0]
        self.settings = UpscaleSettings()
        self.load: MemoryLoad | None = None
        self.laid_out = False

    def attempt(
        self, settings: UpscaleSettings, height: int, width: int, work: Callable[[], T]
    ) -> tuple[T, str]:
        """Works on a picture; where the memory falls short, again on the next rung down.

        Args:
            settings: of the recipe.
            height: of the latent.
            width: of the latent.
            work: the whole pass; begun again on every rung.

        Returns:
            What the work gives, and how memory was spent, in words.

        Raises:
            UpscaleError: there is no rung left, or the person has fixed one.
        """
        said = self.settle(settings, height, width)
        while True:
            log.info("memory: %s", said)
            try:
                return work(), said
            except torch.OutOfMemoryError as error:
                short = str(error)  # not the error itself: its frames hold tensors
            said = self.step_down(short)

    def settle(self, settings: UpscaleSettings, height: int, width: int) -> str:
        """Chooses how to spend memory on a picture and prepares for it.

        Args:
            settings: of the recipe.
            height: of the latent.
            width: of the latent.

        Returns:
            The choice in words.
        """
        self.load = self.load_of(settings, height, width)
        self.settings = settings
        # once layers are streamed they stay so; whole networks can be streamed later
        ladder = LADDER[-1:] if self.laid_out and self.rung.streamed else LADDER
        return self._take(choose(settings, self.load, self._free(), ladder), self.load)

    def step_down(self, short: str) -> str:
        """Takes the next rung down, after the memory fell short.

        Args:
            short: torch's message.

        Returns:
            The choice in words.

        Raises:
            UpscaleError: there is none, or the person has fixed the rung.
        """
        names = [rung.name for rung in LADDER]
        below = LADDER[names.index(self.rung.name) + 1 :]
        if not below or self.settings.memory != "auto" or self.load is None:
            raise UpscaleError(
                f"The memory of {self.device} fell short on the rung {self.rung.name!r}: {short}",
                hint="Lower memory, scale or latent_tile in the [upscale] table.",
            )
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        rung = choose(self.settings, self.load, 0, below[:1])
        return "after a shortage, " + self._take(rung, self.load)

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
        """Clears the network away for a moment, where they take turns anyway."""
        if self.laid_out and self.rung.parked and not self.rung.streamed:
            self.net.to("cpu")

    def _take(self, rung: MemoryStrategy, load: MemoryLoad) -> str:
        free = self._free()
        if not self.laid_out or rung.streamed != self.rung.streamed:
            self._lay_out(rung)
        self.rung = rung
        self.autoencoder.rows = self.settings.vae_rows if rung.strips else 0
        self.autoencoder.shelf = torch.device("cpu") if rung.shelved else None
        return describe(rung, load, free)

    def _lay_out(self, rung: MemoryStrategy) -> None:
        host, precision = torch.device("cpu"), self.precision
        place = host if rung.parked else self.device
        self.net.dtype = precision.net  # type: ignore[assignment]
        if precision.eight_bit and not self.laid_out:
            self.net.to(dtype=precision.net)  # in host memory: wide weights may not fit on the card
            store_in_8_bit(self.net, precision.net, precision.kept)
            self.net.to(device=place)
        else:
            self.net.to(device=place, dtype=self._storage())
        if rung.streamed and self.device.type != "cpu":
            stream_layers(self.net, self.device)
        self.autoencoder.to(place, precision.vae)
        self.laid_out = True

    def _storage(self) -> torch.dtype | None:
        return None if self.laid_out else self.precision.net  # 8-bit weights must not be widened

    def _free(self) -> int:
        """Bytes for the networks and their work: what is free, and what they hold already."""
        if self.device.type != "cuda" or (self.laid_out and self.rung.streamed):
            return free_bytes(self.device)
        modules = (self.net, *self.autoencoder.parts)
        held = (p for m in modules for p in m.parameters() if p.device.type == "cuda")
        return free_bytes(self.device) + sum(p.numel() * p.element_size() for p in held)
