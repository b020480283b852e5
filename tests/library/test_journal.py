"""The journal: every kind of change is done, undone and done again, in order, whole or not."""

import sqlite3

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions import exhibitions, history, search
from edition.actions.session import Session
from edition.domain import ActPlace, FieldChange, JournalEntry, MarkChange, Marks
from edition.errors import LibraryError
from edition.library import mirror_files
from edition.library.change_writers import count_prints

STAR = Marks(star=True)


def note(print_id: int, before: str, after: str) -> FieldChange:
    return FieldChange("note", str(print_id), before, after)


def state(session: Session, ids: tuple[int, ...]) -> list[tuple[bool, str]]:
    prints = session.store.prints.get(ids)
    return [(prints[i].marks.star, prints[i].note) for i in ids]


def test_a_field_is_changed_undone_and_redone(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    journal = session.store.journal
    assert journal.apply("note seed 1", [note(ids[0], "", "größer")]) == "note seed 1"
    assert journal.apply("note seed 1", [note(ids[0], "größer", "smaller")])
    assert journal.apply("nothing", [note(ids[0], "same", "same")]) == ""
    seen = [state(session, ids)[0][1]]
    while history.undo(session):
        seen.append(state(session, ids)[0][1])
    assert seen == ["smaller", "größer", ""]
    assert history.redo(session).action == "note seed 1"
    assert state(session, ids)[0][1] == "größer"


def test_one_act_may_mix_marks_and_fields(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    before = state(session, ids)
    act = [
        MarkChange(ids[0], Marks(), STAR),
        note(ids[0], "", "first"),
        note(ids[0], "first", "second"),  # the same field twice: undone from the end
        MarkChange(ids[1], Marks(), STAR),
    ]
    session.store.journal.apply("star and note", act)
    after = state(session, ids)
    assert after == [(True, "second"), (True, "")]
    assert history.undo(session).action == "star and note"
    assert state(session, ids) == before
    history.redo(session)
    assert state(session, ids) == after


def test_the_history_reads_every_kind(session: Session) -> None:
    ids = add_prints(session, "small", [1])
    session.mark(ids, "star")
    change = note(ids[0], "", "good")
    session.store.journal.apply("note small seed 1", [change])
    newest, oldest = session.store.journal.history()
    assert newest.changes == (change,)
    assert oldest.changes == (MarkChange(ids[0], Marks(), STAR),)


def test_rows_of_the_first_release_are_read(session: Session) -> None:
    (only,) = add_prints(session, "small", [1])
    with sqlite3.connect(paths.database_file(session.root)) as old:
        changes = f'[[{only}, [0, 0, 0, ""], [1, 0, 4, "red"]]]'
        old.execute("INSERT INTO journal VALUES (7, 1.5, 'mark it', ?, 1)", (changes,))
    change = MarkChange(only, Marks(), Marks(star=True, rating=4, label="red"))
    here = (ActPlace("edition", "small"),)
    read = (JournalEntry(7, 1.5, "mark it", (change,), True, here),)
    assert session.store.journal.history() == read
    assert history.redo(session).action == "mark it"
    assert session.store.prints.get([only])[only].marks == change.after


def test_the_mirror_follows_notes_too(session: Session) -> None:
    (only,) = add_prints(session, "small", [1])
    session.store.journal.apply("note", [note(only, "", "good")])
    item = session.store.prints.get([only])[only]
    assert mirror_files.read_marks(session.root, "small")[item.digest, 1].note == "good"
    history.undo(session)
    assert mirror_files.read_marks(session.root, "small")[item.digest, 1].note == ""


def test_what_is_gone_does_not_stand_in_the_way(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    session.mark(ids[1:], "star")
    session.store.journal.apply("note", [note(ids[0], "", "good")])
    session.store.prints.forget(ids[:1])
    assert history.undo(session).action == "note"
    assert history.undo(session).action == "star small seed 2"
    assert session.store.prints.counts("small").starred == 0


def test_an_unknown_kind_changes_nothing(session: Session) -> None:
    ids = add_prints(session, "small", [1])
    act = [MarkChange(ids[0], Marks(), STAR), FieldChange("aura", "1", 0, 1)]
    with pytest.raises(LibraryError, match="aura"):
        session.store.journal.apply("star", act)
    assert state(session, ids) == [(False, "")]
    assert session.store.journal.history() == ()


def test_an_act_names_and_counts_its_prints_not_its_changes(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 5))
    session.mark(ids[:1], "star")
    assert session.mark(ids[:3], "star") == "star 3 prints"
    assert session.rate(ids[3:], 4) == "rate 4: small seed 4"
    assert session.label(ids, "red") == "label red: 4 prints"
    assert session.label(ids, "") == "remove the label from 4 prints"
    assert search.tag(session, ids[:1], add="a") == "tag a small seed 1"
    assert search.tag(session, ids[:2], add="a") == "tag a 2 prints"
    both = [note(ids[0], "", "x"), MarkChange(ids[0], Marks(), STAR), note(ids[1], "", "x")]
    assert count_prints(both) == 2
    exhibitions.new(session, "show")
    exhibitions.add(session, "show", ids[:3])
    latest, made = session.store.journal.history()[:2]
    assert (count_prints(latest.changes), count_prints(made.changes)) == (3, 0)
