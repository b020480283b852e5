"""Which files of a diffusers folder or repository the loader opens, by their names alone.

The same answer for a folder on this machine and for a list of names from the hub: what is pulled,
fingerprinted, checked and loaded is one list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INDEX = "model_index.json"
UNUSED = ("safety_checker",)
"""Parts that are never loaded: the person at the keyboard looks at every print."""
NETWORKS = ("transformer", "unet")
"""Names of the part that denoises, in models that have one of it."""
CARD = ("README.md", "LICENSE*")
"""Files that state the licence; nothing is drawn from them."""
_WEIGHT = re.compile(
    r"(?:diffusion_pytorch_model|model)(?:\.(?P<variant>\w+))?"
    r"(?:-(?P<nth>\d{5})-of-(?P<of>\d{5}))?\.safetensors"
)
_SHARD_INDEX = re.compile(
    r"(?:diffusion_pytorch_model|model)\.safetensors\.index(?:\.(?P<variant>\w+))?\.json"
)
_ANY_INDEX = re.compile(r".*\.index(\.\w+)?\.json")
_OLD_SHARD = re.compile(r".*-\d{5}-of-\d{5}\.\w+\.safetensors")
_SETTINGS = ("*.json", "*.txt", "*.model", "*.jinja")
_NO_WEIGHTS = ("Tokenizer", "TokenizerFast", "Scheduler", "Processor", "Extractor", "ProcessorFast")
_VARIANTS = ("", "fp16", "bf16")
"""In this order, then all others by name."""
_ONLY_ASKED = {"non_ema"}
"""Weights to train on from; drawn with only where they are asked for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the loader opens; names with ``/``, relative to the folder."""

    variant: str
    """Of the weights, as diffusers names it: empty for the plain ones, ``fp16``."""
    weights: tuple[str, ...]
    settings: tuple[str, ...]
    """Small files of the parts: networks, schedule, tokenizers, lists of shards."""
    parts: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """All of them, with the list of parts."""
        return (INDEX, *self.weights, *self.settings)


def parts_of(index: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The parts that a ``model_index.json`` names and the loader loads: library and class.

    Args:
        index: its content; numbers, lists of settings and parts that are null are left out.
    """
    return {
        name: (kind[0], kind[1])
        for name, kind in index.items()
        if isinstance(kind, list) and len(kind) == 2 and all(isinstance(k, str) for k in kind)
        and name not in UNUSED and not name.startswith("_")
    }  # fmt: skip


def quantised_by(settings: Mapping[str, Any]) -> str:
    """A method by a part's ``quantization_config``: ``torchao``, ``bitsandbytes 8 bit``."""
    for bits in (4, 8):
        if settings.get(f"load_in_{bits}bit"):
            return f"bitsandbytes {bits} bit"
    return str(settings.get("quant_method", "unknown"))


def of_files(
    index: Mapping[str, Any], names: Iterable[str], variant: str | None = None, hint: str = "",
    without: str = "",
) -> Layout:  # fmt: skip
    """Chooses among the files of a model as the loader does.

    Args:
        index: content of ``model_index.json``.
        names: every file there is, relative to the folder.
        variant: weights that are asked for; None takes the plain ones where every part has them,
            else the first variant that every part has.
        hint: what to do where something is missing.
        without: a part whose weights come from another file; its settings are here.

    Raises:
        ModelError: a part, its settings or some of its weights are missing.
    """
    parts, inside = parts_of(index), _by_folder(names)
    for name in parts:
        if name not in inside:
            raise ModelError(f"The model lacks its part {name}.", hint=hint)
    heavy = {name: kind for name, kind in parts.items() if _has_weights(kind, inside[name])}
    heavy.pop(without, None)
    for name in (*heavy, *((without,) if without else ())):
        if "config.json" not in inside[name]:
            raise ModelError(f"The part {name} lacks its config.json.", hint=hint)
    if not heavy:
        raise ModelError("The model holds no weights.", hint=hint)
    sets = {name: _sets(inside[name], kind[0]) for name, kind in heavy.items()}
    chosen = _variant(sets, variant)
    if chosen is None:
        raise ModelError(_why_not(sets, inside, variant), hint=hint)
    weights = [
        f"{name}/{file}" for name, found in sets.items()
        for file in found.get(chosen) or found[""]
    ]  # fmt: skip
    settings = [
        f"{name}/{file}" for name in parts for file in inside[name]
        if _is_setting(file, f"{name}/", weights)
    ]  # fmt: skip
    return Layout(chosen, tuple(sorted(weights)), tuple(sorted(settings)), tuple(parts))


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    inside: dict[str, list[str]] = {}
    for name in sorted(names):
        folder, _, file = name.partition("/")
        if file and "/" not in file:
            inside.setdefault(folder, []).append(file)
    return inside


