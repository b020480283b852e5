"""What training has done to a model, in numbers taken from the model itself.

All gauges are relative to the base model, so that they mean the same for a tiny model and a
large one. No other weights are needed: distances are taken between the autoencoder's latents,
language from the denoising network's own predictions.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as functional

from edition.finetune import image_dataset
from edition.finetune.sampling import eval_mode
from edition.finetune.seeded_rng import stream
from edition.studies.classify import FinetuneMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image
    from torch import Tensor

    from edition.finetune.networks import Networks

PAIRS = (("a red picture", "a blue picture"), ("night", "daylight"), ("mountains", "the sea"))
"""Prompts that no model should paint alike."""
POOLED = 16
"""Latents are compared on a grid of so many cells a side: composition and colour, not grain."""
TIMESTEPS = 8
"""Noise levels at which predictions are compared, evenly over the schedule."""


@dataclass(frozen=True, slots=True)
class BaseReference:
    """What the base model did, kept so that every cell is measured against the same.

    Attributes:
        pictures: (s, d) pooled latents of its pictures, a row a seed.
        training: (n, d) pooled latents of the training pictures.
        noisy: (t, s, c, h, w) its pictures under noise.
        timesteps: (t,).
        moved: (t, s, c, h, w) prediction with the prompt minus without.
        apart: (p, t, s, c, h, w) predictions of each pair, one minus the other.
    """

    pictures: Tensor
    training: Tensor
    noisy: Tensor
    timesteps: Tensor
    moved: Tensor
    apart: Tensor


def pooled_latents(networks: Networks, pictures: Sequence[Image.Image], side: int) -> Tensor:
    """Pictures as points that can be compared.

    Args:
        networks: whose autoencoder encodes them.
        pictures: RGB, square or not.
        side: pixels; all are brought to this size first.

    Returns:
        (n, d), float32, on the CPU.
    """
    device = next(networks.vae.parameters()).device
    rows = []
    for picture in pictures:
        pixels = torch.from_numpy(image_dataset.values(image_dataset.fit(picture, side)))[None].to(
            device
        )
        with torch.no_grad():
            latent, _ = networks.encode_picture(pixels)
        cells = min(POOLED, *latent.shape[-2:])
        rows.append(functional.adaptive_avg_pool2d(latent.float(), cells).flatten().cpu())
    return torch.stack(rows)


def diversity(points: Tensor) -> float:
    """Mean distance between any two pictures: the simplest of the diversity measures.

    The idea of pairwise distance between samples is that of Zhu et al. 2017 (BicycleGAN,
    section 5), who take it in LPIPS; here it is taken in the model's own latents.

    Args:
        points: (n, d), n of 2 or more.
    """
    return _mean([_distance(a, b) for a, b in itertools.combinations(points, 2)])


def drift(points: Tensor, base: Tensor) -> float:
    """Mean distance to the base's picture of the same seed, in units of the base's diversity.

    The noise being equal, what differs is what training changed; a drift of 1 says that the
    base's own picture at this seed is no better a reference than its picture at another.

    Args:
        points: (s, d).
        base: (s, d), the same seeds.
    """
    apart = _mean([_distance(a, b) for a, b in zip(points, base, strict=True)])
    return apart / max(diversity(base), 1e-9)


def copying(points: Tensor, training: Tensor, base: Tensor) -> float:
    """How much nearer pictures are to their nearest training picture than the base's are.

    Nearest training neighbours as a measure of replication: Somepalli et al. 2023. Mirrored
    pictures are not looked for.

    Args:
        points: (s, d).
        training: (n, d).
        base: (s, d).

    Returns:
        1 - nearest / base's nearest: 0 as the base, 1 a copy, below 0 farther away.
    """
    return 1.0 - _nearest(points, training) / max(_nearest(base, training), 1e-9)


def kept(now: Tensor, before: Tensor) -> float:
    """How much of a response is left: the part of it along the old one, over the old one.

    The difference between a conditional and an unconditional prediction is what guidance
    follows (Ho and Salimans 2022, eq. 6). Its length alone is no measure of language: a wrecked
    model answers prompts with large, meaningless differences. So the response is projected onto
    the base's: 1 the same answer, 0 none, or another one.

    Args:
        now: any shape; the trained model's differences at all timesteps and seeds.
        before: the same shape; the base's.
    """
    return float((now * before).sum() / before.square().sum().clamp(min=1e-12))


def reference(
    networks: Networks,
    prompt: str,
    pictures: Sequence[Image.Image],
    training: Sequence[Image.Image],
    side: int,
) -> BaseReference:
    """Measures the base model.

    Args:
        networks: the base, on its device.
        prompt: of the edition.
        pictures: what it drew, one a seed.
        training: what the models are trained on.
        side: of the pictures drawn, pixels.
    """
    device = next(networks.unet.parameters()).device
    pixels = torch.stack(
        [torch.from_numpy(image_dataset.values(image_dataset.fit(p, side))) for p in pictures]
    )
    with torch.no_grad():
        latents = torch.cat([networks.encode_picture(p[None].to(device))[0] for p in pixels])
    noise = torch.randn(latents.shape, generator=stream(0, "gauges")).to(device)
    count = networks.timesteps
    steps = ((torch.arange(TIMESTEPS) + 0.5) * count / TIMESTEPS).long()
    noisy = torch.stack(
        [
            networks.schedule.add_noise(latents, noise, step.expand(len(latents)).to(device))
            for step in steps
        ]
    )
    moved, apart = responses(networks, prompt, noisy, steps, side)
    return BaseReference(
        pooled_latents(networks, pictures, side),
        pooled_latents(networks, training, side),
        noisy.cpu(),
        steps,
        moved,
        apart,
    )


def responses(
    networks: Networks, prompt: str, noisy: Tensor, steps: Tensor, side: int
) -> tuple[Tensor, Tensor]:
    """How predictions differ between prompts.

    Args:
        networks: on their device.
        prompt: of the edition.
        noisy: (t, s, c, h, w).
        steps: (t,).
        side: of the pictures, pixels.

    Returns:
        With the prompt minus without, (t, s, c, h, w); the pairs, (p, t, s, c, h, w). On the CPU.
    """
    device = next(networks.unet.parameters()).device
    texts = [prompt, "", *itertools.chain.from_iterable(PAIRS)]
    said = []
    with eval_mode([networks.unet, *networks.text_encoders]), torch.no_grad():
        for text in texts:
            heard = networks.encode_text(networks.tokens([text])).spread(noisy.shape[1])
            rows = [
                networks.predict(
                    networks.unet, one.to(device), step.expand(len(one)).to(device), heard, side
                ).cpu()
                for one, step in zip(noisy, steps, strict=True)
            ]
            said.append(torch.stack(rows).float())
    apart = [a - b for a, b in zip(said[2::2], said[3::2], strict=True)]
    return said[0] - said[1], torch.stack(apart)


def measure(
    networks: Networks,
    prompt: str,
    pictures: Sequence[Image.Image],
    base: BaseReference,
    side: int,
) -> FinetuneMetrics:
    """All gauges of one model.

    Args:
        networks: the trained model, on its device.
        prompt: of the edition.
        pictures: what it drew at the base's seeds.
        base: of ``reference``.
        side: of the pictures, pixels.
    """
    points = pooled_latents(networks, pictures, side)
    moved, apart = responses(networks, prompt, base.noisy, base.timesteps, side)
    return FinetuneMetrics(
        diversity=diversity(points) / max(diversity(base.pictures), 1e-9),
        language=kept(moved, base.moved),
        pairs=kept(apart, base.apart),
        drift=drift(points, base.pictures),
        copying=copying(points, base.training, base.pictures),
    )


def _distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean().sqrt())


def _nearest(points: Tensor, others: Tensor) -> float:
    return _mean([min(_distance(a, b) for b in others) for a in points])


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))
