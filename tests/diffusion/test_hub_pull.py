"""Pulling models: exactly what the loader opens, from a hub on this machine."""

import json
import shutil
import signal
import subprocess
import sys
from collections import namedtuple

import pytest
from tests.support.hub_shapes import SHAPES
from tests.support.local_hub import serving
from tests.support.opened_files import watching

from edition.diffusion import hub_pull, loading
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.diffusion.resolve import find
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """Made once: ``shapes/NAME`` for each kind of repository."""
    root = tmp_path_factory.mktemp("hub")
    for name, make in SHAPES.items():
        make(root / "shapes" / name)
    return root


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch):
    with serving(repositories, monkeypatch, tmp_path / "cache") as served:
        yield served


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_pulled_is_what_the_loader_opens(hub, repositories, shape):
    folder = hub_pull.pull(f"shapes/{shape}")
    pulled = files(folder)
    recipe = Recipe(
        model=ModelRef(base=f"shapes/{shape}"), prompt=Prompt(positive="night sea"),
        sampling=Sampling(steps=1, width=64, height=64, sampler="native", noise="cpu"),
    )  # fmt: skip
    # links into the cache's blobs are opened there: watch a copy of what was pulled
    copy = shutil.copytree(folder, folder.parents[3] / "copy")
    local = recipe.model_copy(update={"model": ModelRef(base=str(copy))})
    with watching(copy) as opened:
        pipe = loading.load(local, "cpu")
    heavy = {n for n in pulled if n.endswith(".safetensors")}
    assert heavy == {n for n in opened if n.endswith(".safetensors")}
    assert opened <= pulled
    beside = {n for n in pulled - opened if not n.startswith(("README", "LICENSE"))}
    assert all(n.startswith(("tokenizer", "feature_extractor")) for n in beside), beside
    assert renderer_of(pipe, "cpu").draw([RenderRequest(local, 7)])[0].size == (64, 64)
    whole = find(ModelRef(base=str(repositories / "shapes" / shape)))
    assert Fingerprints().of(find(recipe.model)) == Fingerprints().of(whole)
    given = {n: size for n, size in hub.sent.items() if n.endswith((".safetensors", ".bin"))}
    assert given == {n: (folder / n).stat().st_size for n in heavy}, "once, and nothing else"


def test_half_precision_weights_alone_are_pulled_and_loaded(hub, tmp_path):
    folder = hub_pull.pull("shapes/sd15", variant="fp16")
    heavy = {n for n in files(folder) if n.endswith(".safetensors")}
    assert {n.split(".", 1)[1] for n in heavy} == {"fp16.safetensors"}
    assert len(heavy) == 3
    model = find(ModelRef(base="shapes/sd15"))
    assert model.variant == "fp16"
    recipe = Recipe(model=ModelRef(base="shapes/sd15"))
    assert loading.load(recipe, "cpu").unet.dtype.is_floating_point
    with pytest.raises(ModelError, match="No part of the model has int8 weights"):
        hub_pull.pull("shapes/sd15", variant="int8")


def test_what_is_here_is_not_fetched_again(hub):
    told = []
    hub_pull.pull("shapes/sdxl", tell=lambda *news: told.append(news))
    here = [news[1] for news in told]
    assert here == sorted(here)
    assert told[-1][1] == told[-1][2] > 0
    hub.sent.clear()
    hub_pull.pull("shapes/sdxl")
    assert not any(name.endswith(".safetensors") for name in hub.sent)


