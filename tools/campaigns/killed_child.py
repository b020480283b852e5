"""Does something in a child process that is killed at a moment which no busy machine moves."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from pathlib import Path

KILLED = -9
_NEVER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Interruption:
    """When a child ends: at a write point, in the middle of it, or after some work."""

    point: int = _NEVER
    way: int = 0
    """Of kill_points.c: 0 kills before the call, 1 with half of a write done."""
    microseconds: int = 0
    """Of the child's processor time; 0 is never."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    status: int
    told: tuple[str, ...]
    """What it has printed, also on standard error."""
    points: int
    """Write points that it saw; 0 where it was killed."""
    microseconds: int


class Tally(Counter[str]):
    """Kills and faults of one kind: ``kills``, ``lost``, ``doubled``, ``half-written``."""

    def fault(self, what: str, text: str) -> None:
        """Counts a fault and prints it."""
        self[what] += 1
        print(f"    {what}: {text}", flush=True)


def some_moment(chance: random.Random, complete: Ended) -> Interruption:
    """Half of all kills at a write point, half anywhere between the start and the end."""
    if chance.random() < 0.5:
        return Interruption(chance.randint(1, max(1, complete.points)), chance.randrange(2))
    return Interruption(microseconds=chance.randint(1, max(2, complete.microseconds)))


def child(work: Callable[[], object], moment: Interruption, log: Path) -> Ended:
    """Does some work in a child that is killed at a moment.

    Args:
        work: may print; what it raises ends the child with status 1.
        moment: when.
        log: gets what the child has printed, the last one's over what was there.
    """
    return _collected(*_started(work, moment), log)


def together(works: Sequence[Callable[[], object]], log: Path) -> list[Ended]:
    """Does several works at once, each in a child that nobody kills."""
    started = [_started(work, Interruption()) for work in works]
    with ThreadPoolExecutor(len(works)) as readers:
        return list(readers.map(lambda one: _collected(*one, log), started))


def _started(work: Callable[[], object], moment: Interruption) -> tuple[int, int]:
    """A child's process, and where it tells."""
    told, tell = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(told)
        _do(work, moment, tell)
    os.close(tell)
    return process, told


def _collected(process: int, told: int, log: Path) -> Ended:
    with os.fdopen(told, errors="replace") as stream:
        lines = stream.read().splitlines()
    log.write_text("\n".join(lines), encoding="utf-8")
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    last = lines[-1].split() if lines else []
    facts = [int(n) for n in last[1:]] if last[:1] == ["\x04"] else [0, 0]
    return Ended(status, tuple(lines), *facts)


def _do(work: Callable[[], object], moment: Interruption, tell: int) -> None:
    status = 1
    try:
        os.dup2(tell, 1)
        os.dup2(tell, 2)  # a file's disk would be full, too
        sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
        shim = ctypes.CDLL(None)
        shim.kill_points_arm(ctypes.c_long(moment.point), ctypes.c_int(moment.way))
        if moment.microseconds:
            shim.kill_points_after(ctypes.c_long(moment.microseconds))
        status = int(work() or 0)
        shim.kill_points_disarm()
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = round((used.ru_utime + used.ru_stime) * 1e6)
        print(f"\n\x04 {shim.kill_points_seen()} {spent}", flush=True)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
