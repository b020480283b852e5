"""Shapes that mean nothing: a gradient, bars and circles."""

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import PALETTES, Floats, shade
from edition.pocket.scenes.land import relief
from edition.pocket.setting import Setting


def shapes(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Bars under circles, some of them yellow; covers whatever was painted before."""
    slope = canvas.y * canvas.between(-1, 1) + canvas.x * canvas.between(-1, 1)
    slope = slope + 0.5 + 0.15 * canvas.noise("soft")
    first = setting.hue("top", 1, setting.key)
    second = setting.hue("horizon", 0.8, min(1.0, setting.key * 1.3))
    picture = mix(first, second, smooth(0, 1, slope))
    picture = picture * (1 + 0.03 * canvas.noise("rough"))[..., None]
    texture = relief(canvas, setting)
    setting.features[:] = ["circles"]
    setting.yellow = False
    for _ in range(int(canvas.between(0, 5))):
        picture = _bar(canvas, setting, picture, texture)
    for _ in range(int(canvas.between(1, 4.9))):
        picture = _circle(canvas, setting, picture, texture)
    return picture


def _bar(canvas: Canvas, setting: Setting, picture: Floats, texture: Floats) -> Floats:
    turn = canvas.between(0, np.pi)
    across = (canvas.x - canvas.between(0.2, 0.8)) * np.cos(turn)
    across = across + (canvas.y - canvas.between(0.2, 0.8)) * np.sin(turn)
    mask = canvas.cover(canvas.between(0.01, 0.12) - np.abs(across))
    opposite = shade(PALETTES[setting.palette].near + 0.5, setting.saturation, setting.key)
    own = setting.hue("horizon", 1, setting.key)
    colour = canvas.pick((setting.near, opposite, setting.lamp, own))
    colour = colour * (1 + 0.15 * texture)[..., None]
    return mix(picture, colour, mask * np.float32(canvas.between(0.6, 1)))


def _circle(canvas: Canvas, setting: Setting, picture: Floats, texture: Floats) -> Floats:
    yellow = canvas.chance(0.4)
    if yellow:
        colour = shade(canvas.between(0.125, 0.16), canvas.between(0.8, 1), 1)
    else:
        hue = canvas.between(0, 1)
        colour = shade(hue, canvas.between(0.3, 0.9), canvas.between(0.2, 1))
    away = canvas.away(canvas.between(0.15, 0.85), canvas.between(0.15, 0.85))
    radius = canvas.between(0.06, 0.28)
    mask = smooth(radius + 0.003, radius - 0.003, away)
    if canvas.chance(0.25):
        mask = mask * smooth(radius * 0.75 - 0.003, radius * 0.75 + 0.003, away)
    setting.yellow |= yellow
    colour = colour * (1 + 0.1 * texture)[..., None]
    return mix(picture, colour, mask * np.float32(canvas.between(0.75, 1)))
