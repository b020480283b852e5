"""Checkpoints in one file: which family they are by diffusers' own registry, and how they load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.loaders import single_file_utils
from huggingface_hub import try_to_load_from_cache

from edition.diffusion.resolve import check_whole, read_index
from edition.errors import ModelError

_FALLBACK = "v1"
"""What diffusers takes for Stable Diffusion 1: everything that it doesn't know."""
_V1_KEY = "model.diffusion_model.input_blocks.0.0.weight"
_AUTOENCODER = ("first_stage_model.", "vae.")


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


def is_whole(file: Path) -> bool:
    """Whether a checkpoint holds more than a network: an autoencoder, at least."""
    return any(key.startswith(_AUTOENCODER) for key in check_whole(file))


def repository_of(kind: str) -> str:
    """The repository whose configurations and tokenizers a family needs beside its file."""
    known = single_file_utils.DIFFUSERS_DEFAULT_PIPELINE_PATHS
    return str(known[kind]["pretrained_model_name_or_path"])


def load(file: Path, dtype: Any) -> Any:  # noqa: ANN401 - one of dozens of pipeline classes
    """Loads a checkpoint by the pipeline of its family.

    Args:
        file: a ``.safetensors`` file.
        dtype: what the networks compute in.

    Raises:
        ModelError: it is of no known family, a network alone, or its family's configurations are
            not on this machine.
    """
    kind = kind_of(file)
    repository = repository_of(kind)
    if not is_whole(file):
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
    family = getattr(diffusers, str(read_index(folder).get("_class_name", "")), None)
    if family is None or not hasattr(family, "from_single_file"):
        raise ModelError(
            f"diffusers loads no {kind} checkpoint from one file.",
            hint=f"Name the whole model instead: edition models pull {repository}",
        )
    more = {"safety_checker": None} if "safety_checker" in read_index(folder) else {}
    return family.from_single_file(
        str(file), config=str(folder), dtype=dtype, local_files_only=True, **more
    )
