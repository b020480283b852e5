"""What is handed to a worker, and who waits for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import queue

    from edition.press.pool.worker_messages import Message

ATTEMPTS = 3
"""A batch whose worker was lost this often is given up."""
_numbers = itertools.count(1)


@dataclass(slots=True)
class Task:
    """One batch, enlargement, film or training."""

    body: Message
    """As ``worker_tasks.Core`` reads it; ``do`` names the kind."""
    owner: int
    """The job."""
    order: tuple[float, int]
    """The job's position in the queue and the task's place in it: lower is older."""
    replies: queue.SimpleQueue[Reply] = field(repr=False)
    model: str = ""
    """Tasks that are equal in it share a loaded model; empty where none is needed."""
    needs_library: bool = False
    """Only a worker that sees the library's folder can do it."""
    attempts: int = 0
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def overlaps(self) -> bool:
        """Whether a worker may have the next one in hand while it does this one."""
        return bool(self.body["do"] == "render")


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a task, or an event on the way."""

    task: Task
    kind: Literal["done", "failed", "event"]
    value: Any = None
    """Of a task that is done; or the values of an event."""
    error: Exception | None = None
    name: str = ""
    """Of an event."""


def choose(
    queued: list[Task], holds: str, held_elsewhere: set[str], *, affinity: bool = True
) -> Task | None:
    """The task that a worker does next: of its own model first, then by age.

    Args:
        queued: what the worker may do.
        holds: the model that it has loaded.
        held_elsewhere: models that others have loaded; their tasks are left to them while there
            are older ones of no one's.
        affinity: False hands out by age alone.
    """
    if not queued:
        return None
    if not affinity:
        return min(queued, key=lambda task: task.order)
    return min(
        queued,
        key=lambda task: (
            task.model not in ("", holds), task.model in held_elsewhere, task.order,
        ),
    )  # fmt: skip
