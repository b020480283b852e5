"""The steps of a print: its clean estimate at each, and how much noise is left there."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from edition.diffusion import samplers

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.recipe.recipe import Sampling

    Level = tuple[float, float]
    After = Callable[[int, int, torch.Tensor, Callable[[], torch.Tensor], Level], None]


def levels(sampling: Sampling, native: Any) -> tuple[tuple[float, float], ...]:  # noqa: ANN401
    """How much noise is in the picture at each evaluation of a print.

    Args:
        sampling: of the print.
        native: the scheduler that its model ships.

    Returns:
        Pairs (t, sigma) in the order of the whole schedule; a print that starts from an image
        enters it later and has the last of them. sigma is noise to signal,
        sqrt((1 - a) / a) with Song et al.'s (2021) cumulative alpha; infinity where nothing of
        the picture is left.
    """
    scheduler = samplers.build(sampling, native)
    scheduler.set_timesteps(sampling.steps)
    if not hasattr(scheduler, "alphas_cumprod"):
        pairs = zip(scheduler.timesteps.tolist(), scheduler.sigmas.tolist(), strict=False)
        return tuple((float(time), float(sigma)) for time, sigma in pairs)
    return tuple(
        (float(time), ((1 - s) / s) ** 0.5 if (s := _signal(scheduler, time)) > 0 else float("inf"))
        for time in scheduler.timesteps.tolist()
    )


def _signal(scheduler: Any, time: float) -> float:  # noqa: ANN401
    """The cumulative alpha at a timestep, possibly between two whole ones."""
    kept = scheduler.alphas_cumprod.to(torch.float64).cpu()
    low = int(min(max(float(time), 0.0), len(kept) - 1))
    high, part = min(low + 1, len(kept) - 1), float(time) - low
    return float(kept[low] * (1 - part) + kept[high] * part)


def denoised_latents(
    scheduler: Any,  # noqa: ANN401
    scaled: torch.Tensor,
    noise_pred: torch.Tensor,
    t: torch.Tensor,
    latents: torch.Tensor,
) -> torch.Tensor:
    """The clean latents that a noise prediction implies.

    For variance-preserving schedules Song et al. 2021 (DDIM), equation 9; for v, Salimans and Ho
    2022, appendix D; for flows Lipman et al. 2023; for EDM the scheduler's own preconditioning.

    Args:
        scheduler: gives the share of signal at ``t`` and what its network predicts.
        scaled: what went into the network, of the shape of ``latents``.
        noise_pred: what came out, after guidance.
        t: the timestep, possibly between two whole ones.
        latents: unscaled; of the shape and type of the result.
    """
    x, out = scaled.float(), noise_pred.float()
    if out.shape != x.shape:  # a learned variance follows
        out = out[:, : x.shape[1]]
    kind = str(scheduler.config.get("prediction_type", "epsilon"))
    if hasattr(scheduler, "precondition_outputs"):
        sigma = scheduler.sigmas[scheduler.step_index]
        found = scheduler.precondition_outputs(latents.float(), out, sigma)
    elif flows(scheduler):
        share = float(t) / scheduler.config.num_train_timesteps
        end = 1.0 if scheduler.config.get("invert_sigmas", False) else 0.0
        found = latents.float() + (end - share) * out
    elif kind == "sample":
        found = out
    else:
        signal = _signal(scheduler, float(t))
        if kind == "v_prediction":
            found = signal**0.5 * x - (1 - signal) ** 0.5 * out
        else:
            found = (x - (1 - signal) ** 0.5 * out) / max(signal, 1e-8) ** 0.5
    estimate: torch.Tensor = found.to(latents.dtype)
    return estimate


def flows(scheduler: Any) -> bool:  # noqa: ANN401
    """Whether a scheduler goes along a flow from noise to picture."""
    config = scheduler.config
    return (
        "FlowMatch" in type(scheduler).__name__
        or config.get("prediction_type") == "flow_prediction"
    )


_TELLS_CLEAN = ("SCMScheduler",)
"""Schedulers whose estimate is taken as they give it, beside the latents of the next step."""


def watch(scheduler: Any, after: After) -> None:  # noqa: ANN401
    """Has a scheduler tell of each step.

    Args:
        scheduler: its ``step`` is wrapped.
        after: called with the step from 1, how many there are, the latents after it, what makes
            the clean estimate before it, and its timestep with its noise to signal.
    """
    step, count = scheduler.step, 0

    @functools.wraps(step)
    def told(guess: torch.Tensor, time: Any, latents: torch.Tensor, *args: Any, **kw: Any) -> Any:  # noqa: ANN401
        nonlocal count
        scaled = latents
        if hasattr(scheduler, "scale_model_input"):
            scaled = scheduler.scale_model_input(latents, time)
        moment = time.flatten()[0] if isinstance(time, torch.Tensor) else time  # one a batch
        level, found = _level(scheduler, moment), None
        if hasattr(scheduler, "precondition_outputs"):  # its step index moves on
            found = denoised_latents(scheduler, scaled, guess, moment, latents)
        output = step(guess, time, latents, *args, **kw)
        count += 1

        def estimate() -> torch.Tensor:
            if found is not None:
                return found
            if type(scheduler).__name__ in _TELLS_CLEAN:
                told = output[1] if isinstance(output, tuple) else output.pred_original_sample
                shown: torch.Tensor = told / scheduler.config.sigma_data
                return shown
            return denoised_latents(scheduler, scaled, guess, moment, latents)

        after(count, len(scheduler.timesteps), _first(output), estimate, level)
        return output

    scheduler.step = told


def _first(output: Any) -> torch.Tensor:  # noqa: ANN401 - a tuple or diffusers' own class
    found: torch.Tensor = output[0] if isinstance(output, tuple) else output.prev_sample
    return found


def _level(scheduler: Any, time: Any) -> Level:  # noqa: ANN401
    t = float(time)
    if flows(scheduler):
        share = t / scheduler.config.num_train_timesteps
        if scheduler.config.get("invert_sigmas", False):
            share = 1 - share
        return t, share / (1 - share) if share < 1 else float("inf")
    if not hasattr(scheduler, "alphas_cumprod"):
        return t, t
    signal = _signal(scheduler, t)
    return t, ((1 - signal) / signal) ** 0.5 if signal > 0 else float("inf")
