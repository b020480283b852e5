"""Exhibitions with keys: hung from the light table and the loupe, put in order, said, undone."""

import pytest
from tests.tui.helpers import has, make_edition, screen_text, settle

from edition import paths
from edition.actions import exhibitions, trash
from edition.actions.session import Session
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.screens.exhibition_list import ExhibitionListScreen
from edition.tui.screens.exhibition_screen import ExhibitionScreen
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe
from edition.tui.widgets.wall_view import WallView


@pytest.fixture
def two(tmp_path, config_home):
    """Two editions of ten prints each."""
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 11), title="Pocket Dreams")
    make_edition(root, "night-sea", range(50, 60), title="Night Sea", artist="B. Other")
    return root


@pytest.fixture
def hung(two):
    """``summer`` with four prints of both."""
    with Session(two) as session:
        exhibitions.new(session, "summer", title="Summer Show")
        prints = session.store.prints
        ids = [prints.find(slug, [seed])[0].id for slug, seed in HUNG]
        exhibitions.add(session, "summer", ids)
    return two


HUNG = [("pocket-dreams", 4), ("night-sea", 51), ("pocket-dreams", 8), ("night-sea", 55)]


def seeds(root, name="summer"):
    with Store(root) as store:
        return [place.seed for place in store.exhibitions.get(name).places]


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


async def test_prints_are_hung_from_the_table_and_the_loupe(two):
    app = EditionApp(two, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "W")
        assert has(app, "Hang 1 print in a new exhibition; its title?")
        await press(app, pilot, *"Big, Show", "space")
        assert has(app, "name: big-show"), "the name that is made of a title is said as one types"
        await press(app, pilot, "enter")
        with Store(two) as store:
            assert store.exhibitions.get("big-show").title == "Big, Show"
        assert seeds(two, "big-show") == [2]
        assert any("Hung in big-show: 1 print, 1 in all." in n for n in app.heard)
        with Session(two) as session:
            exhibitions.new(session, "summer")
        await press(app, pilot, "W")
        assert any("Hung in summer: 1 print, 1 in all." in n for n in app.heard)
        await press(app, pilot, "W")
        assert any("It hangs in summer already, 1 in all." in n for n in app.heard)
        await press(app, pilot, "m", "right", "m", "right", "m", "W", "escape")
        assert seeds(two) == [2, 3, 4]
        assert any(
            "Hung in summer: 2 prints, 3 in all; 1 hung there before." in n for n in app.heard
        )
        await press(app, pilot, "end", "enter")
        assert isinstance(app.screen, Loupe)
        await press(app, pilot, "W")
        assert seeds(two) == [2, 3, 4, 10]
        await press(app, pilot, "z")
        assert seeds(two) == [2, 3, 4, 10], "undo is of the edition that one looks at"
        await press(app, pilot, "E")
        assert isinstance(app.screen, ExhibitionListScreen)
        await press(app, pilot, "z")
        assert seeds(two) == [2, 3, 4]
        assert has(app, "W hangs here")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, ExhibitionScreen)
        assert has(app, "3 prints")
        await press(app, pilot, "escape", "escape", "escape")
        assert isinstance(app.screen, LightTable)
    with Store(two) as store:
        done = [entry.action for entry in store.journal.history(9) if not entry.undone]
    assert done == [
        "hang 2 prints in summer", "hang pocket-dreams seed 2 in summer", "open exhibition summer",
        "hang pocket-dreams seed 2 in big-show", "open exhibition big-show",
    ]  # fmt: skip


