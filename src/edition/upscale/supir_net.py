"""SUPIR's networks: a control network, its adapters, and an SDXL UNet walked with both.

Yu et al. 2024, "Scaling Up to Excellence". The blocks are diffusers' own; ours are the hint
convolution, the two kinds of adapter, and the walk that puts them between the blocks. Knows
tensors, not files. Names of adapters and hint are those of the published weights.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import get_timestep_embedding
from torch import Tensor, nn

from edition.upscale.tiles import in_windows

ADAPTER_HEAD = 64
"""Channels of a head in ZeroCrossAttn."""
MOST = 8192
"""No width is above this."""
DEEPEST = 64
"""No count of blocks is above this."""
MAY_BE_NONE = ("depths", "vae_attention")
"""What an architecture can do without."""
LATENT_CHANNELS = 4
TIME_IDS = (1024, 1024, 0, 0, 1024, 1024)
"""Original size, crop and target size as SUPIR always gives them, whatever the picture's."""


@dataclass(frozen=True, slots=True)
class TextShape:
    """The size of one CLIP text encoder."""

    width: int
    layers: int
    heads: int
    activation: str
    projection: int
    vocabulary: int = 49408
    tokens: int = 77


@dataclass(frozen=True, slots=True)
class SupirArchitecture:
    """Every width and depth there is; the defaults are SDXL's with SUPIR's additions."""

    channels: tuple[int, ...] = (320, 640, 1280)
    """Of the UNet's levels, finest first."""
    depths: tuple[int, ...] = (1, 2, 10)
    """Transformer blocks a layer by level; the first level has none, whatever it says."""
    groups: int = 32
    """Of channels that are normalised together, everywhere."""
    hidden: int = 128
    """Width inside every ZeroSFT, whatever its inputs."""
    layers: int = 2
    """Residual blocks a level."""
    head: int = 64
    """Channels of an attention head."""
    context: int = 2048
    """Width of a token of the prompt."""
    pooled: int = 1280
    """Width of the prompt's single vector."""
    time_id: int = 256
    """Width of each embedded size number."""
    vae_channels: tuple[int, ...] = (128, 256, 512, 512)
    vae_layers: int = 2
    vae_attention: bool = True
    """The autoencoder's middle looks at the whole picture, at a cost of its pixels squared."""
    text_l: TextShape = TextShape(768, 12, 12, "quick_gelu", 768)
    text_g: TextShape = TextShape(1280, 32, 20, "gelu", 1280)

    def to_json(self) -> str:
        """As a weight file carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SupirArchitecture":
        """Reads what ``to_json`` wrote.

        Raises:
            ValueError: it is no such thing, or its numbers are out of all proportion.
            TypeError: it has other fields.
        """
        stated: dict[str, Any] = json.loads(text)
        texts = {name: TextShape(**stated.pop(name)) for name in ("text_l", "text_g")}
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in stated.items()
        }
        numbers = [
            (n, name in MAY_BE_NONE)
            for name, v in values.items()
            for n in (v if isinstance(v, tuple) else (v,))
        ]
        if not all(isinstance(n, int) and (not none) <= n <= MOST for n, none in numbers):
            raise ValueError(f"an architecture of {text[:200]!r} can't be")
        arch = cls(**values, text_l=texts["text_l"], text_g=texts["text_g"])
        widths = (*arch.channels, *arch.vae_channels)
        blocks = (*arch.depths, arch.layers, arch.vae_layers, len(widths))
        if max(blocks) > DEEPEST or len(arch.depths) != len(arch.channels):
            raise ValueError(f"an architecture of {text[:200]!r} is too deep")
        if any(c % arch.groups for c in widths) or any(c % arch.head for c in arch.channels):
            raise ValueError(f"widths of {text[:200]!r} don't divide")
        return arch

    @property
    def vector(self) -> int:
        """Width of the vector conditioning: pooled text and six embedded numbers."""
        return self.pooled + len(TIME_IDS) * self.time_id

    @property
    def shrink(self) -> int:
        """Pixels to a latent pixel, along one side."""
        return int(2 ** (len(self.vae_channels) - 1))


SDXL = SupirArchitecture()


class ZeroSFT(nn.Module):
    """Scales and shifts a feature map as the control feature says.

    Args:
        control: channels of the control feature.
        skip: channels of the skip feature.
        decoder: channels of the decoder feature that is put before it; 0 for none.
        arch: its inner width and groups.
    """

    def __init__(
        self, control: int, skip: int, decoder: int, arch: SupirArchitecture = SDXL
    ) -> None:
        super().__init__()
        total, hidden = skip + decoder, arch.hidden
        self.mlp_shared = nn.Sequential(nn.Conv2d(control, hidden, 3, padding=1), nn.SiLU())
        self.zero_mul = nn.Conv2d(hidden, total, 3, padding=1)
        self.zero_add = nn.Conv2d(hidden, total, 3, padding=1)
        self.zero_conv = nn.Conv2d(control, skip, 1)
        self.param_free_norm = nn.GroupNorm(arch.groups, total)

    def forward(
        self, control: Tensor, skip: Tensor, decoder: Tensor | None, scale: float
    ) -> Tensor:
        """Joins decoder and skip features under control.

        Args:
            control: (b, control, h, w).
            skip: (b, skip, h, w).
            decoder: (b, decoder, h, w), or None after the middle block.
            scale: 0 gives the plain concatenation, 1 the full effect.

        Returns:
            (b, decoder + skip, h, w).
        """
        steered = skip + self.zero_conv(control)
        if decoder is not None:
            steered = torch.cat([decoder, steered], dim=1)
        hidden = self.mlp_shared(control)
        out: Tensor = self.param_free_norm(steered)
        out = torch.addcmul(out + self.zero_add(hidden), out, self.zero_mul(hidden))
        if scale != 1.0:  # in place and by parts: the widest maps of a step are these
            out.mul_(scale)
            out[:, -skip.shape[1] :].add_(skip, alpha=1 - scale)
            if decoder is not None:
                out[:, : decoder.shape[1]].add_(decoder, alpha=1 - scale)
        return out


class ZeroCrossAttn(nn.Module):
    """Lets a feature map look at the control feature, pixel by pixel.

    Args:
        query: channels of the feature map.
        control: channels of the control feature.
        arch: its groups.
    """

    def __init__(self, query: int, control: int, arch: SupirArchitecture = SDXL) -> None:
        super().__init__()
        self.attn = Attention(
            query_dim=query,
            cross_attention_dim=control,
            heads=max(1, query // ADAPTER_HEAD),
            dim_head=ADAPTER_HEAD,
        )
        self.norm1 = nn.GroupNorm(arch.groups, query)
        self.norm2 = nn.GroupNorm(arch.groups, control)

    def forward(self, x: Tensor, control: Tensor, scale: float, window: int = 0) -> Tensor:
        """Adds what the control feature answers, all over or within windows of about this side."""
        seen = in_windows(self._look, self.norm1(x), self.norm2(control), window)
        return torch.add(x, seen, alpha=scale)

    def _look(self, asks: Tensor, answers: Tensor) -> Tensor:
        b, c, h, w = asks.shape
        tokens = (t.flatten(2).mT for t in (asks, answers))  # (b, h*w, channels)
        return self.attn(*tokens).mT.reshape(b, c, h, w)  # type: ignore[no-any-return]


class ControlNet(nn.Module):
    """A whole SDXL encoder of its own that sees the source's latent beside the noisy one."""

    def __init__(self, arch: SupirArchitecture) -> None:
        super().__init__()
        unet = make_unet(arch)
        del unet.up_blocks, unet.conv_norm_out, unet.conv_act, unet.conv_out
        self.unet = unet
        self.input_hint_block = nn.Sequential(
            nn.Conv2d(LATENT_CHANNELS, arch.channels[0], 3, padding=1)
        )

    def forward(
        self, hint: Tensor, noisy: Tensor, time: Tensor, context: Tensor, vector: Tensor
    ) -> list[Tensor]:
        """The control features, finest first, the middle block's last.

        Args:
            hint: the source's latent, scaled, without noise: (b, 4, h, w).
            noisy: the scaled noisy latent: (b, 4, h, w).
            time: indices into the noise table: (b,).
            context: the prompt's tokens: (b, n, context).
            vector: the vector conditioning: (b, vector).
        """
        emb = embed(self.unet, time, vector)
        h = self.unet.conv_in(noisy) + self.input_hint_block(hint)
        skips, middle = encode(self.unet, h, emb, context)
        return [*skips, middle]


