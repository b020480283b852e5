"""Workers on the machines of a Ray cluster: one actor for each card, or each machine without any.

Nothing of ours listens: Ray carries the messages, and its own token decides who may.
"""

from __future__ import annotations

import importlib
import os
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil

from edition import extras
from edition.errors import PressError
from edition.press.pool import device_list
from edition.press.pool.channels import Seat
from edition.press.pool.worker_server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.press.pool.channels import Deliver
    from edition.press.pool.worker_messages import Message

CONNECT_SECONDS = 10.0
_LOOK_SECONDS = 2.0
_RECEIVE_SECONDS = 2.0
_ANSWER_SECONDS = 60.0
_PLACE_SECONDS = 120.0
"""For Ray to start an actor's process."""
_KILL_SECONDS = 5.0
_MOST_MESSAGES = 16


class Actor:
    """A worker inside an actor; Ray calls its methods from several threads."""

    def __init__(self, settings: Message) -> None:
        """Begins to work."""
        self._out: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._server = Server(settings, self._out.put)
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        self._server.work()

    def send(self, message: Message) -> None:
        """Takes a message from the press."""
        self._server.accept(message)

    def receive(self, seconds: float) -> list[Message]:
        """What there is to say; waits for it, so long at most."""
        try:
            found = [self._out.get(timeout=seconds)]
            while len(found) < _MOST_MESSAGES:
                found.append(self._out.get_nowait())
        except queue.Empty:
            return found if "found" in locals() else []
        return found


class Cluster:
    """A connection to a Ray cluster."""

    def __init__(self, wanted: str) -> None:
        """Connects.

        Args:
            wanted: ``auto`` for the cluster that this machine is part of, or ``HOST:PORT``.

        Raises:
            PressError: Ray isn't installed, or the cluster doesn't answer or refuses.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise PressError(
                "A cluster needs the package ray.", hint=extras.install_extra("cluster")
            ) from None
        self._ray = ray
        self._left = threading.Event()
        _connect(ray, wanted)

    def seats(self) -> list[Seat]:
        """A place for each card of the cluster; where there is none at all, for each machine.

        Raises:
            PressError: the cluster has no machine that is alive.
        """
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        if not nodes:
            raise PressError("The cluster has no machine.", hint="See: ray status")
        cards = any(node["Resources"].get("GPU", 0) >= 1 for node in nodes)
        return [
            self._seat(node, number, cards)
            for node in nodes
            for number in range(int(node["Resources"].get("GPU", 0)) if cards else 1)
            if cards or node["Resources"].get("CPU", 0) >= 1
        ]

    def watch(self, changed: Callable[[Sequence[Seat]], None]) -> None:
        """Reports machines that come and go, from a thread, until ``leave``."""

        def look() -> None:
            known = {seat.node for seat in self.seats()}
            while not self._left.wait(_LOOK_SECONDS):
                try:
                    seats = self.seats()
                except Exception as error:
                    print(f"The cluster does not answer: {error}", flush=True)  # noqa: T201 - the log
                    continue
                if {seat.node for seat in seats} != known:
                    known = {seat.node for seat in seats}
                    changed(seats)

        threading.Thread(target=look, name="cluster", daemon=True).start()

    def leave(self) -> None:
        """Ends the connection; Ray ends what is left of this press's actors."""
        self._left.set()
        self._ray.shutdown()

    def _seat(self, node: dict[str, Any], number: int, card: bool) -> Seat:
        name = f"{node['NodeID'][:6]}-{number}"
        machine = node["NodeManagerHostname"]
        needs = {"num_gpus": 1, "num_cpus": 0} if card else {"num_cpus": 1}

        def start(settings: Message, deliver: Deliver) -> RayChannel:
            return RayChannel(self._ray, node["NodeID"], machine, needs, settings, deliver)

        device = "cuda" if card else "cpu"
        return Seat(name, machine, device, start, node=f"{node['NodeID']}:{number}")


