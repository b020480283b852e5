"""The journal: every kind of change is done, undone and done again, in order, whole or not."""

import sqlite3

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.desk import exhibitions, finding
from edition.desk.desk import Desk
from edition.errors import LibraryError
from edition.facts import FieldChange, JournalEntry, MarkChange, Marks
from edition.library import files
from edition.library.changes import count_prints

STAR = Marks(star=True)


def note(print_id: int, before: str, after: str) -> FieldChange:
    return FieldChange("note", str(print_id), before, after)


def state(desk: Desk, ids: tuple[int, ...]) -> list[tuple[bool, str]]:
    prints = desk.store.prints.get(ids)
    return [(prints[i].marks.star, prints[i].note) for i in ids]


def test_a_field_is_changed_undone_and_redone(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    journal = desk.store.journal
    assert journal.apply("note seed 1", [note(ids[0], "", "größer")]) == "note seed 1"
    assert journal.apply("note seed 1", [note(ids[0], "größer", "smaller")])
    assert journal.apply("nothing", [note(ids[0], "same", "same")]) == ""
    seen = [state(desk, ids)[0][1]]
    while desk.undo():
        seen.append(state(desk, ids)[0][1])
    assert seen == ["smaller", "größer", ""]
    assert desk.redo() == "note seed 1"
    assert state(desk, ids)[0][1] == "größer"


def test_one_act_may_mix_marks_and_fields(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    before = state(desk, ids)
    act = [
        MarkChange(ids[0], Marks(), STAR),
        note(ids[0], "", "first"),
        note(ids[0], "first", "second"),  # the same field twice: undone from the end
        MarkChange(ids[1], Marks(), STAR),
    ]
    desk.store.journal.apply("star and note", act)
    after = state(desk, ids)
    assert after == [(True, "second"), (True, "")]
    assert desk.undo() == "star and note"
    assert state(desk, ids) == before
    desk.redo()
    assert state(desk, ids) == after


def test_the_history_reads_every_kind(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1])
    desk.mark(ids, "star")
    change = note(ids[0], "", "good")
    desk.store.journal.apply("note small seed 1", [change])
    newest, oldest = desk.store.journal.history()
    assert newest.changes == (change,)
    assert oldest.changes == (MarkChange(ids[0], Marks(), STAR),)


def test_rows_of_the_first_release_are_read(desk: Desk) -> None:
    (only,) = add_prints(desk, "small", [1])
    with sqlite3.connect(paths.database_file(desk.root)) as old:
        changes = f'[[{only}, [0, 0, 0, ""], [1, 0, 4, "red"]]]'
        old.execute("INSERT INTO journal VALUES (7, 1.5, 'mark it', ?, 1)", (changes,))
    change = MarkChange(only, Marks(), Marks(star=True, rating=4, label="red"))
    assert desk.store.journal.history() == (JournalEntry(7, 1.5, "mark it", (change,), True),)
    assert desk.redo() == "mark it"
    assert desk.store.prints.get([only])[only].marks == change.after


def test_the_mirror_follows_notes_too(desk: Desk) -> None:
    (only,) = add_prints(desk, "small", [1])
    desk.store.journal.apply("note", [note(only, "", "good")])
    item = desk.store.prints.get([only])[only]
    assert files.read_marks(desk.root, "small")[item.digest, 1].note == "good"
    desk.undo()
    assert files.read_marks(desk.root, "small")[item.digest, 1].note == ""


def test_what_is_gone_does_not_stand_in_the_way(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    desk.mark(ids[1:], "star")
    desk.store.journal.apply("note", [note(ids[0], "", "good")])
    desk.store.prints.forget(ids[:1])
    assert desk.undo() == "note"
    assert desk.undo() == "star small seed 2"
    assert desk.store.prints.counts("small").starred == 0


def test_an_unknown_kind_changes_nothing(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1])
    act = [MarkChange(ids[0], Marks(), STAR), FieldChange("aura", "1", 0, 1)]
    with pytest.raises(LibraryError, match="aura"):
        desk.store.journal.apply("star", act)
    assert state(desk, ids) == [(False, "")]
    assert desk.store.journal.history() == ()


def test_an_act_names_and_counts_its_prints_not_its_changes(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 5))
    desk.mark(ids[:1], "star")
    assert desk.mark(ids[:3], "star") == "star 3 prints"
    assert desk.rate(ids[3:], 4) == "rate 4: small seed 4"
    assert desk.label(ids, "red") == "label red: 4 prints"
    assert desk.label(ids, "") == "take the label from 4 prints"
    assert finding.tag(desk, ids[:1], add="a") == "tag a small seed 1"
    assert finding.tag(desk, ids[:2], add="a") == "tag a 2 prints"
    both = [note(ids[0], "", "x"), MarkChange(ids[0], Marks(), STAR), note(ids[1], "", "x")]
    assert count_prints(both) == 2
    exhibitions.new(desk, "show")
    exhibitions.add(desk, "show", ids[:3])
    latest, made = desk.store.journal.history()[:2]
    assert (count_prints(latest.changes), count_prints(made.changes)) == (3, 0)
