"""Verbs that fetch, train and enlarge by other people's networks, each run for real."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes import add_prints
from tests.finetune.rooms import pictures
from tests.support.hub_shapes import SHAPES
from tests.support.local_hub import serving

from edition.actions import versions
from edition.actions.session import Session
from edition.cli.main import main
from edition.library import metadata


@pytest.fixture
def run(session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a verb in this process and gives its standard output; it must succeed."""

    def verb(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(session.root), *words])
        assert main() == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return verb


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    SHAPES["sd15"](tmp_path / "hub" / "shapes" / "sd15")
    with serving(tmp_path / "hub", monkeypatch, tmp_path / "cache") as served:
        yield served


def test_a_model_is_pulled_listed_checked_and_used_by_its_name(run, hub, session: Session) -> None:
    told = run("models", "pull", "shapes/sd15").strip().splitlines()
    assert told[-2].endswith("the licence: creativeml-openrail-m")
    folder = Path(told[-1])
    assert (folder / "model_index.json").is_file()
    assert hub.sent
    rows = {row["name"]: row for row in json.loads(run("models", "list", "--json"))}
    assert rows["shapes/sd15"]["licence"] == "creativeml-openrail-m"
    session.edit("small", {"model.base": "shapes/sd15"})
    assert Path(rows["shapes/sd15"]["path"]) == folder
    assert run("models", "path", "shapes/sd15").strip() == str(folder)
    facts = json.loads(run("models", "check", "shapes/sd15", "--json"))
    assert len(facts["weights"]) == 3
    assert session.digest("small"), "the recipe finds it"


def test_a_licence_is_accepted_once(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edition.upscale import licences

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert not licences.accepted("supir")
    run("models", "accept", "supir", "--yes")
    assert licences.accepted("supir")


@pytest.mark.slow
def test_a_word_is_learned_for_an_edition_of_its_own(run, session: Session, tmp_path: Path) -> None:
    session.edit(
        "small",
        {
            "training.resolution": 64, "training.checkpoint_every": 2,
            "training.sample_every": 2, "training.sample_seeds": "1",
            "training.inversion.token": "<mine>", "training.inversion.steps": 2,
            "sampling.width": 64, "sampling.height": 64, "sampling.steps": 2,
        },
    )  # fmt: skip
    folder = str(pictures(tmp_path / "pictures", 4))
    asked = ("train", "inversion", "small", "--images", folder, "--into", "word", "--json")
    facts = json.loads(run(*asked))
    assert (facts["pictures"], facts["edition"]) == (4, "word")
    assert session.recipe("word").prompt.positive.endswith(", <mine>")
    (listed,) = json.loads(run("train", "runs", "small", "--json"))
    assert (listed["kind"], listed["step"]) == ("inversion", 2)


@pytest.mark.slow
def test_prints_are_enlarged_by_a_network_that_spandrel_reads(
    run, session: Session, tmp_path: Path
) -> None:
    pytest.importorskip("spandrel", reason="pip install 'edition[spandrel]'")
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(0)
    layers = [
        nn.Conv2d(3, 8, 3, padding=1), nn.PReLU(8), nn.Conv2d(8, 8, 3, padding=1), nn.PReLU(8),
        nn.Conv2d(8, 3 * 2 * 2, 3, padding=1),
    ]  # fmt: skip
    network = nn.ModuleDict({"body": nn.ModuleList(layers)})  # Real-ESRGAN's compact one, twice
    save_file(network.state_dict(), str(tmp_path / "twice.safetensors"))
    (print_id,) = add_prints(session, "small", [1], side=300)
    session.mark([print_id], "star")
    model = str(tmp_path / "twice.safetensors")
    run("upscale", "small", "--method", "spandrel", "--model", model, "--scale", "2")
    (item,) = session.store.prints.get([print_id]).values()
    (version,) = versions.versions(session, item)
    assert (version.method, version.width, version.height) == ("spandrel", 600, 600)
    assert version.chosen
    origin = metadata.read(session.file(version.file))
    assert origin is not None
    assert origin.upscale["model"] == "twice.safetensors"
