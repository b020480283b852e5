"""The map of the corridor: learning rate against steps, every cell drawn and measured.

One run a rate, whose checkpoints are the columns; every cell draws the same seeds as the base
model. A cell is a file: a map that was interrupted continues with the cell that is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.errors import StudyError
from edition.studies.classify import FinetuneMetrics, sweet_spot, verdict

if TYPE_CHECKING:
    from pathlib import Path

    from edition.studies.classify import Verdict

PLAN, MAP, SHEET = "plan.json", "map.png", "sheet.png"
BASE = "base"


@dataclass(frozen=True, slots=True)
class LrGridCell:
    """One learning rate after so many steps."""

    rate: float
    steps: int
    gauges: FinetuneMetrics
    verdict: Verdict
    model: str
    """The diffusers folder, relative to the map's folder."""
    pictures: tuple[str, ...]
    """One file a seed, relative to the map's folder."""


@dataclass(frozen=True, slots=True)
class LrStepsGrid:
    """A map as far as it is done."""

    rates: tuple[float, ...]
    counts: tuple[int, ...]
    seeds: tuple[int, ...]
    base: tuple[str, ...]
    """The base model's pictures, relative to the map's folder."""
    cells: tuple[LrGridCell, ...]
    sweet: LrGridCell | None
    """The cell to begin with; None while no cell dreams."""

    def cell(self, rate: float, steps: int) -> LrGridCell | None:
        """One cell, if it is measured."""
        return next((c for c in self.cells if (c.rate, c.steps) == (rate, steps)), None)


def read(folder: Path) -> LrStepsGrid:
    """A map from its files.

    Raises:
        StudyError: there is none, or it is broken.
    """
    try:
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        cells = [_read_cell(file) for file in sorted(folder.glob("cell-*.json"))]
        rates, counts = tuple(plan["rates"]), tuple(plan["counts"])
        cells = [cell for cell in cells if cell.rate in rates and cell.steps in counts]
        cells.sort(key=lambda c: (rates.index(c.rate), counts.index(c.steps)))
        seeds = tuple(plan["seeds"])
    except FileNotFoundError:
        raise StudyError(
            f"There is no grid in {folder}.", hint="Make one with: edition corridor"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(f"The grid in {folder} is broken: {error}.") from error
    base = tuple(f"{BASE}/{seed}.png" for seed in seeds if (folder / BASE).is_dir())
    return LrStepsGrid(rates, counts, seeds, base, tuple(cells), sweet_spot(cells))


def _read_cell(file: Path) -> LrGridCell:
    facts = json.loads(file.read_text(encoding="utf-8"))
    gauges = FinetuneMetrics(**facts["gauges"])
    return LrGridCell(
        facts["rate"], facts["steps"], gauges, verdict(gauges), facts["model"],
        tuple(facts["pictures"]),
    )  # fmt: skip
