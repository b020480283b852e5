"""Who may join a pool: the same versions, one kind of device, and the same bytes of one seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.errors import PressError
from edition.press.pool import worker_messages as messages

if TYPE_CHECKING:
    from edition.press.pool.pool_task import Task
    from edition.press.pool.worker_messages import Message
    from edition.press.pool.worker_record import Worker


class Admission:
    """Remembers what the first worker of each kind was and drew."""

    def __init__(self, *, mixed: bool) -> None:
        """Begins with nobody.

        Args:
            mixed: devices of several kinds may work together.
        """
        self._mixed = mixed
        self._title = ""
        self._versions = messages.versions()
        self._wishes: dict[tuple[str, str], Message] = {}
        self._drawn: dict[tuple[str, str], tuple[str, str]] = {}
        self.refusal: PressError | None = None
        """Why the pool as a whole can't begin."""

    def join(self, worker: Worker) -> str:
        """Checks a worker's first message; returns why it is refused, or nothing."""
        differing = messages.differing(worker.hello["versions"], self._versions)
        if differing:
            return f"other versions: {differing}. Install the press's on that machine."
        self._title = self._title or worker.title
        if worker.title == self._title or self._mixed:
            return ""
        words = f"{worker.title} among {self._title}: devices of several kinds draw other bytes."
        self.refusal = PressError(
            f"{worker.machine}: {words}",
            hint="Name devices of one kind, or allow it with --mixed; prints say which drew them.",
        )
        return words

    def canary(self, worker: Worker, task: Task) -> Message | None:
        """The seed by which a worker proves a model: that of the first task with it."""
        if "canary" not in task.body:
            return None
        key = task.body["fingerprint"], worker.title
        return self._wishes.setdefault(key, task.body["canary"])

    def judge(self, worker: Worker, task: Task, digest: str) -> str:
        """Compares a canary with the first worker's; returns why it is refused, or nothing."""
        key = task.body["fingerprint"], worker.title
        first, name = self._drawn.setdefault(key, (digest, worker.name))
        if digest == first:
            return ""
        return (
            f"The canary seed has other pixels than on {name}, with equal versions and weights. "
            "Compare drivers and settings of the two machines."
        )
