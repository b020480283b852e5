"""SUPIR's sampler: Euler steps with churn, a guidance ramp and a pull towards the source.

Yu et al. 2024, section 3.4, on the DDPM noise table of SDXL; churn is that of Karras et al.
2022, algorithm 2, without its second-order correction. Knows latents and a network to call, not
pictures or prompts. All arithmetic is float32, whatever the network computes in: in bfloat16
the first sigma, 14.6146, would already be 14.625.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from edition.errors import UpscaleError
from edition.upscale.tiles import Window, blend_weights, windows

TABLE_STEPS = 1000
BETA_FIRST, BETA_LAST = 0.00085, 0.012
SIGMA_MAX = 14.6146
"""What the ramps divide by: rounded, not the last entry of the table."""
CHURN_MOST = 2**0.5 - 1


class NoisePredictor(Protocol):
    """What predicts the noise in a latent: see edition.upscale.supir_net.SupirNet."""

    def __call__(
        self,
        noisy: Tensor,
        time: Tensor,
        hint: Tensor,
        context: Tensor,
        vector: Tensor,
        scale: float,
    ) -> Tensor:
        """Predicts the noise: (b, 4, h, w)."""


@dataclass(frozen=True, slots=True)
class PromptEncoding:
    """An encoded prompt."""

    context: Tensor
    """(b, n, context)."""
    vector: Tensor
    """(b, vector)."""


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """The numbers of one sampling."""

    steps: int = 30
    cfg: float = 3.0
    """Guidance where the noise ends."""
    cfg_start: float = 1.0
    """Guidance at the highest noise; equal to ``cfg`` it is constant."""
    control: float = 0.9
    """Weight of the control where the noise ends."""
    control_start: float | None = None
    """Weight of the control at the highest noise; None keeps it constant."""
    restore_cfg: float = -1.0
    """Exponent of the pull towards the centre; 0 or less turns it off."""
    restore_floor: float = 0.05
    """The pull ends when the next sigma is not above this."""
    s_churn: float = 5.0
    """New noise in all steps together; 0 turns it off."""
    s_noise: float = 1.01
    """Multiplies the new noise."""


@dataclass(frozen=True, slots=True)
class SamplerStep:
    """One step's numbers, exact float32 values."""

    sigma: float
    sigma_hat: float
    """Sigma after the churn (Karras et al., t-hat): guidance and the Euler step use this one."""
    sigma_next: float
    noise_std: float
    """Standard deviation of the churn's new noise."""
    guidance: float
    control: float
    pull: float
    """How much of the denoised latent is replaced by the centre, 0 to 1."""


def sigma_table() -> Tensor:
    """All noise levels, ascending; the index is the DDPM timestep: (1000,) float32."""
    roots = torch.linspace(BETA_FIRST**0.5, BETA_LAST**0.5, TABLE_STEPS, dtype=torch.float64)
    kept = torch.cumprod(1 - roots**2, dim=0)
    return ((1 - kept) / kept).sqrt().float()


def sigmas_for(steps: int, table: Tensor) -> Tensor:
    """The schedule of a sampling: ``steps`` levels from the highest down, then 0.

    Raises:
        UpscaleError: there are more steps than levels, or none.
    """
    if not 1 <= steps <= len(table):
        raise UpscaleError(
            f"{steps} steps is not valid.", hint=f"Set edm_steps from 1 to {len(table)}."
        )
    last = len(table) - 1
    # evenly spaced, the end left out; computed from 0 up, where float64 gives what numpy gives
    indices = [int(last - i * (last / steps)) for i in range(steps)]
    return torch.cat([table[indices], table.new_zeros(1)])


def plan(settings: SamplerSettings, table: Tensor) -> list[SamplerStep]:
    """Every step's numbers, from the highest noise down."""
    sigmas = sigmas_for(settings.steps, table)
    top = SIGMA_MAX
    gamma = min(settings.s_churn / settings.steps, CHURN_MOST)
    steps = []
    for sigma, sigma_next in itertools.pairwise(sigmas):
        sigma_hat = sigma * (1 + gamma)
        guidance = (settings.cfg_start - settings.cfg) * sigma_hat / top + settings.cfg
        control = torch.tensor(settings.control)
        if settings.control_start is not None:
            control = control + sigma / top * (settings.control_start - settings.control)
        pulls = settings.restore_cfg > 0 and sigma_next > settings.restore_floor
        pull = (sigma / top) ** settings.restore_cfg if pulls else torch.zeros(())
        noise_std = (sigma_hat**2 - sigma**2).clamp(min=0).sqrt() * settings.s_noise
        numbers = (sigma, sigma_hat, sigma_next, noise_std, guidance, control, pull)
        steps.append(SamplerStep(*(n.item() for n in numbers)))
    return steps


