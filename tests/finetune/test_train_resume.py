"""A run that was stopped goes on to the very same weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.fakes import tiny_sd
from tests.finetune.rooms import Notes, pictures, recipe

from edition.errors import Stopped, TrainError
from edition.finetune import checkpoint
from edition.finetune.training_run import TrainingResult, train


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "tiny")


def same_weights(one: Path, other: Path) -> bool:
    """Every tensor of two folders, or files, bit by bit."""
    files = [one] if one.is_file() else sorted(one.rglob("*.safetensors"))
    assert files
    for file in files:
        mine = load_file(file)
        theirs = load_file(other if one.is_file() else other / file.relative_to(one))
        assert mine.keys() == theirs.keys()
        if not all(torch.equal(value, theirs[name]) for name, value in mine.items()):
            return False
    return True


KINDS = {
    "plain": ("dreambooth", {}),
    "everything": (
        "dreambooth",
        {
            "batch": 2, "accumulation": 2, "flip": True, "ema": True, "prior": True,
            "prior_images": 3, "gradient_checkpointing": True, "schedule": "cosine",
            "crop": "pad", "optimizer": "adamw",
        },
    ),
    "no text": ("dreambooth", {"train_text_encoder": False, "schedule": "linear"}),
    "inversion": (
        "inversion", {"inversion": {"initializer": "night", "steps": 6, "vectors": 2, "batch": 2}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_stopped_run_goes_on_to_the_same_weights(model: Path, tmp_path: Path, name: str) -> None:
    kind, table = KINDS[name]
    chosen = recipe(model, pictures(tmp_path / "pictures", 5), **table)

    def go(folder: str, watcher: Notes) -> TrainingResult:
        return train(kind, chosen, tmp_path / folder, device="cpu", watcher=watcher, sample=False)

    whole, first, second = Notes(), Notes(stop_after=4), Notes()
    through = go("through", whole)
    with pytest.raises(Stopped):
        go("stopped", first)
    ended = go("stopped", second)
    assert ended.resumed == 4
    assert [s.step for s in first.steps + second.steps] == [1, 2, 3, 4, 5, 6]
    assert [s.loss for s in first.steps + second.steps] == [s.loss for s in whole.steps]
    assert same_weights(through.model, ended.model)
    base = model if kind == "dreambooth" else None
    assert base is None or not same_weights(base / "unet", through.model / "unet")


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_weights(model: Path, tmp_path: Path) -> None:
    """kill -9 of a real process, between checkpoints or within one."""
    folder = pictures(tmp_path / "pictures", 4)
    edition = tmp_path / "edition.toml"
    edition.write_text("[sampling]\nsteps = 1\nwidth = 64\nheight = 64\n")
    command = [
        sys.executable, "-m", "edition.finetune", "dreambooth", "--edition", str(edition),
        "--model", str(model), "--images", str(folder), "--resolution", "64", "--steps", "40",
        "--checkpoint-every", "7", "--learning-rate", "1e-4", "--no-samples", "--name", "run",
        "--device", "cpu", "--output",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    killed = subprocess.Popen([*command, str(tmp_path / "killed")], env=environment)
    while checkpoint.latest(tmp_path / "killed" / "run", 40) < 14:
        assert killed.poll() is None, "it must still be at work"
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    left = checkpoint.latest(tmp_path / "killed" / "run", 40)
    assert 14 <= left < 40
    subprocess.run([*command, str(tmp_path / "killed")], env=environment, check=True)
    subprocess.run([*command, str(tmp_path / "through")], env=environment, check=True)

    runs = tmp_path / "through" / "run", tmp_path / "killed" / "run"
    assert same_weights(*(checkpoint.model_folder(run, 40) for run in runs))
    moments = [load_file(checkpoint.step_folder(run, 40) / "state" / "optimizer.safetensors")
               for run in runs]  # fmt: skip
    assert all(torch.equal(value, moments[1][name]) for name, value in moments[0].items())
    assert not list(runs[1].glob(".step-*")), "no half checkpoint stays"


def test_checkpoints_are_models_that_diffusers_loads(model: Path, tmp_path: Path) -> None:
    from diffusers import DiffusionPipeline

    chosen = recipe(model, pictures(tmp_path / "pictures"), steps=7, checkpoint_every=2)
    notes = Notes()
    made = train("dreambooth", chosen, tmp_path / "runs", device="cpu", watcher=notes)
    assert list(checkpoint.found(made.run)) == [2, 4, 6, 7]
    assert notes.checkpoints == [2, 4, 6, 7]
    assert notes.samples == [(0, (1,)), (7, (1,))]
    for step in (2, 7):
        pipe = DiffusionPipeline.from_pretrained(checkpoint.model_folder(made.run, step))
        assert type(pipe.scheduler).__name__ == "PNDMScheduler"  # the one that the base ships
        image = pipe("night", num_inference_steps=1, height=64, width=64).images[0]
        assert image.size == (64, 64)
    states = [
        step for step, path in checkpoint.found(made.run).items() if (path / "state").exists()
    ]
    assert states == [7], "only the newest can be gone on from: older moments only fill the disk"
    assert (made.run / "samples" / "sheet.png").is_file()
    facts = json.loads((made.run / "provenance.json").read_text())
    assert facts["base"]["base"] == str(model)
    assert [one["file"] for one in facts["pictures"]] == ["0.png", "1.png", "2.png", "3.png"]
    assert facts["training"]["learning_rate"] == 1e-4
    assert facts["versions"]["torch"] == torch.__version__


def test_more_steps_are_the_same_run_going_on(model: Path, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pictures")
    short = recipe(model, folder, steps=4)
    longer = recipe(model, folder, steps=6)
    first = train("dreambooth", short, tmp_path / "a", device="cpu", sample=False)
    second = train("dreambooth", longer, tmp_path / "a", device="cpu", sample=False)
    through = train("dreambooth", longer, tmp_path / "b", device="cpu", sample=False)
    assert (second.run, second.resumed) == (first.run, 4)
    assert same_weights(second.model, through.model)
    again = train("dreambooth", longer, tmp_path / "a", device="cpu", sample=False)
    assert again.resumed == 6


def test_a_broken_checkpoint_is_named(model: Path, tmp_path: Path) -> None:
    chosen = recipe(model, pictures(tmp_path / "pictures"), steps=3)
    made = train("dreambooth", chosen, tmp_path / "a", device="cpu", sample=False)
    state = made.run / "step-000003" / "state" / "optimizer.safetensors"
    state.write_bytes(state.read_bytes()[:100])
    longer = recipe(model, tmp_path / "pictures", steps=4)
    with pytest.raises(TrainError, match="step-000003 is broken") as raised:
        train("dreambooth", longer, tmp_path / "a", device="cpu", sample=False)
    assert "the one before" in raised.value.hint


@pytest.mark.slow
def test_two_devices_train_as_one_that_accumulates(model: Path, tmp_path: Path) -> None:
    """Under a launcher, as ``accelerate launch`` is one: each process takes its own batches."""
    folder = pictures(tmp_path / "pictures", 4)
    flags = [
        "--model", str(model), "--images", str(folder), "--resolution", "64", "--steps", "3",
        "--learning-rate", "1e-4", "--no-samples", "--device", "cpu", "--name", "run",
    ]  # fmt: skip
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    module = ["-m", "edition.finetune", "dreambooth"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    two, one = str(tmp_path / "two"), str(tmp_path / "one")
    said = subprocess.run(
        [sys.executable, *launch, *module, *flags, "--output", two],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.count("checkpoint after step 3") == 1, "one of them talks and writes"
    alone = [sys.executable, *module, *flags, "--accumulation", "2", "--output", one]
    subprocess.run(alone, env=environment, check=True)
    runs = [checkpoint.model_folder(Path(folder) / "run", 3) / "unet" for folder in (one, two)]
    start = load_file(next((model / "unet").glob("*.safetensors")))
    mine, theirs = (load_file(next(run.glob("*.safetensors"))) for run in runs)
    for name, value in mine.items():
        way = (value - start[name]).norm()
        assert (value - theirs[name]).norm() <= 0.01 * way + 1e-6, name
