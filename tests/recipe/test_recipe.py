"""Recipes: what is read, what is refused, what moves the digest."""

from pathlib import Path

import pytest

from edition import paths
from edition.errors import RecipeError
from edition.recipe import edition_file
from edition.recipe.recipe import Recipe
from edition.recipe.seeds import format_seeds, parse_seeds

EDITIONS = ("pocket-dreams", "biased-dreams", "gorilla-and-chips")


@pytest.mark.parametrize("slug", EDITIONS)
def test_shipped_editions_are_valid(slug: str) -> None:
    recipe = edition_file.read(paths.shipped_editions() / slug / "edition.toml")
    assert recipe.title


def test_biased_dreams_is_the_recipe_of_the_seed_text() -> None:
    recipe = edition_file.read(paths.shipped_editions() / "biased-dreams" / "edition.toml")
    assert recipe.prompt.positive == "monumental, dramatic, atmospheric, transcendent"
    assert (recipe.sampling.guidance, recipe.sampling.steps) == (3.0, 50)
    assert recipe.sampling.sampler == "ddim"
    assert recipe.sampling.scheduler == {
        "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
        "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1,
    }  # fmt: skip
    bent = recipe.training
    assert recipe.model.base == "stable-diffusion-v1-5/stable-diffusion-v1-5"
    assert (bent.prompt, bent.resolution, bent.batch) == ("a photo of sks person", 512, 1)
    assert (bent.learning_rate, bent.steps, bent.schedule) == (2e-6, 1200, "constant")
    assert (bent.train_text_encoder, bent.optimizer, bent.prior) == (True, "adamw8bit", False)
    assert (bent.warmup, bent.precision, bent.accumulation) == (0, "fp16", 1)
    up = recipe.upscale
    assert (up.edm_steps, up.s_cfg, up.s_stage1, up.control_scale) == (30, 3.0, -1.0, 0.9)
    assert (up.method, up.color_fix) == ("supir", "wavelet")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 3", ":1: title is 3"),
        ("[sampling]\nsteps = 0", ":2: sampling.steps is 0; allowed: greater than or equal to 1"),
        ('[sampling]\n\nwidth = "512"', ':3: sampling.width is "512"; allowed: a valid integer'),
        ("[sampling]\nguidanse = 3", "no key sampling.guidanse; did you mean guidance"),
        ('[sampling]\nsampler = "magic"', "'ddim'"),
        ("[sampling]\nwidth = 500", "multiple of 8"),
        ('[seeds]\nrender = "5..1"', "seeds run upwards"),
        ("[sampling]\nscheduler = { a = [1] }", "true, false, a number or a text"),
        ("title = 1979-05-27", "date or time"),
        ("[init]\nstrength = 0.5", "init.file is missing"),
        ("title = ", "edition.toml: Invalid value"),
        ("[wall]\n", "there is no key wall"),
    ],
)
def test_faults_name_key_place_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        edition_file.parse(text)
    assert says in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        edition_file.parse("title = 3\n[sampling]\nsteps = 0\nguidance = 101.0")
    assert len(caught.value.message.splitlines()) == 3


def test_reading_never_writes(root: Path) -> None:
    path = root / "small" / "edition.toml"
    before = path.stat().st_mtime_ns, path.read_bytes()
    edition_file.read(path)
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


def test_editing_keeps_comments_and_order() -> None:
    text = '# mine\ntitle = "A"  # short\n\n[sampling]\nsteps = 50 # enough\n'
    new = edition_file.edit(
        text, {"sampling.steps": 30, "sampling.guidance": 4.5, "prompt.negative": "x"}
    )
    assert new.startswith('# mine\ntitle = "A"  # short\n\n[sampling]\nsteps = 30 # enough')
    recipe = edition_file.parse(new)
    assert (recipe.sampling.guidance, recipe.prompt.negative) == (4.5, "x")
    with pytest.raises(RecipeError):
        edition_file.edit(text, {"sampling.steps": 0})


def test_new_recipes_are_read_back() -> None:
    recipe = Recipe.model_validate({"title": 'Böse "Träume" [1]'})
    assert edition_file.parse(edition_file.write_new(recipe)) == recipe


def test_a_recipe_survives_json() -> None:
    recipe = edition_file.read(paths.shipped_editions() / "biased-dreams" / "edition.toml")
    assert Recipe.from_json(recipe.to_json()) == recipe


def _digest(text: str) -> str:
    return edition_file.parse(text).digest("f" * 64)


def test_the_digest_holds_what_changes_pixels_and_nothing_else() -> None:
    base = _digest("")
    assert base == _digest('title = "Other"\n[proof]\nprint_mm = 100.0\n[seeds]\nrender = "9"')
    assert base == _digest('[upscale]\nmethod = "supir"')
    changes = (
        "[sampling]\nsteps = 49", "[sampling]\nguidance = 3.5", "[sampling]\nwidth = 520",
        '[sampling]\nnoise = "cpu"', '[sampling]\nsampler = "euler"',
        "[sampling.scheduler]\nsteps_offset = 0", '[prompt]\nnegative = "x"',
        '[prompt]\npositive = "x"', '[init]\nfile = "a.png"', "[sampling]\nguidance_rescale = 0.5",
        '[[model.loras]]\nfile = "a.safetensors"\nweight = 0.5',
        '[[model.loras]]\nfile = "a.safetensors"\nweight = 1.0',
    )  # fmt: skip
    digests = {_digest(text) for text in changes}
    assert len(digests) == len(changes)
    assert base not in digests
    assert edition_file.parse("").digest("e" * 64) != base


def test_the_default_digest_is_the_one_of_the_first_release() -> None:
    """Prints are named by it: a change here orphans every print ever made."""
    assert _digest("") == "cb5a60a1c960d0c39553ffdba80455c2aaf345ef498fbdde9a136667acbc73d1"


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("7", (7,)), ("1,5,9", (1, 5, 9)), ("1..4", (1, 2, 3, 4)), ("9, 1..3,2", (9, 1, 2, 3))],
)
def test_seeds_are_read(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "5..1", "-1", "1..", "1...3", "0..99999999", "1.5"])
def test_bad_seeds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="seed"):
        parse_seeds(text)


def test_seeds_are_written_shortest() -> None:
    assert format_seeds([9, 1, 2, 3, 7, 8]) == "1..3,7..9"
    assert format_seeds([5]) == "5"


@pytest.mark.parametrize("slug", ["../x", "a/b", "", "A", ".hidden", "a..b", "x" * 65, "a\nb"])
def test_slugs_name_a_folder_inside_the_library(slug: str) -> None:
    with pytest.raises(RecipeError):
        paths.check_slug(slug)
