"""Pocket SUPIR as a way to enlarge: found by name, free, and the same bytes every time."""

import hashlib
import json

import numpy as np
import pytest
import torch
from PIL import Image
from pocket_made import pocket_at
from safetensors import safe_open
from supir_tiny import TINY
from tests.fakes import add_prints

from edition.actions import printed_files
from edition.domain import PressState
from edition.errors import Stopped, UpscaleError
from edition.library import metadata
from edition.press import upscaled_print
from edition.press.job_payloads import submit_upscale
from edition.press.jobs import upscale_job
from edition.press.loop import Press
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import (
    find,
    licences,
    memory_ladder,
    network_storage,
    pocket,
    pocket_files,
    supir,
)
from edition.upscale.supir_net import SupirNet, ZeroCrossAttn
from edition.upscale.supir_sampler import PromptEncoding, SamplerStep, SupirDenoiser
from edition.upscale.supir_vae import SupirAutoencoder

SETTINGS = UpscaleSettings(method="pocket-supir", scale=4.0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return pocket_at(tmp_path_factory.mktemp("weights"))


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch, weights):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(pocket_files, "pocket_folder", lambda: weights)


def picture(side=64):
    y, x = np.mgrid[0:side, 0:side]
    rgb = np.stack([x * 4 % 256, y * 4 % 256, (x + y) * 2 % 256], axis=-1)
    return Image.fromarray(rgb.astype(np.uint8))


def enlarge(settings=SETTINGS, seed=5, prompt="a hill", progress=None):
    run = find("pocket-supir").load()
    return run(picture(), settings, seed=seed, prompt=prompt, device="cpu", progress=progress)


def test_the_same_picture_becomes_the_same_bytes_four_times_as_large():
    first, _ = enlarge()
    network_storage._at_hand.clear()
    again, _ = enlarge()
    assert first.size == (256, 256)
    assert first.mode == "RGB"
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != enlarge(seed=6)[0].tobytes()


def test_a_picture_before_with_another_prompt_changes_no_byte():
    network_storage.release()
    alone, _ = enlarge()
    network_storage.release()
    enlarge(prompt="")
    assert enlarge()[0].tobytes() == alone.tobytes()


def test_no_licence_is_asked_for_and_none_is_recorded():
    assert not licences.accepted("supir")
    _, record = enlarge()
    assert record["licence"] == find("pocket-supir").licence == ""


def test_record_says_what_made_it():
    _, record = enlarge()
    assert record["upscaler"] == "pocket-supir"
    assert len(record["supir_sha256"]) == len(record["sdxl_sha256"]) == 64
    assert record["precision"] == "float32, float32"
    assert record["seed"] == "5"
    said = json.loads(record["settings"])
    shared = {k: v for k, v in pocket.OWN_SETTINGS.items() if k in said}
    assert {k: said[k] for k in shared} == shared
    assert (said["method"], said["scale"]) == ("pocket-supir", 4.0)


def test_the_recipes_sampling_is_not_for_these_networks_but_its_scale_is():
    wild = UpscaleSettings(
        method="pocket-supir", scale=2.0, edm_steps=3, s_cfg=9.0, s_churn=40.0, min_size=2048,
        supir_file="none.safetensors", positive="grain",
    )  # fmt: skip
    plain = UpscaleSettings(method="pocket-supir", scale=2.0)
    large, _ = enlarge(wild)
    assert large.size == (128, 128)
    assert large.tobytes() == enlarge(plain)[0].tobytes()


def test_nothing_is_decoded_but_the_result(monkeypatch):
    decoded = []
    decode = SupirAutoencoder.decode

    def counted(self, latent):
        decoded.append(latent.shape)
        return decode(self, latent)

    monkeypatch.setattr(SupirAutoencoder, "decode", counted)
    shown = []
    _, record = enlarge(progress=lambda k, n, show: shown.append(show and show()))
    assert len(decoded) == 1
    assert all(len(colours) == 32 * 32 * 3 for colours in shown[1:])
    assert json.loads(record["shortcuts"]) == {"no_stage1": True, "control_window": 128}


