"""The decoder, trained again when the UNet is there: from its kind of latents, with a critic.

An encoder's latents are sharper than those a small UNet makes. The encoder stays as it is, and so
do all latents; a wider decoder learns to paint from both kinds, first by distance alone and then
against a critic that sees patches beside their mean colours. The hinge losses and the balance of
gradients are those of VQGAN: Esser et al. 2021, "Taming transformers for high-resolution image
synthesis", section 3.1.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from edition.pocket.autoencoder import (
    HELD_OUT,
    carry_up,
    load_autoencoder,
    measure,
    pyramid_distance,
    save_autoencoder,
    soften,
    texture_distance,
)
from edition.pocket.captions import caption
from edition.pocket.dataset import read_set
from edition.pocket.denoiser import SCHEDULE, newest_unet
from edition.pocket.pipeline import put_autoencoder
from edition.pocket.text import encode_ids, load_text
from edition.pocket.workshop import (
    Loop,
    Workshop,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
)

BATCH = 6
RATE, CRITIC_RATE = 1e-3, 4e-4
CRITIC_FROM = 0.3
"""Part of the time after which the critic speaks."""
CRITIC_WEIGHT = 0.6
"""Its gradient at the last layer, relative to that of the distances."""
BLOCKS = (8, 4, 3, 1)
"""Residual blocks from latents to pixels: most where they cost least."""
MARGIN = 2
"""Latents at an inner edge of a crop that see too little to be judged."""
CLEANED_FROM = (150, 300, 450)
"""Timesteps from which the UNet guesses the clean latent: the larger, the softer."""
SHARES = (0.45, 0.40, 0.15)
"""Of true latents, of latents the UNet has cleaned, and of pictures of half the size."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Latents and the pictures they stand for, of one size."""

    latents: torch.Tensor
    """(versions, n, 4, h, w) float32: the true ones, or several cleaned ones."""
    pictures: torch.Tensor
    """(n, 3, 8 h, 8 w) uint8."""


class Critic(nn.Module):
    """Says of patches of 46 pixels whether they were drawn or decoded."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = (6, width, 2 * width, 3 * width)
        layers: list[nn.Module] = []
        for inner, outer in itertools.pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(inner, outer, 4, 2, 1)), nn.LeakyReLU(0.2)]
        layers.append(spectral_norm(nn.Conv2d(widths[-1], 1, 4, 1, 1)))
        self.layers = nn.Sequential(*layers)

    def forward(self, picture: torch.Tensor, means: torch.Tensor) -> torch.Tensor:
        """Scores (b, 1, h, w) of pictures (b, 3, h, w) beside their blurred originals."""
        scores: torch.Tensor = self.layers(torch.cat([picture, means], 1))
        return scores


def widened(model: AutoencoderTiny, width: int) -> AutoencoderTiny:
    """The same encoder with a new, wider decoder, which begins as a smooth enlarger."""
    made = AutoencoderTiny(
        encoder_block_out_channels=model.config.encoder_block_out_channels,
        decoder_block_out_channels=(width,) * 4,
        num_encoder_blocks=model.config.num_encoder_blocks,
        num_decoder_blocks=BLOCKS,
        scaling_factor=1.0,
    )
    soften(made.decoder)
    with torch.no_grad():
        carry_up([m for m in made.decoder.layers if isinstance(m, nn.Conv2d)])
    made.encoder.load_state_dict(model.encoder.state_dict())
    made.encoder.requires_grad_(False)
    return made.to(memory_format=torch.channels_last)


@torch.no_grad()
def gather(shop: Workshop, model: AutoencoderTiny) -> tuple[Pairs, Pairs, Pairs]:
    """Encodes all but the held-out pictures: true latents, cleaned ones, and of half the size."""
    pictures, labels = read_set(shop.path("large"))
    pictures, labels = pictures[:-HELD_OUT], labels[:-HELD_OUT]
    whole = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    halves = torch.cat([F.avg_pool2d(p[None].float(), 2).byte() for p in whole])
    true, small = (
        torch.cat([model.encode(p[None].to(shop.device) / 127.5 - 1).latents for p in some])
        for some in (whole, halves)
    )
    tokenizer, encoder, _ = load_text(shop)
    rng = np.random.default_rng([shop.seed, 5])
    texts = [caption(label, rng) for label in labels]
    unet = newest_unet(shop)
    cleaned = []
    for start in range(0, len(true), 8):
        ids = encode_ids(tokenizer, texts[start : start + 8]).to(shop.device)
        cleaned.append(_clean(unet, true[start : start + 8], encoder(ids)[0], shop.seed + start))
        if start % 80 == 0:
            shop.say(f"decoder: {start} of {len(true)} latents cleaned")
    return (
        Pairs(true[None], whole),
        Pairs(torch.cat(cleaned, 1), whole),
        Pairs(small[None], halves),
    )


def _clean(
    unet: UNet2DConditionModel, latents: torch.Tensor, states: torch.Tensor, seed: int
) -> torch.Tensor:
    """The UNet's guesses of noised latents (b, 4, h, w), (times, b, 4, h, w)."""
    levels = DDIMScheduler(**SCHEDULE).alphas_cumprod
    generator = torch.Generator().manual_seed(seed)
    guesses = []
    for time in CLEANED_FROM:
        noise = torch.randn(latents.shape, generator=generator).to(latents.device)
        signal, sigma = levels[time].sqrt(), (1 - levels[time]).sqrt()
        mixed = signal * latents + sigma * noise
        guesses.append(signal * mixed - sigma * unet(mixed, torch.tensor(time), states).sample)
    return torch.stack(guesses)


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
    sets: tuple[Pairs, Pairs, Pairs], crop: int, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, tuple[slice, slice], int]:
    """Latents (b, 4, c, c), pixels (b, 3, 8 c, 8 c), what may be judged, and which set."""
    kind = int(rng.choice(3, p=SHARES))
    pairs = sets[kind]
    side = pairs.latents.shape[-1]
    crop = min(crop, side)
    places = rng.choice(3, 2, p=(0.15, 0.7, 0.15))
    down, across = (span(int(place), crop, side, rng) for place in places)
    which = rng.integers(0, pairs.latents.shape[1], BATCH)
    version = rng.integers(0, pairs.latents.shape[0], BATCH)
    rows, columns = slice(down[0], down[0] + crop), slice(across[0], across[0] + crop)
    latents = pairs.latents[version, which][:, :, rows, columns]
    fine = (slice(8 * s.start, 8 * s.stop) for s in (rows, columns))
    pictures = pairs.pictures[which][:, :, *fine].to(latents.device) / 127.5 - 1
    judged = tuple(slice(8 * s.start, 8 * s.stop) for s in (down[1], across[1]))
    return latents, pictures, (judged[0], judged[1]), kind


