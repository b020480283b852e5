"""What a pool knows of one worker, from its start to its loss."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from edition.domain import WorkerState

if TYPE_CHECKING:
    from edition.press.pool.channels import Channel, Seat
    from edition.press.pool.pool_task import Task
    from edition.press.pool.worker_messages import Message

START_SECONDS = 180.0
"""From a worker's start to its first word, at most."""
LOAD_SECONDS = 900.0
"""A model is read and the first picture drawn, at most."""
SILENCE_SECONDS = 30.0
"""A worker that draws is never given up sooner than after so long a silence."""
_SILENT_BATCHES = 10
_SMOOTHING = 0.3
_MOST_FAILURES = 5
"""Losses in a row without a task done: a worker that can't work is not started permanently."""
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 20.0

Stage = Literal["starting", "ready", "loading", "lost", "refused", "gone"]


@dataclass(slots=True)
class Worker:
    """One place of the pool, whoever works at it."""

    seat: Seat
    stage: Stage = "lost"
    channel: Channel | None = None
    generation: int = 0
    """Counts the workers that were started here: messages of an older one are ignored."""
    hello: Message = field(default_factory=dict)
    holds: str = ""
    """The model that is loaded."""
    model: str = ""
    """The same, as a person calls it."""
    in_flight: dict[int, Task] = field(default_factory=dict)
    begun: int = 0
    """Number of the task that it began last."""
    barred: set[str] = field(default_factory=set)
    """Models that this worker can't draw with as the others do."""
    heard: float = 0.0
    busy_since: float = 0.0
    batch_seconds: float = 0.0
    seconds_each: float = 0.0
    pictures: int = 0
    lost_batches: int = 0
    failures: int = 0
    start_after: float = 0.0
    words: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    """The latest ``step``, ``steps``, ``preview`` and seeds of the batch in progress."""

    @property
    def machine(self) -> str:
        """Where it is."""
        return self.seat.machine

    @property
    def name(self) -> str:
        """For messages: number, device and machine."""
        return f"worker {self.seat.name} ({self.seat.device} on {self.machine})"

    @property
    def works(self) -> bool:
        """Whether it takes tasks."""
        return self.stage in ("ready", "loading")

    @property
    def sees_library(self) -> bool:
        """Whether it writes prints in place."""
        return bool(self.hello.get("sees_library"))

    @property
    def title(self) -> str:
        """Its device's class: workers of one title draw the same bytes."""
        return str(self.hello.get("title", ""))

    @property
    def hopeless(self) -> bool:
        """Whether it will not be started again."""
        return self.stage in ("refused", "gone") or self.failures >= _MOST_FAILURES

    def may_do(self, task: Task) -> bool:
        """Whether a task can be handed to it at all."""
        fits = self.sees_library or not task.needs_library
        return fits and task.body.get("fingerprint", "") not in self.barred

    def silent(self, now: float) -> float:
        """Seconds by which its silence is too long; 0 or less while all is well."""
        if self.stage == "starting":
            return now - self.heard - START_SECONDS
        if not self.in_flight:
            return 0.0
        draws = all(task.overlaps for task in self.in_flight.values())
        measured = self.batch_seconds and draws and self.stage == "ready"
        limit = max(SILENCE_SECONDS, _SILENT_BATCHES * self.batch_seconds)
        return now - self.heard - (limit if measured else LOAD_SECONDS)

    def did(self, task: Task, value: Any, now: float) -> None:  # noqa: ANN401
        """Counts a task that is done."""
        self.failures = 0
        took, self.busy_since = now - self.busy_since, now
        if task.overlaps:
            weight = _SMOOTHING if self.batch_seconds else 1.0
            self.batch_seconds += weight * (took - self.batch_seconds)
            self.pictures += len(value["prints"])
            self._measured(value["seconds"])
        elif task.body["do"] == "enlarge":
            self.pictures += 1
            self._measured(value["seconds"])

    def _measured(self, seconds: float) -> None:
        weight = _SMOOTHING if self.seconds_each else 1.0
        self.seconds_each += weight * (seconds - self.seconds_each)

    def lose(self, words: str, *, work: bool) -> None:
        """Becomes a lost worker, to be started again after a pause."""
        self.stage, self.words = "lost", words
        self.holds, self.model, self.shown = "", "", {}
        self.lost_batches += work
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**self.failures)
        self.failures += 1
        self.start_after = time.monotonic() + pause

    def state(self) -> WorkerState:
        """As a person sees it."""
        state: str = self.stage
        if state == "ready":
            state = "working" if self.in_flight else "idle"
        elif state == "lost" and self.hopeless:
            state = "given up"
        return WorkerState(
            name=self.seat.name, machine=self.machine, device=self.title or self.seat.device,
            pid=int(self.hello.get("pid", 0)), state=state, model=self.model,
            seconds_each=round(self.seconds_each, 4), pictures=self.pictures,
            lost=self.lost_batches, words=self.words,
        )  # fmt: skip
