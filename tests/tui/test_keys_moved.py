"""Keys that a person has moved, and presets, in a running app."""

import pytest
from tests.tui.helpers import has, settle, until
from textual.command import CommandList, CommandPalette

from edition.actions import exhibitions, search, trash
from edition.actions.session import Session
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.user_settings import UserSettings


def marks(root):
    with Store(root) as store:
        prints = store.prints.get(store.prints.select("pocket-dreams"))
        return {p.seed: p.marks for p in prints.values()}


@pytest.mark.parametrize(
    ("chosen", "star", "undo"),
    [
        (UserSettings(), "space", "z"),
        (UserSettings(preset="lightroom"), "p", "ctrl+z"),
        (UserSettings(preset="vim"), "space", "u"),
        (UserSettings(keys={"mark-toggle-star": "f5", "undo": "f6"}), "f5", "f6"),
    ],
)
async def test_moved_keys_work_and_are_shown(library, chosen, star, undo):
    app = EditionApp(library, slug="pocket-dreams", chosen=chosen)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await pilot.press(star)
        await settle(app, pilot)
        assert marks(library)[1].star
        await pilot.press(undo)
        await settle(app, pilot)
        assert not marks(library)[1].star
        await pilot.press("question_mark")
        await settle(app, pilot)
        assert has(app, f"preset {chosen.preset}")
        shown = star.replace("ctrl+", "^")
        assert has(app, f"{shown} ")


async def test_palette_begins_with_the_screen_and_leads_to_trash_filters_and_exhibitions(library):
    with Session(library) as session:
        search.save(session, "early", "seed:1..3")
        exhibitions.new(session, "summer-show", title="Summer")
        trash.put(session, [40])
    app = EditionApp(library, slug="pocket-dreams")

    def offered():
        found = app.screen.query_one(CommandList)
        return [str(found.get_option_at_index(i).hit.text) for i in range(found.option_count)]

    async def take(pilot, words):
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.press(*words)
        await until(lambda: app.screen.query_one(CommandList).option_count == 1, words)
        await pilot.press("enter")
        await settle(app, pilot)

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette), "the palette")
        await until(lambda: app.screen.query_one(CommandList).option_count > 60, "all of it")
        titles = offered()
        assert titles[:2] == ["Star", "Reject"]
        places = [
            "Show the trash: 1 print",
            "Filter: early",
            "Exhibition: Summer",
            "Hang in: Summer",
        ]
        at = [titles.index(place) for place in places]
        assert at == sorted(at)
        assert titles.index("Left") > titles.index("Render prints")
        await pilot.press("escape")
        await take(pilot, "hang in: summer")
        assert any("Hung in summer-show" in told for told in app.heard)
        await take(pilot, "filter: early")
        assert len(app.screen.roll) == 3
        await take(pilot, "show the trash")
        assert [app.screen.roll.one(i).seed for i in app.screen.roll.ids] == [40]
        await take(pilot, "back from the trash")
        assert len(app.screen.roll) == 39


async def test_palette_knows_every_action(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.press(*"only undecided")
        await until(lambda: app.screen.query_one(CommandList).option_count == 1, "the one command")
        await pilot.press("enter")
        await settle(app, pilot)
        assert app.screen.finder.undecided


async def test_recipe_is_checked_as_one_types_and_saved_whole(library):
    app = EditionApp(library, slug="pocket-dreams")
    file = library / "pocket-dreams/edition.toml"
    before = file.read_text()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await pilot.press("e")
        await settle(app, pilot)
        await pilot.press("ctrl+e")
        await settle(app, pilot)
        assert has(app, "Valid.")
        await pilot.press(*"steps = 0")
        await pilot.press("enter")
        await settle(app, pilot)
        assert has(app, "steps")
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert file.read_text() == before, "nothing is saved that is not valid"
        await pilot.press("escape")
        await settle(app, pilot)
        assert any("Not saved" in n for n in app.heard)
        app.screen.area.text = before.replace("A. Nonym", "B. Nonym")
        await pilot.press("ctrl+s", "escape")
        await settle(app, pilot)
    assert file.read_text() == before.replace("A. Nonym", "B. Nonym")


async def test_a_recipe_that_was_changed_meanwhile_is_not_written_over_unasked(library):
    app = EditionApp(library, slug="pocket-dreams")
    file = library / "pocket-dreams/edition.toml"
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await pilot.press("e")
        await settle(app, pilot)
        await pilot.press("ctrl+e")
        await settle(app, pilot)
        text = app.screen.area.text
        with Session(library) as other:
            other.edit("pocket-dreams", {"sampling.steps": 33})
        app.screen.area.text = text.replace("A. Nonym", "B. Nonym")
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert any("changed meanwhile" in n for n in app.heard)
        assert "steps = 33" in file.read_text()
        await pilot.press("ctrl+s")
        await settle(app, pilot)
        assert file.read_text() == text.replace("A. Nonym", "B. Nonym")
