"""The sky: gradient, stars, aurora, sun or moon, clouds, and rays of light."""

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import PALETTES, Floats, shade
from edition.pocket.setting import NO_SKY, Setting


def paint_sky(canvas: Canvas, setting: Setting) -> Floats:
    """A fresh picture with the whole sky on it, (h, w, 3); may exceed 1 where light adds up."""
    height = np.clip(canvas.y / setting.horizon, 0, 1) ** canvas.between(0.7, 1.8)
    fade = smooth(0, 1, height)
    picture = mix(setting.top, setting.low, fade)
    open_sky = setting.noun not in NO_SKY
    night = setting.key < 0.34
    if (night or setting.transcendent) and canvas.chance(0.6) and open_sky:
        light = stars(canvas, int(canvas.between(40, 220)), setting.horizon * 0.9)
        picture = picture + (light * (1 - 0.7 * fade) * 0.9)[..., None]
        setting.features.append("stars")
    if canvas.chance(0.3 if setting.transcendent else 0.05) and open_sky:
        picture = _aurora(canvas, setting, picture)
    if setting.has_sun:
        picture = _sun(canvas, setting, picture)
    heavy = setting.dramatic or setting.atmospheric
    density = canvas.between(0.3, 1.0) if heavy else canvas.between(0, 0.6)
    if density > 0.25 and open_sky:
        picture = _clouds(canvas, setting, picture, density)
    if setting.rays and setting.has_sun:
        strength = canvas.between(0.25, 0.6) * (0.4 + 0.6 * setting.key)
        picture = rays(canvas, setting, picture, strength)
        setting.features.append("light rays")
    return picture


def stars(canvas: Canvas, count: int, lowest: float) -> Floats:
    """Points of light above a height, (h, w), 0 to 1; as large a part of the side at any size."""
    size = canvas.size
    light = np.zeros((size, size), np.float32)
    places = canvas.rng.random((count, 2))
    strengths = (canvas.rng.random(count) ** 2 * 0.8 + 0.2).astype(np.float32)
    rows = (places[:, 0] * lowest * (size - 1)).astype(int)
    columns = (places[:, 1] * (size - 1)).astype(int)
    dot = max(1, round(size / 256))
    for down in range(dot):
        for right in range(dot):
            spot = np.minimum(rows + down, size - 1), np.minimum(columns + right, size - 1)
            np.maximum.at(light, spot, strengths)
    return light


def rays(
    canvas: Canvas,
    setting: Setting,
    picture: Floats,
    strength: float,
    source: tuple[float, float] | None = None,
) -> Floats:
    """Beams that fan out from the sun, or from another source (x, y), added to the picture."""
    x, y = source or (setting.sun_x, setting.sun_y)
    turn = np.arctan2(canvas.y - y, canvas.x - x) / (2 * np.pi) + 0.5
    around = ((turn % 1) * canvas.size).astype(int) % canvas.size
    beams = canvas.line(int(canvas.between(10, 30)), 3, 0.6)
    beams = np.clip(beams * 0.5 + 0.35, 0, 1.3) ** 2
    reach = np.exp(-canvas.away(x, y) / canvas.between(0.3, 0.7))
    made: Floats = picture + (beams[around] * reach * strength)[..., None] * setting.lamp
    return made