def test_attention_in_windows_sees_each_window_alone():
    torch.manual_seed(4)
    adapter = ZeroCrossAttn(64, 64, TINY)
    x, control = torch.randn(1, 64, 10, 6), torch.randn(1, 64, 10, 6)
    whole = adapter(x, control, 1.0)
    assert torch.equal(adapter(x, control, 1.0, 10), whole), "a smaller map is one window"
    cut = adapter(x, control, 1.0, 5)
    assert cut.shape == whole.shape
    beyond = control.clone()
    beyond[:, :, 5:] *= -1  # the groups' mean and spread stay close, the place changes
    adapter.norm2 = torch.nn.Identity()
    before, after = (adapter(x, c, 1.0, 5) for c in (control, beyond))
    assert torch.equal(before[:, :, :5], after[:, :, :5])
    assert not torch.equal(before[:, :, 5:], after[:, :, 5:])


def test_what_other_pixels_came_from_has_another_name():
    for method, kept in (("lanczos", True), ("supir", True), ("pocket-supir", False)):
        settings = UpscaleSettings(method=method)
        facts = settings.model_dump(mode="json")  # seedvr2's were not there yet
        facts = {key: value for key, value in facts.items() if not key.startswith("seedvr2_")}
        text = json.dumps(facts, sort_keys=True)
        first_release = hashlib.sha256(text.encode()).hexdigest()
        assert (upscaled_print.settings_digest(settings) == first_release) is kept, method


def test_progress_is_told_and_may_end_the_work():
    seen = []

    def stop(k, n, show):
        seen.append((k, n))
        if k == 2:
            raise Stopped("stopped")

    with pytest.raises(Stopped):
        enlarge(progress=stop)
    steps = pocket.OWN_SETTINGS["edm_steps"]
    assert seen == [(k, steps) for k in range(min(2, steps) + 1)]


def test_missing_weights_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(pocket_files, "pocket_folder", lambda: tmp_path / "nowhere")
    with pytest.raises(UpscaleError, match="pocket-supir has no weights") as caught:
        enlarge()
    assert "lanczos" in caught.value.hint


def test_weights_are_small_half_precision_and_safe(weights):
    files = [file for file in weights.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} <= {".safetensors", ".json", ".md"}
    assert sum(file.stat().st_size for file in files) < 25e6
    for file in (file for file in files if file.suffix == ".safetensors"):
        with safe_open(file, "pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a mapping
                tensor = opened.get_tensor(name)
                assert tensor.dtype == torch.float16, (file, name)
                assert torch.isfinite(tensor).all(), (file, name)


def test_print_enlarged_by_the_press_says_so_and_may_be_sold(session):
    (print_id,) = add_prints(session, "small", [1], side=64)
    submit_upscale(
        session.store, "small", [print_id], UpscaleSettings(method="pocket-supir", scale=2)
    )
    upscale_job.enlarge(Press(session.root, "cpu"), session.store.jobs.claim())
    session.store.press.write(PressState())  # this process is no press that could be stopped
    item = session.store.prints.get([print_id])[print_id]
    with Image.open(session.file(item.upscaled)) as image:
        assert image.size == (128, 128)
    origin = metadata.read(session.file(item.upscaled))
    assert origin.upscale["method"] == origin.upscale["upscaler"] == "pocket-supir"
    assert session.store.prints.upscale_facts(item.upscaled).licence == ""
    assert not printed_files._licence("pocket-supir")


def test_estimated_memory_follows_the_widths(weights):
    places = pocket_files.pocket_places(weights)
    layout = supir.Supir(*places, SETTINGS, "cpu").layout
    layout.settle(SETTINGS, 256, 256)
    roomy = memory_ladder.LADDER[0]
    assert layout.load.bytes_on(roomy) < 8 * memory_ladder.GIB  # 2048² on a common machine


def test_guidance_of_one_leaves_the_negative_prompt_alone():
    torch.manual_seed(3)
    net = SupirNet(TINY).eval().requires_grad_(False)
    calls = []

    def network(*given):
        calls.append(len(given[0]))
        return net(*given)

    x, hint = torch.randn(2, 1, 4, 8, 8)
    wanted, against = (PromptEncoding(torch.randn(1, 5, TINY.context), torch.randn(1, TINY.vector))
                       for _ in range(2))  # fmt: skip
    for batched in (True, False):
        denoiser = SupirDenoiser(network, wanted, against, batched=batched)
        for guidance, cost in ((1.0, 1), (2.0, 2)):
            calls.clear()
            step = SamplerStep(5.0, 5.0, 4.0, 0.0, guidance, 0.9, 0.0)
            out = denoiser.guided(x, step, hint)
            assert sum(calls) == cost
            alone = denoiser.denoise(x, 5.0, hint, wanted, 0.9)
            assert torch.equal(out, alone) == (guidance == 1)
