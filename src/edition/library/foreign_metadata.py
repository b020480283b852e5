"""What other programs wrote into their PNGs, as a recipe; and what of it can't be made again.

The formats of A1111, ComfyUI, InvokeAI and Fooocus are read by sd-parsers; SwarmUI's here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from edition import picture_reader, regular_files
from edition.errors import LibraryError
from edition.library import metadata
from edition.recipe.recipe import Recipe
from edition.recipe.seeds import MAX_SEED

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

_SAMPLERS = {
    "ddim": "ddim", "ddpm": "ddpm", "euler": "euler", "eulera": "euler_a",
    "eulerancestral": "euler_a", "heun": "heun", "lms": "lms", "plms": "pndm", "pndm": "pndm",
    "dpm2": "dpm2", "kdpm2": "dpm2", "dpm2a": "dpm2_a", "dpm2ancestral": "dpm2_a",
    "kdpm2a": "dpm2_a", "dpmpp2m": "dpmpp_2m", "dpm2m": "dpmpp_2m",
    "dpmpp2mkarras": "dpmpp_2m_karras", "dpmpp2mk": "dpmpp_2m_karras",
    "dpmpp2msde": "dpmpp_2m_sde", "unipc": "unipc", "deis": "deis",
}  # fmt: skip
"""Sampler names without signs, in small letters, with ``++`` as ``pp``."""
_LOST = {
    "clip skip": "clip skip", "clip_skip": "clip skip", "clipstopatlayer": "clip skip",
    "denoising strength": "an image it started from", "strength": "an image it started from",
    "init_image": "an image it started from", "initimage": "an image it started from",
    "hires upscale": "a second pass at higher resolution",
    "hires upscaler": "a second pass at higher resolution",
    "hires steps": "a second pass at higher resolution",
    "refinerupscale": "a second pass at higher resolution", "ensd": "a shifted noise seed (ENSD)",
    "eta": "extra noise in the sampler (eta)", "variation seed": "a variation seed",
    "variationseed": "a variation seed", "face restoration": "face restoration",
    "refiner": "a refiner model", "refiner_model": "a refiner model",
    "refinermodel": "a refiner model", "vae": "another autoencoder (VAE)",
    "tiling": "tiling", "lora hashes": "adapters (LoRA)", "loras": "adapters (LoRA)",
    "controlnets": "control networks", "controlnetmodel": "control networks",
    "controlnet 0": "control networks", "ipadapters": "image prompts", "styles": "style presets",
    "sharpness": "a sharpness filter in the sampler",
    "adm_guidance": "guidance on picture sizes (ADM)", "freeu": "FreeU",
}  # fmt: skip
"""Settings that a recipe here has no place for, and what to call them."""
_NEUTRAL: tuple[object, ...] = (
    None,
    "",
    0,
    0.0,
    1,
    "1",
    "0",
    [],
    {},
    False,
    "None",
    "none",
    "Automatic",
    "[]",
)


@dataclass(slots=True)
class Found:
    """What was read, before it is made a recipe."""

    program: str
    prompt: str = ""
    negative: str = ""
    sampler: str = ""
    schedule: str = ""
    model: str = ""
    model_hash: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    """``seed``, ``steps``, ``cfg_scale``, ``width``, ``height``."""
    noise: str = "cpu"
    others: dict[str, Any] = field(default_factory=dict)
    """All other settings by name."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another program's picture as a recipe."""

    program: str
    recipe: Recipe
    seed: int
    lost: tuple[str, ...]
    """What can't be made again here, a sentence each; empty when all can."""


