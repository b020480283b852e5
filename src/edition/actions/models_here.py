"""The models that are on this machine, each with the size and settings its family is made for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.actions import editions
from edition.actions.example_editions import EMBEDDED
from edition.diffusion import checkpoint_families
from edition.diffusion.catalog import CATALOG
from edition.diffusion.resolve import find
from edition.errors import EditionError
from edition.recipe import edition_file
from edition.recipe.recipe import ModelRef

if TYPE_CHECKING:
    from pathlib import Path

    from edition.actions.session import Session

_OF_THE_EXAMPLE = ("sampler", "steps", "guidance")
"""Settings that the embedded model takes from the edition that ships with it."""
_SCALE = 8
"""Pixels a side for one of the latent, where the autoencoder doesn't say it."""
_BLOCKS = ("block_out_channels", "decoder_block_out_channels")
"""Keys of an autoencoder's settings with a width for each block: all but one halve the side."""
_SIDE = 512
_SINGLE_FILES = "single file"


@dataclass(frozen=True, slots=True)
class ModelHere:
    """A model that can render at once."""

    name: str
    """As ``model.base`` names it."""
    family: str
    """Its family's name, with ``single file`` where it is one; empty where it isn't known."""
    side: int
    """Pixels of a side that it was trained for; 512 where its files don't say."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Keys of the recipe with the values its family is made for."""


def listed(session: Session) -> tuple[ModelHere, ...]:
    """The models on this machine: known ones, those in the cache, and those that editions name.

    Reads small files only and asks no network; some 0.1 s.
    """
    wanted: dict[str, tuple[ModelRef, Path | None]] = {}
    for card in editions.cards(session):
        if card.recipe is not None:
            home = paths.edition_folder(session.root, card.slug)
            wanted.setdefault(card.recipe.model.base, (card.recipe.model, home))
    for name in (*(entry.name for entry in CATALOG), *cached()):
        wanted.setdefault(name, (ModelRef(base=name), None))
    found = [_facts(ref, home) for ref, home in wanted.values()]
    here = [model for model in found if model is not None]
    return tuple(sorted(here, key=lambda model: (model.name != "pocket", model.name)))


def cached() -> tuple[str, ...]:
    """Hub ids of what is in the hub's cache, whole or not."""
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    try:
        repos = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except CacheNotFound:
        return ()
    return tuple(sorted(repo.repo_id for repo in repos if repo.repo_type == "model"))


def _facts(ref: ModelRef, home: Path | None) -> ModelHere | None:
    try:
        model = find(ref, home)
    except EditionError:
        return None  # not whole, or not here
    own = ref.base.startswith(("./", "models/"))  # means another folder from another edition
    name = str(model.path) if own else ref.base
    family = checkpoint_families.of_model(model.path)
    title = family.family.title if family and family.family else ""
    usual = {
        f"sampling.{key}": value for key, value in (family.defaults() if family else {}).items()
    }
    sizes = [_read(model.path / part / "config.json") for part in ("unet", "transformer")]
    latent = next((s["sample_size"] for s in sizes if isinstance(s.get("sample_size"), int)), 0)
    side = latent * _scale(_read(model.path / "vae" / "config.json")) or usual.get(
        "sampling.width", _SIDE
    )
    if not model.path.is_dir():
        title = f"{title}, {_SINGLE_FILES}" if title else _SINGLE_FILES
    if model.kind == "pocket":
        shipped = edition_file.read(paths.shipped_editions() / EMBEDDED / "edition.toml").sampling
        example = {f"sampling.{key}": getattr(shipped, key) for key in _OF_THE_EXAMPLE}
        title, usual = "embedded", usual | example
    return ModelHere(name, title, side, tuple(usual.items()))


def _scale(autoencoder: dict[str, Any]) -> int:
    found = (autoencoder[key] for key in _BLOCKS if isinstance(autoencoder.get(key), list))
    blocks: list[int] = next(found, [])
    return 2 ** (len(blocks) - 1) if blocks else _SCALE


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
