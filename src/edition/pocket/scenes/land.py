"""Land and water: ridges in layers, dunes, cliffs, trees, and a sea that mirrors the sky."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import Floats
from edition.pocket.setting import Setting


@dataclass(frozen=True, slots=True)
class Ground:
    """How a ridge's surface looks."""

    colour: Floats
    grain: float = 0.35
    """How strongly the relief shows."""
    mist: tuple[float, float] | None = None
    """Depth over which the foot fades into haze, and how far; None for no haze."""
    snow: Floats | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One of several ridges, one before the other."""

    number: int
    count: int
    base: float
    """Height of its foot from the top."""
    rise: float
    """How tall its shapes are."""

    @property
    def depth(self) -> float:
        """0 far to 1 near."""
        return (self.number + 1) / self.count


CALM = 0.7
"""Contrast of rough ground: what is too fine for a latent only drowns the shapes in noise."""

Outline: TypeAlias = Callable[[Canvas, Setting, Layer], Floats]
Dressing: TypeAlias = Callable[[Canvas, Setting, Floats, Layer, Floats], Floats]


def relief(canvas: Canvas, setting: Setting) -> Floats:
    """Light and shade on rough ground, (h, w), -1 to 1, lit from the sun's side."""
    rough = canvas.noise("rough")
    across = 3 / 512 if setting.sun_x < 0.5 else -3 / 512
    return np.clip(canvas.relief(rough, across, 3 / 512) * CALM, -1, 1)


def ridge(
    canvas: Canvas, setting: Setting, picture: Floats, outline: Floats, ground: Ground
) -> Floats:
    """Fills everything under an outline.

    Args:
        canvas: the hand.
        setting: whose light falls on it.
        picture: (h, w, 3).
        outline: (w,), heights from the top.
        ground: what it is filled with.
    """
    shape = relief(canvas, setting)
    depth = np.clip(canvas.y - outline[None], 0, 1)
    surface = ground.colour * (1 + np.float32(ground.grain) * shape)[..., None]
    if ground.snow is not None:
        cap = smooth(0.13, 0.02, depth + 0.03 * canvas.noise("rough"))
        cap = cap * smooth(0.75, 0.35, outline)[None]
        surface = mix(surface, ground.snow * (0.82 + 0.25 * shape)[..., None], cap)
    if ground.mist is not None:
        reach, most = ground.mist
        share = np.clip(depth / reach, 0, 1) ** 0.8 * np.float32(most)
        surface = mix(surface, setting.haze, np.clip(share, 0, 1))
    return mix(picture, surface, canvas.cover(canvas.y - outline[None]))


def mist(canvas: Canvas, setting: Setting, picture: Floats, y: float, strength: float) -> Floats:
    """A bank of mist that lies at a height."""
    bank = np.exp(-(((canvas.y - y) / canvas.between(0.04, 0.12)) ** 2))
    bank = bank * np.clip(0.6 + 0.4 * canvas.noise("streak"), 0, 1.3) * np.float32(strength)
    return mix(picture, setting.haze, np.clip(bank, 0, 0.95))


def water(canvas: Canvas, setting: Setting, picture: Floats, shore: float) -> Floats:
    """Water below a height: what stands above, mirrored and broken by waves, and glitter."""
    waves = canvas.noise("wave")
    close = np.clip((canvas.y - shore) / (1 - shore + 1e-6), 0, 1)
    tall, wide = canvas.between(10, 36) / 512, canvas.between(2, 10) / 512
    mirrored_y = np.clip(2 * shore - canvas.y + waves * close * tall, 0, max(shore - 0.002, 0))
    mirror = canvas.look_up(picture, canvas.x + waves * close * wide, mirrored_y)
    mirror = mirror * np.float32(canvas.between(0.6, 0.92))
    surface = mix(mirror, setting.near * 1.6, close * np.float32(canvas.between(0.2, 0.6)))
    shine = canvas.between(0.15, 0.7)
    if setting.has_sun:
        path = np.exp(-(((canvas.x - setting.sun_x) / (0.04 + 0.12 * close)) ** 2))
        glitter = smooth(0.4, 1.8, waves + 1.1 * path - 0.4) * np.float32(shine)
        light = setting.lamp * np.float32(0.3 + 0.6 * setting.key)
        surface = surface + glitter[..., None] * light
    else:
        surface = surface + (np.clip(waves, 0, 2) * 0.05)[..., None]
    return mix(picture, surface, canvas.cover(canvas.y - shore))


