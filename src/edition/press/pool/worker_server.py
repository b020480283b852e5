"""A worker: takes tasks one after the other, does them, and reports.

The same in a child process and in a Ray actor; only what carries its messages differs.
"""

from __future__ import annotations

import importlib
import os
import queue
import socket
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.errors import EditionError, OutOfMemory, PressError, Stopped
from edition.press.pool import worker_messages as messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.press.pool.worker_messages import Message
    from edition.press.pool.worker_tasks import Core

_SAY_SECONDS = 0.1
_PREVIEW_SECONDS = 0.4
_VERDICT_SECONDS = 300.0
CORE = "edition.press.pool.worker_tasks:Core"
"""What does the tasks, unless a measurement names something else."""


class TaskReporter:
    """What a task sees of the press: whether it is still wanted, and how to tell of it."""

    def __init__(self, server: Server, task_id: int) -> None:
        """Speaks of one task."""
        self._server, self.task_id = server, task_id
        self._said = self._shown = 0.0

    def check(self) -> None:
        """Lets a task go on.

        Raises:
            Stopped: it was cancelled.
        """
        if self.task_id in self._server.cancelled:
            raise Stopped("The press took the batch back.")

    def step(self, step: int, steps: int, previews: Callable[[], tuple[bytes, ...]]) -> None:
        """Reports a batch's progress, a few times a second; raises Stopped as ``check`` does."""
        self.check()
        now = time.monotonic()
        if now - self._said < _SAY_SECONDS:
            return
        self._said = now
        facts: Message = {"step": step, "steps": steps}
        if now - self._shown >= _PREVIEW_SECONDS:
            self._shown = now
            facts["preview"] = previews()
        self.tell("step", **facts)

    def event(self, name: str, *values: Any) -> None:  # noqa: ANN401
        """Something that the job's own side handles."""
        self.tell("event", name=name, values=values)

    def tell(self, say: str, **facts: Any) -> None:  # noqa: ANN401
        """Sends a message about this task."""
        self._server.send({"say": say, "id": self.task_id, **facts})

    def prove(self, canary: str) -> None:
        """Waits for the press's word on what the canary seed looks like here.

        Raises:
            PressError: it is not what the first worker drew.
        """
        self.tell("canary", digest=canary)
        try:
            words = self._server.verdicts.get(timeout=_VERDICT_SECONDS)
        except queue.Empty:
            words = "The press did not answer."
        if words:
            raise PressError(words)


class Server:
    """Does what the press asks, in the thread that calls ``work``."""

    def __init__(self, settings: Message, send: Callable[[Message], None]) -> None:
        """Loads nothing yet.

        Args:
            settings: ``device``, ``root``, ``token`` of the library, ``core``, ``wait_free``.
            send: carries a message to the press; called from several threads.
        """
        self.settings, self.send = settings, send
        self.cancelled: set[int] = set()
        self.verdicts: queue.Queue[str] = queue.Queue()
        self._tasks: queue.Queue[Message] = queue.Queue()
        self._later = ThreadPoolExecutor(1, thread_name_prefix="encoding")
        self._encoding: Future[None] | None = None

    def accept(self, message: Message) -> None:
        """Takes a message from the press; returns at once."""
        do = message["do"]
        if do == "cancel":
            self.cancelled.add(message["id"])
        elif do == "verdict":
            self.verdicts.put(message["words"])
        elif do == "quit":
            os._exit(0)
        else:
            self._tasks.put(message)

    def work(self) -> None:
        """Joins and works until the process ends."""
        try:
            core = self._core()
            self.send(self._hello(core))
        except Exception as error:
            traceback.print_exc()
            self.send({"say": "refused", **messages.fault(error)})
            return
        while True:
            message = self._tasks.get()
            if message["do"] == "unload":
                core.unload()
            else:
                self._task(core, message)

    def _core(self) -> Core:
        root, device = Path(self.settings["root"]), self.settings["device"]
        module, _, name = self.settings.get("core", CORE).partition(":")
        kind: type[Core] = getattr(importlib.import_module(module), name)
        wait_for_memory(self.settings.get("wait_free", 0), device)
        return kind(
            "cuda" if device.startswith("cuda") else device,  # the only one that is visible
            root,
            sees_library=sees_library(root, self.settings["token"]),
        )

    def _hello(self, core: Core) -> Message:
        device = core.bench.device
        return {
            "say": "hello", "machine": socket.gethostname(), "pid": os.getpid(),
            "title": device.title, "device": device.name, "memory": device.memory_bytes,
            "free": device.free_bytes, "sees_library": core.sees_library,
            "versions": core.versions(),
        }  # fmt: skip

    def _task(self, core: Core, message: Message) -> None:
        """One task; what it leaves to be encoded is done while the next one computes."""
        talk = TaskReporter(self, message["id"])
        try:
            talk.check()
            talk.tell("begun")
            finish = core.do(message, talk)
            self._settle()
            self._encoding = self._later.submit(self._finish, talk, finish)
            if not message.get("overlaps"):
                self._settle()
        except BaseException as error:
            self._failed(talk, error)

    def _finish(self, talk: TaskReporter, finish: Callable[[], Any]) -> None:
        try:
            talk.tell("done", value=finish())
        except Exception as error:
            self._failed(talk, error)

    def _failed(self, talk: TaskReporter, error: BaseException) -> None:
        if not isinstance(error, EditionError | messages.Unfit | OutOfMemory):
            traceback.print_exception(error)
        talk.tell("failed", **messages.fault(error))

    def _settle(self) -> None:
        if self._encoding is not None:
            self._encoding.result()
            self._encoding = None


def sees_library(root: Path, token: str) -> bool:
    """Whether the library's folder here is the press's own: it holds the word of today."""
    try:
        return bool(token) and paths.pool_token_file(root).read_text() == token
    except OSError:
        return False


def wait_for_memory(wanted: int, device: str, seconds: float = 30.0) -> None:
    """Waits until a card is as free as it was: a killed process's memory takes a moment.

    Args:
        wanted: bytes that were free when the first worker began; 0 waits for nothing.
        device: only a CUDA card is waited for.
        seconds: at most.
    """
    if not wanted or not device.startswith("cuda"):
        return
    import torch

    deadline = time.monotonic() + seconds
    while torch.cuda.mem_get_info()[0] < wanted * 0.9 and time.monotonic() < deadline:
        time.sleep(0.2)
