"""Models that are known to work, with their licences as their authors publish them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model that is known to work."""

    name: str
    """As a recipe's ``model.base`` names it."""
    licence: str
    summary: str


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry("pocket", "Apache-2.0", "The embedded model: tiny, real, offline."),
    CatalogEntry(
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "CreativeML Open RAIL-M",
        "Stable Diffusion 1.5, the base of the first seed text.",
    ),
    CatalogEntry(
        "CompVis/stable-diffusion-v1-4",
        "CreativeML Open RAIL-M",
        "Stable Diffusion 1.4, the base of the second seed text.",
    ),
    CatalogEntry(
        "stabilityai/stable-diffusion-xl-base-1.0",
        "CreativeML Open RAIL++-M",
        "Stable Diffusion XL, 1024 x 1024.",
    ),
    CatalogEntry(
        "RunDiffusion/Juggernaut-XL-v9",
        "CreativeML Open RAIL-M",
        "JuggernautXL v9, a fine-tune of Stable Diffusion XL: the first seed text's for SUPIR.",
    ),
    CatalogEntry(
        "stabilityai/stable-diffusion-3.5-large",
        "Stability AI Community (non-commercial above a yearly revenue of 1,000,000 US$)",
        "Stable Diffusion 3.5 large; its terms are accepted on the hub.",
    ),
    CatalogEntry(
        "black-forest-labs/FLUX.1-dev",
        "FLUX.1 [dev] Non-Commercial License",
        "FLUX.1 dev; its terms are accepted on the hub.",
    ),
    CatalogEntry(
        "black-forest-labs/FLUX.1-schnell", "Apache-2.0", "FLUX.1 distilled for 1 to 4 steps."
    ),
    CatalogEntry("Qwen/Qwen-Image", "Apache-2.0", "Qwen-Image: reads long prompts and draws text."),
    CatalogEntry("Tongyi-MAI/Z-Image-Turbo", "Apache-2.0", "Z-Image distilled for 8 steps."),
)


def licence_of(base: str) -> str:
    """The licence of a model in the catalogue; empty when it isn't there."""
    return next((entry.licence for entry in CATALOG if entry.name == base), "")
