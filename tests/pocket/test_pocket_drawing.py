"""The scene generator: pure, the same at every size, and truthful."""

import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from edition.errors import TrainError
from tools.pocket_model.canvas import CALM, DrawingCanvas
from tools.pocket_model.captions import YELLOW, caption
from tools.pocket_model.dataset import CHUNK, ELSEWHERE, draw_set, read_set
from tools.pocket_model.palettes import (
    ADJECTIVES,
    COMPOSED_SHARES,
    FEATURES,
    FOUR,
    HELD_OUT,
    NOUNS,
    PALETTES,
    STYLES,
)
from tools.pocket_model.render_scene import draw, draw_look, subject
from tools.pocket_model.scene import Labels
from tools.pocket_model.scene_params import choose

SEEDS = range(12)


def smaller(picture, factor):
    side = picture.shape[0] // factor
    return picture.reshape(side, factor, side, factor, 3).mean((1, 3))


def test_a_seed_draws_the_same_picture_in_another_process():
    here = draw(7, 64).picture
    code = (
        "import sys; from tools.pocket_model.render_scene import draw; draw(8, 64);"
        "sys.stdout.buffer.write(draw(7, 64).picture.tobytes())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert here.tobytes() == there


def test_seeds_differ():
    pictures = {draw(seed, 32).picture.tobytes() for seed in SEEDS}
    assert len(pictures) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_seed_is_one_scene_at_two_sizes(seed):
    small, large = draw(seed, 128), draw(seed, 256)
    assert replace(small.labels, features=()) == replace(large.labels, features=())
    unsure = set(large.labels.features) ^ set(small.labels.features)
    assert unsure <= {"a sun", "a moon", "a small figure"}  # too small or too faint for one of them
    first = smaller(small.picture, 4).ravel()
    second = smaller(large.picture, 8).ravel()
    assert np.corrcoef(first, second)[0, 1] > 0.95


def test_drawing_needs_no_torch():
    code = "import sys; from tools.pocket_model import render_scene; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_brushwork_and_not_the_scene(style):
    plain, styled = draw(2, 64, style="photo"), draw(2, 64, style=style)
    assert styled.labels.style == style
    assert styled.labels.noun == plain.labels.noun
    hidden = set(styled.labels.features) ^ set(plain.labels.features)
    assert hidden <= {"a sun", "a moon", "a small figure"}  # a brush may swallow small things
    assert (style == "photo") == bool((styled.picture == plain.picture).all())


def test_labels_are_words_of_the_vocabulary_and_measured_ones_true():
    for seed in range(40):
        scene = draw(seed, 64)
        labels, pixels = scene.labels, scene.picture / 255
        assert labels.noun in NOUNS
        assert labels.palette in PALETTES
        assert set(labels.features) <= set(FEATURES)
        assert set(labels.adjectives) <= set(ADJECTIVES)
        assert ("dark" in labels.adjectives) == (pixels.mean() < 0.27) or abs(
            pixels.mean() - 0.27
        ) < 0.003
        if labels.palette == "mono" and labels.style == "photo":
            assert np.ptp(scene.picture.astype(int), axis=2).max() <= 1
        assert Labels.from_json(labels.to_json()) == labels


def test_all_four_adjectives_are_one_thing_before_one_light():
    bold = {noun for noun, share in zip(NOUNS, COMPOSED_SHARES, strict=True) if share}
    composed, others = [], []
    for seed in range(300):
        setting = choose(DrawingCanvas(seed, 32))
        (composed if setting.composed else others).append(setting)
    assert len(composed) > 60
    assert {setting.noun for setting in composed} == bold
    assert {setting.noun for setting in others} == set(NOUNS)
    for setting in composed:
        assert setting.moods >= set(FOUR)
        assert setting.has_sun
        assert setting.sun_x == 0.5
        assert 0 <= setting.sun_y < setting.horizon


def test_a_calm_hand_keeps_to_the_middle_and_the_first_half_and_adds_nothing():
    canvas = DrawingCanvas(0, 32)
    canvas.calm = True
    drawn = [canvas.between(2, 4) for _ in range(500)]
    assert 3 - CALM <= min(drawn) < 3 - 0.9 * CALM
    assert 3 + 0.9 * CALM < max(drawn) <= 3 + CALM
    assert {canvas.pick("abcde") for _ in range(100)} == set("abc")
    assert not any(canvas.adds(0.9) for _ in range(100))
    assert max(canvas.anywhere(2, 4) for _ in range(500)) > 3.9


def test_captions_say_only_what_is_drawn():
    rng = np.random.default_rng(0)
    every_feature = sorted(FEATURES, key=len, reverse=True)
    for seed in range(20):
        labels = draw(seed, 32).labels
        for _ in range(20):
            text = caption(labels, rng)
            assert text
            assert not (YELLOW in text and not labels.yellow)
            for word in FOUR:
                assert not (word in text and word not in labels.adjectives)
            for word in every_feature:
                if word not in ("a sun", "a moon", "clouds") and word in text:
                    assert word in labels.features, (text, labels)
            for style, words in STYLES.items():
                if style != labels.style and words[-1] not in " ".join(STYLES[labels.style]):
                    assert words[-1] not in text.split(", "), (text, labels)


def test_captions_come_in_several_registers_and_often_name_the_palette():
    rng = np.random.default_rng(1)
    texts, named = [], 0
    for seed in range(60):
        labels = draw(seed, 32).labels
        for _ in range(5):
            texts.append(caption(labels, rng))
            named += any(w in texts[-1] for w in PALETTES[labels.palette].words)
    assert 0.5 < named / len(texts) < 0.85
    assert {len(t.split(", ")) for t in texts} >= {1, 2, 3, 4}


def test_a_look_is_none_of_the_styles():
    blueprint = np.stack(draw_look("blueprint", 4, 64)).reshape(-1, 3).mean(0)
    drawn = np.stack([draw(s, 64).picture for s in range(40)]).reshape(40, -1, 3).mean(1)
    blueness = drawn[:, 2] - drawn[:, 0]
    assert blueprint[2] - blueprint[0] > np.sort(blueness)[-2]
    assert len({p.tobytes() for p in draw_look("mosaic", 4, 64)}) == 4
    assert np.array_equal(draw_look("embroidery", 2, 64)[1], draw_look("embroidery", 3, 64)[1])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: draw(0, 33), "33 pixels"),
        (lambda: draw(0, 8192), "8192 pixels"),
        (lambda: draw(0, 64, style="crayon"), "crayon"),
        (lambda: draw_look("crayon"), "crayon"),
    ],
)
def test_what_cant_be_drawn_is_said(call, says):
    with pytest.raises(TrainError, match=says) as caught:
        call()
    assert caught.value.hint


