"""Every number of SeedVR2's reference, and what happens when something deliberately goes wrong."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from edition.upscale import seedvr2_layers, seedvr2_net, seedvr2_vae, seedvr2_weights
from tools.seedvr2_conformance import __main__ as conformance
from tools.seedvr2_conformance import seedvr2_cases
from tools.seedvr2_conformance.seedvr2_golden import SeedVR2Golden

torch.set_num_threads(1)

GOLDEN = Path(__file__).parent / "golden_seedvr2"
CASES = sorted(
    file.stem for file in GOLDEN.glob("*.safetensors") if not file.stem.startswith("weights_")
)


@pytest.fixture(scope="module")
def golden() -> SeedVR2Golden:
    return SeedVR2Golden(GOLDEN)


def worst(golden: SeedVR2Golden, case: str) -> float:
    return max(result.share for result in conformance.run_case(golden, case))


@pytest.mark.parametrize("case", CASES)
def test_case_is_within_its_tolerance(golden, case):
    results = conformance.run_case(golden, case)
    assert not [result for result in results if result.share > 1]


def test_every_tensor_of_the_folder_is_read(golden, monkeypatch):
    for case in CASES:
        tensors = golden.tensors(case)
        read: set[str] = set()

        class Watched(dict):
            def __getitem__(self, key, read=read):
                read.add(key)
                return super().__getitem__(key)

            def items(self, read=read):
                for key in self:
                    yield key, self[key]

        with torch.inference_mode():
            checks = seedvr2_cases.CHECKS
            kinds = [name for name in checks if case == name or case.startswith(name + "_")]
            list(checks[max(kinds, key=len)](golden, Watched(tensors), case))
        assert read == set(tensors), case


def mistaken(name, monkeypatch):
    """Makes one of the mistakes that look plausible."""
    if name == "no shift of the windows":
        right = seedvr2_net.windows
        monkeypatch.setattr(
            seedvr2_net, "windows", lambda h, w, *, shifted: right(h, w, shifted=False)
        )
    if name == "the prompt is not turned":
        monkeypatch.setattr(
            seedvr2_net, "text_angles", lambda tokens, head: torch.zeros(tokens, 3 * (head // 6))
        )
    if name == "the picture's time is 0":
        right = seedvr2_net.picture_angles
        monkeypatch.setattr(seedvr2_net, "picture_angles", lambda tokens, head: right(0, head))
    if name == "the moment's six numbers lie otherwise":

        def wrong(embedded, layer):
            numbers = embedded.view(2, 3, -1)[seedvr2_layers.LAYERS.index(layer)]
            return dict(zip(seedvr2_layers.PARTS, numbers.unbind(0), strict=True))

        monkeypatch.setattr(seedvr2_layers, "modulation_of", wrong)
    if name == "another eps":
        for module in (seedvr2_layers, seedvr2_net):
            monkeypatch.setattr(module, "EPS", 1e-6)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("no shift of the windows", "dit3_0"),
        ("the prompt is not turned", "dit3_0"),
        ("the picture's time is 0", "dit3_0"),
        ("the moment's six numbers lie otherwise", "dit3_1"),
        ("another eps", "block3"),
    ],
)
def test_plausible_mistakes_are_caught(golden, monkeypatch, name, case):
    mistaken(name, monkeypatch)
    assert worst(golden, case) > 10


@pytest.mark.parametrize("mistake", ["last slice", "later moment"])
def test_a_wrong_collapse_of_time_is_caught(monkeypatch, mistake):
    right = seedvr2_vae.collapse

    def wrong(name, tensor, wanted):
        if mistake == "last slice" and tensor.ndim == 5 and ".upscale_conv." not in name:
            return tensor[:, :, -1].float()
        if mistake == "later moment" and ".upscale_conv." in name and len(tensor) != wanted[0]:
            tensor = tensor.unflatten(0, (2, 2, 2, -1))[:, :, 1].flatten(0, 2)
        return right(name, tensor, wanted)

    monkeypatch.setattr(seedvr2_weights, "collapse", wrong)
    assert worst(SeedVR2Golden(GOLDEN), "vae") > 100


def test_collapsed_kernels_are_those_of_a_video_of_equal_frames():
    torch.manual_seed(0)
    kernel, frame = torch.randn(5, 4, 3, 3, 3), torch.randn(1, 4, 9, 7)
    # causal: the first frame stands before itself twice
    video = torch.nn.functional.conv3d(frame[:, :, None].expand(-1, -1, 3, -1, -1), kernel)
    flat = seedvr2_vae.collapse("decoder.conv_in.weight", kernel, (5, 4, 3, 3))
    ours = torch.nn.functional.conv2d(frame, flat)
    assert torch.allclose(ours, video[:, :, 0], atol=1e-5)


@pytest.fixture
def copy(tmp_path):
    for name in ("cases.json", "weights_dit3", "weights_dit7", "weights_vae", "colour", "dit3_1"):
        file = name if name.endswith(".json") else f"{name}.safetensors"
        shutil.copy(GOLDEN / file, tmp_path)
    facts = json.loads((tmp_path / "cases.json").read_text())
    facts["cases"] = {name: facts["cases"][name] for name in ("colour", "dit3_1")}
    (tmp_path / "cases.json").write_text(json.dumps(facts))
    return tmp_path


def test_command_prints_each_case_beside_its_tolerance(copy, capsys):
    assert conformance.main([str(copy)]) == 0
    lines = capsys.readouterr().out.splitlines()
    line = next(line for line in lines if line.startswith("dit3_1"))
    assert float(line.split()[1]) < float(line.split()[2]) == 1e-4
    assert lines[-1] == "all within tolerance"


@pytest.mark.parametrize("value", [0.01, float("nan")])
@pytest.mark.parametrize(("case", "key"), [("dit3_1", "out"), ("colour", "adain")])
def test_command_fails_on_a_spoilt_case(copy, capsys, case, key, value):
    tensors = load_file(copy / f"{case}.safetensors")
    tensors[key].view(-1)[7] += value
    save_file(tensors, copy / f"{case}.safetensors")
    assert conformance.main([str(copy)]) == 1
    out = capsys.readouterr().out
    assert "MISS" in out
    assert "NOT within tolerance" in out


def test_command_fails_on_spoilt_weights(copy, capsys):
    file = copy / "weights_dit3.safetensors"
    tensors = load_file(file)
    tensors["blocks.3.mlp.all.proj_in.weight"][5] *= 1.5
    save_file(tensors, file)
    assert conformance.main([str(copy)]) == 1


def test_command_goes_on_past_a_missing_or_strange_file_and_fails(copy, capsys):
    (copy / "dit3_1.safetensors").rename(copy / "other.safetensors")
    assert conformance.main([str(copy)]) == 2
    out = capsys.readouterr().out
    assert "'other' that no check knows" in out
    assert "dit3_1.safetensors can't be read" in out
    assert "ok" in out.split("colour", 1)[1]


@pytest.mark.parametrize("name", ["cases.json", "weights_vae.safetensors"])
def test_command_fails_without_what_it_stands_on(copy, capsys, name):
    (copy / name).unlink()
    assert conformance.main([str(copy)]) == 2
    assert name in capsys.readouterr().err


def test_command_names_a_case_that_lacks_a_tensor(copy, capsys):
    tensors = load_file(copy / "colour.safetensors")
    del tensors["style"]
    save_file(tensors, copy / "colour.safetensors")
    assert conformance.main([str(copy)]) == 2
    assert "style" in capsys.readouterr().out
