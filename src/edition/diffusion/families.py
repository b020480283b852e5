"""What is known of each family of text-to-image models. Data and words; loads no torch.

A class that is not in ``edition.diffusion.family_table`` still draws by its signature.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition import extras
from edition.diffusion.family_table import TABLE, TOLD

if TYPE_CHECKING:
    from edition.diffusion.family_table import Family, Guidance

_PACKAGES = dict.fromkeys(
    ("Qwen2VLProcessor", "Qwen2_5_VLProcessor", "Qwen3VLProcessor"), "torchvision"
)
"""Parts that can't be made without a package, whichever family has them."""
_BUILD = {"torchvision": " of the build that torch has"}

_TURBO = re.compile(r"(?<![A-Za-z])turbo(?![a-z])|Turbo(?![a-z])|TURBO")
"""The word alone or in camel case: not a part of another one."""

_BY_CLASS = {name: family for family in TABLE for name in family.classes}


def named(class_name: str) -> Family | None:
    """The family of a pipeline class; None where the table doesn't know it."""
    return _BY_CLASS.get(class_name)


@dataclass(frozen=True, slots=True)
class ModelFamily:
    """A model's family, and what its own configuration adds to that."""

    class_name: str
    family: Family | None
    distilled: bool = False
    """Guidance is built into the weights: a number has no effect."""
    few_steps: int = 0
    """Steps that it was distilled for; 0 where that isn't known."""
    alone: bool = False
    """It is a file of the network alone, without text encoders and autoencoder."""
    packages: tuple[str, ...] = ()
    """What must be installed for it."""

    @property
    def title(self) -> str:
        """What to call it."""
        return self.family.title if self.family else self.class_name

    @property
    def half(self) -> str:
        """What it is computed in on a card where the recipe leaves that open."""
        return self.family.half if self.family else "float16"

    @property
    def guidance(self) -> Guidance:
        """What its guidance means."""
        return "none" if self.distilled else self.family.guidance if self.family else "cfg"

    @property
    def off(self) -> float | None:
        """The guidance that is none at all; None where there is no such number."""
        return {"cfg": 1.0, "true_cfg": 1.0, "cfg0": 0.0, "told": None, "none": 1.0}[self.guidance]

    def defaults(self) -> dict[str, Any]:
        """Keys of ``[sampling]`` as its makers use them; empty for an unknown family."""
        if self.family is None:
            return {}
        off = 1.0 if self.off is None else self.off
        return {
            "sampler": "ddim" if self.class_name == "StableDiffusionPipeline" else "native",
            "steps": self.few_steps or self.family.steps,
            "guidance": off if self.few_steps and self.guidance != "told" else self.family.weight,
            "width": self.family.side,
            "height": self.family.side,
        }

    def meaning(self) -> tuple[str, ...]:
        """Where the keys of a recipe mean something else than usual, a sentence each."""
        words = {
            "cfg0": "only guidance 0 is off; at 1 it already guides.",
            "told": "guidance is told to the network; no number turns it off.",
            "true_cfg": "above a guidance of 1 an empty negative counts as a space.",
            "none": "guidance is built in: leave it at 1.",
        }.get(self.guidance, "")
        note = self.family.note if self.family else ""
        found = [f"{self.title}: {text}" for text in (words, note) if text]
        if self.family and self.family.edits:
            found.append(f"{self.title} edits an image, which [init] names.")
        if self.few_steps:
            found.append(f"This model is distilled for {self.few_steps} steps.")
        if self.family is None:
            found.append(f"{self.class_name} is not among the families that are known here.")
        elif self.family.negative == "no":
            found.append(f"{self.title} takes no negative prompt.")
        elif self.family.negative == "true_cfg":
            found.append("A negative prompt needs true_cfg above 1, and doubles the time.")
        return tuple(found)


def of_folder(folder: Path) -> ModelFamily | None:
    """The family of a diffusers folder, from its JSON files; None where there is no index."""
    index = _json(folder / "model_index.json")
    name = index.get("_class_name")
    if not isinstance(name, str):
        return None
    told = _json(folder / "transformer" / "config.json").get("guidance_embeds", True)
    found = known(
        name, distilled=bool(index.get("is_distilled")), told=bool(told), name=model_name(folder)
    )
    kinds = [kind[-1] for kind in index.values() if isinstance(kind, list) and kind]
    needed = {_PACKAGES[kind] for kind in kinds if isinstance(kind, str) and kind in _PACKAGES}
    return replace(found, packages=tuple(sorted({*found.packages, *needed})))


def of_pipe(pipe: Any) -> ModelFamily:  # noqa: ANN401 - one of dozens of pipeline classes
    """The family of a loaded pipeline."""
    config = getattr(getattr(pipe, "transformer", None), "config", None)
    return known(
        type(pipe).__name__,
        distilled=bool(pipe.config.get("is_distilled", False)),
        told=bool(getattr(config, "guidance_embeds", True)),
        name=model_name(Path(str(pipe.config.get("_name_or_path", "")))),
    )


def model_name(path: Path) -> str:
    """Its folder's or file's name; of a snapshot in the hub's cache the repository's."""
    return (path.parent.parent if path.parent.name == "snapshots" else path).name


def known(
    class_name: str,
    *,
    distilled: bool = False,
    told: bool = True,
    name: str = "",
    alone: bool = False,
) -> ModelFamily:
    """A family with what a model's configuration says.

    Args:
        class_name: of the pipeline.
        distilled: the index says that guidance is built in.
        told: the transformer has an input for guidance, where its family may have one.
        name: the model's folder or file: a Turbo is known by its name alone.
        alone: it is a file of the network alone.
    """
    family = TOLD.get(class_name) if told else None
    family = family or named(class_name)
    takes_number = family is None or family.guidance != "told" or told
    never = family is not None and family.guidance == "none"
    built_in = distilled or never or not takes_number
    turbo = bool(_TURBO.search(name))
    few = 4 if built_in or class_name == "LatentConsistencyModelPipeline" else 0
    if turbo:
        few = 8 if class_name == "ZImagePipeline" else 4
    packages = (family.package,) if family and family.package else ()
    return ModelFamily(class_name, family, built_in, few, alone, packages)


def unfit(model: ModelFamily) -> list[tuple[str, str]]:
    """Why a model can't be drawn with here at all, with the way out; empty where it can."""
    if model.family is not None and model.family.refused:
        return [(f"{model.title} {model.family.refused}.", "Name a text-to-image model.")]
    if model.alone:
        return [
            (
                f"model.base is a file of the network of {model.title} alone.",
                "Name it as network in [model]; edition models check FILE says what to name as "
                "base.",
            )
        ]
    return [
        (
            f"{model.title} needs the package {package}{_BUILD.get(package, '')}, which is not "
            "installed.",
            extras.install(package),
        )
        for package in model.packages
        if find_spec(package) is None
    ]


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
