"""SeedVR2's transformer for one picture: Wang et al. 2025, "SeedVR2: One-Step Video Restoration".

Picture and prompt tokens are two streams that meet in the attention of windows; there is no
global attention, so time and memory grow with the pixels. Two kinds are published: 3B, whose
later blocks share their weights between the streams, and 7B, whose blocks are alike.

Windows and tokens may be worked on a few at a time: each depends on nothing outside of it, so
the result is the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from edition.upscale.seedvr2_arch import INPUT, LATENT, PATCH, SEEDVR2_3B, SeedVR2Architecture
from edition.upscale.seedvr2_layers import (
    EPS,
    AdaptiveModulation,
    Attention,
    FeedForward,
    Float32Linear,
    OutputModulation,
    PatchEmbedding,
    RmsScale,
    SwiGLU,
    TimeEmbedding,
)
from edition.upscale.seedvr2_windows import (
    WindowGroup,
    extent_angles,
    group,
    picture_angles,
    text_angles,
    turns,
    windows,
)

ALL = 2**62
"""No limit to the tokens that are worked on together."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """The windows of a grid in both positions, and the turns of the prompt's tokens."""

    regular: list[WindowGroup]
    shifted: list[WindowGroup]
    text: Tensor | None

    @classmethod
    def of(
        cls, arch: SeedVR2Architecture, height: int, width: int, tokens: int, device: torch.device
    ) -> "WindowPlan":
        """For a grid of tokens and a prompt."""
        if arch.kind == "3b":
            angles = picture_angles(tokens, arch.head)
            text = turns(text_angles(tokens, arch.head), arch.head, device)
        else:
            angles, text = extent_angles(arch.head), None

        def at(tall: int, wide: int) -> Tensor:
            return turns(angles(tall, wide), arch.head, device)

        regular, shifted = (
            group(windows(height, width, shifted=shifted), width, at) for shifted in (False, True)
        )
        return cls(regular, shifted, text)


class TransformerBlock(nn.Module):
    """One block: attention in windows, then the feed-forward layer.

    Args:
        arch: widths.
        index: of the block; every other one shifts its windows.
    """

    def __init__(self, arch: SeedVR2Architecture, index: int) -> None:
        super().__init__()
        streams = arch.streams(index)
        self.answers = arch.answers(index)
        self.shifted = index % 2 == 1
        self.of = {"vid": streams[0], "txt": streams[-1]}
        lasting = streams if self.answers else streams[:1]
        layer = SwiGLU if arch.kind == "3b" else FeedForward
        self.attn = Attention(arch, streams)
        self.mlp = nn.ModuleDict({s: layer(arch.dim, arch.hidden) for s in lasting})
        self.ada = nn.ModuleDict({s: AdaptiveModulation(arch.dim) for s in lasting})

    def forward(
        self,
        v: Tensor,
        t: Tensor,
        embedded: Tensor,
        places: WindowPlan,
        dtype: torch.dtype,
        most: int,
    ) -> Tensor:
        """Both streams, one block on. The picture's is changed in place.

        Args:
            v: of the picture: (n, dim) float32.
            t: of the prompt: (l, dim) float32.
            embedded: the timestep embedding.
            places: windows and turns.
            dtype: what is computed in.
            most: tokens at once, about.

        Returns:
            The prompt's stream.
        """
        seen = self.attend(v, t, embedded, places, dtype, most)
        if self.answers:
            t = torch.addcmul(t, seen, self.ada[self.of["txt"]](embedded, "attn").gate)
        self.feed("vid", v, embedded, dtype, most)
        if self.answers:
            self.feed("txt", t, embedded, dtype, most)
        return t

    def attend(
        self,
        v: Tensor,
        t: Tensor,
        embedded: Tensor,
        places: WindowPlan,
        dtype: torch.dtype,
        most: int,
    ) -> Tensor:
        """Adds to the picture what its windows see, and gives what the prompt sees: (l, dim).

        A window that is done is not needed by another: the stream can be changed in place.
        """
        attn, vid, txt = self.attn, self.of["vid"], self.of["txt"]
        asks = self.ada[vid](embedded, "attn")
        if self.answers:
            text = self.ada[txt](embedded, "attn").enter(t)
        else:
            text = functional.rms_norm(t, t.shape[-1:], eps=EPS)
        text_qkv = attn.read(text.to(dtype), txt, places.text)
        total, count = torch.zeros_like(text_qkv[0], dtype=torch.float32), 0
        for tokens, by in parted(places.shifted if self.shifted else places.regular, most):
            x = v[tokens]  # (windows, n, dim)
            own = attn.read(asks.enter(x).to(dtype), vid, by)
            q, k, value = (
                torch.cat([mine, theirs.expand(len(x), -1, -1, -1)], dim=1).transpose(1, 2)
                for mine, theirs in zip(own, text_qkv, strict=True)
            )
            seen = functional.scaled_dot_product_attention(q, k, value).transpose(1, 2)
            total += seen[:, x.shape[1] :].sum(0, dtype=torch.float32)
            count += len(x)
            out = attn.proj_out[vid](seen[:, : x.shape[1]].flatten(2)).float()
            v[tokens] = torch.addcmul(x, out, asks.gate)
        mean = (total / count).flatten(1).to(dtype)
        return attn.proj_out[txt](mean).float()  # type: ignore[no-any-return]

    def feed(self, which: str, x: Tensor, embedded: Tensor, dtype: torch.dtype, most: int) -> None:
        """Adds what the feed-forward layer says of each token, in place."""
        stream = self.of[which]
        ada, mlp = self.ada[stream](embedded, "mlp"), self.mlp[stream]
        for part in torch.split(x, most):
            part.addcmul_(mlp(ada.enter(part).to(dtype)).float(), ada.gate)