def test_a_damaged_file_is_fetched_again(hub):
    folder = hub_pull.pull("shapes/v14")
    blob = (folder / "unet/diffusion_pytorch_model.safetensors").resolve()
    blob.write_bytes(blob.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cut short") as caught:
        find(ModelRef(base="shapes/v14"))
    assert "edition models pull shapes/v14" in caught.value.hint
    hub_pull.pull("shapes/v14")
    find(ModelRef(base="shapes/v14"))


PULLED = """
import sys
from huggingface_hub import constants
from edition.diffusion.hub_pull import pull
constants.DOWNLOAD_CHUNK_SIZE = 4096
constants.HF_HUB_CACHE = sys.argv[1]
seen = []

def tell(what, here, total):
    seen.append(what)
    if seen.count("text_encoder/model.safetensors") == 3:  # two chunks are on the disk
        print("killed here", flush=True)
        sys.stdin.read()

pull("shapes/sd15", tell=tell)
"""


def test_a_killed_pull_goes_on_where_it_stopped(hub, tmp_path):
    cache = tmp_path / "cache"
    child = subprocess.Popen(
        [sys.executable, "-c", PULLED, str(cache)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout.readline() == "killed here\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    parts = list(cache.rglob("*.part"))
    begun = [part.stat().st_size for part in parts]
    hub.ranges.clear()
    folder = hub_pull.pull("shapes/sd15")
    assert begun == [8192]
    assert hub.ranges == ["text_encoder/model.safetensors 8192"]
    assert find(ModelRef(base="shapes/sd15")).path == folder
    assert not list(cache.rglob("*.part"))


def test_a_full_disk_is_told_before_the_first_large_byte(hub, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(hub_pull.shutil, "disk_usage", lambda _: usage(2**28, 2**27, 2**27))
    with pytest.raises(ModelError, match=r"GB on the disk of .* are free") as caught:
        hub_pull.pull("shapes/sd15")
    assert "HF_HUB_CACHE" in caught.value.hint
    assert not any(name.endswith(".safetensors") for name in hub.sent)


def test_terms_to_accept_are_explained(hub):
    hub.gated.add("shapes/flux")
    with pytest.raises(ModelError, match="accepted its terms") as caught:
        hub_pull.pull("shapes/flux")
    assert "https://huggingface.co/shapes/flux" in caught.value.hint
    assert "hf auth login" in caught.value.hint


def test_no_such_model_and_no_diffusers_model(hub, tmp_path, repositories):
    with pytest.raises(ModelError, match="The hub has no model nobody/nothing"):
        hub_pull.pull("nobody/nothing")
    with pytest.raises(ModelError, match="is no hub id"):
        hub_pull.pull("./here")
    single = repositories / "single" / "file"
    single.mkdir(parents=True, exist_ok=True)
    (single / "a.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"no model_index\.json") as caught:
        hub_pull.pull("single/file")
    assert "a.safetensors" in caught.value.hint
    shutil.copytree(repositories / "shapes/sd15", repositories / "single/pickles")
    for file in (repositories / "single/pickles").glob("unet/*.safetensors"):
        file.unlink()
    with pytest.raises(ModelError, match="The part unet lacks its weights") as caught:
        hub_pull.pull("single/pickles")
    assert "pickles" in caught.value.hint
    assert "models pull" not in caught.value.hint, "a hint that leads back here"


def test_a_model_of_blocks_is_told_before_anything_large(hub, repositories):
    blocks = repositories / "single" / "blocks"
    (blocks / "transformer").mkdir(parents=True, exist_ok=True)
    index = json.dumps({"_class_name": "Flux3ModularPipeline", "transformer": ["diffusers", "X"]})
    (blocks / "modular_model_index.json").write_text(index)
    (blocks / "transformer/diffusion_pytorch_model.safetensors").write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match=r"made of blocks \(a ModularPipeline\)") as caught:
        hub_pull.pull("single/blocks")
    assert "model_index.json" in caught.value.hint
    assert hub.sent == {}
    both = shutil.copytree(repositories / "shapes/v14", repositories / "single/both")
    shutil.copy(blocks / "modular_model_index.json", both)
    assert "modular_model_index.json" not in files(hub_pull.pull("single/both"))
    assert find(ModelRef(base="single/both")).kind == "hub"


def test_configs_of_a_single_file_come_alone(hub):
    folder = hub_pull.pull("shapes/sd15", configs_only=True)
    assert not [n for n in files(folder) if n.endswith(".safetensors")]
    assert "unet/config.json" in files(folder)
