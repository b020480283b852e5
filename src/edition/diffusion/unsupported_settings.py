"""What a recipe asks for that a model doesn't do, by the table of families. Loads no torch."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from edition import extras
from edition.diffusion import families
from edition.diffusion.family_table import OWN_LOOP

if TYPE_CHECKING:
    from edition.diffusion.families import ModelFamily
    from edition.recipe.recipe import Recipe


def unsupported(
    recipe: Recipe, model: ModelFamily, takes: set[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Settings of a recipe that a model doesn't support: pairs of what is wrong and the way out.

    Args:
        recipe: of the print.
        model: what is known of it.
        takes: the parameters of its pipeline's ``__call__``; None before it is loaded: then only
            what the table knows is listed.
    """
    sampling, family = recipe.sampling, model.family
    name, found = model.title, list[tuple[str, str]]()
    found += families.unfit(model)
    heard = takes is None or (family.parameter if family else "guidance_scale") in takes
    if model.guidance == "none" and sampling.guidance not in (0.0, 1.0):
        found.append(
            (
                f"{name} has its guidance built in: sampling.guidance = {sampling.guidance:g} "
                "does nothing.",
                "Set guidance = 1 in [sampling].",
            )
        )
    if family is not None and sampling.guidance <= family.above:
        found.append(
            (
                f"{name} is not drawn at guidance {sampling.guidance:g}.",
                f"Set guidance above {family.above:g} in [sampling].",
            )
        )
    found += _of_negative(recipe, model, takes is None or "negative_prompt" in takes)
    if not heard and model.guidance != "none" and sampling.guidance not in (0.0, 1.0):
        found.append((f"{name} does not know sampling.guidance.", "Set it to 1."))
    if sampling.guidance_rescale and takes is not None and "guidance_rescale" not in takes:
        found.append((f"{name} does not know sampling.guidance_rescale.", "Set it to 0."))
    if sampling.sampler != "native" and family is not None and not family.samplers:
        found.append(
            (
                f"{name} is drawn by its own sampler alone, not by {sampling.sampler}.",
                'Set sampler = "native" in [sampling].',
            )
        )
    return tuple(found + _of_syntax(recipe, model) + _of_image(recipe, model))


def without_effect(recipe: Recipe, model: ModelFamily) -> tuple[str, ...]:
    """What a recipe's guidance turns off, a sentence; empty where it guides.

    Told, not refused: a sweep of guidances may begin where there is none.
    """
    sampling = recipe.sampling
    if model.off is None or model.guidance == "none" or sampling.guidance > model.off:
        return ()
    values = {
        "prompt.negative": recipe.prompt.negative and not sampling.true_cfg,
        "sampling.guidance_rescale": sampling.guidance_rescale,
    }
    idle = [key for key, value in values.items() if value]
    nothing = f", so {' and '.join(idle)} {'does' if len(idle) == 1 else 'do'} nothing"
    return (f"{model.title}: guidance {sampling.guidance:g} is off{nothing if idle else ''}.",)


def _of_negative(recipe: Recipe, model: ModelFamily, takes_negative: bool) -> list[tuple[str, str]]:
    """Of the negative prompt, and of the guidance that weighs it."""
    sampling, negative, family = recipe.sampling, recipe.prompt.negative, model.family
    name, found = model.title, list[tuple[str, str]]()
    kind = family.negative if family else "yes" if takes_negative else "no"
    if negative and (kind == "no" or not takes_negative):
        found.append((f"{name} does not know prompt.negative.", "Leave it empty."))
    elif negative and kind == "true_cfg" and sampling.true_cfg <= 1:
        found.append(
            (
                f"{name} weighs a negative by a second guidance, and sampling.true_cfg is "
                f"{sampling.true_cfg:g}.",
                "Set true_cfg = 4 in [sampling], or leave prompt.negative empty.",
            )
        )
    if sampling.true_cfg and kind != "true_cfg":
        found.append((f"{name} does not know sampling.true_cfg.", "Set it to 0."))
    elif sampling.true_cfg and not (negative and sampling.true_cfg > 1):
        found.append(
            (
                f"sampling.true_cfg = {sampling.true_cfg:g} does nothing here.",
                "It needs a negative prompt and a number above 1; set it to 0 otherwise.",
            )
        )
    return found


def _of_syntax(recipe: Recipe, model: ModelFamily) -> list[tuple[str, str]]:
    if recipe.prompt.syntax == "plain":
        return []
    way_out = 'Set syntax = "plain" in [prompt].'
    if model.class_name not in OWN_LOOP:
        return [(f'{model.title} knows no prompt.syntax = "{recipe.prompt.syntax}".', way_out)]
    if importlib.util.find_spec("compel") is None:
        install = extras.install_extra("prompts")
        return [(f'prompt.syntax = "{recipe.prompt.syntax}" needs the package compel.', install)]
    return []


def _of_image(recipe: Recipe, model: ModelFamily) -> list[tuple[str, str]]:
    family = model.family
    if recipe.init is None:
        edits = family is not None and family.edits
        way_out = "Name the image under [init], with strength = 1."
        return (
            [(f"{model.title} edits an image, and the recipe has none.", way_out)] if edits else []
        )
    if family is None or not family.from_image:
        return [
            (
                f"{model.title} can't start from an image here.",
                "Take [init] out of the recipe, or name another model.",
            )
        ]
    if family.reference and recipe.init.strength != 1:
        return [
            (
                f"{model.title} looks at the image while it draws; init.strength does nothing.",
                "Set strength = 1 in [init].",
            )
        ]
    return []
