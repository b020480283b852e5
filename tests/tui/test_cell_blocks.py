"""Quadrants and sextants: the best shape and colours a cell can have, in any depth and size."""

import itertools
import re
import unicodedata

import numpy as np
import pytest
from tests.tui.helpers import draw

from edition.tui.terminal import cell_blocks
from edition.tui.terminal.ansi_style import cube
from edition.tui.terminal.image_backend import ImageBackend

LEVELS = (0, 95, 135, 175, 215, 255)
PALETTE = [(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS]
PALETTE += [(8 + 10 * n,) * 3 for n in range(24)]
CELL = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(.)")
QUADRANTS = {"UPPER LEFT": 0, "UPPER RIGHT": 1, "LOWER LEFT": 2, "LOWER RIGHT": 3}


def pixels_of(sign, cells):
    """Which pixels of a cell a sign fills, by its name in Unicode."""
    wide, high = cell_blocks.GRID[cells]
    whole = range(wide * high)
    if sign == " ":
        return set()
    name = unicodedata.name(sign)
    if name == "RIGHT HALF BLOCK":
        return {n for n in whole if n % 2}
    if name in ("UPPER HALF BLOCK", "LOWER HALF BLOCK"):
        return {n for n in whole if (n >= wide * high // 2) == name.startswith("LOWER")}
    if name.startswith("BLOCK SEXTANT-"):
        return {int(digit) - 1 for digit in name.removeprefix("BLOCK SEXTANT-")}
    parts = name.removeprefix("QUADRANT ").split(" AND ")
    return {QUADRANTS[part] for part in parts}


def shown(lines, cells):
    """The pixels that a text shows."""
    wide, high = cell_blocks.GRID[cells]
    across = len(CELL.findall(lines[0]))
    out = np.zeros((len(lines) * high, across * wide, 3), np.uint8)
    for y, line in enumerate(lines):
        for x, found in enumerate(CELL.findall(line)):
            front, back = [[int(v) for v in found[i : i + 3]] for i in (0, 3)]
            filled = pixels_of(found[6], cells)
            for n in range(wide * high):
                out[y * high + n // wide, x * wide + n % wide] = front if n in filled else back
    return out


def best_error(pixels):
    """The least square error of two colours, by trying every way to share the pixels."""
    least = np.inf
    for sides in itertools.product((0, 1), repeat=len(pixels)):
        sides = np.array(sides)
        groups = [pixels[sides == side] for side in (0, 1)]
        least = min(least, sum(((g - g.mean(0)) ** 2).sum() for g in groups if len(g)))
    return least


@pytest.mark.parametrize("cells", ["half", "quadrant", "sextant"])
def test_every_cell_is_as_good_as_two_colours_can_be(cells):
    wide, high = cell_blocks.GRID[cells]
    side = 12
    chance = np.random.default_rng(3)
    source = chance.integers(0, 256, (side, side, 3), dtype=np.uint8)
    size = (side // wide, side // high)
    (lines,) = cell_blocks.thumbs([source.tobytes()], [False], size, cells, "true")
    out = shown(lines, cells).astype(float)
    for y, x in itertools.product(range(0, side, high), range(0, side, wide)):
        want = source[y : y + high, x : x + wide].reshape(-1, 3).astype(float)
        got = out[y : y + high, x : x + wide].reshape(-1, 3)
        assert ((want - got) ** 2).sum() <= best_error(want) + 0.3 * 3 * len(want)


def test_finer_cells_show_more_of_a_print():
    """Against the print itself, at the pixels of a terminal: 10 x 20 to a cell."""
    errors = {}
    for cells in ("half", "quadrant", "sextant"):
        wide, high = cell_blocks.GRID[cells]
        total = 0.0
        for seed in range(1, 9):
            rgb = draw(seed).resize((32, 32), 4).tobytes()
            (lines,) = cell_blocks.thumbs([rgb], [False], (16, 8), cells, "true")
            out = np.kron(shown(lines, cells), np.ones((160 // (8 * high) + 1, 10 // wide, 1)))
            rows = np.linspace(0, out.shape[0] - 1, 160).round().astype(int)
            want = np.asarray(draw(seed).resize((160, 160), 4), float)
            total += ((out[rows] - want) ** 2).mean()
        errors[cells] = total / 8
    assert errors["sextant"] < errors["quadrant"] < errors["half"]


def test_256_colours_are_the_nearest():
    chance = np.random.default_rng(5)
    greys = np.repeat(np.arange(256), 3).reshape(-1, 3)
    colours = np.vstack([chance.integers(0, 256, (3000, 3)), greys])
    apart = ((colours[:, None] - np.array(PALETTE)[None]) ** 2).sum(2)
    found = cell_blocks.nearest(colours.astype(np.float32)) - 16
    assert (apart[np.arange(len(colours)), found] == apart.min(1)).all()
    one_by_one = np.array([cube(*map(int, colour)) - 16 for colour in colours])
    assert (apart[np.arange(len(colours)), one_by_one] == apart.min(1)).all()


def test_a_reject_is_dark_and_sizes_are_kept():
    rgb = bytes((200, 100, 50)) * 1024
    light, dark = cell_blocks.thumbs([rgb, rgb], [False, True], (16, 7), "sextant", "true")
    assert len(light) == len(dark) == 7
    assert all(len(CELL.findall(line)) == 16 for line in (*light, *dark))
    assert "48;2;200;100;50" in light[3]
    assert "48;2;70;35;18" in dark[3]
    assert "48;5;" in cell_blocks.thumbs([rgb], [False], (8, 4), "quadrant", "256")[0][0]


@pytest.mark.parametrize(
    ("cell", "lines"), [((10, 20), 8), ((10, 23), 7), ((9, 18), 8), ((0, 0), 8), ((8, 13), 10)]
)
def test_a_thumbnail_keeps_its_shape_in_cells_of_any_shape(cell, lines):
    for mode in ("half", "quadrant", "sextant"):
        drawn = ImageBackend(mode=mode, cell=cell)
        rgb = draw(3).resize((32, 32)).tobytes()
        assert len(drawn.thumb(1, rgb, 16, shade=False)) == lines, "at once, coarsely"
        drawn.refine()
        assert len(drawn.thumb(1, rgb, 16, shade=False)) == lines
        if all(cell):
            assert abs(lines * cell[1] / (16 * cell[0]) - 1) < 0.06


def test_large_thumbnails_come_from_the_stored_128_pixels():
    import io

    rgb = draw(3).resize((32, 32)).tobytes()
    jpeg = io.BytesIO()
    draw(3).resize((128, 128)).save(jpeg, "JPEG", quality=85)
    drawn = ImageBackend(mode="sextant")
    drawn.attach(lambda _: None, lambda ids: dict.fromkeys(ids, jpeg.getvalue()))
    drawn.refine()
    fine = drawn.thumb(1, rgb, 32, shade=False)
    coarse = cell_blocks.thumbs([rgb], [False], (32, 16), "sextant", "true")[0]
    want = np.asarray(draw(3).resize((64, 48), 4), float)
    assert ((shown(fine, "sextant") - want) ** 2).mean() < (
        (shown(coarse, "sextant") - want) ** 2
    ).mean()


def test_text_on_a_light_ground_is_no_negative():
    bright, dark = (bytes((v, v, v)) * 1024 for v in (250, 5))
    on_dark, on_light = ImageBackend(depth="none"), ImageBackend(depth="none", light=True)
    assert set(on_dark.thumb(1, bright, 8, shade=False)) == {"@" * 8}
    assert set(on_light.thumb(1, bright, 8, shade=False)) == {" " * 8}
    assert set(on_light.thumb(1, dark, 8, shade=False)) == {"@" * 8}
