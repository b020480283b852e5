"""The scenes: one painter a noun, from the sky down to a small figure in front."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import Floats
from edition.pocket.scenes import abstract, buildings, interior, land, sky, space
from edition.pocket.setting import Setting

Painter: TypeAlias = Callable[[Canvas, Setting, Floats], Floats]

FIGURE = "a small figure"
SCENES: dict[str, Painter] = {
    "mountains": land.mountains,
    "sea": land.sea,
    "dunes": land.dunes,
    "forest": land.forest,
    "canyon": land.canyon,
    "tower": buildings.towers,
    "city": buildings.city,
    "pyramid": buildings.pyramids,
    "columns": buildings.columns,
    "arch": buildings.arch,
    "nave": interior.nave,
    "planet": space.planet,
    "nebula": space.nebula,
    "abstract": abstract.shapes,
}


def paint(canvas: Canvas, setting: Setting) -> Floats:
    """Paints the setting's whole scene, (h, w, 3); light may exceed 1 until it is toned."""
    picture = SCENES[setting.noun](canvas, setting, sky.paint_sky(canvas, setting))
    if setting.monumental and setting.noun not in ("nebula", "abstract", "planet"):
        picture = _figure(canvas, setting, picture)
    if setting.fog > 0.6 and setting.noun not in ("abstract", "nebula"):
        veil = smooth(-0.5, 2, canvas.noise("streak"))
        thickness = np.float32((setting.fog - 0.45) * canvas.between(0.5, 1))
        picture = mix(picture, setting.haze, np.clip(veil * thickness, 0, 0.8))
    if setting.rays and setting.has_sun and setting.noun != "nave" and canvas.chance(0.5):
        picture = sky.rays(canvas, setting, picture, canvas.between(0.1, 0.3))
    return picture


def _figure(canvas: Canvas, setting: Setting, picture: Floats) -> Floats:
    """A person, seen from behind and far off, for scale."""
    wanted = canvas.chance(0.5)
    x, foot = canvas.between(0.25, 0.75), canvas.between(0.86, 0.97)
    tall = canvas.between(0.035, 0.06)
    if not wanted:
        return picture
    waist = np.abs((canvas.y - foot + tall * 0.4) / tall)
    body = canvas.cover(tall * 0.16 * (1.25 - 0.8 * waist) - np.abs(canvas.x - x))
    body *= (canvas.y < foot) & (canvas.y > foot - tall * 0.85)
    head = canvas.cover(tall * 0.12 - canvas.away(x, foot - tall * 0.92))
    setting.features.append(FIGURE)
    setting.spots[FIGURE] = x, foot - tall * 0.45, tall * 0.12
    return mix(picture, setting.near * 0.5, np.clip(body + head, 0, 1))
