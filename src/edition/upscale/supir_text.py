"""Prompts for SUPIR: SDXL's two text encoders, loaded for a moment and let go.

The tokens are those of CLIP's byte-pair encoding (Radford et al. 2021), whose merges are
shipped: an SDXL file holds the encoders, not the words.
"""

import gzip
from collections.abc import Mapping

import torch
from accelerate import init_empty_weights
from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from edition import paths
from edition.upscale.supir_net import SupirArchitecture, TextShape, vector_conditioning
from edition.upscale.supir_sampler import PromptEncoding
from edition.upscale.supir_weights import SDXL_PREFIXES, NetworkTensors, fill

MERGES = paths.clip_merges_file()
START, END = "<|startoftext|>", "<|endoftext|>"
END_ID = 49407
PAD_G = 0
"""OpenCLIP pads with the first token; CLIP-L with the end token."""


def tokenizer() -> CLIPTokenizer:
    """CLIP's tokenizer, built from the shipped merges."""
    merges = gzip.decompress(MERGES.read_bytes()).decode().splitlines()
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable]
    letters += [chr(256 + i) for i in range(256 - len(printable))]  # the bytes that can't be seen
    words = [*letters, *(f"{letter}</w>" for letter in letters)]
    words += ["".join(merge.split()) for merge in merges]
    words += [START, END]
    return CLIPTokenizer(
        vocab={word: i for i, word in enumerate(words)},
        merges=[tuple(merge.split()) for merge in merges],
        model_max_length=77,
    )


def encode_prompts(
    parts: Mapping[str, NetworkTensors],
    arch: SupirArchitecture,
    prompts: list[str],
    device: torch.device,
    dtype: torch.dtype,
) -> list[PromptEncoding]:
    """Encodes prompts as SDXL sees them. The encoders are freed when this returns.

    Args:
        parts: from edition.upscale.supir_weights.open_sdxl.
        arch: sizes of the encoders.
        prompts: cut after 77 tokens.
        device: where to compute.
        dtype: in what precision.

    Returns:
        For each prompt, on the CPU in float32: context (1, 77, context), vector (1, vector).

    Raises:
        UpscaleError: the file lacks an encoder, or it does not fit.
    """
    ids = ids_of(prompts)
    with torch.inference_mode():
        l_model = load_text_l(parts["text_l"], arch.text_l).to(device, dtype)
        l_states = read_l(l_model, ids)
        del l_model
        g_model = load_text_g(parts["text_g"], arch.text_g).to(device, dtype)
        g_states, pooled = read_g(g_model, ids)
        del g_model
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return joined(l_states, g_states, pooled, arch)


def ids_of(prompts: list[str]) -> Tensor:
    """Tokens of prompts, padded as CLIP-L pads: (n, 77)."""
    ids: Tensor = tokenizer()(
        prompts, padding="max_length", truncation=True, max_length=77, return_tensors="pt"
    ).input_ids
    return ids


def read_l(model: CLIPTextModel, ids: Tensor) -> Tensor:
    """What CLIP-L makes of tokens, without its last norm: (n, 77, width) on the CPU."""
    out = model(ids.to(model.device), output_hidden_states=True)
    return out.hidden_states[-2].float().cpu()  # type: ignore[no-any-return]


def read_g(model: CLIPTextModelWithProjection, ids: Tensor) -> tuple[Tensor, Tensor]:
    """What OpenCLIP makes of tokens: (n, 77, width) and (n, projection) on the CPU."""
    out = model(_padded_with(PAD_G, ids).to(model.device), output_hidden_states=True)
    return out.hidden_states[-2].float().cpu(), out.text_embeds.float().cpu()


def joined(
    l_states: Tensor, g_states: Tensor, pooled: Tensor, arch: SupirArchitecture
) -> list[PromptEncoding]:
    """Both encoders' answers as the networks take them, one for each prompt."""
    context = torch.cat([l_states, g_states], dim=-1)
    vector = vector_conditioning(pooled, arch)
    return [PromptEncoding(context[i : i + 1], vector[i : i + 1]) for i in range(len(context))]


def load_text_l(part: NetworkTensors, shape: TextShape) -> CLIPTextModel:
    """CLIP-L, mapped from its file."""
    with init_empty_weights(include_buffers=False):
        model = CLIPTextModel(text_config(shape))
    names = {key.removeprefix("text_model."): t for key, t in part.tensors.items()}
    fill(
        model, NetworkTensors(part.file, names, part.prefix + "text_model." if part.theirs else "")
    )
    return model


def load_text_g(part: NetworkTensors, shape: TextShape) -> CLIPTextModelWithProjection:
    """OpenCLIP bigG, mapped from its file; its joined matrices are split by diffusers."""
    with init_empty_weights(include_buffers=False):
        model = CLIPTextModelWithProjection(text_config(shape))
    if part.theirs:
        prefix = SDXL_PREFIXES["text_g"]
        named = {prefix + key: tensor for key, tensor in part.tensors.items()}
        part = NetworkTensors(part.file, convert_open_clip_checkpoint(model, named, prefix))
    fill(model, part)
    return model


def text_config(shape: TextShape) -> CLIPTextConfig:
    """The configuration of a text encoder of a size."""
    return CLIPTextConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=4 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        hidden_act=shape.activation,
        projection_dim=shape.projection,
        max_position_embeddings=shape.tokens,
        eos_token_id=END_ID,
    )


def _padded_with(pad: int, ids: Tensor) -> Tensor:
    """The same tokens with another padding after the first end token."""
    ended = (ids == END_ID).cumsum(dim=1)
    return ids.masked_fill((ended > 0) & (ended.cumsum(dim=1) > 1), pad)
