"""What SUPIR asks of the memory, estimated on paper from the networks' widths."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import memory_ladder
from edition.upscale.memory_ladder import MemoryStrategy
from edition.upscale.network_storage import Precision, count_numbers
from edition.upscale.supir_net import SDXL, SupirNet
from edition.upscale.supir_vae import SupirAutoencoder

NET_BYTES = 40_000
"""The networks' working memory for one latent pixel of one sample, 16 bit."""
KEPT = ("norm", "embedding", "conv_in", "conv_out", "input_hint_block")
"""What is not stored in 8 bit: normalisations and the embeddings of time and size are small, and
suffer most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupirLoad(memory_ladder.MemoryLoad):
    """What a picture asks of the memory, in bytes."""

    tile_pixels: int
    net_share: float = 1.0
    """The networks' widths, as a share of SDXL's."""

    def net_bytes(self, rung: MemoryStrategy) -> float:
        """The networks' working memory."""
        pixels = min(self.pixels, self.tile_pixels) if rung.tiled else self.pixels
        return NET_BYTES * pixels * (2 if rung.batched else 1) * self.wide * self.net_share

    def ways(self, rung: MemoryStrategy) -> list[str]:
        """How the sampling is done, in words."""
        return [
            "guidance in one batch" if rung.batched else "guidance in two passes",
            "latent in tiles" if rung.tiled else "latent whole",
        ]

    def fit(self, rung: MemoryStrategy) -> MemoryStrategy:
        """Without windows where the picture is no larger than one."""
        return replace(rung, tiled=False) if self.pixels <= self.tile_pixels else rung


def load_of(
    net: SupirNet, autoencoder: SupirAutoencoder, precision: Precision
) -> Callable[[UpscaleSettings, int, int], SupirLoad]:
    """What a picture of a size asks of the memory, with these networks."""

    def of(settings: UpscaleSettings, height: int, width: int) -> SupirLoad:
        # a picture narrower than a window is its own window
        tile = settings.latent_tile**2 if settings.latent_tile <= min(height, width) else None
        return SupirLoad(
            weights=precision.stored * count_numbers(net),
            vae_weights=precision.vae.itemsize * count_numbers(*autoencoder.parts),
            pixels=height * width,
            tile_pixels=tile or height * width,
            strip_pixels=settings.vae_rows * width,
            wide=precision.net.itemsize / 2,
            net_share=net.unet.config.block_out_channels[0] / SDXL.channels[0],
            vae_share=autoencoder.vae.config.block_out_channels[0] / SDXL.vae_channels[0],
        )

    return of
