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

from edition.desk import studies, study_sheets
from edition.errors import StudyError
from edition.recipe.recipe import Recipe
from edition.study import asked, axes
from edition.study.twin import difference, heat, verdict


def small(desk, *wanted: str, kind: str = "sweep") -> asked.Study:
    recipe = desk.recipe("small")
    return asked.ask(recipe, [axes.parse(text) for text in wanted], kind=kind)  # type: ignore[arg-type]


def finish(desk, job: int, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while desk.store.jobs.get(job).state in ("queued", "running"):
        if desk.press_state().pid is None:
            desk.start_press(wait=True)
        assert time.monotonic() < deadline, desk.failure_log()
        time.sleep(0.1)


@pytest.mark.slow
def test_a_sweep_killed_at_random_renders_no_cell_twice_and_misses_none(desk) -> None:
    study = small(desk, "guidance=1,2,3,4", "prompt=sea|sky", "seed=1..4")
    planned = studies.plan(desk, "small", study)
    assert planned.count == planned.missing == 32
    assert planned.seconds is None
    job = studies.submit(desk, planned)
    chance = random.Random(7)
    kills, kept = 0, dict[str, int]()
    while kills < 3 and desk.store.jobs.get(job).state in ("queued", "running"):
        desk.start_press(wait=True)
        before = len(printed(desk))
        deadline = time.monotonic() + 60
        while len(printed(desk)) <= before and time.monotonic() < deadline:
            time.sleep(0.02)  # it has got on since it was started, so the job ends some day
        time.sleep(chance.random() * 0.5)
        if pid := desk.press_state().pid:
            os.kill(pid, signal.SIGKILL)
            kills += 1
            kept |= written(desk)
    finish(desk, job)
    assert kills
    assert set(Counter(printed(desk)).values()) == {1}
    now = written(desk)
    assert len(now) == 32
    assert kept.items() <= now.items()  # what was there at a kill was never written again
    _, cells = studies.find_study(desk, "small", study.name)
    assert all(cell.print_id for cell in cells)
    assert studies.plan(desk, "small", study).missing == 0
    assert studies.submit(desk, studies.plan(desk, "small", study)) == 0


def written(desk) -> dict[str, int]:
    """Every whole print with the time it was written."""
    files = (desk.root / "small" / "prints").glob("*/[0-9]*.png")
    return {str(path): path.stat().st_mtime_ns for path in files}


def printed(desk) -> list[str]:
    """The cells whose files were written, as the log tells them; those taken in count once."""
    log = desk.failure_log(10_000).splitlines()
    return [line.removeprefix("printed ") for line in log if line.startswith("printed ")]


@pytest.mark.slow
def test_a_cell_that_fails_is_marked_and_the_sweep_goes_on(desk) -> None:
    study = small(desk, "sampler=ddim,pndm", "seed=1,2")
    job = studies.submit(desk, studies.plan(desk, "small", study))
    finish(desk, job)
    assert desk.store.jobs.get(job).state == "done"
    _, cells = studies.find_study(desk, "small", study.name)
    assert [bool(cell.print_id) for cell in cells] == [True, True, False, False]
    assert "pndm" in cells[2].error
    files = study_sheets.sheets(desk, "small", study.name)
    assert [file.name for file in files] == ["sheet.png"]


@pytest.mark.slow
def test_a_cell_is_the_print_that_render_makes(desk) -> None:
    study = small(desk, "guidance=2,3", "prompt=sea|sky", "seed=1,2")
    finish(desk, studies.submit(desk, studies.plan(desk, "small", study)))
    desk.edit("small", {"prompt.positive": "sky", "sampling.guidance": 2.0})
    digest = desk.digest("small")
    by_sweep = desk.file(desk.store.prints.find("small", [2], digest)[0].file)
    kept = by_sweep.read_bytes()
    by_sweep.unlink()
    job = desk.render("small", [2])
    assert job
    finish(desk, job)
    assert by_sweep.read_bytes() == kept


@pytest.mark.slow
def test_an_edition_may_start_from_an_image(desk, root: Path) -> None:
    scene(4).save(root / "small" / "sketch.png")
    desk.edit("small", {"init.file": "sketch.png", "init.strength": 0.5})
    finish(desk, desk.render("small", [1]))
    item = desk.store.prints.find("small", [1])[0]
    recipe = desk.print_recipe(item.digest)
    assert len(recipe.init.sha256) == 64


def test_what_is_asked_is_checked_before_the_first_cell(desk, monkeypatch) -> None:
    with pytest.raises(StudyError, match="needs an image"):
        small(desk, "strength=0.5")
    for missing in (small(desk, "model=nowhere"), small(desk, "start=nothing.png")):
        with pytest.raises(Exception, match=r"nowhere|nothing"):
            studies.plan(desk, "small", missing)
    usage = shutil.disk_usage(desk.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=101_000_000))
    with pytest.raises(StudyError, match="GB are free"):
        studies.plan(desk, "small", small(desk, "prompt=a|b", "seed=1..500"))
    assert not desk.store.jobs.live()


def test_plans_know_time_and_disk_from_what_was_measured(desk) -> None:
    from dataclasses import replace

    recipe: Recipe = desk.recipe("small")
    ids = add_prints(desk, "small", [1])
    item = desk.store.prints.get(ids)[ids[0]]
    from edition.library import metadata
    from edition.press.adopt import describe

    origin = replace(metadata.read(desk.file(item.file)), seed=2)
    row = describe(scene(2), origin, slug="small", file=item.file, made=1.0, seconds=0.5)
    desk.store.prints.add([row])
    study = small(desk, "steps=3,6", "seed=1..4")
    planned = studies.plan(desk, "small", study)
    assert planned.count == 8
    assert planned.missing == 6  # two are there
    assert planned.seconds == pytest.approx(2 * 0.5 + 4 * 1.0, rel=0.01)
    assert planned.disk_bytes > 6 * 12_000
    assert recipe.sampling.steps == 3


def test_a_study_comes_back_from_its_file(desk) -> None:
    study = small(desk, "guidance=2,3", "seed=1,2")
    studies.submit(desk, studies.plan(desk, "small", study), start=False)
    row = desk.store.studies.find("small", study.name)
    desk.store.studies.forget(row.id)
    for job in desk.store.jobs.live():
        desk.cancel_job(job.id)
    ids = add_prints(desk, "small", [1])
    found, cells = studies.find_study(desk, "small", study.name)
    assert found == study
    assert len(cells) == 4
    assert [cell.print_id for cell in cells if cell.print_id] == list(ids)
    for job in desk.store.jobs.live():
        desk.cancel_job(job.id)


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
    assert "nothing that can be seen" in verdict("negative", [same, same])
    assert "at 1 of them" in verdict("negative", [same, found])


@pytest.mark.slow
def test_twins_by_the_command_line(desk, root: Path) -> None:
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
    assert "differ in one thing" in same.stderr
