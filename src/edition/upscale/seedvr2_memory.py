"""What SeedVR2 asks of the memory, estimated on paper from the networks' widths."""

from collections.abc import Callable
from dataclasses import dataclass

from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import memory_ladder
from edition.upscale.memory_ladder import MemoryStrategy
from edition.upscale.network_storage import Precision, count_numbers
from edition.upscale.seedvr2_arch import PATCH, SEEDVR2_3B, SeedVR2Architecture
from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder

MANY, FEW = 8192, 2048
"""Tokens that are worked on together. The result is the same; fewer cost nothing but launches."""
PIXEL_BYTES = 4_500
"""What stays of a latent pixel through all blocks: the streams in 32 bit."""
TOKEN_BYTES = 175_000
"""The working memory of a token, 3B's width; counted on tensors without storage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedVR2Load(memory_ladder.MemoryLoad):
    """What a picture asks of the memory, in bytes."""

    net_share: float = 1.0
    """The transformer's width, as a share of 3B's."""

    def net_bytes(self, rung: MemoryStrategy) -> float:
        """The transformer's working memory."""
        tokens = min(self.pixels // PATCH**2, tokens_together(rung))
        return (PIXEL_BYTES * self.pixels + TOKEN_BYTES * self.wide * tokens) * self.net_share

    def ways(self, rung: MemoryStrategy) -> list[str]:
        """How many windows are worked on together, in words."""
        return [f"windows of {tokens_together(rung)} tokens together"]


def tokens_together(rung: MemoryStrategy) -> int:
    """How many tokens are worked on together."""
    return FEW if rung.tiled else MANY


def kept(arch: SeedVR2Architecture) -> tuple[str, ...]:
    """What is not stored in 8 bit: small matrices, and the last block, which suffers most."""
    return ("norm", "ada", "emb_in", "txt_in", "vid_in", "vid_out", rf"blocks\.{arch.layers - 1}\.")


def load_of(
    net: SeedVR2Net, autoencoder: SeedVR2Autoencoder, precision: Precision
) -> Callable[[UpscaleSettings, int, int], SeedVR2Load]:
    """What a picture of a size asks of the memory, with these networks."""

    def of(settings: UpscaleSettings, height: int, width: int) -> SeedVR2Load:
        return SeedVR2Load(
            weights=precision.stored * count_numbers(net),
            vae_weights=precision.vae.itemsize * count_numbers(*autoencoder.parts),
            pixels=height * width,
            strip_pixels=settings.vae_rows * width,
            wide=precision.net.itemsize / 2,
            vae_share=autoencoder.vae.arch.channels[0] / 128,
            net_share=net.arch.dim / SEEDVR2_3B.dim,
        )

    return of
