"""New editions and more prints, from the screens alone."""

import json

import pytest
from tests.tui.helpers import has, screen_text, settle
from textual import events

from edition import paths
from edition.actions import editions, models_here
from edition.actions.session import Session
from edition.recipe import edition_file
from edition.recipe.recipe import ModelRef, Recipe
from edition.recipe.recipe_fields import fields
from edition.tui.app import EditionApp
from edition.tui.screens.library_screen import LibraryScreen
from edition.tui.screens.new_edition import NewEdition, sizes
from edition.tui.screens.recipe_form import RecipeForm
from edition.tui.screens.recipe_screen import RecipeScreen


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


def jobs(app):
    return [(job.slug, job.payload["seeds"]) for job in app.session.store.jobs.live()]


@pytest.fixture
def still(monkeypatch):
    """No press is started: what is queued stays."""
    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)


async def test_an_edition_is_made_and_rendered_without_a_command_line(library, still):
    app = EditionApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "n")
        assert isinstance(app.screen, NewEdition)
        await press(app, pilot, *"Fog Études", "enter", *"fog over a harbour", "enter")
        assert "pocket" in app.screen.models, "those on this machine"
        await press(app, pilot, "enter", "right", "enter", *"1..48", "enter")
        assert isinstance(app.screen, LibraryScreen)
        assert app.screen.list.current.slug == "fog-etudes"
        recipe = app.session.recipe("fog-etudes")
        assert (recipe.title, recipe.prompt.positive) == ("Fog Études", "fog over a harbour")
        assert recipe.seeds.render == "1..48"
        sampling = recipe.sampling
        assert f"{sampling.width} × {sampling.height}" == sizes(app_side(app))[1]
        await press(app, pilot, "r")
        assert has(app, "seeds 1..48")
        await press(app, pilot, "enter")
        assert jobs(app) == [("fog-etudes", "1..48")]


async def test_letters_are_taken_by_their_line_however_fast_the_next_key_comes(library, still):
    app = EditionApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "n")
        size = [*"64 x 64"]
        keys = [*"Fog", "enter", *"fog at sea", "enter", "enter", *size, "enter", *"1..12"]
        for key in (*keys, "enter"):  # all at once, as from a paste or a slow line
            named = {" ": "space", ".": "full_stop"}.get(key, key)
            character = key if len(key) == 1 else None
            app.post_message(events.Key(named, character).set_sender(app))
        await settle(app, pilot)
        recipe = app.session.recipe("fog")
        assert (recipe.title, recipe.prompt.positive) == ("Fog", "fog at sea")
        assert (recipe.sampling.width, recipe.sampling.height) == (64, 64)
        assert (recipe.model.base, recipe.seeds.render) == ("pocket", "1..12")


def app_side(app):
    with Session(app.root) as session:
        return next(m.side for m in models_here.listed(session) if m.name == "pocket")


async def test_a_form_that_is_left_or_at_fault_makes_nothing(library):
    app = EditionApp(library)
    before = sorted(path.name for path in library.iterdir())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "n", "ctrl+s")
        assert isinstance(app.screen, NewEdition)
        assert not has(app, "→ choose"), "a title is written, not chosen"
        await press(app, pilot, "up")
        assert has(app, "Enter make it"), "the key of the last line says what it does"
        await press(app, pilot, "up")
        assert has(app, "◂ 512 × 512 ▸")
        assert has(app, "→ choose")
        await press(app, pilot, "down", "down", "ctrl+s")
        assert has(app, "it needs a title")
        await press(app, pilot, *"A", "up", "up", *"60x7", "ctrl+s")
        assert isinstance(app.screen, NewEdition), "no size that is allowed"
        assert has(app, "allowed")
        await press(app, pilot, "escape")
        assert isinstance(app.screen, LibraryScreen)
    after = sorted(path.name for path in library.iterdir() if path.is_dir())
    assert [name for name in after if name not in before] == []


def test_folders_are_named_after_titles_and_stand_beside_each_other(tmp_path):
    assert editions.free_slug(tmp_path, "Fog, Études!") == "fog-etudes"
    assert editions.free_slug(tmp_path, "海") == "edition"
    (tmp_path / "fog").mkdir()
    assert editions.free_slug(tmp_path, "Fog") == "fog-2"
    assert len(editions.free_slug(tmp_path, "x" * 300)) <= 64