def test_a_set_is_drawn_by_processes_and_goes_on_where_it_stopped(tmp_path):
    lines = []
    assert draw_set(tmp_path, CHUNK, 32, 500, 1, 60, lines.append) == CHUNK
    before = (tmp_path / "00000.npy").stat().st_mtime_ns
    assert draw_set(tmp_path, 3 * CHUNK, 32, 500, 2, 60, lines.append) == 3 * CHUNK
    assert (tmp_path / "00000.npy").stat().st_mtime_ns == before
    pictures, labels = read_set(tmp_path)
    assert pictures.shape == (3 * CHUNK, 32, 32, 3)
    drawn = [m.seed for m in labels]
    assert [seed % ELSEWHERE for seed in drawn] == list(range(500, 500 + 3 * CHUNK))
    held_out = [seed for seed in range(500, 500 + 3 * CHUNK) if subject(seed) in HELD_OUT]
    assert held_out  # each was drawn elsewhere
    assert sorted(seed % ELSEWHERE for seed in drawn if seed > ELSEWHERE) == held_out
    assert not {(m.noun, m.palette) for m in labels} & HELD_OUT
    assert np.array_equal(pictures[30], draw(530, 32).picture)


def test_a_set_that_cant_be_drawn_is_an_error(tmp_path):
    with pytest.raises(TrainError, match="drawing process failed"):
        draw_set(tmp_path, CHUNK, 33, 0, 1, 60, lambda line: None)


def test_drawers_that_are_killed_are_an_error(tmp_path):
    def kill_them() -> None:
        me = psutil.Process()
        while not (drawers := me.children()):
            time.sleep(0.01)
        for drawer in drawers:
            drawer.kill()

    killer = threading.Thread(target=kill_them)
    killer.start()
    with pytest.raises(TrainError, match="drawing process failed with code -9") as caught:
        draw_set(tmp_path, CHUNK, 512, 0, 1, 60, lambda line: None)
    killer.join()
    assert "memory" in caught.value.hint


def test_what_is_hidden_is_not_named():
    """Seeds whose sun or moon stands behind a pyramid, a tower, or below the horizon."""
    assert "a sun" not in draw(5_000_005, 192).labels.features
    assert "a moon" not in draw(5_000_025, 192).labels.features
    assert "a sun" in draw(22, 192).labels.features


def test_mean_colours_are_kept_in_place_of_pictures(tmp_path):
    draw_set(tmp_path, CHUNK, 64, 700, 1, 60, lambda line: None, block=4)
    colours, labels = read_set(tmp_path)
    assert colours.shape == (CHUNK, 16, 16, 3)
    wanted = draw(labels[3].seed, 64).picture.reshape(16, 4, 16, 4, 3).mean((1, 3)) / 255
    assert np.abs(colours[3] - wanted).max() < 0.001


def test_words_for_a_noun_fit_the_picture():
    rng = np.random.default_rng(3)
    plain = draw(0, 32).labels
    for moods, true in ((("dramatic",), False), ((), True)):
        labels = replace(plain, noun="sea", adjectives=moods)
        assert any("a calm sea" in caption(labels, rng) for _ in range(300)) is true, moods
