"""The press as it really runs: a process of its own, killed, paused, cancelled, fed garbage."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.fakes import add_prints

from edition import paths
from edition.actions import press_control
from edition.actions.session import Session
from edition.domain import PressState
from edition.errors import PressError
from edition.library import metadata
from edition.recipe.seeds import parse_seeds

pytestmark = pytest.mark.slow


def wait(condition: Callable[[], object], seconds: float = 180.0) -> None:
    """Polls until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def ended(session: Session, job: int) -> bool:
    return session.store.jobs.state(job) in ("done", "failed", "cancelled")


def whole(path: Path) -> bool:
    with Image.open(path) as image:
        image.load()
    return metadata.read(path) is not None


def printed(root: Path) -> list[int]:
    """Seeds in the order the press says it printed them."""
    log = paths.press_log_file(root).read_text()
    return [int(seed) for seed in re.findall(r"^printed small \w+ seed (\d+)$", log, re.M)]


def test_a_job_is_done_and_shown(session: Session) -> None:
    session.edit("small", {"sampling.steps": 200})  # long enough to be looked at
    job = session.render("small")
    assert session.render("small") == 0  # already asked for
    previews: set[PressState] = set()

    def watch() -> bool:
        state = session.press_state()
        if state.preview:
            previews.add(state)
        return ended(session, job)

    wait(watch)
    done = session.store.jobs.get(job)
    assert (done.state, done.done, done.total) == ("done", 6, 6)
    assert done.seconds_each > 0
    assert previews
    for state in previews:
        assert 0 < state.step <= state.steps == 200
        assert len(state.preview) == len(state.seeds)
        assert all(len(picture) == 3072 for picture in state.preview)
    prints = session.store.prints.find("small", range(1, 7))
    assert [p.seed for p in prints] == [1, 2, 3, 4, 5, 6]
    for item in prints:
        assert item.file == f"small/prints/{item.digest[:12]}/{item.seed}.png"
        origin = metadata.read(session.root / item.file)
        assert origin is not None
        assert (origin.digest, origin.seed) == (item.digest, item.seed)
        assert origin.recipe == session.recipe("small")
    assert session.press_state().pid is not None
    assert session.stop_press()
    assert session.press_state().pid is None


def test_kills_lose_nothing_and_render_nothing_twice(session: Session) -> None:
    chance = random.Random(11)
    wanted = parse_seeds("1..16")
    job = session.render("small", wanted)
    for _ in range(3):
        session.start_press(wait=True)
        pid = session.press_state().pid
        assert pid is not None
        before = len(printed(session.root))
        if chance.random() < 0.8:  # mostly while it draws, sometimes while it loads
            wait(lambda before=before: len(printed(session.root)) > before or ended(session, job))
        time.sleep(chance.random() * 0.3)
        os.kill(pid, signal.SIGKILL)
        wait(lambda: session.press_state().pid is None)
    if not ended(session, job):
        session.start_press(wait=True)
    wait(lambda: ended(session, job))
    assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)
    digest = session.digest("small")
    folder = paths.prints_folder(session.root, "small", digest)
    assert sorted(int(p.stem) for p in folder.glob("*.png")) == list(wanted)
    assert all(whole(path) for path in folder.glob("*.png"))
    assert list(folder.glob(".*")) == []
    assert session.store.prints.seeds("small", digest) == set(wanted)
    said = printed(session.root)
    assert len(said) == len(set(said)), "a seed was printed twice"


def test_a_file_without_a_row_is_taken_in(session: Session) -> None:
    """The kill that came between renaming the file and committing its row."""
    ids = add_prints(session, "small", [1, 2])
    session.store.prints.forget(ids)
    cut = paths.print_file(session.root, "small", session.digest("small"), 2)
    cut.write_bytes(cut.read_bytes()[:500])
    job = session.render("small", [1, 2])
    wait(lambda: ended(session, job))
    assert session.store.prints.counts("small").prints == 2
    assert printed(session.root) == [2]
    assert whole(cut)


def test_the_same_bytes_after_a_restart(session: Session, tmp_path: Path) -> None:
    job = session.render("small", [5])
    wait(lambda: ended(session, job))
    session.stop_press()
    first = paths.print_file(session.root, "small", session.digest("small"), 5).read_bytes()
    other = tmp_path / "other"
    (other / "small").mkdir(parents=True)
    shutil.copy(session.root / "small" / "edition.toml", other / "small")
    with Session(other) as elsewhere:
        job = elsewhere.render("small", [9, 8, 7, 6, 4, 5])
        wait(lambda: ended(elsewhere, job))
        elsewhere.stop_press()
    assert paths.print_file(other, "small", session.digest("small"), 5).read_bytes() == first


def test_jobs_are_paused_resumed_and_cancelled(session: Session) -> None:
    first = session.render("small", [1, 2], start=False)
    second = session.render("small", parse_seeds("10..400"), start=False)
    press_control.pause_job(session, second)
    session.start_press(wait=True)
    wait(lambda: ended(session, first))
    time.sleep(0.5)
    assert session.store.jobs.state(second) == "paused"
    press_control.resume_job(session, second)
    wait(lambda: session.store.jobs.get(second).done > 0)
    press_control.pause(session)
    wait(lambda: session.press_state().state == "paused")
    assert session.store.jobs.state(second) == "queued"
    assert session.store.jobs.get(second).attempts == 0
    press_control.resume(session)
    wait(lambda: session.store.jobs.state(second) == "running")
    press_control.cancel_job(session, second)
    wait(lambda: session.press_state().state == "idle")
    made = session.store.prints.counts("small").prints
    assert 2 < made < 393
    assert session.store.jobs.state(second) == "cancelled"


