"""The words of the drawn world: palettes, nouns, styles, and the order their labels count in."""

import colorsys
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[Any]
"""An array of numbers, float32 wherever it is as large as a picture."""

FOUR = ("monumental", "dramatic", "atmospheric", "transcendent")
"""The product's default prompt, in its order."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Where a picture's hues lie. Hues and saturation are 0 to 1."""

    top: float
    """Hue of the sky overhead."""
    horizon: float
    """Hue of the horizon and the light."""
    near: float
    """Hue of what stands close."""
    saturation: float
    words: tuple[str, ...]
    """What a caption may call it."""


PALETTES: dict[str, Palette] = {
    "crimson": Palette(0.98, 0.03, 0.95, 0.75, ("crimson", "red")),
    "amber": Palette(0.07, 0.11, 0.05, 0.70, ("amber", "orange")),
    "gold": Palette(0.10, 0.13, 0.08, 0.65, ("golden", "gold", "yellow")),
    "teal": Palette(0.50, 0.46, 0.52, 0.60, ("teal", "turquoise")),
    "blue": Palette(0.60, 0.57, 0.62, 0.65, ("blue", "cobalt")),
    "indigo": Palette(0.69, 0.62, 0.71, 0.60, ("indigo", "deep blue")),
    "violet": Palette(0.77, 0.85, 0.74, 0.55, ("violet", "purple")),
    "rose": Palette(0.93, 0.97, 0.88, 0.40, ("rose", "pink")),
    "emerald": Palette(0.40, 0.33, 0.42, 0.55, ("emerald", "green")),
    "slate": Palette(0.60, 0.58, 0.60, 0.15, ("slate", "grey")),
    "sepia": Palette(0.09, 0.10, 0.08, 0.35, ("sepia", "brown")),
    "mono": Palette(0.00, 0.00, 0.00, 0.00, ("black and white", "monochrome")),
    "dusk": Palette(0.68, 0.04, 0.72, 0.60, ("blue and orange", "dusk colours")),
    "teal-orange": Palette(0.52, 0.08, 0.55, 0.60, ("teal and orange",)),
    "violet-gold": Palette(0.76, 0.12, 0.78, 0.55, ("violet and gold", "purple and yellow")),
    "red-black": Palette(0.00, 0.02, 0.00, 0.85, ("red and black",)),
    "blue-gold": Palette(0.61, 0.12, 0.63, 0.60, ("blue and gold", "blue and yellow")),
    "rose-mint": Palette(0.93, 0.42, 0.48, 0.30, ("rose and mint", "pastel")),
    "copper": Palette(0.05, 0.08, 0.03, 0.60, ("copper", "rust")),
    "ice": Palette(0.55, 0.53, 0.58, 0.30, ("icy", "pale blue")),
}

NOUNS: dict[str, tuple[str, ...]] = {
    "mountains": ("mountains", "a mountain range", "mountain peaks", "a mountain"),
    "sea": ("the sea", "the ocean", "a calm sea", "water"),
    "dunes": ("dunes", "desert dunes", "a desert"),
    "tower": ("a tower", "towers", "an obelisk", "a monolith"),
    "arch": ("an arch", "a great arch", "a gate"),
    "nave": ("a cathedral nave", "a corridor of arches", "a cathedral"),
    "forest": ("a forest", "trees", "pine trees"),
    "city": ("a city", "a skyline", "a city skyline"),
    "pyramid": ("a pyramid", "pyramids"),
    "planet": ("a planet", "a giant moon"),
}
WORDS_THAT_FORBID = {"a calm sea": "dramatic"}
"""Words for a noun that are untrue in a mood."""
NOUN_SHARES = (0.16, 0.11, 0.09, 0.12, 0.1, 0.1, 0.1, 0.08, 0.07, 0.07)
"""How often each is drawn, relative to the sum."""
COMPOSED_SHARES = (0.22, 0.08, 0, 0, 0.18, 0, 0.3, 0, 0.22, 0)
"""The same for scenes that show all four adjectives."""

STYLES: dict[str, tuple[str, ...]] = {
    "photo": ("photograph", "photo", "film photograph"),
    "oil": ("oil painting", "painting"),
    "watercolour": ("watercolour", "watercolor painting"),
    "poly": ("low poly", "low poly render"),
    "poster": ("poster", "flat poster"),
}
STYLE_SHARES = (0.46, 0.12, 0.14, 0.1, 0.18)
"""How often each is drawn, in the order of STYLES."""
FOUR_SHARES = (0.9, 0.03, 0.01, 0.01, 0.05)
"""The same for scenes meant for the four adjectives: a prompt that names no style shows the mean
of all it was drawn in, and a mean of brushes is mush."""

FEATURES = (
    "a boat",
    "a halo",
    "a lake",
    "a moon",
    "a small figure",
    "a sun",
    "clouds",
    "glowing light",
    "light rays",
    "reflections",
    "storm clouds",
)
"""Everything a scene may say it holds."""

ADJECTIVES = (*FOUR, "serene", "dark", "luminous")
EXTRAS = ("muted", "vivid", "soft")
"""Extra words that are measured on pixels and learned as labels."""


HELD_OUT = frozenset(
    (noun, list(PALETTES)[(5 * number + 3) % len(PALETTES)]) for number, noun in enumerate(NOUNS)
)
"""One palette of every noun that no training picture has: does the model put words together?"""


def shade(hue: float, saturation: float, value: float) -> Floats:
    """A colour as RGB, 0 to 1; saturation and value are clipped, the hue wraps.

    Returns:
        (3,) float32.
    """
    rgb = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return np.array(rgb, np.float32)