class RayChannel:
    """A worker as an actor on one machine."""

    def __init__(
        self,
        ray: Any,  # noqa: ANN401 - the module
        node: str,
        machine: str,
        needs: dict[str, int],
        settings: Message,
        deliver: Deliver,
    ) -> None:
        """Starts it; returns at once."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray, self._deliver, self._machine = ray, deliver, machine
        self._place = NodeAffinitySchedulingStrategy(node, soft=False)
        self._pid = 0
        self._dead = False
        # threads: one that receives, one that takes cancels meanwhile, two to spare
        options = {"max_concurrency": 4, "max_restarts": 0, "scheduling_strategy": self._place}
        self._actor = ray.remote(Actor).options(**needs, **options).remote(settings)
        threading.Thread(target=self._pump, daemon=True).start()

    def send(self, message: Message) -> None:
        """As a call that nobody waits for; an actor ends by ``kill``, not by its own hand."""
        if not self._dead and message["do"] != "quit":
            self._actor.send.remote(message)

    def kill(self) -> None:
        """Through Ray, and by its process: one that hangs does not heed Ray."""
        self._dead = True
        try:
            self._ray.kill(self._actor, no_restart=True)
        except Exception as error:
            print(f"Ray can't end a worker on {self._machine}: {error}", flush=True)  # noqa: T201 - the log
        if self._pid:
            end = self._ray.remote(_end_process).options(
                num_cpus=0, max_retries=0, scheduling_strategy=self._place
            )
            with_it = end.remote(self._pid)
            self._ray.wait([with_it], timeout=_KILL_SECONDS)

    def _pump(self) -> None:
        """Asks for messages, for as long as the actor lives."""
        words, limit = "ended.", _PLACE_SECONDS
        try:
            while not self._dead:
                call = self._actor.receive.remote(_RECEIVE_SECONDS)
                for message in self._ray.get(call, timeout=limit):
                    if message["say"] == "hello":
                        self._pid = message["pid"]
                    self._deliver(message)
                limit = _ANSWER_SECONDS
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        self._deliver({"say": "gone", "words": words})


def _end_process(pid: int) -> None:
    """On the worker's own machine: ends it if it is a worker still."""
    try:
        process = psutil.Process(pid)
        if "ray::" in " ".join(process.cmdline()) or process.name().startswith("ray::"):
            process.kill()
    except psutil.Error:
        return


def _connect(ray: Any, wanted: str) -> None:  # noqa: ANN401 - the module
    """Connects within ``CONNECT_SECONDS``, or says why not.

    Ray itself waits for minutes for an address at which nobody is.
    """
    deadline = time.monotonic() + CONNECT_SECONDS
    if wanted != "auto":
        _knock(*device_list.address(wanted), wanted)
    outcome: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def connect() -> None:
        try:
            if wanted != "auto":  # init would ask for minutes, whatever the answer
                importlib.import_module("ray._raylet").GcsClient(address=wanted)
            ray.init(
                address=wanted, log_to_driver=False, configure_logging=False,
                include_dashboard=None, namespace="edition",
            )  # fmt: skip
            outcome.put(None)
        except BaseException as error:
            outcome.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        error = outcome.get(timeout=max(0.1, deadline - time.monotonic()))
    except queue.Empty:
        raise PressError(
            f"The cluster {wanted} does not answer within {CONNECT_SECONDS:.0f} s.",
            hint="Look at its address, at RAY_AUTH_TOKEN, and on this machine at: ray status",
        ) from None
    if error is not None:
        raise _refused(wanted, error) from error


def _knock(host: str, port: int, wanted: str) -> None:
    try:
        socket.create_connection((host, port), timeout=3.0).close()
    except OSError as error:
        raise PressError(
            f"There is no cluster at {wanted}: {error.strerror or error}.",
            hint="Start it there with: ray start --head",
        ) from error


def _refused(wanted: str, error: BaseException) -> PressError:
    text = " ".join(str(error).split())[:300]
    if "auth" in type(error).__name__.lower() or "token" in text.lower():
        return PressError(
            f"The cluster {wanted} refuses this machine's token.",
            hint="Set RAY_AUTH_MODE=token and the cluster's RAY_AUTH_TOKEN, here and on all nodes.",
        )
    return PressError(
        f"The cluster {wanted} can't be used: {type(error).__name__}: {text}",
        hint="Is this machine part of it? Join it with: ray start --address HOST:PORT",
    )
