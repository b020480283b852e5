"""SeedVR2's files: every tensor accounted for at full size, a clear word for each bad one."""

import json
import math
import os

import psutil
import pytest
import torch
from safetensors.torch import save_file
from seedvr2_tiny import (
    FILES,
    GOLDEN,
    TINY,
    TINY_VAE,
    VAE_FILE,
    sparse_file,
    tensors_of,
    write_files,
)

from edition.errors import UpscaleError
from edition.upscale.seedvr2_arch import PUBLISHED, SEEDVR2_3B, SEEDVR2_7B, SeedVR2Architecture
from edition.upscale.seedvr2_vae import VaeArchitecture
from edition.upscale.seedvr2_weights import (
    in_8_bit,
    load_transformer,
    load_vae,
    open_text,
    open_transformer,
    open_vae,
    published_shapes,
    published_vae_shapes,
)
from edition.upscale.supir_weights import ARCHITECTURE_FIELD, open_sdxl, open_supir


def values(shapes):
    return sum(math.prod(shape) for shape in shapes.values())


@pytest.mark.parametrize(
    ("kind", "tensors", "numbers", "size"),
    [("3b", 635, 3_391_476_448, 6_783_018_808), ("7b", 1128, 8_239_608_232, 16_479_334_424)],
)
def test_transformer_of_full_size_has_every_tensor(holes, kind, tensors, numbers, size):
    shapes = published_shapes(PUBLISHED[kind])
    assert (len(shapes), values(shapes)) == (tensors, numbers)
    file = sparse_file(shapes, holes / "seedvr2.safetensors")
    assert abs(file.stat().st_size - size) < 0.0001 * size  # the header is written otherwise
    before = psutil.Process().memory_info().rss
    part, arch, texts = open_transformer(file)
    net = load_transformer(part, arch)
    assert arch == PUBLISHED[kind]
    assert not texts
    assert psutil.Process().memory_info().rss - before < 300e6  # mapped, not read
    freqs = arch.layers * arch.waves
    assert sum(p.numel() for p in net.parameters()) == numbers - freqs
    assert len(list(net.parameters())) == tensors - arch.layers


def test_autoencoder_of_full_size_has_every_tensor():
    shapes = published_vae_shapes(VaeArchitecture())
    assert (len(shapes), values(shapes)) == (250, 250_648_227)
    encoder = {k: s for k, s in shapes.items() if k.startswith("encoder.")}
    assert (len(encoder), values(encoder)) == (106, 100_046_496)


@pytest.mark.parametrize("prefix", ["model.diffusion_model.", "diffusion_model.", "model.", "dit."])
@pytest.mark.parametrize("kind", ["3b", "7b"])
def test_a_file_of_any_dress_gives_the_same_network(tmp_path, kind, prefix):
    arch = TINY[kind]
    file = tmp_path / "repack.safetensors"
    tensors = {f"{prefix}{key}": t for key, t in tensors_of(kind).items() if "freqs" not in key}
    text = torch.zeros(58, arch.text)
    extra = {f"{prefix}positive_conditioning": text, f"{prefix}negative_conditioning": text.clone()}
    save_file({**tensors, **extra}, file, {ARCHITECTURE_FIELD: arch.to_json()})
    part, stated, texts = open_transformer(file)
    assert stated == arch
    assert set(texts) == {"positive_conditioning", "negative_conditioning"}
    ours = load_transformer(part, arch).state_dict()
    wanted = load_transformer(open_transformer(FILES[kind])[0], arch).state_dict()
    for name, tensor in wanted.items():
        assert torch.equal(ours[name], tensor), name


def test_official_checkpoint_gives_the_same_network(tmp_path):
    file = tmp_path / "seedvr2_ema_3b.pth"
    torch.save({key: tensor.float() for key, tensor in tensors_of("3b").items()}, file)
    ours = load_transformer(open_transformer(file)[0], TINY["3b"]).state_dict()
    wanted = load_transformer(open_transformer(FILES["3b"])[0], TINY["3b"]).state_dict()
    assert all(torch.equal(ours[name], tensor.float()) for name, tensor in wanted.items())


