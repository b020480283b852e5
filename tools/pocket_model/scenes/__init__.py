"""The scenes: one painter a noun, from the sky down to a small figure in front."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix
from tools.pocket_model.palettes import Floats
from tools.pocket_model.scene_params import SceneParams
from tools.pocket_model.scenes import buildings, interior, land, sky, space

Painter: TypeAlias = Callable[[DrawingCanvas, SceneParams, Floats], Floats]

FIGURE = "a small figure"
SCENES: dict[str, Painter] = {
    "mountains": land.mountains,
    "sea": land.sea,
    "dunes": land.dunes,
    "forest": land.forest,
    "tower": buildings.towers,
    "city": buildings.city,
    "pyramid": buildings.pyramids,
    "arch": buildings.arch,
    "nave": interior.nave,
    "planet": space.planet,
}


def paint(canvas: DrawingCanvas, setting: SceneParams) -> Floats:
    """Paints the setting's whole scene, (h, w, 3); light may exceed 1 until it is toned."""
    picture = SCENES[setting.noun](canvas, setting, sky.paint_sky(canvas, setting))
    if setting.composed or not setting.monumental:
        return picture
    return _figure(canvas, setting, picture)


def _figure(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """A person, seen from behind and far off, for scale."""
    wanted = canvas.chance(0.35)
    x, foot = canvas.between(0.25, 0.75), canvas.between(0.9, 0.97)
    tall = canvas.between(0.07, 0.11)
    if not wanted:
        return picture
    waist = np.abs((canvas.y - foot + tall * 0.4) / tall)
    body = canvas.cover(tall * 0.17 * (1.25 - 0.8 * waist) - np.abs(canvas.x - x))
    body = body * (canvas.y < foot) * (canvas.y > foot - tall * 0.85)
    head = canvas.cover(tall * 0.13 - canvas.away(x, foot - tall * 0.92))
    setting.features.append(FIGURE)
    setting.spots[FIGURE] = x, foot - tall * 0.45, tall * 0.12
    return mix(picture, setting.near * 0.5, np.clip(body + head, 0, 1).astype(np.float32))
