"""What a press holds: one open library a job, and no weights when there is nothing to do."""

import gc
import weakref
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition.desk.desk import Desk
from edition.errors import LibraryError
from edition.press import press as press_module
from edition.press import studying
from edition.press.press import Press

pytestmark = pytest.mark.slow


def test_an_idle_press_gives_the_weights_back(desk: Desk, root: Path, monkeypatch) -> None:
    from edition.upscale import supir

    [print_id] = add_prints(desk, "small", [1])
    desk.edit("small", {"upscale.method": "pocket-supir", "upscale.scale": 2.0})
    monkeypatch.setattr("edition.press.process.start", lambda *_, **__: None)
    job = desk.upscale("small", [print_id])
    held, trimmed = [], []
    kept = supir.at_hand

    def at_hand(*words):
        found = kept(*words)
        held.append(weakref.ref(found))
        return found

    monkeypatch.setattr("edition.upscale.pocket.at_hand", at_hand)
    monkeypatch.setattr(press_module, "_trim", lambda: trimmed.append(True))
    monkeypatch.setattr(press_module, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(press_module, "_wait_for_news", Press.stop)
    press_module.run(root, device="cpu")
    assert desk.store.jobs.state(job) == "done", desk.store.jobs.get(job)
    gc.collect()
    assert held
    assert held[0]() is None
    assert trimmed == [True]


def test_memory_is_handed_to_the_system_where_it_has_a_way() -> None:
    press_module._trim()


def test_a_sweep_opens_the_library_once_for_all_its_batches(
    desk: Desk, root: Path, monkeypatch
) -> None:
    from edition.desk import studies
    from edition.library.store import Store
    from edition.study import asked, axes

    monkeypatch.setattr("edition.press.process.start", lambda *_, **__: None)
    monkeypatch.setattr("edition.press.local.Bench.batch_size", lambda self, recipe: 1)
    study = asked.ask(desk.recipe("small"), [axes.parse("seed=1..4")])
    job = studies.submit(desk, studies.plan(desk, "small", study))
    opened: list[Store] = []

    class Counted(Store):
        def __init__(self, root: Path) -> None:
            super().__init__(root)
            opened.append(self)

    monkeypatch.setattr(studying, "Store", Counted)
    monkeypatch.setattr(press_module, "_wait_for_news", Press.stop)
    press_module.run(root, device="cpu")
    assert desk.store.jobs.state(job) == "done", desk.store.jobs.get(job)
    assert desk.store.prints.counts("small").prints == 4
    assert len(opened) == 1
    with pytest.raises(LibraryError):
        opened[0].prints.counts("small")
