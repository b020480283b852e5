"""Programs that write their settings as a table.

InvokeAI, SwarmUI, Fooocus, Draw Things, NovelAI and Easy Diffusion. Each reader takes a file's
texts by name and gives None where they are not its own.
"""

from __future__ import annotations

import ast
from typing import Any

from edition.library.foreign_chunks import table
from edition.library.foreign_settings import ForeignSettings, is_set, lose_rest, pair, real, whole

Texts = dict[str, str]


def invokeai(texts: Texts) -> ForeignSettings | None:
    """InvokeAI 3 to 6: ``invokeai_metadata``."""
    facts = table(texts.get("invokeai_metadata", ""))
    if not facts:
        return None
    found = ForeignSettings("InvokeAI", prompt=_text(facts.pop("positive_prompt", None)))
    found.negative = _text(facts.pop("negative_prompt", "")) or ""
    found.seed, found.steps = whole(facts.pop("seed", None)), whole(facts.pop("steps", None))
    found.width, found.height = whole(facts.pop("width", None)), whole(facts.pop("height", None))
    scale = facts.pop("cfg_scale", None)
    found.guidance = real(scale)
    if isinstance(scale, list):
        found.lose("guidance that changes with the steps", scale)
    if (distilled := real(facts.pop("guidance", None))) is not None:  # FLUX
        if found.guidance not in (None, 1.0):
            found.lose("true guidance beside the distilled one (cfg_scale)", found.guidance)
        found.guidance = distilled
    found.sampler = _text(facts.pop("scheduler", None))
    model = facts.pop("model", None)
    if isinstance(model, dict):
        found.model = _text(model.get("model_name") or model.get("name"))
        found.model_hash = _text(model.get("hash")) or ""
    else:
        found.model = _text(model)
    device = str(facts.pop("rand_device", "cpu")).lower()
    found.noise = "cuda" if device.startswith("cuda") else "cpu" if device == "cpu" else None
    if whole(facts.get("cfg_rescale_multiplier")) == 0:
        del facts["cfg_rescale_multiplier"]
    lose_rest(found, facts, _INVOKE)
    return found


_INVOKE = {
    "app_version": "", "generation_mode": "", "canvas_v2_metadata": "",
    "ref_images": "image prompts",
    "clip_skip": "clip skip", "loras": "adapters (LoRA)", "controlnets": "control networks",
    "ipadapters": "image prompts", "t2iadapters": "control networks",
    "vae": "another autoencoder (VAE)",
    "init_image": "an image it started from", "strength": "an image it started from",
    "hrf_enabled": "a second pass at higher resolution", "hrf_method": "", "hrf_strength": "",
    "seamless_x": "tiling (seamless)", "seamless_y": "tiling (seamless)",
    "cfg_rescale_multiplier": "guidance rescale", "refiner_model": "a refiner model",
    "refiner_cfg_scale": "", "refiner_steps": "", "refiner_scheduler": "", "refiner_start": "",
    "refiner_positive_aesthetic_score": "", "refiner_negative_aesthetic_score": "",
    "positive_style_prompt": "a style prompt of its own",
    "negative_style_prompt": "a negative style prompt of its own",
}  # fmt: skip


def invokeai_2(texts: Texts) -> ForeignSettings | None:
    """InvokeAI 2: ``sd-metadata``."""
    facts = table(texts.get("sd-metadata", ""))
    image = facts.get("image")
    if not isinstance(image, dict):
        return None
    prompt = image.pop("prompt", None)
    if isinstance(prompt, list):
        parts = [part.get("prompt") for part in prompt if isinstance(part, dict)]
        prompt = ", ".join(str(part) for part in parts) if parts else None
    found = ForeignSettings("InvokeAI 2", prompt=_text(prompt), negative="")
    if found.prompt and "[" in found.prompt:
        found.lost.append(
            "Its prompt may hold a negative one in brackets; it is read as it stands."
        )
    found.seed, found.steps = whole(image.pop("seed", None)), whole(image.pop("steps", None))
    found.width, found.height = whole(image.pop("width", None)), whole(image.pop("height", None))
    found.guidance = real(image.pop("cfg_scale", None))
    found.sampler = _text(image.pop("sampler", None))
    found.model = _text(facts.get("model_weights"))
    found.model_hash = _text(facts.get("model_hash")) or ""
    lose_rest(found, image, {"type": "", "hires_fix": "a second pass at higher resolution"})
    return found


