"""Inside a cathedral: arches behind arches, down to the light at the end."""

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import Floats
from edition.pocket.scenes import sky
from edition.pocket.scenes.buildings import opening
from edition.pocket.scenes.land import relief
from edition.pocket.setting import Setting


def nave(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Arches in perspective over a shining floor; covers whatever was painted before."""
    x = 0.5 + canvas.between(-0.08, 0.08)
    count = int(canvas.between(4, 9))
    point = canvas.pick((0.0, 0.3, 0.8))
    eye = canvas.between(0.5, 0.62)
    light = setting.bright(mix(setting.lamp, setting.low, canvas.between(0, 0.5)), 0.35)
    narrowest = canvas.between(0.05, 0.1)
    picture = mix(light, setting.low, np.clip(canvas.away(x, eye - 0.1) * 2, 0, 1))
    for number in range(count):
        depth = (number + 1) / count
        scale = narrowest * (0.62 / narrowest) ** depth
        half, tall = scale * 0.62, scale * canvas.between(1.5, 1.7)
        foot = eye + scale * 0.55
        wall = mix(
            setting.near * 1.2,
            mix(setting.low, setting.haze, 0.5),
            (1 - depth) ** 1.2 * (0.5 + 0.5 * setting.fog),
        )
        stone = wall * (1 + 0.35 * relief(canvas, setting))[..., None]
        rim = np.exp(-np.clip(np.abs(canvas.x - x) - half, 0, 1) / (0.06 * scale + 0.01))
        stone = stone + (rim * 0.35 * (1.1 - depth))[..., None] * light
        hole = opening(canvas, x, foot + 0.6, (half, tall + 0.6, point))
        picture = mix(picture, stone, 1 - hole)
    down = np.clip((canvas.y - eye - 0.04) / (1 - eye), 0, 1)
    mirror = np.exp(-(((canvas.x - x) / (0.05 + 0.25 * down)) ** 2))
    mirror = mirror * (0.5 + 0.25 * canvas.noise("streak")) * np.exp(-down * 1.6) * 0.8
    ground = setting.near * 1.5 + mirror[..., None] * light
    inside = np.abs(canvas.x - x) < 0.05 + down * 0.8
    picture = mix(picture, ground, smooth(0, 0.02, down) * inside)
    if setting.rays:
        picture = sky.rays(canvas, setting, picture, canvas.between(0.2, 0.5), (x, eye - 0.2))
        if "light rays" not in setting.features:
            setting.features.append("light rays")
    # The sky behind is walled off, and what it held with it.
    kept = ("light rays",)
    setting.features[:] = [f for f in setting.features if f in kept and setting.rays]
    setting.yellow = False
    return picture
