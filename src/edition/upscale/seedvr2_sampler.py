"""SeedVR2's step from noise to picture: flow matching on a straight path, in one Euler step.

Between a clean latent and noise lie their mixtures, by the timestep, 0 to 1000; the network gives
the difference of the two ends. It was distilled to one step; more can be taken. Knows latents
and a network to call, not pictures. All arithmetic is float32.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from edition.upscale.seedvr2_arch import LATENT

T_MAX = 1000.0
"""The timestep of pure noise."""
SMALL, LARGE = 256**2, 1024**2
"""Pixels of the pictures between which the noise of the source is fitted."""
LARGE_SHIFT = 3.2
"""How much earlier the same noise comes in a picture of ``LARGE`` than in one of ``SMALL``."""
AUGMENT_OWN, AUGMENT_FRESH = 0.1, 0.05
"""What the source's noise is made of: the sampling's own, and some more."""

Network = Callable[[Tensor, float], Tensor]
"""The difference between noise and clean latent, of a mixture and its timestep."""


def timesteps(steps: int) -> list[float]:
    """The timesteps of a sampling, pure noise first."""
    return [T_MAX * (1 - step / steps) for step in range(steps)]


def interpolate(clean: Tensor, noise: Tensor, t: float) -> Tensor:
    """The mixture of both ends at a timestep."""
    return torch.lerp(clean, noise, t / T_MAX)


def shift_timestep(t: float, pixels: int) -> float:
    """The timestep at which a picture of this size has as much noise as a small one."""
    shift = 1 + (pixels - SMALL) * (LARGE_SHIFT - 1) / (LARGE - SMALL)
    share = t / T_MAX
    return T_MAX * shift * share / (1 + (shift - 1) * share)


def sample(network: Network, noise: Tensor, steps: int = 1) -> Tensor:
    """Integrates from noise to the clean latent with Euler steps.

    Args:
        network: gives the difference between the ends.
        noise: unit normal.
        steps: steps of equal length.
    """
    x, at = noise, timesteps(steps)
    for t, t_next in zip(at, [*at[1:], 0.0], strict=True):
        x = torch.sub(x, network(x, t), alpha=(t - t_next) / T_MAX)
    return x


def guided(cond: Tensor, uncond: Tensor, guidance: float, rescale: float = 0.0) -> Tensor:
    """Classifier-free guidance.

    Args:
        cond: what the network gives for the prompt.
        uncond: what it gives for the other.
        guidance: 1 is the prompt alone.
        rescale: how much of the prompt's own spread is restored, 0 to 1: Lin et al. 2023.
    """
    out = torch.lerp(uncond, cond, guidance)
    if not rescale:
        return out
    axes = tuple(range(1, out.ndim))
    share = cond.std(axes, keepdim=True) / out.std(axes, keepdim=True)
    return out * (rescale * share + 1 - rescale)


def augment(latent: Tensor, noise: Tensor, fresh: Tensor, strength: float) -> Tensor:
    """Some noise in the source's latent: less of the source's own faults, more invention.

    Args:
        latent: of the source, scaled: (h, w, 16).
        noise: of the sampling, of the same shape.
        fresh: unit normal, of the same shape.
        strength: 0 leaves the latent as it is, 1 replaces it.
    """
    t = shift_timestep(T_MAX * strength, 64 * latent.shape[0] * latent.shape[1])
    return interpolate(latent, AUGMENT_OWN * noise + AUGMENT_FRESH * fresh, t)


def given(noisy: Tensor, latent: Tensor) -> Tensor:
    """What the network is given: (h, w, 16) each to (h, w, 33), a mask of ones last."""
    return torch.cat([noisy, latent, torch.ones_like(latent[..., :1])], dim=-1)


def seeded(seed: int, height: int, width: int, device: torch.device) -> Callable[[], Tensor]:
    """A stream of unit normal latents, the same on every device: (h, w, 16) float32."""
    generator = torch.Generator("cpu").manual_seed(seed)

    def draw() -> Tensor:
        return torch.randn(height, width, LATENT, generator=generator).to(device)

    return draw
