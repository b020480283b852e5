"""How others watch a training: called between steps, never the other way round."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One finished step."""

    step: int
    """From 1."""
    loss: float
    grad_norm: float
    """Of all trained weights, before clipping."""
    rate: float
    """Learning rate."""
    seconds: float


class TrainingCallback:
    """Sees a training; every method may raise edition.errors.Stopped to end it at that point."""

    def note(self, text: str) -> None:
        """Something a person should know: a warning, a fallback."""

    def phase(self, text: str) -> None:
        """What begins now, in words."""

    def opened(self, run: Path) -> None:
        """The run's folder is known."""

    def beat(self) -> None:
        """Called between the steps of a sample that is drawn."""

    def step(self, facts: TrainingStep) -> None:
        """A step is done."""

    def sample(self, step: int, seeds: Sequence[int], images: Sequence[Image.Image]) -> None:
        """Samples were drawn after a step; 0 is the untouched model."""

    def checkpoint(self, step: int, folder: Path) -> None:
        """A checkpoint is on the disk, whole."""

    def cell(self, done: int) -> None:
        """So many cells of a map are measured."""


class ConsoleCallback(TrainingCallback):
    """Says it on a terminal and keeps the curve as JSON lines beside the run."""

    def __init__(self, curve: Path | None = None, every: int = 10) -> None:
        """Prints every so many steps."""
        self._curve = curve
        self._every = every

    def note(self, text: str) -> None:
        """Prints it."""
        self._say(f"note: {text}")

    def phase(self, text: str) -> None:
        """Prints it."""
        self._say(text)

    def step(self, facts: TrainingStep) -> None:
        """Prints some and keeps all."""
        if facts.step % self._every == 0 or facts.step == 1:
            self._say(
                f"step {facts.step:6}  loss {facts.loss:.4f}  gradient {facts.grad_norm:.4f}  "
                f"{facts.seconds:.2f} s"
            )
        if self._curve is not None:
            self._curve.parent.mkdir(parents=True, exist_ok=True)
            with self._curve.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(facts)) + "\n")

    def checkpoint(self, step: int, folder: Path) -> None:
        """Prints where it is."""
        self._say(f"checkpoint after step {step}: {folder}")

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
