"""An enlarging job over many workers: prints out, enlarged files in."""

from __future__ import annotations

import hashlib
import queue
from typing import TYPE_CHECKING

from edition import atomic
from edition.errors import EditionError, LibraryError
from edition.press import upscaled_print
from edition.press.pool.pool_task import Reply, Task
from edition.press.pool.task_bodies import png_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edition.domain import Job, Print
    from edition.press.job_payloads import UpscaleJob
    from edition.press.loop import Press
    from edition.press.pool.worker_pool import Pool
    from edition.recipe.upscale_settings import UpscaleSettings

_WAIT_SECONDS = 0.1


def enlarge_pooled(
    press: Press, pool: Pool, job: Job, wanted: UpscaleJob, prints: Mapping[int, Print]
) -> list[str]:
    """Enlarges the prints that lack their file.

    Returns:
        What went wrong, a sentence for each print that has none.

    Raises:
        LibraryError: a file can't be written.
        Stopped: the job was paused or cancelled.
    """
    work = _Enlarging(press, pool, job, wanted.settings)
    left = [(place, prints[key]) for place, key in enumerate(wanted.ids) if key in prints]
    left.reverse()
    work.done = len(wanted.ids) - len(left)
    try:
        while left or work.out:
            press.check(job)
            while left and len(work.out) < 2 * max(1, pool.snapshot.working):
                work.send(*left.pop())
            press.preparing = False
            if work.out:
                work.take()
    finally:
        pool.cancel(job.id)
    return work.faults


class _Enlarging:
    """One job's prints, on their way."""

    def __init__(self, press: Press, pool: Pool, job: Job, settings: UpscaleSettings) -> None:
        self._press, self._pool, self._job, self._settings = press, pool, job, settings
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self.out: dict[int, Print] = {}
        self.faults: list[str] = []
        self.done = 0

    def send(self, place: int, item: Print) -> None:
        """Has a print enlarged, unless it is."""
        press, settings = self._press, self._settings
        target, relative = upscaled_print.target_of(press, item, settings)
        if target.is_file() and upscaled_print.is_enlarged(press, item, settings, target, relative):
            self.done += 1
            return
        try:
            image, origin = upscaled_print.opened(press, item)
        except EditionError as error:
            self.faults.append(f"seed {item.seed}: {error}")
            return
        body = {
            "do": "enlarge", "picture": png_of(image), "origin": origin, "settings": settings,
            "file": relative,
        }  # fmt: skip
        task = Task(body, self._job.id, (self._job.position, place), self._replies)
        self.out[task.number] = item
        self._pool.submit(task)

    def take(self) -> None:
        """Waits for a print, a moment at most, and files it."""
        try:
            reply = self._replies.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            return
        item, error = self.out.pop(reply.task.number), reply.error
        if error is not None:
            if isinstance(error, LibraryError) or not isinstance(error, EditionError):
                raise error
            self.faults.append(f"seed {item.seed}: {error}")
            return
        _file(self._press, item, reply)
        self.done += 1
        each = reply.value["seconds"] / max(1, self._pool.snapshot.working)
        jobs = self._press.store.jobs
        jobs.progress(self._job.id, self.done, message="enlarging", seconds_each=each)


def _file(press: Press, item: Print, reply: Reply) -> None:
    """Makes sure that the file is on the disk, whole, and records it."""
    value, relative = reply.value, reply.task.body["file"]
    path = press.root / relative
    data = path.read_bytes() if value["data"] is None else value["data"]
    if hashlib.sha256(data).hexdigest() != value["sha256"]:
        raise LibraryError(
            f"{path} is not what the worker wrote.", hint="Look at the shared folder's disk."
        )
    if value["data"] is not None:
        atomic.write(path, data)
    upscaled_print.record(press, item, relative, value["size"], value["facts"], value["sha256"])