def swarmui(texts: Texts) -> ForeignSettings | None:
    """SwarmUI: ``sui_image_params`` in the comment of any kind of file."""
    facts = table(texts.get("parameters", "")).get("sui_image_params")
    if not isinstance(facts, dict):
        return None
    settings = {str(key).lower(): value for key, value in facts.items()}
    found = ForeignSettings("SwarmUI", prompt=_text(settings.pop("prompt", None)), noise="cpu")
    found.negative = _text(settings.pop("negativeprompt", "")) or ""
    found.sampler = _text(settings.pop("sampler", None))
    found.schedule = _text(settings.pop("scheduler", "")) or ""
    found.model = _text(settings.pop("model", None))
    found.seed, found.steps = whole(settings.pop("seed", None)), whole(settings.pop("steps", None))
    found.guidance = real(settings.pop("cfgscale", None))
    if (distilled := real(settings.pop("fluxguidancescale", None))) is not None:
        found.guidance = distilled
    found.width = whole(settings.pop("width", None))
    found.height = whole(settings.pop("height", None))
    if "initimage" in settings or "initimagecreativity" in settings:
        creativity = settings.pop("initimagecreativity", None)
        settings.pop("initimage", None)
        found.lose("an image it started from (creativity)", creativity)
    if str(settings.get("vae", "")).lower() in ("automatic", "none"):
        del settings["vae"]
    lose_rest(found, settings, _SWARM)
    return found


_SWARM = {
    "images": "", "swarm_version": "", "date": "", "generation_time": "", "aspectratio": "",
    "loras": "adapters (LoRA)", "loraweights": "", "loratencweights": "",
    "vae": "another autoencoder (VAE)",
    "clipstopatlayer": "clip skip", "refinermodel": "a refiner model", "batchsize": "",
    "refinerupscale": "a second pass at higher resolution", "variationseed": "a variation seed",
    "refinercontrolpercentage": "a second pass (refiner)", "refinermethod": "",
    "refinerupscalemethod": "",
    "controlnetmodel": "control networks", "controlnetstrength": "", "automaticvae": "",
    "personalnote": "", "presets": "", "donotsave": "",
}  # fmt: skip


def fooocus(texts: Texts) -> ForeignSettings | None:
    """Fooocus: a table of its own scheme; its other scheme is A1111's text."""
    facts = table(texts.get("parameters", "")) or table(texts.get("Comment", ""))
    facts = {str(key).lower().replace(" ", "_"): value for key, value in facts.items()}
    if "base_model" not in facts or not {"sharpness", "performance", "styles"} & facts.keys():
        return None
    found = ForeignSettings("Fooocus", prompt=_text(facts.pop("prompt", None)), noise="cpu")
    found.negative = _text(facts.pop("negative_prompt", "")) or ""
    found.seed, found.steps = whole(facts.pop("seed", None)), whole(facts.pop("steps", None))
    found.width, found.height = pair(facts.pop("resolution", ""))
    found.guidance = real(facts.pop("guidance_scale", None))
    found.sampler = _text(facts.pop("sampler", None))
    found.schedule = _text(facts.pop("scheduler", "")) or ""
    found.model = _text(facts.pop("base_model"))
    found.model_hash = _text(facts.pop("base_model_hash", "")) or ""
    if str(facts.get("vae", "")).startswith("Default"):
        del facts["vae"]
    if str(performance := facts.get("performance", "")) in _FAST:
        found.lose("an adapter for few steps (performance)", performance)
    if whole(facts.get("clip_skip")) in (1, 2):  # 2 is its default: the layer SDXL was trained with
        del facts["clip_skip"]
    lose_rest(found, facts, _FOOOCUS)
    return found


_FAST = ("Extreme Speed", "Lightning", "Hyper-SD")
_FOOOCUS = {
    "version": "", "metadata_scheme": "", "performance": "", "full_prompt": "",
    "full_negative_prompt": "",
    "styles": "style presets", "sharpness": "a sharpness filter in the sampler",
    "adm_guidance": "guidance on picture sizes (ADM)", "refiner_model": "a refiner model",
    "refiner_switch": "", "refiner_swap_method": "", "loras": "adapters (LoRA)", "created_by": "",
    "clip_skip": "clip skip", "vae": "another autoencoder (VAE)", "freeu": "FreeU",
    "prompt_expansion": "words added to the prompt (expansion)",
    "adaptive_cfg": "guidance that adapts (adaptive CFG)",
}  # fmt: skip


def draw_things(texts: Texts) -> ForeignSettings | None:
    """Draw Things: a table in the XMP comment."""
    facts = table(texts.get("xmp comment", ""))
    if not {"c", "seed", "sampler"} <= facts.keys():
        return None
    inner = facts.pop("v2", None)
    found = ForeignSettings(
        "Draw Things", prompt=_text(facts.pop("c")), negative=_text(facts.pop("uc", ""))
    )
    found.seed, found.steps = whole(facts.pop("seed")), whole(facts.pop("steps", None))
    found.guidance = real(facts.pop("scale", None))
    found.sampler = _text(facts.pop("sampler"))
    found.model = _text(facts.pop("model", None))
    found.width, found.height = pair(facts.pop("size", ""))
    mode = inner.get("seedMode") if isinstance(inner, dict) else None
    found.noise = {1: "cpu", 3: "cuda"}.get(mode)  # type: ignore[assignment, arg-type]
    if real(facts.pop("strength", 1)) != 1.0:
        found.lose("an image it started from")
    lose_rest(
        found, facts, {"profile": "", "lora": "adapters (LoRA)", "control": "control networks"}
    )
    if isinstance(inner, dict):
        skip = whole(inner.get("clipSkip"))
        used = {key: inner.get(key) for key in _DRAW_THINGS if key in inner}
        if skip in (0, 1):
            used.pop("clipSkip")
        if real(used.get("shift")) == 1.0:
            del used["shift"]
        lose_rest(found, used, {key.lower(): words for key, words in _DRAW_THINGS.items()})
    return found


