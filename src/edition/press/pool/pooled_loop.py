"""The press's loop over many workers: a job for whoever has nothing to do, several at once."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from edition import upscale
from edition.library.store import Store
from edition.press import loop
from edition.press.batching import todo_maker
from edition.press.loop import Press
from edition.press.pool import channels, device_list
from edition.press.pool.ray_cluster import Cluster
from edition.press.pool.worker_pool import Choices, Pool
from edition.recipe.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.domain import Job
    from edition.press.pool.device_list import Wanted
    from edition.press.pool.pool_snapshot import Snapshot

SETTLE_SECONDS = 200.0
"""For all workers to join; those that take longer join later."""
_TICK_SECONDS = 0.05
_LEAVE_SECONDS = 30.0
MOST_PASSED = 8
"""A job is passed over so often by jobs whose model is loaded, and then it is next."""
_MOST_PREVIEWS = 16


class JobPress(Press):
    """What one of several jobs sees of the press: a library connection and notes of its own."""

    def __init__(self, parent: Press) -> None:
        """Opens the library for the thread that calls."""
        self.root, self.parent = parent.root, parent
        self.store = Store(parent.root)
        self.device_wanted, self.state = parent.device_wanted, parent.state
        self.notes: dict[str, None] = {}
        self.pool, self.preparing = parent.pool, True
        self._seen_version, self._said = -1, 0.0

    def say(self, state: Any = None, **facts: Any) -> None:  # noqa: ANN401
        """The press's row covers all jobs: the main thread writes it."""

    def is_stopping(self) -> bool:
        """Of the press."""
        return self.parent.is_stopping()

    def unload(self) -> None:
        """The press's own process holds no weights."""


def opened(wanted: Wanted, choices: Choices) -> Callable[[Press, float], None] | None:
    """What works for a press with the devices that were asked for.

    Args:
        wanted: devices or a cluster.
        choices: how the pool works.

    Returns:
        None where one device is all there is: the press computes in its own process.

    Raises:
        PressError: a device isn't there, or is named twice.
    """
    wanted.check()
    if wanted.cluster:
        return lambda press, idle: _run(press, idle, choices, wanted.cluster, ())
    devices = device_list.present(wanted.devices)
    if wanted.devices == "auto" and len(devices) == 1:
        return None
    return lambda press, idle: _run(press, idle, choices, "", devices)


def _run(
    press: Press, idle_seconds: float, choices: Choices, address: str, devices: tuple[str, ...]
) -> None:
    cluster: Cluster | None = None
    if address:
        cluster = Cluster(address)
    try:
        seats = cluster.seats() if cluster else channels.child_seats(devices)
        press.pool = Pool(press.root, seats, choices, loop.log)
        try:
            press.pool.wait_settled(SETTLE_SECONDS, press.leaving)
            if cluster:
                cluster.watch(press.pool.reseat)
            Shift(press, press.pool).work(idle_seconds)
        finally:
            press.pool.close()
    finally:
        if cluster:
            cluster.leave()


