"""How a model is spread over a card's memory, decided before it is loaded. Knows numbers only.

Weights are counted from the files' headers; what works beside them by the networks' shapes. The
factors were counted operation by operation at full size (tests/diffusion/test_fake_card.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from edition.diffusion import model_layout
from edition.diffusion.resolve import GGUF, check_whole, read_config, read_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edition.diffusion.resolve import LocalModel
    from edition.recipe.recipe import Sampling

GIB = 2**30
SPARE = 0.3 * GIB
"""Kernels' own space and what the allocator can't fill."""
WORK_MARGIN = 1.25
"""On counted work: convolutions take space of their own on a card."""
LINK = 12e9
"""Bytes a second from host memory to the card, assumed: PCIe 4.0 x16, not all of it."""
Role = Literal["encoder", "network", "autoencoder", "other"]
Way = Literal["whole", "encoders first", "model offload", "group offload", "sequential offload"]
WAYS: tuple[Way, ...] = (
    "whole", "encoders first", "model offload", "group offload", "sequential offload",
)  # fmt: skip
"""From the fastest down. All give the same pictures."""
_MEANS: dict[str, str] = {
    "whole": "the whole model stays on the card",
    "encoders first": "text encoders leave the card before the network comes",
    "model offload": "each part is on the card only while it works",
    "group offload": "layers come to the card one by one",
    "sequential offload": "layers come to the card one by one, each waited for",
}
_UNET = {True: 26.5, False: 16.0}
"""Widest maps at once, in numbers a first-level channel and latent pixel: with attention there."""
_TRANSFORMER = 18.0
"""Numbers a token and hidden channel."""
_AUTOENCODER = 6.2
"""Maps of the first level's channels at full size that live at once while it decodes."""
_VIDEO_AUTOENCODER = 18.2
"""The same of autoencoders that were made for films; their configuration has ``base_dim``."""
_TEXT_TOKENS = 512
_ONE_PASS = ("Flux", "Qwen", "Krea", "ZImage")
"""Networks that take the guidance as an input, or run with and without the prompt in turn."""
_TILE = 512
"""Pixels on a side of a tile of the autoencoder, as diffusers has it at least."""
SHARES = {"float8": 0.53, "int8": 0.53, "nf4": 0.29}
"""Of 16-bit weights, with the layers that stay as they are, by ``[model] quantise``."""
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class ModelPart:
    """One network of a model."""

    name: str
    role: Role
    bytes: int
    """Of its weights in the precision that it computes in."""
    config: Mapping[str, Any]
    stored: int = 0
    """Of its weights in the files."""
    quantised: str = ""
    """How it is kept in fewer bits; empty where it isn't."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Where a model's parts are while it draws."""

    way: Way
    tiled: bool
    """The autoencoder decodes in overlapping tiles: seams are blended, pixels differ a little."""
    need: int
    """Bytes on the card at most."""
    free: int
    moved: int
    """Bytes moved to the card for a batch."""
    each_step: bool
    """They are moved for every step."""
    fits: bool = True
    quantised: str = ""
    """Parts that are kept in fewer bits, and how; empty where there are none."""

    def say(self) -> str:
        """The plan and what it costs, a sentence."""
        text = f"{self.way}: {_MEANS[self.way]}"
        if self.tiled:
            text += ", the autoencoder decodes in tiles"
        if self.quantised:
            text += f"; quantised: {self.quantised}"
        text += f"; about {self.need / GIB:.1f} of {self.free / GIB:.1f} GiB"
        if self.moved:
            each = "a step" if self.each_step else "a batch"
            text += f", {self.moved / LINK:.1f} s {each} for moving"
        return text if self.fits else f"{text}; it may not fit"

    @property
    def rank(self) -> tuple[bool, int]:
        """Its place on the way down."""
        return self.tiled, WAYS.index(self.way)

    @property
    def record(self) -> str:
        """As a print records it."""
        return f"{self.way}, tiled autoencoder" if self.tiled else self.way


def parts_of(model: LocalModel, dtype: str) -> tuple[ModelPart, ...]:
    """A model's networks, from its files' headers and configurations.

    Args:
        model: as ``resolve.find`` gives it.
        dtype: what it is loaded in: ``float32``, ``float16`` or ``bfloat16``.
    """
    if model.path.is_file():
        return _of_file(check_whole(model.path), dtype)
    index = model_layout.parts_of(read_index(model.path))
    found = []
    for name, (_, kind) in index.items():
        if name == model.part:
            found.append(_of_network(model, kind, dtype))
            continue
        files = [f for f in model.weights if f.parent == model.path / name]
        if not files:
            continue
        headers = [check_whole(file) for file in files]
        config = read_config(model.path, name)
        numbers, stored = (sum(measure(h) for h in headers) for measure in (_numbers, _stored))
        settings = config.get("quantization_config")
        how = model_layout.quantised_by(settings) if settings else ""
        size = stored if how else numbers * _BYTES[dtype]
        config = {"_class_name": kind, **config}
        found.append(ModelPart(name, role_of(name), size, config, stored, how))
    return tuple(found)


