"""Undo of one edition's acts, of one exhibition's, and of any act out of its turn."""

import pytest
from tests.tui.helpers import make_edition

from edition.actions import exhibitions, history
from edition.actions.session import Session
from edition.domain import ActPlace
from edition.errors import LibraryError

DAY, NIGHT = ActPlace("edition", "day"), ActPlace("edition", "night")
SHOW = ActPlace("exhibition", "show")


@pytest.fixture
def two(tmp_path):
    """Two editions of four prints and an exhibition of two of them."""
    root = tmp_path / "library"
    ids = {slug: make_edition(root, slug, range(1, 5)) for slug in ("day", "night")}
    with Session(root) as session:
        yield session, ids["day"], ids["night"]


def marks(session, ids):
    found = session.store.prints.get(ids)
    return [found[i].marks for i in ids]


def test_undo_of_a_place_leaves_the_others_alone(two):
    session, day, night = two
    session.mark(night[:1], "star")
    exhibitions.new(session, "show")
    exhibitions.add(session, "show", night[:2])
    session.mark(day[:1], "star")
    assert history.undo(session, NIGHT).places == (NIGHT,)
    assert not history.undo(session, NIGHT), "five times z takes down no exhibition elsewhere"
    assert len(exhibitions.named(session, "show").places) == 2
    assert history.undo(session, SHOW).places == (SHOW,)
    assert exhibitions.named(session, "show").places == ()
    assert [m.star for m in marks(session, (*night[:1], *day[:1]))] == [False, True]


def test_a_new_act_elsewhere_keeps_what_can_be_redone(two):
    session, day, night = two
    session.mark(night[:1], "star")
    history.undo(session, NIGHT)
    session.mark(day[:1], "reject")
    assert history.redo(session, NIGHT).places == (NIGHT,)
    assert marks(session, night[:1])[0].star
    history.undo(session, NIGHT)
    session.mark(night[1:2], "star")
    assert not history.redo(session, NIGHT), "as in any editor"


def test_any_act_is_undone_and_later_marks_of_the_print_stay(two):
    session, day, _ = two
    session.mark(day[:2], "star")
    session.rate(day[:1], 4)
    session.label(day[:1], "red")
    first = history.entries(session)[-1]
    assert history.undo(session, entry=first.id).action == first.action
    kept = marks(session, day[:1])[0]
    assert (kept.star, kept.rating, kept.label) == (False, 4, "red")
    assert history.redo(session, entry=first.id)
    assert marks(session, day[:1])[0].star


def test_an_act_under_a_later_one_of_the_same_is_not_undone(two):
    session, day, _ = two
    session.rate(day[:1], 2)
    session.rate(day[:1], 5)
    first = history.entries(session)[-1]
    with pytest.raises(LibraryError, match="rate 5: day seed 1"):
        history.undo(session, entry=first.id)
    assert marks(session, day[:1])[0].rating == 5
    exhibitions.new(session, "show")
    exhibitions.add(session, "show", day[:2])
    exhibitions.move(session, "show", 0, 1)
    hung = history.entries(session)[1]
    with pytest.raises(LibraryError) as caught:
        history.undo(session, entry=hung.id)
    assert caught.value.hint
    assert history.undo(session, entry=history.entries(session)[0].id)
    assert history.undo(session, entry=hung.id)
    assert exhibitions.named(session, "show").places == ()


def test_entries_name_their_places(two):
    session, day, night = two
    session.mark((day[0], night[0]), "star")
    assert history.entries(session)[0].places == (DAY, NIGHT)


def test_without_a_place_undo_is_one_line_of_acts(two):
    session, day, night = two
    session.mark(night[:1], "star")
    history.undo(session)
    session.mark(day[:1], "reject")
    assert not history.redo(session), "a new act ends what could be redone"
    history.undo(session)
    assert history.redo(session).places == (DAY,), "what was taken back last comes first"
    assert not history.redo(session)
