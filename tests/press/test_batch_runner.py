"""The runner of every drawing job: what becomes of prints when memory or disk fails."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from tests.fakes import scene

from edition import paths, picture_reader
from edition.actions import batch_measurement, press_control, study_planning
from edition.actions.session import Session
from edition.cli.main import main
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.stable_diffusion_renderer import StableDiffusionRenderer
from edition.domain import Job, PressState
from edition.errors import OutOfMemory
from edition.library import metadata
from edition.press import batch_timing
from edition.press.jobs import batch_runner
from edition.press.loop import Press, do
from edition.studies import axes, study_spec


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The seeds of every batch that is drawn from now on."""
    seen: list[tuple[int, ...]] = []
    before_each(monkeypatch, lambda cells: seen.append(tuple(cell.seed for cell in cells)))
    return seen


def before_each(
    monkeypatch: pytest.MonkeyPatch, look: Callable[[Sequence[RenderRequest]], None]
) -> None:
    """Looks at each batch before it is drawn for real."""
    draw = StableDiffusionRenderer.draw

    def looked_at(self, cells, *rest):
        look(cells)
        return draw(self, cells, *rest)

    monkeypatch.setattr(StableDiffusionRenderer, "draw", looked_at)


def done(root: Path) -> Job:
    """The first job that is queued, done in this process."""
    press = Press(root, "cpu")
    job = press.store.jobs.claim()
    assert job is not None
    do(press, job)
    found = press.store.jobs.get(job.id)
    press.store.press.write(PressState())  # it leaves, and nobody waits for it to
    press.store.close()
    return found


def queued(session: Session, seeds: Sequence[int]) -> int:
    return session.render("small", seeds, start=False)


def swept(session: Session, monkeypatch: pytest.MonkeyPatch, *wanted: str) -> str:
    """Queues a sweep; returns the study's name."""
    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)
    study = study_spec.ask(session.recipe("small"), [axes.parse(text) for text in wanted])
    study_planning.submit(session, study_planning.plan(session, "small", study))
    return study.name


def filed(session: Session) -> list[int]:
    return sorted(session.store.prints.seeds("small", session.digest("small")))


