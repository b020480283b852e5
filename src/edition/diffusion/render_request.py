"""One picture to draw, and what must be equal for two to share a batch. Loads no torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from edition.recipe.recipe import Recipe

OnStep = Callable[[int, int, "torch.Tensor"], None]
"""Called after step k of n with the latents (b, c, h, w); what it raises ends the batch."""
OnEstimate = Callable[[int, int, "torch.Tensor"], None]
"""Called after evaluation k of n with the guided estimate of the clean latents (b, c, h, w)."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One picture to draw."""

    recipe: Recipe
    seed: int
    image: Image.Image | None = None
    """What it starts from, when the recipe has an ``init``."""


def shape(recipe: Recipe) -> tuple[object, ...]:
    """What must be equal for cells to share a batch; the model comes on top."""
    sampling = recipe.sampling
    return (
        sampling.width,
        sampling.height,
        sampling.steps,
        sampling.sampler,
        json.dumps(sampling.scheduler, sort_keys=True),
        sampling.guidance_rescale,
        sampling.dtype,
        sampling.guidance > 1.0,
        recipe.init.strength if recipe.init else None,
    )
