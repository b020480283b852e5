"""The press's loop: take a job, do it, report its end; leave when there is nothing to do."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from edition import paths, upscale
from edition.domain import PressState
from edition.errors import EditionError, PressError, Stopped
from edition.library import mirror_files
from edition.library.database import explained
from edition.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edition.domain import Job
    from edition.press.pool.worker_pool import Pool

HANDLERS = {
    "render": "edition.press.jobs.render_job:render",
    "upscale": "edition.press.jobs.upscale_job:enlarge",
    "study": "edition.press.jobs.study_job:study",
    "train": "edition.press.jobs.train_job:train",
    "corridor": "edition.press.jobs.train_job:corridor",
}
"""What does each kind of job: ``module:function`` over (Press, Job), imported at the first one."""
MAX_ATTEMPTS = 6
"""A job at which the press died this often without getting on is not tried again by itself."""
IDLE_SECONDS = 300.0
KEEP_SECONDS = 60.0
"""Weights are kept so long for the next job; a press that waits longer gives the memory back."""
_HANDOVER_SECONDS = 3.0
"""A press that leaves reports it a moment before it releases the lock."""
_POLL_SECONDS = 0.2
_SAY_SECONDS = 0.4
_MOST_NOTES = 5
"""The lines that are kept of a finished job; the log has them all."""


class Press:
    """What a job's handler sees of the press."""

    def __init__(self, root: Path, device: str = "auto") -> None:
        """Opens the library; the device is picked when the first job needs it."""
        self.root = root
        self.store = Store(root)
        self.device_wanted = device
        self.state = PressState(pid=_pid(), state="starting")
        self._bench: Any = None
        self._said = 0.0
        self.notes: dict[str, None] = {}
        """What a person should know of the current job, in order, each once."""
        self._seen_version = -1
        self._stopping = False
        self.pool: Pool | None = None
        """Workers of its own, where the press has more than one device."""
        self.preparing = False
        """Whether a pooled job has sent nothing to draw yet."""

    @property
    def bench(self) -> Any:  # noqa: ANN401 - edition.press.device_session.DeviceSession, which needs torch
        """The device, ready to compute."""
        if self._bench is None:
            self.say("loading")
            from edition.press.device_session import DeviceSession

            self._bench = DeviceSession(self.device_wanted, self.note)
            self.state = replace(self.state, device=self._bench.device.title)
        return self._bench

    def unload(self) -> None:
        """Gives memory back, the device's and the machine's: weights are read again when needed."""
        if self._bench is not None:
            self._bench.unload()
        upscale.release()
        gc.collect()
        _trim()

    def say(self, state: Any = None, **facts: Any) -> None:  # noqa: ANN401
        """Writes the press's row.

        Args:
            state: of PressState; None keeps the last one and writes only every now and then.
            facts: other fields of PressState.
        """
        self.state = replace(self.state, **facts)
        if state is not None:
            self.state = replace(self.state, state=state)
        elif time.monotonic() - self._said < _SAY_SECONDS:
            return
        self.store.press.write(self.state)
        self._said = time.monotonic()

    def note(self, text: str) -> None:
        """Keeps what a person should know of the current job, once; it goes to the log at once."""
        if text not in self.notes:
            self.notes[text] = None
            log(f"note: {text}")

    def told(self) -> str:
        """The notes of the current job, a line each; the first few of many."""
        lines = list(self.notes)
        more = len(lines) - _MOST_NOTES
        if more > 0:
            lines[_MOST_NOTES:] = [f"and {more} more: edition press log"]
        return "\n".join(lines)

    def say_due(self) -> bool:
        """Whether a preview would be written now: they cost time only when they are shown."""
        return time.monotonic() - self._said >= _SAY_SECONDS

    def stop(self) -> None:
        """Ends the current job at its next step and leaves."""
        self._stopping = True

    def is_stopping(self) -> bool:
        """Whether a signal has asked it to leave."""
        return self._stopping

    def check(self, job: Job) -> None:
        """Lets a job go on, or ends it; cheap enough for every step.

        Raises:
            Stopped: it was paused or cancelled, or the press was asked to pause or leave.
        """
        if self.is_stopping():
            raise Stopped("The press was asked to stop.")
        version = self.store.data_version()
        if version == self._seen_version:
            return
        self._seen_version = version
        if self.store.jobs.state(job.id) != "running":
            raise Stopped(f"Job {job.id} was taken from the press.")
        if self.store.press.wanted() != "run":
            raise Stopped("The press was asked to pause or leave.")

    def leaving(self) -> bool:
        """Whether the press was asked to end."""
        return self._stopping or self.store.press.wanted() == "stop"


