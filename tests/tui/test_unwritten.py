"""Marks that could not be written: the paint goes, and the act stays named until it is seen."""

import sqlite3
import threading
from contextlib import contextmanager

import pytest
from tests.tui.helpers import has, settle
from tests.tui.test_culling import marks

from edition import paths
from edition.library import database
from edition.tui.app import EditionApp
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.unsaved_dialog import UnsavedDialog


@contextmanager
def held(root):
    """Another program holds the database's write lock."""
    other = sqlite3.connect(paths.database_file(root), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def read_only(app):
    """The pen's own connection may not write, as on a mount that turned read-only."""
    app.write(
        lambda session: session.store._db.connection.execute("PRAGMA query_only = ON").close()
    )
    try:
        yield
    finally:
        app.write(
            lambda session: session.store._db.connection.execute("PRAGMA query_only = OFF").close()
        )


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    """Waiting for a lock ends soon."""
    monkeypatch.setattr(database, "BUSY_MS", 50)


@pytest.mark.parametrize("how", ["held", "read-only"])
async def test_a_mark_that_was_not_written_is_taken_back_and_named(library, how):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        with held(library) if how == "held" else read_only(app):
            await pilot.press("space")
            await settle(app, pilot)
            assert isinstance(app.screen, UnsavedDialog)
            assert has(app, "Not written: 1 act")
            assert has(app, "star pocket-dreams seed 1")
            await pilot.press("space", "right", "x")  # nothing is marked, nothing dismissed
            await settle(app, pilot)
            assert isinstance(app.screen, UnsavedDialog)
            await pilot.press("enter")
            await settle(app, pilot)
            assert isinstance(app.screen, LightTable)
            assert not app.screen.current().marks.star
            assert not has(app, "\u2605 1")
        await settle(app, pilot)
        assert not any(m.star or m.reject for m in marks(library).values())
        await pilot.press("space")
        await settle(app, pilot)
        assert marks(library)[1].star
        assert has(app, "\u2605 1")
    assert app.unseen() is None


async def test_several_acts_are_all_named(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await pilot.press("c")  # what is marked leaves the table
        await settle(app, pilot)
        gate = threading.Event()
        with held(library):
            app.write(lambda session: gate.wait())
            await pilot.press("space", "x", "3", "6", "D")
            gate.set()
            await settle(app, pilot)
            assert isinstance(app.screen, UnsavedDialog)
            for act in ("star pocket", "reject pocket", "rate 3:", "label red:", "trash pocket"):
                assert any(act in name for name in app.screen.acts), act
        await pilot.press("escape")
        await settle(app, pilot)
        assert len(app.screen.roll) == 40
        assert has(app, "40 prints")
        assert all(m == marks(library)[40] for m in marks(library).values())


async def test_in_the_loupe_too(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await pilot.press("enter")
        await settle(app, pilot)
        with held(library):
            await pilot.press("5")
            await settle(app, pilot)
        await pilot.press("enter")
        await settle(app, pilot)
        assert app.screen.current().marks.rating == 0


async def test_what_nobody_has_seen_is_told_on_leaving(library):
    app = EditionApp(library, slug="pocket-dreams")
    with held(library):
        async with app.run_test(size=(100, 30)) as pilot:
            await settle(app, pilot)
            await pilot.press("space")
            app.exit()
    error = app.unseen()
    assert error is not None
    assert "star pocket-dreams seed 1" in error.message
    assert error.hint
