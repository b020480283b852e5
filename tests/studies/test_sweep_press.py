"""Sweeps through a real press: killed at random, failing cells, twins and sheets."""

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.fakes import add_prints, scene

from edition.actions import press_control, study_planning, study_sheets
from edition.errors import StudyError
from edition.recipe.recipe import Recipe
from edition.studies import axes, study_spec
from edition.studies.ab_compare import difference, heat, verdict


def small(session, *wanted: str, kind: str = "sweep") -> study_spec.Study:
    recipe = session.recipe("small")
    return study_spec.ask(recipe, [axes.parse(text) for text in wanted], kind=kind)  # type: ignore[arg-type]


def finish(session, job: int, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while session.store.jobs.get(job).state in ("queued", "running"):
        if session.press_state().pid is None:
            session.start_press(wait=True)
        assert time.monotonic() < deadline, press_control.log_tail(session)
        time.sleep(0.1)


@pytest.mark.slow
def test_a_sweep_killed_at_random_renders_no_cell_twice_and_misses_none(session) -> None:
    study = small(session, "guidance=1,2,3", "prompt=sea|sky", "seed=1..4")
    planned = study_planning.plan(session, "small", study)
    assert planned.count == planned.missing == 24
    assert planned.seconds is None
    job = study_planning.submit(session, planned)
    chance = random.Random(7)
    kills, kept = 0, dict[str, int]()
    while kills < 2 and session.store.jobs.get(job).state in ("queued", "running"):
        session.start_press(wait=True)
        before = len(printed(session))
        deadline = time.monotonic() + 240
        while len(printed(session)) <= before and time.monotonic() < deadline:
            if session.store.jobs.get(job).state not in ("queued", "running"):
                break  # a quick machine was done before the first look
            session.start_press()  # one that was just killed seems to be there for some seconds
            time.sleep(0.02)  # it has got on since it was started, so the job ends some day
        time.sleep(chance.random() * 0.5)
        if pid := session.press_state().pid:
            os.kill(pid, signal.SIGKILL)
            kills += 1
            kept |= written(session)
    finish(session, job)
    assert kills
    assert set(Counter(printed(session)).values()) == {1}
    now = written(session)
    assert len(now) == 24
    assert kept.items() <= now.items()  # what was there at a kill was never written again
    _, cells = study_planning.find_study(session, "small", study.name)
    assert all(cell.print_id for cell in cells)
    assert study_planning.plan(session, "small", study).missing == 0
    assert study_planning.submit(session, study_planning.plan(session, "small", study)) == 0


def written(session) -> dict[str, int]:
    """Every whole print with the time it was written."""
    files = (session.root / "small" / "prints").glob("*/[0-9]*.png")
    return {str(path): path.stat().st_mtime_ns for path in files}


def printed(session) -> list[str]:
    """The cells whose files were written, as the log tells them; those taken in count once."""
    log = press_control.log_tail(session, 10_000).splitlines()
    return [line.removeprefix("printed ") for line in log if line.startswith("printed ")]


@pytest.mark.slow
def test_a_cell_that_fails_is_marked_and_the_sweep_goes_on(session) -> None:
    study = small(session, "sampler=ddim,pndm", "seed=1,2")
    job = study_planning.submit(session, study_planning.plan(session, "small", study))
    finish(session, job)
    assert session.store.jobs.get(job).state == "done"
    _, cells = study_planning.find_study(session, "small", study.name)
    assert [bool(cell.print_id) for cell in cells] == [True, True, False, False]
    assert "pndm" in cells[2].error
    files = study_sheets.sheets(session, "small", study.name)
    assert [file.name for file in files] == ["sheet.png"]


@pytest.mark.slow
def test_a_cell_is_the_print_that_render_makes(session) -> None:
    study = small(session, "guidance=2,3", "prompt=sea|sky", "seed=1,2")
    finish(session, study_planning.submit(session, study_planning.plan(session, "small", study)))
    session.edit("small", {"prompt.positive": "sky", "sampling.guidance": 2.0})
    digest = session.digest("small")
    by_sweep = session.file(session.store.prints.find("small", [2], digest)[0].file)
    kept = by_sweep.read_bytes()
    by_sweep.unlink()
    job = session.render("small", [2])
    assert job
    finish(session, job)
    assert by_sweep.read_bytes() == kept


@pytest.mark.slow
def test_an_edition_may_start_from_an_image(session, root: Path) -> None:
    scene(4).save(root / "small" / "sketch.png")
    session.edit("small", {"init.file": "sketch.png", "init.strength": 0.5})
    finish(session, session.render("small", [1]))
    item = session.store.prints.find("small", [1])[0]
    recipe = session.print_recipe(item.digest)
    assert len(recipe.init.sha256) == 64


def test_what_is_asked_is_checked_before_the_first_cell(session, monkeypatch) -> None:
    with pytest.raises(StudyError, match="needs an image"):
        small(session, "strength=0.5")
    for missing in (small(session, "model=nowhere"), small(session, "start=nothing.png")):
        with pytest.raises(Exception, match=r"nowhere|nothing"):
            study_planning.plan(session, "small", missing)
    usage = shutil.disk_usage(session.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=101_000_000))
    with pytest.raises(StudyError, match="GB are free"):
        study_planning.plan(session, "small", small(session, "prompt=a|b", "seed=1..500"))
    assert not session.store.jobs.live()