class _Painter:
    """Decoder, critic, their optimisers and the decoder's running average."""

    def __init__(self, shop: Workshop) -> None:
        torch.manual_seed(shop.seed + 4)
        self.shop = shop
        self.model = widened(load_autoencoder(shop), shop.scale.decoder_width).to(shop.device)
        self.critic = Critic().to(shop.device)
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        weights = self.model.decoder.parameters()
        self.optimizer = torch.optim.AdamW(weights, lr=0, betas=(0.9, 0.98), weight_decay=0)
        self.other = torch.optim.AdamW(
            self.critic.parameters(), lr=CRITIC_RATE, betas=(0.5, 0.95), weight_decay=0
        )
        self.balance = 0.0

    def state(self) -> dict[str, torch.Tensor]:
        """Everything a resume needs."""
        averages = {f"average.{k}": v for k, v in self.average.items()}
        other = {f"other.{k}": v for k, v in optimizer_state(self.other).items()}
        return {
            **named("model", self.model), **named("critic", self.critic), **averages, **other,
            **optimizer_state(self.optimizer), "balance": torch.tensor(self.balance),
        }  # fmt: skip

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Takes back what state gave."""
        self.model.load_state_dict(unnamed("model", tensors))
        self.critic.load_state_dict(unnamed("critic", tensors))
        for key, value in unnamed("average", tensors).items():
            self.average[key].copy_(value)
        restore_optimizer(self.optimizer, tensors)
        restore_optimizer(self.other, unnamed("other", tensors))
        self.balance = float(tensors["balance"])

    def step(self, sets: tuple[Pairs, Pairs, Pairs], number: int, progress: float) -> float:
        """One iteration of the decoder, and of the critic when it speaks; gives the distance."""
        rng = np.random.default_rng([self.shop.seed, 6, number])
        latents, real, judged, kind = _batch(sets, self.shop.scale.decoder_crop, rng)
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(number))
        latents = latents + noise.to(latents.device) * 0.08 * float(rng.random())
        with self.shop.mixed():
            made = self.model.decode(latents).sample.float()
        made, real = made[..., judged[0], judged[1]], real[..., judged[0], judged[1]]
        exact = 0.5 if kind == 1 else 1.0  # a cleaned latent can't know every detail
        distance = exact * pyramid_distance(made, real) + 0.4 * texture_distance(made, real)
        total = distance
        if progress >= CRITIC_FROM:
            means = F.interpolate(F.avg_pool2d(real, 8), size=real.shape[-2:], mode="bilinear")
            self._teach_critic(made.detach(), real, means)
            with self.shop.mixed():
                praise = self.critic(made, means).float().mean()
            if number % 25 == 0 or self.balance == 0:
                self._weigh(distance, praise)
            grown = min(1.0, (progress - CRITIC_FROM) / 0.1)
            total = distance - CRITIC_WEIGHT * grown * self.balance * praise
        cosine = 0.5 * (1 + np.cos(np.pi * max(0.0, progress - 0.2) / 0.8))
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min(1, (number + 1) / 60) * (0.03 + 0.97 * cosine)
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.decoder.parameters(), 1.0)
        self.optimizer.step()
        keep = min(0.997, (number + 1) / (number + 10))
        with torch.no_grad():
            for key, value in self.model.state_dict().items():
                self.average[key].lerp_(value, 1 - keep)
        return float(distance.detach())

    def _teach_critic(self, made: torch.Tensor, real: torch.Tensor, means: torch.Tensor) -> None:
        with self.shop.mixed():
            drawn = self.critic(real, means).float()
            decoded = self.critic(made, means).float()
        loss = (torch.relu(1 - drawn) + torch.relu(1 + decoded)).mean()
        self.other.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.other.step()

    def _weigh(self, distance: torch.Tensor, praise: torch.Tensor) -> None:
        """Balances the two by how strongly each pulls at the last layer."""
        last = self.model.decoder.layers[-1].weight
        pulls = [
            float(torch.autograd.grad(loss, last, retain_graph=True)[0].norm())
            for loss in (distance, praise)
        ]
        wanted = min(10.0, pulls[0] / (pulls[1] + 1e-6))
        self.balance = wanted if self.balance == 0 else 0.8 * self.balance + 0.2 * wanted


def train_decoder(shop: Workshop) -> None:
    """Trains the wide decoder; writes ``work/decoder`` and puts it into the model.

    Raises:
        TrainError: held-out pictures come back worse than the gate allows.
    """
    model = load_autoencoder(shop)
    sets = gather(shop, model)
    painter = _Painter(shop)
    loop = Loop(
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
