"""Stacks split and topped by hand, and look-alikes, on the light table."""

import pytest
from tests.tui.helpers import has, settle

from edition.actions import grouping_subprocess, stack_edits
from edition.domain import Filter
from edition.library.store import Store
from edition.press.regroup import restack
from edition.text_format import count
from edition.tui.app import EditionApp
from edition.tui.screens.stack_slider import StackSlider


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


@pytest.fixture
def stacked(library):
    """Prints 1 to 4 share all hashes; so do 5 and 6."""
    with Store(library) as store:
        with store._db.write() as connection:
            for seeds, number in (((1, 2, 3, 4), 1), ((5, 6), 2)):
                connection.execute(
                    f"UPDATE prints SET phash = ?, dhash = ?, colour = ? WHERE seed IN {seeds}",
                    (number << 40, number << 20, bytes([number * 60]) * 48),
                )
        assert restack(store, "pocket-dreams") == 2
    return library


def stacks(root, *, alike=False):
    """Seeds of every stack, its top first."""
    with Store(root) as store:
        prints = store.prints.get(store.prints.select("pocket-dreams"), alike=alike)
        found = {}
        for item in prints.values():
            if item.stack:
                found.setdefault(prints[item.stack].seed, []).append(item.seed)
        return {top: sorted(seeds) for top, seeds in found.items()}


async def test_the_best_is_chosen_and_stays_so(stacked):
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "right", "b")
        assert stacks(stacked) == {3: [1, 2, 3, 4], 5: [5, 6]}
        await press(app, pilot, "left", "b")
        assert stacks(stacked)[2] == [1, 2, 3, 4], "another is chosen instead"
        await press(app, pilot, "b")
        assert stacks(stacked)[1] == [1, 2, 3, 4], "the same once more leaves it to the marks"
        await press(app, pilot, "z", "z")
        await press(app, pilot, "space", "plus", "minus", "enter")
        assert stacks(stacked)[3] == [1, 2, 3, 4], "a star elsewhere and regrouping change nothing"
        await press(app, pilot, "z", "z")
        assert stacks(stacked) == {1: [1, 2, 3, 4], 5: [5, 6]}
        await press(app, pilot, "Z")
        assert stacks(stacked) == {3: [1, 2, 3, 4], 5: [5, 6]}


async def test_chosen_prints_are_split_for_good(stacked):
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "right", "m", "right", "m", "Y")
        assert stacks(stacked) == {1: [1, 4], 2: [2, 3], 5: [5, 6]}
        assert not app.screen.grid.marked
        await press(app, pilot, "s", "plus", "plus", "plus", "enter")
        found = stacks(stacked)
        assert not {2, 3} & set(found[1])
        assert set(found[2]) >= {2, 3}
        with Store(stacked) as store:
            restack(store, "pocket-dreams", 6)
        assert stacks(stacked) == {1: [1, 4], 2: [2, 3], 5: [5, 6]}
        await press(app, pilot, "z")
        assert stacks(stacked) == {1: [1, 2, 3, 4], 5: [5, 6]}
        await press(app, pilot, "Z")
        assert stacks(stacked) == {1: [1, 4], 2: [2, 3], 5: [5, 6]}


async def test_inside_a_stack_what_is_split_leaves_and_the_rest_stays(stacked):
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "S")
        assert len(app.screen.roll) == 4
        await press(app, pilot, "Y")
        assert stacks(stacked) == {2: [2, 3, 4], 5: [5, 6]}
        assert [app.screen.roll.one(i).seed for i in app.screen.roll.ids] == [2, 3, 4]
        await press(app, pilot, "end", "b")
        assert stacks(stacked) == {4: [2, 3, 4], 5: [5, 6]}
        assert len(app.screen.roll) == 3, "still that stack, under its new top"
        await press(app, pilot, "ctrl+a", "Y")
        assert stacks(stacked) == {5: [5, 6]}, "all of a stack: each alone"
        await press(app, pilot, "end", "Y")
        assert any("No stack to split" in n for n in app.heard)