def test_a_measured_size_is_kept_and_taken(
    session: Session, root: Path, batches: list, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(batch_timing, "MOST", 2)
    session.edit("small", {"sampling.steps": 1, "sampling.width": 64, "sampling.height": 64})
    with monkeypatch.context() as busy:
        busy.setattr(batch_timing, "fastest", lambda _: 7)
        assert batch_measurement.measure(session, "small", "cpu").places == 7
    batches.clear()
    found = batch_measurement.measure(session, "small", "cpu")
    assert found.chosen, "nothing was begun: a measurement on a busy machine is corrected"
    assert found.places == batch_timing.fastest(found.timings)
    assert [len(batch) for batch in batches] == [1, 1, 2, 2], "each twice"
    assert filed(session) == []
    batches.clear()
    queued(session, [1])
    assert done(root).state == "done"
    assert [len(batch) for batch in batches] == [found.places]
    monkeypatch.setattr(batch_timing, "fastest", lambda _: 7)
    words = ["edition", "--library", str(root), "press", "measure", "small", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", words)
    assert main() == 0
    told = capsys.readouterr().out
    assert f"It stays at {found.places} print" in told, "never in the middle of an edition"


class Bench:
    """A device on which a batch takes a time of its own, and on which eight don't fit."""

    def __init__(self, *seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def draw(self, cells: Sequence[object]) -> None:
        if len(cells) > 4:
            raise OutOfMemory
        self.now += self.seconds[len(cells).bit_length() - 1]


@pytest.mark.parametrize(("seconds", "tried", "best"), [
    ((1.0, 1.2, 1.4), [1, 2, 4], 4),
    ((1.0, 1.99), [1, 2], 1),
    ((1.0, 1.0, 1.99), [1, 2, 4], 2),
])  # fmt: skip
def test_larger_batches_are_tried_while_they_gain_and_fit(
    seconds: tuple[float, ...], tried: list[int], best: int
) -> None:
    bench = Bench(*seconds)
    found = batch_timing.measure(bench, lambda places: [None] * places, lambda: bench.now)
    assert [timing.places for timing in found] == tried
    assert batch_timing.fastest(found) == best


def test_a_batch_that_does_not_fit_is_halved_and_the_size_is_kept(
    session: Session, root: Path, batches: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(cells: Sequence[RenderRequest]) -> None:
        if len(cells) > 2:
            raise torch.OutOfMemoryError("too much")

    before_each(monkeypatch, full)
    queued(session, [1, 2, 3])
    job = done(root)
    assert (job.state, job.done) == ("done", 3)
    queued(session, [4])
    assert done(root).state == "done"
    assert batches == [(1, 2), (3, 3), (4, 4)]
    assert filed(session) == [1, 2, 3, 4]
    path = paths.print_file(root, "small", session.digest("small"), 3)
    assert metadata.read(path).made_with["batch"] == "2"


def test_a_print_that_does_not_fit_alone_ends_the_job(
    session: Session, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def full(cells: Sequence[RenderRequest]) -> None:
        sizes.append(len(cells))
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    before_each(monkeypatch, full)
    queued(session, [1, 2])
    job = done(root)
    assert job.state == "failed"
    assert "128 x 128 does not fit" in job.error
    assert "smaller" in job.hint
    assert sizes == [4, 2, 1]
    assert filed(session) == []


def test_a_cell_that_fails_is_found_and_its_neighbours_are_filed(
    session: Session, root: Path, batches: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(cells: Sequence[RenderRequest]) -> None:
        if any(cell.seed == 2 for cell in cells):
            raise ValueError("seed 2 is cursed")

    before_each(monkeypatch, spoiled)
    name = swept(session, monkeypatch, "seed=1..6")
    job = done(root)
    assert (job.state, job.done, job.total) == ("done", 6, 6)
    assert filed(session) == [1, 3, 4, 5, 6]
    _, cells = study_planning.find_study(session, "small", name)
    assert ["cursed" in cell.error for cell in cells] == [False, True, *[False] * 4]
    assert batches == [(1,) * 4, (3,) * 4, (4,) * 4, (5, 6, 6, 6)], "each in the batch's shape"


def test_a_seed_that_fails_ends_a_render_job_after_those_before_it(
    session: Session, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(cells: Sequence[RenderRequest]) -> None:
        if any(cell.seed == 2 for cell in cells):
            raise ValueError("seed 2 is cursed")

    before_each(monkeypatch, spoiled)
    queued(session, [1, 2, 3])
    job = done(root)
    assert job.state == "failed"
    assert "seed 2 is cursed" in job.error
    assert filed(session) == [1]


@pytest.mark.parametrize("how", ["pause_job", "cancel_job"])
def test_a_job_taken_away_keeps_what_is_drawn_and_goes_on_from_there(
    session: Session, root: Path, batches: list, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)
    job_id = queued(session, range(1, 10))

    taken = []

    def take(_: Sequence[RenderRequest]) -> None:
        if len(batches) == 1 and not taken:
            taken.append(getattr(press_control, how)(session, job_id))

    before_each(monkeypatch, take)  # looked at first: it is the second batch
    job = done(root)
    assert job.state == {"pause_job": "paused", "cancel_job": "cancelled"}[how]
    assert filed(session) == [1, 2, 3, 4]
    if how == "pause_job":
        press_control.resume_job(session, job_id)
    else:
        queued(session, range(1, 10))
    del batches[:]
    assert done(root).state == "done"
    assert filed(session) == list(range(1, 10))
    assert batches == [(5, 6, 7, 8), (9,) * 4]


def test_a_batch_that_can_not_be_filed_ends_the_job(
    session: Session, root: Path, batches: list
) -> None:
    folder = paths.prints_folder(root, "small", session.digest("small"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    queued(session, range(1, 30))
    folder.write_text("a file stands where the folder goes")
    job = done(root)
    assert job.state == "failed"
    assert folder.name in job.error
    assert job.hint
    assert len(batches) == 2, "the one that failed, and the one drawn meanwhile"
    folder.unlink()
    queued(session, [1])
    assert done(root).state == "done"
    assert filed(session) == [1]


def test_an_image_that_prints_start_from_is_decoded_once_a_job(
    session: Session, root: Path, batches: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene(4).save(root / "small" / "sketch.png")
    session.edit("small", {"init.file": "sketch.png", "init.strength": 0.5})
    read, decoded = picture_reader.read, []

    def counted(path: Path):
        decoded.append(path.name)
        return read(path)

    monkeypatch.setattr(picture_reader, "read", counted)
    queued(session, range(1, 7))
    assert decoded == ["sketch.png"], "however often its recipe is looked at"
    assert done(root).state == "done"
    assert len(batches) == 2
    assert decoded == ["sketch.png"] * 2


def test_stacks_are_made_anew_while_a_job_draws_but_seldom(
    session: Session, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(batch_runner, "restack", lambda *_: made.append(True))
    monkeypatch.setattr(batch_runner, "_STACK_SHARE", 10**9)
    queued(session, range(1, 14))
    assert done(root).state == "done"
    assert len(made) == 2, "after the first batch, and at the end"
