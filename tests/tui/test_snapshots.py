"""Every screen empty, full and failing, at 80x24 and 120x40, compared with a kept picture.

A picture is kept as text, and a checksum of the colours of each line: small enough to read in a
review. To take new ones: ``EDITION_SNAPSHOTS=update pytest tests/tui/test_snapshots.py``.
A difference leaves the screen as SVG beside pytest's other temporary files.
"""

import json
import os
import re
import time
import zlib
from pathlib import Path

import pytest
import textual
from tests.tui.helpers import DIGEST, draw, make_edition, settle

from edition import paths
from edition.domain import MarkChange, Marks
from edition.library.store import Store
from edition.studies.animation_writer import FilmWriter
from edition.tui.app import EditionApp

KEPT = Path(__file__).parent / "snapshots"
PINNED = "8.2.8"
FULL, EMPTY, FAILING = "full", "empty", "failing"
SCENES = {
    "shelf-full": (FULL, None, ""),
    "shelf-empty": (EMPTY, None, ""),
    "shelf-failing": (FAILING, None, ""),
    "table-full": (FULL, "pocket-dreams", "right,right"),
    "table-empty": (EMPTY, "quiet-rooms", ""),
    "table-nothing-passes": (FULL, "pocket-dreams", "slash,z,z,z,enter"),
    "table-filter-failing": (FULL, "pocket-dreams", "slash,s,e,e,d,colon,x"),
    "table-spread": (FULL, "pocket-dreams", "ctrl+o"),
    "saved-empty": (FULL, "pocket-dreams", "Q"),
    "saved-full": (FULL, "pocket-dreams", "slash,s,e,e,d,colon,3,enter,Q,ctrl+s,o,n,e,enter"),
    "tags-asked": (FULL, "pocket-dreams", "v,right,number_sign,n,i,g,h,t"),
    "tags-failing": (FULL, "pocket-dreams", "number_sign,a,colon"),
    "note-loupe": (FULL, "pocket-dreams", "enter,N,f,i,n,e,enter,number_sign,s,e,a,enter"),
    "table-range": (FULL, "pocket-dreams", "v,right,down"),
    "table-slider": (FULL, "pocket-dreams", "plus,left"),
    "work-full": (FULL, "pocket-dreams", "v,right,dollar_sign,D,u,s,k,down"),
    "table-light": (FULL, "pocket-dreams", "ctrl+t"),
    "table-small": (FULL, "pocket-dreams", "t,t"),
    "loupe-full": (FULL, "pocket-dreams", "enter"),
    "loupe-failing": (FAILING, "pocket-dreams", "enter"),
    "film-full": (FULL, "pocket-dreams", "enter,F,home,right"),
    "film-empty": (FULL, "pocket-dreams", "enter,right,F"),
    "film-failing": (FAILING, "pocket-dreams", "enter,F"),
    "survey-full": (FULL, "pocket-dreams", "v,right,right,B"),
    "compare-full": (FULL, "pocket-dreams", "d"),
    "press-full": (FULL, None, "p"),
    "press-empty": (EMPTY, None, "p"),
    "press-failing": (FAILING, None, "p"),
    "proof-full": (FULL, "pocket-dreams", "P"),
    "proof-empty": (EMPTY, "quiet-rooms", "P"),
    "history-full": (FULL, "pocket-dreams", "H"),
    "history-empty": (EMPTY, "quiet-rooms", "H"),
    "recipe-full": (FULL, "pocket-dreams", "e,ctrl+e"),
    "recipe-failing": (FULL, "pocket-dreams", "e,ctrl+e,x"),
    "recipe-form": (FULL, "pocket-dreams", "e,down,down"),
    "new-edition": (EMPTY, None, "n,F,o,g,down"),
    "table-trash": (
        FULL,
        "pocket-dreams",
        "right,right,right,D,D,slash,t,r,a,s,h,colon,y,e,s,enter",
    ),
    "table-trash-empty": (FULL, "pocket-dreams", "slash,t,r,a,s,h,colon,y,e,s,enter"),
    "table-lookalikes": (FULL, "pocket-dreams", "L"),
    "again-full": (FULL, "pocket-dreams", "R,down"),
    "again-failing": (FULL, "pocket-dreams", "R,1,0,0,x,9"),
    "differences-full": (FULL, None, "d"),
    "differences-empty": (EMPTY, None, "d"),
    "differences-failing": (FAILING, None, "d"),
    "clone-failing": (FULL, None, "C,P"),
    "help-table": (FULL, "pocket-dreams", "question_mark"),
    "help-press": (FULL, None, "p,question_mark"),
    "palette": (FULL, "pocket-dreams", "ctrl+p,s,t,a"),
}


