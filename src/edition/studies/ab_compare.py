"""Twins: the same seed under two recipes, and what that changed. Pure: pictures in, figures out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSEEN = 1.0 / 255
"""Mean difference below which nobody sees one: a step of 8 bits."""
SEEN_AT = 16.0 / 255
"""A pixel that differs by more has changed."""
_NAMES = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)
_HEAT = np.array([[250, 249, 246], [242, 196, 120], [206, 92, 52], [88, 20, 32]], float)
"""Paper, straw, rust, wine: rising difference."""
_HEAT_FULL = 0.35
"""The difference that is drawn darkest."""


@dataclass(frozen=True, slots=True)
class ImageDifference:
    """How two pictures differ."""

    mean: float
    """Mean absolute difference over pixels and channels, 0 to 1."""
    peak: float
    """Of the pixel that differs most, 0 to 1."""
    share: float
    """Share of pixels that differ by more than ``SEEN_AT``."""
    where: str
    """The ninth of the picture that changed most, in words; ``all over`` when none stands out."""

    @property
    def unseen(self) -> bool:
        """Whether the change had no visible effect."""
        return self.mean < UNSEEN and self.share < 0.001


def difference(one: Image.Image, other: Image.Image) -> ImageDifference:
    """Measures two pictures against each other; the other is resized where they differ in size."""
    change = _change(one, other)
    ninths = np.array(
        [[part.mean() for part in np.array_split(row, 3, 1)] for row in np.array_split(change, 3)]
    )
    row, column = np.unravel_index(int(ninths.argmax()), ninths.shape)
    stands_out = ninths.max() > 1.5 * ninths.mean()
    return ImageDifference(
        mean=float(change.mean()),
        peak=float(change.max()),
        share=float((change > SEEN_AT).mean()),
        where=_NAMES[int(row)][int(column)] if stands_out else "all over",
    )


def heat(one: Image.Image, other: Image.Image) -> Image.Image:
    """Where two pictures differ: paper where they agree, darker the more they don't."""
    level = np.clip(_change(one, other) / _HEAT_FULL, 0, 1) ** 0.6 * (len(_HEAT) - 1)
    low = np.minimum(level.astype(int), len(_HEAT) - 2)
    part = (level - low)[..., None]
    colours = _HEAT[low] * (1 - part) + _HEAT[low + 1] * part
    return Image.fromarray((colours + 0.5).astype(np.uint8))


def _change(one: Image.Image, other: Image.Image) -> np.ndarray:
    """Mean absolute difference over channels, (h, w), 0 to 1."""
    if other.size != one.size:
        other = other.resize(one.size, Image.Resampling.LANCZOS)
    first, second = (np.asarray(image.convert("RGB"), np.float32) / 255 for image in (one, other))
    found: np.ndarray = np.abs(first - second).mean(2)
    return found


def verdict(field: str, found: Sequence[ImageDifference]) -> str:
    """What a change did, in one sentence.

    Args:
        field: what the twins differ in.
        found: one for each pair.
    """
    unseen = sum(item.unseen for item in found)
    name = {"negative": "The negative prompt"}.get(field, f"The change of {field}")
    if unseen == len(found):
        return f"{name} had no visible effect, at any of {len(found)} seeds."
    middle = float(np.median([item.mean for item in found]))
    text = f"{name} moved pixels by {middle:.1%} on average (median of {len(found)} pairs)"
    return f"{text}; at {unseen} of them it had no effect." if unseen else f"{text}."
