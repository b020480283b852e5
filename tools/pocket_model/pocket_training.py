"""Where a training keeps its things: curves, finished stages, checkpoints, and the time left.

Files are written beside their place and renamed, so that a kill leaves the old one or the new
one. Nothing is pickled: tensors are safetensors, figures JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from edition.errors import TrainError
from tools.pocket_model.distributed import ProcessGroup
from tools.pocket_model.presets import SHARES, TrainingPreset

SAVE_EVERY_S = 60.0
SAY_EVERY_S = 5.0


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary name in the same folder; at the end it becomes the path, or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def keep(folder: Path) -> None:
    """Waits until all files of a folder are on the disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as written:
                os.fsync(written.fileno())


@dataclass(slots=True)
class PocketTraining:
    """One training's folder, size, device and clock."""

    folder: Path
    scale: TrainingPreset
    seed: int
    device: str
    budget_s: float
    say: Callable[[str], None]
    """Shows a line of progress."""
    workers: int = 2
    """Processes that draw pictures."""
    crew: ProcessGroup = field(default_factory=ProcessGroup)
    """Processes that teach the denoiser together; the first one talks and writes."""
    started: float = field(default_factory=time.monotonic)

    def claim(self, kind: str) -> None:
        """Takes the folder for one training.

        Args:
            kind: what must be the same at every start: sizes, seed, what it goes on from.

        Raises:
            TrainError: the folder belongs to another.
        """
        note = self.path("training.txt")
        if not note.exists():
            with whole(note) as path:
                path.write_text(kind, encoding="utf-8")
        elif note.read_text(encoding="utf-8") != kind:
            raise TrainError(
                f"{self.folder} holds a training of another size, seed or beginning.",
                hint="Choose another --out, or the same --seed, --from and --smoke as before.",
            )

    def path(self, name: str) -> Path:
        """A file or folder of the work itself, which isn't part of the model."""
        return self.folder / "work" / name

    def seconds_for(self, stage: str) -> float:
        """The stage's part of the budget."""
        return self.budget_s * SHARES[stage]

    def mixed(self) -> torch.autocast:
        """A context that computes in bfloat16, where that is not emulated and slow."""
        kind = torch.device(self.device).type
        able = (
            torch.cuda.is_bf16_supported()
            if kind == "cuda"
            else torch.backends.cpu.get_cpu_capability() == "AVX512"
        )
        return torch.autocast(kind, torch.bfloat16, enabled=bool(able))

    def log(self, stage: str, **figures: object) -> None:
        """Appends a line to the curves, ``work/curves.jsonl``."""
        if not self.crew.first:
            return
        line = {"stage": stage, "at_s": round(time.monotonic() - self.started, 1), **figures}
        path = self.path("curves.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as curves:
            curves.write(json.dumps(line) + "\n")

    def is_done(self, stage: str) -> bool:
        """True when an earlier run has finished the stage."""
        return self.path(f"{stage}.done.json").exists()

    def finish(self, stage: str, **figures: object) -> None:
        """Marks a stage as finished, with what it reached."""
        if not self.crew.first:
            return
        self.log(stage, finished=True, **figures)
        with whole(self.path(f"{stage}.done.json")) as path:
            path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        shown = ", ".join(f"{k} {v}" for k, v in figures.items())
        self.say(f"{stage}: done; {shown}")

    def results(self, stage: str) -> dict[str, Any]:
        """What a finished stage reached."""
        text = self.path(f"{stage}.done.json").read_text(encoding="utf-8")
        read: dict[str, Any] = json.loads(text)
        return read

    def gate(self, stage: str, passed: bool, message: str) -> None:
        """Stops a stage that has learned nothing.

        Raises:
            TrainError: the gate was not passed.
        """
        if not passed:
            self.log(stage, gate=message)
            raise TrainError(
                f"The {stage} stage learned too little: {message}.",
                hint=f"Look at {self.path('curves.jsonl')}; give it a larger --budget.",
            )


class StageLoop:
    """A stage's iterations: counts, keeps time, saves, says how long is left, resumes.

    Args:
        shop: whose stage it is.
        stage: its name, also the checkpoint's.
        most: iterations after which it ends even with time left.
        seconds: how long it may take, earlier runs included.
        state: returns all tensors that a resume needs.
        restore: takes them back.
    """

    def __init__(
        self,
        shop: PocketTraining,
        stage: str,
        most: int,
        seconds: float,
        state: Callable[[], dict[str, torch.Tensor]],
        restore: Callable[[dict[str, torch.Tensor]], None],
    ) -> None:
        self.shop, self.stage, self.most, self.seconds = shop, stage, most, seconds
        self._state, self._restore = state, restore
        self.number, self.spent = 0, 0.0
        self.losses: list[float] = []
        self._file = shop.path(f"{stage}.state.safetensors")
        if self._file.exists():
            self._resume()

    @property
    def progress(self) -> float:
        """0 at the start, 1 at the end, by iterations or by time, whichever is further."""
        return min(1.0, max(self.number / self.most, self.spent / self.seconds))

    def __iter__(self) -> Iterator[int]:
        began = time.monotonic() - self.spent
        said, saved = 0.0, time.monotonic()
        while self.progress < 1:
            yield self.number
            self.number += 1
            now = time.monotonic()
            self.spent = self.shop.crew.agree(now - began)
            if now - said > SAY_EVERY_S:
                said = now
                self._show()
            if now - saved > SAVE_EVERY_S:
                self.save()
                saved = now
        self.save()

    def lost(self, loss: float) -> None:
        """Takes note of an iteration's loss."""
        if loss != loss:  # not a number
            raise TrainError(
                f"The {self.stage} stage diverged at iteration {self.number}.",
                hint="Start again with another --seed.",
            )
        self.losses.append(loss)

    def fell(self) -> tuple[float, float]:
        """Mean loss of the first and of the last tenth."""
        part = max(1, len(self.losses) // 10)
        return sum(self.losses[:part]) / part, sum(self.losses[-part:]) / part

    def save(self) -> None:
        """Writes a checkpoint that a later run goes on from."""
        if not self.shop.crew.first:
            return
        tensors = {k: v.detach().cpu().contiguous() for k, v in self._state().items()}
        tensors["loop.losses"] = torch.tensor(self.losses, dtype=torch.float32)
        tensors["loop.clock"] = torch.tensor([self.number, self.spent], dtype=torch.float64)
        with whole(self._file) as path:
            save_file(tensors, path)

    def _resume(self) -> None:
        tensors = load_file(self._file)
        number, spent = tensors.pop("loop.clock").tolist()
        self.number, self.spent = int(number), float(spent)
        self.losses = tensors.pop("loop.losses").tolist()
        self._restore(tensors)
        self.shop.say(f"{self.stage}: going on from iteration {self.number}")

    def _show(self) -> None:
        recent = self.losses[-20:]
        mean = sum(recent) / max(1, len(recent))
        rate = self.number / max(self.spent, 1e-6)
        left = min(self.seconds - self.spent, (self.most - self.number) / max(rate, 1e-6))
        self.shop.log(self.stage, iteration=self.number, loss=round(mean, 5), per_s=round(rate, 2))
        self.shop.say(
            f"{self.stage}: {self.progress:4.0%}, iteration {self.number}, loss {mean:.4f}, "
            f"{rate:.1f}/s, {max(0, left) / 60:.1f} min left"
        )


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """An AdamW's state as named tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"adam.{number}.{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Puts back what optimizer_state gave."""
    whole_state = optimizer.state_dict()
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        kind, _, rest = key.partition(".")
        if kind == "adam":
            number, _, name = rest.partition(".")
            state.setdefault(int(number), {})[name] = value
    whole_state["state"] = state
    optimizer.load_state_dict(whole_state)


def named(prefix: str, module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A module's tensors under a prefix."""
    return {f"{prefix}.{k}": v for k, v in module.state_dict().items()}


def unnamed(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors that stand under a prefix, without it."""
    cut = len(prefix) + 1
    return {k[cut:]: v for k, v in tensors.items() if k.startswith(f"{prefix}.")}


def say(line: str) -> None:
    """Shows a line on standard error at once."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