def read(path: Path) -> Foreign:
    """Reads a picture's own account of its making.

    Args:
        path: a PNG (or JPEG or WebP) of A1111, ComfyUI, InvokeAI, SwarmUI, Fooocus or edition.

    Raises:
        LibraryError: it is no whole picture, or says nothing that is understood.
    """
    from PIL import UnidentifiedImageError

    try:
        with picture_reader.opened(path, picture_reader.INCOMING_PIXELS) as image:
            image.load()  # a cut file fails here; text chunks behind the pixels are read too
            if path.suffix.lower() == ".png" and (own := metadata.read(path)) is not None:
                return Foreign("edition", own.recipe, own.seed, ())
            found = _swarm(image) or _parsed(image, path)
            size = image.size
    except UnidentifiedImageError as error:
        raise LibraryError(f"{path} is no picture of a known kind.") from error
    except picture_reader.faults() as error:
        why = regular_files.reason(error) if isinstance(error, OSError) else error
        raise LibraryError(f"{path} can't be read as a picture: {why}.") from error
    if found is None:
        raise LibraryError(
            f"{path} doesn't say how it was made.",
            hint="Only files as their program saved them do; sites and editors strip it.",
        )
    return _recipe(found, size, path)


def _parsed(image: Image.Image, path: Path) -> Found | None:
    from sd_parsers import ParserManager

    try:
        info = ParserManager().parse(image)
    except Exception as error:  # a parser of text from anywhere: whatever it trips over
        raise LibraryError(f"{path}: its settings can't be read ({error}).") from error
    if info is None or not info.samplers:
        return None
    sampler = info.samplers[0]
    settings = {str(key).lower(): value for key, value in sampler.parameters.items()}
    settings |= {str(key).lower(): value for key, value in info.metadata.items()}
    program = str(info.generator.value)
    found = Found(program={"AUTOMATIC1111": "A1111"}.get(program, program))
    found.prompt = ", ".join(prompt.value for prompt in sampler.prompts)
    found.negative = ", ".join(prompt.value for prompt in sampler.negative_prompts)
    found.sampler = str(sampler.name)
    found.schedule = str(settings.pop("scheduler", ""))
    if sampler.model is not None:
        found.model, found.model_hash = sampler.model.name or "", sampler.model.hash or ""
    found.numbers = {"seed": settings.pop("noise_seed", None)}
    for key in ("seed", "steps", "cfg_scale", "width", "height", "denoise"):
        if key in settings:
            found.numbers[key] = settings.pop(key)
    _size(found, settings)
    # A1111 draws on the graphics card unless it says otherwise; the others on the processor
    found.noise = "cuda" if program == "AUTOMATIC1111" else "cpu"
    if str(settings.pop("rng", "")).upper() == "CPU":
        found.noise = "cpu"
    if len(info.samplers) > 1:
        found.others["several samplers"] = len(info.samplers)
    found.others |= settings
    return found


def _size(found: Found, settings: dict[str, Any]) -> None:
    """Width and height, from wherever a program keeps them."""
    text = str(settings.pop("size", "") or settings.pop("resolution", ""))
    if match := re.search(r"(\d+)\D+(\d+)", text):
        found.numbers |= {"width": match[1], "height": match[2]}
    latents = settings.pop("emptylatentimage", None)
    if isinstance(latents, list) and latents and isinstance(latents[0], dict):
        found.numbers |= {key: latents[0].get(key) for key in ("width", "height")}
        if latents[0].get("batch_size", 1) != 1:
            found.others["batch"] = latents[0]["batch_size"]


def _swarm(image: Image.Image) -> Found | None:
    """SwarmUI: a JSON of its parameters under ``sui_image_params``."""
    text = str(getattr(image, "text", {}).get("parameters", ""))
    if "sui_image_params" not in text:
        return None
    facts = json.loads(text)["sui_image_params"]
    if not isinstance(facts, dict):
        return None
    settings = {str(key).lower(): value for key, value in facts.items()}
    found = Found(
        program="SwarmUI",
        prompt=str(settings.pop("prompt", "")),
        negative=str(settings.pop("negativeprompt", "")),
        sampler=str(settings.pop("sampler", "euler")),
        schedule=str(settings.pop("scheduler", "normal")),
        model=str(settings.pop("model", "")),
    )
    names = {"seed": "seed", "steps": "steps", "cfgscale": "cfg_scale"}
    for theirs, ours in {**names, "width": "width", "height": "height"}.items():
        found.numbers[ours] = settings.pop(theirs, None)
    found.others = settings
    return found


