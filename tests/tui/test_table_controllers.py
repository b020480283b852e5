"""The light table's own controllers, without a terminal."""

from dataclasses import replace

import pytest
from tests.tui.helpers import DIGEST, new_print
from tests.tui.ports import PlainApp, PlainTable

from edition.tui import keymap
from edition.tui.controllers.table_commands import TableCommands
from edition.tui.controllers.table_reader import TableReader
from edition.tui.controllers.table_stacks import TableStacks


@pytest.fixture
def app(library):
    made = PlainApp(library)
    yield made
    made.session.close()


@pytest.fixture
def table(app):
    return PlainTable(app)


def seeds(table):
    return [table.roll.one(i).seed for i in table.roll.ids]


def test_a_range_follows_the_selection_both_ways(table):
    table.grid.cursor = 5
    table.choice.range()
    table.grid.cursor = 8
    table.choice.extend()
    assert table.targets() == tuple(table.roll.ids[5:9])
    table.grid.cursor = 3
    table.choice.extend()
    assert table.targets() == tuple(table.roll.ids[3:6])
    table.choice.range()
    table.grid.cursor = 20
    table.choice.extend()
    assert table.targets() == tuple(table.roll.ids[3:6]), "the range has ended, the choice stays"
    table.choice.end()
    assert table.targets() == (table.roll.ids[20],)
    assert not table.choice.any


def test_shift_selects_on_and_back_and_keeps_what_was_chosen(table):
    def shifted(to):
        table.choice.hold()
        table.grid.cursor = to
        table.choice.stretch()

    ids = table.roll.ids
    table.choice.choose()
    table.grid.cursor = 4
    shifted(5)
    shifted(7)
    assert table.targets() == (ids[0], *ids[4:8])
    shifted(6)
    assert table.targets() == (ids[0], *ids[4:7]), "back again: the range is shorter"
    table.grid.cursor = 20
    shifted(21)
    assert table.targets() == (ids[0], *ids[4:7], *ids[20:22]), "another range beside it"
    table.choice.invert()
    assert set(table.targets()) == set(ids) - {ids[0], *ids[4:7], *ids[20:22]}


def test_a_seed_is_gone_to_and_one_that_is_not_listed_is_told(app, table):
    commands = TableCommands(app, table)
    commands.seek()
    app.answer("17")
    assert table.current().seed == 17
    app.answer("99")
    assert app.said[-1] == "There is no print of seed 99."
    table.finder.typed("seed:1..12")
    app.answer("17")
    assert app.said[-1] == "Seed 17 is not in this list: <back> shows all prints."


def test_prints_are_chosen_one_by_one_and_all(table):
    table.choice.choose()
    table.grid.cursor = 2
    table.choice.choose()
    assert table.targets() == (table.roll.ids[0], table.roll.ids[2])
    table.choice.choose()
    assert table.targets() == (table.roll.ids[0],)
    table.choice.choose_all()
    assert table.targets() == tuple(table.roll.ids)


def test_what_is_typed_filters_once_it_is_a_whole_field(table):
    assert table.finder.typed("seed:1..12") is None
    assert seeds(table) == list(range(1, 13))
    fault = table.finder.typed("seed:1..12 rating:many")
    assert fault is not None
    assert fault.hint
    assert seeds(table) == list(range(1, 13)), "what is wrong changes nothing"
    assert table.finder.narrows
    table.finder.clear()
    table.select_again()
    assert len(table.roll) == 40


def test_a_filter_on_marks_is_read_again_when_marks_change(table):
    assert not table.finder.volatile()
    table.finder.typed("seed:1..12")
    assert not table.finder.volatile()
    table.finder.typed("star:yes")
    assert table.finder.volatile()
    table.finder.clear()
    table.finder.only_undecided()
    assert table.finder.volatile()


def test_orders_come_round(table):
    first = table.finder.order
    seen = []
    while True:
        table.finder.next_order()
        seen.append(table.finder.order)
        if table.finder.order == first:
            break
    assert len(seen) == len(set(seen))
    table.finder.previous_order()
    assert table.finder.order == seen[-2]


