"""AdamW, in 8 bits where that works, and how its rate changes over the steps."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import torch
from diffusers.optimization import get_scheduler

from edition import extras

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.recipe.training_settings import TrainingSettings


def build(
    parameters: list[torch.nn.Parameter], settings: TrainingSettings, device: str
) -> tuple[torch.optim.Optimizer, str]:
    """The optimizer wanted, or the nearest that works here.

    Args:
        parameters: what is trained.
        settings: rate, decay and kind.
        device: as torch names it.

    Returns:
        The optimizer, and why it is another than the one wanted; empty when it isn't.
    """
    wishes: dict[str, Any] = {
        "lr": settings.learning_rate,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": settings.weight_decay,
    }
    reason = "" if settings.optimizer == "adamw" else _why_not_8bit(device)
    if settings.optimizer == "adamw8bit" and not reason:
        bitsandbytes = importlib.import_module("bitsandbytes")
        found: torch.optim.Optimizer = bitsandbytes.optim.AdamW8bit(parameters, **wishes)
        return found, ""
    fused = device in ("cpu", "cuda", "mps")
    return torch.optim.AdamW(parameters, fused=fused, **wishes), reason


def _why_not_8bit(device: str) -> str:
    if device != "cuda":
        return f"8-bit Adam needs CUDA; torch's AdamW is used on the {device} device."
    if importlib.util.find_spec("bitsandbytes") is None:
        return (
            "8-bit Adam needs bitsandbytes; torch's AdamW is used, with 6 bytes more a weight. "
            + extras.install("bitsandbytes")
        )
    try:
        importlib.import_module("bitsandbytes")
    except Exception as error:  # its libraries fail in ways of their own
        return f"bitsandbytes does not work here ({error}); torch's AdamW is used."
    return ""


def rate_factor(settings: TrainingSettings) -> Callable[[int], float]:
    """Step, from 0 → factor on the learning rate; a function of the step alone."""
    dummy = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = get_scheduler(
        settings.schedule,
        dummy,
        num_warmup_steps=settings.warmup,
        num_training_steps=settings.steps,
    )
    factor: Callable[[int], float] = scheduler.lr_lambdas[0]
    return factor