def _of_network(model: LocalModel, kind: str, dtype: str) -> ModelPart:
    """A network whose weights are in a file of their own."""
    file = model.network
    if file is None:
        raise TypeError("a part without its file")
    config = read_config(model.path, model.part)
    config = {"_class_name": kind, **config}
    stored = file.stat().st_size
    if file.suffix.lower() == GGUF:
        return ModelPart(model.part, "network", stored, config, stored, "gguf")
    size = _numbers(check_whole(file)) * _BYTES[dtype]
    return ModelPart(model.part, "network", size, config, stored)


def role_of(name: str) -> Role:
    """What a part does, by its name in ``model_index.json``."""
    name = name.removeprefix("prior_") if name != "prior" else name  # Kandinsky's other half
    if name.startswith(("text_encoder", "image_encoder", "prompt_encoder", "bert")):
        return "encoder"
    if name.startswith(("unet", "transformer", "prior", "decoder")):
        return "network"
    return "autoencoder" if name.startswith(("vae", "vqgan", "vqvae", "movq")) else "other"


def _numbers(header: Mapping[str, Any]) -> int:
    return sum(prod(t["shape"]) for key, t in header.items() if key != "__metadata__")


def _stored(header: Mapping[str, Any]) -> int:
    return sum(
        t["data_offsets"][1] - t["data_offsets"][0]
        for key, t in header.items()
        if key != "__metadata__"
    )


_IN_FILE: tuple[tuple[str, Role], ...] = (
    ("model.diffusion_model.", "network"),
    ("first_stage_model.", "autoencoder"), ("vae.", "autoencoder"),
    ("cond_stage_model.", "encoder"), ("conditioner.", "encoder"), ("text_encoders.", "encoder"),
)  # fmt: skip


def _of_file(header: Mapping[str, Any], dtype: str) -> tuple[ModelPart, ...]:
    """Of a single-file checkpoint, by its keys' beginnings; bare keys are a network's."""
    numbers: dict[Role, int] = {}
    for key, tensor in header.items():
        if key == "__metadata__" or key.startswith("model_ema."):
            continue
        role: Role = next((role for start, role in _IN_FILE if key.startswith(start)), "network")
        numbers[role] = numbers.get(role, 0) + prod(tensor["shape"])
    names: dict[Role, str] = {"encoder": "text encoders", "autoencoder": "vae"}
    return tuple(
        ModelPart(names.get(role, role), role, count * _BYTES[dtype], {})
        for role, count in numbers.items()
    )


def work_of(
    part: ModelPart, sampling: Sampling, batch: int, dtype: str, *, tiled: bool = False
) -> int:
    """Bytes that a part needs beside its weights while it works.

    Args:
        part: the network.
        sampling: size and guidance.
        batch: pictures together; the autoencoder decodes them one by one.
        dtype: what is computed in.
        tiled: the autoencoder decodes in tiles.
    """
    size, pixels = _BYTES[dtype], sampling.width * sampling.height
    if part.role == "encoder":
        return int(0.03 * part.bytes + 0.05 * GIB)
    if part.role == "autoencoder":
        return _decode_work(part, size, min(pixels, _TILE * _TILE) if tiled else pixels, pixels)
    if part.role != "network":
        return 0
    one_pass = str(part.config.get("_class_name", "")).startswith(_ONE_PASS)
    places = batch * (2 if sampling.guidance > 1 and not one_pass else 1)
    if "block_out_channels" in part.config or not part.config:
        return int(places * pixels / 64 * size * _unet_numbers(part.config))
    tokens = pixels / 256 + _TEXT_TOKENS
    return int(places * tokens * _hidden(part.config) * size * _TRANSFORMER)


def _decode_work(part: ModelPart, size: int, pixels: int, whole: int) -> int:
    upcast = bool(part.config.get("force_upcast")) and size == 2
    base = part.config.get("base_dim")
    first = (part.config.get("block_out_channels") or (128,))[0]
    maps = _VIDEO_AUTOENCODER * base if base else _AUTOENCODER * first
    work = maps * pixels * (4 if upcast else size)
    kept = 3 * 4 * whole  # the picture itself
    return int(work + kept + (part.bytes if upcast else 0))


