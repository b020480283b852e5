"""The press's queue and its own row: the only way to talk to it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

from edition import paths
from edition.domain import LIVE_STATES, Job, JobKind, JobState, PressState, WorkerState
from edition.errors import PressError
from edition.library.database import Database, explained

PREVIEW_BYTES = 32 * 32 * 3
"""One picture of the batch in progress."""
_SMOOTHING = 0.3
"""Weight of the newest measurement in ``seconds_each``."""
_WORKERS = "press workers"
"""The setting that holds a press's workers as JSON."""
_CLOCK_SECONDS = 2.0
"""By so much a process's birth and a heartbeat may be measured wrong."""


class JobTable:
    """Job rows in; progress, state and heartbeat out."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, kind: JobKind, slug: str, payload: dict[str, Any], total: int) -> int:
        """Queues a job at the end; returns its id."""
        with self._db.write() as connection:
            row = connection.execute(
                "INSERT INTO jobs (kind, slug, payload, total, created, position) VALUES"
                " (?, ?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM jobs)) RETURNING id",
                (kind, slug, json.dumps(payload), total, time.time()),
            ).fetchone()
        return int(row[0])

    def get(self, job_id: int) -> Job:
        """One job.

        Raises:
            PressError: there is none of that id.
        """
        rows = self._rows("SELECT * FROM jobs WHERE id = ?", (job_id,))
        if not rows:
            raise PressError(f"There is no job {job_id}.", hint="See: edition press status")
        return rows[0]

    def live(self) -> tuple[Job, ...]:
        """What is running, queued or paused, in the order of work."""
        return tuple(
            self._rows(
                "SELECT * FROM jobs WHERE state IN ('running', 'queued', 'paused')"
                " ORDER BY state != 'running', position"
            )
        )

    def recent(self, limit: int = 20) -> tuple[Job, ...]:
        """What ended lately, newest first."""
        return tuple(
            self._rows(
                "SELECT * FROM jobs WHERE state IN ('done', 'failed', 'cancelled')"
                " ORDER BY finished DESC, id DESC LIMIT ?",
                (limit,),
            )
        )

    def claim(self, job_id: int = 0) -> Job | None:
        """Takes a queued job and marks it running; the press alone calls this.

        Args:
            job_id: which; 0 takes the first.

        Returns:
            None when it isn't waiting any more.
        """
        with self._db.write() as connection:
            row = connection.execute(
                "UPDATE jobs SET state = 'running', started = ?, attempts = attempts + 1,"
                " error = '', hint = '' WHERE id = (SELECT id FROM jobs WHERE state = 'queued'"
                " AND ? IN (0, id) ORDER BY position LIMIT 1) RETURNING *",
                (time.time(), job_id),
            ).fetchone()
        return _job(row) if row else None

    def requeue_orphans(self, max_attempts: int) -> tuple[int, ...]:
        """Puts a dead press's running jobs back; those tried too often fail.

        Returns:
            Ids of the jobs put back.
        """
        with self._db.write() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'failed', finished = ?,"
                " error = 'The press died at this job ' || attempts || ' times.',"
                " hint = 'See the log: edition press status'"
                " WHERE state = 'running' AND attempts >= ?",
                (time.time(), max_attempts),
            )
            rows = connection.execute(
                "UPDATE jobs SET state = 'queued' WHERE state = 'running' RETURNING id"
            ).fetchall()
        return tuple(row[0] for row in rows)

    def progress(
        self, job_id: int, done: int, *, message: str = "", seconds_each: float | None = None
    ) -> None:
        """Says how far a job is.

        Args:
            job_id: which.
            done: items finished so far, of the job's total.
            message: what it does now, in words; of a job that was taken away it is dropped.
            seconds_each: measured time of the latest items; smoothed over a few.

        A job that gets on is no hopeless case: its attempts are counted from here again.
        """
        each = seconds_each
        with self._db.write() as connection:
            connection.execute(
                "UPDATE jobs SET attempts = CASE WHEN done < ? THEN 1 ELSE attempts END,"
                " done = ?, message = CASE WHEN state = 'running' THEN ? ELSE message END,"
                " seconds_each = CASE"
                " WHEN ? IS NULL THEN seconds_each WHEN seconds_each = 0 THEN ?"
                " ELSE seconds_each + ? * (? - seconds_each) END WHERE id = ?",
                (done, done, message, each, each, _SMOOTHING, each, job_id),
            )

    def finish(
        self, job_id: int, state: JobState, error: str = "", hint: str = "", message: str = ""
    ) -> None:
        """Ends a job, or puts it back as ``queued`` or ``paused``.

        Args:
            job_id: which.
            state: of now on.
            error: what went wrong.
            hint: the next step.
            message: what a person should know of a job that is done, a line each.
        """
        with self._db.write() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, error = ?, hint = ?, finished = ?, message = ?"
                " WHERE id = ? AND state IN ('running', 'queued', 'paused')",
                (state, error, hint, time.time(), message, job_id),
            )

    def forgive(self, job_id: int) -> None:
        """Doesn't count the last attempt: the job was interrupted, it did not fail."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE jobs SET attempts = max(0, attempts - 1) WHERE id = ?", (job_id,)
            )

    def state(self, job_id: int) -> JobState:
        """A job's state; the press looks at it between steps."""
        return self.get(job_id).state

    def pause(self, job_id: int) -> None:
        """Holds a job; a running one stops after its batch."""
        self._move_state(job_id, ("queued", "running"), "paused")

    def resume(self, job_id: int) -> None:
        """Lets a held job go on."""
        self._move_state(job_id, ("paused",), "queued")

    def cancel(self, job_id: int) -> None:
        """Ends a job; what it has made stays."""
        self._move_state(job_id, LIVE_STATES, "cancelled")

    def retry(self, job_id: int) -> None:
        """Queues a failed or cancelled job once more; it skips what is done."""
        self._move_state(job_id, ("failed", "cancelled"), "queued")
        with self._db.write() as connection:
            connection.execute("UPDATE jobs SET attempts = 0 WHERE id = ?", (job_id,))

    def move(self, job_id: int, places: int) -> None:
        """Moves a queued job up (negative) or down by whole places."""
        waiting = [job for job in self.live() if job.state != "running"]
        index = next((i for i, job in enumerate(waiting) if job.id == job_id), None)
        if index is None:
            raise PressError(f"Job {job_id} is not waiting.", hint="See: edition press status")
        target = min(len(waiting) - 1, max(0, index + places))
        waiting.insert(target, waiting.pop(index))
        with self._db.write() as connection:
            positions = sorted(job.position for job in waiting)
            connection.executemany(
                "UPDATE jobs SET position = ? WHERE id = ?",
                [(p, job.id) for p, job in zip(positions, waiting, strict=True)],
            )

    def _move_state(self, job_id: int, allowed: Sequence[JobState], state: JobState) -> None:
        with self._db.write() as connection:
            row = connection.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row is None:
                raise PressError(f"There is no job {job_id}.", hint="See: edition press status")
            if row[0] not in allowed:
                raise PressError(
                    f"Job {job_id} is {row[0]}, so it can't become {state}.",
                    hint="See: edition press status",
                )
            connection.execute(
                "UPDATE jobs SET state = ?, message = '',"
                " finished = CASE WHEN ? = 'cancelled' THEN ? ELSE 0 END WHERE id = ?",
                (state, state, time.time(), job_id),
            )

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Job]:
        with explained(self._db.root):
            return [_job(row) for row in self._db.connection.execute(sql, values)]


