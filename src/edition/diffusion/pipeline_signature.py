"""Whether a pipeline of diffusers that the table of families doesn't know draws from a prompt.

Told from its name and the parameters of its call, before any weight is read.
"""

from __future__ import annotations

import inspect
import re

import diffusers

_OTHER_USES = (
    (r"Modular", "is made of blocks (a ModularPipeline), which are not drawn with here"),
    (r"Inpaint|Fill", "paints into a part of an image, which a recipe has no key for"),
    (r"ControlNet|Control|Adapter|GLIGEN|Depth2Img|Transfer", "needs a control image"),
    (r"Edit|Pix2Pix|VisualCloze|JoyImage", "edits an image by itself: name the model for drawing"),
    (r"Img2Img|Emb2Emb|I2I|Cycle|ImageVariation|Redux", "starts from an image: name the model "
     "for drawing, and the image under [init]"),
    (r"Upscale|Upsample|SuperResolution|Refiner|SR", "enlarges or refines pictures"),
    (r"Audio|Music|Spectrogram|Dance|Step\b|AceStep|Diffusion\dD|ShapE|LDM3D|ADiT",
     "makes no pictures"),
    (r"Prior|Decoder", "is one half of a model: name the whole"),
    (r"Video|T2V|I2V|V2V|TI2V|Wan|LTX|Mochi|Allegro|Latte|Animate|Skyreels|SkyReels|Helios|Cosmos3",
     "makes films"),
    (r"Predict|World|Hunyuan.*15|Lucy|Consis|Motif|EasyAnimate|Chrono", "makes films"),
    (r"Onnx", "runs in another engine"),
)  # fmt: skip
_PROMPTS = ("prompt", "prompts")
_GIVEN = {"self", "args", "kwargs", "prompt"}


def why_not(class_name: str) -> str:
    """Why a pipeline can't draw from a prompt, a seed and a recipe; empty where it can be tried.

    Args:
        class_name: as ``model_index.json`` has it.
    """
    kind = getattr(diffusers, class_name, None)
    if kind is None:
        return f"is not known to diffusers {diffusers.__version__}: it may need a newer one"
    for pattern, reason in _OTHER_USES:
        if re.search(pattern, class_name.removesuffix("Pipeline")):
            return reason
    try:
        takes = inspect.signature(kind.__call__).parameters
    except (TypeError, ValueError, RuntimeError):
        return "can't be called here"
    if not any(name in takes for name in _PROMPTS):
        return "draws from no prompt"
    needed = [
        name for name, one in takes.items()
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
        and name not in _GIVEN
    ]  # fmt: skip
    if needed:
        return f"needs {', '.join(needed)}, which a recipe has no key for"
    return ""