def test_the_kind_is_told_by_the_keys_of_published_files(tmp_path):
    assert open_transformer(FILES["3b"])[1] == SEEDVR2_3B
    assert open_transformer(FILES["7b"])[1] == SEEDVR2_7B


def fault(work):
    with pytest.raises(UpscaleError) as caught:
        work()
    assert caught.value.hint
    return caught.value.message


def changed(tmp_path, change, kind="3b"):
    tensors = tensors_of(kind)
    change(tensors)
    file = tmp_path / "changed.safetensors"
    save_file(tensors, file)

    def work():
        if kind == "vae":
            return load_vae(open_vae(file)[0], TINY_VAE)
        return load_transformer(open_transformer(file)[0], TINY[kind])

    return fault(work)


def test_missing_wrong_and_surplus_tensors_are_named_with_shapes(tmp_path):
    key = "blocks.3.attn.proj_qkv.all.weight"
    said = changed(tmp_path, lambda t: t.pop(key))
    assert f"{key} [192, 64] is missing" in said
    said = changed(tmp_path, lambda t: t.update({key: torch.zeros(192, 32)}))
    assert f"{key} is [192, 32] instead of [192, 64]" in said
    assert "a.b is not known" in changed(tmp_path, lambda t: t.update({"a.b": torch.zeros(1)}))
    freqs = "blocks.0.attn.rope.rope.freqs"
    said = changed(tmp_path, lambda t: t.update({freqs: torch.zeros(7)}))
    assert f"{freqs} is [7] instead of [5]" in said
    said = changed(tmp_path, lambda t: t.update({key: torch.zeros(192, 64, dtype=torch.int8)}))
    assert f"{key} holds int8" in said


def test_autoencoder_without_its_time_is_named(tmp_path):
    key = "decoder.conv_in.weight"

    def flatten(tensors):
        tensors[key] = tensors[key].sum(2)

    said = changed(tmp_path, flatten, "vae")
    assert f"{key} is [32, 16, 3, 3] instead of [32, 16, 3, 3, 3]" in said
    key = "decoder.up_blocks.0.upsamplers.0.upscale_conv.weight"

    def halve(tensors):
        tensors[key] = tensors[key][:128].clone()

    assert f"{key} is [128, 32, 1, 1, 1] instead of [256," in changed(tmp_path, halve, "vae")


def test_files_in_each_others_place_are_recognised():
    assert "not a SeedVR2 transformer but looks like a SeedVR2 autoencoder" in fault(
        lambda: open_transformer(VAE_FILE)
    )
    assert "not a SeedVR2 autoencoder but looks like a SeedVR2 transformer" in fault(
        lambda: open_vae(FILES["3b"])
    )
    supir = GOLDEN.parent / "golden" / "weights_supir.safetensors"
    assert "looks like a SUPIR file" in fault(lambda: open_transformer(supir))
    assert "looks like a SeedVR2 transformer" in fault(lambda: open_supir(FILES["3b"]))
    assert "looks like a SeedVR2 transformer" in fault(lambda: open_sdxl(FILES["3b"]))


def test_weights_scaled_in_8_bit_and_gguf_are_refused(tmp_path):
    scaled = {"blocks.0.attn.proj_qkv.vid.scale_weight": torch.ones(1)}
    assert "scale_weight" in changed(tmp_path, lambda t: t.update(scaled))
    file = tmp_path / "seedvr2.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    assert "GGUF" in fault(lambda: open_transformer(file))
    assert "GGUF" in fault(lambda: open_vae(file))


def test_a_7b_whose_last_block_is_in_8_bit_is_refused(holes):
    file = sparse_file(published_shapes(SEEDVR2_7B), holes / "7b_fp8.safetensors", "F8_E4M3")
    assert "last block in 8 bit" in fault(lambda: open_transformer(file))


