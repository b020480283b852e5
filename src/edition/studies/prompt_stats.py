"""The prompt notebook: which prompts, words and artists earn stars. Pure: counts in, rows out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edition.recipe import prompts

if TYPE_CHECKING:
    from collections.abc import Iterable

By = Literal["prompt", "word", "artist"]
BYS: tuple[By, ...] = ("prompt", "word", "artist")


@dataclass(frozen=True, slots=True)
class PromptCounts:
    """The result of one prompt."""

    prompt: str
    made: int
    starred: int
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class PromptStats:
    """A row of the notebook."""

    name: str
    made: int
    starred: int
    rejected: int
    prompts: int
    """In how many prompts it occurs."""
    surely: float
    """Share of stars that can be counted on: the lower end of Wilson's 95 % interval."""

    @property
    def share(self) -> float:
        """Starred out of made, 0 to 1."""
        return self.starred / self.made if self.made else 0.0


def notebook(counts: Iterable[PromptCounts], by: By, least: int = 1) -> tuple[PromptStats, ...]:
    """Adds up what was tried.

    Rows are ordered by what can be counted on, so that one lucky print of one doesn't rank above
    thirty of forty.

    Args:
        counts: one for each prompt.
        by: what a row stands for.
        least: rows of fewer prints are left out.
    """
    sums: dict[str, list[int]] = {}
    for count in counts:
        for name in _names(count.prompt, by):
            row = sums.setdefault(name, [0, 0, 0, 0])
            for k, number in enumerate((count.made, count.starred, count.rejected, 1)):
                row[k] += number
    rows = (
        PromptStats(name, made, starred, rejected, several, wilson(starred, made))
        for name, (made, starred, rejected, several) in sums.items()
        if made >= least
    )
    return tuple(sorted(rows, key=lambda row: (-row.surely, -row.share, -row.made, row.name)))


def _names(prompt: str, by: By) -> tuple[str, ...]:
    if by == "prompt":
        return (prompt or "(nothing)",)
    return prompts.words(prompt) if by == "word" else prompts.artists(prompt)


def wilson(hits: int, tries: int, z: float = 1.96) -> float:
    """Lower end of the score interval for a share: Wilson 1927."""
    if not tries:
        return 0.0
    share = hits / tries
    middle = share + z * z / (2 * tries)
    spread = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    return max(0.0, (middle - spread) / (1 + z * z / tries))
