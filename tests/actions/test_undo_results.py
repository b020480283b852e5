"""Undo and redo return what they did as data: kinds, ids and counts, never only a sentence."""

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions import exhibitions, history, stack_edits, trash
from edition.actions.session import Session
from edition.library.stack_overrides import APART
from edition.library.trash_table import TRASH


def test_nothing_to_undo_is_false(session: Session) -> None:
    done = history.undo(session)
    assert not done
    assert (done.action, done.kinds, done.ids) == ("", frozenset(), ())
    assert not history.redo(session)


def test_marks_come_back_with_the_prints_they_are_of(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    session.mark(ids[:2], "star")
    session.rate(ids[1:], 4)
    undone = history.undo(session)
    assert (undone.kinds, undone.ids) == (frozenset({"marks"}), ids[1:])
    assert session.store.prints.get(ids)[ids[1]].marks.star, "the star before it stays"
    assert session.store.prints.get(ids)[ids[1]].marks.rating == 0
    redone = history.redo(session)
    assert (redone.kinds, redone.ids) == (undone.kinds, undone.ids)
    assert [p.marks.rating for p in session.store.prints.get(ids).values()] == [0, 4, 4]


def test_an_edition_called_like_a_kind_of_act_is_no_such_act(session: Session) -> None:
    (paths.edition_folder(session.root, "stack-trash-top")).mkdir()
    text = paths.edition_file(session.root, "small").read_text()
    paths.edition_file(session.root, "stack-trash-top").write_text(text)
    ids = add_prints(session, "stack-trash-top", [1])
    assert "stack-trash-top" in session.mark(ids, "star")
    assert history.undo(session).kinds == frozenset({"marks"})


def test_trash_and_stacks_are_told_apart_and_grouped_again(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    trash.put(session, ids[:2])
    assert session.store.prints.counts("small").trash == 2
    back = history.undo(session)
    assert (back.kinds, back.ids) == (frozenset({TRASH}), ids[:2])
    assert (back.emptied, back.ungrouped) == (0, ())
    assert session.store.prints.counts("small").trash == 0
    assert all(session.file(p.file).is_file() for p in session.store.prints.get(ids).values())
    history.redo(session)
    assert session.store.prints.counts("small").trash == 2
    assert not back.kinds & {APART}


def test_what_was_emptied_since_is_counted(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    trash.put(session, ids)
    trash.empty(session, "small")
    done = history.undo(session)
    assert done.emptied == len([i for i in done.ids if i not in session.store.prints.get(ids)])


def test_an_exhibitions_order_names_no_print_of_the_grid(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    exhibitions.new(session, "show", title="Show")
    exhibitions.add(session, "show", ids)
    done = history.undo(session)
    assert done
    assert done.ids == (), "the grid's prints are as they were"
    assert exhibitions.named(session, "show").places == ()


def test_the_history_is_the_newest_first_and_says_what_was_undone(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    session.mark(ids[:1], "star")
    session.mark(ids[1:], "reject")
    history.undo(session)
    newest, oldest = history.entries(session)
    assert (newest.undone, oldest.undone) == (True, False)
    assert newest.time >= oldest.time
    assert [len(entry.changes) for entry in (newest, oldest)] == [1, 1]
    assert history.entries(session, limit=1) == (newest,)


@pytest.mark.parametrize("kind", ["star", "reject"])
def test_a_mark_that_changes_nothing_is_no_act(session: Session, kind) -> None:
    ids = add_prints(session, "small", [1])
    assert session.mark(ids, kind)
    assert session.mark(ids, kind) == ""
    assert len(history.entries(session)) == 1
    assert not stack_edits.join(session, ids)
    assert len(history.entries(session)) == 1
