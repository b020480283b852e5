"""A wall in pixels: where things stand, how close one looks, where numbers fit. Pure."""

from pathlib import Path

import pytest
from tests.tui.helpers import draw

from edition.proof.document_model import ProofPrint
from edition.proof.wall_layout import hang
from edition.recipe.proof_settings import ProofSettings
from edition.tui import wall_picture
from edition.tui.wall_picture import WallColours

COLOURS = WallColours(
    (10, 10, 10), (50, 50, 50), (90, 90, 90), (240, 240, 240), (250, 180, 90), (30, 0, 0)
)


def pictures(count, side=256):
    return [ProofPrint(Path("none"), seed, side, side) for seed in range(1, count + 1)]


def looks(count):
    return [draw(seed).resize((32, 32)).tobytes() for seed in range(1, count + 1)]


def pixel(planes, view, x, y):
    return tuple(plane[y * view.width + x] for plane in planes)


@pytest.mark.parametrize("how", ["row", "grid", "salon"])
def test_frames_stand_to_scale(how):
    settings = ProofSettings(hang=how, print_mm=400)
    wall = hang(pictures(9), settings)
    view = wall_picture.window(wall, 0, 160, 96, 0, person=True)
    planes = wall_picture.draw(wall, looks(9), settings, view, 4, COLOURS)
    for index, hung in enumerate(wall.hung):
        left, top, right, bottom = view.place(hung.box)
        assert abs((right - left) * view.scale - hung.box.width) <= view.scale
        assert abs((bottom - top) * view.scale - hung.box.height) <= view.scale
        assert abs(left - (hung.box.x - view.left) / view.scale) <= 0.51
        assert pixel(planes, view, left, top) in (COLOURS.frame, COLOURS.mat)
        ring = pixel(planes, view, left - 1, top - 1)
        assert (ring == COLOURS.chosen) == (index == 4)
    floor = view.down(0)
    assert pixel(planes, view, view.across(wall.size.width / 2), floor) == COLOURS.line


def test_the_thumbnail_is_in_the_mat():
    settings = ProofSettings(print_mm=1000)
    wall = hang(pictures(1), settings)
    view = wall_picture.window(wall, 0, 160, 96, 0, person=False)
    red = bytes((200, 0, 0)) * 1024
    planes = wall_picture.draw(wall, [red], settings, view, -1, COLOURS)
    left, top, right, bottom = view.place(wall.hung[0].image)
    assert pixel(planes, view, (left + right) // 2, (top + bottom) // 2) == (200, 0, 0)
    gone = wall_picture.draw(wall, [b""], settings, view, -1, COLOURS)
    colours = {pixel(gone, view, x, y) for x in range(left, right) for y in range(top, bottom)}
    assert {COLOURS.empty, COLOURS.chosen} <= colours


def test_the_chosen_print_is_always_seen():
    settings = ProofSettings(print_mm=300)
    wall = hang(pictures(60), settings)
    for zoom in (-1, 1, 2, 3):
        for at in (0, 1, 30, 59):
            view = wall_picture.window(wall, at, 80, 40, zoom, person=True)
            box = wall.hung[at].box
            x = view.across(box.x + box.width / 2)
            y = view.down(box.y + box.height / 2)
            assert 0 <= x < view.width, (zoom, at)
            assert 0 <= y < view.height, (zoom, at)
    whole = wall_picture.window(wall, 59, 80, 40, 0, person=True)
    assert whole.across(0) >= 0
    assert whole.across(wall.size.width) < 80


def test_the_view_rests_while_the_print_is_seen():
    wall = hang(pictures(60), ProofSettings(print_mm=300))
    view, moved = None, 0
    for at in (*range(60), *range(58, -1, -1)):
        seen = wall_picture.window(wall, at, 120, 70, 1, person=True, before=view)
        left, _, right, _ = seen.place(wall.hung[at].box)
        assert left >= 0
        assert right <= 120
        moved += seen != view
        view = seen
    assert moved < 40, "it stands still most of the time"
    closer = wall_picture.window(wall, 0, 120, 70, 2, person=True, before=view)
    assert closer.scale < view.scale


def test_a_long_row_is_seen_closer_and_a_short_one_whole():
    settings = ProofSettings(print_mm=300)
    short, long = hang(pictures(3), settings), hang(pictures(60), settings)
    assert wall_picture.window(short, 0, 160, 96, -1, person=False) == wall_picture.window(
        short, 0, 160, 96, 0, person=False
    )
    assert (
        wall_picture.window(long, 0, 160, 96, -1, person=False).scale
        < wall_picture.window(long, 0, 160, 96, 0, person=False).scale
    )


def test_numbers_never_touch_each_other_or_a_frame():
    for how, count in (("row", 40), ("salon", 40), ("grid", 12)):
        wall = hang(pictures(count), ProofSettings(hang=how, print_mm=250))
        for zoom in (0, 1):
            view = wall_picture.window(wall, 5, 120, 70, zoom, person=True)
            found = wall_picture.numbers(wall, view, 5)
            chosen = [text for labels in found.values() for _, text, mine in labels if mine]
            assert chosen == [str(wall.hung[5].number)], (how, zoom)
            for line, labels in found.items():
                end = -1
                for column, text, mine in labels:
                    assert column > end, (how, line)
                    end = column + len(text)
                    assert end <= view.width
                    if not mine:
                        boxes = [view.place(hung.box) for hung in wall.hung]
                        assert not any(
                            a < end and column < c and b < 2 * line + 2 and 2 * line < d
                            for a, b, c, d in boxes
                        )


def test_a_click_finds_the_print():
    wall = hang(pictures(5), ProofSettings(print_mm=400))
    view = wall_picture.window(wall, 0, 160, 96, 0, person=True)
    for index, hung in enumerate(wall.hung):
        left, top, right, bottom = view.place(hung.box)
        assert wall_picture.hit(wall, view, left, top) == index
        assert wall_picture.hit(wall, view, right - 1, bottom - 1) == index
    assert wall_picture.hit(wall, view, 0, 0) == -1


def test_closest_fills_the_height_with_a_frame():
    wall = hang(pictures(3), ProofSettings(print_mm=300))
    zoom = wall_picture.closest(wall, 96)
    view = wall_picture.window(wall, 1, 160, 96, zoom, person=False)
    _, top, _, bottom = view.place(wall.hung[1].box)
    assert 40 < bottom - top < 96
