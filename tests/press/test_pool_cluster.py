"""The pool over a real Ray cluster of two nodes, and real pictures by one to three workers."""

import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.conftest import SMALL

from edition.actions import films, study_planning
from edition.actions.session import Session
from edition.domain import WorkerState
from edition.errors import PressError
from edition.library import metadata
from edition.press.job_payloads import submit_upscale
from edition.press.pool import ray_cluster
from edition.recipe.seeds import parse_seeds
from edition.recipe.upscale_settings import UpscaleSettings
from edition.studies import axes, study_spec
from tools import sleeping_worker
from tools.pooled_press import PooledPress, files, finished, wait

pytestmark = pytest.mark.slow
RAY = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token",
    "RAY_health_check_period_ms": "1000", "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3", "OMP_NUM_THREADS": "1",
}  # fmt: skip
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file exists no sleeping worker of the cluster ends a batch."""
    return tmp_path_factory.mktemp("held") / "held"


@pytest.fixture(scope="module")
def cluster(held: Path) -> Iterator[object]:
    """A head and one more node, with a token, as processes of this machine."""
    before = dict(os.environ)
    sleeping = sleeping_worker.behaviour(held=str(held))  # an actor has its node's variables
    os.environ.update(RAY | {"RAY_AUTH_TOKEN": secrets.token_hex(32)} | sleeping)
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    made.add_node(**NODE)
    yield made
    made.shutdown()
    os.environ.clear()
    os.environ.update(before)


def library(root: Path) -> Session:
    (root / "small").mkdir(parents=True)
    (root / "small" / "edition.toml").write_text(SMALL)
    return Session(root)


def worked(session: Session, monkeypatch: pytest.MonkeyPatch, *options: str) -> dict[str, bytes]:
    """Seeds, a sweep, enlargements and a film by a press with real workers; all files."""
    monkeypatch.setattr("edition.press.control.start", lambda *_, **__: None)
    seeds = session.render("small", parse_seeds("1..24"))
    study = study_spec.ask(session.recipe("small"), [axes.parse("guidance=1.5,4")])
    study_planning.submit(session, study_planning.plan(session, "small", study))
    press = PooledPress(session.root, *options, real=True)
    try:
        finished(session, seeds)
        assert session.store.jobs.get(seeds).state == "done", session.store.jobs.get(seeds)
        digest = session.digest("small")  # the sweep may be done by now, or not
        some = [p for p in session.store.prints.find("small", range(1, 5)) if p.digest == digest]
        large = submit_upscale(
            session.store, "small", [p.id for p in some], UpscaleSettings(method="lanczos")
        )
        films.film(session, "small", 3, session.recipe("small"))
        jobs = [job.id for job in session.store.jobs.live()]
        finished(session, large, *jobs)
        assert {session.store.jobs.get(job).state for job in (large, *jobs)} == {"done"}
    finally:
        press.leave()
    film = sorted((session.root / "small" / "studies").rglob("*.webp"))
    found = files(session.root) | files(session.root, "upscaled")
    return found | {path.name: path.read_bytes() for path in film}


@pytest.fixture(scope="module")
def by_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same work by one device, in the press's own process."""
    patch = pytest.MonkeyPatch()
    try:
        with library(tmp_path_factory.mktemp("one") / "library") as session:
            return worked(session, patch, "--device", "cpu")
    finally:
        patch.undo()


def test_three_children_make_the_bytes_of_one_process(
    tmp_path: Path, by_one: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with library(tmp_path / "library") as session:
        assert worked(session, monkeypatch, "--devices", "cpu*3") == by_one
    assert len([name for name in by_one if "/prints/" in name]) > 24, "the sweep's too"
    assert len([name for name in by_one if "/upscaled/" in name]) == 4
    assert len([name for name in by_one if name.endswith(".webp")]) == 1


def test_two_machines_of_a_cluster_make_the_bytes_of_one_process(
    cluster, tmp_path: Path, by_one: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with library(tmp_path / "library") as session:
        found = worked(
            session, monkeypatch, "--cluster", cluster.address,
            "--worker-root", str(tmp_path / "not here"),
        )  # fmt: skip
        log = (session.root / ".press.log").read_text()
    assert found == by_one
    assert log.count("sends pictures back") == 2


def workers(session: Session, *states: str) -> list[WorkerState]:
    return [w for w in session.press_state().workers if not states or w.state in states]


def test_machines_join_leave_and_die_during_a_job(
    cluster, held: Path, session: Session, root: Path
) -> None:
    seeds = parse_seeds("1..40")
    number = session.render("small", seeds, start=False)
    held.touch()  # else a fast job ends before a slow machine has joined
    press = PooledPress(root, "--cluster", cluster.address)
    late = None
    try:
        wait(lambda: len(workers(session, "working")) == 2)
        late = cluster.add_node(**NODE)
        wait(lambda: len(workers(session, "working")) == 3)
        os.kill(workers(session, "working")[0].pid, signal.SIGKILL)
        # the sleeping workers have no delay of their own: a raylet dies while they draw
        cluster.remove_node(late, allow_graceful=False)
        late = None
        wait(lambda: len(workers(session)) == 2)
        held.unlink()
        finished(session, number)
        assert session.store.jobs.get(number).state == "done"
        pids = [w.pid for w in workers(session)]
    finally:
        held.unlink(missing_ok=True)
        press.leave()
        if late is not None:
            cluster.remove_node(late)
    assert session.store.prints.seeds("small", session.digest("small")) == set(seeds)
    assert all(metadata.read(root / name) for name in files(root))
    printed = [line for line in press.log().splitlines() if line.startswith("printed")]
    assert len(printed) == len(set(printed)) == len(seeds)
    assert "writes in place" in press.log()
    wait(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_a_press_that_is_killed_leaves_no_actor(cluster, session: Session, root: Path) -> None:
    number = session.render("small", parse_seeds("1..30"), start=False)
    press = PooledPress(root, "--cluster", cluster.address)
    wait(lambda: sum(w.pictures for w in workers(session)) > 4)
    pids = [w.pid for w in workers(session)]
    press.process.kill()
    press.ended()
    wait(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    again = PooledPress(root, "--cluster", cluster.address)
    try:
        finished(session, number)
        assert session.store.jobs.get(number).state == "done"
    finally:
        again.leave()
    assert len(files(root)) == 30


def test_a_refused_token_is_said(cluster, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    root.mkdir(exist_ok=True)
    press = PooledPress(root, "--cluster", cluster.address)
    assert press.ended() == PressError("").exit_code
    assert "refuses this machine's token. Set RAY_AUTH_MODE=token" in press.log()


def test_a_cluster_that_does_not_answer_is_named_in_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    press = PooledPress(root, "--cluster", f"127.0.0.1:{port}")
    assert press.ended() == PressError("").exit_code
    assert f"There is no cluster at 127.0.0.1:{port}" in press.log()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        port = silent.getsockname()[1]
        press = PooledPress(root, "--cluster", f"127.0.0.1:{port}")
        assert press.ended() == PressError("").exit_code
        assert time.monotonic() - began < 4 * ray_cluster.CONNECT_SECONDS
    assert f"127.0.0.1:{port} does not answer within 10 s" in press.log()
