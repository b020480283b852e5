"""Journeys over a real library: shelf, light table, loupe, survey, history."""

import threading

import pytest
from tests.tui.helpers import DIGEST, has, make_edition, new_print, screen_text, settle

from edition.actions.session import Session
from edition.domain import Filter
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.screens.library_screen import LibraryScreen
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe


def marks(root, slug="pocket-dreams"):
    """Marks by seed, as the library has them."""
    with Store(root) as store:
        prints = store.prints.get(store.prints.select(slug))
        return {p.seed: p.marks for p in prints.values()}


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


async def test_shelf_shows_editions_as_written(library):
    app = EditionApp(library)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        assert isinstance(app.screen, LibraryScreen)
        assert has(app, "Pocket [b]Dreams[/b] red"), "markup and escapes show as text or not at all"
        assert has(app, "40 prints")
        assert has(app, "Quiet Rooms")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, LightTable)
        assert has(app, "[bold]dramatic[/bold]") or has(app, "1 of 40")
        assert not any("\x1b" in line for line in screen_text(app))


async def test_shelf_begins_at_the_edition_that_was_asked_for(library):
    slugs = [path.parent.name for path in library.glob("*/edition.toml")]
    assert len(slugs) > 1
    for slug in slugs:
        app = EditionApp(library, slug=slug)
        async with app.run_test(size=(100, 30)) as pilot:
            await press(app, pilot, "escape")
            assert isinstance(app.screen, LibraryScreen)
            assert app.screen.list.current.slug == slug


async def test_star_reject_rate_label_undo_redo(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "right", "x", "l", "4", "right", "6")
        found = marks(library)
        assert (found[1].star, found[2].reject, found[3].rating) == (True, True, 4)
        assert found[4].label == "red"
        assert has(app, "★ 1")
        await press(app, pilot, "z", "z")
        found = marks(library)
        assert (found[3].rating, found[4].label) == (0, "")
        await press(app, pilot, "Z")
        assert marks(library)[3].rating == 4
        await press(app, pilot, "H")
        assert has(app, "undone")
        assert has(app, "star pocket-dreams seed 1")


async def test_an_editions_name_does_not_decide_what_undo_does(library):
    """``desktop`` holds "top": an undone star took the choice of prints with it."""
    make_edition(library, "desktop", range(1, 9))
    app = EditionApp(library, slug="desktop")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "v", "right", "right")
        chosen = set(app.screen.grid.marked)
        assert len(chosen) == 3
        await press(app, pilot, "z")
        assert not marks(library, "desktop")[1].star
        assert set(app.screen.grid.marked) == chosen


async def test_undo_reaches_back_over_a_restart(library):
    for keys in (("space",), ("z",)):
        app = EditionApp(library, slug="pocket-dreams")
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(app, pilot)
            await press(app, pilot, *keys)
        assert marks(library)[1].star is (keys == ("space",))


