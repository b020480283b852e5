"""Every number of the reference, and what happens when something deliberately goes wrong."""

import dataclasses
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from supir_tiny import CASES, GOLDEN, random_networks, sdxl_tensors, supir_tensors

from edition.upscale import supir_sampler, tiles
from edition.upscale.supir_net import vector_conditioning
from edition.upscale.supir_sampler import SupirDenoiser
from tools.supir_conformance import __main__ as check
from tools.supir_conformance.supir_golden import SupirGolden, architecture


@pytest.fixture(scope="module")
def golden() -> SupirGolden:
    return SupirGolden(GOLDEN)


def worst(golden: SupirGolden, case: str) -> float:
    return max(result.share for result in check.run_case(golden, case))


@pytest.mark.parametrize("case", CASES["cases"])
def test_case_is_within_its_tolerance(golden, case):
    results = check.run_case(golden, case)
    missed = [result for result in results if result.share > 1]
    assert not missed


def test_samplers_are_far_inside_their_tolerance(golden):
    assert worst(golden, "sampler_base") < 0.5


def test_guidance_by_the_plain_sigma_is_caught(golden, monkeypatch):
    right = supir_sampler.plan

    def wrong(hyper, table):
        steps = right(hyper, table)
        rise = (hyper.cfg_start - hyper.cfg) / supir_sampler.SIGMA_MAX
        return [dataclasses.replace(s, guidance=rise * s.sigma + hyper.cfg) for s in steps]

    monkeypatch.setattr(supir_sampler, "plan", wrong)
    assert worst(golden, "sampler_restore_linear") > 10


def test_pull_by_the_raised_sigma_is_caught(golden, monkeypatch):
    right = supir_sampler.plan

    def wrong(hyper, table):
        top = supir_sampler.SIGMA_MAX
        return [
            dataclasses.replace(s, pull=(s.sigma_hat / top) ** hyper.restore_cfg if s.pull else 0.0)
            for s in right(hyper, table)
        ]

    monkeypatch.setattr(supir_sampler, "plan", wrong)
    assert worst(golden, "sampler_restore_linear") > 10


def test_sigma_that_is_not_snapped_to_the_table_is_caught(golden, monkeypatch):
    right = SupirDenoiser.level

    def wrong(self, sigma):
        return dataclasses.replace(right(self, sigma), sigma=sigma)

    monkeypatch.setattr(SupirDenoiser, "level", wrong)
    assert worst(golden, "sampler_base") > 10


def test_centred_tile_weights_are_caught(golden, monkeypatch):
    def centred(tile):
        place = torch.arange(tile, dtype=torch.float64) - (tile - 1) / 2
        bell = tiles._bell(place, tile)
        return torch.outer(bell, bell)

    monkeypatch.setattr(supir_sampler, "blend_weights", centred)
    results = check.run_case(golden, "sampler_tiled")
    assert next(r for r in results if r.what == "out").share > 1


@pytest.fixture
def copy(tmp_path):
    for name in (
        "cases.json",
        "weights_sdxl.safetensors",
        "weights_supir.safetensors",
        "wavelet.safetensors",
        "adain.safetensors",
    ):
        shutil.copy(GOLDEN / name, tmp_path)
    facts = json.loads((tmp_path / "cases.json").read_text())
    facts["cases"] = {name: facts["cases"][name] for name in ("wavelet", "adain")}
    (tmp_path / "cases.json").write_text(json.dumps(facts))
    return tmp_path


def test_command_prints_each_case_beside_its_tolerance(copy, capsys):
    assert check.main([str(copy)]) == 0
    lines = capsys.readouterr().out.splitlines()
    wavelet = next(line for line in lines if line.startswith("wavelet"))
    assert float(wavelet.split()[1]) < float(wavelet.split()[2]) == 1e-4
    assert wavelet.split()[3] == "ok"


def test_command_fails_on_a_miss(copy, capsys):
    tensors = load_file(copy / "adain.safetensors")
    tensors["out"][0, 0, 3, 4] += 0.01
    save_file(tensors, copy / "adain.safetensors")
    assert check.main([str(copy)]) == 1
    assert "MISS" in capsys.readouterr().out


def test_command_fails_on_numbers_that_are_none(copy, capsys):
    tensors = load_file(copy / "adain.safetensors")
    tensors["out"][0, 0, 3, 4] = float("nan")
    save_file(tensors, copy / "adain.safetensors")
    assert check.main([str(copy)]) == 1
    assert "MISS" in capsys.readouterr().out


def test_command_goes_on_past_a_missing_file_and_fails(copy, capsys):
    (copy / "wavelet.safetensors").unlink()
    assert check.main([str(copy)]) == 2
    out = capsys.readouterr().out
    assert "wavelet.safetensors" in out
    assert "ok" in out.split("adain", 1)[1]


def test_command_names_an_unreadable_file(copy, capsys):
    file = copy / "wavelet.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    assert check.main([str(copy)]) == 2
    assert "wavelet.safetensors can't be read" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["cases.json", "weights_supir.safetensors"])