def _recipe(found: Found, size: tuple[int, int], path: Path) -> Foreign:
    lost = _lost(found)
    sampler = _sampler(found, lost)
    width, height = (
        _whole(found.numbers.get(key), side)
        for key, side in zip(("width", "height"), size, strict=True)
    )
    if (width, height) != size:
        lost.append(f"It was enlarged from {width} x {height} to {size[0]} x {size[1]}.")
    if width % 8 or height % 8:
        lost.append(f"Its size {width} x {height} is no multiple of 8 pixels.")
    seed = _whole(found.numbers.get("seed"), 0)
    if not 0 <= seed <= MAX_SEED:
        lost.append(f"Its seed {seed} is out of range.")
        seed = 0
    data = {
        "title": path.stem[:300] or "Imported",
        "model": {"base": _model(found, lost)},
        "prompt": {"positive": found.prompt[:4000], "negative": found.negative[:4000]},
        "sampling": {
            "sampler": sampler,
            "steps": _whole(found.numbers.get("steps"), 20),
            "guidance": _real(found.numbers.get("cfg_scale"), 7.0),
            "width": width // 8 * 8,
            "height": height // 8 * 8,
            "noise": found.noise,
        },
        "seeds": {"render": str(seed)},
    }
    try:
        recipe = Recipe.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        raise LibraryError(
            f"{path}: {'.'.join(map(str, first['loc']))} is {first['input']!r}: {first['msg']}."
        ) from error
    return Foreign(found.program, recipe, seed, tuple(dict.fromkeys(lost)))


def _lost(found: Found) -> list[str]:
    """What a recipe here has no place for."""
    lost = []
    for key, value in found.others.items():
        if key in _LOST and value not in _NEUTRAL:
            shown = json.dumps(value, ensure_ascii=False, default=str)
            lost.append(f"It used {_LOST[key]}: {shown[:120]}.")
    if "several samplers" in found.others:
        lost.append(f"Its workflow has {found.others['several samplers']} samplers; one is kept.")
    if "batch" in found.others:
        lost.append("It is one of a batch that shared a stream of noise.")
    if _real(found.numbers.get("denoise"), 1.0) < 1.0:
        lost.append("It started from an image.")
    text = f"{found.prompt} {found.negative}"
    if re.search(r"<(lora|lyco|hypernet|embed|segment|object)[:>]", text):
        lost.append("Its prompt calls on adapters (<lora:…>): name them in [model] loras.")
    if re.search(
        r"\([^()]*:\s*\d[\d.]*\)|\[[^\[\]]*:[^\[\]]*\]|\bBREAK\b|\bAND\b|\(\(|\w[+-]{2,}", text
    ):
        lost.append("Its prompt weighs or switches words; here they are read as plain text.")
    return lost


def _sampler(found: Found, lost: list[str]) -> str:
    plain = re.sub(r"[^a-z0-9]", "", found.sampler.lower().replace("++", "pp"))
    plain = plain.removeprefix("k") if plain.startswith("keuler") else plain
    schedule = found.schedule.lower()
    if plain.endswith("gpu"):
        plain = plain.removesuffix("gpu")
    if schedule == "karras" and f"{plain}karras" in _SAMPLERS:
        return _SAMPLERS[f"{plain}karras"]
    if schedule not in ("", "normal", "automatic", "simple", "uniform", "ddim_uniform"):
        lost.append(f"Its noise schedule {found.schedule!r} is not known for this sampler.")
    if plain in _SAMPLERS:
        return _SAMPLERS[plain]
    lost.append(f"Its sampler {found.sampler!r} is not known; the model's own is used.")
    return "native"


def _model(found: Found, lost: list[str]) -> str:
    name = re.split(r"[\\/]", found.model)[-1]
    name = re.sub(r"\.(safetensors|ckpt|sft)$", "", name)
    named = f"{name or 'unknown'}" + (f" (hash {found.model_hash})" if found.model_hash else "")
    lost.append(f"Its model {named} must be put into the edition's folder, or another be named.")
    return f"models/{name or 'unknown'}.safetensors"


def _whole(value: Any, default: int) -> int:  # noqa: ANN401
    try:
        return int(float(value)) if not isinstance(value, int | str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _real(value: Any, default: float) -> float:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        return default
