"""Finding on the light table: filters, saved ones, orders, tags and notes."""

from dataclasses import replace

from tests.tui.helpers import has, new_print, screen_text, settle

from edition.actions import search
from edition.actions.session import Session
from edition.domain import FieldChange, Filter
from edition.library.store import Store
from edition.similarity.perceptual_hash import colour_hash
from edition.tui.app import EditionApp
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe
from edition.tui.screens.prompt_dialog import PromptDialog
from edition.tui.screens.saved_filters import SavedFilters

SLUG = "pocket-dreams"


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


async def write(app, pilot, text):
    """Types into the line that has the keys."""
    await pilot.press(*text)
    await settle(app, pilot)


def prints(root, slug=SLUG):
    """Prints by seed, as the library has them."""
    with Store(root) as store:
        return {p.seed: p for p in store.prints.get(store.prints.select(slug)).values()}


def shown(app):
    """Seeds of the list, in order."""
    roll = app.screen.roll
    return [roll.one(i).seed for i in roll.ids]


def colourful(root, slug, seeds):
    """Prints whose hashes are those of their pictures."""
    from tests.tui.helpers import draw

    rows = []
    for seed in seeds:
        row = new_print(root, slug, seed)
        rows.append(
            replace(row, colour=colour_hash(draw(seed)), phash=seed * 0x9E3779B97F4A7C15 % 2**64)
        )
    with Store(root) as store:
        return store.prints.add(rows)


async def test_the_filter_line_reads_the_language(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "right", "space", "slash")
        await write(app, pilot, "-star:yes seed:1..9 guida")
        assert shown(app) == [3, 4, 5, 6, 7, 8, 9], "it may become a field"
        await write(app, pilot, "nce:<5")
        assert shown(app) == [3, 4, 5, 6, 7, 8, 9]
        await write(app, pilot, " ratin:>3")
        assert has(app, "There is no field 'ratin'")
        assert has(app, "Did you mean rating")
        assert shown(app) == [3, 4, 5, 6, 7, 8, 9], "what is not understood changes nothing"
        await press(app, pilot, "enter")
        assert has(app, "There is no field 'ratin'"), "it stays open with its fault"
        await press(app, pilot, "x", "escape", "escape")
        assert len(shown(app)) == 40
        with Store(library) as store:
            assert not any(p.marks.reject for p in store.prints.get(range(1, 41)).values())
        await press(app, pilot, "slash")
        await write(app, pilot, "rat")
        assert len(shown(app)) == 40
        await press(app, pilot, "enter")
        assert shown(app) == [], "a word after all"


async def test_a_mark_that_no_longer_passes_leaves_the_table(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash")
        await write(app, pilot, "rating:<2 seed:1..4")
        await press(app, pilot, "enter", "1", "right", "3")
        assert shown(app) == [1, 3, 4]
        await press(app, pilot, "z")
        assert shown(app) == [1, 2, 3, 4]


async def test_notes_are_written_shown_found_and_undone(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "N")
        assert isinstance(app.screen, PromptDialog)
        assert has(app, "Note to seed 2")
        await write(app, pilot, "misty one")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, LightTable)
        assert prints(library)[2].note == "misty one"
        assert has(app, "misty one")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Loupe)
        assert has(app, "misty one")
        await press(app, pilot, "N")
        await write(app, pilot, " of all")
        await press(app, pilot, "enter")
        assert has(app, "misty one of all")
        await press(app, pilot, "z")
        assert prints(library)[2].note == "misty one"
        assert not has(app, "misty one of all")
        await press(app, pilot, "N", *["backspace"] * 9, "enter")
        assert prints(library)[2].note == ""
        await press(app, pilot, "z", "escape", "slash")
        await write(app, pilot, "note:mist")
        assert shown(app) == [2]
        await press(app, pilot, "enter", "H")
        assert has(app, "note pocket-dreams seed 2")


async def test_a_question_left_changes_nothing(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "N")
        await write(app, pilot, "thought better of it")
        await press(app, pilot, "escape", "number_sign")
        await write(app, pilot, "night")
        await press(app, pilot, "escape")
        assert isinstance(app.screen, LightTable)
        assert not prints(library)[1].note
        assert not prints(library)[1].tags
        with Store(library) as store:
            assert store.journal.history() == ()


async def test_tags_of_one_and_of_many(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "number_sign")
        await write(app, pilot, "Night #sea")
        await press(app, pilot, "enter")
        assert prints(library)[1].tags == ("night", "sea")
        assert has(app, "#night #sea")
        await press(app, pilot, "v", "right", "right", "number_sign")
        assert has(app, "Tags of 3 prints")
        await write(app, pilot, "fog -sea")
        await press(app, pilot, "enter")
        found = prints(library)
        assert [found[n].tags for n in (1, 2, 3)] == [("fog", "night"), ("fog",), ("fog",)]
        await press(app, pilot, "number_sign", *["backspace"] * 4, "enter")  # what all had, out
        found = prints(library)
        assert [found[n].tags for n in (1, 2, 3)] == [("night",), (), ()]
        await press(app, pilot, "z", "z")
        found = prints(library)
        assert [found[n].tags for n in (1, 2)] == [("night", "sea"), ()]
        await press(app, pilot, "escape", "home", "enter", "number_sign")
        assert has(app, "in use: night sea"), "words used before are used again"
        await write(app, pilot, "a:b")
        assert has(app, "is no tag")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, PromptDialog), "what is no tag is not taken"
        await press(app, pilot, "escape", "escape", "slash")
        await write(app, pilot, "tag:sea")
        assert shown(app) == [1]


