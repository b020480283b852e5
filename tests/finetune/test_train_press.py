"""Training as work of the press: asked for, watched, ended by an edition that draws."""

import json
import time
from pathlib import Path

import pytest
from tests.finetune.rooms import pictures

from edition.actions import editions, finetuning, press_control
from edition.errors import TrainError
from edition.finetune import checkpoint
from edition.recipe import edition_file


def small(session, folder: Path, **changes: object):
    session.edit(
        "small",
        {
            "training.images": str(folder), "training.resolution": 64, "training.steps": 4,
            "training.checkpoint_every": 2, "training.sample_every": 2,
            "training.learning_rate": 1e-4, "training.sample_seeds": "1",
            "sampling.width": 64, "sampling.height": 64, "sampling.steps": 2, **changes,
        },
    )  # fmt: skip
    return session.recipe("small")


def wait(session, job: int, seconds: float = 240) -> str:
    until = time.monotonic() + seconds
    while session.store.jobs.get(job).state in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    found = session.store.jobs.get(job)
    assert found.state == "done", found.error
    return found.state


@pytest.mark.slow
def test_a_training_makes_an_edition_that_draws(session, tmp_path: Path) -> None:
    before = session.digest("small", small(session, pictures(tmp_path / "pictures", 4)))
    asked = finetuning.train(session, "small", "dreambooth")
    assert (asked.pictures, asked.warnings) == (4, ())
    wait(session, asked.job)
    (run,) = session.store.runs.all("small")
    assert (run.kind, run.step, run.steps, run.made) == ("dreambooth", 4, 4, "small-bent")
    assert [point.step for point in session.store.runs.curve(run.id)] == [1, 2, 3, 4]
    assert all(point.grad_norm > 0 for point in session.store.runs.curve(run.id, after=2))
    folder = session.root / "small" / "models" / run.name
    facts = json.loads((folder / "provenance.json").read_text())
    assert len(facts["pictures"]) == 4
    assert (folder / "samples" / "step-000000" / "1.png").is_file()

    made = session.recipe("small-bent")
    assert made.model.base == f"../small/models/{run.name}/step-000004/model"
    assert session.digest("small-bent") != before
    job = session.render("small-bent", [1])
    wait(session, job)
    assert session.store.prints.counts("small-bent").prints == 1

    wait(session, finetuning.train(session, "small", "dreambooth").job)
    assert [card.slug for card in editions.cards(session)] == ["small", "small-bent"], "found again"

    word = finetuning.train(
        session, "small", "inversion", recipe=_with_word(session), into="small-word"
    )
    wait(session, word.job)
    made = session.recipe("small-word")
    assert made.prompt.positive.endswith(", <mine>")
    assert made.model.embeddings[0].endswith("learned_embeds.safetensors")
    wait(session, session.render("small-word", [1]))
    assert session.store.prints.counts("small-word").prints == 1


def _with_word(session):
    changes = {"training.inversion.token": "<mine>", "training.inversion.steps": 2}
    return session.edit("small", {**changes, "training.inversion.vectors": 2})


@pytest.mark.slow
def test_a_paused_training_goes_on_where_it_was(session, tmp_path: Path) -> None:
    small(session, pictures(tmp_path / "pictures", 4))
    chosen = session.edit("small", {"training.steps": 150, "training.checkpoint_every": 1000,
                                 "training.sample_every": 1000})  # fmt: skip
    job = finetuning.train(session, "small", "dreambooth", recipe=chosen).job
    until = time.monotonic() + 240
    while session.store.jobs.get(job).done < 3:
        assert time.monotonic() < until
        time.sleep(0.02)
    press_control.pause_job(session, job)
    while session.press_state().state not in ("idle", "off"):
        assert time.monotonic() < until
        time.sleep(0.02)
    (run,) = session.store.runs.all("small")
    folder = session.root / "small" / "models" / run.name
    left = max(checkpoint.found(folder))
    assert 3 <= left < 150, "the last whole step is kept"
    press_control.resume_job(session, job)
    wait(session, job)
    assert list(checkpoint.found(folder)) == [150], "the stop left nothing behind"
    assert [p.step for p in session.store.runs.curve(run.id)] == list(range(1, 151))


def test_pictures_that_will_not_do_are_named_before_anything_starts(
    session, tmp_path: Path
) -> None:
    folder = pictures(tmp_path / "pictures", 4, side=48)
    small(session, folder)
    with pytest.raises(TrainError, match=r"0\.png: 48 x 48 is smaller than 64"):
        finetuning.train(session, "small", "dreambooth")
    small(session, tmp_path / "nowhere")
    with pytest.raises(TrainError, match="no folder of pictures"):
        finetuning.train(session, "small", "dreambooth")
    assert session.store.jobs.live() == ()


def test_training_is_no_part_of_a_prints_name(session) -> None:
    recipe = session.recipe("small")
    text = (session.root / "small" / "edition.toml").read_text()
    other = edition_file.parse(text + "\n[training]\nlearning_rate = 1e-5\n")
    assert other.training.learning_rate == 1e-5
    assert other.digest("model") == recipe.digest("model")
