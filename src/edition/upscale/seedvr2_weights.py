"""Opens a person's SeedVR2 files: transformer, autoencoder, and the encoded prompt.

As for SUPIR, files are mapped, every key is accounted for, and what does not fit is named as the
file names it. The published autoencoder has kernels over time; they are collapsed here.
"""

import re
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from edition.errors import UpscaleError
from edition.upscale.seedvr2_arch import PUBLISHED, SeedVR2Architecture
from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_vae import Vae, VaeArchitecture, collapse, published_shape
from edition.upscale.supir_weights import (
    ARCHITECTURE_FIELD,
    NetworkTensors,
    Shape,
    Tensors,
    complain,
    fill,
    looks_like,
    open_tensors,
)

HINT = "Use a SeedVR2 file as published: see docs/seedvr2.md."
SIGN = "vid_in.proj.weight"
"""What every transformer has, whatever its file puts before the names."""
VAE_SIGN = "decoder.up_blocks.0.upsamplers.0.upscale_conv.weight"
UNREAD = re.compile(r"blocks\.\d+\.attn\.rope\.rope\.freqs")
"""Frequencies, rounded to the file's precision: computed instead."""
TEXTS = ("pos_emb", "positive_conditioning")
"""What encoded prompts are called in a file that holds more than one tensor."""
OTHER_TEXTS = ("neg_emb", "negative_conditioning")
SCALED = re.compile(r".*(scale_weight|weight_scale|scale_input|input_scale)|scaled_fp8")
LAST_7B = f"blocks.{PUBLISHED['7b'].layers - 1}.attn.proj_qkv.vid.weight"
MOST_TOKENS = 4096
FLOAT8 = (torch.float8_e4m3fn, torch.float8_e5m2)


def published_shapes(arch: SeedVR2Architecture) -> dict[str, Shape]:
    """Every tensor of a published transformer, frequencies with it."""
    with torch.device("meta"):
        net = SeedVR2Net(arch)
    shapes = {name: tuple(p.shape) for name, p in net.state_dict().items()}
    freqs = {f"blocks.{i}.attn.rope.rope.freqs": (arch.waves,) for i in range(arch.layers)}
    return {**shapes, **freqs}


def published_vae_shapes(arch: VaeArchitecture) -> dict[str, Shape]:
    """Every tensor of a published autoencoder, with its time."""
    with torch.device("meta"):
        vae = Vae(arch)
    return {n: published_shape(n, tuple(p.shape), arch) for n, p in vae.state_dict().items()}


def statement(file: Path) -> str | None:
    """What a file states of its architecture; the published ones state nothing.

    Raises:
        UpscaleError: the file can't be read.
    """
    if not file.is_file() or file.suffix.lower() != ".safetensors":
        return None
    try:
        with safe_open(file, framework="pt") as opened:
            stated: str | None = (opened.metadata() or {}).get(ARCHITECTURE_FIELD)
            return stated
    except (SafetensorError, OSError, ValueError) as error:
        raise UpscaleError(f"{file} can't be read: {error}.", hint=HINT) from error


def _refuse_kinds(file: Path) -> None:
    if file.suffix.lower() == ".gguf":
        raise UpscaleError(
            f"{file} is a GGUF file, which is not read.",
            hint="Use the .safetensors file of the same model in 16 or 8 bit.",
        )


def _in_8_bit(file: Path, key: str) -> bool:
    """Whether a tensor is stored in 8 bit; read from the header, before anything is mapped."""
    if not key or file.suffix.lower() != ".safetensors":
        return False
    with safe_open(file, framework="pt") as opened:
        return str(opened.get_slice(key).get_dtype()).startswith("F8")


def open_transformer(file: Path) -> tuple[NetworkTensors, SeedVR2Architecture, Tensors]:
    """A SeedVR2 file's tensors, its sizes, and the encoded prompts that some files carry.

    Raises:
        UpscaleError: it can't be read, or is another kind of file.
    """
    _refuse_kinds(file)

    def judge(keys: list[str]) -> None:
        scaled = next((key for key in keys if SCALED.fullmatch(key)), None)
        if scaled:
            raise UpscaleError(
                f"{file} stores 8-bit weights with scales of their own ({scaled}), which are not "
                "read.",
                hint="Use the file in 16 bit, or in plain float8_e4m3fn.",
            )
        if not any(key.endswith(SIGN) for key in keys):
            raise UpscaleError(
                f"{file} is not a SeedVR2 transformer{looks_like(keys)}: it has no {SIGN}.",
                hint="Set seedvr2_file to seedvr2_ema_3b or 7b, fp16 or fp8.",
            )
        if _in_8_bit(file, next((key for key in keys if key.endswith(LAST_7B)), "")):
            raise UpscaleError(
                f"{file} stores its last block in 8 bit: such a 7B file draws a grid.",
                hint="Use the 7B file whose last block is in 16 bit (mixed_block35_fp16), or fp16.",
            )

    held = open_tensors(file, judge)
    prefix = next(key for key in held if key.endswith(SIGN)).removesuffix(SIGN)
    named = {key.removeprefix(prefix): tensor for key, tensor in held.items()}
    texts = {k: named.pop(k) for k in (*TEXTS, *OTHER_TEXTS) if k in named}
    arch = _architecture_of(file, named)
    part = NetworkTensors(file, named, prefix, hint=HINT)
    _check_numbers(part)
    return part, arch, texts


def _architecture_of(file: Path, named: Tensors) -> SeedVR2Architecture:
    stated = statement(file)
    if stated is None:
        return PUBLISHED["3b" if "blocks.0.mlp.vid.proj_in_gate.weight" in named else "7b"]
    try:
        return SeedVR2Architecture.from_json(stated)
    except (ValueError, TypeError, AttributeError) as error:
        raise UpscaleError(f"{file} can't be read: {error!r}.", hint=HINT) from error


