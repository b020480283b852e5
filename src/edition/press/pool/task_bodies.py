"""What tasks carry between the press and its workers: recipes, canaries, pictures."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

from edition.recipe.recipe import Recipe

if TYPE_CHECKING:
    from edition.press.pool.worker_messages import Message

_CANARY_STEPS = 4


@lru_cache(maxsize=256)
def recipe_of(text: str) -> Recipe:
    """A recipe that came as JSON."""
    return Recipe.from_json(text)


def canary_of(recipe: Recipe, places: int) -> Message:
    """The canary of a model: few steps of a recipe, without an image to start from."""
    steps = min(_CANARY_STEPS, recipe.sampling.steps)
    sampling = recipe.sampling.model_copy(update={"steps": steps})
    wish = recipe.model_copy(update={"sampling": sampling, "init": None})
    return {"recipe": wish.to_json(), "places": places}


def png_of(image: Image.Image) -> bytes:
    """A picture for the wire, pixel for pixel."""
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


def opened_png(data: bytes) -> Image.Image:
    """A picture off the wire."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return image.convert("RGB")
