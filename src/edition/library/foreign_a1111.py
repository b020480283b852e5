"""The text of A1111's form: prompt, negative prompt, a line of settings. Many programs write it.

Read as the program reads it back itself: values with commas or colons are in quotes, a second
"Negative prompt:" continues with the first.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress

from edition.library.foreign_settings import ForeignSettings, lose_rest, pair, real, whole

_KEY = re.compile(r"\s*([A-Za-z][\w \-/]{0,60}):\s*")
_QUOTED = re.compile(r'"(?:\\.|[^\\"])*"')
_PROGRAMS = (
    (r"ComfyUI", "ComfyUI", "cpu"),
    (r"Fooocus", "Fooocus", "cpu"),
    (r"(neo|f\d|forge|classic)", "Forge", "cuda"),
    (r"v?\d+\.\d+", "A1111", "cuda"),
)
"""What ``Version:`` begins with → the program, and on which device it draws its noise."""
KNOWN = {
    "version": "", "app": "", "hashes": "", "model hash": "", "vae hash": "", "module": "",
    "schedule type": "", "hires prompt": "a prompt of its own for the second pass", "parser": "",
    "pipeline": "", "operations": "", "backend": "", "batch": "", "batch size": "", "batch pos": "",
    "user": "", "created date": "", "metadata scheme": "", "diffusion in low bits": "",
    "lora hashes": "adapters (LoRA)", "ti hashes": "textual-inversion embeddings",
    "ti": "textual-inversion embeddings", "vae": "another autoencoder (VAE)",
    "controlnet": "control networks", "denoising strength": "an image it started from",
    "hires upscale": "a second pass at higher resolution",
    "hires upscaler": "a second pass at higher resolution",
    "hires steps": "a second pass at higher resolution",
    "hires resize": "a second pass at higher resolution",
    "hires resize-1": "a second pass at higher resolution",
    "ensd": "a shifted noise seed (ENSD)", "eta": "extra noise in the sampler (eta)",
    "variation seed": "a variation seed", "variation seed strength": "a variation seed",
    "face restoration": "face restoration", "refiner": "a refiner model",
    "adetailer model": "faces or hands drawn again (ADetailer)",
    "adetailer version": "faces or hands drawn again (ADetailer)",
    "civitai resources": "what its site names (Civitai)", "civitai metadata": "",
    "tiling": "tiling", "freeu": "FreeU", "clip skip": "clip skip",
}  # fmt: skip
"""Setting in small letters → what to call it; empty for what doesn't change the picture."""


def read(text: str) -> ForeignSettings | None:
    """Reads A1111's text; None when it isn't one."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    at = next((i for i in range(len(lines) - 1, -1, -1) if _is_settings(lines[i])), None)
    if at is None:
        return None
    settings = split(lines[at])
    found = ForeignSettings("A1111")
    for line in filter(str.strip, lines[at + 1 :]):  # of extensions: Template: …
        found.lose("a text after its settings", line)
    found.prompt, found.negative = _prompts(lines[:at])
    lower = {key.lower(): value for key, value in settings.items()}
    _program(found, lower)
    found.sampler, found.schedule = lower.pop("sampler", None), lower.pop("schedule type", "")
    found.model, found.model_hash = lower.pop("model", None), lower.pop("model hash", "")
    found.seed, found.steps = whole(lower.pop("seed", None)), whole(lower.pop("steps", None))
    found.width, found.height = pair(lower.pop("size", ""))
    found.guidance = real(lower.pop("cfg scale", None))
    distilled = real(lower.pop("distilled cfg scale", None))
    if distilled is not None:
        if found.guidance not in (None, 1.0):
            found.lose("true guidance beside the distilled one (CFG scale)", found.guidance)
        found.guidance = distilled
    if (skip := whole(lower.pop("clip skip", None))) is not None and skip > 1:
        found.lose("clip skip", skip)
    for key in ("vae", "lora hashes", "ti hashes"):
        if lower.get(key, "") in ("Automatic", "automatic", "Default"):
            del lower[key]
    rest = {key: value for key, value in settings.items() if key.lower() in lower}
    lose_rest(found, rest, KNOWN)
    return found


def _is_settings(line: str) -> bool:
    return (
        not line.startswith(("Template:", "Negative Template:"))
        and bool(re.search(r"(^|, )Steps: ?\d", line))
        and len(split(line)) >= 3
    )


def split(text: str) -> dict[str, str]:
    """``Name: value`` pairs of a line; a value in quotes may hold anything.

    A piece between commas that names nothing continues with the value before it: older versions
    wrote names with commas without quotes.
    """
    found: dict[str, str] = {}
    at, key = 0, ""
    while at < len(text):
        match = _KEY.match(text, at)
        if match is not None:
            key, at = match[1].strip(), match.end()
            if (whole_value := _closed(text, at)) is not None:
                found[key], at = whole_value
                at = end + 1 if (end := text.find(",", at)) >= 0 else len(text)
                continue
        end = text.find(",", at)
        end = len(text) if end < 0 else end
        piece = text[at:end].strip()
        if match is not None:
            found[key] = piece
        elif key and piece:
            found[key] += f", {piece}"
        at = end + 1
    return found


def _closed(text: str, at: int) -> tuple[str, int] | None:
    """A value that says itself where it ends, in quotes or as JSON, and what is behind it."""
    if quoted := _QUOTED.match(text, at):
        return _unquoted(quoted[0]), quoted.end()
    if text[at : at + 1] in ("[", "{"):
        with suppress(ValueError, RecursionError):
            _, end = json.JSONDecoder().raw_decode(text, at)
            return text[at:end], end
    return None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


def _prompts(lines: list[str]) -> tuple[str, str]:
    prompt: list[str] = []
    negative: list[str] = []
    into = prompt
    for line in lines:
        if line.strip().startswith("Negative prompt:"):
            into = negative
            into.append(line.strip().removeprefix("Negative prompt:").strip())
        else:
            into.append(line.strip())
    return "\n".join(prompt).strip(), "\n".join(negative).strip()


def _program(found: ForeignSettings, settings: dict[str, str]) -> None:
    """Whose text this is, and so whose noise."""
    version, app = settings.get("version", ""), settings.get("app", "")
    found.noise = "cuda"  # A1111's default: on the graphics card
    if "SD.Next" in app or "SD.Next" in version:
        found.program = "SD.Next"
    elif version or app:
        match = next((row for row in _PROGRAMS if re.match(row[0], version, re.I)), None)
        if match is None:
            found.program, found.noise = f"{app or version}"[:60], None
        else:
            found.program = match[1]
            found.noise = "cpu" if match[2] == "cpu" else "cuda"
    elif any(key.startswith("civitai ") for key in settings):
        found.program, found.noise = "Civitai", None
    source = settings.pop("rng", "").upper()
    if source:
        found.noise = "cpu" if source == "CPU" else "cuda"