def test_plans_know_time_and_disk_from_what_was_measured(session) -> None:
    from dataclasses import replace

    recipe: Recipe = session.recipe("small")
    ids = add_prints(session, "small", [1])
    item = session.store.prints.get(ids)[ids[0]]
    from edition.library import metadata
    from edition.press.ingest import describe

    origin = replace(metadata.read(session.file(item.file)), seed=2)
    row = describe(scene(2), origin, slug="small", file=item.file, made=1.0, seconds=0.5)
    session.store.prints.add([row])
    study = small(session, "steps=3,6", "seed=1..4")
    planned = study_planning.plan(session, "small", study)
    assert planned.count == 8
    assert planned.missing == 6  # two are there
    assert planned.seconds == pytest.approx(2 * 0.5 + 4 * 1.0, rel=0.01)
    assert planned.disk_bytes > 6 * 12_000
    assert recipe.sampling.steps == 3


def test_a_study_comes_back_from_its_file(session) -> None:
    study = small(session, "guidance=2,3", "seed=1,2")
    study_planning.submit(session, study_planning.plan(session, "small", study), start=False)
    row = session.store.studies.find("small", study.name)
    session.store.studies.forget(row.id)
    for job in session.store.jobs.live():
        press_control.cancel_job(session, job.id)
    ids = add_prints(session, "small", [1])
    found, cells = study_planning.find_study(session, "small", study.name)
    assert found == study
    assert len(cells) == 4
    assert [cell.print_id for cell in cells if cell.print_id] == list(ids)
    for job in session.store.jobs.live():
        press_control.cancel_job(session, job.id)


def test_differences_are_measured_and_placed() -> None:
    flat = Image.new("RGB", (90, 90), (100, 100, 100))
    other = flat.copy()
    other.paste((255, 255, 0), (65, 5, 85, 25))
    found = difference(flat, other)
    assert found.where == "upper right"
    assert found.share == pytest.approx(400 / 8100, abs=0.001)
    assert found.mean == pytest.approx((155 + 155 + 100) / 3 / 255 * 400 / 8100, rel=0.01)
    assert not found.unseen
    warm = np.asarray(heat(flat, other), int)
    assert warm[15, 75].sum() < warm[60, 20].sum()
    same = difference(flat, flat)
    assert same.unseen
    assert same.where == "all over"
    assert "no visible effect" in verdict("negative", [same, same])
    assert "at 1 of them" in verdict("negative", [same, found])


@pytest.mark.slow
def test_twins_by_the_command_line(session, root: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "twin", "small"]
    done = subprocess.run(
        [*command, "--with", "negative=night", "--seeds", "1..3", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    facts = json.loads(done.stdout)
    assert facts["rendered"] == 6
    means = [pair["mean"] for pair in facts["pairs"]]
    assert means == sorted(means, reverse=True)
    with Image.open(facts["files"][0]) as sheet:
        assert sheet.width > 400
    same = subprocess.run([*command, "--with", "negative="], capture_output=True, text=True)
    assert same.returncode == 9
    assert "changes one setting" in same.stderr
