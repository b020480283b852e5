"""The arranged wall as the PDF has it: several walls, doors, inches; and works named by key."""

import pytest
from tests.tui.helpers import has, make_edition, settle
from textual import events

from edition.actions.print_sources import EditionSource
from edition.actions.session import Session
from edition.proof.page_layout import length
from edition.proof.wall_layout import hang_walls
from edition.tui.app import EditionApp
from edition.tui.screens.work_form import WorkForm

WALLS = """
[proof]
units = "in"

[[proof.walls]]
name = "North"
width_mm = 4000
works = 2
openings = [{ kind = "door", x_mm = 100, width_mm = 900 }]

[[proof.walls]]
name = "East"
width_mm = 5000
"""


@pytest.fixture
def show(tmp_path, config_home):
    """Five starred prints for two walls."""
    root = tmp_path / "editions"
    ids = make_edition(root, "pocket-dreams", range(1, 7), title="Pocket Dreams")
    file = root / "pocket-dreams" / "edition.toml"
    file.write_text(file.read_text() + WALLS)
    with Session(root) as session:
        session.mark(ids[:5], "star")
    return root


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


async def test_prints_hang_on_the_walls_that_the_pdf_has(show):
    app = EditionApp(show, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "W")
        screen = app.screen
        pictures = [work.picture for work in screen.works]
        wanted = hang_walls(pictures, EditionSource("pocket-dreams").head(app.session).settings)
        assert screen.walls == wanted
        assert [len(wall.hung) for wall in wanted] == [2, 3]
        assert has(app, "North (1 of 2)   5 prints")
        bare = painted(screen)
        await press(app, pilot, "right")
        assert screen.wall.name == "North"
        await press(app, pilot, "right")
        assert has(app, "East (2 of 2)")
        assert has(app, "196 7/8 × 110 1/4 in")
        hung = wanted[1].hung[0]
        assert has(app, f"left edge {length(hung.box.x, 'in')}   nail {length(hung.nail_x, 'in')}")
        assert painted(screen) != bare
        await press(app, pilot, "end", "up", "down")
        assert screen.at == 4, "nothing hangs above or below"
        await press(app, pilot, "J")
        await press(app, pilot, "home", "J", "J")
        assert (screen.at, screen.wall.name) == (2, "East"), "moved over to the other wall"
        await press(app, pilot, "o")
        assert has(app, "the print")
        await press(app, pilot, "escape", "right_square_bracket")
        assert has(app, "12 × 12 in"), "300 mm, and on to whole steps of two inches"
        await press(app, pilot, "right_square_bracket", "left_square_bracket")
        assert screen.chosen.picture.print_mm == 304.8
        await press(app, pilot, "M")
        assert has(app, "5 prints hang on 2 walls: North 2, East 3")


def painted(screen):
    return screen.query_one("#wall")._lines


async def test_works_are_named_by_key_on_the_table_and_on_the_wall(show):
    app = EditionApp(show, slug="pocket-dreams")

    def work(seed):
        with Session(show) as session:
            return session.recipe("pocket-dreams").work(seed)

    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "dollar_sign")
        assert isinstance(app.screen, WorkForm)
        await press(app, pilot, *"Dusk", "enter", "enter", "enter", *"900", "enter")
        assert (work(1).title, work(1).price) == ("Dusk", "900")
        assert any("title, price of pocket-dreams seed 1" in told for told in app.heard)
        await press(app, pilot, "shift+right", "f2")
        assert has(app, "2 prints")
        assert app.screen.values["title"] == "", "they differ"
        await press(app, pilot, "down", *"2026", "ctrl+s")
        assert [(work(s).title, work(s).year) for s in (1, 2)] == [("Dusk", "2026"), ("", "2026")]
        await press(app, pilot, "escape", "P", "W", "dollar_sign")
        app.focused.post_message(events.Paste("x" * 301))
        await press(app, pilot, "ctrl+s")
        assert has(app, "at most 300 characters")
        await press(app, pilot, "escape")
        assert work(1).title == "Dusk"