@dataclass(frozen=True, slots=True)
class NoiseLevel:
    """A noise level that the network knows."""

    timestep: int
    """Into the table of DDPM noise levels."""
    sigma: float
    c_in: float
    """What a noisy latent is multiplied by before the network sees it."""


class SupirDenoiser:
    """Turns the noise prediction into an estimate of the clean latent, with guidance.

    Args:
        network: predicts noise.
        positive: what is asked for.
        negative: what is asked against.
        batched: both in one batch of twice the size; else one after the other, in half the
            memory.
    """

    def __init__(
        self,
        network: NoisePredictor,
        positive: PromptEncoding,
        negative: PromptEncoding,
        *,
        batched: bool,
    ) -> None:
        self.network = network
        self.positive = positive
        self.negative = negative
        self.batched = batched
        self.table = sigma_table()

    def level(self, sigma: float) -> NoiseLevel:
        """The table's level nearest to a sigma; above its end, the end."""
        index = int((sigma - self.table).abs().argmin())
        quantised = self.table[index].item()
        return NoiseLevel(index, quantised, (quantised**2 + 1) ** -0.5)

    def denoise(
        self, x: Tensor, sigma: float, hint: Tensor, text: PromptEncoding, control: float
    ) -> Tensor:
        """One estimate without guidance: (b, 4, h, w) float32.

        The noise level is the nearest of the table's: its index is the network's timestep.
        """
        level = self.level(sigma)
        time = torch.full((len(x),), level.timestep, device=x.device)
        noise = self.network(x * level.c_in, time, hint, text.context, text.vector, control)
        return x - level.sigma * noise.float()

    def guided(
        self, x: Tensor, step: SamplerStep, hint: Tensor, positive: PromptEncoding | None = None
    ) -> Tensor:
        """The estimate with guidance: (b, 4, h, w) float32.

        Args:
            x: the noisy latent.
            step: the numbers.
            hint: the source's latent.
            positive: instead of the whole picture's, for one tile.
        """
        wanted, b = positive or self.positive, len(x)
        if step.guidance == 1:  # what is asked against has no weight: half the work
            return self.denoise(x, step.sigma_hat, hint, _for_each(wanted, b), step.control)
        if self.batched:
            both = PromptEncoding(
                torch.cat([_spread(self.negative.context, b), _spread(wanted.context, b)]),
                torch.cat([_spread(self.negative.vector, b), _spread(wanted.vector, b)]),
            )
            twice = self.denoise(
                torch.cat([x, x]), step.sigma_hat, torch.cat([hint, hint]), both, step.control
            )
            against, toward = twice.chunk(2)
        else:
            against, toward = (
                self.denoise(x, step.sigma_hat, hint, _for_each(text, b), step.control)
                for text in (self.negative, wanted)
            )
        return torch.lerp(against, toward, step.guidance)


@dataclass(frozen=True, slots=True)
class SamplerState:
    """The state of a sampling after a step."""

    index: int
    x: Tensor
    """The latent after the step: (b, 4, h, w)."""
    denoised: Tensor
    """The clean latent as it looked at this step, before the pull."""


Draw = Callable[[int], Tensor]
"""The unit normal noise of step i, as large as the latent."""
Watch = Callable[[SamplerState], None]


def advance(
    denoiser: SupirDenoiser,
    x: Tensor,
    step: SamplerStep,
    eps: Tensor | None,
    hint: Tensor,
    centre: Tensor | None,
    positive: PromptEncoding | None = None,
) -> tuple[Tensor, Tensor]:
    """One whole step: churn, guidance, pull, Euler.

    Args:
        denoiser: estimates the clean latent.
        x: (b, 4, h, w) float32.
        step: the numbers.
        eps: unit normal noise, needed where the step adds some.
        hint: the source's latent.
        centre: what the pull goes to; needed where the step pulls.
        positive: instead of the whole picture's prompt.

    Returns:
        The latent after the step, and the denoised latent before the pull.
    """
    if step.noise_std and eps is not None:
        x = x + eps * step.noise_std
    denoised = denoiser.guided(x, step, hint, positive)
    target = denoised
    if step.pull and centre is not None:
        target = denoised - (denoised - centre) * step.pull
    d = (x - target) / step.sigma_hat
    return torch.add(x, d, alpha=step.sigma_next - step.sigma_hat), denoised


