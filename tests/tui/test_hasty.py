"""Keys that come faster than screens are made."""

import threading

import pytest
from tests.tui.helpers import WORST, settle, until
from textual.events import Key

from edition.tui.app import EditionApp
from edition.tui.messages import LibraryChanged, PressChanged
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.textual_workarounds import LastingNotification

KEYS = ("enter", "e", "P", "p", "H", "T", "w", "B", "d", "Q", "N", "E", "question_mark")
"""Each opens a screen from the light table."""


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("behind", [(), ("x", "down", "enter")], ids=["at once", "with others"])
async def test_keys_in_one_packet_harm_nothing(library, key, behind):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        table = app.screen
        for pressed in (key, *behind, "escape", "escape", "escape"):
            app.post_message(Key(pressed, pressed if len(pressed) == 1 else None))
        await settle(app, pilot)
        for _ in range(9):
            if app.screen is table:
                break
            await pilot.press("escape")
            await settle(app, pilot)
        assert app.is_running


@pytest.mark.parametrize("key", KEYS)
async def test_a_screen_is_left_once(library, key):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        table = app.screen
        await pilot.press(key)
        await settle(app, pilot)
        if isinstance(app.screen, DismissOnceScreen) and app.screen is not table:
            opened = app.screen
            opened.dismiss()
            opened.dismiss()
            await settle(app, pilot)
        assert app.screen is table or key == "question_mark"


async def test_keys_behind_the_one_that_leaves_open_nothing(library):
    app = EditionApp(library)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        for pressed in ("q", "e", "p", "enter"):
            app.post_message(Key(pressed, pressed[0]))
        await until(lambda: app._exit, "it is left")
        await pilot.pause()
    assert app.return_code == 0
    assert len(app.screen_stack) <= 2


async def test_a_toast_that_ended_before_it_was_shown_stops_nothing(library, monkeypatch):
    """Its timer would have a negative length, and take the processor for ever."""
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        with monkeypatch.context() as patch:
            patch.setattr(LastingNotification, "has_expired", False)
            app.notify("too late", timeout=-1.0)
            await settle(app, pilot)
        await pilot.press("right")
        await settle(app, pilot)
        assert app.screen.grid.cursor == 1
    assert LastingNotification("gone", timeout=-1.0).has_expired
    assert not LastingNotification("there", timeout=60.0).has_expired


async def test_an_answer_for_a_table_that_was_left_harms_nothing(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        table = app.screen
        came = []

        def answer(_):
            came.append(table in app.screen_stack)
            table.show_all()

        left = threading.Event()
        app.read(lambda session: left.wait(WORST), answer)
        await pilot.press("escape")
        await until(lambda: table not in app.screen_stack, "the table is left")
        left.set()
        await until(lambda: came, "the answer")
        assert came == [False]
        assert app.is_running
        await pilot.press("enter")  # and the house still opens rooms
        await settle(app, pilot)
        assert app.screen is not table


async def test_an_answer_that_comes_when_the_screen_is_gone_harms_nothing(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        table, held = app.screen, threading.Event()
        app.read(lambda _: held.wait(WORST), lambda _: None)
        table.reader.now()
        await pilot.press("escape")
        await until(lambda: not table.is_attached and not table.children, "the table is gone")
        held.set()
        await settle(app, pilot)
        assert app.is_running


@pytest.mark.parametrize("key", ["", *KEYS])
async def test_a_screen_that_loses_its_widgets_still_takes_messages(library, key):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        if key:
            await pilot.press(key)
            await settle(app, pilot)
        screen = app.screen
        await screen.remove_children()
        screen.post_message(LibraryChanged())
        screen.post_message(PressChanged())
        await settle(app, pilot)
        assert app.is_running


async def test_a_key_that_edits_a_line_comes_before_the_letters_after_it(library):
    app = EditionApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await pilot.press("A")
        await settle(app, pilot)
        keys = [("ctrl+u", None), *((letter, letter) for letter in "abxc"), ("left", None)]
        for key, letter in (*keys, ("backspace", None)):  # all at once, as over a slow line
            app.post_message(Key(key, letter).set_sender(app))
        await settle(app, pilot)
        assert app.screen.query_one("#answer").value == "abc"