def test_models_bring_their_size(library, tmp_path, monkeypatch):
    folder = tmp_path / "big"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_text(
        json.dumps({"_class_name": "StableDiffusionXLPipeline", "unet": ["diffusers", "x"]})
    )
    (folder / "unet/config.json").write_text(json.dumps({"sample_size": 128}))
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(4)
    (folder / "unet/model.safetensors").write_bytes(weights)
    with Session(library) as session:
        session.edit("quiet-rooms", {"model.base": str(folder)})
        found = {model.name: model for model in models_here.listed(session)}
    assert found[str(folder)].side == 1024
    assert found[str(folder)].family == "Stable Diffusion XL"
    assert dict(found[str(folder)].settings)["sampling.width"] == 1024
    assert sizes(1024)[0] == "1024 × 1024"
    (folder / "vae").mkdir()  # of five blocks: 16 pixels a latent
    (folder / "vae/config.json").write_text(json.dumps({"decoder_block_out_channels": [8] * 5}))
    assert models_here._facts(ModelRef(base=str(folder)), None).side == 2048
    assert found["pocket"].side == 512


def test_every_line_of_the_form_reads_what_it_shows():
    recipe = Recipe()
    found = fields()
    assert {"title", "sampling.steps", "proof.paper", "seeds.render"} <= {f.key for f in found}
    for field in found:
        text = field.value_in(recipe)
        if text or field.type is str:
            value = field.read(text)
            assert edition_file.edit("", {field.key: value}) is not None
        assert field.told, field.key


async def test_the_recipe_is_a_form_and_toml_one_key_away(library):
    app = EditionApp(library, slug="pocket-dreams")
    file = paths.edition_file(library, "pocket-dreams")
    file.write_text(file.read_text() + "\n# mine\n[sampling]\nsteps = 20\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "e")
        form = app.screen
        assert isinstance(form, RecipeForm)
        assert has(app, "As it stands on proofs") or has(app, "Of the edition")
        while form.line.key != "sampling.steps":
            await pilot.press("down")
        assert has(app, "1 to 1000")
        await press(app, pilot, *"0")
        assert has(app, "1 value not allowed")
        await press(app, pilot, "ctrl+s")
        assert "steps = 20" in file.read_text(), "nothing is saved that is not allowed"
        await press(app, pilot, "backspace", *"33", "ctrl+s")
        assert "steps = 33" in file.read_text()
        assert "# mine" in file.read_text(), "comments stay"
        await press(app, pilot, "ctrl+e")
        assert isinstance(app.screen, RecipeScreen)
        app.screen.area.text = file.read_text().replace("steps = 33", "steps = 44")
        await press(app, pilot, "ctrl+s", "escape")
        assert form.values["sampling.steps"] == "44"
        await press(app, pilot, "escape")
        assert app.screen.room == "light table"


async def test_a_recipe_at_fault_opens_as_toml(library):
    paths.edition_file(library, "pocket-dreams").write_text("[sampling]\nsteps = 0\n")
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "e")
        assert isinstance(app.screen, RecipeScreen)
        app.screen.area.text = 'title = "Mended"\n'
        await press(app, pilot, "ctrl+s", "escape")
        assert isinstance(app.screen, RecipeForm)
        assert app.screen.values["title"] == "Mended"


async def test_more_prints_are_asked_for_by_number(library, still):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "r", *"0", "enter")
        assert has(app, "1 to 10,000"), "the fault stays beside the answer"
        await press(app, pilot, "backspace", *"3", "enter")
        (first,) = jobs(app)
        await press(app, pilot, "r")
        assert has(app, "on the press"), "what is queued before it is named"
        await pilot.press("escape")
        await settle(app, pilot)
    assert first[0] == "pocket-dreams"
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(app, pilot)
        await pilot.press("r", "enter")  # in one breath: Enter waits for the plan
        await settle(app, pilot)
        assert app.screen.room == "light table", screen_text(app)
        assert len(jobs(app)) == 2


def test_the_number_is_remembered_and_the_recipes_seeds_come_first(library, still):
    from edition.actions import render_plan

    with Session(library) as session:
        plan = render_plan.plan(session, "quiet-rooms")
        assert plan.number == 24
        assert plan.seeds(30) == (*range(1, 25), *range(25, 31))
        assert plan.seeds(2) == (1, 2)
        render_plan.submit(session, "quiet-rooms", 30)
        again = render_plan.plan(session, "quiet-rooms")
        assert (again.number, again.seeds(2), again.ahead) == (30, (31, 32), 30)
