"""Axes as people write them; every fault is said before the first cell."""

from pathlib import Path

import pytest

from edition.errors import EditionError, StudyError
from edition.recipe import prompts
from edition.recipe.recipe import Init, Recipe
from edition.studies import axes, batch_order, sheet_layout, study_spec


def test_numbers_ranges_and_steps() -> None:
    assert axes.parse("guidance=1,2.5,5") == ("guidance", (1.0, 2.5, 5.0))
    assert axes.parse("steps=10..50/20")[1] == (10, 30, 50)
    assert axes.parse("strength=0.2..0.8/0.2")[1] == (0.2, 0.4, 0.6, 0.8)
    assert axes.parse("seed=1..3,9")[1] == (1, 2, 3, 9)
    assert axes.parse("sampling.scheduler.eta=0,0.5")[1] == (0, 0.5)
    assert axes.parse("sampler=ddim, euler")[1] == ("ddim", "euler")


def test_prompts_keep_their_commas(tmp_path: Path) -> None:
    assert axes.parse("prompt=calm, wide|the {calm|stormy} sea")[1] == (
        "calm, wide", "the calm sea", "the stormy sea",
    )  # fmt: skip
    (tmp_path / "p.txt").write_text("# mine\none\n\ntwo {a|b}\none\n")
    assert axes.parse("prompt=@p.txt", tmp_path)[1] == ("one", "two a", "two b")
    (tmp_path / "words.txt").write_text("crimson\nazure\n")
    assert prompts.expand("{@words.txt} {sea|sky}", tmp_path) == (
        "crimson sea", "crimson sky", "azure sea", "azure sky",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a red [barn|house]", ("a red [barn|house]",)),
        ("a (red|blue:1.2) barn|a [barn|house]", ("a (red|blue:1.2) barn", "a [barn|house]")),
        ("{a [x|y]|b} sea", ("a [x|y] sea", "b sea")),
        ("((a|b)|c)|d", ("((a|b)|c)", "d")),
        ("sad :( |glad :)|a [b", ("sad :( |glad :)", "a [b")),
        ("one [two|three", ("one [two", "three")),
        ("a) b|c(d", ("a) b", "c(d")),
        ("|yellow", ("", "yellow")),
    ],
)
def test_a_bar_separates_prompts_outside_of_brackets_only(text: str, found: tuple) -> None:
    assert axes.values("prompt", text) == found


def test_pairs_and_names() -> None:
    assert list(prompts.fill("by {a} and {b}", ["A", "B", "C"])) == [
        "by A and B", "by A and C", "by B and C",
    ]  # fmt: skip
    assert list(prompts.fill("by {a}", ["A", "B"])) == ["by A", "by B"]
    assert len(list(prompts.fill("{a} {b}", [str(n) for n in range(82)]))) == 82 * 81 / 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("guidence=1", "did you mean guidance"),
        ("guidance", "field=values"),
        ("guidance=", "no value"),
        ("guidance=x", "no number"),
        ("guidance=nan", "no number"),
        ("guidance=5..1", "upwards"),
        ("guidance=1..2/0", "upwards"),
        ("guidance=0..100/0.0001", "values"),
        ("steps=1.5", "whole"),
        ("seed=", "no value"),
        ("seed=a", "seed"),
        ("title=x", "no axis"),
        ("sampling.nothing=1", "no field"),
        ("sampling.scheduler=1", "name one of them"),
        ("prompt=@missing.txt", "missing.txt"),
    ],
)
def test_bad_axes_are_named(text: str, named: str) -> None:
    with pytest.raises(StudyError, match=named):
        axes.parse(text)


def test_an_empty_list_and_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n# nothing\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="empty"):
        axes.parse("prompt=@empty.txt", tmp_path)
    with pytest.raises(StudyError, match=r"bytes\.txt"):
        axes.parse("prompt=@bytes.txt", tmp_path)


@pytest.mark.parametrize(
    "wanted",
    [
        [("guidance", (1.0, 500.0))],
        [("steps", (0,))],
        [("sampler", ("ddim", "magic"))],
        [("size", (100,))],
        [("strength", (0.5,))],
        [("guidance", (1.0,)), ("guidance", (2.0,))],
        [("prompt", tuple(map(str, range(1000)))), ("seed", tuple(range(1000)))],
    ],
)
def test_values_out_of_range_are_refused_before_the_first_cell(wanted: list) -> None:
    with pytest.raises(EditionError) as caught:
        study_spec.ask(Recipe(), wanted)
    assert caught.value.hint


