"""Keys that came after the first release: their limits, and what they do to a print's name."""

import pytest

from edition.errors import InvalidRecipe, RecipeError
from edition.recipe import edition_file, recipe_fields
from edition.recipe.recipe import Init, Recipe
from edition.recipe.recipe_diff import differences

DIGEST = "1a2b3c4d" + "0" * 56


def digest(text: str) -> str:
    return edition_file.parse(text).digest("f" * 64)


def test_noise_auto_is_the_stream_of_cuda_by_name_and_in_comparisons() -> None:
    auto, cuda, cpu = (
        edition_file.parse(f'[sampling]\nnoise = "{noise}"') for noise in ("auto", "cuda", "cpu")
    )
    assert auto.digest("f") == cuda.digest("f") != cpu.digest("f")
    assert differences(auto, cuda) == ()
    assert [one.key for one in differences(auto, cpu)] == ["sampling.noise"]
    assert differences(cuda, cpu)[0].changes_pixels


@pytest.mark.parametrize(
    ("neutral", "acting"),
    [
        ('[prompt]\nsyntax = "plain"', '[prompt]\nsyntax = "a1111"'),
        ('[model]\nquantise = ""', '[model]\nquantise = "float8"'),
        ("[sampling]\ntrue_cfg = 0.0", "[sampling]\ntrue_cfg = 0.1"),
        ("[sampling]\nguidance_rescale = 0.0", "[sampling]\nguidance_rescale = 1.0"),
        ("[sampling.scheduler]", "[sampling.scheduler]\nclip_sample = false"),
        ("[model]\nloras = []", '[[model.loras]]\nfile = "a.safetensors"\nweight = 0.0'),
    ],
)
def test_a_later_key_keeps_old_names_while_it_does_nothing(neutral: str, acting: str) -> None:
    assert digest(neutral) == digest("")
    assert digest(acting) != digest("")


@pytest.mark.parametrize(
    "text",
    [
        "[marks]\nxmp = 'sidecar'", "[works.7]\ntitle = 'Sea'", "[training]\nsteps = 3",
        "[[proof.walls]]\nname = 'East'\nwidth_mm = 4000.0", "[proof]\norder = [3, 1]",
    ],
)  # fmt: skip
def test_what_is_said_of_prints_never_renames_them(text: str) -> None:
    assert digest(text) == digest("")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[model]\nquantise = 'int4'", "model.quantise"),
        ("[model]\nquantise = true", "model.quantise"),
        ("[prompt]\nsyntax = 'comfy'", "prompt.syntax"),
        ("[sampling]\nnoise = 'gpu'", "sampling.noise"),
        ("[marks]\nxmp = true", "marks.xmp"),
        ("[[model.loras]]\nfile = ''", "model.loras.0.file"),
        ("[[model.loras]]\nfile = 'a'\nweight = 4.01", "model.loras.0.weight"),
        ("[proof]\nsizes = { 7 = 9.9 }", "proof.sizes.7"),
        ("[proof]\norder = ['7']", "proof.order.0"),
        ("[proof]\norder = ['1a2:7']", "proof.order.0"),
        ("[[proof.walls]]\nname = 'East'\nwidth_mm = 299.0", "proof.walls.0.width_mm"),
        ("[[proof.walls]]\nwidth_mm = 300.0", "proof.walls.0.name"),
        ("[[proof.walls]]\nname = 'E'\nwidth_mm = 300.0\nturn = 181.0", "proof.walls.0.turn"),
        ("[training.corridor]\nrates = []", "training.corridor.rates"),
        ("[training.corridor]\nrates = [0.0]", "training.corridor.rates.0"),
        ("[training.inversion]\ntoken = 'two words'", "training.inversion.token"),
        ("[training]\nsample_seeds = '4..1'", "seeds run upwards"),
        ("[training.corridor]\nseeds = 'x'", "'x' is not a seed"),
    ],
)
def test_a_value_past_its_limit_is_refused_by_its_place(text: str, key: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        edition_file.parse(text)
    assert key in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "opening",
    ["x_mm = 0.0\nwidth_mm = 0.1\nheight_mm = 20000.0", "x_mm = 200000.0\nwidth_mm = 200000.0"],
)
def test_walls_and_openings_hold_at_their_limits(opening: str) -> None:
    wall = "[[proof.walls]]\nname = 'East'\nwidth_mm = 300.0\nturn = -180.0\nworks = 10000\n"
    text = f"{wall}[[proof.walls.openings]]\nkind = 'window'\n{opening}"
    (found,) = edition_file.parse(text).proof.walls
    assert (found.turn, found.works, found.openings[0].kind) == (-180.0, 10000, "window")
    assert edition_file.parse(edition_file.write_new(edition_file.parse(text))).proof.walls == (
        found,
    )
    with pytest.raises(RecipeError, match=r"openings\.0\.width_mm"):
        edition_file.parse(f"{wall}[[proof.walls.openings]]\nx_mm = 0.0\nwidth_mm = 0.0")


def test_the_nearest_words_of_a_work_win_field_by_field() -> None:
    recipe = edition_file.parse(
        "[works.all]\nmedium = 'Pigment'\nprice = '€ 900'\nyear = '2024'\n"
        "[works.7]\ntitle = 'Sea'\nprice = '€ 950'\n"
        "[works.'1a2b3c4d:7']\nprice = 'sold'\n"
        "[works.'1a2b:7']\nprice = 'reserved'\ntitle = 'Calm'\n"
    )
    own = recipe.work(7, DIGEST)
    assert (own.title, own.medium, own.price, own.year) == ("Calm", "Pigment", "sold", "2024")
    assert recipe.work(7, "ff" * 32).title == "Sea"
    assert (recipe.work(7).price, recipe.work(8).price) == ("€ 950", "€ 900")
    assert recipe.work(77, DIGEST).title == "", "a seed is not the beginning of another"
    assert Recipe().work(7, DIGEST) == type(own)()


@pytest.mark.parametrize("key", ["-1", "every", "1a2:7", "1A2B:7", "7:7", "0x7", "1" * 20])
def test_works_are_named_by_seed_by_print_or_all(key: str) -> None:
    with pytest.raises(RecipeError, match="works"):
        edition_file.parse(f"[works.'{key}']\ntitle = 'x'")


@pytest.mark.parametrize(
    ("file", "parent"),
    [
        (f"small:{DIGEST}:7", f"{DIGEST}:7"), (f"small:{DIGEST}:", ""), ("a.png", ""),
        (f"../small:{DIGEST}:7", ""), (f"small:{DIGEST[:8]}:7", ""), (f"small:{DIGEST}:7.png", ""),
    ],
)  # fmt: skip
def test_only_the_whole_name_of_a_print_has_a_parent(file: str, parent: str) -> None:
    assert Init(file=file).parent == parent


def test_forms_read_what_people_write_and_say_what_is_allowed() -> None:
    known = {field.key: field for field in recipe_fields.fields()}
    assert known["sampling.guidance"].read(" 3,5 ") == 3.5
    assert known["training.flip"].read("TRUE ") is True
    assert known["training.flip"].value_in(Recipe()) == "false"
    for key, text, told in (
        ("sampling.steps", "0", "1"), ("sampling.steps", "4.5", "whole number, 1 to 1000"),
        ("training.flip", "yes", "true, false"), ("model.quantise", "int4", "float8"),
        ("training.ema_decay", "1", "less than 1"),
        ("training.max_grad_norm", "0", "greater than 0"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"allowed: .*{told}"):
            known[key].read(text)