def build(root, state):
    """A library in one of three states."""
    make_edition(root, "quiet-rooms", (), title="Quiet Rooms")
    if state == EMPTY:
        return
    ids = make_edition(root, "pocket-dreams", range(1, 41), title="Pocket Dreams")
    add_film(root, whole=state == FULL)
    proof = paths.proofs_folder(root, "pocket-dreams") / "wall.pdf"
    proof.parent.mkdir()
    proof.write_bytes(b"%PDF-" + bytes(1_200_000))
    os.utime(proof, (1.7e9, 1.7e9))
    with Store(root) as store:
        marks = (Marks(star=True), Marks(reject=True), Marks(star=True, rating=4, label="blue"))
        for print_id, mark in zip(ids, marks, strict=False):
            change = MarkChange(print_id, Marks(), mark)
            store.journal.apply(f"mark seed {print_id}", [change])
        store.prints.set_stacks("pocket-dreams", {ids[4]: ids[4], ids[5]: ids[4]})
        payload = {"digest": "d", "seeds": "1..24"}
        jobs = [store.jobs.add("render", "pocket-dreams", payload, 24) for _ in range(3)]
        if state == FULL:
            store.jobs.claim()
            store.jobs.progress(jobs[0], 9, message="batch 3 of 6", seconds_each=3.25)
            store.jobs.pause(jobs[1])
        else:
            store.jobs.finish(jobs[0], "failed", "Out of memory.", "Lower [sampling] width.")
    if state == FAILING:
        next(root.glob("pocket-dreams/prints/*/1.png")).unlink()
        (root / "quiet-rooms/edition.toml").write_text("[sampling]\nsteps = 0\n")


def add_film(root, *, whole):
    """The film of the first print: six steps of other pictures, with their noise."""
    folder = paths.film_folder(root, "pocket-dreams", DIGEST, 1)
    reel = FilmWriter(folder, ("webp",), (96, 96), 60_000, 0)
    for k in range(1, 7):
        reel.add(k, 6, draw(k, 96))
    file = reel.end(draw(1, 96), 60_000)[0]
    rows = [{"t": 999 - 150 * k, "sigma": 14.6 / (k + 1)} for k in range(6)]
    (folder / "film.json").write_text(json.dumps({"steps": rows}))
    if not whole:
        file.write_bytes(file.read_bytes()[:900])


def picture(app):
    """The screen as text, with a checksum of each line's colours."""
    lines = []
    for strip in app.screen._compositor.render_strips():
        text = re.sub(r"\d\d:\d\d:\d\d", "12:34:56", strip.text)
        styles = "|".join(f"{len(s.text)}{s.style}" for s in strip.simplify())
        lines.append(f"{text.rstrip()}\t{zlib.crc32(styles.encode()):08x}")
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(textual.__version__ != PINNED, reason=f"pictures are of Textual {PINNED}")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCENES)
async def test_screen(name, size, tmp_path, config_home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("edition.tui.app.SAID_SECONDS", 1e5)  # what is said stays in the picture
    monkeypatch.setattr("edition.tui.app.TOLD_SECONDS", 1e5)
    # one that the next weights don't change
    monkeypatch.setattr("edition.actions.model_changes.WeightsNow.of", lambda *_: "5e" * 32)
    time.tzset()
    state, slug, keys = SCENES[name]
    root = Path("editions")
    build(root, state)
    app = EditionApp(root, slug=slug)
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        for key in filter(None, keys.split(",")):
            await pilot.press(key)
            await settle(app, pilot)
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False
        await settle(app, pilot)
        seen, svg = picture(app), app.export_screenshot()
    kept = KEPT / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("EDITION_SNAPSHOTS") == "update":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(seen, encoding="utf-8")
    if seen != kept.read_text(encoding="utf-8"):
        shown = tmp_path / f"{name}.svg"
        shown.write_text(svg, encoding="utf-8")
        assert seen == kept.read_text(encoding="utf-8"), f"see {shown}"
