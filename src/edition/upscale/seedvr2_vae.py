"""SeedVR2's autoencoder for one picture: that of a video, with its time collapsed.

It is causal: before the first frame it sees the first frame. Where there is one frame, every
slice of a kernel over time sees the same, so the kernel is the sum of its slices: a plain
convolution, with the same result up to rounding and a third of the work. What remains is an
autoencoder of diffusers with another way of enlarging.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

import torch
from diffusers.models.autoencoders.vae import Decoder, Encoder
from torch import Tensor, nn

from edition.upscale.seedvr2_arch import LATENT
from edition.upscale.tiles import ChunkedAttention, decode_in_strips, encode_in_strips

LATENT_SCALE = 0.9152
LOGVAR_RANGE = (-30.0, 20.0)
LEVELS = 4
"""A token is 16 pixels a side, whatever the widths."""
MOST_CHANNELS = 4096


@dataclass(frozen=True, slots=True)
class VaeArchitecture:
    """Every width and depth there is; the defaults are those of the published file."""

    channels: tuple[int, ...] = (128, 256, 512, 512)
    """Of the levels, finest first."""
    layers: int = 2
    """Residual blocks a level going down; one more going up."""
    groups: int = 32
    """Of channels that are normalised together."""
    timed: int = 2
    """Levels, from the coarsest, that also shrink the time."""

    @property
    def shrink(self) -> int:
        """Pixels to a latent pixel, along one side."""
        return int(2 ** (len(self.channels) - 1))

    def to_json(self) -> str:
        """As a weight file carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "VaeArchitecture":
        """Reads what ``to_json`` wrote.

        Raises:
            ValueError: it is no such thing, or its numbers are out of all proportion.
            TypeError: it has other fields.
        """
        stated: dict[str, Any] = json.loads(text)
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in stated.items()
        }
        arch = cls(**values)
        numbers = (*arch.channels, arch.layers, arch.groups, arch.timed + 1)
        if not all(isinstance(n, int) and 1 <= n <= MOST_CHANNELS for n in numbers):
            raise ValueError(f"an autoencoder of {text[:200]!r} can't be")
        if len(arch.channels) != LEVELS or any(c % arch.groups for c in arch.channels):
            raise ValueError(f"an autoencoder of {text[:200]!r} can't be")
        return arch


PUBLISHED = VaeArchitecture()


class Upsampler(nn.Module):
    """Twice the size by learned pixels, then a convolution.

    Args:
        channels: of the feature map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.upscale_conv = nn.Conv2d(channels, 4 * channels, 1)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def enlarge(self, x: Tensor) -> Tensor:
        """Twice the size: (b, c, h, w) to (b, c, 2h, 2w)."""
        b, c, h, w = x.shape
        parts = self.upscale_conv(x).view(b, 2, 2, c, h, w)  # row and column within the pixel
        return parts.permute(0, 3, 4, 1, 5, 2).reshape(b, c, 2 * h, 2 * w)  # type: ignore[no-any-return]

    def forward(self, x: Tensor, output_size: int | None = None) -> Tensor:
        """Both; diffusers gives a size that is always None here."""
        return self.conv(self.enlarge(x))  # type: ignore[no-any-return]


class Vae(nn.Module):
    """Encoder and decoder; parameters are named as in the published file.

    Args:
        arch: widths and depths; the parameters are made wherever torch's device says.
    """

    def __init__(self, arch: VaeArchitecture = PUBLISHED) -> None:
        super().__init__()
        self.arch = arch
        levels = len(arch.channels)
        shared = {
            "block_out_channels": arch.channels,
            "layers_per_block": arch.layers,
            "norm_num_groups": arch.groups,
        }
        self.encoder = Encoder(
            3, LATENT, down_block_types=("DownEncoderBlock2D",) * levels, **shared
        )
        self.decoder = Decoder(LATENT, 3, up_block_types=("UpDecoderBlock2D",) * levels, **shared)
        for block, channels in zip(self.decoder.up_blocks, arch.channels[::-1], strict=True):
            if block.upsamplers is not None:
                block.upsamplers = nn.ModuleList([Upsampler(channels)])


def collapse(name: str, tensor: Tensor, wanted: tuple[int, ...]) -> Tensor:
    """A tensor of the published file as one picture needs it.

    Args:
        name: of the parameter.
        tensor: with time: (out, in, t, h, w), or a bias of an enlarger over time.
        wanted: the parameter's shape.
    """
    if ".upscale_conv." in name and len(tensor) != wanted[0]:
        # row, column, moment, channel: the first moment is the one that is kept
        tensor = tensor.reshape(2, 2, 2, -1, *tensor.shape[1:])[:, :, 0].flatten(0, 2)
    if tensor.ndim == 5:
        # the sum keeps float32: half precision would round it before it is used
        tensor = tensor.float().sum(2) if tensor.shape[2] > 1 else tensor[:, :, 0]
    return tensor


def published_shape(name: str, wanted: tuple[int, ...], arch: VaeArchitecture) -> tuple[int, ...]:
    """The shape that the published file has for a parameter.

    Args:
        name: of the parameter.
        wanted: the parameter's shape.
        arch: widths and depths.
    """
    shape = wanted
    if ".upscale_conv." in name and int(name.split(".")[2]) < arch.timed:
        shape = (2 * wanted[0], *wanted[1:])
    if len(wanted) == 4:
        flat = wanted[2] == 1 or name == "encoder.down_blocks.0.downsamplers.0.conv.weight"
        shape = (*shape[:2], 1 if flat else 3, *shape[2:])
    return shape


class SeedVR2Autoencoder:
    """The autoencoder, whole or in strips.

    Args:
        vae: encoder and decoder.
    """

    def __init__(self, vae: Vae) -> None:
        self.vae = vae
        self.rows = 0
        """Latent rows to a strip; 0 works on the whole picture."""
        self.shelf: torch.device | None = None
        """Where strips wait; None is where they are computed."""
        for part in (vae.encoder, vae.decoder):
            for attention in part.mid_block.attentions:
                attention.set_processor(ChunkedAttention())

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """Its networks."""
        return (self.vae,)

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> None:
        """Moves the parameters."""
        self.vae.to(device=device, dtype=dtype)

    def moments(self, x: Tensor) -> Tensor:
        """Mean and log-variance of a picture's latent: (b, 3, h, w) to (b, 32, h/8, w/8)."""
        encoder = self.vae.encoder
        x = x.to(encoder.conv_in.weight.dtype)
        if self.rows:
            return encode_in_strips(encoder, x, self.rows, self.shelf or x.device).float()
        return encoder(x).float()  # type: ignore[no-any-return]

    def read(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """A picture's latent, scaled: the likeliest, or one drawn with the noise given."""
        mean, logvar = self.moments(x).chunk(2, dim=1)
        if noise is not None:
            mean = mean + (logvar.clamp(*LOGVAR_RANGE) / 2).exp() * noise
        return mean * LATENT_SCALE

    def decode(self, latent: Tensor) -> Tensor:
        """The picture of a scaled latent: (b, 16, h, w) to (b, 3, 8h, 8w), not clamped."""
        z = (latent / LATENT_SCALE).to(self.vae.decoder.conv_in.weight.dtype)
        if self.rows:
            return decode_in_strips(self.vae.decoder, z, self.rows, self.shelf or z.device).float()
        return self.vae.decoder(z).float()  # type: ignore[no-any-return]
