"""The decoder: it paints sharp pictures from mean colours.

A small UNet's latents are softer than a drawn picture's: what differs between neighbours is
smaller, and there is noise. So the decoder learns from true latents and from softened ones, by
distance alone: the scenes are flat tones with clean edges, and a critic of patches, which richer
scenes need, only bent their colours (28.6 dB with it where 29.7 were before). It needs no UNet.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny

from tools.pocket_model.autoencoder import (
    HELD_OUT,
    LATENT,
    load_autoencoder,
    measure,
    pyramid_distance,
    save_autoencoder,
    texture_distance,
)
from tools.pocket_model.dataset import read_set
from tools.pocket_model.pipeline import put_autoencoder
from tools.pocket_model.pocket_training import (
    PocketTraining,
    StageLoop,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
)

BATCH = 6
RATE = 1e-3
MARGIN = 1
"""Latents at an inner edge of a crop that see too little to be judged."""
SOFTENED, SMALL = 0.4, 0.15
"""Shares of latents that are softened, and of pictures of half the size."""
SOFTEST = 0.7
"""By how much the differences in a softened latent shrink at most."""
NOISE = 0.08
"""Deviation of the noise on latents at most: a sampler's aren't perfect either."""


@dataclass(frozen=True, slots=True)
class LatentPairs:
    """Latents and the pictures they stand for, of one size."""

    latents: torch.Tensor
    """(n, 12, h, w) float32."""
    pictures: torch.Tensor
    """(n, 3, 16 h, 16 w) uint8."""


@torch.no_grad()
def gather(shop: PocketTraining, model: AutoencoderTiny) -> tuple[LatentPairs, LatentPairs]:
    """Encodes all but the held-out pictures, at their size and at half of it."""
    pictures, _ = read_set(shop.path("large"))
    whole = torch.from_numpy(np.ascontiguousarray(pictures[:-HELD_OUT].transpose(0, 3, 1, 2)))
    halves = torch.cat([F.avg_pool2d(p[None].float(), 2).byte() for p in whole])
    true, small = (
        torch.cat([model.encode(p[None].to(shop.device) / 127.5 - 1).latents for p in some])
        for some in (whole, halves)
    )
    return LatentPairs(true, whole), LatentPairs(small, halves)


def soften_latents(latents: torch.Tensor, share: float) -> torch.Tensor:
    """Latents (b, 12, h, w) whose differences, all but the mean colours, are that much smaller."""
    return torch.cat([latents[:, :3], latents[:, 3:] * (1 - share)], 1)


def span(place: int, crop: int, side: int, rng: np.random.Generator) -> tuple[int, slice]:
    """Where a crop begins along one axis, and which of its latents may be judged.

    Args:
        place: 0 at the first edge of the picture, 1 inside, 2 at its last edge.
        crop: its length.
        side: the picture's length.
        rng: chooses where inside.
    """
    if place == 0:
        return 0, slice(0, crop - MARGIN)
    if place == 2 or side <= crop + 2:
        return side - crop, slice(MARGIN, crop)
    return int(rng.integers(1, side - crop)), slice(MARGIN, crop - MARGIN)


def _batch(
    sets: tuple[LatentPairs, LatentPairs], crop: int, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, tuple[slice, slice], float]:
    """Latents (b, 12, c, c), pixels (b, 3, 16 c, 16 c), what may be judged, and how soft it is."""
    pairs = sets[int(rng.random() < SMALL)]
    side = pairs.latents.shape[-1]
    crop = min(crop, side)
    places = rng.choice(3, 2, p=(0.15, 0.7, 0.15))
    down, across = (span(int(place), crop, side, rng) for place in places)
    which = rng.integers(0, len(pairs.latents), BATCH)
    rows, columns = slice(down[0], down[0] + crop), slice(across[0], across[0] + crop)
    softness = float(rng.random()) * SOFTEST if rng.random() < SOFTENED else 0.0
    latents = soften_latents(pairs.latents[which][:, :, rows, columns], softness)
    fine = (slice(LATENT * s.start, LATENT * s.stop) for s in (rows, columns))
    pictures = pairs.pictures[which][:, :, *fine].to(latents.device) / 127.5 - 1
    judged = tuple(slice(LATENT * s.start, LATENT * s.stop) for s in (down[1], across[1]))
    return latents, pictures, (judged[0], judged[1]), softness


class _Painter:
    """The decoder, its optimiser and its running average."""

    def __init__(self, shop: PocketTraining) -> None:
        torch.manual_seed(shop.seed + 4)
        self.shop = shop
        self.model = load_autoencoder(shop).train()
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        weights = self.model.decoder.parameters()
        self.optimizer = torch.optim.AdamW(weights, lr=0, betas=(0.9, 0.98), weight_decay=0)

    def state(self) -> dict[str, torch.Tensor]:
        """Everything a resume needs."""
        averages = {f"average.{k}": v for k, v in self.average.items()}
        return {**named("model", self.model), **averages, **optimizer_state(self.optimizer)}

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Takes back what state gave."""
        self.model.load_state_dict(unnamed("model", tensors))
        for key, value in unnamed("average", tensors).items():
            self.average[key].copy_(value)
        restore_optimizer(self.optimizer, tensors)

    def step(self, sets: tuple[LatentPairs, LatentPairs], number: int, progress: float) -> float:
        """One iteration; gives the distance."""
        rng = np.random.default_rng([self.shop.seed, 6, number])
        latents, real, judged, softness = _batch(sets, self.shop.scale.decoder_crop, rng)
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(number))
        latents = latents + noise.to(latents.device) * NOISE * float(rng.random())
        with self.shop.mixed():
            made = self.model.decode(latents).sample.float()
        made, real = made[..., judged[0], judged[1]], real[..., judged[0], judged[1]]
        exact = 1 - 0.5 * softness / SOFTEST  # a softened latent can't know every detail
        loss = exact * pyramid_distance(made, real) + 0.2 * texture_distance(made, real)
        cosine = 0.5 * (1 + np.cos(np.pi * max(0.0, progress - 0.2) / 0.8))
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min(1, (number + 1) / 60) * (0.03 + 0.97 * cosine)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.decoder.parameters(), 1.0)
        self.optimizer.step()
        keep = min(0.997, (number + 1) / (number + 10))
        with torch.no_grad():
            for key, value in self.model.state_dict().items():
                self.average[key].lerp_(value, 1 - keep)
        return float(loss.detach())