async def test_one_key_puts_the_rest_of_look_alikes_aside(stacked):
    """Prints 11 and 12 show one composition in other colours; they share no hash."""
    with Store(stacked) as store:
        ids = store.prints.select("pocket-dreams")
        rgb = store.prints.rgb([ids[10]])[ids[10]]
        grey = b"".join(
            bytes([round(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2])] * 3)
            for p in zip(*[iter(rgb)] * 3, strict=True)
        )
        with store._db.write() as connection:
            connection.execute("UPDATE thumbs SET rgb = ? WHERE print_id = ?", (grey, ids[11]))
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "L")
        assert has(app, "look-alikes")
        assert any("at similarity 0.95" in n for n in app.heard)
        group = next(seeds for seeds in stacks(stacked, alike=True).values() if 11 in seeds)
        assert 12 in group
        assert stacks(stacked) == {1: [1, 2, 3, 4], 5: [5, 6]}, "the other kind is left alone"
        tops = [app.screen.roll.one(i).seed for i in app.screen.roll.ids]
        assert not {11, 12} <= set(tops)
        await press(app, pilot, "minus")
        assert any("at similarity 0.96" in n for n in app.heard)
        await press(app, pilot, "plus", "plus", "plus")
        assert any("at similarity 0.93" in n for n in app.heard)
        await press(app, pilot, "s")
        assert len(app.screen.roll) == 36, "s goes over to near-duplicates"
        await press(app, pilot, "L", "L")
        assert len(app.screen.roll) == 40
        with Store(stacked) as store:
            where = Filter(stack=1, tops_only=False)
            assert len(store.prints.select("pocket-dreams", where)) == 4


async def test_the_best_is_chosen_in_the_loupe_inside_its_stack(stacked):
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "S", "right", "enter", "b")
        assert stacks(stacked)[2] == [1, 2, 3, 4]
        assert has(app, "best of a stack of 4")
        assert has(app, "2 of 4")
        await press(app, pilot, "right", "D")
        assert stacks(stacked)[2] == [1, 2, 4]
        await press(app, pilot, "escape")
        assert [app.screen.roll.one(i).seed for i in app.screen.roll.ids] == [1, 2, 4]
        await press(app, pilot, "S", "L", "enter", "b", "escape")
        assert app.screen.finder.alike


async def test_the_table_follows_the_slider_of_stacks(stacked, monkeypatch):
    with Store(stacked) as store, store._db.write() as connection:
        connection.execute(
            "UPDATE prints SET phash = ?, dhash = ?, colour = ? WHERE seed = 7",
            (1 << 40 | 0b111, 1 << 20, bytes([60]) * 48),
        )
    app = EditionApp(stacked, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        table = app.screen
        first = stack_edits.distance(app.session, "pocket-dreams")
        await pilot.press("plus")
        await settle(app, pilot)
        assert isinstance(app.screen, StackSlider)
        counted = stack_edits.by_distance(app.session, "pocket-dreams")
        assert app.screen.stacks == tuple(counted)
        with monkeypatch.context() as many:
            many.setattr(stack_edits, "FEW", 0)  # as of more prints: in a process of its own
            found = grouping_subprocess.stacks_by_distance(app.session, "pocket-dreams")
        assert found == counted
        assert has(app, f"Stacks at distance {first + 1}   {count(counted[first + 1], 'stack')}")
        assert stack_edits.distance(app.session, "pocket-dreams") == first + 1
        loose = len(table.roll)
        assert loose < 40
        await pilot.press("home")
        await settle(app, pilot)
        assert len(table.roll) > loose, "fewer are copies than are near"
        assert app.screen.stacks[0] == 2
        await pilot.press("escape")
        await settle(app, pilot)
        assert stack_edits.distance(app.session, "pocket-dreams") == first
        assert len(table.roll) == 40, "as it was: not stacked at all"
        await pilot.press("minus", "right", "right", "enter")
        await settle(app, pilot)
        assert stack_edits.distance(app.session, "pocket-dreams") == first + 1
        assert any(f"at distance {first + 1}" in told for told in app.heard)
        assert len(table.roll) == loose
