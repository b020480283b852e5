"""What a press holds: one open library a job, and no weights when there is nothing to do."""

import gc
import weakref
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions.session import Session
from edition.errors import LibraryError
from edition.press import loop as press_module
from edition.press.jobs import batch_runner
from edition.press.loop import Press

pytestmark = pytest.mark.slow


def test_an_idle_press_gives_the_weights_back(session: Session, root: Path, monkeypatch) -> None:
    from edition.upscale import supir

    [print_id] = add_prints(session, "small", [1])
    session.edit("small", {"upscale.method": "pocket-supir", "upscale.scale": 2.0})
    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)
    job = session.upscale("small", [print_id])
    held, trimmed = [], []
    kept = supir.at_hand

    def at_hand(*words):
        found = kept(*words)
        held.append(weakref.ref(found))
        return found

    monkeypatch.setattr("edition.upscale.pocket.at_hand", at_hand)
    monkeypatch.setattr(press_module, "_trim", lambda: trimmed.append(True))
    monkeypatch.setattr(press_module, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(press_module, "wait_for_news", Press.stop)
    press_module.run(root, device="cpu")
    assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)
    gc.collect()
    assert held
    assert held[0]() is None
    assert trimmed == [True]


def test_a_press_that_cannot_make_its_lock_says_why(root: Path) -> None:
    paths.press_lock_file(root).mkdir()
    with pytest.raises(LibraryError, match=r"press\.lock"):
        press_module.run(root)


def test_memory_is_handed_to_the_system_where_it_has_a_way() -> None:
    press_module._trim()


def test_a_sweep_opens_the_library_once_for_all_its_batches(
    session: Session, root: Path, monkeypatch
) -> None:
    from edition.actions import study_planning
    from edition.library.store import Store
    from edition.studies import axes, study_spec

    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)
    monkeypatch.setattr(
        "edition.press.device_session.DeviceSession.batch_size", lambda self, recipe: 1
    )
    study = study_spec.ask(session.recipe("small"), [axes.parse("seed=1..4")])
    job = study_planning.submit(session, study_planning.plan(session, "small", study))
    opened: list[Store] = []

    class Counted(Store):
        def __init__(self, root: Path) -> None:
            super().__init__(root)
            opened.append(self)

    monkeypatch.setattr(batch_runner, "Store", Counted)
    monkeypatch.setattr(press_module, "wait_for_news", Press.stop)
    press_module.run(root, device="cpu")
    assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)
    assert session.store.prints.counts("small").prints == 4
    assert len(opened) == 1
    with pytest.raises(LibraryError):
        opened[0].prints.counts("small")
