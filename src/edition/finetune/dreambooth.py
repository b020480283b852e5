"""DreamBooth: all of UNet and text encoder bent to a few pictures (Ruiz et al. 2022).

Without prior preservation unless asked for: nothing pulls the model back to where it came from.
Runs under the press, as ``python -m edition.finetune dreambooth``, and under ``accelerate launch``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers.training_utils import EMAModel

from edition.diffusion import model_licence
from edition.finetune import training_loss
from edition.finetune.memory_estimate import ParameterCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn

    from edition.finetune.latent_cache import LatentCache
    from edition.finetune.networks import Networks, PromptEmbedding
    from edition.finetune.seeded_rng import BatchRng
    from edition.recipe.training_settings import TrainingSettings


class DreamBooth:
    """UNet and, if wanted, text encoders on one prompt and a few pictures."""

    def __init__(
        self,
        networks: Networks,
        settings: TrainingSettings,
        pictures: LatentCache,
        prior: LatentCache | None = None,
    ) -> None:
        """Says what is trained.

        Args:
            networks: of the base model, or of the checkpoint to continue from.
            settings: of the recipe.
            pictures: what the model is bent to.
            prior: what holds it back; None for nothing.
        """
        self.networks, self._settings = networks, settings
        self._pictures, self._prior = pictures, prior
        self._trained = [networks.unet]
        if settings.train_text_encoder:
            self._trained += networks.text_encoders
        for module in self._trained:
            module.requires_grad_(True)
        if settings.gradient_checkpointing:
            _checkpoint_gradients(networks, settings)
        self._ema = (
            EMAModel(networks.unet.parameters(), decay=settings.ema_decay) if settings.ema else None
        )
        self._wrapped: list[nn.Module] = []
        self._tokens: list[list[Tensor]] = []
        self._said: list[PromptEmbedding] = []
        self.sizes = _sizes(networks, self._trained)

    def modules(self) -> list[nn.Module]:
        """UNet first."""
        return list(self._trained)

    def parameters(self) -> list[nn.Parameter]:
        """Of the UNet, then of the text encoders."""
        return [p for module in self._trained for p in module.parameters()]

    def place(self, accelerator: Any, wrapped: list[nn.Module]) -> None:  # noqa: ANN401
        """Encodes pictures and, where they can't change, prompts."""
        self._wrapped = wrapped
        prompts = [self._settings.prompt]
        self._pictures.place(self.networks, accelerator)
        if self._prior is not None:
            self._prior.place(self.networks, accelerator)
            prompts.append(self._settings.prior_prompt)
        if self._pictures.cached:
            self.networks.vae.to("cpu")
        for encoder in self.networks.text_encoders:
            encoder.to(accelerator.device)
        self._tokens = [self.networks.tokens([prompt]) for prompt in prompts]
        if not self._settings.train_text_encoder:
            with torch.no_grad():
                self._said = [self.networks.encode_text(tokens) for tokens in self._tokens]
        if self._ema is not None:
            self._ema.to(accelerator.device)

    def loss(self, draw: BatchRng) -> Tensor:
        """Noise on latents, and how far the UNet is from naming it (Ruiz et al. 2022, eq. 1)."""
        schedule = self.networks.schedule
        latents = self._pictures.take(draw)  # (b, c, h, w)
        said = self._hear(0, len(latents))
        if self._prior is not None:
            latents = torch.cat([latents, self._prior.take(draw)])
            said = said.followed_by(self._hear(1, draw.size))
        noise = draw.normal(tuple(latents.shape)).to(latents.device)
        timesteps = draw.timesteps(len(latents), self.networks.timesteps).to(latents.device)
        noisy = schedule.add_noise(latents, noise, timesteps)
        side = self._settings.resolution
        prediction = self.networks.predict(self._wrapped[0], noisy, timesteps, said, side)
        wanted = training_loss.target(schedule, latents, noise, timesteps)
        weight = None if self._prior is None else self._settings.prior_weight
        return training_loss.loss(prediction, wanted, weight)

    def _hear(self, which: int, places: int) -> PromptEmbedding:
        if self._said:
            return self._said[which].spread(places)
        tokens = [ids.expand(places, -1) for ids in self._tokens[which]]
        return self.networks.encode_text(tokens, self._wrapped[1:])

    def save_model(self, folder: Path) -> None:
        """Writes a diffusers folder, in float32, so that going on loses nothing."""
        pipe = self.networks.pipe
        pipe.save_pretrained(folder, safe_serialization=True)
        # what is made of a model stays under its licence
        licence = model_licence.of_card(
            Path(str(pipe.config["_name_or_path"])) / model_licence.CARD
        )
        if licence:
            card = f"---\nlicense: {licence}\n---\n"
            (folder / model_licence.CARD).write_text(card, encoding="utf-8")

    def tensors(self) -> dict[str, Tensor]:
        """With a running mean: that mean, and the raw weights, which the model folder lacks."""
        if self._ema is None:
            return {}
        weights = self.networks.unet.state_dict()  # the very ones that drawing() exchanges
        raw = {f"raw.{name}": value.clone() for name, value in weights.items()}
        mean = {f"mean.{i:05}": value for i, value in enumerate(self._ema.shadow_params)}
        count = torch.tensor(self._ema.optimization_step)
        return {**raw, **mean, "mean.steps": count}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Raw weights and running mean; the other weights came with the checkpoint's model."""
        if self._ema is None:
            return
        raw = {k.removeprefix("raw."): v for k, v in tensors.items() if k.startswith("raw.")}
        self.networks.unet.load_state_dict(raw)
        for i, shadow in enumerate(self._ema.shadow_params):
            shadow.copy_(tensors[f"mean.{i:05}"])
        self._ema.optimization_step = int(tensors["mean.steps"])

    def after_step(self) -> None:
        """Moves the running mean."""
        if self._ema is not None:
            self._ema.step(self.networks.unet.parameters())

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """The running mean in the UNet's place for a while."""
        if self._ema is None:
            yield
            return
        parameters = list(self.networks.unet.parameters())
        self._ema.store(parameters)
        self._ema.copy_to(parameters)
        try:
            yield
        finally:
            self._ema.restore(parameters)


def _checkpoint_gradients(networks: Networks, settings: TrainingSettings) -> None:
    networks.unet.enable_gradient_checkpointing()
    if settings.train_text_encoder:
        for encoder in networks.text_encoders:
            recompute(encoder)


def recompute(encoder: Any) -> None:  # noqa: ANN401 - a transformers model
    """Has a text encoder compute its activations twice instead of keeping them."""
    getattr(
        encoder, "activation_checkpointing_enable", encoder.gradient_checkpointing_enable
    )()  # the name changed within transformers 5


def _sizes(networks: Networks, trained: list[nn.Module]) -> ParameterCounts:
    def count(modules: list[nn.Module]) -> int:
        return sum(p.numel() for module in modules for p in module.parameters())

    text, rest = count(networks.text_encoders), count([networks.vae])
    return ParameterCounts(count(trained), text, rest, text + rest + count([networks.unet]))


if __name__ == "__main__":
    raise SystemExit("Use: python -m edition.finetune dreambooth …")
