"""What a PNG carries: enough to make it again."""

import json
from pathlib import Path

import pytest
from PIL import Image
from tests.fakes import scene

from edition.errors import LibraryError
from edition.library import a1111_text, foreign_a1111, metadata
from edition.library.foreign_settings import sampler_of
from edition.library.metadata import Origin
from edition.recipe.recipe import SAMPLERS, Init, Lora, ModelRef, Prompt, Recipe, Sampling

ORIGIN = Origin(
    recipe=Recipe(
        title="Böse [Träume]", prompt=Prompt(positive="the sea, ночь", negative="yellow")
    ),
    digest="ab" * 32,
    seed=2**62,
    made_with={"device": "CPU", "torch": "2"},
    upscale={},
    parent="cd" * 32 + ":7",
)


def test_a_png_says_how_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "1.png"
    path.write_bytes(metadata.encode(scene(1), ORIGIN))
    assert metadata.read(path) == ORIGIN
    with Image.open(path) as image:
        assert image.convert("RGB").tobytes() == scene(1).tobytes()  # lossless
        assert "trainedAlgorithmicMedia" in image.text["XML:com.adobe.xmp"]
        lines = image.text["parameters"].splitlines()
    assert lines[0] == "the sea, ночь"
    assert lines[1] == "Negative prompt: yellow"
    assert "Steps: 50, Sampler: DDIM, CFG scale: 3, Seed: 4611686018427387904" in lines[2]


def test_the_same_print_has_the_same_bytes() -> None:
    assert metadata.encode(scene(1), ORIGIN) == metadata.encode(scene(1), ORIGIN)


def test_a_png_of_another_program_has_no_origin(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    scene(1).save(path)
    assert metadata.read(path) is None


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\0" * 100])
def test_what_is_no_png_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match="no whole PNG"):
        metadata.read(path)


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "../../etc/passwd"}, {"seed": -1}, {"seed": "7"}, {"seed": 2**70},
        {"recipe": {"title": 3}}, {"recipe": None}, {"made_with": 5},
    ],
)  # fmt: skip
def test_chunks_are_not_believed(change: dict[str, object]) -> None:
    facts = {**json.loads(metadata.to_json(ORIGIN)), **change}
    with pytest.raises(LibraryError, match="chunk is broken"):
        metadata.parse(json.dumps(facts), name="x.png")
    with pytest.raises(LibraryError, match="chunk is broken"):
        metadata.parse("[]", name="x.png")


def test_a_chunk_of_brackets_in_brackets_is_told() -> None:
    with pytest.raises(LibraryError, match="chunk is broken"):
        metadata.parse("[" * 100_000, name="1.png")


def test_why_a_file_is_no_png_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as caught:
        metadata.read(tmp_path)
    assert "it is a folder, not a regular file" in caught.value.message
    assert "[Errno" not in caught.value.message


def test_other_programs_read_the_settings_as_they_are_meant() -> None:
    recipe = Recipe(
        prompt=Prompt(positive="the sea, in the style of <mist>", negative="yellow"),
        model=ModelRef(
            base="models/dream, v2.safetensors",
            embeddings=("words/mist.pt",),
            loras=(Lora(file="adapters/ink.safetensors", weight=0.8),),
        ),
        sampling=Sampling(sampler="dpmpp_2m_karras", steps=30, guidance=6.5, noise="cpu"),
        init=Init(file="start.png", strength=0.45),
    )
    files = {"dream, v2.safetensors": "12345678" * 8, "mist.pt": "abcdef01" * 8}
    origin = Origin(recipe, "ab" * 32, 7, {"files": json.dumps(files)}, {})
    text = a1111_text.parameters(origin, (512, 512))
    assert text.splitlines()[0] == "the sea, in the style of <mist> <lora:ink:0.8>"
    assert foreign_a1111.split(text.splitlines()[2]) == {
        "Steps": "30", "Sampler": "DPM++ 2M Karras", "CFG scale": "6.5", "Seed": "7",
        "Size": "512x512", "Model hash": "1234567812", "Model": "dream, v2",
        "Denoising strength": "0.45", "TI hashes": "mist: abcdef01ab", "RNG": "CPU",
        "Version": "edition",
    }  # fmt: skip
    found = foreign_a1111.read(text)
    assert found is not None
    assert (found.seed, found.steps, found.model, found.noise) == (7, 30, "dream, v2", "cpu")
    assert sampler_of(found) == ("dpmpp_2m_karras", {})


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_has_the_name_that_is_read_back(sampler: str) -> None:
    recipe = Recipe(sampling=Sampling(sampler=sampler))
    found = foreign_a1111.read(
        a1111_text.parameters(Origin(recipe, "ab" * 32, 7, {}, {}), (512, 512))
    )
    assert found is not None
    if sampler == "native":
        assert found.sampler is None, "whatever the model ships has no name there"
    else:
        assert sampler_of(found)[0] == sampler


def test_an_enlargement_says_its_own_size() -> None:
    origin = Origin(Recipe(), "ab" * 32, 7, {}, {"method": "supir"})
    said = foreign_a1111.split(a1111_text.parameters(origin, (2048, 2048)).splitlines()[-1])
    assert said["Size"] == "512x512"
    assert said["Postprocess upscale to"] == "2048x2048"
    assert said["Postprocess upscaler"] == "supir"
    plain = a1111_text.parameters(origin, (512, 512))
    assert "Postprocess" not in plain
