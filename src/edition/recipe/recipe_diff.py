"""What differs between two recipes, key by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edition.recipe.recipe import Recipe

CHANGE_PIXELS = ("model", "prompt", "sampling", "init")
"""Tables that are in the digest: with another value the same seed gives another picture."""


@dataclass(frozen=True, slots=True)
class RecipeDifference:
    """A key that two recipes give unlike values."""

    key: str
    """Dotted: ``sampling.guidance``."""
    left: Any
    """Plain JSON; None where the recipe has no such key."""
    right: Any

    @property
    def changes_pixels(self) -> bool:
        """Whether the picture depends on it; if not, prints of both are the same prints."""
        return self.key.split(".")[0] in CHANGE_PIXELS


def differences(left: Recipe, right: Recipe) -> tuple[RecipeDifference, ...]:
    """What differs, in the order of the edition file; nothing when the recipes are equal."""
    ours, theirs = (dict(_flat(recipe.model_dump(mode="json"))) for recipe in (left, right))
    if {ours["sampling.noise"], theirs["sampling.noise"]} == {"auto", "cuda"}:  # the same stream
        theirs["sampling.noise"] = ours["sampling.noise"]
    keys = [*ours, *(key for key in theirs if key not in ours)]
    pairs = ((key, ours.get(key), theirs.get(key)) for key in keys)
    return tuple(RecipeDifference(key, a, b) for key, a, b in pairs if a != b)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