async def test_marks_are_on_disk_when_the_ui_is_left_at_once(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await pilot.press("space", "right", "space", "right", "space")
        app.exit()
    assert [seed for seed, m in marks(library).items() if m.star] == [1, 2, 3]


async def test_moving_by_row_page_and_end(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        grid = app.screen.grid
        assert (grid.columns, grid.rows) == (4, 2)
        for key, at in (
            ("down", 4), ("pagedown", 12), ("right", 13), ("k", 9), ("end", 39), ("down", 39),
            ("pageup", 31), ("home", 0), ("up", 0), ("h", 0), ("G", 39), ("g", 0),
        ):  # fmt: skip
            await press(app, pilot, key)
            assert grid.cursor == at, key
            assert grid.cursor in grid.shown, key


async def test_new_prints_leave_the_selection_where_it_is(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", "left")
        chosen = app.screen.grid.current
        with Store(library) as store:
            store.prints.add([new_print(library, "pocket-dreams", 99)])
        await settle(app, pilot)
        assert app.screen.grid.current == chosen
        assert has(app, "39 of 41")
        assert has(app, "41 prints")
        assert has(app, "99")


async def test_new_prints_come_first_when_newest_is_asked_for(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "O", "right")
        chosen = app.screen.grid.current
        with Store(library) as store:
            new = store.prints.add([new_print(library, "pocket-dreams", 99)])
        await settle(app, pilot)
        assert app.screen.roll.ids[0] == new[0]
        assert app.screen.grid.current == chosen


async def test_filter_as_one_types(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "slash", *"star:yes")
        assert list(app.screen.roll.ids) == [app.screen.grid.current]
        await press(app, pilot, *"x", "enter")
        assert has(app, "1 of 1"), "a word that is not whole changes nothing"
        await press(app, pilot, "escape", "escape")
        assert has(app, "1 of 40")
        await press(app, pilot, "slash", *"seed:7..9", "enter", "space")
        assert marks(library)[7].star
        await press(app, pilot, "escape", "slash", *"nothing-like-it", "enter")
        assert has(app, "No prints match this filter")


async def test_only_undecided_is_a_queue(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "c", "space", "x", "3")
        assert len(app.screen.roll) == 37
        assert app.screen.current().seed == 4
        found = marks(library)
        assert (found[1].star, found[2].reject, found[3].rating) == (True, True, 3)
        await press(app, pilot, "z")
        assert len(app.screen.roll) == 38, "what is taken back is undecided again"


async def test_a_range_is_marked_in_one_act(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "v", "down", "right")
        assert has(app, "6 selected")
        await press(app, pilot, "x")
        assert [s for s, m in marks(library).items() if m.reject] == [2, 3, 4, 5, 6, 7]
        assert not app.screen.grid.marked
        await press(app, pilot, "z")
        assert not any(m.reject for m in marks(library).values())
        await press(app, pilot, "ctrl+a", "5")
        assert all(m.rating == 5 for m in marks(library).values())


async def test_auto_advance(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "a", "space", "space", "x")
        assert app.screen.grid.cursor == 3
        found = marks(library)
        assert (found[1].star, found[2].star, found[3].reject) == (True, True, True)


async def test_stacks_show_the_best_of(library):
    with Store(library) as store:
        ids = store.prints.select("pocket-dreams")
        store.prints.set_stacks("pocket-dreams", {ids[0]: ids[1], ids[1]: ids[1], ids[2]: ids[1]})
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert has(app, "≡3")
        await press(app, pilot, "s")
        assert len(app.screen.roll) == 38
        assert app.screen.current().seed == 2
        await press(app, pilot, "S")
        assert [app.screen.roll.one(i).seed for i in app.screen.roll.ids] == [1, 2, 3]
        await press(app, pilot, "S")
        assert len(app.screen.roll) == 38
        await press(app, pilot, "ctrl+x")
        assert [s for s, m in marks(library).items() if m.reject] == [1, 3]


async def test_loupe_marks_and_comes_back_where_it_was(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Loupe)
        assert has(app, "seed 1")
        assert has(app, "[bold]dramatic[/bold]")
        assert sum("▀" in line for line in screen_text(app)) == 27
        await press(app, pilot, "right", "right", "space")
        assert marks(library)[3].star
        assert has(app, "★ starred")
        await press(app, pilot, "z")
        assert has(app, "undecided")
        await press(app, pilot, "escape")
        assert app.screen.current().seed == 3


async def test_loupe_zooms_to_pixels_and_pans(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        whole = screen_colours(app)
        await press(app, pilot, "plus", "plus")
        assert app.screen.zoom.scale >= 0.5
        closer = screen_colours(app)
        await press(app, pilot, "right")
        assert app.screen.print_id == app.screen.roll.ids[0], "arrows pan when closer"
        assert len({whole, closer, screen_colours(app)}) == 3
        await press(app, pilot, "f", "right")
        assert app.screen.current().seed == 2


def screen_colours(app):
    return tuple(
        tuple(str(segment.style) for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


async def test_a_print_whose_file_is_gone_says_so(library):
    next(library.glob("pocket-dreams/prints/*/1.png")).unlink()
    next(library.glob("pocket-dreams/prints/*/2.png")).write_bytes(b"half a file")
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        assert any("is gone" in n for n in app.heard)
        await press(app, pilot, "right")
        assert any("can't be read" in n for n in app.heard)


async def test_survey_and_compare_with_a_pinned_print(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "v", "right", "right", "right", "B")
        assert has(app, "Survey   4 prints")
        await press(app, pilot, "left", "space")
        assert marks(library)[3].star
        await press(app, pilot, "escape", "escape", "home", "d")
        assert has(app, "pinned  seed 1")
        await press(app, pilot, "right", "x", "d")
        assert marks(library)[3].reject
        assert has(app, "pinned  ✕ seed 3")


async def test_copy_goes_through_the_terminal(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "y")
        assert "seed 1" in app.clipboard
        assert DIGEST[:12] in app.clipboard
        assert "\x1b" not in app.clipboard


async def test_mouse_selects_and_opens(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await pilot.click("#grid", offset=(30, 14))
        await settle(app, pilot)
        assert app.screen.grid.cursor == 5
        await pilot.click("#grid", offset=(30, 14), times=2)
        await settle(app, pilot)
        assert isinstance(app.screen, Loupe)


async def test_an_edition_without_prints_teaches_the_next_key(library):
    app = EditionApp(library, slug="quiet-rooms")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert has(app, "No prints yet")
        assert has(app, "r renders")
        for key in ("space", "x", "3", "enter", "pagedown", "end", "v", "S", "X", "y", "n", "d"):
            await press(app, pilot, key)
        assert isinstance(app.screen, LightTable)


async def test_an_empty_library_and_a_broken_recipe(tmp_path, config_home):
    app = EditionApp(tmp_path / "nothing")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert has(app, "n makes an edition")
        await press(app, pilot, "enter", "r", "P", "down", "e")
        make_edition(tmp_path / "nothing", "broken", (1,), title="T")
        (tmp_path / "nothing/broken/edition.toml").write_text("[sampling]\nsteps = 0\n")
        with Store(tmp_path / "nothing") as store:
            store.remember("poke", "1")
        await settle(app, pilot)
        assert has(app, "steps")


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (80, 24), (200, 60)])
async def test_any_size_of_terminal(library, size):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        for key in ("end", "t", "t", "home", "enter", "right", "escape", "question_mark", "escape"):
            await press(app, pilot, key)
        await press(app, pilot, "B", "escape", "H", "escape", "p", "escape", "P", "escape")
        assert all(len(line) <= size[0] for line in screen_text(app))
        assert isinstance(app.screen, LightTable)


async def test_marks_agree_with_the_filter_in_the_library(library):
    """What leaves the table at once is what the library would leave out."""
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "space", "right", "3", "right", "x", "right", "6")
        for where in (
            Filter(star=True), Filter(star=False), Filter(reject=False), Filter(undecided=True),
            Filter(rating_from=2), Filter(label="red"), Filter(label=""),
        ):  # fmt: skip
            roll = app.screen.roll
            roll.where = where
            every = app.session.store.prints.select("pocket-dreams")
            kept = [i for i in every if roll.passes(roll.one(i))]
            assert kept == list(app.session.store.prints.select("pocket-dreams", where))


async def test_paging_far_beyond_what_is_kept_in_memory(tmp_path, config_home, monkeypatch):
    monkeypatch.setattr("edition.tui.print_list.KEPT", 30)
    monkeypatch.setattr("edition.tui.widgets.thumb_grid.PICTURES_KEPT", {8: 30, 16: 20, 32: 10})
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 151))
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        for key in ("pagedown",) * 9 + ("pageup",) * 6 + ("end", "home", "down", "up") * 2:
            await press(app, pilot, key)
            captions = "".join(line for line in screen_text(app) if "▀" not in line)
            seeds = [
                app.screen.roll.one(app.screen.roll.ids[i]).seed for i in app.screen.grid.shown
            ]
            assert all(str(seed) in captions for seed in seeds), key
            assert sum("▀" in line for line in screen_text(app)) == 16, key


async def test_q_leads_back_and_out(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "q")
        assert isinstance(app.screen, LightTable)
        await press(app, pilot, "q")
        assert isinstance(app.screen, LibraryScreen)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


@pytest.mark.parametrize(
    ("key", "before", "other", "after"),
    [
        ("space", None, "star", {"star": True}),
        ("space", "star", "unstar", {"star": False}),
        ("x", None, "reject", {"reject": True}),
        ("x", "reject", "unreject", {"reject": False}),
        ("6", None, "red", {"label": "red"}),
        ("6", "red", "", {"label": ""}),
    ],
)
async def test_a_key_means_what_the_person_saw(library, key, before, other, after):
    """Another door sets the same mark between the key and the writing: it is not inverted."""

    def mark(session, what):
        ids = [1]
        session.label(ids, what) if what in ("red", "") else session.mark(ids, what)

    if before is not None:
        with Session(library) as session:
            mark(session, before)
    gate = threading.Event()
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        app.write(lambda session: gate.wait())
        await pilot.press(key)
        with Session(library) as session:
            mark(session, other)
        gate.set()
        await settle(app, pilot)
        found = marks(library)[1]
        assert {name: getattr(found, name) for name in after} == after


async def test_a_label_is_taken_away_only_once_all_have_it(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "6", "v", "right", "6")
        assert [marks(library)[seed].label for seed in (1, 2)] == ["red", "red"]
        await press(app, pilot, "home", "v", "right", "6")
        assert [marks(library)[seed].label for seed in (1, 2)] == ["", ""]
