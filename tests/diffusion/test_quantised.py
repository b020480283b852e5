"""Networks in fewer bits: GGUF files, folders that are quantised, recipes that ask for it."""

import importlib.util
import json
from pathlib import Path

import gguf
import pytest
import torch
from diffusers import FluxTransformer2DModel
from safetensors.torch import load_file, save_file
from tests.support import tiny_families

from edition import extras
from edition.diffusion import loading, memory_plan, model_check, quantisation
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.memory_plan import GIB, WAYS
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.diffusion.resolve import find
from edition.errors import EditionError, ModelError
from edition.finetune.networks import Networks
from edition.press.device_session import DeviceSession
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling

SAMPLING = Sampling(sampler="native", steps=1, width=64, height=64, guidance=3.5)
WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"
METHODS = ("bitsandbytes", "sdnq", "torchao")


def recipe(base: Path | str, **model: object) -> Recipe:
    ref = ModelRef(base=str(base), **model)
    return Recipe(model=ref, prompt=Prompt(positive="the sea"), sampling=SAMPLING)


def drawn(wanted: Recipe) -> bytes:
    pipe = loading.load(wanted, "cpu")
    return renderer_of(pipe, "cpu").draw([RenderRequest(wanted, 1)])[0].tobytes()


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_families.save("flux-dev", tmp_path_factory.mktemp("quantised") / "flux")


