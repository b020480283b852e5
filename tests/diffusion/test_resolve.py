"""Finding models: what is refused, and that it says what to do."""

import shutil
from pathlib import Path

import pytest
import torch

from edition import paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.errors import ModelError
from edition.recipe.recipe import Lora, ModelRef


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The embedded model, to be spoiled."""
    return shutil.copytree(paths.pocket_folder(), tmp_path / "model")


def test_the_embedded_model_is_whole() -> None:
    model = find(ModelRef())
    assert model.kind == "pocket"
    assert len(model.weights) == 3
    assert len(Fingerprints().of(model)) == 64


@pytest.mark.parametrize("base", [
    "nowhere", "models/dreamy", "/no/such/folder", "a b c", "./gone", "../gone", "a/.", "a/b--c",
    "-a/b", "a/b.", "a/" + 100 * "b", "a/b.git",
])  # fmt: skip
def test_an_unknown_model_is_named(base: str) -> None:
    with pytest.raises(ModelError, match="There is no model") as caught:
        find(ModelRef(base=base))
    assert caught.value.hint


def test_a_hub_model_is_not_fetched_unasked() -> None:
    with pytest.raises(ModelError, match="not on this machine") as caught:
        find(ModelRef(base="somebody/some-model"))
    assert "edition models pull somebody/some-model" in caught.value.hint


def test_truncated_weights_are_found_before_loading(copy: Path) -> None:
    file = copy / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="cut short"):
        find(ModelRef(base=str(copy)))


@pytest.mark.parametrize("content", [b"", b"\0" * 7, b"\xff" * 64, b"PK\x03\x04" * 10])
def test_garbage_is_no_weight_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="cut short or broken"):
        find(ModelRef(base=str(file)))


def test_missing_parts_are_named(copy: Path) -> None:
    (copy / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(ModelError, match="lacks its weights"):
        find(ModelRef(base=str(copy)))
    shutil.rmtree(copy / "vae")
    with pytest.raises(ModelError, match="lacks its part vae"):
        find(ModelRef(base=str(copy)))


def test_pickles_are_refused_with_a_way_out(tmp_path: Path, copy: Path) -> None:
    pickle = tmp_path / "model.ckpt"
    torch.save({"x": torch.zeros(1)}, pickle)
    with pytest.raises(ModelError, match="can run code") as caught:
        find(ModelRef(base=str(pickle)))
    assert "safetensors" in caught.value.hint
    (copy / "unet" / "diffusion_pytorch_model.safetensors").rename(copy / "unet" / "model.bin")
    with pytest.raises(ModelError, match="can run code"):
        find(ModelRef(base=str(copy)))
    with pytest.raises(ModelError, match="There is no embedding or adapter"):
        find(ModelRef(loras=(Lora(file="gone.safetensors"),)))


def test_the_fingerprint_follows_weights_and_configuration(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    ref = ModelRef(base=str(copy))
    first = Fingerprints(cache).of(find(ref))
    assert first == Fingerprints().of(find(ModelRef()))  # a copy is the same model
    assert Fingerprints(cache).of(find(ref)) == first
    (copy / "README.md").write_text("a note changes no pixel")
    assert Fingerprints(cache).of(find(ref)) == first
    config = copy / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace('"beta_end": 0.012', '"beta_end": 0.013'))
    assert Fingerprints(cache).of(find(ref)) != first


def test_a_broken_cache_is_made_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    cache.write_text("{broken")
    assert Fingerprints(cache).of(find(ModelRef())) == Fingerprints().of(find(ModelRef()))
