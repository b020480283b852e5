"""The press's screen over real job rows, and the proof room over a real proof."""

import os
import random

from tests.tui.helpers import has, screen_text, settle

from edition.domain import PressState
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.format_status import PressView, press_chip
from edition.tui.screens.press_screen import PressScreen


def working(store, **fields):
    """The press's row as a living press writes it: this process stands for it."""
    pictures = tuple(random.Random(i).randbytes(3072) for i in range(4))
    state = {
        "pid": os.getpid(), "state": "working", "device": "cpu", "step": 7, "steps": 50,
        "preview": pictures, "seeds": (1, 2, 3, 4),
    }  # fmt: skip
    store.press.write(PressState(**{**state, **fields}))


def words(view):
    return "".join(text for _, text in press_chip(view))


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


def queue(root):
    with Store(root) as store:
        return [(job.id, job.state) for job in store.jobs.live()]


async def test_queue_preview_progress_and_order(library):
    with Store(library) as store:
        payload = {"digest": "d", "seeds": "1..8"}
        ids = [store.jobs.add("render", "pocket-dreams", payload, 8) for _ in range(3)]
        assert store.jobs.claim().id == ids[0]
        store.jobs.progress(ids[0], 4, message="[b]batch[/b] 2", seconds_each=2.5)
        working(store)
        app = EditionApp(library)
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(app, pilot)
            assert has(app, "4/8"), "the shelf shows progress"
            await press(app, pilot, "p")
            assert isinstance(app.screen, PressScreen)
            assert has(app, "working   cpu   step 7 of 50")
            assert has(app, "2.5 s each, 10 s left")
            assert has(app, "[b]batch[/b] 2")
            assert sum("▀" * 16 in line for line in screen_text(app)) == 8
            await press(app, pilot, "down", "down", "K")
            assert [job for job, _ in queue(library)] == [ids[0], ids[2], ids[1]]
            await press(app, pilot, "space")
            assert (ids[2], "paused") in queue(library)
            await press(app, pilot, "D")
            assert ids[2] not in dict(queue(library))
            assert has(app, "cancelled")
            await press(app, pilot, "p")
            assert store.press.wanted() == "pause"
            store.jobs.progress(ids[0], 8, seconds_each=2.5)
            store.jobs.finish(ids[0], "failed", "Out of memory [x]", "Lower the size.")
            await settle(app, pilot)
            assert has(app, "Out of memory [x] Lower the size.")
            assert has(app, "job 1")


async def test_a_job_shows_what_it_does_now_and_not_what_it_did(library):
    with Store(library) as store:
        job = store.jobs.add("render", "pocket-dreams", {"digest": "d", "seeds": "1..8"}, 8)
        store.jobs.claim()
        working(store, state="loading", job_id=job, step=0, steps=0, preview=(), seeds=())
        app = EditionApp(library)
        async with app.run_test(size=(120, 40)) as pilot:
            await press(app, pilot, "p")
            assert sum("loading the model" in line for line in screen_text(app)) == 2
            working(store, job_id=job)
            await settle(app, pilot)
            assert has(app, "0/8"), "the first batch"
            assert not has(app, "loading")
            store.jobs.progress(job, 4, message="drawing", seconds_each=2.5)
            await settle(app, pilot)
            assert has(app, "drawing")
            await press(app, pilot, "D")
            store.jobs.progress(job, 6, message="drawing", seconds_each=2.5)  # its last batch
            await settle(app, pilot)
            assert has(app, "cancelled")
            assert has(app, "6/8")
            assert not any(has(app, words) for words in ("drawing", "left", "loading"))


async def test_nothing_on_the_press(library):
    app = EditionApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "p")
        assert has(app, "The queue is empty")
        await press(app, pilot, "space", "D", "r", "K", "end", "i")
        assert has(app, "The press log is empty")
        await press(app, pilot, "i", "escape")
        assert not isinstance(app.screen, PressScreen)


async def test_an_act_that_is_not_possible_is_told(library):
    with Store(library) as store:
        job = store.jobs.add("render", "pocket-dreams", {"digest": "d", "seeds": "1"}, 1)
        store.jobs.cancel(job)
    app = EditionApp(library)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "p", "D")
        assert any("is cancelled" in n for n in app.heard)


def test_what_the_press_says_in_a_corner():
    assert words(PressView()) == ""
    assert words(PressView(PressState(pid=1, state="idle"))) == "press idle"


async def test_proofs_are_made_and_listed(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "space on the light table stars one")
        await press(app, pilot, "2")
        assert any("Star some" in n for n in app.heard)
        await press(app, pilot, "escape", "space", "right", "space", "P", "2")
        assert has(app, "wall.pdf")
        await press(app, pilot, "1")
        assert has(app, "contact-sheet.pdf")
        await press(app, pilot, "y")
        assert app.clipboard.endswith("contact-sheet.pdf")
    made = sorted(library.glob("pocket-dreams/proofs/*.pdf"))
    assert [file.read_bytes()[:5] for file in made] == [b"%PDF-", b"%PDF-"]
