"""A job that one worker does as one task: a film, a training."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from edition.press.pool.pool_task import Reply, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.domain import Job
    from edition.press.loop import Press
    from edition.press.pool.worker_messages import Message
    from edition.press.pool.worker_pool import Pool

_WAIT_SECONDS = 0.1


def settle(
    pool: Pool,
    press: Press,
    job: Job,
    body: Message,
    *,
    model: str = "",
    needs_library: bool = False,
    on_event: Callable[..., None] = lambda *_: None,
) -> Any:  # noqa: ANN401 - whatever the task gives
    """Has one worker do one task, and heeds what is wanted of the job meanwhile.

    Args:
        pool: that does it.
        press: that the job belongs to.
        job: available.
        body: of the task.
        model: see ``Task``.
        needs_library: see ``Task``.
        on_event: called with the name and the values of each event on the way.

    Returns:
        The task's value.

    Raises:
        EditionError: of the task.
        Stopped: the job was paused or cancelled.
    """
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    order = (job.position, 0)
    pool.submit(Task(body, job.id, order, replies, model, needs_library))
    press.preparing = False
    try:
        while True:
            press.check(job)
            try:
                reply = replies.get(timeout=_WAIT_SECONDS)
            except queue.Empty:
                continue
            if reply.kind == "event":
                on_event(reply.name, *reply.value)
            elif reply.error is not None:
                raise reply.error
            else:
                return reply.value
    finally:
        pool.cancel(job.id)
