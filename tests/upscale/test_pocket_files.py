"""What a training writes is what SUPIR loads, strictly."""

import pytest
import torch
from pocket_made import random_parts
from safetensors import safe_open

from edition.errors import UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale.pocket_files import pocket_places
from edition.upscale.supir import Supir
from edition.upscale.supir_text import load_text_g, load_text_l
from tools.pocket_supir.config import POCKET
from tools.pocket_supir.save_weights import save


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="module")
def parts():
    return random_parts()


@pytest.fixture(scope="module")
def folder(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "weights"
    save(folder, *parts)
    return folder


def same(one, other):
    theirs = other.state_dict()
    assert one.state_dict().keys() == theirs.keys()
    for name, tensor in one.state_dict().items():
        assert tensor.dtype == torch.float32, name
        assert torch.equal(tensor, theirs[name].half().float()), name


def test_every_network_comes_back_in_half_precision_and_computes_in_whole(folder, parts):
    vae, second, net, text_l, text_g = parts
    loaded = Supir(*pocket_places(folder), UpscaleSettings(), "cpu")
    assert loaded.arch == POCKET
    assert not loaded.published
    loaded.layout.settle(UpscaleSettings(), 8, 8)
    same(loaded.layout.net, net)
    same(loaded.layout.autoencoder.vae, vae)
    same(loaded.layout.autoencoder.second, second)
    same(load_text_l(loaded.sdxl["text_l"], POCKET.text_l).float(), text_l)
    same(load_text_g(loaded.sdxl["text_g"], POCKET.text_g).float(), text_g)
    (text,) = loaded.encode("a hill")
    assert text.context.shape == (1, 77, POCKET.context)
    assert text.vector.shape == (1, POCKET.vector)
    assert text.context.dtype == torch.float32


def test_files_hold_halves_alone_and_state_their_sizes(folder):
    files = sorted(folder.rglob("*"))
    assert [f.relative_to(folder).as_posix() for f in files if f.is_file()] == [
        "sdxl/text_encoder/model.safetensors",
        "sdxl/text_encoder_2/model.safetensors",
        "sdxl/unet/model.safetensors",
        "sdxl/vae/model.safetensors",
        "supir.safetensors",
    ]
    for file in (f for f in files if f.is_file()):
        with safe_open(file, "pt") as opened:
            kinds = {opened.get_tensor(k).dtype for k in opened.keys()}  # noqa: SIM118
        assert kinds == {torch.float16}
        assert file.stat().st_mode & 0o777 == 0o644  # who installs it may be another


def test_saving_again_keeps_what_else_lies_there(folder, parts, tmp_path):
    save(tmp_path, *parts)
    (tmp_path / "README.md").write_text("what this is")
    save(tmp_path, *parts)
    assert (tmp_path / "README.md").read_text() == "what this is"
    assert (tmp_path / "supir.safetensors").read_bytes() == (
        folder / "supir.safetensors"
    ).read_bytes()


def test_numbers_beyond_half_precision_are_refused_before_anything_is_written(parts, tmp_path):
    vae, second, net, text_l, text_g = parts
    bias = vae.decoder.conv_out.bias
    kept = bias.clone()
    bias[0] = 1e6
    try:
        with pytest.raises(UpscaleError, match=r"decoder\.conv_out\.bias"):
            save(tmp_path, vae, second, net, text_l, text_g)
    finally:
        bias.copy_(kept)
    assert not list(tmp_path.iterdir())


def test_missing_file_is_named(folder, tmp_path):
    with pytest.raises(UpscaleError, match=r"supir\.safetensors") as caught:
        pocket_places(tmp_path)
    assert caught.value.hint
