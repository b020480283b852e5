"""What a pool shows of itself to other threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edition.domain import WorkerState
    from edition.press.pool.worker_record import Worker


@dataclass(slots=True)
class Snapshot:
    """The workers at one moment; replaced as a whole."""

    workers: tuple[WorkerState, ...] = ()
    idle: tuple[str, ...] = ()
    """Models held by workers that have nothing to do, empty ones included."""
    working: int = 0
    title: str = ""
    memory: int = 0
    """Of the smallest device, bytes."""
    settled: bool = False
    """Whether every worker has joined, was refused or given up."""
    shown: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def hopeful(self) -> bool:
        """Whether a worker works, or may still come or come back."""
        return bool(self.working) or not self.settled

    @classmethod
    def of(cls, workers: Sequence[Worker], *, busy: bool) -> Self:
        """What workers do now.

        Args:
            workers: all of the pool.
            busy: tasks wait for a worker, so that none counts as idle.
        """
        ready = [w for w in workers if w.works]
        return cls(
            workers=tuple(w.state() for w in workers),
            idle=() if busy else tuple(w.holds for w in ready if not w.in_flight),
            working=len(ready),
            title=_titles(w.title for w in ready),
            memory=min((int(w.hello["memory"]) for w in ready), default=1 << 62),
            settled=all(w.works or w.hopeless for w in workers),
            shown=tuple(dict(w.shown) for w in ready if w.in_flight and w.shown),
        )


def _titles(titles: Iterable[str]) -> str:
    """Devices in words: how many of each."""
    counted: dict[str, int] = {}
    for title in titles:
        counted[title] = counted.get(title, 0) + 1
    return ", ".join(f"{n} × {title}" if n > 1 else title for title, n in counted.items())
