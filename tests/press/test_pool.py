"""Many workers under one press: real child processes, killed, stopped, odd ones; they sleep."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from edition import paths
from edition.actions.session import Session
from edition.domain import Job, WorkerState
from edition.errors import PressError
from edition.library import metadata
from edition.press import control
from edition.press.job_payloads import TrainJob, submit_train
from edition.press.pool import device_list, pooled_loop, worker_server
from edition.press.pool.pool_snapshot import Snapshot
from edition.press.pool.pool_task import Task, choose
from edition.recipe.seeds import parse_seeds
from edition.tui.format_status import worker_lines
from tools.pooled_press import ROOT, PooledPress, files, finished, wait
from tools.sleeping_worker import CORE


@pytest.fixture
def presses() -> Iterator[list[PooledPress]]:
    """Presses of a test: whatever becomes of it, they and their workers end."""
    made: list[PooledPress] = []
    yield made
    for press in made:
        if press.process.poll() is None:
            press.leave()


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """While this file exists nothing ends that a sleeping worker has begun."""
    file = tmp_path / "held"
    file.touch()
    return file


def workers(session: Session, *states: str) -> list[WorkerState]:
    return [w for w in session.press_state().workers if not states or w.state in states]


def printed(press: PooledPress) -> list[int]:
    return [int(line.split()[-1]) for line in press.log().splitlines() if line[:7] == "printed"]


@pytest.mark.parametrize(
    ("text", "devices"),
    [("cuda:0,cuda:1", ("cuda:0", "cuda:1")), ("cpu*2", ("cpu", "cpu")), ("cpu", ("cpu",)),
     ("cuda:1, cpu*2", ("cuda:1", "cpu", "cpu"))],
)  # fmt: skip
def test_devices_are_read(text: str, devices: tuple[str, ...]) -> None:
    assert device_list.parse(text) == devices


@pytest.mark.parametrize(
    ("text", "what"),
    [("cuda:0,cuda:0", "twice"), ("cuda:0*2", "twice"), ("gpu", "no device 'gpu'"), ("", "''"),
     ("cpu*0", "0 workers"), ("cpu*999", "999"), ("cuda", "no device"), ("cpu;rm", "no device")],
)  # fmt: skip
def test_devices_that_can_not_be_are_refused(text: str, what: str) -> None:
    with pytest.raises(PressError, match=None) as caught:
        device_list.parse(text)
    assert what in caught.value.message
    assert caught.value.hint


def test_a_card_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert device_list.present("auto") == ("cuda:0", "cuda:1")
    with pytest.raises(PressError, match="no device cuda:7"):
        device_list.present("cuda:0,cuda:7")


@pytest.mark.parametrize("text", ["nowhere", "host:", ":1", "host:99999", "host:x"])
def test_addresses_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(PressError, match="no address"):
        device_list.address(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [("[press]\ndevices = 3", "press.devices"), ("[press]\ndevice = 'cpu'", "press.device "),
     ("[pres]", "pres "), ("[press", "settings.toml"), ("press = 1", "press is 1"),
     ("[press]\ndevices = 'cuda:0,cuda:0'", "twice"), ("[press]\nmixed = 'yes'", "press.mixed"),
     ("[press]\ndevices='cpu'\ncluster='auto'", "at once"), ("[press]\ncluster='x'", "no address")],
)  # fmt: skip
def test_settings_act_or_are_refused(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(PressError) as caught:
        device_list.settings(file)
    assert named in caught.value.message


def test_settings_choose_the_devices_of_every_press(tmp_path: Path) -> None:
    assert device_list.settings(tmp_path / "none.toml") == device_list.Wanted()
    (tmp_path / "settings.toml").write_text('[press]\ndevices = "cpu*2"\nmixed = true\n')
    wanted = device_list.settings(tmp_path / "settings.toml")
    assert wanted == device_list.Wanted("cpu*2", "", True)
    assert wanted.arguments() == ["--devices=cpu*2", "--mixed"]


def test_one_device_needs_nothing_of_a_pool() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, edition.press.__main__, edition.press.loop\n"
         "print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert not loaded & {"ray", "torch", "edition.press.pool.worker_pool"}
    assert "edition.press.loop" in loaded


def task(model: str, age: int) -> Task:
    return Task({"do": "render"}, 1, (0, age), replies=None, model=model)  # type: ignore[arg-type]


def test_work_is_handed_out_by_model_then_by_age() -> None:
    queued = [task("b", 1), task("a", 2), task("a", 3), task("c", 4)]
    assert choose(queued, "a", set()) is queued[1]
    assert choose(queued, "a", set(), affinity=False) is queued[0]
    assert choose(queued, "x", set()) is queued[0]
    assert choose(queued, "x", {"b"}) is queued[1], "b is left to the one that holds it"
    assert choose(queued[:1], "x", {"b"}) is queued[0], "but nobody is idle while there is work"
    assert choose([], "x", set()) is None


def job(number: int, base: str) -> Job:
    recipe = {"title": "T", "model": {"base": base}}
    return Job(
        id=number, kind="render", slug="s", payload={"recipe": recipe}, state="queued",
        position=number, done=0, total=1, attempts=0, message="", error="", hint="",
        seconds_each=0, created=0, started=0, finished=0,
    )  # fmt: skip


def test_jobs_are_begun_by_model_then_by_age_and_none_waits_for_ever() -> None:
    queue = [job(1, "x"), job(2, "y"), job(3, "x")]
    holds_y = Snapshot(idle=(pooled_loop.model_of(queue[1]),))
    passed: dict[int, int] = {}
    assert pooled_loop.next_job(queue, Snapshot(idle=("",)), passed) is queue[0]
    for _ in range(pooled_loop.MOST_PASSED):
        assert pooled_loop.next_job(queue, holds_y, passed) is queue[1]
    assert pooled_loop.next_job(queue, holds_y, passed) is queue[0]
    moved = [queue[2], queue[1]]
    assert pooled_loop.next_job(moved, holds_y, {}) is queue[2], "moved up by hand: it is next"


def test_a_card_is_waited_for_until_it_is_as_free_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = iter([10, 50, 95])
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (next(free), 100))
    monkeypatch.setattr("time.sleep", lambda _: None)
    worker_server.wait_for_memory(100, "cuda:0")
    assert list(free) == []
    worker_server.wait_for_memory(100, "cpu")


def test_workers_are_seen_and_share_the_work(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    number = session.render("small", parse_seeds("1..12"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", seconds=0.05))
    finished(session, number)
    wait(lambda: sum(w.pictures for w in workers(session, "idle")) == 12)
    assert session.store.jobs.get(number).state == "done"
    assert sorted(printed(presses[0])) == list(range(1, 13))
    both = workers(session)
    assert all(w.pictures > 0 and w.seconds_each > 0 and w.pid for w in both), both
    told = json.loads(cli(root, "press", "status", "--json"))
    assert [w["name"] for w in told["workers"]] == ["1", "2"]
    assert {w["model"] for w in told["workers"]} == {"pocket"}
    assert "2 × a sleeping card" in told["device"]
    text = cli(root, "press", "status")
    assert text.count("a sleeping card") == 3
    assert "s a picture" in text
    with pytest.raises(PressError, match="runs already"):
        session.start_press_on("cpu*2")
    for worker in both:
        psutil.Process(worker.pid)
    presses[0].leave()
    wait(lambda: not any(psutil.pid_exists(w.pid) for w in both))
    assert not (root / ".pool-token").exists()


def cli(root: Path, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "edition.cli", "--library", str(root), *words],
        capture_output=True, text=True, check=True, timeout=60, cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout  # fmt: skip


def test_the_press_screen_says_what_each_worker_does() -> None:
    one = WorkerState("1", "atelier", "RTX 4090", 7, "working", "sdxl", 1.5, 12, 1, "killed")
    lines = worker_lines([one] * 5, 3)
    assert "atelier · RTX 4090 · working · sdxl · 1.5 s a picture · 1 batch lost" in lines[0]
    assert lines[2:] == ["and 3 workers more"]
    assert worker_lines([], 3) == []


def test_devices_of_several_kinds_are_refused_unless_asked_for(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    titles = {"2": "another card"}
    press = PooledPress(root, "--devices", "cpu*2", titles=titles)
    presses.append(press)
    assert press.ended() == PressError("").exit_code
    assert "devices of several kinds draw other bytes" in press.log()
    assert "another card" in press.log()
    assert "--mixed" in press.log().splitlines()[-1]
    number = session.render("small", parse_seeds("1..16"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", "--mixed", titles=titles, seconds=0.1))
    finished(session, number)
    assert session.store.jobs.get(number).state == "done"
    drawn = {metadata.read(root / name).made_with["device"] for name in files(root)}  # type: ignore[union-attr]
    assert drawn == {"a sleeping card", "another card"}, "each print says which drew it"


@pytest.mark.parametrize(
    ("odd", "words"),
    [("weights", "has other weights here"), ("missing", "There is no model"),
     ("canary", "The canary seed has other pixels than on worker"),
     ("versions", "other versions: torch 1.0 (here")],
)  # fmt: skip
def test_a_worker_that_would_draw_other_pictures_is_left_out(
    session: Session, root: Path, presses: list[PooledPress], odd: str, words: str
) -> None:
    number = session.render("small", parse_seeds("1..8"), start=False)
    # the second says so after the first has drawn its canary
    presses.append(
        PooledPress(root, "--devices", "cpu*2", **{odd: {"2": True}}, load=0.2, seconds=0.1)
    )
    finished(session, number)
    assert session.store.jobs.get(number).state == "done"
    odd_one = workers(session)[1]
    if odd == "canary":  # whoever draws first is the measure
        assert any(words in w.words for w in workers(session)), workers(session)
        return
    assert words in odd_one.words
    assert odd_one.machine in odd_one.words
    assert odd_one.pictures == 0
    assert len(files(root)) == 8


def test_a_model_that_no_machine_has_fails_the_job_by_name(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    number = session.render("small", [1], start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", missing={"1": True, "2": True}))
    finished(session, number)
    failed = session.store.jobs.get(number)
    assert failed.state == "failed"
    assert "There is no model 'pocket'" in failed.error
    again = session.render("small", [1], start=False)
    finished(session, again)
    assert "There is no model 'pocket'" in session.store.jobs.get(again).error


def test_a_batch_at_which_three_workers_die_is_given_up_and_no_other(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    number = session.render("small", parse_seeds("1..8"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", dies=[5], batch=1, seconds=0.05))
    finished(session, number)
    failed = session.store.jobs.get(number)
    assert failed.state == "failed"
    assert failed.error.startswith("Seeds 5: 3 workers were lost at it")
    assert "SIGKILL" in failed.error
    assert sorted(printed(presses[0])) == [1, 2, 3, 4, 6, 7, 8]
    assert sum(w.lost for w in workers(session)) >= 3


def test_ten_kills_of_workers_and_of_the_press_lose_nothing_and_file_nothing_twice(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    chance, seeds = random.Random(3), parse_seeds("1..120")
    number = session.render("small", seeds, start=False)
    options = ("--devices", "cpu*3")
    presses.append(PooledPress(root, *options, seconds=0.05))
    kills = filed = 0
    while kills < 10:
        wait(lambda n=filed: workers(session, "working") and len(printed(presses[-1])) > n)
        filed, state = len(printed(presses[-1])), session.press_state()
        if kills in (4, 8):
            presses[-1].process.kill()
            presses[-1].ended()
            wait(lambda state=state: not any(alive(w.pid) for w in state.workers))
            presses.append(PooledPress(root, *options, seconds=0.05))
        else:
            pids = [w.pid for w in workers(session, "working") if alive(w.pid)]
            if not pids:
                continue  # the one that was killed last is still recorded
            os.kill(chance.choice(pids), signal.SIGKILL)
        kills += 1
        if session.store.jobs.get(number).state == "done":
            pytest.fail("it was done before it was killed: give it more to do")
    finished(session, number)
    assert session.store.jobs.get(number).state == "done"
    said = printed(presses[-1])  # the log has all presses' lines
    assert len(said) == len(set(said)), "a seed was filed twice"
    assert session.store.prints.seeds("small", session.digest("small")) == set(seeds)
    assert len(files(root)) == len(seeds)
    assert all(metadata.read(root / name) for name in files(root))


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_a_silent_worker_is_replaced(session: Session, root: Path, presses: list) -> None:
    number = session.render("small", parse_seeds("1..60"), start=False)
    script = (
        "import sys; from edition.press.pool import worker_record;"
        "worker_record.SILENCE_SECONDS = 2.0;"
        "from edition.press.__main__ import main; sys.exit(main())"
    )
    with (root / ".press.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", script, "--library", str(root), "--devices", "cpu*2",
             "--core", CORE],
            cwd=ROOT, stdout=log, stderr=log,
            env=os.environ | {"EDITION_SLEEPING": '{"seconds": 0.1}'},
        )  # fmt: skip
    try:
        wait(lambda: sum(w.pictures for w in workers(session)) > 8)
        frozen = workers(session)[0].pid
        os.kill(frozen, signal.SIGSTOP)
        finished(session, number)
        assert session.store.jobs.get(number).state == "done"
        assert "silent for" in (root / ".press.log").read_text()
        assert not alive(frozen)
        assert len(files(root)) == 60
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_cancel_and_pause_end_within_one_step_of_a_worker(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    number = session.render("small", parse_seeds("1..40"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", seconds=5.0))
    wait(lambda: len(workers(session, "working")) == 2)
    pids = {w.pid for w in workers(session)}
    session.store.jobs.pause(number)
    wait(lambda: len(workers(session, "idle")) == 2)
    session.store.jobs.resume(number)
    wait(lambda: len(workers(session, "working")) == 2)
    session.store.press.want("pause")
    wait(lambda: session.press_state().state == "paused" and len(workers(session, "idle")) == 2)
    assert session.store.jobs.get(number).state == "queued"
    session.store.press.want("run")
    wait(lambda: len(workers(session, "working")) == 2)
    session.store.jobs.cancel(number)
    wait(lambda: len(workers(session, "idle")) == 2)
    assert {w.pid for w in workers(session)} == pids, "none had to be killed for it"
    assert control.stop(session.store)
    assert presses[0].ended() == 0


def test_a_job_that_begins_leaves_what_another_is_writing(
    session: Session, root: Path, presses: list[PooledPress], held: Path
) -> None:
    jobs = session.store.jobs
    long = session.render("small", parse_seeds("1..4"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", batch=4, held=str(held)))
    wait(lambda: workers(session, "working"))
    part = paths.print_file(root, "small", session.digest("small"), 9).with_name(".9.png.x.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    short = session.render("small", [5], start=False)
    wait(lambda: len(workers(session, "working")) == 2)  # each with a batch of one of the two
    assert (jobs.state(long), jobs.state(short)) == ("running", "running")
    assert part.exists()
    held.unlink()
    finished(session, long, short)
    finished(session, session.render("small", [6], start=False))
    assert not part.exists(), "nobody writes there any more"


def test_a_training_has_one_worker_and_the_others_go_on(
    session: Session, root: Path, presses: list[PooledPress], held: Path
) -> None:
    recipe = session.recipe("small")
    training = submit_train(session.store, "small", TrainJob(kind="dreambooth", recipe=recipe))
    seeds = session.render("small", parse_seeds("1..12"), start=False)
    presses.append(PooledPress(root, "--devices", "cpu*2", held=str(held)))
    wait(lambda: {j.id for j in session.store.jobs.live() if j.state == "running"} == {1, 2})
    held.unlink()
    finished(session, training, seeds)
    done = session.store.jobs.get(training)
    assert (done.state, done.message) == ("done", ""), done
    assert (root / "small-bent" / "edition.toml").is_file()
    [run] = session.store.runs.all("small")
    assert [point.step for point in session.store.runs.curve(run.id)] == [1, 2, 3, 4, 5]
    assert "note: it sleeps" in presses[0].log()


def test_a_training_needs_a_worker_that_sees_the_library(
    session: Session, root: Path, presses: list[PooledPress]
) -> None:
    wanted = TrainJob(kind="dreambooth", recipe=session.recipe("small"))
    training = submit_train(session.store, "small", wanted)
    presses.append(PooledPress(root, "--devices", "cpu", "--worker-root", "/nowhere"))
    finished(session, training)
    assert "no worker's machine sees it" in session.store.jobs.get(training).error


def test_a_worker_off_the_library_sends_its_pictures_back(
    session: Session, root: Path, tmp_path: Path, presses: list[PooledPress]
) -> None:
    number = session.render("small", [1, 2, 3], start=False)
    presses.append(
        PooledPress(root, "--devices", "cpu", "--worker-root", str(tmp_path / "elsewhere"))
    )
    finished(session, number)
    wait(lambda: workers(session, "idle"))
    assert "sends pictures back" in presses[0].log()
    assert len(files(root)) == 3
    assert all(metadata.read(root / name) for name in files(root))
    assert not (tmp_path / "elsewhere").exists()
