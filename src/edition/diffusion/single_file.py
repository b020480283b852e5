"""Checkpoints in one file: which family they are by diffusers' own registry, and how they load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.loaders import single_file_utils
from huggingface_hub import try_to_load_from_cache

from edition.diffusion import checkpoint_families, families, pipeline_signature
from edition.diffusion.resolve import check_whole, read_index
from edition.errors import ModelError

_FALLBACK = "v1"
"""What diffusers takes for Stable Diffusion 1: everything that it doesn't know."""
_V1_KEY = "model.diffusion_model.input_blocks.0.0.weight"


def kind_of(file: Path) -> str:
    """The family of a checkpoint, by the names and shapes in its header, as diffusers calls it.

    Raises:
        ModelError: diffusers knows no such checkpoint.
    """
    header = check_whole(file)
    tensors = {
        key: torch.empty(tensor["shape"], device="meta")
        for key, tensor in header.items()
        if key != "__metadata__"
    }
    try:
        kind = str(single_file_utils.infer_diffusers_model_type(tensors))
    except (KeyError, IndexError):  # it looks at keys that only whole files have
        kind = ""
    if not kind or (kind == _FALLBACK and _V1_KEY not in tensors):
        raise ModelError(
            f"{file.name} is no checkpoint that diffusers knows.",
            hint="Name a whole checkpoint, or a diffusers folder.",
        )
    return kind


def repository_of(kind: str) -> str:
    """The repository whose configurations and tokenizers a family needs beside its file."""
    known = single_file_utils.DIFFUSERS_DEFAULT_PIPELINE_PATHS
    return str(known[kind]["pretrained_model_name_or_path"])


def check(file: Path) -> Path:
    """Says what keeps a checkpoint from being loaded, before its weights are read.

    Args:
        file: a ``.safetensors`` file.

    Returns:
        The folder with the configurations and tokenizers of its family.

    Raises:
        ModelError: it is of no known family, a network alone, its family's configurations are not
            on this machine, or it does something else than draw from a prompt.
    """
    kind = kind_of(file)
    repository = repository_of(kind)
    known = checkpoint_families.of_model(file)
    if known is not None:
        _check_draws(file, known.class_name)
    if not checkpoint_families.is_whole(check_whole(file)):
        raise ModelError(
            f"{file.name} is the network of a {kind} model alone, without text encoders and "
            "autoencoder.",
            hint=f'In [model] name it as network, and base = "{repository}", fetched with: '
            f"edition models pull {repository} --without-network",
        )
    index = try_to_load_from_cache(repository, "model_index.json")
    if not isinstance(index, str):
        raise ModelError(
            f"{file.name} holds weights only ({kind}); the configurations and tokenizers of its "
            "family are not on this machine.",
            hint=f"Fetch them once with: edition models pull {repository} --configs",
        )
    folder = Path(index).parent
    _check_draws(file, str(read_index(folder).get("_class_name", "")))
    return folder


def _check_draws(file: Path, class_name: str) -> None:
    """Refuses a checkpoint whose pipeline does something else than draw from a prompt."""
    family = families.named(class_name)
    reason = family.refused if family else pipeline_signature.why_not(class_name)
    if reason:
        name = family.title if family else class_name
        raise ModelError(f"{file.name}: {name} {reason}.", hint="Name a text-to-image model.")


def load(file: Path, dtype: Any) -> Any:  # noqa: ANN401 - one of dozens of pipeline classes
    """Loads a checkpoint by the pipeline of its family.

    Args:
        file: a ``.safetensors`` file.
        dtype: what the networks compute in.

    Raises:
        ModelError: as ``check``; or diffusers loads no such pipeline from one file.
    """
    folder = check(file)
    family = getattr(diffusers, str(read_index(folder).get("_class_name", "")), None)
    if family is None or not hasattr(family, "from_single_file"):
        kind = kind_of(file)
        raise ModelError(
            f"diffusers loads no {kind} checkpoint from one file.",
            hint=f"Name the whole model instead: edition models pull {repository_of(kind)}",
        )
    more = {"safety_checker": None} if "safety_checker" in read_index(folder) else {}
    return family.from_single_file(
        str(file), config=str(folder), dtype=dtype, local_files_only=True, **more
    )