def _unet_numbers(config: Mapping[str, Any]) -> float:
    first = (config.get("down_block_types") or ["CrossAttn"])[0]
    channels = (config.get("block_out_channels") or (320,))[0]
    return float(_UNET["CrossAttn" in str(first)] * channels)


def _hidden(config: Mapping[str, Any]) -> int:
    heads, wide = config.get("num_attention_heads"), config.get("attention_head_dim")
    if isinstance(heads, int) and isinstance(wide, int):
        return heads * wide
    known = (config.get(key) for key in ("hidden_size", "dim", "inner_dim", "width"))
    return next((int(value) for value in known if isinstance(value, int)), 3072)


def choose(
    parts: Sequence[ModelPart], sampling: Sampling, free: int, dtype: str, batch: int = 1,
    ways: Sequence[Way] = WAYS, tiles: Sequence[bool] = (False, True),
) -> MemoryPlan:  # fmt: skip
    """The fastest way that fits; exact pictures before tiles, and the last way before a refusal.

    Args:
        parts: of the model.
        sampling: size and guidance of the recipe.
        free: bytes of the card.
        dtype: what is computed in.
        batch: pictures together.
        ways: those that are left, from the fastest down.
        tiles: whether the autoencoder decodes in tiles, in the order of trying.
    """
    plans = [
        plan(way, parts, sampling, free, dtype, batch, tiled=tiled)
        for tiled in tiles
        for way in ways
    ]
    return next((one for one in plans if one.fits), plans[-1])


def plan(
    way: Way, parts: Sequence[ModelPart], sampling: Sampling, free: int, dtype: str,
    batch: int = 1, *, tiled: bool = False,
) -> MemoryPlan:  # fmt: skip
    """What one way needs; see ``choose``."""
    work = {p.name: work_of(p, sampling, batch, dtype, tiled=tiled) * WORK_MARGIN for p in parts}
    encoders = [p for p in parts if p.role == "encoder"]
    drawing = [p for p in parts if p.role != "encoder"]
    if way == "whole":
        need = sum(p.bytes for p in parts) + max(work.values(), default=0)
    elif way == "encoders first":
        need = max(
            sum(p.bytes for p in group) + max((work[p.name] for p in group), default=0)
            for group in (encoders, drawing)
        )
    elif way == "model offload":
        need = max((p.bytes + work[p.name] for p in parts), default=0)
    else:
        need = max(work.values(), default=0) + 2 * largest_layer(parts)
    moved = {
        "whole": 0,
        "encoders first": 0,  # once a prompt, not a batch
        "model offload": sum(p.bytes for p in drawing),
    }.get(way, sum(p.bytes for p in drawing if p.role == "network"))
    total = int(need + SPARE)
    return MemoryPlan(
        way, tiled, total, free, moved, way not in WAYS[:3], total <= free, told(parts)
    )


def told(parts: Sequence[ModelPart]) -> str:
    """Which parts are kept in fewer bits, and how: ``transformer gguf``."""
    return ", ".join(f"{part.name} {part.quantised}" for part in parts if part.quantised)


def ways_of(parts: Sequence[ModelPart]) -> tuple[Way, ...]:
    """The ways that a model's parts can go.

    What a package keeps in fewer bits is moved as a whole; bitsandbytes' 8 bits stay on the card.
    """
    how = {part.quantised for part in parts} - {"", "float8"}
    if "bitsandbytes 8 bit" in how:
        return WAYS[:1]
    return WAYS[:3] if how else WAYS


def largest_layer(parts: Sequence[ModelPart]) -> int:
    """Bytes of the largest layer, guessed: an embedding of words, or a matrix of the network."""
    return max((p.bytes // (8 if p.role == "encoder" else 60) for p in parts), default=0)


def quantised(parts: Sequence[ModelPart], how: str) -> tuple[ModelPart, ...]:
    """The parts as ``[model] quantise`` keeps them: networks, not what reads the prompt."""
    share = SHARES.get(how)
    if share is None:
        return tuple(parts)
    return tuple(
        replace(p, bytes=int(p.bytes * share), quantised=how)
        if p.role == "network" and not p.quantised
        else p
        for p in parts
    )


def largest_batch(
    parts: Sequence[ModelPart], sampling: Sampling, room: int, dtype: str, way: Way
) -> int:
    """The largest power of two up to 32 that a way takes into so many bytes."""
    batch = 1
    while batch < 32 and plan(way, parts, sampling, room, dtype, batch * 2).fits:
        batch *= 2
    return batch
