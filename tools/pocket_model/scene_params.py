"""What a scene is going to be: subject, mood, light and colours, before a stroke is painted."""

from dataclasses import dataclass, field

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix
from tools.pocket_model.palettes import (
    COMPOSED_SHARES,
    FOUR,
    FOUR_SHARES,
    NOUN_SHARES,
    NOUNS,
    PALETTES,
    STYLE_SHARES,
    STYLES,
    Floats,
    shade,
)

MOODS = (*FOUR, "serene", "luminous", "dark", "vivid", "muted")
MOOD_SHARES = (0.14, 0.16, 0.15, 0.14, 0.13, 0.08, 0.08, 0.06, 0.06)


@dataclass(slots=True)
class SceneParams:
    """Everything the brushes agree on. Colours are (3,) RGB, 0 to 1; lengths are sides."""

    noun: str
    style: str
    palette: str
    moods: frozenset[str]
    four: bool
    """Whether the scene was meant for the four adjectives."""
    composed: bool
    """Whether it shows all four of them: one bold thing before one light, drawn calmly."""
    key: float
    """How bright the light is, 0 to 1."""
    saturation: float
    fog: float
    horizon: float
    """Height of the horizon from the top."""
    sun_x: float
    sun_y: float
    top: Floats
    low: Floats
    """The sky at the horizon."""
    near: Floats
    """What stands close, usually dark."""
    haze: Floats
    lamp: Floats
    """The light itself."""
    has_sun: bool = False
    rays: bool = False
    yellow: bool = False
    """A yellow circle is in the picture."""
    features: list[str] = field(default_factory=list)
    spots: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """Where a feature stands that something may hide: x, y and radius."""

    @property
    def fading(self) -> float:
        """How far lit sides and hazy feet of buildings go over into the sky, 0 to 1."""
        return 0.3 if self.composed else 1.0

    @property
    def monumental(self) -> bool:
        """Large shapes, a low horizon, perhaps a small figure."""
        return "monumental" in self.moods

    @property
    def dramatic(self) -> bool:
        """Dark overhead, strong contrast, heavy clouds."""
        return "dramatic" in self.moods

    @property
    def atmospheric(self) -> bool:
        """Fog and mist between the layers."""
        return "atmospheric" in self.moods

    @property
    def transcendent(self) -> bool:
        """Rays, halos, stars, aurora."""
        return "transcendent" in self.moods

    @property
    def serene(self) -> bool:
        """Light, pale and quiet."""
        return "serene" in self.moods

    def hue(self, part: str, saturation: float = 1.0, value: float = 1.0) -> Floats:
        """A colour at one of the palette's hues.

        Args:
            part: ``top``, ``horizon`` or ``near``.
            saturation: times the setting's own.
            value: brightness, 0 to 1.
        """
        return shade(getattr(PALETTES[self.palette], part), self.saturation * saturation, value)

    def bright(self, colour: Floats, more: float) -> Floats:
        """A colour under this setting's light."""
        return colour * np.float32(min(1.0, self.key + more))

    def layer(self, depth: float) -> Floats:
        """Colour of something at a depth, 0 far to 1 near: far things take the haze's."""
        return mix(
            self.near * 1.3,
            mix(self.haze, self.low, 0.3),
            min(1.0, (1 - depth) * (0.35 + 0.6 * self.fog)),
        )

    def lit(self, more: float, lamp: float = 0.4) -> Floats:
        """The colour of a side that faces the light."""
        return self.bright(mix(self.low, self.lamp, lamp), more)


