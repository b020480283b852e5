"""The trash on the light table and in the loupe: out of sight, never what is starred, undoable."""

from tests.tui.helpers import has, settle

from edition.actions import trash as room
from edition.actions.session import Session
from edition.domain import Filter
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.plain_repl import PlainRepl
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


def lying(root):
    with Store(root) as store:
        prints = store.prints.get(store.prints.select("pocket-dreams", Filter(trash=True)))
        return sorted(p.seed for p in prints.values())


def seeds(app):
    return [app.screen.roll.one(i).seed for i in app.screen.roll.ids]


async def test_a_print_goes_out_of_sight_and_comes_back(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "D")
        assert lying(library) == [2]
        assert seeds(app)[:3] == [1, 3, 4]
        assert app.screen.current().seed == 3, "the next one takes its place"
        assert has(app, "39 prints")
        assert any("1 print in the trash" in n for n in app.heard)
        await press(app, pilot, "delete")
        assert lying(library) == [2, 3]
        await press(app, pilot, "z")
        assert lying(library) == [2]
        assert seeds(app)[:3] == [1, 3, 4]
        await press(app, pilot, "z")
        assert len(app.screen.roll) == 40
        await press(app, pilot, "Z", "H")
        assert lying(library) == [2]
        assert has(app, "trash pocket-dreams seed 2")


async def test_what_is_starred_stays_and_the_rest_goes(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "D")
        assert lying(library) == []
        assert len(app.screen.roll) == 40
        assert any("starred" in n and "Remove the star" in n
                   for n in app.heard)  # fmt: skip
        await press(app, pilot, "v", "right", "right", "D")
        assert lying(library) == [2, 3]
        assert seeds(app)[:2] == [1, 4]
        assert any("1 starred print stays" in n for n in app.heard)
        assert not app.screen.grid.marked


async def test_a_numbered_print_stays_though_the_screen_let_it_go(library):
    with Session(library) as session:
        item = session.store.prints.get(session.store.prints.select("pocket-dreams"))
        first = next(iter(item.values()))
        from edition.actions import register

        register.open_edition(session, first, 5)
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "D")
        assert lying(library) == []
        assert seeds(app)[0] == 1
        assert any("numbered print" in n for n in app.heard)


async def test_the_trash_is_shown_and_gives_prints_back(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "D", "D", "slash", *"trash:yes", "enter")
        assert seeds(app) == [1, 2]
        assert has(app, "trash")
        await press(app, pilot, "right", "D")
        assert lying(library) == [1]
        assert seeds(app) == [1]
        await press(app, pilot, "D")
        assert has(app, "The trash is empty")
        await press(app, pilot, "escape")
        assert len(app.screen.roll) == 40


async def test_an_edition_all_in_the_trash_says_so(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "ctrl+a", "D")
        assert len(lying(library)) == 40
        assert has(app, "All prints are in the trash")
        await press(app, pilot, "z")
        assert len(app.screen.roll) == 40


async def test_the_loupe_goes_on_to_the_next(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "enter", "D")
        assert isinstance(app.screen, Loupe)
        assert app.screen.current().seed == 3
        assert lying(library) == [2]
        await press(app, pilot, "z")
        assert lying(library) == []
        await press(app, pilot, "left")
        assert app.screen.current().seed == 2, "what came back stands where it stood"
        await press(app, pilot, "D", "escape")
        assert isinstance(app.screen, LightTable)
        assert seeds(app)[:3] == [1, 3, 4]
        assert app.screen.current().seed == 3


async def test_the_last_print_of_a_filter_leaves_the_loupe(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash", *"seed:7", "enter", "enter", "D")
        assert isinstance(app.screen, LightTable)
        assert lying(library) == [7]
        assert has(app, "No prints match this filter")


async def test_emptied_elsewhere_is_gone_here(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "D")
        with Session(library) as session:
            assert room.empty(session, for_good=True) == 1  # of a model that never was
        await press(app, pilot, "z")
        assert len(app.screen.roll) == 39
        assert any("1 emptied since" in n for n in app.heard)


def test_the_plain_mode_has_a_trash_too(library):
    said = []
    with Session(library) as session:
        talk = PlainRepl(session, said.append)

        def ask(line):
            said.clear()
            talk.obey(line)
            return "\n".join(said)

        ask("open pocket-dreams")
        ask("star 3")
        assert ask("trash 2 3") == "1 print in the trash. 1 starred print stays."
        assert "Remove the star" in ask("trash 3")
        assert "39 prints" in ask("open pocket-dreams")
        assert "1 print." in ask("filter trash:yes")
        assert ask("restore 9") == "No such print is in the trash."
        assert ask("restore 2") == "restore from the trash pocket-dreams seed 2"
        assert "40 prints" in ask("open pocket-dreams")