def _aurora(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    hue = canvas.between(0.3, 0.55)
    if canvas.chance(0.4):
        hue = PALETTES[setting.palette].top + 0.3
    edge = 0.35 * setting.horizon + 0.09 * canvas.line(2, 3)[None]
    below = canvas.y - edge
    curtain = np.where(
        below < 0, np.exp(below / canvas.between(0.12, 0.25)), np.exp(-below / 0.03)
    ) * (0.55 + 0.45 * np.clip(canvas.line(14, 3)[None], -1, 1))
    setting.features.append("aurora")
    glow = curtain.astype(np.float32)[..., None] * np.float32(canvas.between(0.35, 0.7))
    made: Floats = picture + glow * shade(hue, 0.6, 0.9)
    return made


def _sun(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    kind = canvas.pick(("sun", "sun", "moon", "glow", "circle"))
    radius = canvas.between(0.04, 0.2) if setting.monumental else canvas.between(0.03, 0.09)
    away = canvas.away(setting.sun_x, setting.sun_y)
    golden = shade(canvas.between(0.125, 0.16), canvas.between(0.75, 1), 1)
    if kind == "circle" or (kind != "glow" and canvas.chance(0.12)):
        colour, kind, setting.yellow = golden, "circle", True
    elif kind == "moon":
        colour = setting.hue("horizon", 0.15, canvas.between(0.85, 1))
    else:
        warm = shade(canvas.between(0, 0.12), canvas.between(0.4, 0.9), 1)
        colour = setting.lamp if canvas.chance(0.7) else warm
    glow = canvas.between(0.5, 1.1) * (1.2 if setting.transcendent else 0.7)
    corona = np.exp(-away / (radius * canvas.between(1.2, 3) + 0.03)) * 0.7
    corona += np.exp(-away / 0.35) * 0.35
    light = (glow * corona)[..., None] * colour * (0.35 + 0.65 * setting.key)
    picture = (picture + light).astype(np.float32)
    if kind == "glow":
        setting.features.append("glowing light")
    else:
        picture = _disc(canvas, setting, picture, (kind, radius, colour))
    if setting.transcendent and canvas.chance(0.3):
        ring = np.exp(-(((away - radius * canvas.between(1.8, 3.2)) / 0.008) ** 2)) * 0.5
        picture = picture + ring[..., None] * setting.lamp
        setting.features.append("a halo")
    return picture


def _disc(
    canvas: Canvas, setting: Setting, picture: Floats, disc: tuple[str, float, Floats]
) -> Floats:
    kind, radius, colour = disc
    mask = smooth(radius + 0.004, radius - 0.004, canvas.away(setting.sun_x, setting.sun_y))
    surface = colour
    if kind == "moon":
        spots = 1 - 0.12 * np.clip(canvas.noise("cloud"), -1, 1.5)
        surface = colour * spots[..., None]
        if canvas.chance(0.4):
            x = setting.sun_x + radius * canvas.between(0.4, 0.9)
            shadow = canvas.away(x, setting.sun_y - radius * 0.3) - radius
            mask = mask * smooth(-0.004, 0.004, shadow)
    name = "a moon" if kind == "moon" else "a sun"
    setting.features.append(name)
    setting.spots[name] = setting.sun_x, setting.sun_y, radius
    return mix(picture, surface, mask * np.float32(canvas.between(0.85, 1)))


def _clouds(canvas: Canvas, setting: Setting, picture: Floats, density: float) -> Floats:
    shape = canvas.noise(canvas.pick(("streak", "streak", "cloud")))
    start = canvas.between(-0.5, 0.8) if setting.dramatic else canvas.between(0, 1)
    mask = smooth(start, start + canvas.between(0.6, 1.6), shape) * np.float32(density)
    if canvas.chance(0.4):
        mask = mask * smooth(setting.horizon + 0.1, setting.horizon - 0.3, canvas.y)
    side = 14 / 512 if setting.sun_x >= 0.5 else -14 / 512
    lit_share = np.clip(0.5 + 0.55 * canvas.relief(shape, -side, 10 / 512), 0, 1)
    if setting.dramatic:
        dark = setting.top * np.float32(canvas.between(0.2, 0.7))
    else:
        dark = mix(setting.top, setting.low, 0.5)
    lit = mix(setting.bright(setting.lamp, 0.35), setting.low, canvas.between(0.1, 0.6))
    if setting.has_sun:
        close = np.exp(-canvas.away(setting.sun_x, setting.sun_y) / 0.25) * 0.6
        lit = mix(lit, setting.lamp, close)
    setting.features.append("storm clouds" if setting.dramatic else "clouds")
    return mix(picture, mix(dark, lit, lit_share), mask * np.float32(canvas.between(0.6, 0.95)))
