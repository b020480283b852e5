"""Inside a cathedral: arches behind arches, down to the light at the end."""

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix
from tools.pocket_model.palettes import Floats
from tools.pocket_model.scene_params import SceneParams
from tools.pocket_model.scenes import sky
from tools.pocket_model.scenes.buildings import opening


def nave(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Arches in perspective over a shining floor; covers whatever was painted before."""
    x = 0.5 + canvas.between(-0.08, 0.08)
    count = canvas.pick((4, 5, 6))
    point = canvas.pick((0.0, 0.3, 0.8))
    eye = canvas.between(0.5, 0.62)
    light = setting.bright(mix(setting.lamp, setting.low, canvas.between(0, 0.5)), 0.35)
    narrowest, tallness = canvas.between(0.08, 0.14), canvas.between(1.5, 1.7)
    picture = mix(light, setting.low, np.clip(canvas.away(x, eye - 0.1) * 2, 0, 1))
    for number in range(count):
        depth = (number + 1) / count
        scale = narrowest * (0.62 / narrowest) ** depth
        half, tall = scale * 0.62, scale * tallness
        foot = eye + scale * 0.55
        far = (1 - depth) ** 1.1 * (0.55 + 0.45 * setting.fog)
        stone = mix(setting.near * 1.2, mix(setting.low, setting.haze, 0.5), far)
        rim = np.exp(-np.clip(np.abs(canvas.x - x) - half, 0, 1) / (0.12 * scale + 0.01))
        walls = stone + (rim * 0.3 * (1.1 - depth))[..., None] * light
        hole = opening(canvas, x, foot + 0.6, (half, tall + 0.6, point))
        picture = mix(picture, walls.astype(np.float32), 1 - hole)
    down = np.clip((canvas.y - eye - 0.04) / (1 - eye), 0, 1)
    mirror = np.exp(-(((canvas.x - x) / (0.06 + 0.25 * down)) ** 2)) * np.exp(-down * 1.6) * 0.6
    ground = setting.near * 1.5 + mirror[..., None] * light
    inside = canvas.cover(0.05 + down * 0.8 - np.abs(canvas.x - x)) * canvas.cover(down - 0.001)
    picture = mix(picture, ground.astype(np.float32), inside)
    # The sky behind is walled off, and what it held with it.
    setting.features[:] = []
    setting.yellow = False
    if setting.rays:
        picture = sky.rays(canvas, setting, picture, canvas.between(0.3, 0.6), (x, eye - 0.2))
        setting.features.append("light rays")
    return picture