def train_decoder(shop: PocketTraining) -> None:
    """Trains the wide decoder; writes ``work/decoder`` and puts it into the model.

    Raises:
        TrainError: held-out pictures come back worse than the gate allows.
    """
    model = load_autoencoder(shop)
    sets = gather(shop, model)
    painter = _Painter(shop)
    loop = StageLoop(
        shop, "decoder", shop.scale.decoder_steps, shop.seconds_for("decoder"),
        painter.state, painter.restore,
    )  # fmt: skip
    for number in loop:
        loop.lost(painter.step(sets, number, loop.progress))
    painter.model.load_state_dict(painter.average)
    held_out = read_set(shop.path("large"))[0][-HELD_OUT:]
    before = measure(model, held_out, shop.device)
    figures = measure(painter.model.eval(), held_out, shop.device)
    shop.gate(
        "decoder",
        figures["psnr_db"] >= shop.scale.lowest_psnr,
        f"{figures['psnr_db']} dB on held-out pictures, {shop.scale.lowest_psnr} wanted",
    )
    save_autoencoder(painter.model, shop, "decoder")
    shop.finish(
        "decoder", iterations=loop.number, seconds=round(loop.spent), **figures,
        psnr_db_before=before["psnr_db"], gradient_kept_before=before["gradient_kept"],
    )  # fmt: skip
    put_autoencoder(shop)
