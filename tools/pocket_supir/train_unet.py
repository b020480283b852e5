"""Trains pocket SUPIR's UNet, control network and adapters, all at once and from nothing.

SUPIR's own UNet knew pictures before its control was trained. This one never paints without a
source, so it learns both together: to guess the noise in a sharp crop's latent while it sees what
the second encoder makes of the damaged one. Noise levels are those of the sampler's table.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from edition.upscale.supir_net import SupirNet
from edition.upscale.supir_sampler import PromptEncoding, sigma_table
from edition.upscale.supir_text import ids_of, joined, read_g, read_l, text_config
from tools.pocket_model.captions import caption
from tools.pocket_model.pocket_training import PocketTraining, StageLoop
from tools.pocket_model.scene import Labels
from tools.pocket_supir.config import POCKET
from tools.pocket_supir.degradations import Pictures, crops, damaged
from tools.pocket_supir.train_vae import Learner, TrainableVae

BATCH = 6
RATE = 1.2e-3
CAPTIONS = 4
"""Of each scene."""
UNSAID = 0.3
"""Share of crops without words: the source says nearly all."""
LIGHTEST, HEAVIEST = 0.25, 4.0
"""Bounds of a noise level's weight, sigma squared: guesses count by the latent they lead to."""


@dataclass(frozen=True, slots=True)
class FixedTextEncoders:
    """Both text encoders as they were born: they spread words apart, and that is all."""

    text_l: CLIPTextModel
    text_g: CLIPTextModelWithProjection

    @torch.no_grad()
    def __call__(self, prompts: list[str]) -> PromptEncoding:
        """All prompts as one batch."""
        ids = ids_of(prompts)
        texts = joined(read_l(self.text_l, ids), *read_g(self.text_g, ids), POCKET)
        return PromptEncoding(
            torch.cat([t.context for t in texts]), torch.cat([t.vector for t in texts])
        )


def new_words(seed: int) -> FixedTextEncoders:
    """Fresh text encoders of POCKET's sizes."""
    torch.manual_seed(seed)
    return FixedTextEncoders(
        CLIPTextModel(text_config(POCKET.text_l)).eval(),
        CLIPTextModelWithProjection(text_config(POCKET.text_g)).eval(),
    )


def new_net(seed: int) -> SupirNet:
    """Fresh networks whose first guess is no noise at all."""
    torch.manual_seed(seed)
    net = SupirNet(POCKET)
    nn.init.zeros_(net.unet.conv_out.weight)
    nn.init.zeros_(net.unet.conv_out.bias)
    return net


class Teacher:
    """Makes batches for the networks: latents, noise, and what is to be guessed.

    Args:
        shop: device and seed.
        reader: the trained autoencoder.
        scenes: large pictures, and what is true of each.
        words: encodes their captions.
        side: of a crop, pixels.
    """

    def __init__(
        self,
        shop: PocketTraining,
        reader: TrainableVae,
        scenes: tuple[list[Pictures], list[Labels]],
        words: FixedTextEncoders,
        side: int,
    ) -> None:
        self.pictures, labels = scenes
        rng = np.random.default_rng([shop.seed, 8])
        said = ["", *(caption(label, rng) for label in labels for _ in range(CAPTIONS))]
        self.device = shop.device
        self.reader, self.side = reader.to(shop.device), side
        texts = words(said)
        self.texts = PromptEncoding(texts.context.to(shop.device), texts.vector.to(shop.device))
        self.table = sigma_table().to(shop.device)

    def loss(self, net: SupirNet, rng: np.random.Generator) -> Tensor:
        """How wrong the networks guess the noise of one batch."""
        which = int(rng.integers(len(self.pictures)))
        clean = crops([self.pictures[which]], self.side, BATCH, rng).to(self.device)
        with torch.no_grad():
            latent = self.reader.latent(clean).float()
            hint = self.reader.latent(damaged(clean, rng), self.reader.second).float()
        even = (np.arange(BATCH) + rng.random(BATCH)) / BATCH
        time = torch.from_numpy((even * len(self.table)).astype(np.int64)).to(self.device)
        sigma = self.table[time].view(-1, 1, 1, 1)
        noise = torch.randn_like(latent)
        noisy = (latent + sigma * noise) * (sigma**2 + 1).rsqrt()
        said = 1 + which * CAPTIONS + rng.integers(0, CAPTIONS, BATCH)
        said = np.where(rng.random(BATCH) < UNSAID, 0, said)
        context, vector = self.texts.context[said], self.texts.vector[said]
        guess = net(noisy, time, hint, context, vector, 1.0).float()
        weight = (sigma**2).clamp(LIGHTEST, HEAVIEST)
        loss: Tensor = (weight * (guess - noise) ** 2).mean()
        return loss


def train_restorer(
    shop: PocketTraining, teacher: Teacher, seconds: float, most: int
) -> tuple[SupirNet, dict[str, float]]:
    """Trains the networks.

    Args:
        shop: folder, device, seed.
        teacher: makes the batches.
        seconds: how long.
        most: iterations after which it ends early.

    Returns:
        The averaged networks, and what the stage reached.
    """
    net = new_net(shop.seed)
    learner = Learner(shop, net, RATE)
    loop = StageLoop(shop, "restorer", most, seconds, learner.state, learner.restore)
    for number in loop:
        rng = np.random.default_rng([shop.seed, 9, number])
        torch.manual_seed(int(rng.integers(2**62)))
        with learner.mixed:
            loss = teacher.loss(net, rng)
        loop.lost(learner.learn(loss, number, loop.progress))
    learner.settle()
    before, after = loop.fell()
    shop.gate("restorer", after < before, f"loss {before:.3f} -> {after:.3f}")
    return net, {
        "iterations": loop.number, "samples": loop.number * BATCH, "seconds": round(loop.spent),
        "loss_first": round(before, 4), "loss_last": round(after, 4),
    }  # fmt: skip
