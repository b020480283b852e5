"""What batches have in common, here and on many workers: their key, their size, their files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from edition.diffusion.render_request import shape
from edition.errors import PressError
from edition.library.a1111_text import FILES
from edition.studies.batch_order import MissingPrint

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.recipe.recipe import Recipe


def todo_maker(recipe: Recipe, digest: str) -> Callable[[int, tuple[int, ...]], MissingPrint]:
    """Makes what is to do of a recipe: of a seed and the places it is in."""
    model = (recipe.model.model_dump_json(), recipe.sampling.dtype)
    form, texts = shape(recipe), (recipe.prompt.positive, recipe.prompt.negative)
    return lambda seed, places: MissingPrint(digest, seed, model, form, texts, places)


def files_named(named: dict[str, str]) -> dict[str, str]:
    """What a print's ``made_with`` says of the model's own files; nothing where there are none."""
    return {FILES: json.dumps(named, sort_keys=True)} if named else {}


def size_key(fingerprint: str, item: MissingPrint, title: str) -> str:
    """Where the size of a model's batches is kept, for one shape and one kind of device."""
    return f"batch:cells:{_short((fingerprint, item.shape))}:{title}"


def measured_key(key: str) -> str:
    """Where ``edition press measure`` keeps a size until prints are begun with it."""
    return f"measured:{key}"


def kept_size(setting: Callable[[str], str], key: str) -> int:
    """The size that prints were begun with, else the measured one; 0 where there is neither."""
    return int(setting(key) or setting(measured_key(key)) or 0)


def too_large(recipe: Recipe, title: str) -> PressError:
    """The message for a print that does not even fit alone."""
    sampling = recipe.sampling
    return PressError(
        f"One print of {sampling.width} x {sampling.height} does not fit into the memory of "
        f"{title}.",
        hint="Make it smaller, close other programs that use the device, or set "
        'dtype = "float16" in [sampling].',
    )


def _short(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]