class SupirNet(nn.Module):
    """The SDXL UNet, the control network, and the adapters that join them."""

    def __init__(self, arch: SupirArchitecture = SDXL) -> None:
        super().__init__()
        self.unet = make_unet(arch)
        self.control = ControlNet(arch)
        self.project_modules = make_adapters(arch)
        self.dtype = torch.float32
        """What the networks compute in; their weights may be stored in less."""
        self.control_window = 0
        """Side, latent pixels, of what ZeroCrossAttn sees at once; 0 is the whole map."""

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        hint: Tensor,
        context: Tensor,
        vector: Tensor,
        scale: float,
    ) -> Tensor:
        """The noise that the networks see in a latent: (b, 4, h, w).

        Args:
            noisy: scaled by c_in: (b, 4, h, w).
            time: indices into the noise table: (b,).
            hint: the source's latent: (b, 4, h, w).
            context: (b, n, context).
            vector: (b, vector).
            scale: weight of the control; 0 is the plain UNet and costs no more than it.
        """
        dtype = self.dtype
        noisy, hint, context, vector = (t.to(dtype) for t in (noisy, hint, context, vector))
        control = self.control(hint, noisy, time, context, vector) if scale else None
        return self.decode(noisy, time, context, vector, control, scale)

    def decode(
        self,
        noisy: Tensor,
        time: Tensor,
        context: Tensor,
        vector: Tensor,
        control: list[Tensor] | None,
        scale: float,
    ) -> Tensor:
        """The UNet's pass with the control features; they are dropped as they are used."""
        unet = self.unet
        emb = embed(unet, time, vector)
        skips, h = encode(unet, unet.conv_in(noisy), emb, context)
        control = list(control) if control is not None and scale else None
        index = len(self.project_modules) - 1
        if control is not None:
            h = self.project_modules[index](control.pop(), h, None, scale)
        for block in unet.up_blocks:
            attentions = getattr(block, "attentions", None)
            for layer, resnet in enumerate(block.resnets):
                index -= 1
                skip = skips.pop()
                feature = control.pop() if control is not None else None
                if feature is None:
                    h = torch.cat([h, skip], dim=1)
                else:
                    h = self.project_modules[index](feature, skip, h, scale)
                h = resnet(h, emb)
                if attentions is not None:
                    h = attentions[layer](h, encoder_hidden_states=context, return_dict=False)[0]
            if block.upsamplers is not None:
                index -= 1
                if feature is not None:  # the last one of this level is used twice
                    window = self.control_window * h.shape[2] // noisy.shape[2]
                    h = self.project_modules[index](h, feature, scale, window)
                h = block.upsamplers[0](h)
        return unet.conv_out(unet.conv_act(unet.conv_norm_out(h)))  # type: ignore[no-any-return]