def parted(groups: list[WindowGroup], most: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Windows of one size together, as many as ``most`` tokens allow, one at least."""
    for each in groups:
        for tokens in torch.split(each.tokens, max(1, most // each.tokens.shape[1])):
            yield tokens, each.turns


class SeedVR2Net(nn.Module):
    """The transformer.

    Args:
        arch: widths and depths; the parameters are made wherever torch's device says.
    """

    def __init__(self, arch: SeedVR2Architecture = SEEDVR2_3B) -> None:
        super().__init__()
        self.arch = arch
        self.vid_in = PatchEmbedding(PATCH**2 * INPUT, arch.dim)
        self.txt_in = Float32Linear(arch.text, arch.dim)
        self.emb_in = TimeEmbedding(arch.dim)
        self.blocks = nn.ModuleList(TransformerBlock(arch, index) for index in range(arch.layers))
        if arch.kind == "3b":
            self.vid_out_norm = RmsScale(arch.dim)
            self.vid_out_ada = OutputModulation(arch.dim)
        self.vid_out = PatchEmbedding(arch.dim, PATCH**2 * LATENT)
        self.dtype = torch.float32
        """What the blocks compute in; their weights may be stored in less."""
        self.most = ALL
        """Tokens that are worked on together, about; fewer take less memory."""

    def forward(
        self,
        x: Tensor,
        text: Tensor,
        time: float,
        watch: Callable[[int, Tensor, Tensor], None] | None = None,
    ) -> Tensor:
        """The difference between noise and clean latent: (h, w, 16) float32.

        Args:
            x: noise, the source's latent and ones: (h, w, 33), both sides even.
            text: the prompt: (l, text).
            time: 0 to 1000.
            watch: called with each block's number and both streams after it; may raise.
        """
        h, w = x.shape[0] // PATCH, x.shape[1] // PATCH
        patches = x.float().reshape(h, PATCH, w, PATCH, -1).transpose(1, 2)
        v = self.vid_in(patches.reshape(h * w, -1))  # (h*w, dim); row, column, channel inside
        t = self.txt_in(text)
        embedded = self.emb_in(torch.tensor([time], device=x.device))[0]
        places = WindowPlan.of(self.arch, h, w, len(t), x.device)
        for index, block in enumerate(self.blocks):
            t = block(v, t, embedded, places, self.dtype, self.most)
            if watch is not None:
                watch(index, v, t)
        if self.arch.kind == "3b":
            v = self.vid_out_ada(self.vid_out_norm(v), embedded)
        out = self.vid_out(v).view(h, w, PATCH, PATCH, LATENT).transpose(1, 2)
        return out.reshape(h * PATCH, w * PATCH, LATENT)  # type: ignore[no-any-return]
