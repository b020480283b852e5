"""Far away: a giant planet over a ridge, and deep space."""

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import PALETTES, Floats, shade
from edition.pocket.scenes.land import layers, peaks
from edition.pocket.scenes.sky import stars
from edition.pocket.setting import Setting


def planet(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """A planet that fills a part of the sky, perhaps ringed, over dark land."""
    radius = canvas.between(0.18, 0.42)
    x, y = canvas.between(0.25, 0.75), canvas.between(0.2, 0.5)
    away = canvas.away(x, y)
    turn = canvas.between(0, 2 * np.pi)
    lit = ((canvas.x - x) * np.cos(turn) + (canvas.y - y) * np.sin(turn)) / radius
    lit = np.clip(0.35 + 0.9 * lit, 0.03, 1) * 1.1
    bands = smooth(-1.2, 1.2, canvas.noise(canvas.pick(("streak", "cloud"))))
    hue = PALETTES[setting.palette].horizon + canvas.between(-0.08, 0.08)
    bright = shade(hue, setting.saturation * 0.8, setting.key + 0.35)
    surface = mix(setting.hue("top", 1, setting.key * 0.6), bright, bands)
    air = np.exp(-np.clip(away - radius, 0, 1) / 0.05) * 0.4
    picture = picture + air[..., None] * setting.lamp
    disc = smooth(radius + 0.003, radius - 0.003, away)
    picture = mix(picture, surface * lit.astype(np.float32)[..., None], disc)
    if canvas.chance(0.3):
        tilt = canvas.y - y + 0.35 * (canvas.x - x)
        ellipse = np.sqrt((canvas.x - x) ** 2 + (tilt * 4.5) ** 2)
        ring = np.exp(-(((ellipse - radius * 1.6) / 0.03) ** 2)) * 0.6
        ring = np.where((away < radius) & (tilt < 0), 0, ring).astype(np.float32)
        picture = mix(picture, setting.lamp, ring)
        setting.features.append("rings")
    return layers(canvas, setting, picture, peaks, spread=0.49)


def nebula(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Glowing gas, dust before it, stars, perhaps a spiral."""
    gas, more, wide = canvas.noise("cloud"), canvas.noise("cloud"), canvas.noise("soft")
    dark = setting.hue("near", 1, setting.key * 0.12)
    glow = setting.hue("top", 1, setting.key * 0.8)
    hot = setting.hue("horizon", 0.7, min(1.0, setting.key * 1.3))
    picture = mix(dark, glow, smooth(-0.6, 1.8, gas + 0.5 * wide))
    picture = mix(picture, hot, smooth(0.2, 2, more + 0.7 * wide) * 0.8)
    away = canvas.away(setting.sun_x, setting.sun_y)
    heart = np.exp(-away / canvas.between(0.08, 0.25)) * canvas.between(0.3, 1)
    picture = picture + heart[..., None] * setting.lamp
    setting.features[:] = []  # whatever the sky held is behind the gas
    setting.yellow = False
    if canvas.chance(0.4):
        squash, pitch = canvas.between(1, 2), canvas.between(3, 6)
        around = np.arctan2((canvas.y - setting.sun_y) * squash, canvas.x - setting.sun_x)
        arms = np.cos(2 * around - np.log(away + 0.02) * pitch + gas * 0.4)
        light = np.clip(arms, 0, 1) ** 2 * np.exp(-away / 0.22) * 0.7
        picture = picture + light[..., None] * setting.lamp
        setting.features.append("a spiral")
    picture = mix(picture, dark, smooth(0.3, 1.5, canvas.noise("cloud")) * 0.6)
    setting.features.append("stars")
    return picture + stars(canvas, int(canvas.between(60, 300)), 1)[..., None]
