"""Large pictures in parts: overlapping windows of a latent, and strips of rows for the VAE.

The windows are SUPIR's. The strips are ours, and exact: the parts advance through the VAE
together, every convolution borrows a row from the strips above and below, and every group
normalisation is computed over all of them. What comes out is the untiled result up to rounding,
so there is no seam to blend and nothing is computed twice.
"""

import math
from collections.abc import Callable, Iterable

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.autoencoders.vae import Decoder, Encoder
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn
from torch.nn import functional

from edition.errors import UpscaleError

Window = tuple[int, int, int, int]
"""Top, bottom, left and right, in latent pixels; bottom and right are not inside."""

WEIGHT_SPREAD = 0.02
"""Twice the variance of the blending weights, as a share of the window's area."""
ATTENTION_CELLS = 2**27
"""Attention weights held at once: 256 MiB in 16 bit, 0.5 GiB while they are normalised."""


def windows(height: int, width: int, tile: int, stride: int) -> list[Window]:
    """Covers a latent with square windows, row by row.

    Args:
        height: of the latent.
        width: of the latent.
        tile: side of a window.
        stride: from one window to the next; the last of a row or column may overlap more.

    Raises:
        UpscaleError: a side is smaller than a window, or the stride leaves gaps.
    """
    if min(height, width) < tile:
        raise UpscaleError(
            f"A latent of {width}x{height} is smaller than a tile of {tile}.",
            hint="Choose a smaller latent_tile, or set tiled to 'never'.",
        )
    if not 0 < stride <= tile:
        raise UpscaleError(
            f"Tiles of {tile} every {stride} leave gaps.",
            hint="Set latent_stride to half the tile.",
        )
    return [
        (top, top + tile, left, left + tile)
        for top in _starts(height, tile, stride)
        for left in _starts(width, tile, stride)
    ]


def _starts(length: int, tile: int, stride: int) -> list[int]:
    places = list(range(0, length - tile + 1, stride))
    return places if places[-1] == length - tile else [*places, length - tile]


def blend_weights(tile: int) -> Tensor:
    """How much each pixel of a window counts: (tile, tile) float64.

    Gaussian, and half a pixel off centre along the height: so is the reference.
    """
    place = torch.arange(tile, dtype=torch.float64)
    across = _bell(place - (tile - 1) / 2, tile)
    down = _bell(place - tile / 2, tile)
    return torch.outer(down, across)


def _bell(distance: Tensor, tile: int) -> Tensor:
    peak = 1 / math.sqrt(math.pi * WEIGHT_SPREAD)
    return torch.exp(-distance.square() / (tile**2 * WEIGHT_SPREAD)) * peak


