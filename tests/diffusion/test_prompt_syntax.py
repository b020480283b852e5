"""Marks of other programs in a prompt: told as plain text, or read where the recipe asks."""

from pathlib import Path

import pytest
import torch
from tests.fakes import tiny_sd, tiny_sdxl
from tests.support import tiny_families

from edition.actions import recipe_notes
from edition.diffusion import loading, prompt_syntax, prompt_truncation, weighted_prompt
from edition.diffusion.pipeline_renderer import check
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the sea", [("the sea", 1.0)]),
        ("the (sea:1.3), night", [("the ", 1.0), ("sea", 1.3), (", night", 1.0)]),
        ("a (sea) b", [("a ", 1.0), ("sea", 1.1), (" b", 1.0)]),
        ("((sea))", [("sea", pytest.approx(1.21))]),
        ("[sea]", [("sea", pytest.approx(1 / 1.1))]),
        (r"a \(sea\)", [("a (sea)", 1.0)]),
        ("(calm (sea:1.5):0.5)", [("calm ", 0.5), ("sea", 0.75)]),
        ("10:30 at sea)", [("10:30 at sea)", 1.0)]),
        ("a (sea", [("a ", 1.0), ("sea", 1.1)]),
        ("", [("", 1.0)]),
    ],
)
def test_a_prompt_falls_into_texts_with_weights(text: str, found: list) -> None:
    assert prompt_syntax.fragments(text) == found


def test_marks_typed_by_hand_are_told_as_plain_text() -> None:
    told = prompt_syntax.plain_notes(
        Prompt(positive="(sea:1.3), <lora:ink:0.8> BREAK [night|day]", negative="((blurry))")
    )
    assert len(told) == 4
    assert told[0].startswith('"(sea:1.3)" is plain text here, not a weight.')
    assert 'syntax = "a1111"' in told[0]
    assert "[model] loras" in told[1]
    assert prompt_syntax.plain_notes(Prompt(positive="the sea (at night), 10:30 [draft]")) == ()
    assert prompt_syntax.plain_notes(Prompt(positive="(sea:1.3)", syntax="a1111")) == ()


@pytest.mark.parametrize("make", [tiny_sd, tiny_sdxl])
def test_weights_act_where_the_recipe_asks_for_them(tmp_path: Path, make) -> None:
    pytest.importorskip("compel")
    base = ModelRef(base=str(make(tmp_path / "model")))
    small = Sampling(steps=2, width=64, height=64, sampler="native")
    pipe = loading.load(Recipe(model=base, sampling=small), "cpu")
    renderer = renderer_of(pipe, "cpu")

    def drawn(text: str, syntax: str) -> bytes:
        prompt = Prompt(positive=text, syntax=syntax)
        recipe = Recipe(model=base, sampling=small, prompt=prompt)
        check(pipe, recipe)
        return renderer.draw([RenderRequest(recipe, 1)])[0].tobytes()

    plain = drawn("the sea, night", "plain")
    assert drawn("the sea, night", "a1111") == plain
    assert drawn("the (sea:1.5), night", "a1111") not in (
        plain,
        drawn("the (sea:1.5), night", "plain"),
    )
    assert drawn("the [sea], night", "a1111") != plain
    states = weighted_prompt.encode(pipe, "the (sea:1.5)", "cpu")
    assert states[0].shape[:2] == (1, 77)
    assert all(torch.isfinite(part).all() for part in states)


def test_the_syntax_is_in_the_digest_only_where_it_is_used() -> None:
    plain = Recipe(prompt=Prompt(positive="sea"))
    marked = Recipe(prompt=Prompt(positive="sea", syntax="a1111"))
    assert plain.digest("f") != marked.digest("f")
    assert "syntax" not in plain.canonical("f")["prompt"]


def test_old_recipes_keep_their_digests() -> None:
    """What a recipe without the new keys, or with a stream of noise named, was called before."""
    auto, cuda = (Recipe(sampling=Sampling(noise=noise)) for noise in ("auto", "cuda"))
    assert Recipe() == auto
    assert auto.digest("f") == cuda.digest("f")
    assert auto.digest("f") != Recipe(sampling=Sampling(noise="cpu")).digest("f")
    assert set(auto.canonical("f")["sampling"]) == {
        "sampler", "steps", "guidance", "width", "height", "dtype", "noise",
    }  # fmt: skip


def test_what_is_beyond_the_limit_of_a_t5_is_named(tmp_path: Path) -> None:
    folder = tiny_families.save("flux-dev", tmp_path / "flux")
    long = "a sea " * 90 + "and a lighthouse"  # a letter is a token to the tiny tokenizer
    recipe = Recipe(
        model=ModelRef(base=str(folder)),
        prompt=Prompt(positive=long),
        sampling=Sampling(sampler="native"),
    )
    (line,) = prompt_truncation.of_recipe(recipe)
    assert line.startswith("This model reads 512 tokens")
    assert line.endswith('and a lighthouse"')
    pipe = loading.load(recipe, "cpu")
    assert prompt_truncation.by_pipeline(pipe, recipe.prompt) == (line,)
    assert line in recipe_notes.of_recipe(recipe, None)
    family = recipe_notes.family_of(recipe.model, None)
    marked = recipe.model_copy(update={"prompt": Prompt(positive="(sea:1.3)", negative="night")})
    told = recipe_notes.at_hand(marked, family)
    assert any("true_cfg" in line for line in told)
    assert any("no number turns it off" in line for line in told)
    assert any("plain text here" in line for line in told)


def test_a_syntax_that_a_model_does_not_know_is_refused(tmp_path: Path) -> None:
    folder = tiny_families.save("sd3", tmp_path / "sd3")
    recipe = Recipe(
        model=ModelRef(base=str(folder)),
        prompt=Prompt(positive="(sea:1.3)", syntax="a1111"),
        sampling=Sampling(sampler="native"),
    )
    with pytest.raises(ModelError, match=r"knows no prompt\.syntax"):
        check(loading.load(recipe, "cpu"), recipe)
