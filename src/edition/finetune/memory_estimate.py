"""What a training needs: of the disk, before it starts; of the device, when it was too much."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.errors import TrainError

if TYPE_CHECKING:
    from pathlib import Path

    from edition.recipe.training_settings import TrainingSettings

_GIB = 1024**3
_CHECKPOINTED_SHARE = 0.8
"""Of the kept activations, what checkpointing gives back: see benchmarks/training.py."""


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """Weights of a model, in numbers of parameters."""

    trained: int
    text: int
    """Of the text encoders."""
    autoencoder: int
    whole: int
    """Of everything that a checkpoint holds."""


def disk_bytes(sizes: ParameterCounts, settings: TrainingSettings, checkpoints: int) -> int:
    """What the checkpoints of a run take at most, the one being written included.

    Weights are kept in 4 bytes; one state holds two moments for each trained weight.
    """
    moment = 4 if settings.optimizer == "adamw" else 1
    state = sizes.trained * (2 * moment + (8 if settings.ema else 0))
    return checkpoints * 4 * sizes.whole + 2 * state + 4 * sizes.whole


def check_disk(folder: Path, needed: int) -> None:
    """Raises before the start if the checkpoints would not fit.

    Raises:
        TrainError: too little is free; the message names both figures.
    """
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise TrainError(
            f"The checkpoints need {needed / _GIB:.1f} GiB; {free / _GIB:.1f} GiB are free "
            f"at {place}.",
            hint="Free some space, or set a larger --checkpoint-every.",
        )


def advice(
    settings: TrainingSettings,
    sizes: ParameterCounts,
    peak_bytes: int,
    mixed: bool,
    eight_bit: bool,
) -> str:
    """What to turn on when the device's memory was too small, first what costs least.

    Args:
        settings: of the run.
        sizes: of the model.
        peak_bytes: what was in use when it failed; 0 when unknown.
        mixed: mixed precision is on.
        eight_bit: 8-bit Adam is used.
    """
    static = sizes.trained * (8 + (2 if eight_bit else 8)) + 4 * (sizes.whole - sizes.trained)
    activations = max(0, peak_bytes - static)
    rows: list[tuple[bool, str, int]] = [
        (not eight_bit, "--optimizer adamw8bit, with bitsandbytes and CUDA", sizes.trained * 6),
        (not mixed, "--precision fp16", activations // 2),
        (not settings.cache_latents, "--cache-latents, without --flip", sizes.autoencoder * 4),
        (
            not settings.gradient_checkpointing,
            "--gradient-checkpointing",
            int(activations * _CHECKPOINTED_SHARE),
        ),
        (
            settings.batch > 1,
            f"--batch 1 --accumulation {settings.batch * settings.accumulation}",
            activations - activations // max(1, settings.batch),
        ),
        (settings.ema, "--no-ema", sizes.trained * 4),
        (settings.train_text_encoder, "--no-train-text-encoder", sizes.text * 12),
        (
            settings.resolution > 256,
            f"--resolution {settings.resolution // 2}",
            activations * 3 // 4,
        ),
    ]
    lines = [f"{wish} ({_saves(saved)})" for wanted, wish, saved in rows if wanted]
    return "Turn on, in this order: " + "; ".join(lines) + "."


def _saves(size: int) -> str:
    return f"saves about {size / _GIB:.1f} GiB" if size else "saves activations"
