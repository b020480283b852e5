"""Textual inversion: one new word for a frozen model (Gal et al. 2022).

Only the word's own vectors are weights here; no other row of the vocabulary can change, because
none is given to the optimizer.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file
from torch import nn

from edition.errors import TrainError
from edition.finetune import training_loss
from edition.finetune.dreambooth import recompute
from edition.finetune.memory_estimate import ParameterCounts

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from edition.finetune.latent_cache import LatentCache
    from edition.finetune.networks import Networks
    from edition.finetune.seeded_rng import BatchRng
    from edition.recipe.training_settings import TrainingSettings

SENTENCES = {
    "object": (
        "a photo of a {}", "a rendering of a {}", "the photo of a {}", "a photo of one {}",
        "a close-up photo of a {}", "a cropped photo of the {}", "a bright photo of the {}",
        "a dark photo of the {}", "a photo of my {}", "a good photo of a {}",
        "a photo of a small {}", "a photo of a large {}", "a photo of a clean {}",
    ),
    "style": (
        "a painting in the style of {}", "a picture in the style of {}",
        "a rendering in the style of {}", "the painting in the style of {}",
        "a close-up painting in the style of {}", "a bright painting in the style of {}",
        "a dark painting in the style of {}", "a large painting in the style of {}",
        "a small painting in the style of {}", "a cropped painting in the style of {}",
        "a rich painting in the style of {}", "a calm painting in the style of {}",
    ),
}  # fmt: skip
"""Neutral sentences around the new word, after the idea of Gal et al. 2022, appendix."""
FILE = "learned_embeds.safetensors"
"""The name under which other programs look for an embedding."""


class ExtendedEmbedding(nn.Module):
    """A token embedding with new rows behind the old ones; only the new ones are weights."""

    def __init__(self, old: nn.Embedding, rows: Tensor) -> None:
        """Wraps an embedding.

        Args:
            old: (v, d), frozen.
            rows: (n, d), the first values of tokens v to v + n - 1.
        """
        super().__init__()
        self.old = old
        self.rows = nn.Parameter(rows.clone())

    @property
    def weight(self) -> Tensor:
        """All rows, (v + n, d)."""
        return torch.cat([self.old.weight, self.rows])

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (b, n) → (b, n, d)."""
        known = self.old.num_embeddings
        old = self.old(ids.clamp(max=known - 1))
        new = nn.functional.embedding((ids - known).clamp(min=0), self.rows)
        return torch.where((ids >= known)[..., None], new, old)


