"""What the screens with prints do, without a terminal: real library, plain objects."""

import pytest
from tests.tui.ports import PlainApp, PlainView

from edition.tui import hang_prints, keymap, navigation
from edition.tui.controllers.print_acts import PrintActs
from edition.tui.controllers.print_marks import PrintMarks
from edition.tui.controllers.print_words import PrintWords


@pytest.fixture
def app(library):
    made = PlainApp(library)
    yield made
    made.session.close()


@pytest.fixture
def view(app):
    made = PlainView(app)
    made.chosen = tuple(made.roll.ids[:3])
    return made


def stored(app, ids):
    return [app.session.store.prints.get([i])[i] for i in ids]


def test_a_mark_shows_at_once_and_is_written(app, view):
    PrintMarks(app, view).mark("toggle_star")
    assert [item.marks.star for item in view.shown[0][0]] == [True] * 3
    assert view.shown[0][1] is False
    assert all(item.marks.star for item in stored(app, view.chosen))
    assert app.written[0].startswith("star ")


def test_the_same_key_unmarks_where_all_are_marked(app, view):
    marks = PrintMarks(app, view)
    marks.mark("toggle_reject")
    assert view.shown[0][1] is True, "a reject is painted darker"
    marks.mark("toggle_reject")
    assert not any(item.marks.reject for item in stored(app, view.chosen))


def test_ratings_and_labels(app, view):
    marks = PrintMarks(app, view)
    marks.rate(4)
    marks.label("red")
    assert {(i.marks.rating, i.marks.label) for i in stored(app, view.chosen)} == {(4, "red")}
    marks.label("red")
    assert {i.marks.label for i in stored(app, view.chosen)} == {""}


def test_nothing_is_written_where_nothing_is_meant(app, view):
    view.chosen = ()
    marks = PrintMarks(app, view)
    marks.mark("toggle_star")
    marks.rate(3)
    PrintActs(app, view).trash()
    assert not app.written
    assert not view.shown


def test_undo_says_what_it_took_back(app, view):
    marks = PrintMarks(app, view)
    marks.undo()
    assert app.said == ["Nothing to undo."]
    marks.mark("toggle_star")
    marks.undo()
    assert not any(item.marks.star for item in stored(app, view.chosen))
    assert app.said[-1].startswith("Undone in pocket-dreams: star")
    assert view.read_again == 0, "a star regroups nothing"
    marks.redo()
    assert app.said[-1].startswith("Redone in pocket-dreams: star")


def test_seed_and_prompt_are_copied(app, view):
    PrintMarks(app, view).copy()
    assert "seed 1\n" in app.copied
    assert "\x1b" not in app.copied


def test_a_note_is_asked_for_and_written(app, view):
    words = PrintWords(app, view)
    words.note()
    assert app.opened[-1][0] == navigation.QUESTION
    app.answer("morning light")
    assert {item.note for item in stored(app, view.chosen)} == {"morning light"}
    before = list(app.written)
    words.note()
    app.answer(None)
    assert app.written == before, "left without an answer"


def test_tags_that_all_have_can_be_taken_out(app, view):
    words = PrintWords(app, view)
    words.tags()
    app.answer("fog tower")
    view.roll.forget()
    assert {item.tags for item in stored(app, view.chosen)} == {("fog", "tower")}
    words.tags()
    assert app.opened[-1][1][1] == "fog tower "
    app.answer("fog")
    assert {item.tags for item in stored(app, view.chosen)} == {("fog",)}


def test_the_trash_takes_prints_off_the_screen_and_gives_them_back(app, view):
    acts, marks = PrintActs(app, view), PrintMarks(app, view)
    ids = view.chosen
    acts.trash()
    assert view.gone == list(ids)
    assert all(item.trash for item in stored(app, ids))
    assert app.said[-1].endswith("<undo> undoes it.")
    read = view.read_again
    marks.undo()
    assert view.read_again == read + 1, "prints come back into the list"
    assert not any(item.trash for item in stored(app, ids))


def test_stars_stay_out_of_the_trash(app, view):
    starred, *others = view.chosen
    view.chosen = (starred,)
    PrintMarks(app, view).mark("toggle_star")
    view.chosen = (starred, *others)
    PrintActs(app, view).trash()
    assert view.gone == others


def test_prints_made_again_and_exhibitions_are_screens_by_name(app, view):
    acts = PrintActs(app, view)
    acts.again()
    name, (prints,) = app.opened[-1]
    assert (name, [p.id for p in prints]) == (keymap.AGAIN, list(view.chosen))
    acts.exhibitions()
    assert app.opened[-1] == (keymap.EXHIBITIONS, ())
    view.chosen = ()
    acts.again()
    assert app.said[-1] == "There is no print to render again."


def test_prints_hang_in_an_exhibition_that_is_asked_for(app, view):
    acts = PrintActs(app, view)
    acts.exhibit()
    assert app.opened[-1][0] == navigation.QUESTION
    app.answer("summer-show")
    assert app.said[-1].startswith("Hung in summer-show: 3 prints, 3 in all.")
    assert hang_prints.title_fault("x" * 201) == "at most 200 characters"
