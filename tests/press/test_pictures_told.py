"""What a press files and what it tells: broken models, flat pictures, prompts that are cut."""

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import save_file
from tests.fakes import scene, tiny_sd, tiny_sdxl

from edition.actions.session import Session
from edition.diffusion import adapters, loading, prompt_truncation, sanity_checks
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.errors import ModelError, NonFiniteImages
from edition.press.job_payloads import submit_render
from edition.press.loop import Press, do
from edition.recipe.recipe import Recipe

CASES = Path(__file__).parents[1] / "cases"
LONG = (CASES / "06-two-prompts-same-first-77.txt").read_text().splitlines()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "tiny")


def drawn(root: Path, changes: dict, seeds: tuple[int, ...] = (1, 2)):
    """A render job done in this process: the job afterwards, and the files."""
    with Session(root) as session:
        small = {"sampling.width": 64, "sampling.height": 64, "sampling.steps": 2}
        session.edit("small", {**small, **changes})
        recipe = session.recipe("small")
        submit_render(session.store, "small", recipe, session.digest("small"), seeds)
    press = Press(root, "cpu")
    job = press.store.jobs.claim()
    assert job is not None
    do(press, job)
    found = press.store.jobs.get(job.id)
    press.store.close()
    return found, sorted((root / "small").glob("prints/*/*.png"))


def changed(tiny: Path, folder: Path, change) -> str:
    pipe = StableDiffusionPipeline.from_pretrained(tiny)
    with torch.no_grad():
        change(pipe)
    pipe.save_pretrained(folder)
    return str(folder)


def test_a_print_of_values_that_are_no_numbers_is_not_filed(
    root: Path, tmp_path: Path, tiny: Path
) -> None:
    base = changed(tiny, tmp_path / "nan", lambda p: p.vae.decoder.conv_out.bias.fill_(torch.nan))
    job, files = drawn(root, {"model.base": base})
    assert job.state == "failed"
    assert "not numbers (NaN)" in job.error
    assert "dtype" in job.hint
    assert files == []


def test_a_dead_network_files_nothing(root: Path, tmp_path: Path, tiny: Path) -> None:
    def kill(pipe) -> None:
        pipe.unet.conv_out.weight.zero_()
        pipe.unet.conv_out.bias.zero_()

    job, files = drawn(root, {"model.base": changed(tiny, tmp_path / "dead", kill)})
    assert job.state == "failed"
    assert "is dead" in job.error
    assert files == []


def test_no_step_waits_for_the_answer_of_its_own_network(tiny: Path) -> None:
    pipe = loading.load(Recipe.model_validate({"model": {"base": str(tiny)}}), "cpu")
    pulse = next(iter(pipe.unet._forward_hooks.values()))
    constant = (torch.ones(1, 4, 8, 8),)
    with torch.inference_mode():
        pulse(pipe.unet, (), constant)  # nothing is asked of it yet
        with pytest.raises(ModelError, match="is dead"):
            pulse(pipe.unet, (), constant)
        pulse(pipe.unet, (), constant)
        with pytest.raises(ModelError, match="is dead"):
            pipe.image_processor.postprocess(torch.zeros(1, 3, 8, 8), output_type="pil")


def test_the_good_pictures_of_a_batch_are_kept(tiny: Path) -> None:
    recipe = Recipe.model_validate({"model": {"base": str(tiny)}})
    pipe = loading.load(recipe, "cpu")
    batch = torch.rand(3, 3, 8, 8) * 2 - 1
    right = pipe.image_processor.postprocess(batch.clone(), output_type="pil")
    batch[1, 0, 2, 2] = torch.inf
    with pytest.raises(NonFiniteImages) as raised:
        pipe.image_processor.postprocess(batch, output_type="pil")
    first, second, third = raised.value.pictures
    assert second is None
    assert (first.tobytes(), third.tobytes()) == (right[0].tobytes(), right[2].tobytes())


