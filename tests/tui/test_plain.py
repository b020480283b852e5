"""The plain mode: lines in, lines out."""

from dataclasses import replace

import pytest
from tests.tui.helpers import PROMPT, new_print

from edition.actions.session import Session
from edition.text_format import clean
from edition.tui.plain_repl import PlainRepl


@pytest.fixture
def talk(library):
    said = []
    with_desk = Session(library)
    yield PlainRepl(with_desk, said.append), said
    with_desk.close()


def ask(talk, line):
    conversation, said = talk
    said.clear()
    conversation.obey(line)
    return "\n".join(said)


def test_a_whole_conversation(talk):
    assert "quiet-rooms: Quiet Rooms, 0 prints" in ask(talk, "editions")
    assert "No edition is open" in ask(talk, "next")
    opened = ask(talk, "open pocket-dreams")
    assert "40 prints" in opened
    assert "seed 10" in opened
    assert "seed 11" not in opened
    assert "seed 11" in ask(talk, "next")
    assert ask(talk, "star 3 4") == "star 2 prints"
    assert ask(talk, "reject 5").startswith("reject")
    assert ask(talk, "rate 4 6").startswith("rate 4")
    assert ask(talk, "label red 6").startswith("label red")
    assert "seed 6, rated 4, red" in ask(talk, "show 6")
    assert clean(PROMPT)[:30] in ask(talk, "show 6").replace("\n  ", " ")
    assert "2 prints" in ask(talk, "filter star:yes")
    assert ask(talk, "undo").startswith("label red")
    assert ask(talk, "redo").startswith("label red")
    assert "The press is off" in ask(talk, "press")


def test_finding_by_lines(talk):
    ask(talk, "open pocket-dreams")
    assert ask(talk, "tag night-sea 3 4 5") == "tag night-sea 3 prints"
    assert ask(talk, "tag -night-sea 5") == "untag night-sea pocket-dreams seed 5"
    assert ask(talk, "note 4 the good one") == "note pocket-dreams seed 4"
    found = ask(talk, "filter tag:night-sea sort:newest").splitlines()
    assert found[1:] == ["seed 4, tagged night-sea, with a note", "seed 3, tagged night-sea"]
    assert "the good one" in ask(talk, "show 4")
    assert "40 prints" in ask(talk, "filter sort:spread")
    assert ask(talk, "note 4").startswith("remove the note from")
    assert ask(talk, "undo").startswith("remove the note from")
    assert "Type: tag" in ask(talk, "tag")
    assert "no tag" in ask(talk, "tag a:b 3")
    assert "Did you mean rating" in ask(talk, "filter ratin:3")


@pytest.mark.parametrize(
    ("line", "answer"),
    [("fly", "not known"), ("open nowhere", "nowhere"), ("star 99", "that seed"),
     ("rate 9 1", "0 to"),
     ("label pink 1", "red, yellow"), ("filter seed:x", "seed:7"), ("open ../..", "can't name")],
)  # fmt: skip
def test_what_is_not_understood_is_said(talk, line, answer):
    ask(talk, "open pocket-dreams")
    assert answer in ask(talk, line)


def test_no_escape_reaches_the_terminal(talk):
    for line in ("editions", "open pocket-dreams", "show 1", "\x1b[31mfly", "help"):
        assert "\x1b" not in ask(talk, line)


def test_exhibitions_are_told_and_changed(talk):
    assert "No exhibition yet" in ask(talk, "exhibition")
    assert "No edition is open" in ask(talk, "hang summer 3")
    ask(talk, "open pocket-dreams")
    assert ask(talk, "hang summer 3 4 5") == "Hung in summer: 3 prints, 3 in all."
    assert ask(talk, "hang summer 4") == "It hangs in summer already, 3 in all."
    assert "seed" in ask(talk, "hang summer 99")
    assert ask(talk, "move summer 3 1").startswith("move pocket-dreams seed 5 to place 1")
    assert ask(talk, "say summer 1 at sea").startswith("note pocket-dreams seed 5")
    told = ask(talk, "exhibition summer").splitlines()
    assert told[0] == "Summer: 3 prints, hung as a row."
    assert told[1].startswith("1. ")
    assert told[1].endswith("seed 5, at sea")
    assert ask(talk, "down summer 2") == "take pocket-dreams seed 3 out of summer"
    assert ask(talk, "exhibition") == "summer: Summer, 2 prints"
    assert ask(talk, "undo") == "take pocket-dreams seed 3 out of summer"
    assert "3 prints" in ask(talk, "exhibition summer")
    assert "Made " in ask(talk, "wall summer")
    for wrong in ("move summer", "move summer x 1", "say", "down summer", "wall", "wall winter"):
        assert "summer" in ask(talk, wrong) or "Type: " in ask(talk, wrong), wrong


def test_seeds_mean_the_edition_s_own_recipe(talk, library):
    conversation, _ = talk
    store = conversation.session.store
    old = replace(new_print(library, "pocket-dreams", 3), digest="9" * 64)
    lone = replace(new_print(library, "pocket-dreams", 99), digest="9" * 64)
    first, second = store.prints.add([old, lone])
    now = conversation.session.digest("pocket-dreams")
    own = store.prints.add([replace(new_print(library, "pocket-dreams", 3), digest=now)])
    ask(talk, "open pocket-dreams")
    assert ask(talk, "star 3") == "star pocket-dreams seed 3"
    assert [p.id for p in store.prints.find("pocket-dreams", [3]) if p.marks.star] == list(own)
    told = ask(talk, "star 99")
    assert "other recipes only" in told
    assert "Type: filter recipe:99999999" in told
    ask(talk, "filter recipe:99999999")
    assert ask(talk, "reject 3 99") == "reject 2 prints"
    assert store.prints.get([first])[first].marks.reject
    assert store.prints.get([second])[second].marks.reject
