"""A network's target, and its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as functional

from edition.errors import TrainError

if TYPE_CHECKING:
    from torch import Tensor


def target(schedule: Any, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:  # noqa: ANN401
    """What the network is to predict: Ho et al. 2020, eq. 14; Salimans and Ho 2022, section 4.

    Args:
        schedule: diffusers' DDPMScheduler of the model.
        latents: (b, c, h, w), clean.
        noise: (b, c, h, w).
        timesteps: (b,).

    Raises:
        TrainError: the model predicts something else.
    """
    kind = schedule.config.prediction_type
    if kind == "epsilon":
        return noise
    if kind == "v_prediction":
        found: Tensor = schedule.get_velocity(latents, noise, timesteps)
        return found
    raise TrainError(
        f"A model that predicts {kind!r} can't be trained here.",
        hint="Use a model of the Stable Diffusion 1, 2 or XL kind.",
    )


def loss(prediction: Tensor, wanted: Tensor, prior_weight: float | None = None) -> Tensor:
    """Mean squared error, in float32.

    Args:
        prediction: (b, c, h, w); networks that predict their variance, too, give (b, 2c, h, w).
        wanted: (b, c, h, w).
        prior_weight: the second half of the batch holds the model back by so much (Ruiz et al.
            2022, eq. 2); None when there is no such half.
    """
    if prediction.shape[1] == 2 * wanted.shape[1]:
        prediction = prediction.chunk(2, dim=1)[0]
    prediction, wanted = prediction.float(), wanted.float()
    if prior_weight is None:
        return functional.mse_loss(prediction, wanted)
    own, held = zip(prediction.chunk(2), wanted.chunk(2), strict=True)
    return functional.mse_loss(*own) + prior_weight * functional.mse_loss(*held)


def gradient_norm(parameters: list[torch.nn.Parameter]) -> Tensor:
    """The length of all gradients as one vector."""
    norms = [p.grad.detach().norm() for p in parameters if p.grad is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())