async def test_a_print_is_moved_sized_said_and_taken_down(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter")
        assert has(app, "Summer Show")
        await press(app, pilot, "right", "J", "J")
        assert seeds(hung) == [4, 8, 55, 51]
        assert has(app, "Night Sea  seed 51")
        assert has(app, "4 of 4")
        await press(app, pilot, "shift+home")
        assert seeds(hung) == [51, 4, 8, 55]
        await press(app, pilot, "shift+right", "K", "shift+left")
        assert seeds(hung) == [51, 4, 8, 55]
        await press(app, pilot, "right_square_bracket")
        assert has(app, "350 × 350 mm")
        await press(app, pilot, "left_square_bracket", "left_square_bracket")
        assert has(app, "250 × 250 mm")
        await press(app, pilot, "N", *"at sea", "enter")
        assert has(app, "at sea")
        with Store(hung) as store:
            first = store.exhibitions.get("summer").places[0]
        assert (first.note, first.print_mm) == ("at sea", 250.0)
        await press(app, pilot, "D")
        assert seeds(hung) == [4, 8, 55]
        assert any("Took down seed 51" in n for n in app.heard)
        await press(app, pilot, "z")
        assert seeds(hung) == [51, 4, 8, 55]
        await press(app, pilot, "z", "z", "z", "z")  # note and three sizes
        assert {work.picture.print_mm for work in app.screen.works} == {0.0}
        assert {work.picture.note for work in app.screen.works} == {""}
        await press(app, pilot, *["z"] * 5)
        assert seeds(hung) == [4, 51, 8, 55]
        await press(app, pilot, *["Z"] * 5)
        assert seeds(hung) == [51, 4, 8, 55]


async def test_many_moves_in_a_breath_all_arrive(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter")
        await pilot.press("J", "J", "J", "K", "K", "J", "right", "K", "home", "J")
        await settle(app, pilot)
        shown = [work.picture.seed for work in app.screen.works]
        assert seeds(hung) == shown
        order = [4, 51, 8, 55]
        for at, to in ((0, 1), (1, 2), (2, 3), (3, 2), (2, 1), (1, 2), (3, 2), (0, 1)):
            order.insert(to, order.pop(at))
        assert shown == order


async def test_the_wall_is_hung_measured_and_ordered_by_look(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter", "5")
        assert has(app, "4 prints   grid")
        await press(app, pilot, "O")
        assert sorted(seeds(hung)) == [4, 8, 51, 55]
        await press(app, pilot, "M", *["backspace"] * 3, *"50cm", "ctrl+s")
        assert isinstance(app.screen, ExhibitionScreen)
        assert has(app, "500 × 500 mm")
        with Store(hung) as store:
            assert store.exhibitions.get("summer").proof == {"hang": "grid", "print_mm": 500.0}
        await press(app, pilot, "e", *["backspace"] * 11, *"Late", "enter")
        assert has(app, " Late ")
        before = app.screen.query_one("#wall", WallView)._view.scale
        await press(app, pilot, "plus", "plus")
        assert app.screen.query_one("#wall", WallView)._view.scale < before / 1.5
        await press(app, pilot, "f")
        assert app.screen.query_one("#wall", WallView)._view.scale == before
        with Session(hung) as session:
            exhibitions.edit(session, "summer", {"proof.columns": 2})
        await settle(app, pilot)
        seen = []
        for key in ("home", "down", "right", "up", "up", "left"):
            await press(app, pilot, key)
            seen.append(app.screen.at)
        assert seen == [0, 2, 3, 1, 1, 0]


async def test_it_goes_on_paper_from_its_screen(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter", "P")
        assert has(app, "contact sheet of 4 prints")
        assert has(app, "wall proof of 4 prints")
        await press(app, pilot, "2")
        assert has(app, "wall.pdf")
        assert (paths.exhibition_folder(hung, "summer") / "wall.pdf").exists()
        await press(app, pilot, "enter")
        assert has(app, "1 of ")


async def test_what_is_missing_is_said_everywhere(hung):
    with Store(hung) as store:
        gone = store.prints.find("night-sea", [51])[0]
        store.prints.forget([store.prints.find("pocket-dreams", [8])[0].id])
    (hung / gone.file).unlink()
    app = EditionApp(hung)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter")
        assert has(app, "2 prints missing")
        await press(app, pilot, "right")
        assert has(app, "night-sea seed 51 has no file")
        await press(app, pilot, "right")
        assert has(app, "pocket-dreams seed 8 is not in the library")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, ExhibitionScreen), "there is nothing to look at"
        await press(app, pilot, "P")
        assert has(app, "Can't be printed: night-sea seed 51 has no file")
        await press(app, pilot, "2")
        assert any("can't be shown" in n for n in app.heard)
        await press(app, pilot, "escape", "D")
        assert has(app, "1 print missing")
        with Session(hung) as session:
            trash.put(session, [session.store.prints.find("pocket-dreams", [4])[0].id])
        await settle(app, pilot)
        await press(app, pilot, "home")
        assert has(app, "pocket-dreams seed 4 is in the trash")


async def test_exhibitions_are_made_and_taken_down(two):
    app = EditionApp(two)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E")
        assert has(app, "No exhibition yet.")
        await press(app, pilot, "n", *"spring", "enter", "n", *"autumn", "enter")
        lines = screen_text(app)
        assert "Autumn" in lines[2]
        assert "Spring" in lines[3]
        await press(app, pilot, "down", "enter")
        assert has(app, "No prints here yet.")
        await press(app, pilot, "escape")
        assert "W hangs here" in screen_text(app)[3], "in the one that was open last"
        await press(app, pilot, "D")
        assert not has(app, "Spring")
        await press(app, pilot, "z")
        assert has(app, "Spring")
        await press(app, pilot, "n", *"spring", "enter")
        assert any("There is an exhibition spring already" in n for n in app.heard)


async def test_what_others_do_shows_at_once(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter", "end")
        assert has(app, "seed 55")
        with Session(hung) as session:
            exhibitions.move(session, "summer", 3, 0)
            exhibitions.remove(session, "summer", [1])
        await settle(app, pilot)
        assert has(app, "3 prints")
        assert has(app, "seed 55"), "the chosen print stays the chosen one"
        assert app.screen.at == 0
        with Session(hung) as session:
            exhibitions.drop(session, "summer")
        await settle(app, pilot)
        assert isinstance(app.screen, ExhibitionListScreen)


async def test_a_click_chooses_a_print_and_a_second_one_opens_it(hung):
    app = EditionApp(hung)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "E", "enter")
        wall = app.screen.query_one("#wall", WallView)
        left, top, right, bottom = wall._view.place(app.screen.wall.hung[2].box)
        place = ((left + right) // 2, (top + bottom) // 4)
        await pilot.click("#wall", offset=place)
        await settle(app, pilot)
        assert app.screen.at == 2
        await pilot.click("#wall", offset=place, times=2)
        await settle(app, pilot)
        assert isinstance(app.screen, Loupe)
        assert app.screen.current().seed == 8
        await press(app, pilot, "right", "escape")
        assert app.screen.chosen.picture.seed == 55
