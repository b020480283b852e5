"""The scene generator: pure, the same at every size, and truthful."""

import subprocess
import sys

import numpy as np
import pytest

from edition.errors import TrainError
from edition.pocket.captions import YELLOW, caption
from edition.pocket.dataset import CHUNK, draw_set, read_set
from edition.pocket.draw import draw, draw_look
from edition.pocket.palettes import ADJECTIVES, FEATURES, FOUR, NOUNS, PALETTES, STYLES
from edition.pocket.scene import Labels

SEEDS = range(12)


def smaller(picture, factor):
    side = picture.shape[0] // factor
    return picture.reshape(side, factor, side, factor, 3).mean((1, 3))


def test_a_seed_draws_the_same_picture_in_another_process():
    here = draw(7, 64).picture
    code = (
        "import sys; from edition.pocket.draw import draw; draw(8, 64);"
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
    assert small.labels == large.labels
    first = smaller(small.picture, 4).ravel()
    second = smaller(large.picture, 8).ravel()
    assert np.corrcoef(first, second)[0, 1] > 0.95


def test_drawing_needs_no_torch():
    code = "import sys, edition.pocket.draw, edition.pocket.captions; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_brushwork_and_not_the_scene(style):
    plain, styled = draw(2, 64, style="photo"), draw(2, 64, style=style)
    assert styled.labels.style == style
    assert styled.labels.noun == plain.labels.noun
    assert styled.labels.features == plain.labels.features
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
    assert [m.seed for m in labels] == list(range(500, 500 + 3 * CHUNK))
    assert np.array_equal(pictures[30], draw(530, 32).picture)


def test_a_set_that_cant_be_drawn_is_an_error(tmp_path):
    with pytest.raises(TrainError, match="drawing process failed"):
        draw_set(tmp_path, CHUNK, 33, 0, 1, 60, lambda line: None)