def test_a_seed_that_fails_does_not_take_the_others_along(
    root: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(image: torch.Tensor) -> list[bool]:
        return [k == 1 for k in range(len(image))]  # the second place of each batch

    monkeypatch.setattr(sanity_checks, "_broken", broken)
    job, files = drawn(root, {"model.base": str(tiny)}, (1, 2, 3))
    assert job.state == "failed"
    assert job.error.startswith("Seeds 2: ")
    assert [path.stem for path in files] == ["1", "3"]


def test_a_flat_picture_is_not_filed(root: Path, tmp_path: Path, tiny: Path) -> None:
    def flatten(pipe) -> None:
        pipe.vae.decoder.conv_out.weight.zero_()

    job, files = drawn(root, {"model.base": changed(tiny, tmp_path / "flat", flatten)})
    assert (job.state, files) == ("failed", [])
    assert "one flat colour" in job.error
    assert "dtype" in job.hint
    assert sanity_checks.is_flat(Image.new("L", (8, 8), 40))
    assert not sanity_checks.is_flat(scene(1, 32))


def test_the_end_of_a_long_prompt_that_is_cut_is_named(root: Path) -> None:
    job, _ = drawn(root, {"prompt.positive": LONG[0]}, (1,))
    assert job.state == "done"
    assert job.message.count("\n") == 0, "once"
    assert "77 tokens" in job.message
    assert job.message.endswith('a crimson forest"')
    quiet, _ = drawn(root, {"prompt.positive": "a crimson forest"}, (1,))
    assert quiet.message == ""


@pytest.mark.parametrize("make", [tiny_sd, tiny_sdxl])
def test_the_cut_is_the_one_that_diffusers_makes(tmp_path: Path, make) -> None:
    base = Recipe.model_validate({"model": {"base": str(make(tmp_path / "model"))}})
    texts = base.prompt.model_copy(update={"positive": LONG[0]})
    recipe = base.model_copy(update={"prompt": texts})
    heard: list[str] = []
    pipe = loading.load(recipe, "cpu")
    (line,) = prompt_truncation.by_pipeline(pipe, recipe.prompt)
    assert prompt_truncation.of_recipe(recipe) == (line,)
    tokens = pipe.tokenizer(LONG[0], add_special_tokens=False, verbose=False).input_ids
    room = pipe.tokenizer.model_max_length - 2
    begin = pipe.tokenizer.decode(tokens[room:][:6]).replace(" ", "")
    assert line.partition('"')[2].replace(" ", "").startswith(begin)
    loading.quiet(heard.append)
    renderer_of(pipe, "cpu").draw([RenderRequest(recipe, 1)])
    assert heard == [], "what is told in better words is not told twice"


def test_a_warning_of_the_libraries_reaches_the_person(capsys: pytest.CaptureFixture) -> None:
    from diffusers.utils import logging

    heard: list[str] = []
    loading.quiet(heard.append)
    logging.get_logger("diffusers.loaders").warning("half of this file was left out")
    assert heard == ["diffusers: half of this file was left out"]


def test_embeddings_and_adapters_of_another_size_are_told(tmp_path: Path, tiny: Path) -> None:
    recipe = Recipe.model_validate({"model": {"base": str(tiny)}})
    pipe = loading.load(recipe, "cpu")
    save_file({"emb_params": torch.zeros(2, 768)}, tmp_path / "word.safetensors")
    key = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"
    save_file({key: torch.zeros(4, 2048)}, tmp_path / "style.safetensors")
    for part in ({"embeddings": ["word.safetensors"]}, {"loras": [{"file": "style.safetensors"}]}):
        wanted = Recipe.from_json(json.dumps({"model": {"base": str(tiny), **part}}))
        with pytest.raises(ModelError, match="trained for another kind of model") as raised:
            adapters.add(pipe, wanted, tmp_path)
        assert "16 numbers" in raised.value.message
        assert "Stable Diffusion" in raised.value.message
        assert raised.value.hint
