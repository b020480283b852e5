"""What people built, on ground or water: towers, a city, pyramids, an arch."""

from dataclasses import dataclass

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix, smooth
from tools.pocket_model.palettes import Floats
from tools.pocket_model.scene_params import SceneParams
from tools.pocket_model.scenes.land import floor, ridge


@dataclass(frozen=True, slots=True)
class Slab:
    """An upright block. Lengths in sides of the picture."""

    x: float
    """Of its middle."""
    top: float
    foot: float
    half_width: float
    taper: float = 0.0
    """How much narrower the top is, 0 to 1."""


def _backdrop(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    if not canvas.adds(0.4):
        return picture
    outline = setting.horizon - 0.05 - 0.05 * canvas.line(2, 4, 0.45, ridged=True)
    return ridge(canvas, setting, picture, outline, setting.layer(0.15), setting.fog)


def _slab(
    canvas: DrawingCanvas, setting: SceneParams, picture: Floats, slab: Slab, colour: Floats
) -> Floats:
    """Paints a block, its side to the sun bright, its foot in haze."""
    tall = slab.foot - slab.top + 1e-6
    width = slab.half_width * (1 - slab.taper * np.clip((slab.foot - canvas.y) / tall, 0, 1))
    aside = canvas.x - slab.x
    mask = canvas.cover(width - np.abs(aside)) * canvas.cover(canvas.y - slab.top)
    side = np.sign(setting.sun_x - slab.x + 1e-6)
    bright = smooth(-0.004, 0.004, aside * side - 0.25 * width) * np.float32(0.5 * setting.fading)
    stone = mix(colour, setting.lit(0.2, 0.5), bright)
    depth = np.clip((canvas.y - slab.top) / tall, 0, 1) ** 2
    stone = mix(stone, setting.haze, depth * np.float32(setting.fog * 0.7 * setting.fading))
    return mix(picture, stone, mask * canvas.cover(slab.foot - canvas.y))


def towers(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """One to three towers or obelisks."""
    picture = _backdrop(canvas, setting, picture)
    count = canvas.pick((1, 1, 2, 3))
    shape = canvas.pick((0.2, 0.5, 0.0, 0.9))
    for number in range(count):
        depth = (number + 1) / count
        near = 0.6 + 0.4 * depth
        big = setting.monumental
        x = 0.5 + canvas.between(-0.15, 0.15) if count == 1 else canvas.between(0.12, 0.88)
        tall = (canvas.between(0.45, 0.7) if big else canvas.between(0.28, 0.48)) * near
        width = canvas.between(0.05, 0.1) * (1.4 if big else 1) * near
        slab = Slab(x, setting.horizon - tall, setting.horizon + 0.02, width, shape)
        picture = _slab(canvas, setting, picture, slab, setting.layer(depth))
    return floor(canvas, setting, picture)


def pyramids(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """One or two pyramids, one side in the light."""
    picture = _backdrop(canvas, setting, picture)
    for _ in range(canvas.pick((1, 1, 2))):
        x = canvas.between(0.25, 0.75)
        tall = canvas.between(0.3, 0.5) * (1.2 if setting.monumental else 0.8)
        tall = min(tall, setting.horizon - 0.06)
        half = tall * canvas.between(0.65, 0.95)
        top = setting.horizon - tall
        down = np.clip((canvas.y - top) / tall, 0, 1)
        mask = canvas.cover((half * down - np.abs(canvas.x - x)) * 0.75)
        mask = mask * canvas.cover(canvas.y - top) * (canvas.y < setting.horizon + 0.01)
        edge = x + half * down * canvas.between(-0.25, 0.25)
        facing = smooth(-0.003, 0.003, (canvas.x - edge) * np.sign(setting.sun_x - x + 1e-6))
        stone = mix(setting.near * 1.3, setting.lit(0.2), facing * 0.75 * setting.fading)
        stone = mix(stone, setting.haze, down**2 * np.float32(setting.fog * 0.6 * setting.fading))
        picture = mix(picture, stone, mask.astype(np.float32))
    return floor(canvas, setting, picture)


def city(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Two rows of blocks, the far one pale, tallest in the middle."""
    picture = _backdrop(canvas, setting, picture)
    for depth in (0.35, 1.0):
        left = -0.02
        while left < 1.02:
            half = canvas.between(0.03, 0.06) * (0.8 + 0.3 * depth)
            tall = canvas.between(0.08, 0.3) * (1.5 if setting.monumental else 1.1)
            tall *= 0.6 + 0.6 * float(np.exp(-(((left - 0.5) / 0.25) ** 2)))
            top = setting.horizon - tall * (1.3 - 0.4 * depth)
            slab = Slab(left + half, top, setting.horizon + 0.02, half)
            picture = _slab(canvas, setting, picture, slab, setting.layer(depth))
            left += half * 2 * canvas.between(0.9, 1.3)
    return floor(canvas, setting, picture)


def opening(
    canvas: DrawingCanvas, x: float, foot: float, shape: tuple[float, float, float]
) -> Floats:
    """Coverage of an arched opening, (h, w).

    Args:
        canvas: whose grid.
        x: of the middle.
        foot: height of the ground from the top.
        shape: half width, height, and pointedness (0 round, above it Gothic).
    """
    half, tall, point = shape
    spring = foot - tall + half  # where the curve begins
    aside = np.abs(canvas.x - x)
    curve = np.sqrt((aside + point * half) ** 2 + (canvas.y - spring) ** 2) - half * (1 + point)
    outside = np.where(canvas.y < spring, curve, aside - half)
    return canvas.cover(-outside) * canvas.cover(foot - canvas.y)


def arch(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """A great arch or gate, perhaps with light in it."""
    picture = _backdrop(canvas, setting, picture)
    x = 0.5 if setting.composed else canvas.between(0.35, 0.65)
    tall = canvas.between(0.42, 0.62) if setting.monumental else canvas.between(0.3, 0.45)
    half = tall * canvas.between(0.28, 0.42)
    thick = half * canvas.between(0.35, 0.75)
    point = canvas.pick((0.0, 0.0, 0.3, 0.8))
    foot = setting.horizon + 0.02
    hole = opening(canvas, x, foot, (half, tall, point))
    wall = opening(canvas, x, foot - 0.01, (half + thick, tall + thick, point)) * (1 - hole)
    if canvas.adds(0.5):
        shine = np.exp(-(((canvas.y - setting.horizon + 0.3 * tall) / 0.3) ** 2))
        glow = (hole * shine * np.float32(canvas.between(0.2, 0.5)))[..., None]
        picture = (picture + glow * setting.lamp).astype(np.float32)
    side = np.sign(setting.sun_x - x + 1e-6)
    facing = smooth(-0.1, 1, (canvas.x - x) / (half + thick) * side)
    stone = mix(setting.layer(0.9), setting.lit(0.2, 0.5), facing * 0.5 * setting.fading)
    down = np.clip((canvas.y - setting.horizon + tall) / tall, 0, 1) ** 3
    stone = mix(stone, setting.haze, down * np.float32(setting.fog * 0.7 * setting.fading))
    picture = floor(canvas, setting, mix(picture, stone, wall))
    if not setting.composed:
        return picture
    near = np.clip((canvas.y - setting.horizon) / (1 - setting.horizon), 0, 1)
    spill = np.exp(-(((canvas.x - x) / (half * (0.8 + near))) ** 2)) * np.exp(-2 * near)
    spill = spill * canvas.cover(canvas.y - foot) * np.float32(0.4 * setting.key)
    return (picture + spill[..., None] * setting.low).astype(np.float32)
