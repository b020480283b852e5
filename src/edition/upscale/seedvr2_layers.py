"""The layers of SeedVR2's transformer. Parameters are named as in the published files."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from edition.upscale.seedvr2_arch import SeedVR2Architecture
from edition.upscale.seedvr2_windows import turn

WAVES = 256
"""Width of the embedded time."""
EPS = 1e-5
PARTS = ("shift", "scale", "gate")
LAYERS = ("attn", "mlp")


class InFilePrecision(nn.Module):
    """Parameters that keep the precision of their file: few, and read in float32."""

    def _apply(self, fn: Any, recurse: bool = True) -> "InFilePrecision":  # noqa: ANN401
        def keep(tensor: Tensor) -> Tensor:
            moved: Tensor = fn(tensor)
            return moved if moved.dtype == tensor.dtype else tensor.to(moved.device)

        super()._apply(keep, recurse)  # type: ignore[no-untyped-call]
        return self


class RmsScale(InFilePrecision):
    """The weight of an RMS normalisation.

    Args:
        width: of what is normalised.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))

    def forward(self, x: Tensor) -> Tensor:
        """Normalises the last axis, in float32."""
        x = x.float()
        return functional.rms_norm(x, x.shape[-1:], self.weight.float(), EPS)


class Float32Linear(InFilePrecision, nn.Linear):
    """A matrix that is used in float32."""

    def forward(self, x: Tensor) -> Tensor:
        """The product, in float32."""
        return functional.linear(x.float(), self.weight.float(), self.bias.float())


class TimeEmbedding(nn.Module):
    """The timestep embedding, one for every block.

    Args:
        dim: of the streams.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj_in = Float32Linear(WAVES, dim)
        self.proj_hid = Float32Linear(dim, dim)
        self.proj_out = Float32Linear(dim, len(LAYERS) * len(PARTS) * dim)

    def forward(self, time: Tensor) -> Tensor:
        """Moments, 0 to 1000, as vectors: (b,) to (b, 6 * dim)."""
        half = WAVES // 2
        steps = torch.arange(half, dtype=torch.float32, device=time.device)
        angles = time.float()[:, None] * torch.exp(-math.log(10000) * steps / half)
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        hidden = functional.silu(self.proj_hid(functional.silu(self.proj_in(waves))))
        return self.proj_out(hidden)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Modulation:
    """How the input of a layer is shifted and scaled and its output weighed: (dim,) each."""

    shift: Tensor
    scale: Tensor
    gate: Tensor

    def enter(self, x: Tensor) -> Tensor:
        """Normalises a stream and applies it, in float32. The scale is about 1 by itself."""
        return torch.addcmul(self.shift, functional.rms_norm(x, x.shape[-1:], eps=EPS), self.scale)


def modulation_of(embedded: Tensor, layer: str) -> dict[str, Tensor]:
    """Shift, scale and gate of the timestep for one kind of layer: (dim,) each.

    Args:
        embedded: from ``TimeEmbedding``: (6 * dim,), a channel's six numbers side by side.
        layer: ``attn`` or ``mlp``.
    """
    numbers = embedded.view(-1, len(LAYERS), len(PARTS))[:, LAYERS.index(layer)]
    return dict(zip(PARTS, numbers.unbind(1), strict=True))


class AdaptiveModulation(InFilePrecision):
    """What a block adds to the timestep's modulation.

    Args:
        dim: of the streams.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        for layer in LAYERS:
            for part in PARTS:
                self.register_parameter(f"{layer}_{part}", nn.Parameter(torch.empty(dim)))

    def forward(self, embedded: Tensor, layer: str) -> Modulation:
        """The sum, in float32."""
        said = modulation_of(embedded, layer)
        own = {part: getattr(self, f"{layer}_{part}").float() for part in PARTS}
        return Modulation(**{part: said[part] + own[part] for part in PARTS})


class SwiGLU(nn.Module):
    """3B's feed-forward layer: Shazeer 2020, SwiGLU.

    Args:
        dim: of the streams.
        hidden: inside.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.proj_in_gate = nn.Linear(dim, hidden, bias=False)
        self.proj_in = nn.Linear(dim, hidden, bias=False)
        self.proj_out = nn.Linear(hidden, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The layer: (n, dim) in and out."""
        inside = functional.silu(self.proj_in_gate(x)).mul_(self.proj_in(x))
        return self.proj_out(inside)  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """7B's feed-forward layer.

    Args:
        dim: of the streams.
        hidden: inside.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.proj_in = nn.Linear(dim, hidden)
        self.proj_out = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """The layer: (n, dim) in and out."""
        return self.proj_out(functional.gelu(self.proj_in(x), approximate="tanh"))  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Queries, keys and values of both streams, and the way out.

    Args:
        arch: widths.
        streams: what the weights are named after.
    """

    def __init__(self, arch: SeedVR2Architecture, streams: tuple[str, ...]) -> None:
        super().__init__()
        self.heads = arch.heads
        self.proj_qkv = nn.ModuleDict(
            {s: nn.Linear(arch.dim, 3 * arch.inner, bias=False) for s in streams}
        )
        self.proj_out = nn.ModuleDict({s: nn.Linear(arch.inner, arch.dim) for s in streams})
        self.norm_q = nn.ModuleDict({s: RmsScale(arch.head) for s in streams})
        self.norm_k = nn.ModuleDict({s: RmsScale(arch.head) for s in streams})

    def read(self, x: Tensor, stream: str, by: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values: (..., n, dim) to (..., n, heads, head) each.

        Args:
            x: in the computing precision.
            stream: whose weights.
            by: the places' turns; None turns nothing.
        """
        q, k, v = self.proj_qkv[stream](x).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        q, k = self.norm_q[stream](q), self.norm_k[stream](k)
        if by is not None:
            q, k = turn(q, by), turn(k, by)
        return q.to(x.dtype), k.to(x.dtype), v


class PatchEmbedding(nn.Module):
    """The matrix between latent pixels and tokens.

    Args:
        inside: width of what goes in.
        out: width of what comes out.
    """

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.proj = Float32Linear(inside, out)

    def forward(self, x: Tensor) -> Tensor:
        """The product, in float32."""
        return self.proj(x)  # type: ignore[no-any-return]


class OutputModulation(InFilePrecision):
    """What the output layer adds to the timestep's modulation.

    Args:
        dim: of the streams.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.out_shift = nn.Parameter(torch.empty(dim))
        self.out_scale = nn.Parameter(torch.empty(dim))

    def forward(self, x: Tensor, embedded: Tensor) -> Tensor:
        """Applies the sums; the timestep's are those of attention, as the reference has it."""
        said = modulation_of(embedded, "attn")
        scale = said["scale"] + self.out_scale.float()
        return torch.addcmul(said["shift"] + self.out_shift.float(), x, scale)
