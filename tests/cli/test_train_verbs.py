"""Training from the command line, as a person runs it."""

import json
import sys
from pathlib import Path

import pytest
from tests.finetune.rooms import pictures

from edition.cli.main import main


@pytest.mark.slow
def test_a_training_is_run_and_listed(session, tmp_path: Path, monkeypatch, capsys) -> None:
    changes = {
        "training.resolution": 64, "training.steps": 2, "training.checkpoint_every": 2,
        "training.sample_every": 2, "training.sample_seeds": "1",
        "sampling.width": 64, "sampling.height": 64, "sampling.steps": 2,
    }  # fmt: skip
    session.edit("small", changes)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(session.root), *words])
        assert main() == 0, capsys.readouterr().err
        return capsys.readouterr().out

    folder = str(pictures(tmp_path / "pictures", 4))
    facts = json.loads(run("train", "dreambooth", "small", "--images", folder, "--json"))
    assert facts["pictures"] == 4
    assert (session.root / facts["edition"] / "edition.toml").is_file()
    (listed,) = json.loads(run("train", "runs", "small", "--json"))
    assert (listed["step"], listed["made"]) == (2, facts["edition"])
    assert facts["edition"] in run("train", "runs", "small")