class TextualInversion:
    """A word, learned in neutral sentences."""

    def __init__(
        self, networks: Networks, settings: TrainingSettings, pictures: LatentCache
    ) -> None:
        """Adds the word to the vocabulary, as the initializer's vector.

        Raises:
            TrainError: the model is of a kind without this, or the word is in its vocabulary.
        """
        if networks.is_xl:
            raise TrainError(
                "Textual inversion is made for Stable Diffusion 1 and 2, and pocket.",
                hint="Use a model of that kind, or: edition train dreambooth",
            )
        self.networks, self._settings, self._pictures = networks, settings, pictures
        self._sentences = SENTENCES[settings.inversion.kind]
        self._encoder: Any = networks.text_encoders[0]
        old = self._encoder.get_input_embeddings()
        start = _initial(networks.tokenizers[0], old, settings)
        ids = add_word(networks.tokenizers[0], settings.inversion.token, settings.inversion.vectors)
        if ids[0] != old.num_embeddings:
            raise TrainError(
                f"The model's vocabulary of {old.num_embeddings} words does not end where its "
                f"tokenizer's {ids[0]} do."
            )
        self._vocabulary = ExtendedEmbedding(old, start)
        self._encoder.set_input_embeddings(self._vocabulary)
        if settings.gradient_checkpointing:
            networks.unet.enable_gradient_checkpointing()
            recompute(self._encoder)
        self._wrapped: list[nn.Module] = []
        self._autocast: Any = contextlib.nullcontext
        parts = (networks.unet, networks.vae, self._encoder)
        _unet, vae, text = (sum(p.numel() for p in part.parameters()) for part in parts)
        self.sizes = ParameterCounts(start.numel(), text, vae, start.numel())

    def modules(self) -> list[nn.Module]:
        """Only the text encoder has weights that change."""
        return [self._encoder]

    def parameters(self) -> list[nn.Parameter]:
        """The word's vectors, (n, d)."""
        return [self._vocabulary.rows]

    def place(self, accelerator: Any, wrapped: list[nn.Module]) -> None:  # noqa: ANN401
        """Encodes the pictures; the UNet is frozen, in half precision where that is mixed in."""
        self._wrapped = wrapped
        self._pictures.place(self.networks, accelerator)
        if self._pictures.cached:
            self.networks.vae.to("cpu")
        self.networks.unet.to(accelerator.device)
        # gradient checkpointing works in training mode only; nothing in the UNet drops out
        self.networks.unet.train(self._settings.gradient_checkpointing)
        self._autocast = accelerator.autocast

    def loss(self, draw: BatchRng) -> Tensor:
        """The model's own loss under sentences with the word (Gal et al. 2022, eq. 2)."""
        networks = self.networks
        latents = self._pictures.take(draw)  # (b, c, h, w)
        noise = draw.normal(tuple(latents.shape)).to(latents.device)
        timesteps = draw.timesteps(len(latents), networks.timesteps).to(latents.device)
        noisy = networks.schedule.add_noise(latents, noise, timesteps)
        said = networks.encode_text(networks.tokens(self.sentences(draw)), self._wrapped)
        with self._autocast():
            prediction = networks.predict(
                networks.unet, noisy, timesteps, said, self._settings.resolution
            )
        wanted = training_loss.target(networks.schedule, latents, noise, timesteps)
        return training_loss.loss(prediction, wanted)

    def sentences(self, draw: BatchRng) -> list[str]:
        """A sentence for each picture of a batch."""
        which = torch.randint(
            0, len(self._sentences), (draw.size,), generator=draw.stream("sentences")
        )
        token = self._settings.inversion.token
        return [self._sentences[int(i)].format(token) for i in which]

    def save_model(self, folder: Path) -> None:
        """Writes the file that ``load_textual_inversion`` reads everywhere."""
        rows = self._vocabulary.rows.detach().float().cpu().contiguous()
        save_file({self._settings.inversion.token: rows}, folder / FILE)

    def tensors(self) -> dict[str, Tensor]:
        """The vectors."""
        return {"rows": self._vocabulary.rows}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Takes the vectors back."""
        with torch.no_grad():
            self._vocabulary.rows.copy_(tensors["rows"])

    def after_step(self) -> None:
        """Nothing: there is no other row to put back."""

    def drawing(self) -> contextlib.AbstractContextManager[None]:
        """The vectors as they are."""
        return contextlib.nullcontext()


def add_word(tokenizer: Any, token: str, vectors: int) -> list[int]:  # noqa: ANN401
    """Adds a word's tokens, ``<look> <look>_1 ...``, as diffusers names them.

    Returns:
        Their ids.

    Raises:
        TrainError: the vocabulary has one of them already.
    """
    names = [token, *(f"{token}_{i}" for i in range(1, vectors))]
    known = tokenizer.get_vocab()
    if any(form in known for name in names for form in (name, f"{name}</w>")):
        raise TrainError(
            f"The model knows the word {token!r} already.",
            hint="Choose one that no language has, as --token '<look>'.",
        )
    tokenizer.add_tokens(names)
    return [int(i) for i in tokenizer.convert_tokens_to_ids(names)]


def _initial(tokenizer: Any, embedding: nn.Embedding, settings: TrainingSettings) -> Tensor:  # noqa: ANN401
    """The initializer's vector, once for each of the word's; (n, d)."""
    word = settings.inversion.initializer
    ids = tokenizer(word, add_special_tokens=False).input_ids
    if len(ids) != 1:
        raise TrainError(
            f"The model spells {word!r} with {len(ids)} tokens; the word to start from has one.",
            hint="Choose a common short word with --initializer.",
        )
    return embedding.weight[ids[0]].detach().float().expand(settings.inversion.vectors, -1)


if __name__ == "__main__":
    raise SystemExit("Use: python -m edition.finetune inversion …")
