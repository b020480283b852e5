"""Brushwork: nine ways to turn a toned picture into a painting, a print or a photograph.

Each style takes the canvas, the picture (h, w, 3) in 0 to 1 and whether a paper border is wanted.
Lengths that look like pixels are those of a 512-pixel picture and scale with the size.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from edition.pocket.canvas import Canvas, mix, smooth
from edition.pocket.palettes import Floats

PIXEL = 1 / 512
Style: TypeAlias = Callable[[Canvas, Floats, bool], Floats]


def _warp(canvas: Canvas, picture: Floats, right: Floats, down: Floats) -> Floats:
    return canvas.look_up(picture, canvas.x + right * PIXEL, canvas.y + down * PIXEL)


def _edges(canvas: Canvas, lightness: Floats) -> Floats:
    """How much the lightness changes over four pixels, (h, w)."""
    across = np.abs(canvas.relief(lightness, 4 * PIXEL, 0))
    return across + np.abs(canvas.relief(lightness, 0, 4 * PIXEL))


def _flat(picture: Floats, tones: Floats) -> Floats:
    """The picture's hues in other tones (h, w)."""
    made: Floats = picture * (tones / np.maximum(picture.mean(2), 0.03))[..., None]
    return made


def photo(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Fine film grain, or none: what a latent can't hold, a model can't learn."""
    return picture + (canvas.noise("grain") * canvas.between(0, 0.004))[..., None]


def oil(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Broad strokes that drag the paint along a slow flow, with the relief of bristles."""
    flow, across, bristle = (canvas.noise(kind) for kind in ("cloud", "cloud", "streak"))
    reach = canvas.between(6, 12)
    paint = _warp(canvas, picture, flow * reach, across * reach)
    paint = 0.6 * paint + 0.4 * _warp(canvas, picture, across * reach * 1.6, flow * reach * 1.6)
    tones = np.round(paint * 10 + 0.2 * flow[..., None]) / 10
    paint = tones * 0.4 + paint * 0.6
    thickness = np.clip(canvas.relief(bristle, 4 * PIXEL, 8 * PIXEL) * 2.5, -2, 2)
    return paint * (1.02 + 0.08 * thickness)[..., None]


def watercolour(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Pale washes with dark rims on rough paper, perhaps with a white border."""
    wash, flow = canvas.noise("cloud"), canvas.noise("cloud")
    reach = canvas.between(5, 12)
    paint = _warp(canvas, picture, wash * reach, flow * reach)
    tones = np.round(paint.mean(2) * 5 + 0.2 * wash) / 5
    paint = _flat(paint, tones) * 0.6 + paint * 0.4
    rims = np.clip(_edges(canvas, paint.mean(2)), 0, 0.5)[..., None]
    paint = 0.42 + 0.56 * paint - 0.4 * rims
    if border and canvas.chance(0.3):
        to_edge = np.minimum(np.minimum(canvas.x, 1 - canvas.x), np.minimum(canvas.y, 1 - canvas.y))
        inside = smooth(0, 0.07, to_edge - 0.035 + 0.012 * wash)
        paint = mix(np.full(3, 0.96, np.float32), paint, inside)
    return paint * (0.97 + 0.03 * canvas.noise("cloud"))[..., None]


def etching(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Hatching in three directions, the denser the darker."""
    lightness = smooth(0.02, 0.85, picture.mean(2)) ** 0.8
    wobble = canvas.noise("soft") * 0.5
    lines = np.ones_like(lightness)
    for turn, start in ((0.6, 0.8), (-0.7, 0.45), (1.57, 0.22)):
        count = 512 / canvas.between(13, 17)
        along = canvas.x * np.cos(turn) + canvas.y * np.sin(turn)
        wave = np.sin((along * count + wobble) * 2 * np.pi)
        weight = np.clip((start - lightness) / start, 0, 1)
        lines = np.minimum(lines, np.clip(0.5 + (wave + 1 - 2 * weight) * 2.2, 0, 1))
    paper = np.array([0.95, 0.92, 0.85], np.float32)
    ink = np.array(canvas.pick(((0.1, 0.08, 0.08), (0.2, 0.1, 0.05), (0.05, 0.08, 0.2))))
    print_ = mix(ink.astype(np.float32), paper, lines * 0.8 + lightness * 0.2)
    return print_ * (1 + 0.015 * canvas.noise("cloud"))[..., None]


def poly(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Facets of one colour each, around points on a shaken grid."""
    count = int(canvas.between(11, 19))
    shaken = canvas.rng.random((2, count + 3, count + 3)).astype(np.float32)
    aspect = canvas.between(0.6, 1.6)
    row, column = (canvas.y * count).astype(int) + 1, (canvas.x * count).astype(int) + 1
    nearest = np.full(canvas.x.shape, np.inf, np.float32)
    at_x, at_y = np.zeros_like(nearest), np.zeros_like(nearest)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            cell = row + down, column + right
            y = (cell[0] - 1 + shaken[0][cell]) / count
            x = (cell[1] - 1 + shaken[1][cell]) / count
            away = np.abs(y - canvas.y) * aspect + np.abs(x - canvas.x)
            closer = away < nearest
            nearest = np.where(closer, away, nearest)
            at_x, at_y = np.where(closer, x, at_x), np.where(closer, y, at_y)
    facets = canvas.look_up(picture, at_x, at_y)
    facing = np.sign(at_x - canvas.x + (at_y - canvas.y) * 0.6)
    own = ((at_x * 3584 + at_y * 6656) % 1 - 0.5) * 0.05
    return facets * (1 + 0.1 * facing)[..., None] + own[..., None]


def halftone(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Dots of three inks, each screen turned."""
    count, first = 512 / canvas.between(16, 22), canvas.between(0.2, 1.2)
    dots = np.empty_like(picture)
    for ink in range(3):
        turn = first + ink * 0.5
        along = canvas.x * np.cos(turn) + canvas.y * np.sin(turn)
        across = canvas.y * np.cos(turn) - canvas.x * np.sin(turn)
        screen = np.cos(along * count * 2 * np.pi) * np.cos(across * count * 2 * np.pi)
        dots[..., ink] = np.clip(0.5 + ((picture[..., ink] - 0.5) * 2.1 + screen) * 1.4, 0, 1)
    return dots * 0.55 + picture * 0.45


def woodblock(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Flat tones, dark outlines, and the grain of the wood."""
    cut = canvas.noise("cloud") * 3
    paint = _warp(canvas, picture, cut, cut)
    lightness = paint.mean(2)
    tones = np.round(lightness * 4 + 0.05 * canvas.noise("soft")) / 4
    paint = paint * (0.35 + 0.65 * tones / np.maximum(lightness, 0.05))[..., None]
    outline = (_edges(canvas, tones) > 0.12).astype(np.float32) * 0.75
    paint = (0.08 + 0.88 * np.clip(paint, 0, 1)) * (1 + 0.03 * canvas.noise("upright"))[..., None]
    return mix(paint, np.array([0.07, 0.06, 0.1], np.float32), outline)


def ink(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Black ink in washes on tinted paper."""
    flow = canvas.noise("cloud")
    lightness = _warp(canvas, picture.mean(2), flow * 5, flow * 4)
    lightness = np.clip((lightness - 0.05) * 1.25 + 0.06 * flow, 0, 1) ** 0.8
    lightness = np.round(lightness * 7) / 7 * 0.4 + lightness * 0.6
    bleed = 0.28 * canvas.noise("cloud") * (1 - lightness) * lightness
    tint = canvas.pick(((0.96, 0.95, 0.92), (0.97, 0.93, 0.84), (0.9, 0.94, 0.97)))
    black = np.array([0.07, 0.07, 0.09], np.float32)
    return mix(black, np.array(tint, np.float32), np.clip(lightness + bleed, 0, 1))


def poster(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """Four flat tones, strong and clean."""
    tones = (np.floor(np.clip(picture.mean(2), 0, 0.999) * 4) + 0.5) / 4
    return _flat(np.clip(picture * 1.15 - 0.03, 0, 1), tones)


STYLE_BRUSHES: dict[str, Style] = {
    "photo": photo,
    "oil": oil,
    "watercolour": watercolour,
    "etching": etching,
    "poly": poly,
    "halftone": halftone,
    "woodblock": woodblock,
    "ink": ink,
    "poster": poster,
}


def blueprint(canvas: Canvas, picture: Floats, border: bool) -> Floats:
    """White outlines on blue paper with a fine grid: no training picture looks like it."""
    lightness = picture.mean(2)
    lines = np.clip(_edges(canvas, lightness) * 6, 0, 1)
    contours = np.abs((lightness * 8) % 1 - 0.5) < 0.07
    grid = np.minimum((canvas.x * 16) % 1, (canvas.y * 16) % 1) < 16 * 1.5 * PIXEL
    chalk = np.maximum(np.maximum(lines, contours * 0.75), grid * 0.28)
    paper = np.array([0.06, 0.2, 0.5], np.float32) * (0.85 + 0.3 * lightness)[..., None]
    paper = paper * (1 + 0.03 * canvas.noise("rough"))[..., None]
    return mix(paper, np.array([0.92, 0.96, 1.0], np.float32), chalk.astype(np.float32))


def embroidery(canvas: Canvas, picture: Floats, border: bool) -> Floats:
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


def mosaic(canvas: Canvas, picture: Floats, border: bool) -> Floats:
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
