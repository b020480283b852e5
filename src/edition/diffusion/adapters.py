"""Textual-inversion embeddings and low-rank adapters on a loaded pipeline; wrong sizes raise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from safetensors import safe_open
from safetensors.torch import load_file

from edition import extras
from edition.diffusion.resolve import local_file
from edition.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from edition.recipe.recipe import Recipe

_FAMILIES = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 2048: "Stable Diffusion XL"}
"""By the width of the text that their networks read."""
_TWO_PARTS = (("clip_l", ""), ("clip_g", "_2"))
"""Of Stable Diffusion XL's embeddings, and the ending of the encoder's name that reads each."""
_TEXT_INPUT = re.compile(r"attn2.*to_k.*(lora_down|lora_A|lora\.down)\b.*weight$")
"""Of an adapter: the matrix, (rank, width), that reads the text."""


def add(pipe: Any, recipe: Recipe, home: Path | None) -> None:  # noqa: ANN401
    """Loads a recipe's embeddings and adapters.

    Raises:
        ModelError: one is missing, made for another kind of model, or of a form that isn't known.
    """
    for name in recipe.model.embeddings:
        file = local_file(name, home, what="embedding")
        _check_embedding(pipe, file)
        try:
            _add_embedding(pipe, file)
        except (ValueError, AttributeError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"The embedding {file.name} doesn't fit this model: {first_line(error)}",
                hint="Use one that was trained for this kind of model.",
            ) from error
    for index, lora in enumerate(recipe.model.loras):
        _add_adapter(pipe, local_file(lora.file, home, what="adapter"), f"lora{index}")
    if recipe.model.loras:
        names = [f"lora{index}" for index in range(len(recipe.model.loras))]
        pipe.set_adapters(names, [lora.weight for lora in recipe.model.loras])


def _add_adapter(pipe: Any, file: Path, name: str) -> None:  # noqa: ANN401
    _check_adapter(pipe, file)
    try:
        pipe.load_lora_weights(str(file), adapter_name=name)
        loaded = any(name in names for names in pipe.get_list_adapters().values())
    except (ValueError, AttributeError, KeyError, RuntimeError, ImportError) as error:
        if "size mismatch" in str(error):
            raise _other_model("adapter", file, "its sizes are others") from error
        hint = (
            f"Adapters need one more package. {extras.install_extra('lora')}"
            if "peft" in str(error).lower()
            else "Use one that was trained for this kind of model."
        )
        raise ModelError(
            f"The adapter {file.name} can't be used: {first_line(error)}", hint=hint
        ) from error
    if not loaded:
        raise _other_model("adapter", file, "none of its parts is in this model")


def _add_embedding(pipe: Any, file: Path) -> None:  # noqa: ANN401
    """Adds an embedding's word: the name inside the file, or the file's own as A1111 has it."""
    tensors = load_file(file)
    for name, number in _TWO_PARTS:
        if name in tensors:
            pipe.load_textual_inversion(
                tensors[name], token=file.stem,
                tokenizer=getattr(pipe, f"tokenizer{number}"),
                text_encoder=getattr(pipe, f"text_encoder{number}"),
            )  # fmt: skip
    if "emb_params" in tensors:
        pipe.load_textual_inversion(tensors["emb_params"], token=file.stem)
    elif not any(name in tensors for name, _ in _TWO_PARTS):
        pipe.load_textual_inversion(str(file))


def _check_embedding(pipe: Any, file: Path) -> None:  # noqa: ANN401
    encoder = getattr(pipe, "text_encoder", None)
    if encoder is None:
        return
    shapes = _shapes(file)
    if "clip_g" in shapes and getattr(pipe, "text_encoder_2", None) is None:
        raise _other_model("embedding", file, "it is for Stable Diffusion XL")
    parts = [(name, number) for name, number in _TWO_PARTS if name in shapes]
    for name, number in parts or [(next(iter(shapes), ""), "")]:
        here = _width_of(getattr(pipe, f"text_encoder{number}"))
        there = shapes[name][-1] if shapes.get(name) else 0
        if there != here and (parts or len(shapes) == 1):
            raise _other_size("embedding", file, there, here)


def _width_of(encoder: Any) -> int:  # noqa: ANN401
    return int(encoder.get_input_embeddings().weight.shape[-1])


def _check_adapter(pipe: Any, file: Path) -> None:  # noqa: ANN401
    network = getattr(pipe, "unet", None)
    here = getattr(getattr(network, "config", None), "cross_attention_dim", None)
    if not isinstance(here, int):
        return
    for key, shape in _shapes(file).items():
        if _TEXT_INPUT.search(key) and len(shape) > 1 and shape[1] != here:
            raise _other_size("adapter", file, shape[1], here)


def _shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Of every tensor in a file; reads its header only."""
    with safe_open(file, framework="pt") as tensors:
        return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118 - it is no dict


def _other_size(what: str, file: Path, there: int, here: int) -> ModelError:
    return _other_model(
        what, file, f"it is {_width(there)} wide, the text of this model {_width(here)}"
    )


def _width(width: int) -> str:
    family = _FAMILIES.get(width)
    return f"{width} numbers ({family})" if family else f"{width} numbers"


def _other_model(what: str, file: Path, why: str) -> ModelError:
    return ModelError(
        f"The {what} {file.name} was trained for another kind of model: {why}.",
        hint=f"Use one of this kind of model, or take it out of [model] {what}s.".replace(
            "adapters", "loras"
        ),
    )


def first_line(error: Exception) -> str:
    """The first line of a library's message, as a sentence."""
    text = str(error).strip().splitlines()
    return f"{text[0].rstrip('.') if text else type(error).__name__}."