_DRAW_THINGS = {
    "hiresFix": "a second pass at higher resolution", "upscaler": "an enlargement",
    "refinerModel": "a refiner model", "clipSkip": "clip skip",
    "sharpness": "a sharpness filter in the sampler", "faceRestoration": "face restoration",
    "zeroNegativePrompt": "a negative prompt of zeros", "shift": "a shifted noise schedule",
    "t5TextEncoder": "", "teaCache": "steps left out (TeaCache)",
}  # fmt: skip
"""Settings of its second table that a recipe has no place for."""


def novelai(texts: Texts) -> ForeignSettings | None:
    """NovelAI: ``Software`` says so, ``Comment`` holds the table."""
    facts = table(texts.get("Comment", ""))
    if "NovelAI" not in texts.get("Software", "") or not facts:
        return None
    found = ForeignSettings(
        "NovelAI", prompt=_text(facts.pop("prompt", None) or texts.get("Description"))
    )
    found.negative = _text(facts.pop("uc", "")) or ""
    found.seed, found.steps = whole(facts.pop("seed", None)), whole(facts.pop("steps", None))
    found.width, found.height = whole(facts.pop("width", None)), whole(facts.pop("height", None))
    found.guidance = real(facts.pop("scale", None))
    found.sampler = _text(facts.pop("sampler", None))
    found.schedule = str(facts.pop("noise_schedule", "") or "")
    found.schedule = {"native": ""}.get(found.schedule, found.schedule)
    found.model = texts.get("Source") or None
    found.lost.append("Its model is NovelAI's own and can't be had.")
    lose_rest(
        found, facts, {"n_samples": "", "request_type": "", "signed_hash": "", "uncond_scale": ""}
    )
    return found


def easy_diffusion(texts: Texts) -> ForeignSettings | None:
    """Easy Diffusion: a PNG text for each setting, or one table in a JPEG's comment."""
    facts: dict[str, Any] = table(texts.get("parameters", ""))
    if "use_stable_diffusion_model" not in facts:
        facts = dict(texts)
    facts = {key: _literal(value) for key, value in facts.items()}
    if "use_stable_diffusion_model" not in facts:
        return None
    found = ForeignSettings("Easy Diffusion", prompt=_text(facts.pop("prompt", None)))
    found.negative = _text(facts.pop("negative_prompt", "")) or ""
    found.seed = whole(facts.pop("seed", None))
    found.steps = whole(facts.pop("num_inference_steps", None))
    found.guidance = real(facts.pop("guidance_scale", None))
    found.width, found.height = whole(facts.pop("width", None)), whole(facts.pop("height", None))
    if (distilled := real(facts.pop("distilled_guidance_scale", None))) is not None:
        if found.guidance not in (None, 1.0):
            found.lose("true guidance beside the distilled one (guidance_scale)", found.guidance)
        found.guidance = distilled
    found.sampler = _text(facts.pop("sampler_name", None))
    found.schedule = str(facts.pop("scheduler_name", "") or "")
    found.model = _text(facts.pop("use_stable_diffusion_model"))
    if facts.pop("prompt_strength", None) and is_set(facts.get("init_image")):
        facts["init_image"] = "given"
    if str(facts.get("use_vae_model", "")) == "":
        facts.pop("use_vae_model", None)
    lose_rest(found, {k: v for k, v in facts.items() if k in _EASY}, _EASY)
    return found


_EASY = {
    "clip_skip": "clip skip", "use_vae_model": "another autoencoder (VAE)",
    "use_lora_model": "adapters (LoRA)", "use_upscale": "an enlargement",
    "use_face_correction": "face restoration", "init_image": "an image it started from",
    "use_controlnet_model": "control networks", "tiling": "tiling",
    "use_hypernetwork_model": "a hypernetwork",
    "use_embeddings_model": "textual-inversion embeddings",
}  # fmt: skip


READERS = (invokeai, invokeai_2, swarmui, fooocus, draw_things, novelai, easy_diffusion)
"""Tried in this order."""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _literal(value: object) -> object:
    """A value that was written as Python shows it: ``None``, ``False``, ``[]``."""
    if value in ("None", "False", "True", "[]", "{}"):
        return ast.literal_eval(str(value))
    return value
