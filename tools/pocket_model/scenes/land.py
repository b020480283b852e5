"""Land and water: clean ridges in layers, dunes, fir trees, and a sea that mirrors the sky."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix, smooth
from tools.pocket_model.palettes import Floats
from tools.pocket_model.scene_params import SceneParams


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


Outline: TypeAlias = Callable[[DrawingCanvas, SceneParams, Layer], Floats]
Dressing: TypeAlias = Callable[[DrawingCanvas, SceneParams, Floats, Layer, Floats], Floats]


def ridge(
    canvas: DrawingCanvas,
    setting: SceneParams,
    picture: Floats,
    outline: Floats,
    colour: Floats,
    mist: float,
) -> Floats:
    """Fills everything under an outline.

    Args:
        canvas: the hand.
        setting: whose haze it takes.
        picture: (h, w, 3).
        outline: (w,), heights from the top.
        colour: (3,), at its upper edge.
        mist: how far its foot fades into haze, 0 to 1.
    """
    # composed, the mist lies level; elsewhere it follows the outline down
    top = outline.mean() if setting.composed else outline[None]
    down = smooth(0.02, 0.3, canvas.y - top) * np.float32(mist)
    return mix(picture, mix(colour, setting.haze, down), canvas.cover(canvas.y - outline[None]))


def water(canvas: DrawingCanvas, setting: SceneParams, picture: Floats, shore: float) -> Floats:
    """Water below a height: what stands above, mirrored, darker, and the light's path on it."""
    close = np.clip((canvas.y - shore) / (1 - shore + 1e-6), 0, 1)
    mirror = canvas.look_up(picture, canvas.x, np.clip(2 * shore - canvas.y, 0, shore - 0.002))
    deep = mix(setting.near * 1.6, setting.top, 0.35)
    surface = mix(mirror, deep, 0.25 + close * np.float32(canvas.between(0.2, 0.5)))
    waves = canvas.noise("wave")
    bands = np.zeros_like(waves) if setting.composed else smooth(0.2, 1.6, waves)  # still water
    if setting.has_sun:
        path = np.exp(-(((canvas.x - setting.sun_x) / (0.05 + 0.1 * close)) ** 2))
        light = setting.lamp * np.float32(0.3 + 0.6 * setting.key)
        surface = surface + (path * (0.25 + 0.5 * bands))[..., None] * light
    else:
        surface = surface + (bands * 0.06)[..., None] * setting.low
    return mix(picture, surface.astype(np.float32), canvas.cover(canvas.y - shore))