class Shift:
    """The running jobs, a thread each."""

    def __init__(self, press: Press, pool: Pool) -> None:
        """Begins with none."""
        self._press, self._pool = press, pool
        self._running: dict[threading.Thread, JobPress | None] = {}
        self._passed: dict[int, int] = {}
        self._said: tuple[object, ...] = ()

    def work(self, idle_seconds: float) -> None:
        """Works as ``edition.press.loop.run`` says.

        While jobs wait and workers are still coming up, or coming back, the press stays.

        Raises:
            PressError: jobs wait, and no worker is left that could come back.
        """
        press, idle_since, loaded = self._press, time.monotonic(), False
        while not press.leaving():
            self._running = {t: p for t, p in self._running.items() if t.is_alive()}
            wanted = press.store.press.wanted()
            if wanted == "run" and self._hungry() and self._begin():
                loaded = True
                continue
            self._say("paused" if wanted == "pause" else "working" if self._running else "idle")
            now = time.monotonic()
            if (
                self._running
                or wanted == "pause"
                or (self._waiting() and self._pool.snapshot.hopeful)
            ):
                idle_since = now
            elif now - idle_since > idle_seconds:
                if self._waiting():
                    self._pool.check_settled()
                break
            if loaded and now - idle_since >= loop.KEEP_SECONDS:
                self._pool.unload()
                upscale.release()
                loaded = False
            if self._running:
                time.sleep(_TICK_SECONDS)
            else:
                loop.wait_for_news(press)
        press.stop()  # whatever the reason: jobs end at their next step
        deadline = time.monotonic() + _LEAVE_SECONDS
        for thread in self._running:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _waiting(self) -> bool:
        """Whether a job waits to be begun."""
        return any(job.state == "queued" for job in self._press.store.jobs.live())

    def _hungry(self) -> bool:
        """Whether a worker has nothing to do and no running job is about to give it some."""
        preparing = any(job is None or job.preparing for job in self._running.values())
        return bool(self._pool.snapshot.idle) and not preparing

    def _begin(self) -> bool:
        """Takes the next job; False when none waits."""
        live = self._press.store.jobs.live()
        queued = [job for job in live if job.state == "queued"]
        chosen = queued[0] if queued else None
        if self._pool.choices.affinity:
            chosen = next_job(queued, self._pool.snapshot, self._passed)
        job = self._press.store.jobs.claim(chosen.id) if chosen else None
        if job is None:
            return False
        if job.slug not in {other.slug for other in live if other.state == "running"}:
            loop.sweep(self._press.root, job.slug)  # here: no other job begins meanwhile
        thread = threading.Thread(target=self._do, args=(job,), name=f"job {job.id}")
        self._running[thread] = None
        thread.start()
        return True

    def _do(self, job: Job) -> None:
        press = JobPress(self._press)
        self._running[threading.current_thread()] = press
        try:
            loop.do(press, job)
        finally:
            press.store.close()

    def _say(self, state: str) -> None:
        """Writes the press's row: at once when something changes, else now and then."""
        snapshot, press = self._pool.snapshot, self._press
        jobs = [job for job in press.store.jobs.live() if job.state == "running"]
        shown = snapshot.shown
        previews = tuple(p for facts in shown for p in facts.get("preview", ()))[:_MOST_PREVIEWS]
        seeds = tuple(seed for facts in shown for seed in facts.get("seeds", ()))
        facts = {
            "workers": snapshot.workers, "device": snapshot.title,
            "job_id": jobs[0].id if jobs else 0, "preview": previews,
            "seeds": seeds[: len(previews)],
            "step": min((f.get("step", 0) for f in shown), default=0),
            "steps": max((f.get("steps", 0) for f in shown), default=0),
        }  # fmt: skip
        key = (state, facts["job_id"], tuple((w.state, w.pid, w.lost) for w in snapshot.workers))
        press.say(state if key != self._said else None, **facts)
        self._said = key


def next_job(
    queued: Sequence[Job], snapshot: Snapshot, passed: dict[int, int] | None = None
) -> Job | None:
    """The job that the pool does next: by model, then by age.

    The first of the queue waits for jobs whose model an idle worker holds, but only so often, and
    never when a person has moved it forward.

    Args:
        queued: jobs that wait, in the queue's order.
        snapshot: of the pool.
        passed: how often each job was passed over; counted here.
    """
    if not queued:
        return None
    first, passed = queued[0], {} if passed is None else passed
    moved = any(job.id < first.id for job in queued[1:])
    if not moved and passed.get(first.id, 0) < MOST_PASSED:
        held = set(snapshot.idle) - {""}
        for job in queued:
            if model_of(job) in held:
                if job is not first:
                    passed[first.id] = passed.get(first.id, 0) + 1
                return job
    return first


def model_of(job: Job) -> str:
    """A job's model, as ``Task.model`` names it; empty where only doing it shows it."""
    facts = job.payload if job.kind == "render" else job.payload.get("film") or {}
    if "recipe" not in facts:
        return ""
    try:
        recipe = Recipe.model_validate_json(json.dumps(facts["recipe"]))
    except ValueError:
        return ""  # the job says so when it is done
    return repr(todo_maker(recipe, "")(0, ()).model)
