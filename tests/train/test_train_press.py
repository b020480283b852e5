"""Training as work of the press: asked for, watched, ended by an edition that draws."""

import json
import time
from pathlib import Path

import pytest
from tests.train.rooms import pictures

from edition.desk import training
from edition.errors import TrainError
from edition.recipe import toml
from edition.train import checkpoint


def small(desk, folder: Path, **changes: object):
    desk.edit(
        "small",
        {
            "training.images": str(folder), "training.resolution": 64, "training.steps": 4,
            "training.checkpoint_every": 2, "training.sample_every": 2,
            "training.learning_rate": 1e-4, "training.sample_seeds": "1",
            "sampling.width": 64, "sampling.height": 64, "sampling.steps": 2, **changes,
        },
    )  # fmt: skip
    return desk.recipe("small")


def wait(desk, job: int, seconds: float = 240) -> str:
    until = time.monotonic() + seconds
    while desk.store.jobs.get(job).state in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    found = desk.store.jobs.get(job)
    assert found.state == "done", found.error
    return found.state


@pytest.mark.slow
def test_a_training_makes_an_edition_that_draws(desk, tmp_path: Path) -> None:
    before = desk.digest("small", small(desk, pictures(tmp_path / "pictures", 4)))
    asked = training.train(desk, "small", "dreambooth")
    assert (asked.pictures, asked.warnings) == (4, ())
    wait(desk, asked.job)
    (run,) = desk.store.runs.all("small")
    assert (run.kind, run.step, run.steps, run.made) == ("dreambooth", 4, 4, "small-bent")
    assert [point.step for point in desk.store.runs.curve(run.id)] == [1, 2, 3, 4]
    assert all(point.grad_norm > 0 for point in desk.store.runs.curve(run.id, after=2))
    folder = desk.root / "small" / "models" / run.name
    facts = json.loads((folder / "provenance.json").read_text())
    assert len(facts["pictures"]) == 4
    assert (folder / "samples" / "step-000000" / "1.png").is_file()

    made = desk.recipe("small-bent")
    assert made.model.base == f"../small/models/{run.name}/step-000004/model"
    assert desk.digest("small-bent") != before
    job = desk.render("small-bent", [1])
    wait(desk, job)
    assert desk.store.prints.counts("small-bent").prints == 1

    wait(desk, training.train(desk, "small", "dreambooth").job)
    assert [card.slug for card in desk.editions()] == ["small", "small-bent"], "found again"

    word = training.train(desk, "small", "inversion", recipe=_with_word(desk), into="small-word")
    wait(desk, word.job)
    made = desk.recipe("small-word")
    assert made.prompt.positive.endswith(", <mine>")
    assert made.model.embeddings[0].endswith("learned_embeds.safetensors")
    wait(desk, desk.render("small-word", [1]))
    assert desk.store.prints.counts("small-word").prints == 1


def _with_word(desk):
    changes = {"training.inversion.token": "<mine>", "training.inversion.steps": 2}
    return desk.edit("small", {**changes, "training.inversion.vectors": 2})


@pytest.mark.slow
def test_a_paused_training_goes_on_where_it_was(desk, tmp_path: Path) -> None:
    small(desk, pictures(tmp_path / "pictures", 4))
    chosen = desk.edit("small", {"training.steps": 150, "training.checkpoint_every": 1000,
                                 "training.sample_every": 1000})  # fmt: skip
    job = training.train(desk, "small", "dreambooth", recipe=chosen).job
    until = time.monotonic() + 240
    while desk.store.jobs.get(job).done < 3:
        assert time.monotonic() < until
        time.sleep(0.02)
    desk.pause_job(job)
    while desk.press_state().state not in ("idle", "off"):
        assert time.monotonic() < until
        time.sleep(0.02)
    (run,) = desk.store.runs.all("small")
    folder = desk.root / "small" / "models" / run.name
    left = max(checkpoint.found(folder))
    assert 3 <= left < 150, "the last whole step is kept"
    desk.resume_job(job)
    wait(desk, job)
    assert list(checkpoint.found(folder)) == [150], "the stop left nothing behind"
    assert [p.step for p in desk.store.runs.curve(run.id)] == list(range(1, 151))


def test_pictures_that_will_not_do_are_named_before_anything_starts(desk, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pictures", 4, side=48)
    small(desk, folder)
    with pytest.raises(TrainError, match=r"0\.png: 48 x 48 is smaller than 64"):
        training.train(desk, "small", "dreambooth")
    small(desk, tmp_path / "nowhere")
    with pytest.raises(TrainError, match="no folder of pictures"):
        training.train(desk, "small", "dreambooth")
    assert desk.store.jobs.live() == ()


def test_training_is_no_part_of_a_prints_name(desk) -> None:
    recipe = desk.recipe("small")
    text = (desk.root / "small" / "edition.toml").read_text()
    other = toml.parse(text + "\n[training]\nlearning_rate = 1e-5\n")
    assert other.training.learning_rate == 1e-5
    assert other.digest("model") == recipe.digest("model")