def test_a_3b_in_8_bit_is_taken_as_it_is(tmp_path):
    file = tmp_path / "3b_fp8.safetensors"
    save_file({key: t.to(torch.float8_e4m3fn) for key, t in tensors_of("3b").items()}, file)
    net = load_transformer(open_transformer(file)[0], TINY["3b"])
    assert in_8_bit(net)
    assert not in_8_bit(load_transformer(open_transformer(FILES["3b"])[0], TINY["3b"]))


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["3b", "vae"])
def test_truncated_file_is_refused(tmp_path, kind, share):
    data = (VAE_FILE if kind == "vae" else FILES[kind]).read_bytes()
    file = tmp_path / "cut.safetensors"
    file.write_bytes(data[: int(len(data) * share)])
    said = fault(lambda: (open_vae if kind == "vae" else open_transformer)(file))
    assert str(file) in said


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("bomb-went-off",)


def test_pickle_with_code_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("seedvr2_ema_3b.pth", "pos_emb.pt"):
        torch.save({"x": Bomb()}, tmp_path / name)
    fault(lambda: open_transformer(tmp_path / "seedvr2_ema_3b.pth"))
    fault(lambda: open_text(tmp_path / "pos_emb.pt", SEEDVR2_3B))
    assert not (tmp_path / "bomb-went-off").exists()


def test_an_encoded_prompt_is_read_from_any_of_its_files(tmp_path):
    text = torch.randn(58, 5120).bfloat16()
    torch.save(text, tmp_path / "pos_emb.pt")
    save_file({"anything": text[None]}, tmp_path / "one.safetensors")
    save_file({"pos_emb": text, "neg_emb": text * 2}, tmp_path / "both.safetensors")
    for name in ("pos_emb.pt", "one.safetensors", "both.safetensors"):
        assert torch.equal(open_text(tmp_path / name, SEEDVR2_3B), text.float())


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"x": torch.zeros(58, 4096)}, "not an encoded prompt of 5120"),
        ({"x": torch.zeros(58)}, "not an encoded prompt"),
        ({"x": torch.zeros(0, 5120)}, "not an encoded prompt"),
        ({"x": torch.zeros(58, 5120, dtype=torch.int32)}, "int32"),
        ({"x": torch.full((58, 5120), math.nan)}, "not finite"),
        ({"x": torch.zeros(1), "y": torch.zeros(1)}, "none called pos_emb"),
    ],
)
def test_an_encoded_prompt_of_another_kind_is_refused(tmp_path, held, said):
    file = tmp_path / "text.safetensors"
    save_file(held, file)
    assert said in fault(lambda: open_text(file, SEEDVR2_3B))


def test_architecture_is_stated_by_small_files_only(tmp_path):
    net, vae, _ = write_files(tmp_path)
    assert open_transformer(net)[1] == TINY["3b"]
    assert open_vae(vae)[1] == TINY_VAE
    assert open_vae(VAE_FILE)[1] == VaeArchitecture()
    stated = TINY["3b"].to_json()
    for bad in ("{}x", "[]", '{"dim": "wide"}', stated.replace("64", "999999"), '{"no": 1}'):
        save_file(tensors_of("3b"), net, {ARCHITECTURE_FIELD: bad})
        fault(lambda: open_transformer(net))
        save_file(tensors_of("vae"), vae, {ARCHITECTURE_FIELD: bad})
        fault(lambda: open_vae(vae))


def test_an_architecture_survives_its_statement():
    for arch in (*PUBLISHED.values(), *TINY.values()):
        assert SeedVR2Architecture.from_json(arch.to_json()) == arch
    assert VaeArchitecture.from_json(TINY_VAE.to_json()) == TINY_VAE
    assert json.loads(SEEDVR2_3B.to_json())["hidden"] == 6912
