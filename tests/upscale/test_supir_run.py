"""The whole way of a print through SUPIR, with small weights, on the CPU."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from supir_tiny import SDXL_PREFIXES, TINY, random_networks, text_tensors, write_golden_files

from edition.errors import Stopped, UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import licences, network_storage, supir, tiles
from edition.upscale.memory_ladder import GIB, LADDER, DeviceLayout, choose
from edition.upscale.network_storage import Precision
from edition.upscale.supir_memory import SupirLoad, load_of
from edition.upscale.supir_pre_post import prepare, preview
from edition.upscale.supir_text import encode_prompts, load_text_g, tokenizer
from edition.upscale.supir_vae import SupirAutoencoder
from edition.upscale.supir_weights import open_sdxl
from edition.upscale.tiles import windows


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_golden_files(tmp_path_factory.mktemp("weights"))


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def settings(files):
    return UpscaleSettings(
        method="supir",
        scale=2.0,
        min_size=64,
        edm_steps=3,
        supir_file=str(files[0]),
        sdxl_file=str(files[1]),
    )


def picture(width=64, height=48):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 4 % 256, y * 5 % 256, (x + y) * 3 % 256], axis=-1)
    return Image.fromarray(rgb.astype(np.uint8))


def enlarge(settings, seed=5, prompt="a hill", progress=None, image=None):
    return supir.run(
        image or picture(), settings, seed=seed, prompt=prompt, device="cpu", progress=progress
    )


def changed(settings, **fields):
    return UpscaleSettings.model_validate({**settings.model_dump(), **fields})


def test_print_is_enlarged_and_carries_what_made_it(settings):
    out, facts = enlarge(settings)
    assert out.size == (128, 96)
    assert out.mode == "RGB"
    assert facts["prompt"] == "a hill, sharp textures, fine grain, rich color depth"
    assert facts["seed"] == "5"
    assert len(facts["supir_sha256"]) == len(facts["sdxl_sha256"]) == 64
    assert facts["supir_sha256"] != facts["sdxl_sha256"]
    assert facts["licence"] == supir.OWN
    assert json.loads(facts["settings"])["control_scale"] == 0.9
    assert str(settings.supir_file) not in facts["settings"]  # nobody else's business
    assert "guidance" in facts["memory"]


def test_same_seed_gives_the_same_bytes_and_another_does_not(settings):
    first, _ = enlarge(settings)
    again, _ = enlarge(settings)
    other, _ = enlarge(settings, seed=6)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_fresh_weights_give_the_same_bytes_as_loaded_ones(settings):
    first, _ = enlarge(settings)
    enlarge(settings, prompt="something else")
    network_storage._at_hand.clear()
    again, _ = enlarge(settings)
    assert first.tobytes() == again.tobytes()


def test_prompt_guidance_and_control_all_matter(settings):
    plain = enlarge(settings)[0].tobytes()
    assert enlarge(settings, prompt="a lake")[0].tobytes() != plain
    for fields in (
        {"s_cfg": 6.0},
        {"negative": "noise"},
        {"control_scale": 0.5},
        {"s_churn": 0.0},
        {"s_stage1": 2.0},
        {"color_fix": "adain"},
        {"linear_s_stage2": True, "spt_linear_s_stage2": 0.3},
        {"linear_cfg": False},
    ):
        assert enlarge(changed(settings, **fields))[0].tobytes() != plain, fields


def test_progress_counts_steps_and_shows_previews(settings):
    seen = []
    enlarge(settings, progress=lambda k, n, show: seen.append((k, n, show and show())))
    assert [(k, n) for k, n, _ in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert seen[0][2] is None
    assert all(len(shown) == 3072 for _, _, shown in seen[1:])
    assert len({shown for _, _, shown in seen[1:]}) == 3


def test_work_ends_between_steps_and_can_be_done_again(settings):
    whole, _ = enlarge(settings)

    def stop(k, n, show):
        if k == 2:
            raise Stopped("stopped")

    with pytest.raises(Stopped):
        enlarge(settings, progress=stop)
    assert enlarge(settings)[0].tobytes() == whole.tobytes()


def test_tiles_and_strips_and_passes_give_a_picture_of_the_same_size(settings):
    whole, said = enlarge(changed(settings, memory="roomy"))
    assert "latent whole" in said["memory"]
    lean, said = enlarge(changed(settings, memory="lean", vae_rows=2))
    assert "two passes" in said["memory"]
    assert "strips" in said["memory"]
    difference = np.abs(np.asarray(whole, int) - np.asarray(lean, int))
    assert difference.max() <= 1  # the same picture up to rounding
    wide = changed(settings, scale=4.0, tiled="always", latent_tile=16, latent_stride=8)
    tiled, said = enlarge(wide)
    assert "latent in tiles" in said["memory"]
    assert tiled.size == (256, 192)
    untiled, _ = enlarge(changed(wide, tiled="never"))
    assert tiled.tobytes() != untiled.tobytes()


@pytest.mark.parametrize("memory", ["small", "tight", "stream"])
def test_every_rung_gives_the_same_picture_on_the_cpu(settings, memory):
    roomy, _ = enlarge(changed(settings, memory="roomy"))
    out, said = enlarge(changed(settings, memory=memory, tiled="never"))
    assert said["memory"].startswith(memory)
    assert np.abs(np.asarray(roomy, int) - np.asarray(out, int)).max() <= 1


def test_eight_bit_weights_take_less_room_and_lose_only_precision(settings):
    plain, _ = enlarge(changed(settings, diff_dtype="bfloat16"))
    full = network_storage.weight_bytes(next(iter(network_storage._at_hand.values())).layout.net)
    small, facts = enlarge(changed(settings, diff_dtype="float8"))
    loaded = next(iter(network_storage._at_hand.values()))
    assert network_storage.weight_bytes(loaded.layout.net) < 0.65 * full
    assert "float8" in facts["precision"]
    # the goldens' weights are 8-bit numbers to begin with: storing them so loses nothing
    assert small.tobytes() == plain.tobytes()


def test_shortage_of_memory_takes_the_next_rung(settings, monkeypatch):
    wanted, _ = enlarge(changed(settings, memory="lean"))
    network_storage._at_hand.clear()
    right, falls = SupirAutoencoder.decode, [1, 1]

    def short(self, latent):
        if not self.rows and falls:
            falls.pop()
            raise torch.OutOfMemoryError("short")
        return right(self, latent)

    monkeypatch.setattr(SupirAutoencoder, "decode", short)
    out, facts = enlarge(settings)
    assert facts["memory"].startswith("after a shortage, lean")
    assert out.tobytes() == wanted.tobytes()


def test_shortage_on_a_fixed_rung_is_said(settings, monkeypatch):
    def short(self, latent):
        raise torch.OutOfMemoryError("short")

    monkeypatch.setattr(SupirAutoencoder, "decode", short)
    with pytest.raises(UpscaleError, match="fell short on the rung 'lean'"):
        enlarge(changed(settings, memory="lean"))
    with pytest.raises(UpscaleError, match="fell short on the rung 'stream'"):
        enlarge(settings)


def test_streamed_layers_compute_the_same(files):
    net, _, _ = random_networks(TINY)
    x, text = torch.randn(1, 4, 8, 8), torch.randn(1, 7, 64)
    given = (x, torch.tensor([400]), x, text, torch.randn(1, TINY.vector), 0.9)
    wanted = net(*given)
    network_storage.stream_layers(net, torch.device("cpu"))
    assert torch.equal(net(*given), wanted)


def test_published_weights_need_consent_first(settings, tmp_path):
    weights = tmp_path / "SUPIR-v0Q.safetensors"  # states no architecture: SUPIR's own
    save_file(load_file(settings.supir_file), weights)
    theirs = changed(settings, supir_file=str(weights))
    with pytest.raises(UpscaleError) as caught:
        enlarge(theirs)
    assert "edition models accept supir" in caught.value.hint
    licences.accept("supir")
    with pytest.raises(UpscaleError, match="does not fit"):  # small weights under a large name
        enlarge(theirs)


def test_files_are_asked_for_by_name(settings, monkeypatch, files, tmp_path):
    unnamed = changed(settings, supir_file="", sdxl_file="")
    with pytest.raises(UpscaleError) as caught:
        enlarge(unnamed)
    assert "supir_file" in caught.value.hint
    monkeypatch.setenv("EDITION_SUPIR_FILE", str(files[0]))
    monkeypatch.setenv("EDITION_SDXL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(UpscaleError, match="nowhere"):
        enlarge(unnamed)
    with pytest.raises(UpscaleError, match="is not on this machine") as caught:
        enlarge(changed(unnamed, sdxl_file="RunDiffusion/Juggernaut-XL-v9"))
    assert "edition models pull RunDiffusion/Juggernaut-XL-v9" in caught.value.hint
    monkeypatch.setenv("EDITION_SDXL_FILE", str(files[1]))
    assert enlarge(unnamed)[0].size == (128, 96)


def test_sdxl_file_without_text_encoders_is_refused(settings, tmp_path):
    bare = tmp_path / "bare.safetensors"
    tensors = load_file(settings.sdxl_file)
    save_file({k: t for k, t in tensors.items() if not k.startswith("conditioner.")}, bare)
    with pytest.raises(UpscaleError, match="is missing"):
        enlarge(changed(settings, sdxl_file=str(bare)))


def test_consent_survives_and_a_broken_file_means_none(tmp_path):
    assert not licences.accepted("supir")
    with pytest.raises(UpscaleError, match="Non-commercial"):
        licences.require("supir")
    licences.accept("supir")
    licences.accept("supir")
    assert licences.require("supir").title.startswith("SUPIR")
    licences.consent_file().write_text("{broken", encoding="utf-8")
    assert not licences.accepted("supir")
    with pytest.raises(UpscaleError, match="no licence 'other'"):
        licences.accept("other")


@pytest.mark.parametrize(
    ("card_gib", "name"),
    [(79, "roomy"), (23.5, "lean"), (15.5, "small"), (11.6, "tight"), (7, "stream")],
)
def test_ladder_fits_each_kind_of_card(card_gib, name):
    load = SupirLoad(
        weights=2 * 3_865_640_004,
        vae_weights=2 * 117_817_455,
        pixels=256**2,
        tile_pixels=128**2,
        strip_pixels=16 * 256,
    )
    rung = choose(UpscaleSettings(), load, int(card_gib * GIB))
    assert rung.name == name
    assert load.bytes_on(rung) < card_gib * GIB


def test_ladder_needs_less_on_every_rung():
    load = SupirLoad(8 * GIB, GIB // 4, pixels=256**2, tile_pixels=128**2, strip_pixels=16 * 256)
    needs = [load.bytes_on(rung) for rung in LADDER]
    assert needs == sorted(needs, reverse=True)


def test_small_picture_is_never_tiled():
    load = SupirLoad(GIB, GIB, pixels=64**2, tile_pixels=128**2, strip_pixels=16 * 64)
    assert not choose(UpscaleSettings(tiled="always"), load, 80 * GIB).tiled


@pytest.mark.parametrize(("height", "width", "tiled"), [(8, 64, False), (16, 64, True)])
def test_a_picture_narrower_than_a_window_is_never_tiled(height, width, tiled):
    net, vae, second = random_networks(TINY)
    autoencoder, device = SupirAutoencoder(vae, second), torch.device("cpu")
    precision = Precision(torch.float32, torch.float32)
    load = load_of(net, autoencoder, precision)
    layout = DeviceLayout(net, autoencoder, device, precision, load)
    layout.settle(UpscaleSettings(tiled="always", latent_tile=16, latent_stride=8), height, width)
    assert layout.rung.tiled is tiled


@pytest.mark.parametrize("rows", [1, 2, 5, 64])
def test_strips_have_no_seams(rows):
    _, vae, second = random_networks(TINY)
    autoencoder = SupirAutoencoder(vae, second)
    torch.manual_seed(0)
    x = torch.rand(1, 3, 104, 72) * 2 - 1
    whole = autoencoder.moments(x), autoencoder.decode(torch.randn(1, 4, 13, 9))
    torch.manual_seed(0)
    x = torch.rand(1, 3, 104, 72) * 2 - 1
    autoencoder.rows = rows
    strips = autoencoder.moments(x), autoencoder.decode(torch.randn(1, 4, 13, 9))
    for ours, theirs in zip(strips, whole, strict=True):
        assert (ours - theirs).abs().max() <= 2e-5 * theirs.abs().max()


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_moments_of_a_strip_are_those_of_float64(offset):
    torch.manual_seed(0)
    wide = torch.randn(2, 8, 16, 512) + offset
    x = wide[:, :, :, :500]  # as a strip is: not contiguous
    flat = x.double().reshape(2, 4, -1)
    mean, variance = tiles._moments(x, 4)
    torch.testing.assert_close(mean, flat.mean(-1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(variance, flat.var(-1, correction=0), rtol=1e-5, atol=0)
    assert tiles._moments(torch.full((1, 4, 3, 5), offset), 2)[1].abs().max() == 0


def test_windows_reach_every_edge():
    boxes = windows(24, 28, 16, 8)
    assert boxes[0] == (0, 16, 0, 16)
    assert boxes[-1] == (8, 24, 12, 28)
    assert len(boxes) == 6
    with pytest.raises(UpscaleError, match="smaller than a tile"):
        windows(12, 40, 16, 8)
    with pytest.raises(UpscaleError, match="gaps"):
        windows(32, 32, 16, 17)


def test_any_mode_and_shape_is_prepared():
    for mode in ("L", "RGBA", "P", "1"):
        x, final = prepare(picture(50, 31).convert(mode), 2.0, 64)
        assert final == (62, 100)
        assert x.shape[2] % 64 == x.shape[3] % 64 == 0
        assert -1 <= x.min() <= x.max() <= 1


def test_picture_out_of_all_proportion_is_refused():
    with pytest.raises(UpscaleError, match="megapixels"):
        prepare(Image.new("L", (4000, 4000)), 16.0, 64)


def test_preview_of_the_source_looks_like_the_source():
    torch.manual_seed(1)
    hint = torch.randn(1, 4, 32, 64)
    colours = torch.randn(3, 4) * 0.2
    stage1 = torch.einsum("oc,bchw->bohw", colours, hint).repeat_interleave(8, 2)
    stage1 = stage1.repeat_interleave(8, 3)
    shown = torch.frombuffer(bytearray(preview(hint, hint, stage1)), dtype=torch.uint8)
    small = torch.nn.functional.adaptive_avg_pool2d(stage1, 32)[0].permute(1, 2, 0)
    wanted = ((small + 1) * 127.5).clamp(0, 255)
    assert (shown.reshape(32, 32, 3) - wanted).abs().max() <= 1


def test_tokens_are_those_of_clip():
    ids = tokenizer()(["a photo of a cat", "Naïve 3D-art!"]).input_ids
    assert ids[0] == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert ids[1][0] == 49406
    assert tokenizer().decode(ids[1][1:-1]).replace(" ", "") == "naïve3d-art!"


def test_prompts_are_encoded_as_transformers_does_by_hand(files):
    parts = open_sdxl(files[1])
    device, dtype = torch.device("cpu"), torch.float32
    one, other = encode_prompts(parts, TINY, ["a hill", "word " * 100], device, dtype)
    assert one.context.shape == (1, 77, 64)
    assert one.vector.shape == (1, TINY.vector)
    assert torch.isfinite(other.context).all()
    # padding after the end differs between the two encoders, and neither sees what comes later
    again = encode_prompts(parts, TINY, ["a hill and more"], device, dtype)[0]
    assert torch.allclose(one.context[:, :3], again.context[:, :3], atol=1e-5)
    assert not torch.allclose(one.context[:, 3], again.context[:, 3], atol=1e-3)


def test_second_text_encoder_is_converted_without_loss(files):
    torch.manual_seed(7)
    wanted = text_tensors(TINY)
    held = load_file(files[1])
    key = SDXL_PREFIXES["text_g"] + "transformer.resblocks.1.attn.in_proj_weight"
    assert torch.equal(held[key], wanted[key])
    model = load_text_g(open_sdxl(files[1])["text_g"], TINY.text_g)
    q, k, v = held[key].chunk(3)
    attention = model.text_model.encoder.layers[1].self_attn
    assert torch.equal(attention.q_proj.weight, q)
    assert torch.equal(attention.k_proj.weight, k)
    assert torch.equal(attention.v_proj.weight, v)
    projection = held[SDXL_PREFIXES["text_g"] + "text_projection"]
    assert torch.equal(model.text_projection.weight, projection.T)
