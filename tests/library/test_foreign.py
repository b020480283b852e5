"""Other programs' PNGs, written as those programs write them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes import add_prints

from edition.errors import LibraryError
from edition.library import foreign_metadata
from edition.recipe import edition_file


def png(path: Path, texts: dict[str, str], size: tuple[int, int] = (512, 512)) -> Path:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    Image.new("RGB", size, "teal").save(path, pnginfo=info)
    return path


A1111 = (
    "An antique 18th century painting of a gorilla eating a plate of chips.\n"
    "Negative prompt: yellow circle\n"
    "Steps: 50, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 1234, "
    "Size: 512x512, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Version: v1.10.1"
)


def test_a1111(tmp_path: Path) -> None:
    found = foreign_metadata.read(png(tmp_path / "a.png", {"parameters": A1111}))
    assert found.program == "A1111"
    assert found.seed == 1234
    assert found.recipe.prompt.positive.startswith("An antique")
    assert found.recipe.prompt.negative == "yellow circle"
    sampling = found.recipe.sampling
    assert (sampling.sampler, sampling.steps, sampling.guidance) == ("dpmpp_2m_karras", 50, 7.5)
    assert (sampling.width, sampling.height, sampling.noise) == (512, 512, "cuda")
    assert found.recipe.model.base == "models/v1-5-pruned-emaonly.safetensors"
    assert len(found.lost) == 1
    assert "6ce0161689" in found.lost[0]


def test_what_cannot_be_made_again_is_said(tmp_path: Path) -> None:
    text = (
        "a (big:1.3) sea <lora:waves:0.8>\n"
        "Steps: 20, Sampler: DPM adaptive, CFG scale: 7, Seed: 5, Size: 512x512, RNG: CPU, "
        "Denoising strength: 0.4, Clip skip: 2, Hires upscale: 2, ENSD: 31337"
    )
    found = foreign_metadata.read(png(tmp_path / "a.png", {"parameters": text}, (1024, 1024)))
    said = " ".join(found.lost)
    for part in ("weighs", "adapters", "clip skip", "DPM adaptive", "second pass", "enlarged",
                 "started from"):  # fmt: skip
        assert part in said
    assert found.recipe.sampling.noise == "cpu"
    assert found.recipe.sampling.sampler == "native"
    assert found.recipe.sampling.width == 512


def comfy() -> dict[str, str]:
    nodes = {
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 99, "steps": 30, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras",
            "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
            "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
        "5": {"class_type": "EmptyLatentImage",
              "inputs": {"width": 640, "height": 448, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "the sea", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "night", "clip": ["4", 1]}},
    }  # fmt: skip
    links = [
        [1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"],
        [3, 7, 0, 3, 2, "CONDITIONING"], [4, 5, 0, 3, 3, "LATENT"],
        [5, 4, 1, 6, 0, "CLIP"], [6, 4, 1, 7, 0, "CLIP"],
    ]  # fmt: skip
    return {"prompt": json.dumps(nodes), "workflow": json.dumps({"links": links})}


def test_comfyui(tmp_path: Path) -> None:
    found = foreign_metadata.read(png(tmp_path / "c.png", comfy(), (640, 448)))
    assert (found.program, found.seed) == ("ComfyUI", 99)
    assert (found.recipe.prompt.positive, found.recipe.prompt.negative) == ("the sea", "night")
    sampling = found.recipe.sampling
    assert (sampling.sampler, sampling.steps, sampling.guidance) == ("dpmpp_2m_karras", 30, 6.5)
    assert (sampling.width, sampling.height, sampling.noise) == (640, 448, "cpu")
    assert found.recipe.model.base == "models/sd15.safetensors"


def test_invokeai_swarmui_and_fooocus(tmp_path: Path) -> None:
    invoke = {
        "positive_prompt": "the sea", "negative_prompt": "", "seed": 7, "steps": 25,
        "cfg_scale": 5.0, "scheduler": "euler_a", "width": 512, "height": 512,
        "rand_device": "cpu", "clip_skip": 0, "model": {"model_name": "dreamy"},
    }  # fmt: skip
    found = foreign_metadata.read(
        png(tmp_path / "i.png", {"invokeai_metadata": json.dumps(invoke)})
    )
    assert (found.program, found.seed) == ("InvokeAI", 7)
    assert found.recipe.sampling.sampler == "euler_a"
    swarm = {"sui_image_params": {
        "prompt": "the sea", "negativeprompt": "night", "model": "folder/xl", "seed": 11,
        "steps": 20, "cfgscale": 7.0, "width": 512, "height": 512, "sampler": "euler",
        "scheduler": "normal", "loras": ["waves"]}}  # fmt: skip
    found = foreign_metadata.read(png(tmp_path / "s.png", {"parameters": json.dumps(swarm)}))
    assert (found.program, found.seed, found.recipe.sampling.sampler) == ("SwarmUI", 11, "euler")
    assert found.recipe.prompt.negative == "night"
    assert "waves" in " ".join(found.lost)
    fooocus = {
        "prompt": "the sea", "negative_prompt": "", "styles": "['Fooocus V2']",
        "performance": "Speed", "steps": 30, "resolution": "(512, 512)", "guidance_scale": 4.0,
        "sharpness": 2.0, "base_model": "xl.safetensors", "base_model_hash": "ab", "loras": [],
        "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "13",
    }  # fmt: skip
    texts = {"parameters": json.dumps(fooocus), "fooocus_scheme": "fooocus"}
    found = foreign_metadata.read(png(tmp_path / "f.png", texts))
    assert (found.program, found.seed) == ("Fooocus", 13)
    assert found.recipe.sampling.sampler == "dpmpp_2m_sde"
    assert any("sharpness" in line for line in found.lost)


def test_our_own_prints_lose_nothing(session) -> None:
    ids = add_prints(session, "small", [4])
    item = session.store.prints.get(ids)[ids[0]]
    found = foreign_metadata.read(session.file(item.file))
    assert (found.program, found.seed, found.lost) == ("edition", 4, ())
    assert found.recipe == session.recipe("small")


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"parameters": "nothing of use"},
        {"parameters": "x\nSteps: 99999, Sampler: Euler, CFG scale: 7, Seed: 1"},
        {"parameters": "x\nSteps: 20, Sampler: Euler, CFG scale: nan, Seed: 1"},
        {"parameters": '{"sui_image_params": 3}'},
        {"parameters": '{"sui_image_params": '},
        {"prompt": "[]", "workflow": "{}"},
        {"invokeai_metadata": "{"},
    ],
)
def test_pictures_that_say_nothing_are_refused(tmp_path: Path, texts: dict[str, str]) -> None:
    with pytest.raises(LibraryError):
        foreign_metadata.read(png(tmp_path / "x.png", texts))


def test_cut_files_and_other_files_are_refused(tmp_path: Path) -> None:
    whole = png(tmp_path / "w.png", {"parameters": A1111}).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) - 40])
    (tmp_path / "text.png").write_text("text")
    for name in ("cut.png", "text.png", "missing.png"):
        with pytest.raises(LibraryError, match=name.split(".", maxsplit=1)[0]):
            foreign_metadata.read(tmp_path / name)


def test_import_makes_an_edition_by_the_command_line(root: Path, tmp_path: Path) -> None:
    first = png(tmp_path / "One Gorilla.png", {"parameters": A1111})
    second = png(tmp_path / "two.png", {"parameters": A1111.replace("1234", "77")})
    empty = png(tmp_path / "none.png", {})
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "import"]
    done = subprocess.run(
        [*command, str(first), str(second), str(empty)], capture_output=True, text=True, check=True
    )
    assert "one-gorilla: 2 seed(s) of A1111" in done.stdout
    assert "left out" in done.stdout
    file = root / "one-gorilla" / "edition.toml"
    recipe = edition_file.read(file)
    assert recipe.seeds.render == "77,1234"
    assert "# Not the same here: Its model v1-5-pruned-emaonly" in file.read_text()
    assert (root / "one-gorilla" / "imported" / "two.png").read_bytes() == second.read_bytes()
    again = subprocess.run(
        [*command, str(first), "--model", "pocket"], capture_output=True, text=True, check=True
    )
    assert "one-gorilla-2" in again.stdout
    assert "not the same" not in again.stdout
    bad = subprocess.run([*command, str(empty)], capture_output=True, text=True)
    assert bad.returncode == 4
