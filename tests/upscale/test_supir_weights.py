"""Files: every tensor accounted for at full size, and a clear word for each kind of bad file."""

import os
import pickle
import shutil

import psutil
import pytest
import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
from safetensors.torch import load_file, save_file
from seedvr2_tiny import sparse_file
from supir_tiny import GOLDEN, TINY, random_networks, sdxl_tensors, supir_tensors, text_tensors

from edition.errors import UpscaleError
from edition.upscale.supir_key_mapping import control_key, unet_key, vae_key
from edition.upscale.supir_net import SDXL, SupirArchitecture, SupirNet, make_vae
from edition.upscale.supir_text import load_text_g, load_text_l
from edition.upscale.supir_weights import (
    SDXL_PREFIXES,
    STRAYS,
    SUPIR_PREFIXES,
    architecture_of,
    fill,
    load_net,
    load_vae,
    open_sdxl,
    open_supir,
    open_tensors,
    sort_keys,
)

SUPIR_FILE = GOLDEN / "weights_supir.safetensors"
SDXL_FILE = GOLDEN / "weights_sdxl.safetensors"


@pytest.fixture(scope="module")
def full():
    """The published files at full size, without their storage."""
    with torch.device("meta"):
        net, vae, second = SupirNet(SDXL), make_vae(SDXL), make_vae(SDXL).encoder
        supir = supir_tensors(net, second, SDXL)
        supir["model.control_model.mask_LQ"] = torch.empty(1, 4, 64, 64)
        sdxl = {**sdxl_tensors(net, vae, SDXL), **text_tensors(SDXL)}
    return supir, sdxl


def count(tensors, prefix):
    return sum(key.startswith(prefix) for key in tensors)


def test_supir_file_at_full_size_has_every_tensor_and_parameter(full):
    supir, _ = full
    assert len(supir) == 1035
    assert sum(tensor.numel() for tensor in supir.values()) == 1_332_356_296
    assert count(supir, "model.control_model.") == 810 + 1
    assert count(supir, "model.diffusion_model.project_modules.") == 118
    assert count(supir, "first_stage_model.denoise_encoder.") == 106


def test_sdxl_file_at_full_size_has_every_tensor(full):
    _, sdxl = full
    counts = {name: count(sdxl, prefix) for name, prefix in SDXL_PREFIXES.items()}
    assert counts == {"unet": 1680, "vae": 248, "text_l": 197, "text_g": 390}
    assert sum(counts.values()) == len(sdxl)


def test_loader_takes_every_tensor_of_full_size_files(full, tmp_path):
    supir, sdxl = full
    ours = sort_keys(tmp_path, supir, SUPIR_PREFIXES)
    theirs = sort_keys(tmp_path, sdxl, SDXL_PREFIXES)
    strays = [key for key in (*supir, *sdxl) if STRAYS.fullmatch(key)]
    assert sorted(key.rpartition(".")[2] for key in strays) == [
        "logit_scale",
        "mask_LQ",
        "position_ids",
    ]
    sorted_ = sum(len(part.tensors) for part in (*ours.values(), *theirs.values()))
    assert sorted_ + len(strays) == 1035 + 1680 + 248 + 197 + 390
    net = load_net(ours, theirs["unet"], SDXL)
    assert sum(p.numel() for p in net.unet.parameters()) == 2_567_463_684
    assert sum(p.numel() for p in net.control.parameters()) == 1_243_378_880
    assert sum(p.numel() for p in net.project_modules.parameters()) == 54_797_440
    vae, second = load_vae(ours, theirs["vae"], SDXL)
    assert sum(p.numel() for p in vae.parameters()) == 83_653_863
    assert sum(p.numel() for p in second.parameters()) == 34_163_592
    load_text_l(theirs["text_l"], SDXL.text_l)
    load_text_g(theirs["text_g"], SDXL.text_g)


def test_names_agree_with_diffusers_converters(full):
    _, sdxl = full
    unet = {k: t for k, t in sdxl.items() if k.startswith(SDXL_PREFIXES["unet"])}
    keys = {id(tensor): key for key, tensor in unet.items()}
    with torch.device("meta"):
        config = SupirNet(TINY).unet.config
        vae_config = make_vae(SDXL).config
    converted = convert_ldm_unet_checkpoint(unet, config)
    assert len(converted) == 1680
    for name, tensor in converted.items():
        assert SDXL_PREFIXES["unet"] + unet_key(name, 2) == keys[id(tensor)]
    vae = {k: t for k, t in sdxl.items() if k.startswith(SDXL_PREFIXES["vae"])}
    keys = {id(tensor): key for key, tensor in vae.items()}
    converted = convert_ldm_vae_checkpoint(vae, vae_config)
    assert len(converted) == 248
    for name, tensor in converted.items():
        if id(tensor) in keys:  # diffusers makes matrices of the attention's convolutions
            assert SDXL_PREFIXES["vae"] + vae_key(name, 4) == keys[id(tensor)]
        else:
            assert SDXL_PREFIXES["vae"] + vae_key(name, 4) in vae