def sample(
    denoiser: SupirDenoiser,
    noise: Tensor,
    settings: SamplerSettings,
    draw: Draw,
    hint: Tensor,
    centre: Tensor | None = None,
    watch: Watch | None = None,
) -> Tensor:
    """Samples the whole latent at once.

    Args:
        denoiser: estimates the clean latent.
        noise: unit normal: (b, 4, h, w) float32.
        settings: the numbers.
        draw: gives a step's noise; asked in order, only if there is churn.
        hint: the source's latent: (b, 4, h, w).
        centre: what the pull goes to.
        watch: called after every step; may raise to end the sampling.

    Returns:
        The clean latent: (b, 4, h, w) float32.
    """
    steps = plan(settings, denoiser.table)
    x = noise * math.sqrt(1 + steps[0].sigma ** 2)
    for index, step in enumerate(steps):
        eps = draw(index) if step.noise_std else None
        x, denoised = advance(denoiser, x, step, eps, hint, centre)
        if watch:
            watch(SamplerState(index, x, denoised))
    return x


def sample_tiled(
    denoiser: SupirDenoiser,
    noise: Tensor,
    settings: SamplerSettings,
    draw: Draw,
    hint: Tensor,
    tile: int,
    stride: int,
    centre: Tensor | None = None,
    watch: Watch | None = None,
    prompts: Sequence[PromptEncoding] = (),
) -> Tensor:
    """Samples overlapping windows step by step and blends them after each.

    Args:
        denoiser: estimates the clean latent.
        noise: unit normal: (b, 4, h, w) float32; neither side below ``tile``.
        settings: the numbers.
        draw: gives a step's noise for the whole latent; asked in order, every step.
        hint: the source's latent: (b, 4, h, w).
        tile: side of a window, latent pixels.
        stride: from one window to the next, latent pixels.
        centre: what the pull goes to.
        watch: called after every step; may raise to end the sampling.
        prompts: one for every window, in order, instead of the picture's.

    Returns:
        The clean latent: (b, 4, h, w) float32.

    Raises:
        UpscaleError: the latent is smaller than a window, or the prompts are too few.
    """
    boxes = windows(noise.shape[-2], noise.shape[-1], tile, stride)
    if prompts and len(prompts) != len(boxes):
        raise UpscaleError(f"{len(boxes)} tiles need as many prompts, not {len(prompts)}.")
    weights = blend_weights(tile)
    if noise.device.type == "mps":
        weights = weights.float()  # it has no float64
    weights = weights.to(noise.device)
    steps = plan(settings, denoiser.table)
    x = noise * math.sqrt(1 + steps[0].sigma ** 2)
    for index, step in enumerate(steps):
        eps = draw(index)
        sums, counts = (torch.zeros_like(x), torch.zeros_like(x)), torch.zeros_like(x)
        for number, box in enumerate(boxes):
            part = advance(
                denoiser,
                _crop(x, box),
                step,
                _crop(eps, box),
                _crop(hint, box),
                None if centre is None else _crop(centre, box),
                prompts[number] if prompts else None,
            )
            for total, value in zip(sums, part, strict=True):
                _crop(total, box).add_(weights * value)
            _crop(counts, box).add_(weights)
        x = sums[0] / counts
        if watch:
            watch(SamplerState(index, x, sums[1] / counts))
    return x


def _crop(x: Tensor, box: Window) -> Tensor:
    top, bottom, left, right = box
    return x[..., top:bottom, left:right]


def _for_each(text: PromptEncoding, b: int) -> PromptEncoding:
    return PromptEncoding(_spread(text.context, b), _spread(text.vector, b))


def _spread(text: Tensor, b: int) -> Tensor:
    return text if len(text) == b else text.expand(b, *text.shape[1:])


def seeded(seed: int, shape: Sequence[int], device: torch.device) -> Callable[[], Tensor]:
    """A stream of unit normal latents, the same on every device."""
    generator = torch.Generator("cpu").manual_seed(seed)

    def draw() -> Tensor:
        return torch.randn(tuple(shape), generator=generator).to(device)

    return draw