def test_command_fails_without_what_it_stands_on(copy, capsys, name):
    (copy / name).unlink()
    assert check.main([str(copy)]) == 2
    assert name in capsys.readouterr().err


def test_command_names_a_case_that_lacks_a_tensor(copy, capsys):
    tensors = load_file(copy / "wavelet.safetensors")
    del tensors["style"]
    save_file(tensors, copy / "wavelet.safetensors")
    assert check.main([str(copy)]) == 2
    assert "style" in capsys.readouterr().out


def test_command_refuses_a_folder_that_names_no_case(copy, capsys):
    facts = json.loads((copy / "cases.json").read_text())
    (copy / "cases.json").write_text(json.dumps(facts | {"cases": {}}))
    assert check.main([str(copy)]) == 2
    assert "names no case" in capsys.readouterr().err


def test_command_says_what_it_does_not_compare(copy, capsys):
    shutil.copy(copy / "adain.safetensors", copy / "adain_wide.safetensors")
    assert check.main([str(copy)]) == 0
    assert "adain_wide                   not compared" in capsys.readouterr().out
    facts = json.loads((copy / "cases.json").read_text())
    facts["cases"]["adain_wide"] = "another size"
    (copy / "cases.json").write_text(json.dumps(facts))
    assert check.main([str(copy)]) == 0
    assert "adain_wide                   not compared" not in capsys.readouterr().out


INNER = {
    "sampler_base": ("sigmas",),
    "sampler_tiled": ("windows_h0_h1_w0_w1", "tile_weights_64"),
    "denoiser": ("c_in", "c_out", "c_skip", "sigma_quantised"),
    "vae_denoise_encode": ("denoise_moments", "stage1_moments"),
    "wavelet": ("content_low", "blur_r1"),
    "control": ("pooled",),
}
"""Numbers of the way there, which a folder may hold or not."""


@pytest.mark.parametrize("case", INNER)
def test_inner_numbers_are_compared_where_they_are_held(golden, case, monkeypatch):
    whole = check.run_case(golden, case)
    tensors = golden.tensors(case)
    fewer = {key: value for key, value in tensors.items() if key not in INNER[case]}
    monkeypatch.setattr(golden, "tensors", lambda _: fewer)
    rest = check.run_case(golden, case)
    assert len(rest) < len(whole)
    assert max(result.share for result in rest) <= 1


def test_the_denoiser_runs_at_the_scale_that_its_sentence_names(golden, monkeypatch):
    monkeypatch.setitem(golden.cases, "denoiser", "net_*: full call at control_scale 0.7")
    net_out = next(r for r in check.run_case(golden, "denoiser") if r.what == "net_out")
    assert net_out.share > 10  # the numbers are those of 0.9


def test_an_early_estimate_is_held_to_its_own_size(golden, monkeypatch):
    tensors = golden.tensors("sampler_base")
    tensors["out"] = tensors["out"] / 1e3
    monkeypatch.setattr(golden, "tensors", lambda _: tensors)
    results = {result.what: result for result in check.run_case(golden, "sampler_base")}
    assert results["out"].share > 10
    assert results["denoised.0"].share < 0.5


def test_other_sizes_need_no_change(tmp_path):
    """Numbers of our own at other widths: shows that no size is fixed, not that they are right."""
    config = {
        "unet": {
            "model_channels": 32,
            "channel_mult": [1, 2, 3],
            "transformer_depth": [1, 2, 1],
            "num_head_channels": 8,
            "context_dim": 48,
            "pooled_dim": 24,
            "time_id_dim": 8,
            "adm_in_channels": 72,
        },
        "vae": {"ch": 32, "ch_mult": [1, 2, 2, 2], "num_res_blocks": 2},
    }
    arch = architecture(config)
    net, vae, second = random_networks(arch)
    save_file(supir_tensors(net, second, arch), tmp_path / "weights_supir.safetensors")
    save_file(sdxl_tensors(net, vae, arch), tmp_path / "weights_sdxl.safetensors")
    torch.manual_seed(3)
    given = {
        "xt": torch.randn(1, 4, 8, 12),
        "lq": torch.randn(1, 4, 8, 12),
        "timesteps": torch.tensor([500]),
        "context": torch.randn(1, 5, 48),
        "pooled": torch.randn(1, 24),
    }
    given["y"] = vector_conditioning(given["pooled"], arch)
    features = net.control(*(given[k] for k in ("lq", "xt", "timesteps", "context", "y")))
    given |= {f"control.{i}": feature for i, feature in enumerate(features)}
    save_file(given, tmp_path / "control.safetensors")
    out = net(*(given[k] for k in ("xt", "timesteps", "lq", "context", "y")), 0.8)
    save_file({"out_0.8": out}, tmp_path / "unet_with_control.safetensors")
    cases = {"control": "", "unet_with_control": ""}
    (tmp_path / "cases.json").write_text(json.dumps({"config": config, "cases": cases}))
    assert check.main([str(tmp_path)]) == 0
