"""The sky: gradient, sun or moon, soft clouds, and broad beams of light."""

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix, smooth
from tools.pocket_model.palettes import Floats, shade
from tools.pocket_model.scene_params import SceneParams

COMPOSED_RADIUS, COMPOSED_HEIGHT = 0.11, 0.42
"""Of a disc in a composed scene, and how far from the top its middle lies."""


def paint_sky(canvas: DrawingCanvas, setting: SceneParams) -> Floats:
    """A fresh picture with the whole sky on it, (h, w, 3); may exceed 1 where light adds up."""
    height = np.clip(canvas.y / setting.horizon, 0, 1) ** canvas.between(0.8, 1.6)
    picture = mix(setting.top, setting.low, smooth(0, 1, height))
    if setting.rays and setting.has_sun:
        picture = rays(canvas, setting, picture, canvas.between(0.35, 0.7))
        setting.features.append("light rays")
    if setting.has_sun:
        picture = _sun(canvas, setting, picture)
    heavy = setting.dramatic or setting.atmospheric
    if canvas.adds(0.45 if heavy else 0.2):
        picture = _clouds(canvas, setting, picture)
    return picture


def rays(
    canvas: DrawingCanvas,
    setting: SceneParams,
    picture: Floats,
    strength: float,
    source: tuple[float, float] | None = None,
) -> Floats:
    """A few broad beams from the sun, or from another source (x, y), added to the picture."""
    x, y = source or (setting.sun_x, setting.sun_y)
    turn = np.arctan2(canvas.y - y, canvas.x - x)
    beams = np.cos(turn * canvas.pick((5, 6, 7, 8)) + canvas.between(0, 2 * np.pi))
    beams = smooth(-0.2, 1, beams.astype(np.float32))
    away = canvas.away(x, y)
    reach = np.exp(-away / canvas.between(0.35, 0.6)) * smooth(0.02, 0.16, away)
    made: Floats = picture + (beams * reach * strength)[..., None] * setting.lamp
    return made.astype(np.float32)


def _sun(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    kind = canvas.pick(("sun", "sun", "moon", "glow", "circle"))
    radius = canvas.between(0.09, 0.22) if setting.monumental else canvas.between(0.06, 0.13)
    if setting.composed:
        kind = _composed_light(canvas, setting)
        radius = COMPOSED_RADIUS
    away = canvas.away(setting.sun_x, setting.sun_y)
    if kind == "circle" or (kind == "sun" and canvas.chance(0.12)):
        colour = shade(canvas.between(0.125, 0.16), canvas.between(0.75, 1), 1)
        kind, setting.yellow = "circle", True
    elif kind == "moon":
        colour = setting.hue("horizon", 0.15, canvas.between(0.9, 1))
    else:
        colour = mix(setting.lamp, np.ones(3, np.float32), 0.3)
    corona = np.exp(-away / (radius * canvas.between(1.2, 2.2))) * 0.5 + np.exp(-away / 0.4) * 0.4
    strength = 1.2 if setting.transcendent else 0.8
    corona = corona * np.float32(0.6 if setting.composed else strength)  # no disc to outshine
    picture = picture + corona[..., None] * setting.lamp * (0.35 + 0.65 * setting.key)
    if setting.transcendent and canvas.adds(0.3):
        ring = np.exp(-(((away - radius * canvas.between(1.7, 2.4)) / 0.02) ** 2)) * 0.5
        picture = picture + ring[..., None] * setting.lamp
        setting.features.append("a halo")
    if kind == "glow":
        setting.features.append("glowing light")
        return picture.astype(np.float32)
    return _disc(canvas, setting, picture.astype(np.float32), (kind, radius, colour))


def _composed_light(canvas: DrawingCanvas, setting: SceneParams) -> str:
    """Mostly a glow; discs have one size and one height, so that a small model draws them round."""
    if setting.noun == "pyramid":
        return "glow"  # a disc would be hidden, or bitten into
    glow = 0.0 if setting.noun == "sea" else 0.8  # a bare sea shows nothing but its disc
    kind = canvas.weigh(("glow", "moon", "circle"), (glow, 0.11, 0.09))
    if kind != "glow":
        setting.sun_y = COMPOSED_HEIGHT
    return kind


def _disc(
    canvas: DrawingCanvas, setting: SceneParams, picture: Floats, disc: tuple[str, float, Floats]
) -> Floats:
    kind, radius, colour = disc
    mask = canvas.cover(radius - canvas.away(setting.sun_x, setting.sun_y))
    if kind == "moon" and not setting.composed and canvas.chance(0.4):
        x = setting.sun_x + radius * canvas.between(0.4, 0.8)
        mask = mask * canvas.cover(canvas.away(x, setting.sun_y - radius * 0.3) - radius)
    name = "a moon" if kind == "moon" else "a sun"
    setting.features.append(name)
    setting.spots[name] = setting.sun_x, setting.sun_y, radius
    return mix(picture, colour, mask)


def _clouds(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Long soft banks, lit from below."""
    shape = canvas.noise("bank")
    start = canvas.between(-0.2, 0.6)
    mask = smooth(start, start + canvas.between(0.8, 1.4), shape)
    mask = mask * smooth(setting.horizon, setting.horizon - 0.3, canvas.y)
    dark = setting.top * np.float32(0.6) if setting.dramatic else mix(setting.top, setting.low, 0.5)
    lit = mix(setting.bright(setting.lamp, 0.35), setting.low, canvas.between(0.1, 0.6))
    colour = mix(dark, lit, smooth(0.2, 1, canvas.y / setting.horizon))
    setting.features.append("storm clouds" if setting.dramatic else "clouds")
    return mix(picture, colour, mask * np.float32(canvas.between(0.5, 0.9)))