def run(
    root: Path,
    *,
    device: str = "auto",
    idle_seconds: float = IDLE_SECONDS,
    pooled: Callable[[Press, float], None] | None = None,
) -> None:
    """Works until there has been nothing to do for a while, or until it is asked to leave.

    Args:
        root: the library's folder.
        device: see edition.diffusion.device.
        idle_seconds: how long to wait for new work.
        pooled: works with many devices, as ``edition.press.pool.pooled_loop.opened`` makes it;
            None computes in this process.

    Raises:
        PressError: another press works for this library, or no device of those that were asked
            for can work.
        LibraryError: the library can't be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(paths.press_lock_file(root))
    with explained(root):  # a full disk has no room for its file
        try:
            lock.acquire(timeout=_HANDOVER_SECONDS)
        except Timeout:
            raise _running(root) from None
    press = Press(root, device)
    if press.store.press.enter(press.state):
        press.store.close()
        lock.release()
        raise _running(root)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no terminal that hangs up
            signal.signal(getattr(signal, name), lambda *_: press.stop())
    log(f"press {press.state.pid} works for {root.name}")
    press.say("starting")
    press.store.jobs.requeue_orphans(MAX_ATTEMPTS)
    try:
        (pooled or _work)(press, idle_seconds)
    finally:
        press.store.jobs.requeue_orphans(MAX_ATTEMPTS + 1)
        press.store.press.write(PressState())
        lock.release()
        press.store.close()
        log(f"press {press.state.pid} leaves")


def _running(root: Path) -> PressError:
    return PressError(f"A press is already running for {root}.", hint="See: edition press status")


def _work(press: Press, idle_seconds: float) -> None:
    idle_since, loaded = time.monotonic(), False
    while not press.leaving():
        if press.store.press.wanted() == "pause":
            press.say("paused", job_id=0, preview=(), seeds=())
            idle_since = time.monotonic()
        elif job := press.store.jobs.claim():
            sweep(press.root, job.slug)
            do(press, job)
            idle_since, loaded = time.monotonic(), True
            continue
        elif time.monotonic() - idle_since > idle_seconds:
            return
        elif press.state.state != "idle":
            press.say("idle", job_id=0, step=0, steps=0, preview=(), seeds=())
        if loaded and time.monotonic() - idle_since >= KEEP_SECONDS:
            press.unload()
            loaded = False
        wait_for_news(press)


def wait_for_news(press: Press) -> None:
    """Waits until somebody has written to the library, a second at most."""
    version = press.store.data_version()
    for _ in range(5):
        time.sleep(_POLL_SECONDS)
        if press.leaving() or press.store.data_version() != version:
            return


def sweep(root: Path, slug: str) -> None:
    """Removes what killed writers left in an edition; only while no job writes there.

    What can't be removed is reported by the job itself, when it can't write either.
    """
    with suppress(OSError, EditionError):
        mirror_files.sweep_parts(root, slug)


def do(press: Press, job: Job) -> None:
    """One job from start to end; whatever happens in it, the press goes on."""
    log(f"job {job.id}: {job.kind} {job.slug}, {job.done} of {job.total} done")
    jobs = press.store.jobs
    press.notes.clear()
    try:
        press.say("working", job_id=job.id)
        module, _, name = HANDLERS[job.kind].partition(":")
        handler: Callable[[Press, Job], None] = getattr(importlib.import_module(module), name)
        handler(press, job)
        jobs.finish(job.id, "done", message=press.told())
    except Stopped:
        if jobs.state(job.id) == "running":  # the press was stopped, not the job
            jobs.finish(job.id, "queued")
            jobs.forgive(job.id)
    except EditionError as error:
        jobs.finish(job.id, "failed", error.message, error.hint)
        log(f"job {job.id} failed: {error}")
    except Exception as error:
        traceback.print_exc()
        jobs.finish(job.id, "failed", f"{type(error).__name__}: {error}", "See: edition press log")
    finally:
        press.say("idle", job_id=0, step=0, steps=0, preview=(), seeds=())
    log(f"job {job.id}: {jobs.state(job.id)}")


def _trim() -> None:
    """Hands what was freed back to the system: glibc keeps it in its own pools."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


def log(text: str) -> None:
    """Writes a line with its time; the press's log is its standard output."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    sys.stdout.write(f"{stamp} {text}\n")
    sys.stdout.flush()


def _pid() -> int:
    return os.getpid()
