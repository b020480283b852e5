"""From gauges to a word: asleep, dreaming, forgetting, cooked.

The thresholds are those that sort measured cells by what their pictures look like: see
tests/studies/test_corridor.py, which holds the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edition.studies.lr_steps_grid import LrGridCell

Verdict = Literal["asleep", "dreaming", "forgetting", "cooked"]
ASLEEP_DRIFT = 0.3
"""Below, nobody sees a change: cells of 0.24 still looked like the base, one of 0.37 did not."""
COOKED_DIVERSITY = 0.53
"""Below, all seeds give one picture: cells up to 0.47 did, one of 0.60 did not."""
FORGETTING_LANGUAGE = 0.5
"""Below, words for colours paint nothing: at 0.35 emerald came out brown, at 0.63 green."""


@dataclass(frozen=True, slots=True)
class FinetuneMetrics:
    """One model against the base."""

    diversity: float
    """How different its pictures are from each other; 1 as the base's, 0 all the same."""
    language: float
    """How far a prompt still moves its predictions; 1 as the base's, 0 deaf."""
    pairs: float
    """How far apart unlike prompts stay; 1 as the base's, 0 all the same to it."""
    drift: float
    """How far its pictures are from the base's at the same seed; 1 as far as another seed's."""
    copying: float
    """How much nearer they are to a training picture; 0 no nearer than the base's, 1 copies."""


def verdict(gauges: FinetuneMetrics) -> Verdict:
    """The word for a cell, the gravest first."""
    if gauges.diversity < COOKED_DIVERSITY:
        return "cooked"
    if (gauges.language + gauges.pairs) / 2 < FORGETTING_LANGUAGE:
        return "forgetting"
    if gauges.drift < ASLEEP_DRIFT:
        return "asleep"
    return "dreaming"


def sweet_spot(cells: Iterable[LrGridCell]) -> LrGridCell | None:
    """Of the cells that dream, the one that has gone farthest for the language it has left."""
    dreaming = [cell for cell in cells if cell.verdict == "dreaming"]

    def worth(cell: LrGridCell) -> float:
        gauges = cell.gauges
        return gauges.drift * min(1.0, gauges.diversity) * min(1.0, gauges.language)

    return max(dreaming, key=worth, default=None)
