"""Models that can be fetched by name, with their licences. The only door to the network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edition import paths
from edition.errors import ModelError


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model that is known to work."""

    name: str
    """As a recipe's ``model.base`` names it."""
    licence: str
    summary: str


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry("pocket", "Apache-2.0", "The embedded model: tiny, real, offline."),
    CatalogEntry(
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "CreativeML Open RAIL-M",
        "Stable Diffusion 1.5, the base of the first seed text.",
    ),
    CatalogEntry(
        "CompVis/stable-diffusion-v1-4",
        "CreativeML Open RAIL-M",
        "Stable Diffusion 1.4, the base of the second seed text.",
    ),
    CatalogEntry(
        "stabilityai/stable-diffusion-xl-base-1.0",
        "CreativeML Open RAIL++-M",
        "Stable Diffusion XL, 1024 x 1024.",
    ),
)
_PIPELINE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_CONFIG_FILES = ("*.json", "*.txt", "*.model")


def licence_of(base: str) -> str:
    """The licence of a model in the catalogue; empty when it isn't there."""
    return next((entry.licence for entry in CATALOG if entry.name == base), "")


def pull(name: str, revision: str = "", *, configs_only: bool = False) -> Path:
    """Fetches a model from the hub into its cache; safetensors only, resumed where it broke off.

    Args:
        name: a hub id, ``owner/name``.
        revision: a commit or tag; empty for the newest.
        configs_only: only the small files that a single-file checkpoint lacks.

    Returns:
        The folder it lies in.

    Raises:
        ModelError: there is no such model, or the network can't be reached.
    """
    if name == "pocket":
        return paths.pocket_folder()
    os.environ["HF_HUB_OFFLINE"] = "0"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import snapshot_download

    patterns = _CONFIG_FILES if configs_only else _PIPELINE_FILES
    try:
        folder = snapshot_download(
            name,
            revision=revision or None,
            allow_patterns=[*patterns, *(f"*/{pattern}" for pattern in patterns)],
            ignore_patterns=["*.fp16.*", "*non_ema*", "safety_checker/*"],
        )
    except Exception as error:
        raise ModelError(
            f"{name} can't be fetched: {type(error).__name__}: {str(error).splitlines()[0]}",
            hint="Check the name and the connection; or copy a diffusers folder here by hand "
            "and name its path in the recipe.",
        ) from error
    return Path(folder)