def _check_numbers(part: NetworkTensors) -> None:
    faults = [
        f"{part.shown(key)} holds {tensor.dtype}".replace("torch.", "")
        for key, tensor in part.tensors.items()
        if not tensor.is_floating_point()
    ]
    complain(part.file, [part.shown(key) for key in part.tensors], faults, part.hint)


def load_transformer(part: NetworkTensors, arch: SeedVR2Architecture) -> SeedVR2Net:
    """The transformer, still mapped from its file.

    Args:
        part: from open_transformer.
        arch: widths and depths that it must have.

    Raises:
        UpscaleError: a tensor is missing, left over, or of a wrong shape.
    """
    with torch.device("meta"):
        net = SeedVR2Net(arch)
    faults = []
    for index in range(arch.layers):
        key = f"blocks.{index}.attn.rope.rope.freqs"
        unread = part.tensors.get(key)
        if unread is not None and tuple(unread.shape) != (arch.waves,):
            shown = f"{part.shown(key)} is {list(unread.shape)} instead of {[arch.waves]}"
            faults.append(shown)
    complain(part.file, [part.shown(key) for key in part.tensors], faults, part.hint)
    read = {key: tensor for key, tensor in part.tensors.items() if not UNREAD.fullmatch(key)}
    fill(net, NetworkTensors(part.file, read, part.prefix, hint=part.hint))
    return net


def open_vae(file: Path) -> tuple[NetworkTensors, VaeArchitecture]:
    """A SeedVR2 autoencoder's tensors and sizes.

    Raises:
        UpscaleError: it can't be read, or is another kind of file.
    """
    _refuse_kinds(file)

    def judge(keys: list[str]) -> None:
        if not any(key.endswith(VAE_SIGN) for key in keys):
            raise UpscaleError(
                f"{file} is not a SeedVR2 autoencoder{looks_like(keys)}: it has no {VAE_SIGN}.",
                hint="Set seedvr2_vae_file to ema_vae, fp16 or fp32.",
            )

    held = open_tensors(file, judge)
    prefix = next(key for key in held if key.endswith(VAE_SIGN)).removesuffix(VAE_SIGN)
    part = NetworkTensors(
        file, {k.removeprefix(prefix): t for k, t in held.items()}, prefix, hint=HINT
    )
    _check_numbers(part)
    stated = statement(file)
    try:
        arch = VaeArchitecture.from_json(stated) if stated else VaeArchitecture()
    except (ValueError, TypeError, AttributeError) as error:
        raise UpscaleError(f"{file} can't be read: {error!r}.", hint=HINT) from error
    return part, arch


def load_vae(part: NetworkTensors, arch: VaeArchitecture) -> Vae:
    """The autoencoder with its time collapsed; the file itself is not needed any more.

    Args:
        part: from open_vae.
        arch: widths and depths that it must have.

    Raises:
        UpscaleError: a tensor is missing, left over, or of a wrong shape.
    """
    with torch.device("meta"):
        vae = Vae(arch)
    faults = []
    for name, wanted in published_vae_shapes(arch).items():
        tensor = part.tensors.get(name)
        if tensor is not None and tuple(tensor.shape) != wanted:
            shown = f"{part.shown(name)} is {list(tensor.shape)} instead of {list(wanted)}"
            faults.append(shown)
    complain(part.file, [part.shown(key) for key in part.tensors], faults, part.hint)
    fill(vae, part, convert=collapse)
    return vae


def open_text(file: Path, arch: SeedVR2Architecture) -> Tensor:
    """An encoded prompt: (l, text) float32.

    Args:
        file: ``pos_emb`` as ``.pt`` or ``.safetensors``.
        arch: of the transformer that reads it.

    Raises:
        UpscaleError: it can't be read, or holds something else.
    """
    held = open_tensors(file)
    named = [key for key in TEXTS if key in held]
    chosen = named or list(held)
    if len(chosen) != 1:
        raise UpscaleError(
            f"{file} holds {len(held)} tensors, none called {TEXTS[0]}{looks_like(chosen)}.",
            hint="Set seedvr2_text_file to pos_emb.pt as published with SeedVR2.",
        )
    return check_text(file, held[chosen[0]], arch)


def check_text(file: Path, text: Tensor, arch: SeedVR2Architecture) -> Tensor:
    """An encoded prompt that can be used: (l, text) float32.

    Args:
        file: for the errors.
        text: (l, text), or a batch of one.
        arch: of the transformer that reads it.

    Raises:
        UpscaleError: it is of another size, or holds numbers that are none.
    """
    if text.ndim == 3 and len(text) == 1:
        text = text[0]
    fits = text.ndim == 2 and text.shape[1] == arch.text and 1 <= len(text) <= MOST_TOKENS
    if not fits or not text.is_floating_point():
        raise UpscaleError(
            f"{file} holds {str(text.dtype).removeprefix('torch.')} {list(text.shape)}, not an "
            f"encoded prompt of {arch.text} numbers a token.",
            hint="Set seedvr2_text_file to pos_emb.pt as published with SeedVR2.",
        )
    if not bool(text.float().isfinite().all()):
        raise UpscaleError(f"{file} holds numbers that are not finite.", hint="Download it again.")
    return text.float()


def in_8_bit(net: nn.Module) -> bool:
    """Whether a network's matrices are stored in 8 bit, as its file has them."""
    return any(parameter.dtype in FLOAT8 for parameter in net.parameters())