def in_windows(
    work: Callable[[Tensor, Tensor], Tensor], x: Tensor, other: Tensor, side: int
) -> Tensor:
    """What a pair of maps gives, window by window: nothing is seen beyond a window's edge.

    Args:
        work: of two maps makes one of their height and width.
        x: (b, c, h, w).
        other: (b, d, h, w).
        side: the most that a window measures, pixels; 0 works on the whole maps.
    """
    if not side:
        return work(x, other)
    down, across = (-(-length // side) for length in x.shape[2:])
    rows = zip(x.tensor_split(down, 2), other.tensor_split(down, 2), strict=True)
    cells = ((a.tensor_split(across, 3), b.tensor_split(across, 3)) for a, b in rows)
    return torch.cat([torch.cat([*map(work, a, b)], 3) for a, b in cells], 2)


class ChunkedAttention:
    """The VAE's attention a few queries at a time.

    One head of 512 channels is too wide for the fused kernels, and the whole matrix of a 2048²
    picture is 65,536 squared: 8.6 GB. Takes the place of a diffusers attention processor.
    """

    def __call__(
        self, attn: Attention, hidden_states: Tensor, temb: Tensor | None = None, **_: object
    ) -> Tensor:
        """The attention of a feature map to itself, added to it: (b, c, h, w) in and out."""
        b, c, h, w = hidden_states.shape
        tokens = attn.group_norm(hidden_states.flatten(2)).mT  # (b, h*w, c)
        queries, keys = attn.to_q(tokens) * c**-0.5, attn.to_k(tokens)
        values = attn.to_v(tokens)
        out = torch.empty_like(queries)
        chunk = max(1, ATTENTION_CELLS // (b * h * w))
        for first in range(0, h * w, chunk):
            part = slice(first, first + chunk)
            weights = (queries[:, part] @ keys.mT).softmax(-1, dtype=torch.float32)
            out[:, part] = weights.to(values.dtype) @ values
        seen = attn.to_out[0](out).mT.reshape(b, c, h, w)
        return torch.add(hidden_states, seen)


class Strips:
    """A feature map as strips of rows, which may wait on another device.

    Args:
        parts: from top to bottom, each (b, c, h, w).
        device: where they are computed.
        shelf: where they wait.
    """

    def __init__(self, parts: Iterable[Tensor], device: torch.device, shelf: torch.device) -> None:
        self.device = device
        self.shelf = shelf
        self.parts = [part.to(shelf) for part in parts]

    def __len__(self) -> int:
        return len(self.parts)

    def take(self, index: int) -> Tensor:
        """One strip, on the computing device."""
        return self.parts[index].to(self.device)

    def put(self, index: int, part: Tensor) -> None:
        """Replaces one strip."""
        self.parts[index] = part.to(self.shelf)

    def copy(self) -> "Strips":
        """Another list of the same strips: replacing one leaves this one alone."""
        return Strips(self.parts, self.device, self.shelf)

    def join(self) -> Tensor:
        """The whole map, on the computing device."""
        return torch.cat([self.take(i) for i in range(len(self))], dim=2)


def cut(x: Tensor, rows: int, shelf: torch.device) -> Strips:
    """Cuts a map into strips of ``rows`` rows; the last may be lower."""
    return Strips(torch.split(x, rows, dim=2), x.device, shelf)


def encode_in_strips(encoder: Encoder, x: Tensor, rows: int, shelf: torch.device) -> Tensor:
    """Runs a VAE encoder of diffusers; what it gives is what ``encoder(x)`` gives.

    Args:
        encoder: ``AutoencoderKL.encoder``.
        x: (b, 3, h, w), both sides multiples of the VAE's factor.
        rows: of the latent to a strip; 8 times as many pixels.
        shelf: where strips wait.
    """
    factor = 2 ** (len(encoder.down_blocks) - 1)
    strips = cut(x, rows * factor, shelf)
    _convolve(strips, encoder.conv_in)
    for block in encoder.down_blocks:
        for resnet in block.resnets:
            _resnet(strips, resnet)
        for sampler in block.downsamplers or ():
            _downsample(strips, sampler.conv)
    h = encoder.mid_block(strips.join())
    return encoder.conv_out(functional.silu(encoder.conv_norm_out(h)))  # type: ignore[no-any-return]


def decode_in_strips(decoder: Decoder, z: Tensor, rows: int, shelf: torch.device) -> Tensor:
    """Runs a VAE decoder of diffusers; what it gives is what ``decoder(z)`` gives.

    Args:
        decoder: ``AutoencoderKL.decoder``, or one whose upsamplers have a way of their own to
            ``enlarge`` before they convolve.
        z: (b, c, h, w), after ``post_quant_conv``.
        rows: of the latent to a strip.
        shelf: where strips wait.
    """
    strips = cut(decoder.mid_block(decoder.conv_in(z)), rows, shelf)
    for block in decoder.up_blocks:
        for resnet in block.resnets:
            _resnet(strips, resnet)
        for sampler in block.upsamplers or ():
            enlarge = getattr(sampler, "enlarge", _double)
            for i in range(len(strips)):
                strips.put(i, enlarge(strips.take(i)))
            _convolve(strips, sampler.conv)
    _normalise(strips, decoder.conv_norm_out)
    _convolve(strips, decoder.conv_out)
    return strips.join()


def _double(x: Tensor) -> Tensor:
    """Every pixel as two by two, as diffusers enlarges."""
    return functional.interpolate(x, scale_factor=2.0)


def _resnet(strips: Strips, block: ResnetBlock2D) -> None:
    """A residual block without time embedding, in place."""
    inner = strips.copy()
    _normalise(inner, block.norm1)
    _convolve(inner, block.conv1)
    _normalise(inner, block.norm2)
    _convolve(inner, block.conv2)
    for i in range(len(strips)):
        x = strips.take(i)
        if block.conv_shortcut is not None:
            x = block.conv_shortcut(x)
        strips.put(i, x + inner.take(i))
        inner.parts[i] = x.new_empty(0)  # freed while the others are still in use


def _convolve(strips: Strips, conv: nn.Conv2d) -> None:
    """A 3x3 convolution with a border of one zero, in place."""
    above, below = _edges(strips)
    for i in range(len(strips)):
        x = torch.cat([above[i], strips.take(i), below[i]], dim=2)
        strips.put(i, functional.conv2d(x, conv.weight, conv.bias, padding=(0, 1)))


def _downsample(strips: Strips, conv: nn.Conv2d) -> None:
    """A 3x3 convolution of stride 2 with a zero row below and right, in place."""
    _, below = _edges(strips)
    for i in range(len(strips)):
        x = functional.pad(torch.cat([strips.take(i), below[i]], dim=2), (0, 1))
        strips.put(i, functional.conv2d(x, conv.weight, conv.bias, stride=2))


def _edges(strips: Strips) -> tuple[list[Tensor], list[Tensor]]:
    """The row above and the row below each strip; zeros outside of the picture."""
    firsts = [part[..., :1, :].to(strips.device, copy=True) for part in strips.parts]
    lasts = [part[..., -1:, :].to(strips.device, copy=True) for part in strips.parts]
    nothing = torch.zeros_like(firsts[0])
    return [nothing, *lasts[:-1]], [*firsts[1:], nothing]


def _moments(x: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    """Mean and variance of every group of channels: two of (b, groups) float64, on the CPU.

    ``torch.var_mean`` over a strip takes 6 to 20 times as long on a CPU, and is no more exact than
    what a group normalisation finds on its way.
    """
    b, c, h, w = x.shape
    x = x.contiguous()
    _, mean, deviation = torch.native_group_norm(x, None, None, b, c, h * w, groups, 0.0)
    return mean.double().cpu(), deviation.double().cpu().pow(-2)  # it is given inverted


def _normalise(strips: Strips, norm: nn.GroupNorm) -> None:
    """Group normalisation over all strips together, then SiLU, in place.

    The strips' means and squared deviations are joined exactly (Chan et al. 1979).
    """
    groups = norm.num_groups
    counts, means, squares = [], [], []
    for i in range(len(strips)):
        mean, variance = _moments(strips.take(i).float(), groups)
        counts.append(strips.parts[i][0].numel() // groups)
        means.append(mean)
        squares.append(variance * counts[-1])
    total = sum(counts)
    mean = torch.stack([m * n for m, n in zip(means, counts, strict=True)]).sum(0) / total
    spread = torch.stack(
        [s + n * (m - mean) ** 2 for s, m, n in zip(squares, means, counts, strict=True)]
    )
    scale = (spread.sum(0) / total + norm.eps).rsqrt()  # (b, groups)
    width = norm.num_channels // groups
    gain = scale.repeat_interleave(width, dim=1).to(strips.device).float() * norm.weight.float()
    mean = mean.repeat_interleave(width, dim=1).to(strips.device).float()
    gain, mean, bias = (t.reshape(-1, t.shape[-1], 1, 1) for t in (gain, mean, norm.bias.float()))
    for i in range(len(strips)):
        x = strips.take(i)
        y = (x.float() - mean).mul_(gain).add_(bias)
        strips.put(i, functional.silu(y, inplace=True).to(x.dtype))
