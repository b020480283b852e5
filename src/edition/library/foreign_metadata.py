"""What other programs wrote into their pictures, as a recipe; and what of it can't be made again.

Every value is read as the other program means it, or a sentence says that it isn't known.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from edition import picture_reader
from edition.errors import LibraryError
from edition.library import foreign_a1111, foreign_comfyui, foreign_json, metadata
from edition.library.foreign_chunks import texts
from edition.library.foreign_settings import ForeignSettings, one_line, sampler_of, shown, weighs
from edition.recipe.recipe import Recipe
from edition.recipe.seeds import MAX_SEED

if TYPE_CHECKING:
    from pathlib import Path

_CALLS = ("<lora:", "<lyco:", "<hypernet:", "<embed", "<segment:", "<object:", "<wlr")
_EMBEDDED = re.compile(r"\bembedding:\w", re.I)
_TRIGGER = re.compile(r"<[\w][\w .-]*>")
"""How ComfyUI and InvokeAI call on embeddings."""
_DEFAULTS = {"seed": 0, "steps": 20, "guidance": 7.0}
"""Replacements for what is not known, which a sentence reports."""


@dataclass(frozen=True, slots=True)
class ForeignRecipe:
    """Another program's picture as a recipe."""

    program: str
    recipe: Recipe
    seed: int
    lost: tuple[str, ...]
    """What can't be made again here, a sentence each; empty when all can."""


def read(path: Path) -> ForeignRecipe:
    """Reads a picture's own account of its making.

    Args:
        path: a PNG, JPEG or WebP of A1111 and its kin, ComfyUI, InvokeAI, SwarmUI, Fooocus,
            Draw Things, NovelAI, Easy Diffusion or edition.

    Raises:
        LibraryError: it is no whole picture, or says nothing that is understood.
    """
    from PIL import UnidentifiedImageError

    try:
        with picture_reader.opened(path, picture_reader.INCOMING_PIXELS) as image:
            image.load()  # a cut file fails here; text chunks behind the pixels are read too
            own = metadata.read(path) if path.suffix.lower() == ".png" else None
            if own is not None and not own.source:
                return ForeignRecipe("edition", own.recipe, own.seed, ())
            carried, size = texts(image), image.size
    except UnidentifiedImageError as error:
        raise LibraryError(f"{path} is no picture of a known kind.") from error
    except picture_reader.faults() as error:
        raise LibraryError(
            f"{path} can't be read as a picture: {picture_reader.reason(error)}."
        ) from error
    found = parse(carried)
    if found is None:
        raise _not_understood(path, carried)
    return _recipe(found, size, path)


def parse(carried: dict[str, str]) -> ForeignSettings | None:
    """Settings out of a file's texts by name; None when no program's are among them."""
    for reader in foreign_json.READERS:
        if (found := reader(carried)) is not None:
            return found
    graph = foreign_comfyui.read(carried)
    if graph is not None and (graph.sampler or graph.prompt):
        return graph
    for name in ("parameters", "Comment", "Description"):
        if (found := foreign_a1111.read(carried.get(name, ""))) is not None:
            return found
    return graph


def _not_understood(path: Path, carried: dict[str, str]) -> LibraryError:
    kinds = ("parameters", "prompt", "workflow", "Comment", "Description", "sd-metadata",
             "invokeai_metadata", "Dream", "xmp comment")  # fmt: skip
    there = [name for name in kinds if carried.get(name, "").strip()]
    if there:
        return LibraryError(
            f"{path} carries {' and '.join(there)}, but no settings in a form that is understood.",
            hint="Known: A1111, Forge, SD.Next, ComfyUI, InvokeAI, SwarmUI, Fooocus, Draw Things, "
            "NovelAI, Easy Diffusion.",
        )
    return LibraryError(
        f"{path} doesn't say how it was made.",
        hint="Only files as their program saved them do; sites and editors strip it.",
    )


def _recipe(found: ForeignSettings, size: tuple[int, int], path: Path) -> ForeignRecipe:
    _told_prompt(found)
    sampler, overrides = sampler_of(found)
    width, height = _size(found, size)
    values = {key: _known(found, key) for key in _DEFAULTS}
    seed = int(values["seed"])
    if not 0 <= seed <= MAX_SEED:
        found.lost.append(f"Its seed {seed} is out of range; 0 stands here.")
        seed = 0
    if found.noise is None:
        found.lost.append("On which device its noise was drawn is not known; the CPU's is taken.")
    data = {
        "title": one_line(path.stem)[:300] or "Imported",
        "model": {"base": _model(found)},
        "prompt": {"positive": found.prompt or "", "negative": found.negative or ""},
        "sampling": {
            "sampler": sampler,
            "scheduler": overrides,
            "steps": values["steps"],
            "guidance": values["guidance"],
            "width": width,
            "height": height,
            "noise": found.noise or "cpu",
        },
        "seeds": {"render": str(seed)},
    }
    try:
        recipe = Recipe.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        raise LibraryError(
            f"{path}: {'.'.join(map(str, first['loc']))} is {shown(first['input'])}: "
            f"{first['msg']}."
        ) from error
    return ForeignRecipe(found.program, recipe, seed, tuple(dict.fromkeys(found.lost)))


def _known(found: ForeignSettings, key: str) -> float:
    value = getattr(found, key)
    if value is not None:
        return float(value) if key == "guidance" else int(value)
    found.lost.append(f"Its {key} is not known; {_DEFAULTS[key]:g} stands here.")
    return _DEFAULTS[key]


def _size(found: ForeignSettings, size: tuple[int, int]) -> tuple[int, int]:
    width, height = found.width or size[0], found.height or size[1]
    if (width, height) != size:
        found.lost.append(f"It was enlarged from {width} x {height} to {size[0]} x {size[1]}.")
    if width % 8 or height % 8:
        found.lost.append(f"Its size {width} x {height} is no multiple of 8 pixels.")
    return width // 8 * 8, height // 8 * 8


def _told_prompt(found: ForeignSettings) -> None:
    if found.prompt is None:
        found.lost.append("Its prompt is not known.")
    if found.negative is None:
        found.lost.append("Its negative prompt is not known.")
    text = f"{found.prompt or ''} {found.negative or ''}"
    if any(call in text for call in _CALLS):
        found.lost.append("Its prompt calls on adapters (<lora:…>): name them in [model] loras.")
    if _EMBEDDED.search(text) or (found.program == "InvokeAI" and _TRIGGER.search(text)):
        found.lost.append("Its prompt calls on textual-inversion embeddings by name.")
    if weighs(found, text):
        found.lost.append("Its prompt weighs or switches words; here they are read as plain text.")


def _model(found: ForeignSettings) -> str:
    name = one_line(found.model or "").replace("\\", "/").rsplit("/", 1)[-1]
    for ending in (".safetensors", ".ckpt", ".sft", ".gguf"):
        name = name.removesuffix(ending)
    named = (name or "unknown") + (f" (hash {shown(found.model_hash)})" if found.model_hash else "")
    found.lost.append(
        f"Its model {named} must be put into the edition's folder, or another be named."
    )
    return f"models/{name[:200] or 'unknown'}.safetensors"