def floor(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """What buildings stand on: water, or a dark rise of ground."""
    if canvas.adds(0.35):
        setting.features.append("reflections")
        return water(canvas, setting, picture, setting.horizon)
    outline = setting.horizon + (0.004 if setting.composed else 0.012) * canvas.line(2, 3)
    soil = setting.near * np.float32(canvas.between(0.9, 1.6))
    lit = smooth(0.25, 0, canvas.y - outline[None]) * np.float32(0.1 + 0.3 * setting.fog)
    return mix(picture, mix(soil, setting.haze, lit), canvas.cover(canvas.y - outline[None]))


def layers(
    canvas: DrawingCanvas,
    setting: SceneParams,
    picture: Floats,
    outline: Outline,
    dress: Dressing | None = None,
    spread: float = 0.75,
) -> Floats:
    """Ridges from far to near, each with haze at its foot.

    Args:
        canvas: the hand.
        setting: the light.
        picture: (h, w, 3).
        outline: draws a layer's upper edge.
        dress: what stands on a layer; None for nothing.
        spread: part of the ground that the layers cover.
    """
    count = canvas.pick((3, 3, 4, 5))
    first = setting.horizon - 0.05
    for number in range(count):
        rise = canvas.between(0.06, 0.12) if setting.monumental else canvas.between(0.03, 0.07)
        base = first + (1 - first) * (number + 1) / count * spread
        layer = Layer(number, count, base, rise)
        edge = outline(canvas, setting, layer)
        mist = (0.25 + 0.65 * setting.fog) * (1 - 0.55 * layer.depth)
        picture = ridge(canvas, setting, picture, edge, setting.layer(layer.depth), mist)
        if dress is not None:
            picture = dress(canvas, setting, picture, layer, edge)
    return picture


def _lake(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    wanted, shore = canvas.adds(0.2), canvas.between(0.76, 0.86)
    if not wanted:
        return picture
    setting.features.append("a lake")
    return water(canvas, setting, picture, shore)


def peaks(canvas: DrawingCanvas, setting: SceneParams, layer: Layer) -> Floats:
    """The outline of a mountain range; monumental ones have one summit above all."""
    line = canvas.line(canvas.between(1.5, 3.5), 2 if setting.composed else 4, 0.45, ridged=True)
    edge = layer.base - layer.rise * 1.3 * (canvas.between(0.6, 1.6) + 1.15 * line)
    if not setting.monumental or layer.number > layer.count // 2 or not canvas.chance(0.7):
        return edge
    away = np.abs(canvas.x[0] - canvas.between(0.2, 0.8))
    high = canvas.between(0.15, 0.36) * np.clip(1 - away / canvas.between(0.2, 0.4), 0, 1)
    made: Floats = (edge - high).astype(np.float32)
    return made


def mountains(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Ranges behind ranges, some above a lake."""
    return _lake(canvas, setting, layers(canvas, setting, picture, peaks))


def dunes(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Long slow crests, one flank of each in the light."""

    def crests(canvas: DrawingCanvas, setting: SceneParams, layer: Layer) -> Floats:
        return layer.base + 0.8 * layer.rise * canvas.line(canvas.between(1, 2), 2, 0.3)

    def flanks(
        canvas: DrawingCanvas, setting: SceneParams, picture: Floats, layer: Layer, edge: Floats
    ) -> Floats:
        below = canvas.cover(canvas.y - edge[None])
        crease = canvas.line(1.5, 2, 0.4)[None] * 0.25 + canvas.between(0.2, 0.8)
        lean = (canvas.y - edge[None]) * canvas.between(0.8, 1.6)
        side = canvas.x - crease - lean if setting.sun_x > 0.5 else crease - lean - canvas.x
        lit = smooth(-0.01, 0.25, side) * below * np.float32(0.55 + 0.2 * layer.depth)
        return mix(picture, setting.lit(0.15), lit)

    return layers(canvas, setting, picture, crests, flanks)


def forest(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Rows of fir trees, small and pale far off, large and dark in front."""

    def hills(canvas: DrawingCanvas, setting: SceneParams, layer: Layer) -> Floats:
        return layer.base + 0.02 * canvas.line(2, 3)

    def rows(
        canvas: DrawingCanvas, setting: SceneParams, picture: Floats, layer: Layer, edge: Floats
    ) -> Floats:
        size = (0.7 + 1.6 * layer.depth) * (1.4 if setting.monumental else 1.0)
        colour = setting.layer(layer.depth) * np.float32(0.9)
        for _ in range(int(canvas.between(7, 15) * (1.2 - 0.6 * layer.depth))):
            x = canvas.anywhere(-0.05, 1.05)
            foot = float(edge[int(np.clip(x, 0, 0.999) * canvas.size)]) + 0.02
            _tree(canvas, picture, (x, foot, canvas.anywhere(0.12, 0.22) * size), colour)
        return picture

    return _lake(canvas, setting, layers(canvas, setting, picture, hills, rows))


def _tree(
    canvas: DrawingCanvas, picture: Floats, tree: tuple[float, float, float], tint: Floats
) -> None:
    """Paints one fir into the picture, in its own box only."""
    x, foot, tall = tree
    storeys = canvas.between(4, 7)
    top, bottom = (int(np.clip(v, 0, 1) * canvas.size) for v in (foot - tall, foot))
    left, right = (int(np.clip(v, 0, 1) * canvas.size) for v in (x - tall * 0.3, x + tall * 0.3))
    if bottom - top < 2 or right - left < 2:
        return
    box = slice(top, bottom), slice(left, right)
    down = (canvas.y[box] - (foot - tall)) / tall
    aside = np.abs(canvas.x[box] - x) / tall
    width = 0.24 * down * (0.6 + 0.4 * ((down * storeys) % 1)) + 0.004
    mask = np.clip((width - aside) * tall * canvas.size * 0.8 + 0.5, 0, 1)
    picture[box] = mix(picture[box], tint, mask.astype(np.float32))


def sea(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Open water to the horizon, perhaps with a far coast and a boat."""
    for number in range(0 if setting.composed else int(canvas.between(0, 2.4))):
        layer = Layer(number, 3, setting.horizon - 0.01, canvas.between(0.03, 0.06))
        edge = peaks(canvas, setting, layer)
        picture = ridge(canvas, setting, picture, edge, setting.layer(layer.depth), setting.fog)
    picture = water(canvas, setting, picture, setting.horizon)
    if not canvas.adds(0.4):
        return picture
    x, tall = canvas.between(0.2, 0.8), canvas.between(0.12, 0.22)
    y = setting.horizon + canvas.between(0.03, 0.1)
    down, aside = canvas.y - y, canvas.x - x
    hull = canvas.cover(tall * 0.42 - 0.9 * np.clip(down, 0, 1) - np.abs(aside))
    hull = hull * canvas.cover(down) * canvas.cover(tall * 0.13 - down)
    sail = canvas.cover((down + tall) * 0.45 - np.abs(aside)) * canvas.cover(-0.008 - down)
    setting.features.append("a boat")
    return mix(picture, setting.near * 0.8, np.clip(hull + sail, 0, 1))