def test_likeness_is_to_the_selected_print(table):
    table.grid.cursor = 6
    table.finder.order_by("likeness")
    assert table.roll.one(table.finder.like).seed == 7
    assert "to seed 7" in table.finder.order_words()
    assert len(table.roll) == 40


def test_stacks_are_shown_as_one_and_said(app, table):
    stacks = TableStacks(app, table)
    stacks.toggle()
    assert table.finder.stacked
    assert "at distance" in app.said[-1]
    stacks.toggle()
    assert app.said[-1] == "All prints."
    assert len(table.roll) == 40
    stacks.expand()
    assert table.finder.within == 0, "the selected print stands in no stack"
    stacks.reject_rest()
    assert app.said[-1] == "This print is in no stack."


def test_screens_open_on_the_prints_that_are_meant(app, table):
    commands = TableCommands(app, table)
    table.grid.cursor = 4
    commands.open()
    assert app.opened[-1] == (keymap.LOUPE, (table.roll, table.roll.ids[4]))
    app.answer(table.roll.ids[9])
    assert table.grid.cursor == 9
    commands.survey()
    assert app.opened[-1][1][1] == tuple(table.roll.ids[:6])
    table.grid.cursor = 39
    commands.compare()
    assert app.said[-1] == "There is no next print to compare with."


def add_study(app, seeds, digest, *, created=1_600_000_000.0):
    """A study of prints of another recipe, which it rendered."""
    root, store = app.session.root, app.session.store
    found = [new_print(root, "pocket-dreams", seed, file=False) for seed in seeds]
    ids = store.prints.add(
        replace(p, digest=digest, file=p.file.replace(DIGEST, digest)) for p in found
    )
    cells = [(place, digest, seed) for place, seed in enumerate(seeds)]
    store.studies.put("pocket-dreams", f"s-{digest[:2]}", "sweep", "{}", {}, cells, created)
    return ids


def test_cells_stay_in_their_study_until_they_are_asked_for_or_starred(app, table):
    ids = add_study(app, (101, 102, 103), "9" * 64)
    add_study(app, (1, 2), DIGEST)  # of the edition's own recipe: prints as any
    reader = TableReader(app, table)
    reader.now()
    table.select_again()
    assert len(table.roll) == 40
    assert (reader.counts.prints, reader.counts.cells) == (43, 3)
    table.finder.show_cells()
    assert len(table.roll) == 43
    assert "cells too" in table.finder.words()
    table.finder.show_cells()
    table.finder.typed("cell:yes")
    assert list(table.roll.ids) == list(ids)
    table.finder.typed("")
    assert len(table.roll) == 40
    app.session.mark(ids[:1], "star")
    table.roll.forget()
    reader.refresh()
    table.timers.pop()()
    assert len(table.roll) == 41, "the one that was chosen is there, and nobody had to ask"
    assert reader.counts.cells == 2


def test_a_recipe_that_is_rendered_outside_of_studies_has_no_cells(app, table):
    add_study(app, (101, 102), "9" * 64)
    add_study(app, (201,), "8" * 64, created=1_800_000_000.0)  # the print was there before
    table.select_again()
    assert len(table.roll) == 41
    root, store = app.session.root, app.session.store
    own = replace(new_print(root, "pocket-dreams", 7, file=False), digest="9" * 64)
    store.prints.add([replace(own, file=own.file.replace(DIGEST, "9" * 64))])
    table.select_again()
    assert len(table.roll) == 44, "one print that no study asked for, and all are prints"


def test_cells_are_in_no_stack(app, table):
    add_study(app, (1, 2, 3), "9" * 64)  # the same pictures as those of the edition
    app.session.restack("pocket-dreams", 0)
    prints = app.session.store.prints
    stacked = [p for p in prints.get(prints.select("pocket-dreams")).values() if p.stack]
    assert {p.digest for p in stacked} <= {DIGEST}


def test_counts_are_kept_ahead_of_the_library_and_then_read(app, table):
    reader = TableReader(app, table)
    reader.now()
    assert reader.counts.prints == 40
    reader.trashed(2)
    assert (reader.counts.prints, reader.counts.trash) == (38, 2)
    reader.refresh()
    assert reader.waiting
    table.timers.pop()()
    assert (reader.counts.prints, reader.counts.trash) == (40, 0)
