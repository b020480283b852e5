"""What carries messages between the pool and one worker; here: a child process of this machine."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from edition.press.pool import worker_messages as messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from edition.press.pool.worker_messages import Message

    Deliver = Callable[[Message], None]

_END_SECONDS = 10.0
_LAST_WORDS = 3


class Channel(Protocol):
    """One worker that was started."""

    def send(self, message: Message) -> None:
        """Carries a message to the worker; a worker that is gone is reported by ``gone``."""

    def kill(self) -> None:
        """Ends the worker at once and waits until it is gone, some seconds at most."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A place at which one worker can be, again and again."""

    name: str
    machine: str
    device: str
    start: Callable[[Message, Deliver], Channel] = field(repr=False)
    """Starts a worker with the settings of ``worker_server.Server``; messages are delivered from
    threads of its own, the last one being ``gone``."""
    node: str = ""
    """Of a cluster."""


class ChildChannel:
    """A worker as a child process."""

    def __init__(self, settings: Message, deliver: Deliver, environment: dict[str, str]) -> None:
        """Starts it; returns at once."""
        self._deliver = deliver
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        command = [sys.executable, "-m", "edition.press.pool", json.dumps(settings)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | environment,
        )  # fmt: skip
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        threading.Thread(target=self._send_all, daemon=True).start()
        self._errors = threading.Thread(target=self._log, daemon=True)
        self._errors.start()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: Message) -> None:
        """Over the child's standard input; never waits, even for a child that doesn't read."""
        self._outbox.put(message)

    def kill(self) -> None:
        """SIGKILL, and its end is waited for."""
        self._process.kill()
        try:
            self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            return  # in a driver's call: it ends when that returns

    def _read(self) -> None:
        stdout: IO[bytes] | None = self._process.stdout
        try:
            while stdout is not None and (message := messages.read(stdout)) is not None:  # type: ignore[arg-type]
                self._deliver(message)
        finally:
            code = self._process.wait()
            self._errors.join(timeout=1.0)
            self._deliver({"say": "gone", "words": " ".join([_ended(code), *self._words])})
            self._outbox.put(None)

    def _send_all(self) -> None:
        stdin = self._process.stdin
        if stdin is None:
            return
        with suppress(OSError), stdin:  # it is gone: the reading thread says so
            while (message := self._outbox.get()) is not None:
                messages.write(stdin, message)  # type: ignore[arg-type]

    def _log(self) -> None:
        """What the child prints goes to the press's log; its end is kept."""
        stderr = self._process.stderr
        for raw in stderr or ():
            line = raw.decode(errors="replace").rstrip()
            if line:
                self._words.append(line[:200])
                sys.stdout.write(f"worker {self._process.pid}: {line}\n")
                sys.stdout.flush()


def _ended(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}."
    return f"ended with code {code}."


def child_seats(devices: tuple[str, ...]) -> list[Seat]:
    """A child process for each device of this machine.

    One on the processor computes with one thread, as one of a cluster does: how many there are
    decides the last bits of a picture, and must not follow from how many workers there are.
    """
    return [_child_seat(str(n), name) for n, name in enumerate(devices, 1)]


def _child_seat(name: str, device: str) -> Seat:
    environment = {"EDITION_WORKER": name}
    if device.startswith("cuda:"):
        environment |= {
            "CUDA_VISIBLE_DEVICES": _visible(int(device.partition(":")[2])),
            "CUDA_DEVICE_ORDER": os.environ.get("CUDA_DEVICE_ORDER", "FASTEST_FIRST"),
        }
    elif device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        environment["OMP_NUM_THREADS"] = "1"
    return Seat(
        name, socket.gethostname(), device,
        lambda settings, deliver: ChildChannel(settings, deliver, environment),
    )  # fmt: skip


def _visible(number: int) -> str:
    """What the driver calls the press's card number so-and-so."""
    given = [part for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if part]
    return given[number] if number < len(given) else str(number)