def test_cells_are_row_major_and_seeds_are_no_recipes() -> None:
    study = study_spec.ask(
        Recipe(), [("guidance", (1.0, 3.0)), ("seed", (5, 6)), ("steps", (10, 20))]
    )
    recipes = study_spec.recipes(study)
    assert [(r.sampling.guidance, r.sampling.steps) for r in recipes] == [
        (1.0, 10), (1.0, 20), (3.0, 10), (3.0, 20),
    ]  # fmt: skip
    found = [(place, recipes[n].sampling.steps, seed) for place, n, seed in study_spec.cells(study)]
    assert found[:4] == [(0, 10, 5), (1, 20, 5), (2, 10, 6), (3, 20, 6)]
    assert len(found) == study.count == 8


def test_a_name_is_the_same_whenever_the_same_is_asked() -> None:
    wanted = [("guidance", (1.0, 3.0)), ("seed", (1,))]
    first, again = study_spec.ask(Recipe(), wanted), study_spec.ask(Recipe(), wanted)
    other = study_spec.ask(Recipe(), [("guidance", (1.0, 4.0)), ("seed", (1,))])
    assert first.name == again.name != other.name
    assert study_spec.Study.model_validate_json(first.model_dump_json()) == first


def test_fields_inside_of_lists_and_tables() -> None:
    base = Recipe(init=Init(file="a.png"))
    study = study_spec.ask(base, [("strength", (0.3, 0.6)), ("sampling.scheduler.eta", (0.5,))])
    assert [r.init.strength for r in study_spec.recipes(study)] == [0.3, 0.6]
    assert study_spec.recipes(study)[0].sampling.scheduler == {"eta": 0.5}


def test_the_order_loads_a_model_and_reads_a_prompt_once() -> None:
    todo = [
        batch_order.MissingPrint("d", seed, model, shape, (prompt,), (0,))
        for seed in (1, 2)
        for prompt in ("x", "y")
        for model in ("m", "n")
        for shape in ("small", "large")
    ]
    groups = batch_order.groups(todo)
    assert sum(map(len, groups)) == len(todo)
    models = [group[0].model for group in groups]
    assert models == sorted(models, key=["m", "n"].index)
    for group in groups:
        assert len({(item.model, item.shape) for item in group}) == 1
        texts = [item.texts for item in group]
        assert [t for k, t in enumerate(texts) if k == 0 or t != texts[k - 1]] == [("x",), ("y",)]
    batches = list(batch_order.batches(groups[0], 3))
    assert [wanted for _, wanted in batches] == [3, 1]
    assert {len(batch) for batch, _ in batches} == {3}


@pytest.mark.parametrize(
    "wanted",
    [
        [("seed", tuple(range(5)))],
        [("guidance", (1.0, 2.5, 5.0)), ("seed", tuple(range(4)))],
        [("prompt", tuple(f"prompt number {k}" for k in range(200))), ("seed", (1, 2))],
        [("seed", tuple(range(300))), ("guidance", (1.0, 2.0, 3.0))],
        [("guidance", (1.0, 2.0)), ("steps", (5, 10)), ("seed", (1, 2, 3))],
        [("prompt", tuple(map(str, range(100)))), ("seed", tuple(range(50)))],
    ],
)
def test_every_cell_stands_on_exactly_one_page_and_none_overlap(wanted: list) -> None:
    study = study_spec.ask(Recipe(), wanted)
    places: list[int] = []
    for table in sheet_layout.tables(study):
        for page in sheet_layout.pages(study, table, "Title", (64, 64)):
            places += [spot.place for spot in page.spots]
            assert page.width * page.height <= sheet_layout.PAGE_PIXELS * 1.05
            corners = {(spot.x, spot.y) for spot in page.spots}
            assert len(corners) == len(page.spots)
            for spot in page.spots:
                assert 0 < spot.x <= page.width - 64
                assert 0 < spot.y <= page.height - 64
    assert sorted(places) == list(range(study.count))


def test_a_third_axis_makes_a_sheet_for_each_value() -> None:
    study = study_spec.ask(
        Recipe(), [("guidance", (1.0, 2.0)), ("seed", (1, 2)), ("steps", (5, 10, 20))]
    )
    tables = sheet_layout.tables(study)
    assert len(tables) == 3
    recipes, cells = study_spec.recipes(study), list(study_spec.cells(study))
    for table in tables:
        axis, number = table.fixed[0]
        _, recipe, seed = cells[table.place(1, 0)]
        assert recipes[recipe].sampling.steps == axis.values[number]
        assert (recipes[recipe].sampling.guidance, seed) == (2.0, 1)


def test_words_and_artists() -> None:
    assert prompts.artists("a lake by Ada Lovelace and J. M. W. Turner at dusk") == (
        "Ada Lovelace", "J. M. W. Turner",
    )  # fmt: skip
    assert prompts.artists("in the style of Vincent van Gogh") == ("Vincent van Gogh",)
    assert prompts.artists("stand by the sea") == ()
    assert prompts.words("Monumental, a big Sea, monumental") == (
        "monumental", "big", "sea", "a big sea",
    )  # fmt: skip
