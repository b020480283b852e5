"""A print's settings in the form that A1111 writes and that most other programs read."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edition.library.metadata import Origin

_SAMPLERS = {
    "ddim": "DDIM", "ddpm": "DDPM", "euler": "Euler", "euler_a": "Euler a", "heun": "Heun",
    "lms": "LMS", "pndm": "PLMS", "dpm2": "DPM2", "dpm2_a": "DPM2 a", "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_karras": "DPM++ 2M Karras", "dpmpp_2m_sde": "DPM++ 2M SDE", "unipc": "UniPC",
    "deis": "DEIS",
}  # fmt: skip
"""Names there; ``native`` has none: it is whatever the model ships."""
FILES = "files"
"""Of ``made_with``: JSON, file name → SHA-256 of the model's own file and of its embeddings."""


def parameters(origin: Origin, size: tuple[int, int]) -> str:
    """The ``parameters`` chunk: prompt, negative prompt, and a line of settings.

    Args:
        origin: how the picture came to be.
        size: of the picture itself, which may have been enlarged.
    """
    recipe = origin.recipe
    loras = [f"<lora:{PurePath(lora.file).stem}:{lora.weight:g}>" for lora in recipe.model.loras]
    lines = [" ".join([recipe.prompt.positive, *loras])]
    if recipe.prompt.negative:
        lines.append(f"Negative prompt: {recipe.prompt.negative}")
    lines.append(", ".join(f"{key}: {quoted(value)}" for key, value in _settings(origin, size)))
    return "\n".join(lines)


def _settings(origin: Origin, size: tuple[int, int]) -> list[tuple[str, str]]:
    recipe, sampling = origin.recipe, origin.recipe.sampling
    hashes = _hashes(origin)
    name = PurePath(recipe.model.base.rstrip("/")).name
    embeddings = [PurePath(file).name for file in recipe.model.embeddings]
    known = ", ".join(f"{PurePath(n).stem}: {hashes[n][:10]}" for n in embeddings if n in hashes)
    strength = f"{recipe.init.strength:g}" if recipe.init is not None else ""
    found = [
        ("Steps", str(sampling.steps)),
        ("Sampler", _SAMPLERS.get(sampling.sampler, "")),
        ("CFG scale", f"{sampling.guidance:g}"),
        ("Seed", str(origin.seed)),
        ("Size", f"{sampling.width}x{sampling.height}"),
        ("Model hash", hashes.get(name, "")[:10]),
        ("Model", name.removesuffix(".safetensors").removesuffix(".ckpt")),
        ("Denoising strength", strength),
        ("TI hashes", known),
        ("RNG", "CPU" if sampling.noise == "cpu" else "NV"),
    ]
    if size != (sampling.width, sampling.height):
        found += [
            ("Postprocess upscale to", f"{size[0]}x{size[1]}"),
            ("Postprocess upscaler", origin.upscale.get("method", "")),
        ]
    return [(key, value) for key, value in [*found, ("Version", "edition")] if value]


def _hashes(origin: Origin) -> dict[str, str]:
    try:
        found = json.loads(origin.made_with.get(FILES, "{}"))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def quoted(value: str) -> str:
    """A value as A1111 writes it: in quotes where a comma, a colon or a line end is in it."""
    return json.dumps(value, ensure_ascii=False) if re.search(r"[,:\n]", value) else value
