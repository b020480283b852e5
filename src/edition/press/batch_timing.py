"""How many prints together are fastest on a device, measured with a recipe as it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.errors import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.diffusion.render_request import RenderRequest
    from edition.press.device_session import DeviceSession

MOST = 32
"""Places of the largest batch that is tried."""
_GAIN = 0.1
"""Share of a print's time that a batch twice as large must save: a seed that is wanted alone takes
as long as a whole batch."""


@dataclass(frozen=True, slots=True)
class BatchTiming:
    """A batch that was drawn."""

    places: int
    seconds: float
    """A print: network and decoder. Files are written beside the next batch."""


def measure(
    bench: DeviceSession,
    cells: Callable[[int], Sequence[RenderRequest]],
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[BatchTiming, ...]:
    """Draws batches of 1, 2, 4 … places, each twice, until they gain nothing or don't fit.

    Args:
        bench: with the recipe's model loaded.
        cells: what to draw in so many places.
        clock: in seconds.

    Returns:
        The faster time of each; at least one.

    Raises:
        OutOfMemory: one print alone does not fit.
    """
    found: list[BatchTiming] = []
    while len(found) < 2 or fastest(found[-2:]) == found[-1].places:
        places = 2 * found[-1].places if found else 1
        if places > MOST:
            break
        try:
            seconds = min(_timed(bench, cells(places), clock) for _ in range(2))
        except OutOfMemory:
            if not found:
                raise
            break
        found.append(BatchTiming(places, seconds / places))
    return tuple(found)


def _timed(
    bench: DeviceSession, cells: Sequence[RenderRequest], clock: Callable[[], float]
) -> float:
    started = clock()
    bench.draw(cells)
    return clock() - started


def fastest(timings: Sequence[BatchTiming]) -> int:
    """The places of the smallest batch that no larger one beats by a tenth."""
    best = timings[0]
    for timing in timings[1:]:
        if timing.seconds < best.seconds * (1 - _GAIN):
            best = timing
    return best.places
