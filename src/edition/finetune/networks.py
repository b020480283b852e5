"""The networks of a model, opened for training: Stable Diffusion 1, 2 and XL, and pocket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from diffusers import DDPMScheduler

from edition.diffusion import loading, quantisation
from edition.diffusion.resolve import find
from edition.errors import TrainError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

    from edition.recipe.recipe import Recipe

_KINDS = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")


@dataclass(slots=True)
class PromptEmbedding:
    """A prompt as the UNet gets it."""

    states: Tensor
    """(b, n, d)."""
    pooled: Tensor | None = None
    """(b, d); only for XL."""

    def spread(self, places: int) -> PromptEmbedding:
        """The same for every place of a batch."""
        pooled = None if self.pooled is None else self.pooled.expand(places, -1)
        return PromptEmbedding(self.states.expand(places, -1, -1), pooled)

    def followed_by(self, other: PromptEmbedding) -> PromptEmbedding:
        """Both, one after the other."""
        pooled = None
        if self.pooled is not None and other.pooled is not None:
            pooled = torch.cat([self.pooled, other.pooled])
        return PromptEmbedding(torch.cat([self.states, other.states]), pooled)


class Networks:
    """One model in float32, all of it frozen until somebody says what is trained.

    Attributes:
        pipe: the diffusers pipeline, with the scheduler that the model ships.
        unet: the denoising network.
        text_encoders: one, or two for XL.
        schedule: diffusers' DDPMScheduler: adds noise while training.
    """

    def __init__(self, pipe: Any) -> None:  # noqa: ANN401 - one of two pipelines
        """Takes a loaded pipeline.

        Raises:
            TrainError: it is of another kind.
        """
        name = type(pipe).__name__
        if name not in _KINDS:
            raise TrainError(
                f"{name} can't be trained here.",
                hint="Use a model of the Stable Diffusion 1, 2 or XL kind, or pocket.",
            )
        self.pipe = pipe
        self.is_xl = name == _KINDS[1]
        pipe.scheduler = getattr(pipe, "edition_native_scheduler", pipe.scheduler)
        self.unet: Any = pipe.unet.to(memory_format=torch.contiguous_format)
        self.vae: Any = pipe.vae
        self.text_encoders: list[Any] = [pipe.text_encoder]
        self.tokenizers: list[Any] = [pipe.tokenizer]
        if self.is_xl:
            self.text_encoders.append(pipe.text_encoder_2)
            self.tokenizers.append(pipe.tokenizer_2)
        self.schedule = DDPMScheduler.from_config(pipe.scheduler.config)
        if self.unet.config.in_channels != self.vae.config.latent_channels:
            raise TrainError("Models for inpainting can't be trained here.")
        for part in (self.unet, self.vae, *self.text_encoders):
            part.requires_grad_(False)

    @classmethod
    def load(cls, recipe: Recipe, home: Path | None) -> Networks:
        """Loads a recipe's model, its embeddings included, in float32 on the CPU.

        Raises:
            ModelError: it can't be found or loaded.
            TrainError: it can't be trained.
        """
        if recipe.model.loras:
            raise TrainError(
                "A model with adapters can't be trained.", hint="Take the loras out of [model]."
            )
        if recipe.model.quantise:
            raise TrainError(
                "A quantised model can't be trained.", hint='Set quantise = "" in [model].'
            )
        stored = quantisation.methods(find(recipe.model, home))
        if stored:
            part, how = next(iter(stored.items()))
            raise TrainError(
                f"A quantised model can't be trained, and its {part} is quantised by {how}.",
                hint="Name the model's plain weights in [model].",
            )
        sampling = recipe.sampling.model_copy(update={"dtype": "float32"})
        whole = recipe.model_copy(update={"sampling": sampling})
        return cls(loading.load(whole, "cpu", home))

    @property
    def timesteps(self) -> int:
        """How many there are."""
        return int(self.schedule.config.num_train_timesteps)

    def tokens(self, texts: list[str]) -> list[Tensor]:
        """Token ids, one tensor (b, n) a text encoder; longer texts are cut."""
        found = []
        for tokenizer in self.tokenizers:
            said = self.pipe.maybe_convert_prompt(texts, tokenizer)
            found.append(
                tokenizer(
                    said, truncation=True, padding="max_length",
                    max_length=tokenizer.model_max_length, return_tensors="pt",
                ).input_ids
            )  # fmt: skip
        return found

    def encode_text(
        self, tokens: list[Tensor], encoders: list[nn.Module] | None = None
    ) -> PromptEmbedding:
        """The UNet's input for some texts; gradients flow into encoders that are trained.

        Args:
            tokens: of ``tokens``.
            encoders: wrapped ones (accelerate) in place of the model's own.
        """
        chosen = encoders or self.text_encoders
        if not self.is_xl:
            return PromptEmbedding(chosen[0](tokens[0].to(_device(chosen[0])))[0])
        said = [
            encoder(ids.to(_device(encoder)), output_hidden_states=True)
            for encoder, ids in zip(chosen, tokens, strict=True)
        ]
        states = torch.cat([one.hidden_states[-2] for one in said], dim=-1)
        return PromptEmbedding(states, said[1][0])

    def encode_picture(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Mean and deviation of a picture's latent, scaled as the UNet wants it.

        Args:
            pixels: (b, 3, h, w), -1 to 1.

        Returns:
            Both (b, c, h, w); the deviation is None for autoencoders without one.
        """
        encoded = self.vae.encode(pixels)
        factor = float(getattr(self.vae.config, "scaling_factor", 1.0) or 1.0)
        if hasattr(encoded, "latents"):
            return encoded.latents * factor, None
        spread = encoded.latent_dist
        return spread.mean * factor, spread.std * factor

    def predict(
        self, unet: nn.Module, noisy: Tensor, timesteps: Tensor, said: PromptEmbedding, side: int
    ) -> Tensor:
        """The UNet's prediction.

        Args:
            unet: the model's own or a wrapped one.
            noisy: (b, c, h, w).
            timesteps: (b,).
            said: b places.
            side: of the pictures, pixels; XL wants to know.
        """
        extra: dict[str, Any] = {}
        if said.pooled is not None:
            sizes = torch.tensor([[side, side, 0, 0, side, side]], device=noisy.device)
            times = sizes.to(said.pooled.dtype).expand(len(noisy), -1)
            extra["added_cond_kwargs"] = {"text_embeds": said.pooled, "time_ids": times}
        found: Tensor = unet(
            noisy, timesteps, encoder_hidden_states=said.states, return_dict=False, **extra
        )[0]
        return found


def _device(module: nn.Module) -> torch.device:
    return next(module.parameters()).device
