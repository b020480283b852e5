"""`models check`: it says what the loader will do, and refuses what the loader would refuse."""

import json
import shutil

import pytest
from tests.fakes import tiny_sd, tiny_sdxl
from tests.support.hub_shapes import SHAPES

from edition.diffusion import families, memory_plan, model_check, quantisation
from edition.diffusion.device import Device
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find, local_file
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef

CARD = Device("cuda", "a card", 8 << 30, 7 << 30)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    root = tmp_path_factory.mktemp("shapes")
    return {name: make(root / name) for name, make in SHAPES.items()}


@pytest.fixture
def copy(tmp_path, shapes):
    """A Stable Diffusion 1.5 in its repository's shape, to be spoiled."""
    return shutil.copytree(shapes["sd15"], tmp_path / "copy")


def examined(folder, device=CARD):
    return model_check.examine(find(ModelRef(base=str(folder))), device)


def refused(folder):
    with pytest.raises(ModelError) as caught:
        examined(folder)
    assert "models check" not in caught.value.hint, "a hint that leads back here"
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(("shape", "family", "licence"), [
    ("sd15", "StableDiffusionPipeline", "creativeml-openrail-m"),
    ("sdxl", "StableDiffusionXLPipeline", "openrail++"),
    ("flux", "FluxPipeline", "flux-1-dev-non-commercial-license"),
])  # fmt: skip
def test_what_will_be_loaded_is_said(shapes, shape, family, licence):
    found = examined(shapes[shape])
    assert (found.family, found.licence, found.variant) == (family, licence, "")
    assert found.dtype == ("bfloat16" if shape == "flux" else "float16"), "as it is loaded"
    assert found.memory.startswith("whole: ")
    assert found.device == "a card"
    assert any(family in line for line in found.lines())
    plain = examined(shapes[shape], Device("cpu", "CPU, 2 cores", 4 << 30, 2 << 30))
    assert "of the machine's 2.0 GiB that are free" in plain.memory
    assert "card" not in plain.memory


def test_half_precision_weights_alone(copy):
    for file in copy.glob("*/*.safetensors"):
        if file.parent.name != "safety_checker" and ".fp16." not in file.name:
            file.unlink()
    found = examined(copy)
    assert found.variant == "fp16"
    assert all(".fp16." in name for name in found.weights)


def test_a_second_weight_file_changes_nothing(copy):
    before = Fingerprints().of(find(ModelRef(base=str(copy))))
    for file in (*copy.glob("*/*.fp16.*"), *copy.glob("*.ckpt"), *copy.glob("*/*non_ema*")):
        file.unlink()
    shutil.rmtree(copy / "safety_checker")
    assert Fingerprints().of(find(ModelRef(base=str(copy)))) == before


def test_missing_shards_are_named(tmp_path, shapes):
    folder = shutil.copytree(shapes["flux"], tmp_path / "flux")
    shards = sorted((folder / "transformer").glob("*-of-*.safetensors"))
    shards[1].unlink()
    assert f"transformer lacks 1 of its weight files: {shards[1].name}" in refused(folder)


@pytest.mark.parametrize(("file", "said"), [
    ("unet/config.json", "unet lacks its config.json"),
    ("unet/diffusion_pytorch_model.safetensors", "unet lacks its weights"),
])  # fmt: skip
def test_missing_files_are_named(copy, file, said):
    for other in copy.glob("unet/*.fp16.*"):
        other.unlink()
    (copy / file).unlink()
    assert said in refused(copy)


def test_weights_of_another_model_are_told(copy, tmp_path):
    other = tiny_sdxl(tmp_path / "xl")
    name = "unet/diffusion_pytorch_model.safetensors"
    shutil.copy(other / name, copy / name)
    told = refused(copy)
    assert "The weights of the part unet" in told
    assert "tensors" in told


def test_a_class_that_nobody_knows_is_told(copy):
    index = copy / "model_index.json"
    facts = json.loads(index.read_text())
    index.write_text(json.dumps(facts | {"_class_name": "TomorrowPipeline"}))
    assert "no pipeline TomorrowPipeline" in refused(copy)
    index.write_text(json.dumps(facts | {"unet": ["diffusers", "TomorrowNet"]}))
    assert "The part unet is a TomorrowNet" in refused(copy)


def test_what_the_loader_refuses_is_refused(copy):
    index = copy / "model_index.json"
    facts = json.loads(index.read_text())
    index.write_text(json.dumps(facts | {"_class_name": "StableDiffusionXLImg2ImgPipeline"}))
    assert "refines pictures of its base model" in refused(copy)


def test_a_list_of_settings_is_no_part(tmp_path):
    folder = tiny_sd(tmp_path / "m")
    index = folder / "model_index.json"
    facts = json.loads(index.read_text()) | {"sigmas": [1.0, 0.5], "names": ["a", "b", "c"]}
    index.write_text(json.dumps(facts))
    assert examined(folder).family == "StableDiffusionPipeline"


@pytest.mark.parametrize("content", ["{bad", "[1]"])
def test_a_broken_configuration_is_named_and_not_drawn_with(tmp_path, content):
    folder = tiny_sd(tmp_path / "model")
    (folder / "unet" / "config.json").write_text(content)
    for act in (
        model_check.examine,
        quantisation.methods,
        lambda m: memory_plan.parts_of(m, "float32"),
    ):
        with pytest.raises(ModelError, match=r"unet.config\.json can't be read"):
            act(find(ModelRef(base=str(folder))))


@pytest.mark.parametrize("base", ["~nobody-here/model", "m" * 300, "~"])
def test_a_name_that_can_be_no_path_is_told(base):
    with pytest.raises(ModelError):
        find(ModelRef(base=base))
    with pytest.raises(ModelError, match="There is no adapter"):
        local_file(base, None, what="adapter")


@pytest.mark.parametrize(("name", "few"), [
    ("sdxl-turbo", 4), ("sd_xl_turbo_1.0.safetensors", 4), ("SDXLTurbo", 4), ("v21TurboDPM", 4),
    ("nonturbo-sd15", 0), ("turbos", 0), ("plain", 0),
])  # fmt: skip
def test_a_turbo_is_known_by_the_word_in_its_own_name(tmp_path, name, few):
    assert families.known("StableDiffusionXLPipeline", name=name).few_steps == few
    snapshot = tmp_path / "turbo-studio" / "models--some--model" / "snapshots" / "1a2b"
    assert families.model_name(snapshot) == "models--some--model"
    assert families.model_name(tmp_path / "turbo-studio" / "plain") == "plain"