@pytest.mark.parametrize(
    ("prefixed", "wrapped", "dtype"),
    [(True, True, torch.float32), (False, False, torch.float16), (True, False, torch.float16)],
)
def test_checkpoint_of_any_dress_gives_the_same_networks(tmp_path, prefixed, wrapped, dtype):
    tensors = {key: tensor.to(dtype) for key, tensor in load_file(SUPIR_FILE).items()}
    if not prefixed:
        tensors = {
            key.removeprefix("model.diffusion_model.").removeprefix("model."): tensor
            for key, tensor in tensors.items()
        }
    file = tmp_path / "SUPIR-v0Q.ckpt"
    torch.save({"state_dict": tensors} if wrapped else tensors, file)
    net = load_net(open_supir(file), open_sdxl(SDXL_FILE)["unet"], TINY).float()
    wanted = load_net(open_supir(SUPIR_FILE), open_sdxl(SDXL_FILE)["unet"], TINY).float()
    for (name, ours), theirs in zip(
        net.state_dict().items(), wanted.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), name


def test_diffusers_folder_gives_the_same_networks(tmp_path):
    net, vae, _ = random_networks(TINY)
    net.unet.save_pretrained(tmp_path / "unet", max_shard_size="200KB")
    assert len(list((tmp_path / "unet").glob("*.safetensors"))) > 1
    vae.save_pretrained(tmp_path / "vae")
    for name in ("text_encoder", "text_encoder_2"):
        (tmp_path / name).mkdir()
        save_file({"x": torch.zeros(1)}, tmp_path / name / "model.safetensors")
    loaded = load_net(open_supir(SUPIR_FILE), open_sdxl(tmp_path)["unet"], TINY)
    for name, tensor in loaded.unet.state_dict().items():
        assert torch.equal(tensor, net.unet.state_dict()[name]), name


def test_missing_wrong_and_surplus_tensors_are_named_with_shapes(tmp_path):
    tensors = load_file(SUPIR_FILE)
    key = "model.control_model.input_hint_block.0.weight"
    file = tmp_path / "supir.safetensors"
    unet = open_sdxl(SDXL_FILE)["unet"]

    def fault(changed):
        save_file(changed, file)
        with pytest.raises(UpscaleError) as caught:
            load_net(open_supir(file), unet, TINY)
        return caught.value.message

    without = {k: t for k, t in tensors.items() if k != key}
    assert f"{key} [32, 4, 3, 3] is missing" in fault(without)
    wrong = {**tensors, key: torch.zeros(32, 3, 3, 3)}
    assert f"{key} is [32, 3, 3, 3] instead of [32, 4, 3, 3]" in fault(wrong)
    more = {**tensors, "model.control_model.extra.weight": torch.zeros(1)}
    assert "model.control_model.extra.weight is not known" in fault(more)
    assert "unheard.of is not known" in fault({**tensors, "unheard.of": torch.zeros(1)})


def test_many_faults_are_counted_not_listed(tmp_path):
    with pytest.raises(UpscaleError) as caught:
        load_net(open_supir(SUPIR_FILE), open_sdxl(SDXL_FILE)["unet"], SupirArchitecture())
    assert caught.value.message.count(";") == 3
    assert "more." in caught.value.message


def test_stable_diffusion_1_is_recognised(tmp_path):
    file = tmp_path / "v1-5.safetensors"
    save_file(
        {
            "model.diffusion_model.input_blocks.0.0.weight": torch.zeros(320, 4, 3, 3),
            "cond_stage_model.transformer.text_model.embeddings.x": torch.zeros(1),
        },
        file,
    )
    with pytest.raises(UpscaleError, match=r"looks like a Stable Diffusion 1\.x checkpoint"):
        open_sdxl(file)
    with pytest.raises(UpscaleError, match=r"looks like a Stable Diffusion 1\.x checkpoint"):
        open_supir(file)


def test_files_in_each_others_place_are_recognised():
    with pytest.raises(UpscaleError, match="not an SDXL checkpoint but looks like a SUPIR file"):
        open_sdxl(SUPIR_FILE)
    with pytest.raises(UpscaleError, match="not a SUPIR file"):
        open_supir(SDXL_FILE)


