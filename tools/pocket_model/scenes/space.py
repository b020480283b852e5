"""Far away: a giant planet over a ridge."""

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix, smooth
from tools.pocket_model.palettes import PALETTES, Floats, shade
from tools.pocket_model.scene_params import SceneParams
from tools.pocket_model.scenes.land import layers, peaks


def planet(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """A planet that fills a part of the sky, lit from one side, over dark land."""
    radius = canvas.between(0.2, 0.4)
    x, y = canvas.between(0.25, 0.75), canvas.between(0.2, 0.45)
    away = canvas.away(x, y)
    turn = canvas.between(0, 2 * np.pi)
    lit = ((canvas.x - x) * np.cos(turn) + (canvas.y - y) * np.sin(turn)) / radius
    lit = np.clip(0.4 + 0.8 * lit, 0.05, 1) * 1.1
    bands = smooth(-1, 1, canvas.noise("bank"))
    hue = PALETTES[setting.palette].horizon + canvas.between(-0.08, 0.08)
    bright = shade(hue, setting.saturation * 0.8, setting.key + 0.35)
    surface = mix(setting.hue("top", 1, setting.key * 0.7), bright, bands)
    air = np.exp(-np.clip(away - radius, 0, 1) / 0.06) * 0.4
    picture = picture + air[..., None] * setting.lamp
    disc = canvas.cover(radius - away)
    picture = mix(picture, surface * lit.astype(np.float32)[..., None], disc)
    return layers(canvas, setting, picture, peaks, spread=0.5)