class PressRow:
    """The press's own row: what it does, and what is wanted of it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._workers: tuple[WorkerState, ...] | None = None

    def read(self) -> PressState:
        """The state as last written; ``off`` when its process is gone."""
        with explained(self._db.root):
            row = self._db.connection.execute("SELECT * FROM press").fetchone()
            workers = self._db.connection.execute(
                "SELECT value FROM settings WHERE key = ?", (_WORKERS,)
            ).fetchone()
        told = workers[0] if workers else "[]"
        _, pid, state, _, device, job_id, heartbeat, step, steps, preview, seeds = row
        if pid is None or not _alive(pid, heartbeat, paths.press_lock_file(self._db.root)):
            return PressState()
        pictures = tuple(
            preview[i : i + PREVIEW_BYTES] for i in range(0, len(preview), PREVIEW_BYTES)
        )
        return PressState(
            pid=pid, state=state, device=device, job_id=job_id, heartbeat=heartbeat, step=step,
            steps=steps, preview=pictures, seeds=tuple(json.loads(seeds)),
            workers=tuple(WorkerState(**facts) for facts in json.loads(told)),
        )  # fmt: skip

    def enter(self, state: PressState) -> int:
        """A press says that it works, unless another one does.

        The lock's file tells that too, but for disks that have no locks, or say yes to everybody.

        Returns:
            The other's process; 0 where there is none.
        """
        with self._db.write() as connection:
            pid, heartbeat = connection.execute("SELECT pid, heartbeat FROM press").fetchone()
            if pid not in {None, state.pid} and _born(pid) <= heartbeat + _CLOCK_SECONDS:
                return int(pid)
            connection.execute(
                "UPDATE press SET pid = ?, state = ?, heartbeat = ?",
                (state.pid, state.state, time.time()),
            )
        return 0

    def begin(self, spawn: Callable[[], int]) -> int:
        """Starts a press unless one works or is on its way, whoever else asks at this moment.

        Args:
            spawn: starts the process and returns its number.

        Returns:
            The process of the press that will work.
        """
        with self._db.write() as connection:
            pid, heartbeat = connection.execute("SELECT pid, heartbeat FROM press").fetchone()
            if pid is not None and _born(pid) <= heartbeat + _CLOCK_SECONDS:
                return int(pid)
            pid = spawn()
            connection.execute(
                "UPDATE press SET pid = ?, state = 'starting', device = '', job_id = 0,"
                " heartbeat = ?",
                (pid, time.time()),
            )
        return pid

    def write(self, state: PressState) -> None:
        """The press says what it does."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE press SET pid = ?, state = ?, device = ?, job_id = ?, heartbeat = ?,"
                " step = ?, steps = ?, preview = ?, seeds = ?",
                (
                    state.pid, state.state, state.device, state.job_id, time.time(), state.step,
                    state.steps, b"".join(state.preview), json.dumps(state.seeds),
                ),
            )  # fmt: skip
            if state.workers != self._workers:
                self._workers = state.workers
                connection.execute(
                    "INSERT INTO settings (key, value) VALUES (?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (_WORKERS, json.dumps([asdict(worker) for worker in state.workers])),
                )

    def wanted(self) -> str:
        """What people want of the press: ``run``, ``pause`` or ``stop``."""
        with explained(self._db.root):
            return str(self._db.connection.execute("SELECT wanted FROM press").fetchone()[0])

    def want(self, wanted: str) -> None:
        """Asks the press to ``run``, ``pause`` or ``stop``."""
        with self._db.write() as connection:
            connection.execute("UPDATE press SET wanted = ?", (wanted,))


def _alive(pid: int, heartbeat: float, lock: Path) -> bool:
    """Whether that press still runs.

    A process born after its last word only reuses its number, unless the clock was set since:
    then the lock decides, which a press holds for as long as it lives.
    """
    born = _born(pid)
    return born <= heartbeat + _CLOCK_SECONDS or (born < inf and _is_held(lock))


def _born(pid: int) -> float:
    """When a process began, as Unix time; later than everything where it runs no more."""
    import psutil  # 0.02 s, which the first grid does not wait for

    try:
        process = psutil.Process(pid)
        return inf if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return inf


def _is_held(lock: Path) -> bool:
    """Whether somebody holds a lock."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # it can't be made here: no press could work here either
        return False


def _job(row: Sequence) -> Job:  # type: ignore[type-arg]
    names = (
        "id", "kind", "slug", "payload", "state", "position", "done", "total", "attempts",
        "message", "error", "hint", "seconds_each", "created", "started", "finished",
    )  # fmt: skip
    fields = dict(zip(names, row, strict=True))
    return Job(**{**fields, "payload": json.loads(fields["payload"])})
