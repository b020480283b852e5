"""How much noise is in a print at each of its steps: what stands beside the frames of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edition.diffusion import samplers

if TYPE_CHECKING:
    from edition.recipe.recipe import Sampling


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
    kept = scheduler.alphas_cumprod.double().tolist()
    found = []
    for time in scheduler.timesteps.tolist():
        low = int(min(max(time, 0.0), len(kept) - 1))
        high, part = min(low + 1, len(kept) - 1), time - low
        signal = kept[low] * (1 - part) + kept[high] * part
        found.append((float(time), ((1 - signal) / signal) ** 0.5 if signal > 0 else float("inf")))
    return tuple(found)