def _has_weights(kind: tuple[str, str], files: list[str]) -> bool:
    light = kind[1].endswith(_NO_WEIGHTS)
    return not light and ("config.json" in files or any(_WEIGHT.fullmatch(f) for f in files))


def _sets(files: list[str], library: str) -> dict[str, list[str]]:
    """Whole sets of weights by variant: one file, or all its shards with their list."""
    singles: dict[str, list[str]] = {}
    shards: dict[str, list[str]] = {}
    listed = {f["variant"] or "" for file in files if (f := _SHARD_INDEX.fullmatch(file))}
    for file in files:
        found = _WEIGHT.fullmatch(file)
        if found and found["nth"]:
            shards.setdefault(found["variant"] or "", []).append(file)
        elif found:
            singles[found["variant"] or ""] = [file]
    whole = {v: all_ for v, all_ in shards.items() if v in listed and not _missing(all_)}
    # where both are there, diffusers opens the shards, transformers the one file
    return {**singles, **whole} if library == "diffusers" else {**whole, **singles}


def _missing(shards: list[str]) -> list[str]:
    """Shards that their own names promise."""
    stem, of = shards[0].rsplit("-of-", 1)
    base = stem[:-5]
    return [
        name for n in range(1, int(of[:5]) + 1)
        if (name := f"{base}{n:05d}-of-{of}") not in shards
    ]  # fmt: skip


def _variant(sets: Mapping[str, Mapping[str, list[str]]], asked: str | None) -> str | None:
    known = {variant for found in sets.values() for variant in found}
    others = sorted(known - set(_VARIANTS) - _ONLY_ASKED)
    order = [*_VARIANTS, *others] if asked is None else [asked]
    for variant in order:
        if variant in known and all(variant in f or "" in f for f in sets.values()):
            return variant
    return None


def _why_not(
    sets: Mapping[str, Mapping[str, list[str]]], inside: Mapping[str, list[str]], asked: str | None
) -> str:
    for name, found in sets.items():
        if found.keys() - _ONLY_ASKED and (not asked or asked in found or "" in found):
            continue
        files = inside[name]
        shards = [f for f in files if (m := _WEIGHT.fullmatch(f)) and m["nth"]]
        absent = _missing(shards) if shards else []
        if absent:
            shown = ", ".join(absent[:3]) + (" …" if len(absent) > 3 else "")
            return f"The part {name} lacks {len(absent)} of its weight files: {shown}."
        if shards:
            return f"The part {name} lacks the list of its weight files (*.safetensors.index.json)."
        old = [f for f in files if _OLD_SHARD.fullmatch(f)]
        if old:
            return (
                f"The part {name} has weights under names that diffusers no longer reads: {old[0]}."
            )
        return f"The part {name} lacks its weights."
    if asked:
        return f"No part of the model has {asked} weights."
    kinds = {n: "/".join(sorted(v or "plain" for v in f)) for n, f in sets.items()}
    return "No variant has the weights of every part: " + ", ".join(
        f"{name} is {kind}" for name, kind in kinds.items()
    )


def _is_setting(file: str, folder: str, weights: list[str]) -> bool:
    if not any(fnmatchcase(file, pattern) for pattern in _SETTINGS):
        return False
    if not _ANY_INDEX.fullmatch(file):
        return True
    listed = _SHARD_INDEX.fullmatch(file)  # lists of other variants' shards are not opened
    return listed is not None and any(
        (m := _WEIGHT.fullmatch(w.removeprefix(folder))) and m["nth"]
        and (m["variant"] or "") == (listed["variant"] or "")
        for w in weights if w.startswith(folder)
    )  # fmt: skip