def test_one_bad_job_does_not_stop_the_others(session: Session) -> None:
    session.edit("small", {"model.base": "gone"})
    bad = session.store.jobs.add("render", "small", {"garbage": True}, 1)
    worse = session.store.jobs.add("nonsense", "small", {}, 1)  # type: ignore[arg-type]
    session.edit("small", {"model.base": "pocket"})
    good = session.render("small", [1])
    wait(lambda: ended(session, good))
    states = [session.store.jobs.state(job) for job in (bad, worse, good)]
    assert states == ["failed", "failed", "done"]
    assert session.store.jobs.get(bad).error
    assert "Traceback" in press_control.log_tail(session, 200)


def test_a_model_that_changes_under_a_job_is_noticed(session: Session, tmp_path: Path) -> None:
    model = shutil.copytree(paths.pocket_folder(), tmp_path / "model")
    session.edit("small", {"model.base": str(model)})
    job = session.render("small", [1], start=False)
    config = model / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text() + " ")
    session.start_press()
    wait(lambda: ended(session, job))
    assert "has changed since" in session.store.jobs.get(job).error


def test_there_is_only_one_press(session: Session) -> None:
    session.start_press()
    first = session.press_state().pid
    session.start_press(wait=True)  # it is on its way: none is started beside it
    assert session.press_state().pid == first
    assert "already running" not in paths.press_log_file(session.root).read_text()
    second = subprocess.run(
        [sys.executable, "-m", "edition.press", "--library", str(session.root)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert second.returncode == 5
    assert "A press is already running" in second.stderr
    assert session.press_state().pid == first


def test_a_press_that_does_not_start_says_why(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own reason, not what a library writes on its way out."""
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "sitecustomize.py").write_text(
        "import atexit, sys; atexit.register(sys.stderr.write, 'W gcs_client.cc: Failed\\n')"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "noise"))
    paths.press_lock_file(session.root).mkdir()
    with pytest.raises(PressError, match="did not start") as caught:
        session.start_press(wait=True)
    assert ".press.lock" in caught.value.message
    assert "gcs_client" not in caught.value.message
    assert "gcs_client" in paths.press_log_file(session.root).read_text()


def test_it_outlives_the_one_who_started_it_and_leaves_when_idle(root: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from edition.actions.session import Session\n"
        "session = Session(Path(sys.argv[1])); session.render('small', [1])\n"
        "session.start_press(wait=True)"
    )
    subprocess.run([sys.executable, "-c", script, str(root)], check=True, timeout=60)
    with Session(root) as session:
        pid = session.press_state().pid
        assert pid is not None
        assert os.getsid(pid) == pid  # a session of its own: a closed terminal doesn't reach it
        wait(lambda: session.store.prints.counts("small").prints == 1)
        os.kill(pid, signal.SIGTERM)
        wait(lambda: session.press_state().pid is None)
    idle = subprocess.run(
        [sys.executable, "-m", "edition.press", "--library", str(root), "--idle", "0"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert idle.returncode == 0
    assert "leaves" in idle.stdout


def test_upscaling_keeps_the_origin_and_skips_what_is_done(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    session.mark(ids[:2], "star")
    job = session.upscale("small")
    wait(lambda: ended(session, job))
    assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)
    assert session.store.prints.counts("small").upscaled == 2
    item = session.store.prints.get(ids[:1])[ids[0]]
    path = session.file(item.upscaled)
    with Image.open(path) as image:
        assert image.size == (512, 512)
    origin = metadata.read(path)
    assert origin is not None
    assert (origin.digest, origin.seed) == (item.digest, item.seed)
    assert origin.upscale["method"] == "lanczos"
    stamp = path.stat().st_mtime_ns
    again = session.upscale("small")
    wait(lambda: ended(session, again))
    assert path.stat().st_mtime_ns == stamp


def test_an_enlarged_file_without_a_row_is_taken_in_and_parts_are_swept(session: Session) -> None:
    """As a kill between file and row, and one while a file was written, leave them."""
    ids = add_prints(session, "small", [1, 2])
    job = session.upscale("small", ids)
    wait(lambda: ended(session, job))
    made = [session.file(session.store.prints.get(ids)[i].upscaled) for i in ids]
    session.store._db.connection.execute("DELETE FROM upscales")
    session.store._db.connection.execute("UPDATE prints SET upscaled = ''")
    drawn = [path.stat().st_ino for path in made]
    made[1].write_bytes(made[1].read_bytes()[:-200])  # cut: enlarged anew
    part = made[0].with_name(f".{made[0].name}.abc.part")
    part.write_bytes(b"half")
    again = session.upscale("small", ids)
    wait(lambda: ended(session, again))
    assert session.store.jobs.state(again) == "done", session.store.jobs.get(again)
    assert not part.exists()
    assert [path.stat().st_ino == before for path, before in zip(made, drawn, strict=True)] == [
        True, False,
    ]  # fmt: skip
    assert all(whole(path) for path in made)
    prints = session.store.prints.get(ids)
    assert [session.file(prints[i].upscaled) for i in ids] == made
    facts = session.store.prints.upscale_facts(prints[ids[0]].upscaled)
    assert (facts.method, facts.width) == ("lanczos", 512)


def test_a_broken_print_fails_alone(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    broken = session.file(session.store.prints.get(ids)[ids[0]].file)
    broken.write_bytes(broken.read_bytes()[:300])
    job = session.upscale("small", ids)
    wait(lambda: ended(session, job))
    failed = session.store.jobs.get(job)
    assert failed.state == "failed"
    assert failed.error.startswith("seed 1:")
    assert session.store.prints.counts("small").upscaled == 1
