"""What people built, on ground or water: towers, a city, pyramids, columns, an arch."""

from dataclasses import dataclass

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import Floats
from edition.pocket.scenes.land import Ground, floor, relief, ridge
from edition.pocket.setting import Setting


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


def _backdrop(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    if not canvas.chance(0.5):
        return picture
    outline = setting.horizon - 0.06 - 0.06 * canvas.line(2, 6, 0.5, ridged=True)
    far = Ground(setting.layer(0.15), 0.3, (0.12, setting.fog))
    return ridge(canvas, setting, picture, outline, far)


def _slab(canvas: Canvas, setting: Setting, picture: Floats, slab: Slab, colour: Floats) -> Floats:
    """Paints a block, bright on the side of the sun, its foot in haze."""
    tall = slab.foot - slab.top + 1e-6
    width = slab.half_width * (1 - slab.taper * np.clip((slab.foot - canvas.y) / tall, 0, 1))
    aside = canvas.x - slab.x
    mask = canvas.cover(width - np.abs(aside)) * canvas.cover(canvas.y - slab.top)
    mask = mask * canvas.cover(slab.foot - canvas.y)
    side = np.sign(setting.sun_x - slab.x + 1e-6)
    bright = np.clip(0.5 + 0.5 * aside / np.maximum(width, 1e-3) * side, 0, 1) ** 2
    stone = colour * (1 + 0.25 * relief(canvas, setting))[..., None]
    stone = mix(stone, setting.lit(0.2, 0.5), bright.astype(np.float32) * 0.55)
    depth = np.clip((canvas.y - slab.top) / tall, 0, 1) ** 2
    stone = mix(stone, setting.haze, depth * np.float32(setting.fog * 0.8))
    return mix(picture, stone, mask)


def towers(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """One to five towers or obelisks."""
    picture = _backdrop(canvas, setting, picture)
    count = canvas.pick((1, 1, 2, 3, 5))
    for number in range(count):
        depth = (number + 1) / count
        near = 0.5 + 0.5 * depth
        big = setting.monumental
        x = 0.5 + canvas.between(-0.12, 0.12) if count == 1 else canvas.between(0.08, 0.92)
        tall = (canvas.between(0.4, 0.7) if big else canvas.between(0.2, 0.42)) * near
        width = canvas.between(0.025, 0.09) * (1.5 if big else 1) * near
        slab = Slab(
            x, setting.horizon - tall, setting.horizon + 0.02, width,
            canvas.pick((0.0, 0.2, 0.5, 0.9)),
        )  # fmt: skip
        picture = _slab(canvas, setting, picture, slab, setting.layer(depth))
    return floor(canvas, setting, picture)


def pyramids(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """One to three pyramids, in courses of stone."""
    picture = _backdrop(canvas, setting, picture)
    for _ in range(canvas.pick((1, 1, 2, 3))):
        x = canvas.between(0.25, 0.75)
        tall = canvas.between(0.2, 0.5) * (1.25 if setting.monumental else 0.8)
        tall = min(tall, setting.horizon - 0.05)
        half = tall * canvas.between(0.6, 0.95)
        top = setting.horizon - tall
        down = np.clip((canvas.y - top) / tall, 0, 1)
        mask = canvas.cover(half * down - np.abs(canvas.x - x))
        mask = mask * ((canvas.y < setting.horizon + 0.01) & (canvas.y > top))
        edge = x + half * down * canvas.between(-0.2, 0.2)
        facing = smooth(-0.003, 0.003, (canvas.x - edge) * np.sign(setting.sun_x - x + 1e-6))
        courses = 0.94 + 0.06 * np.sign(np.sin(down * 60))
        texture = courses * (1 + 0.15 * relief(canvas, setting))
        stone = mix(setting.near * 1.4, setting.lit(0.2), facing * 0.75)
        stone = stone * texture.astype(np.float32)[..., None]
        stone = mix(stone, setting.haze, down**2 * np.float32(setting.fog * 0.7))
        picture = mix(picture, stone, mask.astype(np.float32))
    return floor(canvas, setting, picture)


def city(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """Three rows of blocks; in the near ones windows are lit when it is dark."""
    picture = _backdrop(canvas, setting, picture)
    for row in range(3):
        depth = (row + 1) / 3
        left = -0.02
        while left < 1.02:
            half = canvas.between(0.015, 0.05) * (1 + 0.3 * depth)
            tall = canvas.between(0.06, 0.28) * (1.7 if setting.monumental else 1)
            tall *= 0.7 + 0.5 * float(np.exp(-(((left - 0.5) / 0.25) ** 2)))
            top = setting.horizon - tall * (1.1 - 0.3 * depth)
            _block(canvas, setting, picture, (left, left + 2 * half, top), depth)
            left += half * 2 * canvas.between(0.8, 1.25)
    return floor(canvas, setting, picture)


def _block(
    canvas: Canvas, setting: Setting, picture: Floats, box: tuple[float, float, float], depth: float
) -> None:
    """Paints one house into the picture, in its own box only."""
    left, right, top = box
    foot = setting.horizon + 8 / 512
    lit = canvas.rng.random((40, 12)) < 0.22  # drawn always, whole: the hand must not depend
    size = canvas.size
    rows = slice(int(max(0, top) * size), int(foot * size))
    columns = slice(int(np.clip(left, 0, 1) * size), int(np.clip(right, 0, 1) * size))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    down = canvas.y[rows, columns] - top
    block = np.broadcast_to(setting.layer(depth), (*down.shape, 3)).astype(np.float32)
    if depth > 0.5 and setting.key < 0.6:
        row, high = np.divmod(down * 512, 7)
        column, wide = np.divmod((canvas.x[rows, columns] - left) * 512, 6)
        window = lit[row.astype(int) % 40, column.astype(int) % 12] & (high < 4) & (wide < 3)
        block = mix(block, setting.lamp, window.astype(np.float32) * 0.8)
    haze = np.clip(down / (foot - top), 0, 1) ** 2 * np.float32(setting.fog * 0.85)
    picture[rows, columns] = mix(block, setting.haze, haze)


def columns(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """A row of columns, whole under a gable or in ruins."""
    picture = _backdrop(canvas, setting, picture)
    count = canvas.pick((3, 4, 5, 6, 8))
    tall = canvas.between(0.4, 0.6) if setting.monumental else canvas.between(0.22, 0.4)
    top = setting.horizon - tall
    ruin = canvas.chance(0.5)
    if ruin:
        setting.features.append("ruins")
    stone = mix(setting.layer(0.8), setting.low, 0.25)
    for number in range(count):
        broken = canvas.between(0, min(0.25, tall * 0.7)) if ruin and canvas.chance(0.5) else 0.0
        slab = Slab(
            0.12 + 0.76 * number / (count - 1), top + broken, setting.horizon + 0.02,
            0.28 / count * 0.6, 0.1,
        )  # fmt: skip
        picture = _slab(canvas, setting, picture, slab, stone)
    if not ruin:
        beam = Slab(0.5, top - 0.05, top + 0.01, 0.46)
        picture = _slab(canvas, setting, picture, beam, stone)
        down = (canvas.y - (top - 0.18)) / 0.13
        gable = canvas.cover(0.47 * np.clip(down, 0, 1) - np.abs(canvas.x - 0.5))
        gable = gable * ((canvas.y < top - 0.045) & (down > 0))
        carved = stone * (1 + 0.2 * relief(canvas, setting))[..., None]
        picture = mix(picture, carved, gable.astype(np.float32))
    return floor(canvas, setting, picture)


def opening(canvas: Canvas, x: float, foot: float, shape: tuple[float, float, float]) -> Floats:
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


def arch(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """A great arch or gate, perhaps with light in it."""
    picture = _backdrop(canvas, setting, picture)
    x = canvas.between(0.35, 0.65)
    tall = canvas.between(0.4, 0.68) if setting.monumental else canvas.between(0.28, 0.45)
    half = tall * canvas.between(0.25, 0.42)
    thick = half * canvas.between(0.25, 0.7)
    point = canvas.pick((0.0, 0.0, 0.3, 0.8))
    foot = setting.horizon + 0.02
    hole = opening(canvas, x, foot, (half, tall, point))
    wall = opening(canvas, x, foot - 0.01, (half + thick, tall + thick, point)) * (1 - hole)
    glow, lit = canvas.between(0.1, 0.5), canvas.chance(0.5)
    if lit:
        shine = np.exp(-(((canvas.y - setting.horizon + 0.3 * tall) / 0.3) ** 2))
        picture = picture + (hole * shine * np.float32(glow))[..., None] * setting.lamp
    stone = setting.layer(0.85) * (1 + 0.5 * relief(canvas, setting))[..., None]
    side = np.sign(setting.sun_x - x)
    facing = np.clip(0.5 + (canvas.x - x) / (half + thick) * side * 0.5, 0, 1) ** 2
    stone = mix(stone, mix(setting.low, setting.lamp, 0.4), (facing * 0.5).astype(np.float32))
    foothaze = np.clip((canvas.y - setting.horizon + tall) / tall, 0, 1) ** 3
    stone = mix(stone, setting.haze, foothaze * np.float32(setting.fog * 0.8))
    return floor(canvas, setting, mix(picture, stone, wall))
