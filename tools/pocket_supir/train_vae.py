"""Trains pocket SUPIR's autoencoder, and the second encoder that sees through damage."""

import re

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from edition.upscale.supir_net import make_vae
from edition.upscale.supir_vae import LATENT_SCALE
from tools.pocket_model.autoencoder import pyramid_distance, texture_distance
from tools.pocket_model.pocket_training import (
    PocketTraining,
    StageLoop,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
)
from tools.pocket_supir.config import POCKET, carry
from tools.pocket_supir.degradations import Pictures, crops, damaged

BATCH = 4
RATE = 4e-4
SHAKEN = 0.06
"""Deviation of the noise on scaled latents in training: a sampled one isn't perfect either."""
AVERAGE = 0.997
CHAIN, SLOW = r"^(?!.*(conv1|norm1|norm2))", 0.06
"""What carries the colours learns slowly: its inputs are far from 0, and a common step of hundreds
of weights moves the whole picture. The rest, inside of the residual blocks, may hurry."""
WARM = 100
"""Iterations until the rate is reached: a faster start would break what the birth has laid."""


class TrainableVae(nn.Module):
    """The autoencoder and the second encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.vae = make_vae(POCKET)
        carry(self.vae)
        self.second = make_vae(POCKET).encoder
        self.second.load_state_dict(self.vae.encoder.state_dict())

    def latent(self, x: Tensor, encoder: nn.Module | None = None) -> Tensor:
        """The likeliest scaled latent of pictures: (b, 3, h, w) to (b, 4, h/8, w/8)."""
        moments: Tensor = self.vae.quant_conv((encoder or self.vae.encoder)(x))
        return moments.chunk(2, 1)[0] * LATENT_SCALE

    def picture(self, latent: Tensor) -> Tensor:
        """The picture of a scaled latent."""
        made: Tensor = self.vae.decoder(self.vae.post_quant_conv(latent / LATENT_SCALE))
        return made


class Learner:
    """Weights in training, their running average and their optimiser.

    Args:
        shop: device and seed.
        model: what learns.
        rate: the highest learning rate.
        slow: pattern of the names of parameters that learn at a part of it.
    """

    def __init__(
        self, shop: PocketTraining, model: nn.Module, rate: float, slow: str = "$^"
    ) -> None:
        self.model, self.rate = model.to(shop.device), rate
        self.average = {k: v.detach().clone() for k, v in model.state_dict().items()}
        trained = [(k, p) for k, p in model.named_parameters() if p.requires_grad]
        groups = [
            {"params": [p for k, p in trained if (re.search(slow, k) is not None) == held],
             "pace": pace}
            for held, pace in ((False, 1.0), (True, SLOW))
        ]  # fmt: skip
        groups = [group for group in groups if group["params"]]
        self.optimizer = torch.optim.AdamW(groups, lr=0, betas=(0.9, 0.99), weight_decay=0)
        self.mixed = shop.mixed()

    def state(self) -> dict[str, Tensor]:
        """Everything a resume needs."""
        averages = {f"average.{k}": v for k, v in self.average.items()}
        return {**named("model", self.model), **averages, **optimizer_state(self.optimizer)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Takes back what state gave."""
        self.model.load_state_dict(unnamed("model", tensors))
        for key, value in unnamed("average", tensors).items():
            self.average[key].copy_(value)
        restore_optimizer(self.optimizer, tensors)

    def learn(self, loss: Tensor, number: int, progress: float) -> float:
        """One step of the optimiser; gives the loss."""
        cosine = 0.5 * (1 + np.cos(np.pi * max(0.0, progress - 0.3) / 0.7))
        for group in self.optimizer.param_groups:
            group["lr"] = (
                group["pace"] * self.rate * min(1, (number + 1) / WARM) * (0.02 + 0.98 * cosine)
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        weights = [p for p in self.model.parameters() if p.requires_grad]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        self.optimizer.step()
        keep = min(AVERAGE, (number + 1) / (number + 10))
        with torch.no_grad():
            for key, value in self.model.state_dict().items():
                self.average[key].lerp_(value, 1 - keep)
        return float(loss.detach())

    def settle(self) -> None:
        """Gives the model its running average: the weights to judge and to keep."""
        self.model.load_state_dict(self.average)
        self.model.eval()


def reading_loss(reader: TrainableVae, clean: Tensor, rng: np.random.Generator) -> Tensor:
    """How badly a batch comes back, and how far damage moves its latents."""
    latent = reader.latent(clean)
    shaken = latent + torch.randn_like(latent) * SHAKEN * float(rng.random())
    made = reader.picture(shaken)
    seen = reader.latent(damaged(clean, rng), reader.second)
    made, latent, seen = made.float(), latent.float(), seen.float()
    away = F.smooth_l1_loss(seen, latent.detach(), beta=0.2)
    spread = F.relu(latent.square().mean((0, 2, 3)) - 2).mean()  # the sampler counts on about 1
    return pyramid_distance(made, clean) + 0.4 * texture_distance(made, clean) + away + 0.1 * spread


def train_reader(
    shop: PocketTraining, pictures: list[Pictures], held_out: Tensor, spend: tuple[float, int, int]
) -> tuple[TrainableVae, dict[str, float]]:
    """Trains both encoders and the decoder together.

    Args:
        shop: folder, device, seed.
        pictures: large scenes to learn from.
        held_out: (b, 3, h, w), never learned from.
        spend: seconds, iterations after which it ends early, and the side of a crop.

    Returns:
        The averaged networks, and what the stage reached.
    """
    seconds, most, side = spend
    torch.manual_seed(shop.seed)
    reader = TrainableVae()
    learner = Learner(shop, reader, RATE, CHAIN)
    loop = StageLoop(shop, "reader", most, seconds, learner.state, learner.restore)
    for number in loop:
        rng = np.random.default_rng([shop.seed, 7, number])
        torch.manual_seed(int(rng.integers(2**62)))
        clean = crops(pictures, side, BATCH, rng).to(shop.device)
        with learner.mixed:
            loss = reading_loss(reader, clean, rng)
        loop.lost(learner.learn(loss, number, loop.progress))
    learner.settle()
    with torch.no_grad():
        made = reader.picture(reader.latent(held_out)).clamp(-1, 1)
    decibels = float(-10 * torch.log10(((made - held_out) ** 2).mean() / 4))
    slopes = [float(p.mean(1).diff(dim=-1).abs().mean()) for p in (made, held_out)]
    return reader, {
        "iterations": loop.number, "seconds": round(loop.spent), "psnr_db": round(decibels, 2),
        "gradient_kept": round(slopes[0] / slopes[1], 3),
    }  # fmt: skip
