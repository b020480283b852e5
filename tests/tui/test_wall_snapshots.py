"""Walls, measures, numbers and exhibitions, empty, full and failing, at 80x24 and 120x40.

Kept as in test_snapshots.py: ``EDITION_SNAPSHOTS=update pytest tests/tui/test_wall_snapshots.py``.
"""

import os
import re
import time
from pathlib import Path

import pytest
import textual
from tests.tui.helpers import make_edition, settle
from tests.tui.test_snapshots import EMPTY, FAILING, FULL, KEPT, PINNED, picture

from edition.actions import exhibitions, register
from edition.actions.session import Session
from edition.tui.app import EditionApp

SCENES = {
    "arrange-full": (FULL, "P,W,right,J"),
    "arrange-salon": (FULL, "P,W,5,5,right,right"),
    "arrange-closer": (FULL, "P,W,end,plus,plus"),
    "arrange-empty": (EMPTY, "P,W"),
    "arrange-failing": (FAILING, "P,W"),
    "measures-full": (FULL, "P,M"),
    "measures-failing": (FULL, "P,M,backspace,backspace,down,x"),
    "numbers-full": (FULL, "P,ctrl+n"),
    "numbers-empty": (EMPTY, "P,ctrl+n"),
    "numbers-failing": (FAILING, "P,ctrl+n"),
    "numbers-asked": (FULL, "P,ctrl+n,down,enter"),
    "exhibition-full": (FULL, "E,enter,right"),
    "exhibition-empty": (EMPTY, "E,n,s,u,m,m,e,r,enter,enter"),
    "exhibition-failing": (FAILING, "E,enter,right"),
    "exhibitions-full": (FULL, "E"),
    "exhibitions-empty": (EMPTY, "E"),
    "exhibition-proof": (FULL, "E,enter,P"),
    "exhibition-proof-failing": (FAILING, "E,enter,P"),
}


def build(root, state):
    """A library in one of three states: a wall that is too small and lost prints in the last."""
    ids = make_edition(root, "pocket-dreams", range(1, 13), title="Pocket Dreams")
    sea = make_edition(root, "night-sea", range(50, 54), title="Night Sea", artist="B. Other")
    if state == EMPTY:
        return
    with Session(root) as session:
        session.mark(ids[:9], "star")
        exhibitions.new(session, "winter")
        exhibitions.new(session, "summer", title="Summer Show")
        exhibitions.add(session, "summer", [ids[3], sea[1], ids[7], sea[3]])
        exhibitions.note(session, "summer", 1, "Painted at sea, by nobody")
        exhibitions.size(session, "summer", 2, 500)
        if state == FAILING:
            session.edit("pocket-dreams", {"proof.wall_width_mm": 900.0})
            (root / session.store.prints.get([sea[1]])[sea[1]].file).unlink()
            session.store.prints.forget([ids[7]])
            session.store.register.append(lambda _: ['{"act": "issue"}'])
            return
        first = session.store.prints.get([ids[0]])[ids[0]]
        register.open_edition(session, first, 25)
        register.issue(session, first, "number", "Baryta 310")
        register.issue(session, first, "AP")
        register.issue(session, first)
        register.void(session, first, "number", 2, "torn")


@pytest.mark.skipif(textual.__version__ != PINNED, reason=f"pictures are of Textual {PINNED}")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCENES)
async def test_wall_screen(name, size, tmp_path, config_home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("edition.tui.app.SAID_SECONDS", 1e5)
    monkeypatch.setattr("edition.tui.app.TOLD_SECONDS", 1e5)
    time.tzset()
    state, keys = SCENES[name]
    root = Path("editions")
    build(root, state)
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=size, notifications=False) as pilot:
        await settle(app, pilot)
        for key in keys.split(","):
            await pilot.press(key)
            await settle(app, pilot)
        for field in app.screen.query("Input"):
            field.cursor_blink = False
        await settle(app, pilot)
        seen = re.sub(r"\d{4}-\d\d-\d\d", "2026-01-02", picture(app))
    kept = KEPT / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("EDITION_SNAPSHOTS") == "update":
        kept.write_text(seen, encoding="utf-8")
    assert seen == kept.read_text(encoding="utf-8")