def make_unet(arch: SupirArchitecture) -> UNet2DConditionModel:
    """A stock SDXL UNet of diffusers, with the widths given."""
    ways = ["CrossAttn" if level and depth else "" for level, depth in enumerate(arch.depths)]
    return UNet2DConditionModel(
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=arch.channels,
        layers_per_block=arch.layers,
        down_block_types=[f"{way}DownBlock2D" for way in ways],
        up_block_types=[f"{way}UpBlock2D" for way in reversed(ways)],
        transformer_layers_per_block=[max(1, depth) for depth in arch.depths],
        norm_num_groups=arch.groups,
        # diffusers' name is wrong on purpose: this is the number of heads
        attention_head_dim=[c // arch.head for c in arch.channels],
        cross_attention_dim=arch.context,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=arch.time_id,
        projection_class_embeddings_input_dim=arch.vector,
    )


def make_vae(arch: SupirArchitecture) -> AutoencoderKL:
    """A stock SDXL autoencoder of diffusers, with the widths given."""
    levels = len(arch.vae_channels)
    return AutoencoderKL(
        block_out_channels=arch.vae_channels,
        layers_per_block=arch.vae_layers,
        latent_channels=LATENT_CHANNELS,
        down_block_types=["DownEncoderBlock2D"] * levels,
        up_block_types=["UpDecoderBlock2D"] * levels,
        norm_num_groups=arch.groups,
        mid_block_add_attention=arch.vae_attention,
        scaling_factor=0.13025,
    )


def make_adapters(arch: SupirArchitecture) -> nn.ModuleList:
    """The adapters in the order of the weights: the last one is used first."""
    skips = [arch.channels[0]]
    for level, width in enumerate(arch.channels):
        skips += [width] * arch.layers
        if level + 1 < len(arch.channels):
            skips.append(width)  # the downsampler's
    h = arch.channels[-1]
    walk: list[nn.Module] = [ZeroSFT(h, h, 0, arch)]
    for level in reversed(range(len(arch.channels))):
        for _ in range(arch.layers + 1):
            skip = skips.pop()
            walk.append(ZeroSFT(skip, skip, h, arch))
            h = arch.channels[level]
        if level:
            walk.append(ZeroCrossAttn(h, skip, arch))
    return nn.ModuleList(reversed(walk))


def embed(unet: UNet2DConditionModel, time: Tensor, vector: Tensor) -> Tensor:
    """Time and vector conditioning as the residual blocks take it: (b, 4 * channels)."""
    waves = unet.time_proj(time).to(vector.dtype)
    return unet.time_embedding(waves) + unet.add_embedding(vector)  # type: ignore[no-any-return]


def encode(
    unet: UNet2DConditionModel, h: Tensor, emb: Tensor, context: Tensor
) -> tuple[list[Tensor], Tensor]:
    """Runs the down and middle blocks.

    Returns:
        The skip features, finest first, and the middle block's output.
    """
    skips = [h]
    for block in unet.down_blocks:
        if getattr(block, "has_cross_attention", False):
            h, states = block(h, emb, encoder_hidden_states=context)
        else:
            h, states = block(h, emb)
        skips += states
    return skips, unet.mid_block(h, emb, encoder_hidden_states=context)


def embed_numbers(numbers: Tensor, width: int) -> Tensor:
    """Each number as sines, cosine half first: (b, n) to (b, n * width)."""
    waves = get_timestep_embedding(
        numbers.flatten(), width, flip_sin_to_cos=True, downscale_freq_shift=0
    )
    return waves.reshape(len(numbers), -1)  # type: ignore[no-any-return]


def vector_conditioning(pooled: Tensor, arch: SupirArchitecture = SDXL) -> Tensor:
    """The pooled prompt and the constant sizes: (b, pooled) to (b, vector)."""
    ids = torch.tensor([TIME_IDS], dtype=torch.float32, device=pooled.device)
    sizes = embed_numbers(ids, arch.time_id).expand(len(pooled), -1)
    return torch.cat([pooled, sizes.to(pooled.dtype)], dim=1)
