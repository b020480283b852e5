"""`edition new --model` and `edition edit`: a family's own numbers, and what they mean there."""

import sys
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.fakes import tiny_sd
from tests.support import tiny_families

from edition import paths
from edition.actions import models_here
from edition.actions.session import Session
from edition.cli.main import main
from edition.diffusion.checkpoint_families import NETWORK


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a verb in this process: (exit code, standard output, standard error)."""

    def verb(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        try:
            code = main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return verb


def checkpoint(file: Path, shapes: dict[str, tuple[int, ...]]) -> str:
    save_file({key: torch.zeros(shape) for key, shape in shapes.items()}, file)
    return str(file)


def sampling(root: Path, slug: str) -> dict[str, object]:
    return tomllib.loads(paths.edition_file(root, slug).read_text())["sampling"]


def test_a_distilled_model_starts_with_its_own_numbers(run, root: Path, tmp_path: Path) -> None:
    folder = tiny_families.save("flux-schnell", tmp_path / "schnell")
    code, _, told = run("new", "fast", "--model", str(folder))
    assert code == 0
    assert sampling(root, "fast") == {
        "sampler": "native", "steps": 4, "guidance": 1.0, "width": 1024, "height": 1024,
    }  # fmt: skip
    assert "guidance is built in: leave it at 1" in told
    assert "distilled for 4 steps" in told
    code, _, told = run("edit", "fast", "sampling.guidance=3.5")
    assert code == 0
    assert "sampling.guidance = 3.5 does nothing. Set guidance = 1" in told


def test_a_number_that_turns_guidance_off_is_named(run, root: Path, tmp_path: Path) -> None:
    folder = tiny_families.save("z-image", tmp_path / "z-image-turbo")
    code, _, told = run("new", "turbo", "--model", str(folder))
    assert code == 0
    assert sampling(root, "turbo")["guidance"] == 0.0
    assert sampling(root, "turbo")["steps"] == 8
    assert "only guidance 0 is off; at 1 it already guides" in told


def test_a_usual_model_is_told_nothing_of(run, root: Path, tmp_path: Path) -> None:
    folder = tiny_sd(tmp_path / "sd")
    code, _, told = run("new", "plain", "--model", str(folder), "--prompt", "the sea")
    assert code == 0
    assert "note:" not in told
    assert sampling(root, "plain")["steps"] == 50
    code, _, told = run("edit", "plain", "prompt.positive=the (sea:1.3)")
    assert code == 0
    assert '"(sea:1.3)" is plain text here, not a weight' in told
    code, _, told = run("edit", "plain", "sampling.guidance=1", "prompt.negative=fog")
    assert code == 0
    assert "guidance 1 is off, so prompt.negative does nothing" in told


def test_a_checkpoint_in_one_file_starts_with_its_familys_numbers(
    run, root: Path, tmp_path: Path
) -> None:
    begins = {f"{NETWORK}input_blocks.0.0.weight": (1, 4, 1, 1), "first_stage_model.x": (1,)}
    xl = "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias"
    file = checkpoint(tmp_path / "juggernaut.safetensors", begins | {xl: (1,)})
    code, _, told = run("new", "photo", "--model", file)
    assert (code, told) == (0, "")
    assert sampling(root, "photo") == {
        "sampler": "native", "steps": 50, "guidance": 5.0, "width": 1024, "height": 1024,
    }  # fmt: skip
    with Session(root) as session:
        found = {model.name: model for model in models_here.listed(session)}
    assert (found[file].family, found[file].side) == ("Stable Diffusion XL, single file", 1024)


def test_a_file_of_a_network_alone_is_told(run, root: Path, tmp_path: Path) -> None:
    flux = {"double_blocks.0.img_attn.norm.key_norm.scale": (1,), "img_in.weight": (1, 64)}
    file = checkpoint(tmp_path / "flux1-schnell.safetensors", flux)
    code, _, told = run("new", "alone", "--model", file)
    assert code == 0
    assert "is a file of the network of Flux alone. Name it as network" in told
    code, _, told = run("models", "check", file)
    assert code != 0
    assert 'base = "black-forest-labs/FLUX.1-schnell"' in told


def test_a_model_that_is_not_here_is_refused(run, root: Path) -> None:
    code, _, told = run("new", "none", "--model", "somebody/nothing")
    assert code != 0
    assert "is not on this machine" in told
    assert not paths.edition_file(root, "none").exists()