def test_refiner_is_refused(tmp_path):
    file = tmp_path / "refiner.safetensors"
    save_file(
        {
            "model.diffusion_model.label_emb.0.0.weight": torch.zeros(1),
            "conditioner.embedders.0.model.ln_final.weight": torch.zeros(1),
        },
        file,
    )
    with pytest.raises(UpscaleError, match="refiner"):
        open_sdxl(file)


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.999])
@pytest.mark.parametrize("kind", [".safetensors", ".ckpt"])
def test_truncated_file_is_refused(tmp_path, kind, share):
    whole = tmp_path / f"whole{kind}"
    if kind == ".ckpt":
        torch.save(load_file(SUPIR_FILE), whole)
    else:
        shutil.copy(SUPIR_FILE, whole)
    data = whole.read_bytes()
    file = tmp_path / f"cut{kind}"
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UpscaleError) as caught:
        open_supir(file)
    assert str(file) in caught.value.message
    assert caught.value.hint


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("bomb-went-off",)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickle_with_code_is_refused_and_not_run(tmp_path, monkeypatch, zipped):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "evil.ckpt"
    held = {"state_dict": {"model.control_model.x": torch.zeros(1)}, "callback": Bomb()}
    if zipped:
        torch.save(held, file)
    else:
        file.write_bytes(pickle.dumps(held))
    with pytest.raises(UpscaleError) as caught:
        open_supir(file)
    assert str(file) in caught.value.message
    assert not (tmp_path / "bomb-went-off").exists()


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff" * 64, b"PK\x03\x04" + b"\0" * 100])
@pytest.mark.parametrize("kind", [".safetensors", ".ckpt"])
def test_garbage_is_refused(tmp_path, kind, content):
    file = tmp_path / f"garbage{kind}"
    file.write_bytes(content)
    with pytest.raises(UpscaleError):
        open_tensors(file)


def test_missing_file_and_empty_folder_are_named(tmp_path):
    with pytest.raises(UpscaleError, match="no weight file"):
        open_supir(tmp_path / "none.ckpt")
    with pytest.raises(UpscaleError, match="holds no"):
        open_sdxl(tmp_path)


def test_refusing_a_file_does_not_read_its_tensors(tmp_path):
    file = tmp_path / "wrong.ckpt"
    torch.save({"unheard.of": torch.zeros(40_000_000)}, file)  # 160 MB
    before = psutil.Process().memory_info().rss
    with pytest.raises(UpscaleError):
        open_supir(file)
    assert psutil.Process().memory_info().rss - before < 40e6


def test_loading_keeps_one_copy(tmp_path):
    net = load_net(open_supir(SUPIR_FILE), open_sdxl(SDXL_FILE)["unet"], TINY)
    held = open_tensors(SUPIR_FILE)["model.control_model.input_hint_block.0.weight"]
    loaded = net.control.input_hint_block[0].weight
    assert loaded.dtype == held.dtype  # as stored: nothing was widened or copied yet
    assert not any(p.is_meta for p in net.parameters())


def test_architecture_is_stated_by_small_files_only(tmp_path):
    assert architecture_of(SUPIR_FILE) == SDXL
    file = tmp_path / "small.safetensors"
    save_file({"x": torch.zeros(1)}, file, {"edition.architecture": TINY.to_json()})
    assert architecture_of(file) == TINY
    stated = TINY.to_json()
    for bad in (
        "{}",
        "[]",
        "nonsense",
        stated.replace("64", "999999999"),
        stated.replace('"layers": 2', '"layers": 5000', 1),
        stated.replace('"head": 16', '"head": 7'),
    ):
        assert bad != stated
        save_file({"x": torch.zeros(1)}, file, {"edition.architecture": bad})
        with pytest.raises(UpscaleError):
            architecture_of(file)


def shapes_of(tensors):
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def test_full_size_file_is_mapped_not_read(full, holes):
    supir = sparse_file(shapes_of(full[0]), holes / "SUPIR-v0Q_fp16.safetensors")
    assert supir.stat().st_size > 2.6e9
    before = psutil.Process().memory_info().rss
    parts = open_supir(supir)
    with torch.device("meta"):
        net = SupirNet(SDXL)
    fill(net.control, parts["control"], lambda name: control_key(name, SDXL.layers))
    fill(net.project_modules, parts["adapters"])
    net.control.to(torch.float16)  # as stored: nothing to convert, so nothing to copy
    assert sum(p.numel() for p in net.control.parameters()) == 1_243_378_880
    assert psutil.Process().memory_info().rss - before < 300e6


def test_wrong_file_is_judged_by_its_keys_before_a_tensor_is_touched(full, holes):
    sdxl = sparse_file(shapes_of(full[1]), holes / "sd_xl_base_1.0.safetensors")
    assert sdxl.stat().st_size > 6.9e9
    told = []

    def judge(keys):
        told.extend(keys)
        raise UpscaleError("of no use")

    before = psutil.Process().memory_info().vms
    with pytest.raises(UpscaleError, match="of no use"):
        open_tensors(sdxl, judge)
    assert len(told) == 1680 + 248 + 197 + 390
    assert psutil.Process().memory_info().vms - before < 1e9
    with pytest.raises(UpscaleError, match="looks like an SDXL checkpoint"):
        open_supir(sdxl)
