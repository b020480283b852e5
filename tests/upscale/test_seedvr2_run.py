"""The whole way of a print through SeedVR2, with small weights, on the CPU."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from seedvr2_tiny import TINY, TINY_VAE, tensors_of, write_files

from edition.errors import Stopped, UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import network_storage, release, seedvr2, seedvr2_pre_post
from edition.upscale.memory_ladder import GIB, LADDER, choose
from edition.upscale.seedvr2_arch import SEEDVR2_3B, SEEDVR2_7B
from edition.upscale.seedvr2_memory import FEW, SeedVR2Load, kept
from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder, Vae
from edition.upscale.supir_weights import ARCHITECTURE_FIELD


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    return {kind: write_files(folder, kind) for kind in ("3b", "7b")}


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("", "_VAE", "_TEXT"):
        monkeypatch.delenv(f"EDITION_SEEDVR2{name}_FILE", raising=False)


def settings_for(places, **fields):
    net, vae, text = map(str, places)
    named = {"seedvr2_file": net, "seedvr2_vae_file": vae, "seedvr2_text_file": text}
    return UpscaleSettings(**{"method": "seedvr2", "scale": 4.0, **named, **fields})


@pytest.fixture
def settings(files):
    return settings_for(files["3b"])


def picture(width=61, height=45):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 4 % 256, y * 5 % 256, (x + y) * 3 % 256], axis=-1)
    return Image.fromarray(rgb.astype(np.uint8))


def enlarge(settings, seed=5, progress=None, image=None):
    return seedvr2.run(
        image or picture(), settings, seed=seed, prompt="a hill", device="cpu", progress=progress
    )


def changed(settings, **fields):
    return UpscaleSettings.model_validate({**settings.model_dump(), **fields})


@pytest.mark.parametrize("kind", ["3b", "7b"])
def test_print_is_enlarged_and_carries_what_made_it(files, kind):
    settings = settings_for(files[kind])
    out, facts = enlarge(settings)
    assert (out.size, out.mode) == ((244, 180), "RGB")  # no multiple of 16: nothing is cut off
    assert facts["seed"] == "5"
    digests = [facts[f"seedvr2{part}_sha256"] for part in ("", "_vae", "_text")]
    assert len(set(digests)) == 3
    assert facts["licence"] == seedvr2.OWN  # small weights are none of SeedVR2's
    assert str(files[kind][0].parent) not in json.dumps(facts)  # nobody else's business
    assert "windows" in facts["memory"]


def test_same_seed_gives_the_same_bytes_and_another_does_not(settings):
    first, _ = enlarge(settings)
    enlarge(settings, image=picture(40, 30))  # what came between makes no difference
    network_storage._at_hand.clear()
    again, _ = enlarge(settings)
    other, _ = enlarge(settings, seed=6)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_colours_and_noise_of_the_source_matter(settings):
    plain = enlarge(settings)[0].tobytes()
    for fields in ({"color_fix": fix} for fix in ("none", "adain", "lab")):
        assert enlarge(changed(settings, **fields))[0].tobytes() != plain, fields
    assert enlarge(changed(settings, seedvr2_noise=0.3))[0].tobytes() != plain


def test_progress_counts_blocks_and_shows_the_latent_once_there_is_one(settings):
    seen = []
    enlarge(settings, progress=lambda k, n, show: seen.append((k, n, show and show())))
    n = TINY["3b"].layers + 2
    assert [(k, of) for k, of, _ in seen] == [(k, n) for k in (*range(n), n - 1, n)]
    assert [shown is not None for _, _, shown in seen] == [False] * n + [True] * 2
    assert len(seen[-1][2]) == 3072


def test_work_ends_between_blocks_and_can_be_done_again(settings):
    whole, _ = enlarge(settings)

    def stop(k, n, show):
        if k == 3:
            raise Stopped("stopped")

    with pytest.raises(Stopped):
        enlarge(settings, progress=stop)
    assert enlarge(settings)[0].tobytes() == whole.tobytes()


@pytest.mark.parametrize("rung", ["lean", "small", "tight", "stream"])
def test_every_rung_gives_the_same_picture(settings, rung, monkeypatch):
    monkeypatch.setattr("edition.upscale.seedvr2_memory.FEW", 50)
    roomy, said = enlarge(changed(settings, memory="roomy"))
    assert said["memory"].startswith("roomy")
    out, said = enlarge(changed(settings, memory=rung, vae_rows=2))
    assert said["memory"].startswith(rung)
    assert np.abs(np.asarray(roomy, int) - np.asarray(out, int)).max() <= 1


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_strips_have_no_seams(rows):
    torch.manual_seed(11)
    autoencoder = SeedVR2Autoencoder(Vae(TINY_VAE).eval().requires_grad_(False))
    x, z = torch.rand(1, 3, 104, 72) * 2 - 1, torch.randn(1, 16, 13, 9)
    whole = autoencoder.moments(x), autoencoder.decode(z)
    autoencoder.rows = rows
    for ours, theirs in zip((autoencoder.moments(x), autoencoder.decode(z)), whole, strict=True):
        assert (ours - theirs).abs().max() <= 2e-5 * theirs.abs().max()


def random_net(kind):
    torch.manual_seed(3)
    net = SeedVR2Net(TINY[kind]).eval().requires_grad_(False)
    for name, parameter in net.named_parameters():
        if parameter.ndim == 1:
            torch.nn.init.constant_(parameter, float("norm" in name or "scale" in name))
    return net


@pytest.mark.parametrize("kind", ["3b", "7b"])
@pytest.mark.parametrize("most", [1, 37, 300])
def test_windows_and_tokens_a_few_at_a_time_give_the_same(kind, most):
    net = random_net(kind)
    given = torch.randn(46, 90, 33), torch.randn(13, TINY[kind].text), 1000.0
    whole = net(*given)
    net.most = most
    assert (net(*given) - whole).abs().max() <= 2e-5 * whole.abs().max()


def test_windows_are_all_that_a_token_sees():
    net = random_net("3b")
    for block in net.blocks:
        block.shifted = False
    net.blocks = net.blocks[:1]
    x, text = torch.randn(96, 96, 33), torch.randn(13, TINY["3b"].text)
    whole = net(x, text, 1000.0)
    other = x.clone()
    other[90:, 90:] = 0  # in the last window
    moved = (net(other, text, 1000.0) - whole).abs().amax(-1) > 1e-6
    assert moved[90:, 90:].any()
    assert not moved[:40, :40].any()


def test_eight_bit_weights_take_less_room_and_lose_only_precision(settings, tmp_path):
    plain, _ = enlarge(changed(settings, diff_dtype="bfloat16"))
    full = network_storage.weight_bytes(next(iter(network_storage._at_hand.values())).net)
    small, facts = enlarge(changed(settings, diff_dtype="float8"))
    net = next(iter(network_storage._at_hand.values())).net
    assert network_storage.weight_bytes(net) < 0.75 * full
    assert facts["precision"].startswith("float8 in bfloat16")
    last = TINY["3b"].layers - 1
    for name, parameter in net.named_parameters():
        if parameter.ndim == 2:
            wanted = name.startswith("blocks.") and not name.startswith(f"blocks.{last}.")
            assert (parameter.dtype == torch.float8_e4m3fn) == wanted, name
    difference = np.abs(np.asarray(plain, int) - np.asarray(small, int))
    assert difference.mean() < 6


def test_small_parameters_keep_the_precision_of_their_file(settings):
    enlarge(changed(settings, diff_dtype="bfloat16"))
    net = next(iter(network_storage._at_hand.values())).net
    assert net.blocks[0].attn.norm_q["vid"].weight.dtype == torch.float16
    assert net.emb_in.proj_out.weight.dtype == torch.float16
    assert net.blocks[0].attn.proj_qkv["vid"].weight.dtype == torch.bfloat16


def test_shortage_of_memory_takes_the_next_rung(settings, monkeypatch):
    wanted, _ = enlarge(changed(settings, memory="lean"))
    network_storage._at_hand.clear()
    right, falls = SeedVR2Autoencoder.decode, [1, 1]

    def short(self, latent):
        if not self.rows and falls:
            falls.pop()
            raise torch.OutOfMemoryError("short")
        return right(self, latent)

    monkeypatch.setattr(SeedVR2Autoencoder, "decode", short)
    out, facts = enlarge(settings)
    assert facts["memory"].startswith("after a shortage, lean")
    assert out.tobytes() == wanted.tobytes()


def load(side, kind=SEEDVR2_3B, stored=2):
    numbers = {"3b": 3_391_475_776, "7b": 8_239_607_872}[kind.kind]
    return SeedVR2Load(
        weights=stored * numbers,
        vae_weights=2 * 86_200_000,
        pixels=(side // 8) ** 2,
        strip_pixels=16 * side // 8,
        net_share=kind.dim / SEEDVR2_3B.dim,
    )


@pytest.mark.parametrize(
    ("card_gib", "kind", "stored", "name"),
    [
        (7.5, SEEDVR2_3B, 2, "stream"),
        (7.5, SEEDVR2_3B, 1, "small"),
        (11.6, SEEDVR2_3B, 2, "small"),
        (15.5, SEEDVR2_3B, 2, "lean"),
        (23.5, SEEDVR2_3B, 2, "roomy"),
        (23.5, SEEDVR2_7B, 2, "small"),
        (15.5, SEEDVR2_7B, 1, "small"),
        (79, SEEDVR2_3B, 2, "roomy"),
    ],
)
def test_2048_fits_each_kind_of_card(card_gib, kind, stored, name):
    asked = load(2048, kind, stored)
    rung = choose(UpscaleSettings(), asked, int(card_gib * GIB))
    assert rung.name == name
    assert asked.bytes_on(rung) < card_gib * GIB


@pytest.mark.parametrize("side", [2048, 4096, 8192])
def test_ladder_needs_less_on_every_rung(side):
    needs = [load(side).bytes_on(rung) for rung in LADDER]
    assert needs == sorted(needs, reverse=True)


def test_8192_fits_a_large_card_and_is_said():
    assert choose(UpscaleSettings(), load(8192), int(139 * GIB)).name in ("lean", "small")
    assert str(FEW) in load(8192).ways(LADDER[-1])[0]


def test_files_beside_the_transformer_are_taken(files, tmp_path, monkeypatch):
    folder = tmp_path / "data" / "edition" / "weights" / "seedvr2-3b"
    bare = UpscaleSettings(method="seedvr2", scale=4.0)
    with pytest.raises(UpscaleError, match="needs its weights") as caught:
        enlarge(bare)
    assert "edition models pull seedvr2-3b" in caught.value.hint
    folder.mkdir(parents=True)
    shutil.copy(files["3b"][0], folder / "seedvr2_ema_3b_fp16.safetensors")
    with pytest.raises(UpscaleError, match="needs its autoencoder"):
        enlarge(bare)
    shutil.copy(files["3b"][1], folder / "ema_vae_fp16.safetensors")
    with pytest.raises(UpscaleError, match="needs its encoded prompt") as caught:
        enlarge(bare)
    assert "seedvr2_text_file" in caught.value.hint
    shutil.copy(files["3b"][2], folder / "pos_emb.pt")
    wanted, _ = enlarge(settings_for(files["3b"]))
    assert enlarge(bare)[0].tobytes() == wanted.tobytes()
    monkeypatch.setenv("EDITION_SEEDVR2_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(UpscaleError, match="nowhere"):
        enlarge(bare)


def test_a_prompt_that_the_transformers_file_carries_is_used(files, tmp_path):
    net, vae, text = files["3b"]
    carried = tmp_path / "seedvr2_repack.safetensors"
    prefixed = {f"model.diffusion_model.{key}": t for key, t in tensors_of("3b").items()}
    prefixed["model.diffusion_model.positive_conditioning"] = torch.load(text)
    save_file(prefixed, carried, {ARCHITECTURE_FIELD: TINY["3b"].to_json()})
    ours, facts = enlarge(settings_for((carried, vae, "")))
    assert "seedvr2_text_sha256" not in facts
    assert ours.tobytes() == enlarge(settings_for((net, vae, text)))[0].tobytes()


def test_bad_files_are_named_before_anything_is_computed(files, tmp_path):
    net, vae, text = files["3b"]
    with pytest.raises(UpscaleError, match="not a SeedVR2 transformer"):
        enlarge(settings_for((vae, vae, text)))
    with pytest.raises(UpscaleError, match="not a SeedVR2 autoencoder"):
        enlarge(settings_for((net, net, text)))
    with pytest.raises(UpscaleError, match="not an encoded prompt"):
        enlarge(settings_for((net, vae, files["7b"][2])))
    plain = tmp_path / "seedvr2_ema_3b_fp16.safetensors"  # states nothing: the published sizes
    save_file(load_file(net), plain)
    with pytest.raises(UpscaleError, match="does not fit"):
        enlarge(settings_for((plain, vae, big_text(tmp_path))))


def big_text(folder):
    file = folder / "pos_emb.pt"
    torch.save(torch.zeros(58, SEEDVR2_3B.text), file)
    return file


def test_weights_of_two_methods_are_not_kept_together(settings):
    enlarge(settings)
    network_storage.at_hand_or(("another",), lambda: 1)
    assert list(network_storage._at_hand) == [("another",)]
    release()
    assert not network_storage._at_hand


def test_any_mode_and_shape_is_prepared():
    for mode in ("L", "RGBA", "P", "1"):
        x, final = seedvr2_pre_post.prepare(picture(50, 31).convert(mode), 2.0)
        assert final == (62, 100)
        assert tuple(x.shape[2:]) == (64, 112)
        assert -1 <= x.min() <= x.max() <= 1
    x, final = seedvr2_pre_post.prepare(Image.new("RGB", (1, 40)), 1.0)  # narrower than its padding
    assert (tuple(x.shape[2:]), final) == ((48, 16), (40, 1))


def test_picture_out_of_all_proportion_is_refused():
    with pytest.raises(UpscaleError, match="megapixels"):
        seedvr2_pre_post.prepare(Image.new("L", (4000, 4000)), 16.0)
    assert seedvr2_pre_post.MOST_PIXELS == 8192**2


def test_names_that_stay_in_16_bit_are_those_of_the_last_block():
    assert kept(SEEDVR2_7B)[-1] == r"blocks\.35\."
