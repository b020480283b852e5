"""One letter means one thing on all screens, in every preset; hints name what is there and fit."""

import re

import pytest
from textual.binding import BindingsMap

from edition.tui import key_hints, key_meanings, keymap
from edition.tui.screens.help_screen import TITLE_CELLS
from edition.tui.terminal.ansi_style import cells


def letters(preset):
    """Letter: the meanings that it has on any screen."""
    moved = keymap.keymap(preset, {})
    found = {}
    for act in (*keymap.ACTS, keymap.LEAVE_SHELF):
        for key in moved.get(act.id, act.keys).split(","):
            if re.fullmatch(r"(ctrl\+)?[A-Za-z]", key):
                found.setdefault(key, set()).add(key_meanings.meaning(act))
    return found


@pytest.mark.parametrize("preset", key_meanings.PRESETS)
def test_a_letter_has_one_meaning(preset):
    assert {k: sorted(v) for k, v in letters(preset).items() if len(v) > 1} == {}


@pytest.mark.parametrize("preset", key_meanings.PRESETS)
def test_every_key_of_a_screen_does_its_one_action(preset):
    """As Textual sees the bindings once a preset has moved them."""
    moved = keymap.keymap(preset, {})
    found = []
    for room in {room for act in keymap.ACTS for room in act.rooms} - {keymap.EVERYWHERE}:
        bound = BindingsMap(keymap.bindings(room))
        bound.apply_keymap(moved)
        for act in keymap.ACTS:
            for key in moved.get(act.id, act.keys).split(",") if room in act.rooms else ():
                done = {binding.action for binding in bound.key_to_bindings.get(key, ())}
                found += [] if done == {act.action} else [(room, key, done, act.action)]
    assert found == []


def test_every_letter_in_use_is_explained_and_no_other():
    used = {key for key in letters("edition") if len(key) == 1}
    assert used == set(key_meanings.MEANINGS)


def test_what_would_be_two_meanings_is_found():
    acts = [act for act in keymap.ACTS if act.action in ("filter", "stacks")]
    assert len({key_meanings.meaning(act) for act in acts}) == 2


@pytest.mark.parametrize("room", key_hints.HINTS)
def test_hints_are_of_their_screen_and_fit_80_columns(room):
    acts = {act.id: act for act in keymap.of_room(room)}
    assert {act for act, _ in key_hints.HINTS[room]} <= set(acts)
    left, right = key_hints.hint_line(room, lambda i: keymap.shown(acts[i].keys), 80)
    assert cells(left) + cells(right) <= 80
    last = key_hints.HINTS[room][-1][1]
    assert left[-1][1].strip() == last, "the way on stays when room is short"


def test_no_title_is_cut_in_the_help():
    assert [act.title for act in keymap.ACTS if len(act.title) > TITLE_CELLS] == []


def test_every_screen_with_keys_has_hints():
    rooms = {room for act in keymap.ACTS for room in act.rooms} - {keymap.EVERYWHERE}
    assert rooms == set(key_hints.HINTS)


def test_a_long_right_end_takes_hints_away_but_not_the_help():
    acts = {act.id: act for act in keymap.of_room(keymap.TABLE)}
    line = key_hints.hint_line(
        keymap.TABLE,
        lambda i: keymap.shown(acts[i].keys),
        80,
        right=(("dim", "x" * 50),),
        without=("trash",),
    )
    assert "keys" in line[0][-1][1]
    assert cells(line[0]) + cells(line[1]) <= 80
