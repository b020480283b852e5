"""The pool: hands tasks to workers, takes results, replaces whoever is lost. Files nothing.

All that it knows is changed in one thread of its own; others speak to it through a queue.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import atomic, paths
from edition.errors import PressError, WorkerLost
from edition.press.pool import admission
from edition.press.pool import worker_messages as messages
from edition.press.pool.pool_snapshot import Snapshot
from edition.press.pool.pool_task import ATTEMPTS, Reply, Task, choose
from edition.press.pool.worker_record import Worker

if TYPE_CHECKING:
    from pathlib import Path

    from edition.press.pool.channels import Seat
    from edition.press.pool.worker_messages import Message

Log = Callable[[str], None]
_TICK_SECONDS = 0.2
_IN_FLIGHT = 2
"""Batches that a worker has in hand: it draws one while the other is filed."""


@dataclass(slots=True)
class Choices:
    """How a pool works."""

    mixed: bool = False
    """Devices of several kinds may work together."""
    affinity: bool = True
    """Workers keep their model while there is work for it."""
    core: str = ""
    """``module:class`` of what does the tasks, for measurements; empty for the real one."""
    worker_root: str = ""
    """Where workers look for the library, if it isn't called there as it is here."""


class Pool:
    """Workers at their seats, and what is to be done."""

    def __init__(
        self, root: Path, seats: Sequence[Seat], choices: Choices | None = None, log: Log = print
    ) -> None:
        """Starts a worker at each seat; returns at once."""
        self.choices = choices or Choices()
        self._root, self._log = root, log
        self._token = secrets.token_hex(16)
        atomic.write(paths.pool_token_file(root), self._token)
        self._workers = [Worker(seat) for seat in seats]
        self._queued: list[Task] = []
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._admission = admission.Admission(mixed=self.choices.mixed)
        self._closed = False
        self.snapshot = Snapshot()
        self._thread = threading.Thread(target=self._run, name="pool", daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Queues a task; what becomes of it goes to its ``replies``."""
        self._events.put(lambda: self._queued.append(task))

    def cancel(self, owner: int) -> None:
        """Takes a job's tasks back; workers stop at their next step. No replies follow."""
        self._events.put(lambda: self._cancel(owner))

    def reseat(self, seats: Sequence[Seat]) -> None:
        """Lets workers join and leave: those of a cluster's machines as they are now."""
        self._events.put(lambda: self._reseat(seats))

    def unload(self) -> None:
        """Has workers without work give their memory back."""
        self._events.put(self._unload)

    def wait_settled(self, seconds: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Waits until work can begin.

        Raises:
            PressError: no worker can work, or their devices are of several kinds.
        """
        deadline = time.monotonic() + seconds
        while not self.snapshot.settled and time.monotonic() < deadline and not stop():
            time.sleep(0.02)
        self.check_settled()

    def check_settled(self) -> None:
        """Says why nobody works, where nobody will.

        Raises:
            PressError: no worker can work, or their devices are of several kinds.
        """
        if self._admission.refusal is not None:
            raise self._admission.refusal
        workers = self.snapshot.workers
        if not self.snapshot.hopeful:
            words = "; ".join(w.words for w in workers if w.words) or "there is none."
            raise PressError(f"No worker can work: {words}", hint="See: edition press log")

    def close(self) -> None:
        """Ends all workers, and waits until they are gone."""
        self._events.put(self._close)
        self._thread.join(timeout=60.0)

    # all that follows runs in the pool's thread

    def _run(self) -> None:
        while not self._closed:
            try:
                self._heed()
                if not self._closed:
                    self._tend()
                    self._hand_out()
                    self._show()
            except Exception:
                traceback.print_exc()  # one message at fault doesn't end the pool

    def _heed(self) -> None:
        """Waits for a word, and takes all that are there."""
        try:
            self._events.get(timeout=_TICK_SECONDS)()
            while True:
                self._events.get_nowait()()
        except queue.Empty:
            return

    def _tend(self) -> None:
        """Starts whoever is missing, gives up whoever is silent."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.stage == "lost" and now >= worker.start_after and not worker.hopeless:
                self._start(worker)
            elif worker.silent(now) > 0:
                self._lose(worker, f"silent for {now - worker.heard:.0f} s")
        self._give_up_what_nobody_can_do()

    def _start(self, worker: Worker) -> None:
        worker.generation += 1
        worker.stage, worker.heard = "starting", time.monotonic()
        settings = {
            "device": worker.seat.device, "token": self._token,
            "root": self.choices.worker_root or str(self._root),
            "wait_free": worker.hello.get("free", 0),
        }  # fmt: skip
        if self.choices.core:
            settings["core"] = self.choices.core
        generation = worker.generation

        def deliver(message: Message) -> None:
            self._events.put(lambda: self._hear(worker, generation, message))

        try:
            worker.channel = worker.seat.start(settings, deliver)
        except Exception as error:
            worker.lose(f"could not be started: {error}", work=False)
            self._log(f"{worker.name} {worker.words}")

    def _hear(self, worker: Worker, generation: int, message: Message) -> None:
        if generation != worker.generation or worker not in self._workers:
            return
        worker.heard = time.monotonic()
        getattr(self, f"_hear_{message['say']}")(worker, message)

    def _hear_hello(self, worker: Worker, message: Message) -> None:
        worker.hello = message
        words = self._admission.join(worker)
        if words:
            self._refuse(worker, words)
            return
        worker.stage = "ready"
        where = "writes in place" if worker.sees_library else "sends pictures back"
        self._log(f"{worker.name} is ready: process {message['pid']}, {worker.title}, {where}")

    def _hear_refused(self, worker: Worker, message: Message) -> None:
        self._refuse(worker, str(messages.raised(message)))

    def _refuse(self, worker: Worker, words: str) -> None:
        worker.stage, worker.words = "refused", f"{worker.machine}: {words}"
        self._log(f"{worker.name} is refused: {words}")
        self._end(worker)

    def _hear_begun(self, worker: Worker, message: Message) -> None:
        worker.begun = message["id"]

    def _hear_loading(self, worker: Worker, message: Message) -> None:
        worker.stage, worker.model = "loading", message["model"]
        self._log(f"{worker.name} loads {worker.model}")

    def _hear_model(self, worker: Worker, message: Message) -> None:
        worker.stage = "ready"

    def _hear_canary(self, worker: Worker, message: Message) -> None:
        task = worker.in_flight.get(message["id"])
        if task is None or worker.channel is None:
            return
        words = self._admission.judge(worker, task, message["digest"])
        if words:
            self._log(f"{worker.name}: {words}")
        worker.channel.send({"do": "verdict", "words": words})

    def _hear_step(self, worker: Worker, message: Message) -> None:
        task = worker.in_flight.get(message["id"])
        if task is not None:
            facts = {key: message[key] for key in message.keys() & {"step", "steps", "preview"}}
            seeds = [seed for _, seed in task.body.get("items", ())[: task.body.get("wanted")]]
            worker.shown |= facts | {"seeds": tuple(seeds)}

    def _hear_event(self, worker: Worker, message: Message) -> None:
        if task := worker.in_flight.get(message["id"]):
            name, values = message["name"], message["values"]
            task.replies.put(Reply(task, "event", value=values, name=name))

    def _hear_done(self, worker: Worker, message: Message) -> None:
        if task := worker.in_flight.pop(message["id"], None):
            worker.did(task, message["value"], time.monotonic())
            task.replies.put(Reply(task, "done", value=message["value"]))

    def _hear_failed(self, worker: Worker, message: Message) -> None:
        task = worker.in_flight.pop(message["id"], None)
        if task is None:
            return
        worker.stage = "ready"
        error = messages.raised(message, worker.machine)
        if not message.get("unfit") or not self._leave_out(worker, task, error):
            task.replies.put(Reply(task, "failed", error=error))

    def _leave_out(self, worker: Worker, task: Task, error: Exception) -> bool:
        """Gives a task to others than a worker that can't use its model; False with no other."""
        fingerprint = task.body["fingerprint"]
        worker.barred.add(fingerprint)
        worker.holds, worker.words = "", str(error)
        self._log(f"{worker.name} is left out for this model: {error}")
        if any(w.may_do(task) and not w.hopeless for w in self._workers):
            self._queued.append(task)
            return True
        for one in self._workers:  # the next job asks all of them again
            one.barred.discard(fingerprint)
        return False

    def _hear_gone(self, worker: Worker, message: Message) -> None:
        if worker.stage not in ("refused", "gone"):
            self._lose(worker, message["words"])

    def _lose(self, worker: Worker, words: str) -> None:
        """Undoes what a worker had in hand, and ends it if it lives."""
        tasks, worker.in_flight = list(worker.in_flight.values()), {}
        worker.lose(words, work=bool(tasks))
        self._log(f"{worker.name} is lost: {words} {len(tasks)} batches in flight are given back")
        self._end(worker)
        for task in tasks:
            task.attempts += task.number == worker.begun  # the others only waited behind it
            if task.attempts < ATTEMPTS:
                self._queued.append(task)
                continue
            error = WorkerLost(
                f"{task.attempts} workers were lost at it; the last: {worker.machine}, {words}",
                hint="See: edition press log",
            )
            task.replies.put(Reply(task, "failed", error=error))

    def _end(self, worker: Worker) -> None:
        worker.generation += 1
        channel, worker.channel = worker.channel, None
        if channel is not None:
            channel.kill()

    def _give_up_what_nobody_can_do(self) -> None:
        waiting = [w for w in self._workers if not w.hopeless]
        for task in list(self._queued):
            if any(w.may_do(task) or not w.hello for w in waiting):
                continue
            self._queued.remove(task)
            words = "; ".join(w.words for w in self._workers if w.words)
            if task.needs_library and any(w.works for w in waiting):
                words = "It needs the library's folder, and no worker's machine sees it."
            error = WorkerLost(f"No worker is left that can do this. {words}".rstrip(),
                hint="See: edition press status")  # fmt: skip
            task.replies.put(Reply(task, "failed", error=error))

    def _hand_out(self) -> None:
        given = True
        while given and self._queued:
            given = False
            for worker in sorted(self._workers, key=lambda w: len(w.in_flight)):
                if worker.works and self._give(worker):
                    given = True

    def _give(self, worker: Worker) -> bool:
        tasks = [t for t in self._queued if worker.may_do(t) and not self._still_stopping(t)]
        if worker.in_flight:  # one more of the same kind, so that it never waits for us
            if len(worker.in_flight) >= _IN_FLIGHT or self._someone_idle(worker):
                return False
            if not all(task.overlaps for task in worker.in_flight.values()):
                return False
            tasks = [task for task in tasks if task.overlaps and task.model == worker.holds]
        held = {w.holds for w in self._workers if w is not worker and w.works and w.holds}
        task = choose(tasks, worker.holds, held, affinity=self.choices.affinity)
        if task is None or worker.channel is None:
            return False
        self._queued.remove(task)
        now = time.monotonic()
        if not worker.in_flight:
            worker.busy_since = worker.heard = now
        worker.in_flight[task.number] = task
        worker.holds = task.model or worker.holds
        canary = self._admission.canary(worker, task)
        worker.channel.send(
            {**task.body, "id": task.number, "overlaps": task.overlaps, "canary": canary}
        )
        return True

    def _still_stopping(self, task: Task) -> bool:
        """Whether a training that goes on is still being stopped: two would write one folder."""
        return task.needs_library and any(
            other.owner == task.owner for w in self._workers for other in w.in_flight.values()
        )

    def _someone_idle(self, asking: Worker) -> bool:
        return any(
            not w.in_flight and w.works and any(w.may_do(task) for task in self._queued)
            for w in self._workers
            if w is not asking
        )

    def _cancel(self, owner: int) -> None:
        self._queued = [task for task in self._queued if task.owner != owner]
        for worker in self._workers:
            for number, task in worker.in_flight.items():
                if task.owner == owner and worker.channel is not None:
                    worker.channel.send({"do": "cancel", "id": number})
                    task.replies = queue.SimpleQueue()  # nobody listens any more

    def _reseat(self, seats: Sequence[Seat]) -> None:
        there = {seat.node: seat for seat in seats}
        for worker in list(self._workers):
            if worker.seat.node not in there:
                self._lose(worker, "its machine has left the cluster.")
                self._workers.remove(worker)
        known = {worker.seat.node for worker in self._workers}
        self._workers += [Worker(seat) for node, seat in there.items() if node not in known]

    def _unload(self) -> None:
        for worker in self._workers:
            if worker.works and not worker.in_flight and worker.channel is not None:
                worker.channel.send({"do": "unload"})
                worker.holds = worker.model = ""

    def _show(self) -> None:
        self.snapshot = Snapshot.of(self._workers, busy=bool(self._queued))

    def _close(self) -> None:
        self._closed = True
        for worker in self._workers:
            if worker.channel is not None:
                worker.channel.send({"do": "quit"})
        for worker in self._workers:
            self._end(worker)
        paths.pool_token_file(self._root).unlink(missing_ok=True)