@pytest.fixture(scope="module")
def blocks(flux: Path) -> Path:
    """Its network as GGUF, matrices in 8 bits."""
    file = flux.parent / "network.gguf"
    writer = gguf.GGUFWriter(str(file), "flux")
    writer.add_license("apache-2.0")
    writer.add_array("tokenizer.words", ["a", "b"])  # a list of texts to be passed over
    for name, tensor in load_file(flux / WEIGHTS).items():
        kind = gguf.GGMLQuantizationType.Q8_0
        if tensor.ndim == 2 and tensor.shape[1] % 32 == 0:
            values = gguf.quants.quantize(tensor.float().numpy(), kind)
            writer.add_tensor(name, values, raw_dtype=kind)
        else:
            writer.add_tensor(name, tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.fixture(scope="module")
def rest(flux: Path) -> Path:
    """The folder without its network's weights, as --without-network leaves it."""
    import shutil

    folder = shutil.copytree(flux, flux.parent / "rest")
    (folder / WEIGHTS).unlink()
    return folder


def test_a_gguf_network_draws_in_the_rest_of_its_model(flux, rest, blocks) -> None:
    wanted, plain = recipe(rest, network=str(blocks)), recipe(flux)
    with pytest.raises(ModelError, match="transformer lacks its weights"):
        find(recipe(rest).model)
    pipe = loading.load(wanted, "cpu")
    renderer = renderer_of(pipe, "cpu")
    one, other = renderer.draw([RenderRequest(wanted, seed) for seed in (1, 2)])
    assert renderer.draw([RenderRequest(wanted, 1)] * 2, 1)[0].tobytes() == one.tobytes()
    assert one.tobytes() != other.tobytes()
    assert one.tobytes() != drawn(plain), "8 bits are not 32"
    of = Fingerprints().of
    assert of(find(wanted.model)) != of(find(plain.model)), "it is another print"
    model = find(wanted.model)
    part = next(p for p in memory_plan.parts_of(model, "float32") if p.role == "network")
    assert (part.quantised, part.bytes) == ("gguf", blocks.stat().st_size)
    report = model_check.examine(model)
    assert report.licence.endswith("apache-2.0")
    assert "transformer by gguf" in "\n".join(report.lines())
    assert "quantised: transformer gguf" in report.memory


def test_a_network_of_plain_weights_is_the_folder_s_own(flux, rest, tmp_path) -> None:
    file = tmp_path / "network.safetensors"
    save_file(load_file(flux / WEIGHTS), file)
    assert drawn(recipe(rest, network=str(file))) == drawn(recipe(flux))


def test_what_a_network_file_can_t_be_is_told(flux, blocks, tmp_path) -> None:
    data = blocks.read_bytes()
    short = tmp_path / "short.gguf"
    for cut in (0, 3, 20, 400, len(data) - 40):
        short.write_bytes(data[:cut])
        with pytest.raises(ModelError, match="cut short or broken"):
            find(recipe(flux, network=str(short)).model)
    with pytest.raises(ModelError, match=r"not a \.safetensors file") as raised:
        find(recipe(blocks).model)
    assert "as network in [model]" in raised.value.hint
    with pytest.raises(ModelError, match=r"There is no network file nowhere\.gguf"):
        find(recipe(flux, network="nowhere.gguf").model)
    with pytest.raises(ModelError, match="put into a diffusers folder"):
        find(recipe(flux / WEIGHTS, network=str(blocks)).model)
    other = tiny_families.save("sd3", tmp_path / "sd3")
    with pytest.raises(ModelError, match="does not hold the network of"):
        loading.load(recipe(other, network=str(blocks)), "cpu")
    with pytest.raises(ModelError, match="quantised by gguf already"):
        loading.load(recipe(flux, network=str(blocks), quantise="float8"), "cpu")


def said_quantised(folder: Path, target: Path, part: str, settings: dict[str, object]) -> Path:
    import shutil

    shutil.copytree(folder, target)
    config = target / part / "config.json"
    found = json.loads(config.read_text()) | {"quantization_config": settings}
    config.write_text(json.dumps(found))
    return target


def test_a_missing_package_is_named_with_its_extra(flux, tmp_path) -> None:
    """Whichever of them is not installed here; nothing falls back to other weights."""
    absent = [name for name in METHODS if importlib.util.find_spec(name) is None]
    for name in absent:
        settings = {"quant_method": name}
        folder = said_quantised(flux, tmp_path / name, "transformer", settings)
        with pytest.raises(ModelError, match=f"{name} is not installed") as raised:
            loading.load(recipe(folder), "cpu")
        extra = "sdnq" if name == "sdnq" else "quantised"
        assert raised.value.hint == extras.install_extra(extra)
        with pytest.raises(ModelError, match=f"{name} is not installed"):
            model_check.examine(find(ModelRef(base=str(folder))))
    for wish, package in (("int8", "torchao"), ("nf4", "bitsandbytes")):
        if package in absent:
            with pytest.raises(ModelError, match=f"is done by {package}, and the package"):
                loading.load(recipe(flux, quantise=wish), "cpu")


def test_a_quantised_model_goes_whole_parts_only_and_is_not_trained(flux, tmp_path) -> None:
    settings = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    folder = said_quantised(flux, tmp_path / "bnb", "transformer", settings)
    parts = memory_plan.parts_of(find(ModelRef(base=str(folder))), "float16")
    assert memory_plan.told(parts) == "transformer bitsandbytes 8 bit"
    assert memory_plan.ways_of(parts) == WAYS[:1], "they stay on the card"
    plain = memory_plan.parts_of(find(ModelRef(base=str(flux))), "float16")
    assert memory_plan.ways_of(plain) == WAYS
    small = memory_plan.quantised(plain, "nf4")
    assert memory_plan.ways_of(small) == WAYS[:3]
    assert "quantised: transformer nf4" in memory_plan.choose(small, SAMPLING, GIB, "float16").say()
    with pytest.raises(EditionError, match="A quantised model can't be trained"):
        Networks.load(recipe(folder), None)
    with pytest.raises(EditionError, match="A quantised model can't be trained"):
        Networks.load(recipe("pocket", quantise="float8"), None)


def test_a_print_records_what_was_quantised(flux, tmp_path) -> None:
    session = DeviceSession("cpu")
    wanted = recipe(flux, quantise="float8")
    session.load(wanted, "f", tmp_path)
    assert session.made_with(wanted, "f", 1)["quantised"] == "transformer float8"
    assert len({recipe(flux, quantise=how).digest("f") for how in ("", "float8", "int8")}) == 3


@pytest.mark.parametrize("method", ["torchao", "sdnq"])
def test_a_quantised_folder_loads_by_itself(flux, tmp_path, method) -> None:
    """Where the package is installed: written by the library, read as any other folder."""
    pytest.importorskip(method)
    config = quantisation._config("int8", torch.float32) if method == "torchao" else _sdnq()
    network = FluxTransformer2DModel.from_pretrained(
        flux / "transformer", quantization_config=config, dtype=torch.float32
    )
    folder = said_quantised(flux, tmp_path / method, "transformer", {})
    (folder / WEIGHTS).unlink()
    network.save_pretrained(folder / "transformer")
    model = find(ModelRef(base=str(folder)))
    assert quantisation.methods(model) == {"transformer": method}
    whole = next(p for p in memory_plan.parts_of(find(ModelRef(base=str(flux))), "float32")
                 if p.role == "network")  # fmt: skip
    part = next(p for p in memory_plan.parts_of(model, "float32") if p.role == "network")
    assert part.quantised == method
    assert part.bytes < 0.6 * whole.bytes
    picture = drawn(recipe(folder))
    assert picture != drawn(recipe(flux))
    assert picture == drawn(recipe(folder))
    if method == "torchao":
        assert picture == drawn(recipe(flux, quantise="int8")), "the same by the recipe's key"


def _sdnq() -> object:
    from diffusers import SDNQConfig

    return SDNQConfig(weights_dtype="int8", minimum_allowed_numel=1, minimum_allowed_channel_size=1)
