"""Pictures as the UNet sees them: encoded once where they never change, else at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from edition.finetune import image_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from edition.finetune.networks import Networks
    from edition.finetune.seeded_rng import BatchRng
    from edition.recipe.training_settings import TrainingSettings


class LatentCache:
    """The pictures of one folder, ready to be drawn from."""

    def __init__(
        self, files: Sequence[Path], settings: TrainingSettings, name: str = "order"
    ) -> None:
        """Reads, cuts and keeps the pictures.

        Args:
            files: checked by ``images.survey``.
            settings: resolution, crop and flip.
            name: of the order they are drawn in.
        """
        sides = settings.resolution, settings.crop
        arrays = [
            image_dataset.values(image_dataset.fit(image_dataset.open_upright(path), *sides))
            for path in files
        ]
        self._pixels = torch.stack([torch.from_numpy(array) for array in arrays])  # (n, 3, h, w)
        self._settings = settings
        self._name = name
        self._mean: Tensor | None = None
        self._deviation: Tensor | None = None
        self._networks: Networks | None = None
        self._accelerator: Any = None

    def __len__(self) -> int:
        return len(self._pixels)

    @property
    def cached(self) -> bool:
        """Whether pictures are encoded once: mirrored ones can't be."""
        return self._settings.cache_latents and not self._settings.flip

    def place(self, networks: Networks, accelerator: Any) -> None:  # noqa: ANN401
        """Encodes all of them, or keeps the autoencoder to do so at every step."""
        self._networks, self._accelerator = networks, accelerator
        networks.vae.to(accelerator.device)
        if not self.cached:
            return
        with torch.no_grad():
            pairs = [
                networks.encode_picture(one[None].to(accelerator.device)) for one in self._pixels
            ]
        self._mean = torch.cat([mean for mean, _ in pairs])  # (n, c, h, w)
        if pairs[0][1] is not None:
            self._deviation = torch.cat([d for _, d in pairs if d is not None])

    def take(self, draw: BatchRng) -> Tensor:
        """One batch: (b, c, h, w), sampled from the autoencoder's distribution where it has one."""
        chosen = list(draw.indices(len(self), self._name))
        mean, deviation = self._encoded(chosen, draw)
        if deviation is None:
            return mean
        noise = draw.normal(tuple(mean.shape), f"{self._name} latents").to(mean.device)
        return mean + deviation * noise

    def _encoded(self, chosen: list[int], draw: BatchRng) -> tuple[Tensor, Tensor | None]:
        if self._mean is not None:
            spread = None if self._deviation is None else self._deviation[chosen]
            return self._mean[chosen], spread
        if self._networks is None:
            raise RuntimeError("place() comes before take()")
        pixels = self._pixels[chosen]
        if self._settings.flip:
            mirrored = torch.rand(len(chosen), generator=draw.stream(f"{self._name} flip")) < 0.5
            pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
        with torch.no_grad():
            return self._networks.encode_picture(pixels.to(self._accelerator.device))