async def test_filters_are_saved_taken_and_forgotten(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "Q")
        assert isinstance(app.screen, SavedFilters)
        assert has(app, "None yet")
        await press(app, pilot, "ctrl+s", "enter", "escape", "slash")
        assert isinstance(app.screen, LightTable)
        await write(app, pilot, "seed:3..5")
        await press(app, pilot, "enter", "Q", "ctrl+s")
        await write(app, pilot, "some")
        await press(app, pilot, "enter", "escape", "escape", "slash")
        await write(app, pilot, "seed:7")
        await press(app, pilot, "enter", "Q", "ctrl+s")
        await write(app, pilot, "another")
        await press(app, pilot, "enter")
        assert has(app, "another")
        assert has(app, "seed:3..5")
        await press(app, pilot, "down", "up", "end", "enter")
        assert isinstance(app.screen, LightTable)
        assert shown(app) == [3, 4, 5]
        assert has(app, "/seed:3..5")
        await press(app, pilot, "Q", "D", "escape")
    with Session(library) as session:
        assert search.saved(session) == {"some": "seed:3..5"}


async def test_orders_go_round_both_ways(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        seen = []
        for _ in search.ORDERS:
            await press(app, pilot, "O")
            seen.append(app.screen.finder.order)
            assert sorted(shown(app)) == list(range(1, 41))
        assert seen == [*search.ORDERS[1:], "made"]
        await press(app, pilot, "ctrl+o")
        assert app.screen.finder.order == "spread"
        assert has(app, "by spread")


async def test_orders_by_looks_are_those_of_the_desk(library):
    colourful(library, "quiet-rooms", range(1, 31))
    app = EditionApp(library, slug="quiet-rooms")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        session = app.session
        await press(app, pilot, "ctrl+o")
        assert list(app.screen.roll.ids) == list(
            search.find(session, "quiet-rooms", Filter(), "spread")
        )
        assert app.screen.grid.cursor == 0, "unlike prints are at the top: that is where to look"
        await press(app, pilot, "ctrl+o")
        kept = app.screen.grid.current
        assert list(app.screen.roll.ids) == list(
            search.find(session, "quiet-rooms", Filter(), "colour")
        )
        await press(app, pilot, "ctrl+o")
        ids = list(search.find(session, "quiet-rooms", Filter(), "likeness", kept))
        assert list(app.screen.roll.ids) == ids
        assert (ids[0], app.screen.grid.cursor) == (kept, 0)
        assert has(app, f"by likeness to seed {app.screen.roll.one(kept).seed}")
        await press(app, pilot, "slash")
        await write(app, pilot, "seed:>20")
        assert list(app.screen.roll.ids) == [i for i in ids if app.screen.roll.one(i).seed > 20]
        await press(app, pilot, "enter", "enter", "right")  # the loupe walks in the same order
        assert app.screen.print_id == app.screen.roll.ids[1]


async def test_a_filter_names_the_order_and_spread_is_of_what_passes(library):
    colourful(library, "quiet-rooms", range(1, 31))
    app = EditionApp(library, slug="quiet-rooms")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "slash")
        await write(app, pilot, "sort:spread seed:1..12")
        where = search.parse("seed:1..12").where
        expected = search.find(app.session, "quiet-rooms", where, "spread")
        assert list(app.screen.roll.ids) == list(expected)


async def test_new_prints_come_last_and_nothing_jumps(library):
    colourful(library, "quiet-rooms", range(1, 21))
    app = EditionApp(library, slug="quiet-rooms")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "ctrl+o", "right", "right")
        before, at = list(app.screen.roll.ids), app.screen.grid.current
        new = colourful(library, "quiet-rooms", range(21, 25))
        await settle(app, pilot)
        assert list(app.screen.roll.ids) == [*before, *new]
        assert app.screen.grid.current == at
        await press(app, pilot, "O", "ctrl+o")
        found = search.find(app.session, "quiet-rooms", Filter(), "spread")
        assert list(app.screen.roll.ids) == list(found)


async def test_an_order_that_fails_is_told_and_the_next_works(library, monkeypatch):
    monkeypatch.setattr("edition.actions.ordering_subprocess.FEW", 10)  # in a process of its own
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "ctrl+o")
        assert any("could not be made" in n for n in app.heard)
        assert shown(app) == list(range(1, 41))
        monkeypatch.undo()
        await press(app, pilot, "ctrl+o", "ctrl+o")
        assert app.screen.finder.order == "likeness"
        assert shown(app)[0] == 1


async def test_an_empty_table_has_orders_and_no_faults(library):
    app = EditionApp(library, slug="quiet-rooms")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, *["O"] * 8, *["ctrl+o"] * 3, "N", "number_sign", "Q", "escape")
        assert isinstance(app.screen, LightTable)
        assert has(app, "No prints yet")


async def test_words_from_outside_can_do_nothing_to_the_terminal(library):
    with Session(library) as session:
        store = session.store
        (first, *_) = store.prints.select(SLUG)
        evil = "\x1b]0;owned\x07[b]bold[/b]\nsecond line"
        store.journal.apply("note", [FieldChange("note", str(first), "", evil)])
        search.save(session, "[red]x[/red]", '"\\[b]"')
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert has(app, "[b]bold[/b] second line")
        await press(app, pilot, "enter", "escape", "Q")
        assert has(app, "[red]x[/red]")
        assert not any("\x1b" in line for line in screen_text(app))


async def test_what_is_undone_in_the_history_is_seen_on_the_table(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "H")
        await press(app, pilot, "z", "escape")
        assert isinstance(app.screen, LightTable)
        assert not has(app, "★ 1")
        assert not app.screen.current().marks.star
