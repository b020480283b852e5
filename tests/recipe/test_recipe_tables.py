"""Every key of the edition file, and the small languages in it: seeds, prompts, flags."""

import argparse
import math
import random
from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError

from edition.errors import RecipeError
from edition.recipe import edition_file, prompts
from edition.recipe.argparse_flags import add_flags, apply
from edition.recipe.recipe import Prompt, Recipe, Sampling
from edition.recipe.recipe_diff import differences
from edition.recipe.schema_base import SchemaTable
from edition.recipe.seeds import MAX_COUNT, MAX_SEED, format_seeds, parse_seeds
from edition.recipe.training_settings import InversionSettings, TrainingSettings


def tables(table: type[SchemaTable], above: str = "") -> list[tuple[str, type[SchemaTable], str]]:
    """Every key as dotted name, its table, and its name there."""
    found = []
    for name, field in table.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, SchemaTable):
            found += tables(kind, f"{above}{name}.")
        else:
            found.append((f"{above}{name}", table, name))
    return found


KEYS = tables(Recipe)
NUMBERS = [
    (dotted, limit)
    for dotted, table, name in KEYS
    for limit in table.model_fields[name].metadata
    if isinstance(limit, Ge | Gt | Le | Lt)
]


def beyond(limit: Ge | Gt | Le | Lt, *, whole: bool) -> float:
    """The nearest number that a limit refuses."""
    if isinstance(limit, Gt | Lt):
        return limit.gt if isinstance(limit, Gt) else limit.lt  # type: ignore[return-value]
    edge = limit.ge if isinstance(limit, Ge) else limit.le
    step = 1 if whole else abs(float(edge)) * 1e-6 + 1e-9  # type: ignore[arg-type]
    return edge - step if isinstance(limit, Ge) else edge + step  # type: ignore[operator, return-value]


def with_value(dotted: str, value: object) -> Recipe:
    """The default recipe with one key set, read as an edition file is."""
    return edition_file.parse(edition_file.edit("", {dotted: value}))


def default(dotted: str) -> object:
    value: object = Recipe()
    for name in dotted.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(("dotted", "limit"), NUMBERS, ids=str)
def test_a_number_beyond_its_range_is_refused_by_name(dotted: str, limit) -> None:
    whole = isinstance(default(dotted), int)
    with pytest.raises(RecipeError) as caught:
        with_value(dotted, beyond(limit, whole=whole))
    assert dotted in caught.value.message


@pytest.mark.parametrize("dotted", sorted({dotted for dotted, _ in NUMBERS}))
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "12in", True])
def test_what_is_no_number_is_refused(dotted: str, value: object) -> None:
    with pytest.raises(RecipeError):
        with_value(dotted, value)


@pytest.mark.parametrize("dotted", [dotted for dotted, _, _ in KEYS])
def test_every_key_is_described_and_written_back(dotted: str) -> None:
    table, name = next((table, name) for found, table, name in KEYS if found == dotted)
    assert table.model_fields[name].description or dotted == "title"
    value = default(dotted)
    if value in (None, ()) or isinstance(value, dict):
        return  # no plain value to write
    assert with_value(dotted, value) == Recipe()


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Recipe().sampling.steps = 3  # type: ignore[misc]


def test_seeds_come_back_as_they_were_written() -> None:
    rng = random.Random(0)
    for _ in range(300):
        seeds = {rng.randrange(60) for _ in range(rng.randrange(1, 40))}
        seeds |= {rng.randrange(MAX_SEED + 1) for _ in range(3)}
        assert set(parse_seeds(format_seeds(seeds))) == seeds
        assert list(parse_seeds(format_seeds(seeds))) == sorted(seeds)


def test_a_million_seeds_are_the_most() -> None:
    assert len(parse_seeds(f"1..{MAX_COUNT}")) == MAX_COUNT
    with pytest.raises(ValueError, match="1,000,000"):
        parse_seeds(f"0..{MAX_COUNT}")


def test_differences_are_named_key_by_key() -> None:
    left = Recipe(prompt=Prompt(positive="a"), sampling=Sampling(steps=3))
    right = Recipe(prompt=Prompt(positive="b"), sampling=Sampling(steps=3), title="Other")
    found = {item.key: item for item in differences(left, right)}
    assert set(found) == {"title", "prompt.positive"}
    assert (found["prompt.positive"].left, found["prompt.positive"].right) == ("a", "b")
    assert found["prompt.positive"].changes_pixels
    assert not found["title"].changes_pixels
    assert differences(left, left) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a lake", ("a lake",)),
        ("a {calm|stormy} sea", ("a calm sea", "a stormy sea")),
        ("{a|b} {c|d}", ("a c", "a d", "b c", "b d")),
        ("sea {at night|, watercolour}", ("sea at night", "sea, watercolour")),
        ("a {thing} of its own", ("a {thing} of its own",)),
        ("{a|a|b}", ("a", "b")),
    ],
)
def test_braces_stand_for_several_prompts(text: str, expected: tuple[str, ...]) -> None:
    assert prompts.expand(text) == expected


def test_lists_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("# who\nAda\n\n Turner \nAda\n")
    assert prompts.lines(tmp_path / "names.txt") == ("Ada", "Turner")
    assert prompts.expand("by {@names.txt}", tmp_path) == ("by Ada", "by Turner")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    for name in ("empty.txt", "gone.txt"):
        with pytest.raises(RecipeError) as caught:
            prompts.lines(tmp_path / name)
        assert caught.value.hint


def test_too_many_prompts_are_refused_before_any_is_made() -> None:
    with pytest.raises(RecipeError, match=r"1,000,000"):
        prompts.expand(" ".join(["{0|1|2|3|4|5|6|7|8|9}"] * 6))


def test_templates_make_every_pair_once() -> None:
    names = ("A", "B", "C")
    assert list(prompts.fill("{a} and {b}", names)) == ["A and B", "A and C", "B and C"]
    assert list(prompts.fill("by {a}", names)) == ["by A", "by B", "by C"]
    with pytest.raises(RecipeError, match="no place"):
        list(prompts.fill("by nobody", names))
    with pytest.raises(RecipeError, match="no pair"):
        list(prompts.fill("{a} and {b}", ("A",)))


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("a lake by Ada Lovelace and J. M. W. Turner at dusk", ("Ada Lovelace", "J. M. W. Turner")),
        ("the sea in the style of Vincent van Gogh", ("Vincent van Gogh",)),
        ("a house by the sea", ()),
    ],
)
def test_artists_are_found_in_prompts(prompt: str, names: tuple[str, ...]) -> None:
    assert prompts.artists(prompt) == names


def test_words_are_counted_once_without_the_shortest() -> None:
    assert prompts.words("Calm sea, calm sea at dusk") == (
        "calm", "sea", "dusk", "calm sea", "calm sea at dusk",
    )  # fmt: skip


@pytest.mark.parametrize("table", [TrainingSettings, InversionSettings])
def test_every_plain_key_of_a_training_is_a_flag(table: type[SchemaTable]) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, table, frozenset())
    assert apply(vars(parser.parse_args([])), table()) == table()
    text = parser.format_help()
    for name, field in table.model_fields.items():
        kind = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, SchemaTable)):
            assert f"--{name.replace('_', '-')}" in text


def test_a_flag_out_of_range_is_named() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, TrainingSettings, frozenset())
    with pytest.raises(RecipeError, match="--steps"):
        apply(vars(parser.parse_args(["--steps", "0"])), TrainingSettings())
    assert apply(vars(parser.parse_args(["--steps", "7"])), TrainingSettings()).steps == 7