def choose(canvas: DrawingCanvas, style: str | None = None) -> SceneParams:
    """Draws a setting.

    Args:
        canvas: whose hand decides.
        style: a key of STYLES to use in place of the drawn one; all else stays as it was.
    """
    palette = canvas.pick(list(PALETTES))
    four = canvas.chance(0.45)
    mood = canvas.weigh(MOODS, MOOD_SHARES)
    moods = {word for word in FOUR if four and canvas.chance(0.93)}
    if not four or mood not in FOUR:
        moods.add(mood)
    for word in FOUR:
        if word not in moods and canvas.chance(0.15) and mood != "serene":
            moods.add(word)
    composed = four and moods >= set(FOUR)
    key, saturation, fog = _light(canvas, moods, PALETTES[palette].saturation)
    if composed:
        saturation *= 1.2  # the model draws paler than what it learned from
    horizon = canvas.between(0.5, 0.8)
    if "monumental" in moods and canvas.chance(0.5):
        horizon = canvas.between(0.68, 0.86)
    sun_x, sun_y = canvas.between(0.15, 0.85), canvas.between(0.12, horizon - 0.04)
    if "transcendent" in moods and canvas.chance(0.5):
        sun_x = canvas.between(0.42, 0.58)
    noun = canvas.weigh(list(NOUNS), COMPOSED_SHARES if composed else NOUN_SHARES)
    drawn = canvas.weigh(list(STYLES), FOUR_SHARES if four else STYLE_SHARES)
    top, low, near, haze, lamp = _colours(
        canvas, palette, key, saturation, dramatic="dramatic" in moods, composed=composed
    )
    setting = SceneParams(
        noun, style or drawn, palette, frozenset(moods), four, composed, key, saturation, fog,
        horizon, sun_x, sun_y, top, low, near, haze, lamp,
    )  # fmt: skip
    setting.has_sun = canvas.chance(0.85 if setting.transcendent else 0.6) and noun != "planet"
    setting.rays = setting.transcendent and canvas.chance(0.7)
    if composed:
        _compose(canvas, setting)
    return setting


def _compose(canvas: DrawingCanvas, setting: SceneParams) -> None:
    """Puts the light in the middle, behind the thing; the hand is calm from here.

    Beams stand behind closed outlines alone: in an opening they cut it up.
    """
    setting.horizon = canvas.between(0.68, 0.8)
    setting.has_sun = True
    setting.rays = setting.rays and setting.noun in ("mountains", "forest", "pyramid")
    setting.sun_x = 0.5
    setting.sun_y = setting.horizon - canvas.between(0.22, 0.36)
    canvas.calm = True


def _light(canvas: DrawingCanvas, moods: set[str], saturation: float) -> tuple[float, float, float]:
    dramatic = "dramatic" in moods
    key = canvas.between(0.45, 0.8) if dramatic else canvas.between(0.55, 0.9)
    if "dark" in moods or canvas.chance(0.08):
        key = canvas.between(0.2, 0.34)
    if {"luminous", "serene"} & moods:
        key = max(key, canvas.between(0.75, 0.98))
    if "vivid" in moods:
        saturation = min(1.0, saturation * 1.4 + 0.1)
    if "muted" in moods:
        saturation *= 0.4
    saturation *= canvas.between(0.9, 1.3)
    fog = canvas.between(0.55, 1.0) if "atmospheric" in moods else canvas.between(0.1, 0.5)
    if "serene" in moods:
        fog = canvas.between(0.3, 0.8)
        saturation *= 0.8
    return key, saturation, fog


def _colours(
    canvas: DrawingCanvas,
    palette: str,
    key: float,
    saturation: float,
    *,
    dramatic: bool,
    composed: bool,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    hues = PALETTES[palette]
    turn = canvas.between(-0.02, 0.02)
    overhead = canvas.between(0.3, 0.6) if dramatic else canvas.between(0.6, 0.95)
    top = shade(hues.top + turn, saturation * canvas.between(1, 1.25), key * overhead)
    low = shade(
        hues.horizon + turn,
        saturation * canvas.between(0.5, 0.9),
        min(1.0, key * canvas.between(1.15, 1.5)),
    )
    near = shade(
        hues.near + turn,
        saturation * canvas.between(0.8, 1.2),
        key * (canvas.between(0.16, 0.32) if composed else canvas.between(0.08, 0.24)),
    )
    haze = mix(low, np.full(3, low.mean(), np.float32), canvas.between(0, 0.2))
    lamp = shade(hues.horizon + turn, saturation * canvas.between(0.15, 0.55), 1)
    return top, low, near, haze, lamp
