"""Brushwork: five ways to turn a toned picture into a painting, a poster or a photograph.

Each style takes the canvas and the picture (h, w, 3) in 0 to 1.
Lengths that look like pixels are those of a 512-pixel picture and scale with the size.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from tools.pocket_model.canvas import DrawingCanvas, mix, smooth
from tools.pocket_model.palettes import Floats

PIXEL = 1 / 512
Style: TypeAlias = Callable[[DrawingCanvas, Floats], Floats]


def _warp(canvas: DrawingCanvas, picture: Floats, right: Floats, down: Floats) -> Floats:
    return canvas.look_up(picture, canvas.x + right * PIXEL, canvas.y + down * PIXEL)


def _edges(canvas: DrawingCanvas, lightness: Floats) -> Floats:
    """How much the lightness changes over four pixels, (h, w)."""
    across = np.abs(canvas.relief(lightness, 4 * PIXEL, 0))
    return across + np.abs(canvas.relief(lightness, 0, 4 * PIXEL))


def _flat(picture: Floats, tones: Floats) -> Floats:
    """The picture's hues in other tones (h, w)."""
    made: Floats = picture * (tones / np.maximum(picture.mean(2), 0.03))[..., None]
    return made


def photo(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Fine film grain, or none: what a latent can't hold, a model can't learn."""
    return picture + (canvas.noise("grain") * canvas.between(0, 0.004))[..., None]


def oil(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Broad strokes that drag the paint along a slow flow, in few tones."""
    flow, across = canvas.noise("cloud"), canvas.noise("cloud")
    reach = canvas.between(8, 14)
    paint = _warp(canvas, picture, flow * reach, across * reach)
    tones = np.round(paint * 8 + 0.4 * flow[..., None]) / 8
    paint = tones * 0.6 + paint * 0.4
    return paint * (1 + 0.06 * np.clip(canvas.noise("streak"), -2, 2))[..., None]


def watercolour(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Pale washes that run at their edges."""
    wash, flow = canvas.noise("cloud"), canvas.noise("cloud")
    reach = canvas.between(6, 12)
    paint = _warp(canvas, picture, wash * reach, flow * reach)
    rims = np.clip(_edges(canvas, paint.mean(2)), 0, 0.4)[..., None]
    paint = 0.3 + 0.68 * paint - 0.25 * rims
    paint = paint * (1 + 0.05 * flow)[..., None]
    return paint


def poly(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Large facets of one colour each: halves of a leaning grid's cells."""
    count = canvas.pick((7, 8, 9, 10))
    lean = canvas.between(-0.3, 0.3)
    down, right = canvas.y * count, (canvas.x + lean * canvas.y) * count
    row, column = np.floor(down), np.floor(right)
    upper = (down - row) + (right - column) < 1
    third = np.where(upper, 1 / 3, 2 / 3).astype(np.float32)
    y, moved = (row + third) / count, (column + third) / count
    facets = canvas.look_up(picture, np.clip(moved - lean * y, 0, 0.999), np.clip(y, 0, 0.999))
    shade = np.where(upper, np.float32(1.08), np.float32(0.92))
    # An outline keeps its place: where a facet's colour is far off, the picture's own stays.
    away = np.abs(facets - picture).mean(2)
    own = smooth(0.1, 0.14, away)
    return mix(facets, picture, own) * shade[..., None]


def poster(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Four flat tones, strong and clean."""
    tones = (np.floor(np.clip(picture.mean(2), 0, 0.999) * 4) + 0.5) / 4
    return _flat(np.clip(picture * 1.15 - 0.03, 0, 1), tones)


STYLE_BRUSHES: dict[str, Style] = {
    "photo": photo,
    "oil": oil,
    "watercolour": watercolour,
    "poly": poly,
    "poster": poster,
}


def blueprint(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """White outlines on blue paper with a fine grid: no training picture looks like it."""
    lightness = picture.mean(2)
    lines = np.clip(_edges(canvas, lightness) * 6, 0, 1)
    contours = np.abs((lightness * 8) % 1 - 0.5) < 0.07
    grid = np.minimum((canvas.x * 16) % 1, (canvas.y * 16) % 1) < 16 * 1.5 * PIXEL
    chalk = np.maximum(np.maximum(lines, contours * 0.75), grid * 0.28)
    paper = np.array([0.06, 0.2, 0.5], np.float32) * (0.85 + 0.3 * lightness)[..., None]
    paper = paper * (1 + 0.03 * canvas.noise("cloud"))[..., None]
    return mix(paper, np.array([0.92, 0.96, 1.0], np.float32), chalk.astype(np.float32))


def embroidery(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Slanted stitches of thread on linen."""
    rows, columns = 64, 40
    row = np.floor(canvas.y * rows)
    slanted = canvas.x + canvas.y * 0.35 + (row % 2) * 0.5 / columns
    column = np.floor(slanted * columns)
    middle_x = (column + 0.5) / columns - canvas.y * 0.35 - (row % 2) * 0.5 / columns
    thread = canvas.look_up(picture, middle_x, (row + 0.5) / rows)
    thread = np.round(thread * 6) / 6 * 0.9 + 0.08
    up = np.abs((canvas.y * rows) % 1 - 0.5) * 2
    along = np.abs((slanted * columns) % 1 - 0.5) * 2
    body = smooth(1.0, 0.55, up) * smooth(1.0, 0.8, along)
    sheen = (0.65 + 0.5 * (1 - up**2))[..., None]
    linen = np.array([0.78, 0.72, 0.6], np.float32)
    return mix(linen * (1 + 0.06 * canvas.noise("grain"))[..., None], thread * sheen, body)


def mosaic(canvas: DrawingCanvas, picture: Floats) -> Floats:
    """Small square tiles of glass and gold, in pale grout."""
    count = 40
    row, column = np.floor(canvas.y * count), np.floor(canvas.x * count)
    tile = canvas.look_up(picture, (column + 0.5) / count, (row + 0.5) / count)
    tints = canvas.rng.random((count, count)).astype(np.float32)
    own = tints[np.clip(row, 0, count - 1).astype(int), np.clip(column, 0, count - 1).astype(int)]
    gold = np.array([0.95, 0.75, 0.25], np.float32) * (0.7 + 0.4 * own)[..., None]
    glass = mix(tile * 1.1 * (0.8 + 0.4 * own)[..., None], gold, (tile.mean(2) > 0.5) * 0.75)
    edge = np.maximum(np.abs((canvas.x * count) % 1 - 0.5), np.abs((canvas.y * count) % 1 - 0.5))
    grout = np.array([0.85, 0.82, 0.76], np.float32)
    return mix(glass, grout, smooth(0.40, 0.45, edge))


LOOKS: dict[str, Style] = {"blueprint": blueprint, "embroidery": embroidery, "mosaic": mosaic}
"""Looks that no training picture has, for showing what a training of one's own does."""
