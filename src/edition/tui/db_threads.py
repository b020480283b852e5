"""Threads with a session of their own: one that writes, one that reads what takes long."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from edition.actions.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")


class DbThread:
    """Does one thing after the other, in the order asked, beside the UI's thread.

    A mark must be on the disk before the next one, and a disk that is busy must not hold the
    keys: the UI shows what was asked at once, and is notified when it is written.
    """

    def __init__(self, root: Path, name: str, *, grace: float = 0.0) -> None:
        """Starts no thread yet.

        Args:
            root: the library.
            name: of its thread.
            grace: seconds that a single act waits before it begins. Both threads share Python's
                lock: an act that begins while its mark is being painted doubles the frame's time.
        """
        self._root = root
        self._grace = grace
        self._desk: Session | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many acts are still to be done; asked from the UI's thread."""
        return self._waiting

    @property
    def busy(self) -> bool:
        """Whether something is still to be done; asked from the UI's thread."""
        return self._waiting > 0

    def ask(self, act: Callable[[Session], T]) -> Future[T]:
        """Queues an act; call ``done`` once its result has been seen."""
        self._waiting += 1
        return self._pool.submit(self._do, act)

    def done(self) -> None:
        """The UI has taken in a result."""
        self._waiting -= 1

    def close(self) -> None:
        """Finishes all that was asked, then closes the session."""
        self._pool.submit(self._leave)
        self._pool.shutdown(wait=True)

    def _do(self, act: Callable[[Session], T]) -> T:
        if self._grace and self._waiting == 1:  # those behind others have waited already
            time.sleep(self._grace)
        if self._desk is None:
            self._desk = Session(self._root)
        return act(self._desk)

    def _leave(self) -> None:
        if self._desk is not None:
            self._desk.close()
