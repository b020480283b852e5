"""What was asked is done, however soon the person leaves."""

import threading

from tests.tui.helpers import WORST, settle

from edition.library.store import Store
from edition.tui.app import EditionApp


async def test_marks_that_wait_to_be_written_are_written_on_leaving(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        writing = threading.Event()
        app.write(lambda session: writing.wait(WORST))  # a disk that is busy
        for key in ("space", "right", "space", "right", "x"):
            await pilot.press(key)
        assert app.pen.busy
        threading.Timer(0.5, writing.set).start()  # it is, still, when the person leaves
        await pilot.press("ctrl+q")
    with Store(library) as store:
        rows = store.prints.get(store.prints.select("pocket-dreams")[:3])
        found = [(p.marks.star, p.marks.reject) for p in rows.values()]
        assert found == [(True, False), (True, False), (False, True)]
        assert len(store.journal.history(10)) == 3