def floor(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """What buildings stand on: water, or ground under a bank of mist."""
    if canvas.chance(0.35):
        setting.features.append("reflections")
        return water(canvas, setting, picture, setting.horizon)
    outline = setting.horizon + 0.015 * canvas.line(3, 6)
    soil = Ground(setting.near * np.float32(canvas.between(1, 2.2)), 0.5)
    picture = ridge(canvas, setting, picture, outline, soil)
    return mist(canvas, setting, picture, setting.horizon, setting.fog * 0.9)


def layers(
    canvas: Canvas,
    setting: Setting,
    picture: Floats,
    outline: Outline,
    dress: Dressing | None = None,
    spread: float = 0.75,
) -> Floats:
    """Ridges from far to near, each with haze at its foot and perhaps mist before it.

    Args:
        canvas: the hand.
        setting: the light.
        picture: (h, w, 3).
        outline: draws a layer's upper edge.
        dress: what stands on a layer; None for nothing.
        spread: part of the ground that the layers cover.
    """
    count = int(canvas.between(3, 6.9))
    first = setting.horizon - 0.05
    for number in range(count):
        rise = canvas.between(0.05, 0.13) if setting.monumental else canvas.between(0.02, 0.07)
        base = first + (1 - first) * (number + 1) / count * spread
        layer = Layer(number, count, base, rise)
        edge = outline(canvas, setting, layer)
        snow = None
        if setting.noun == "mountains" and canvas.chance(0.45):
            white = mix(setting.low, np.ones(3, np.float32), 0.5)
            snow = setting.bright(white, 0.25)
        haze = canvas.between(0.08, 0.3), setting.fog * (0.85 - 0.3 * layer.depth)
        grain = (0.12 if setting.noun == "dunes" else 0.4) * (0.4 + 0.6 * layer.depth)
        ground = Ground(setting.layer(layer.depth), grain, haze, snow)
        picture = ridge(canvas, setting, picture, edge, ground)
        if dress is not None:
            picture = dress(canvas, setting, picture, layer, edge)
        if setting.fog > 0.4 and canvas.chance(0.6):
            height = base + canvas.between(0, 0.08)
            picture = mist(canvas, setting, picture, height, setting.fog * 0.8)
    return picture


def _lake(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    wanted, shore = canvas.chance(0.18), canvas.between(0.78, 0.9)
    if not wanted:
        return picture
    setting.features.append("a lake")
    return water(canvas, setting, picture, shore)


def peaks(canvas: Canvas, setting: Setting, layer: Layer) -> Floats:
    """The outline of a mountain range; monumental ones have one summit above all."""
    line = canvas.line(canvas.between(1.5, 3.5), 7, 0.5, ridged=True)
    edge = layer.base - layer.rise * 1.25 * (canvas.between(0.6, 1.6) + 1.15 * line)
    return _summit(canvas, setting, layer, edge)


def _summit(canvas: Canvas, setting: Setting, layer: Layer, edge: Floats) -> Floats:
    if not setting.monumental or layer.number > layer.count // 2 or not canvas.chance(0.7):
        return edge
    away = np.abs(canvas.x[0] - canvas.between(0.2, 0.8))
    made: Floats = edge - canvas.between(0.12, 0.38) * np.exp(-away / canvas.between(0.1, 0.28))
    return made


def mountains(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Ranges behind ranges, some with snow, some above a lake."""
    return _lake(canvas, setting, layers(canvas, setting, picture, peaks))


def canyon(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Stepped cliffs on both sides of a gap."""

    def cliffs(canvas: Canvas, setting: Setting, layer: Layer) -> Floats:
        steps = canvas.line(canvas.between(3, 6), 4, 0.5)
        steps = np.round(steps * 1.6) / 1.6 + 0.12 * steps
        middle, width = canvas.between(0.35, 0.65), canvas.between(0.12, 0.3)
        gap = np.exp(-(((canvas.x[0] - middle) / width) ** 2))
        lift = 0.12 * canvas.between(0.5, 1.6) * setting.monumental
        edge = layer.base - lift - layer.rise * 2.1 * steps + gap * 0.3 * (1 - layer.depth * 0.6)
        return _summit(canvas, setting, layer, edge.astype(np.float32))

    return _lake(canvas, setting, layers(canvas, setting, picture, cliffs))


def dunes(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Long slow crests with a bright flank, and ripples in front."""

    def crests(canvas: Canvas, setting: Setting, layer: Layer) -> Floats:
        return layer.base + 0.6 * layer.rise * canvas.line(canvas.between(1, 2.4), 2, 0.35)

    def flanks(
        canvas: Canvas, setting: Setting, picture: Floats, layer: Layer, edge: Floats
    ) -> Floats:
        below = canvas.y > edge[None]
        slope = np.gradient(edge, 1 / canvas.size) * np.sign(setting.sun_x - 0.5)
        bright = smooth(-0.3, 0.3, slope)[None] * below
        bright = bright * np.exp(-np.clip(canvas.y - edge[None], 0, 1) / 0.15) * 0.6
        picture = mix(picture, setting.lit(0.25), bright.astype(np.float32))
        wind = canvas.line(3, 3)[None] * 1.3
        if layer.depth <= 0.6:
            return picture
        ripples = np.sin((canvas.y * 70 + wind + canvas.x * 9) * np.pi)
        made: Floats = (
            picture * (1 + 0.1 * layer.depth * ripples * below).astype(np.float32)[..., None]
        )
        return made

    return _lake(canvas, setting, layers(canvas, setting, picture, crests, flanks))


def forest(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Rows of fir trees, small and pale far off, large and dark in front."""

    def hills(canvas: Canvas, setting: Setting, layer: Layer) -> Floats:
        return layer.base + 0.02 * canvas.line(2, 4)

    def rows(
        canvas: Canvas, setting: Setting, picture: Floats, layer: Layer, edge: Floats
    ) -> Floats:
        size = (0.6 + 1.6 * layer.depth) * (1.35 if setting.monumental else 0.9)
        colour = setting.layer(layer.depth) * 0.85
        for _ in range(int(canvas.between(5, 16) * (1.2 - 0.5 * layer.depth))):
            x = canvas.between(-0.05, 1.05)
            foot = float(edge[int(np.clip(x, 0, 0.999) * canvas.size)]) + 0.015
            tall = canvas.between(0.1, 0.2) * size
            tint = colour * np.float32(canvas.between(0.8, 1.15))
            _tree(canvas, picture, (x, foot, tall), tint)
        return picture

    return _lake(canvas, setting, layers(canvas, setting, picture, hills, rows))


def _tree(canvas: Canvas, picture: Floats, tree: tuple[float, float, float], tint: Floats) -> None:
    """Paints one fir into the picture, in its own box only."""
    x, foot, tall = tree
    storeys = canvas.between(7, 13)
    top, bottom = (int(np.clip(v, 0, 1) * canvas.size) for v in (foot - tall, foot))
    left, right = (int(np.clip(v, 0, 1) * canvas.size) for v in (x - tall * 0.3, x + tall * 0.3))
    if bottom - top < 2 or right - left < 2:
        return
    box = slice(top, bottom), slice(left, right)
    down = (canvas.y[box] - (foot - tall)) / tall
    aside = np.abs(canvas.x[box] - x) / tall
    width = 0.23 * down * (0.55 + 0.45 * ((down * storeys) % 1)) + 0.004
    mask = np.clip((width - aside) * tall * canvas.size * 0.8 + 0.5, 0, 1)
    mask = mask * np.clip((1 - down) * 20, 0, 1)
    picture[box] = mix(picture[box], tint, mask.astype(np.float32))


def sea(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Open water to the horizon, perhaps with a far coast and a boat."""
    for number in range(int(canvas.between(0, 2.9))):
        layer = Layer(number, 3, setting.horizon - 0.01, canvas.between(0.02, 0.06))
        soil = Ground(setting.layer(layer.depth), 0.3, (0.15, setting.fog * 0.6))
        edge = peaks(canvas, setting, layer)
        picture = ridge(canvas, setting, picture, edge, soil)
    picture = water(canvas, setting, picture, setting.horizon)
    if not canvas.chance(0.4):
        return picture
    x, width = canvas.between(0.2, 0.8), canvas.between(0.02, 0.05)
    y = setting.horizon + canvas.between(0.02, 0.08)
    down, aside = canvas.y - y, np.abs(canvas.x - x)
    hull = canvas.cover(width * (1 - down / 0.014) - aside) * ((down > 0) & (down < 0.014))
    sail = canvas.cover((down + 0.07) * 0.35 - aside) * ((down < -0.003) & (down > -0.07))
    setting.features.append("a boat")
    picture = mix(picture, setting.near * 0.7, hull.astype(np.float32))
    return mix(picture, setting.near * 0.9, sail.astype(np.float32))
