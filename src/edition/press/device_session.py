"""The bench in the press's own process: cells in, pictures out.

Keeps the last pipeline loaded, so that editions of one model share it.
"""

from __future__ import annotations

import gc
import importlib.metadata
from typing import TYPE_CHECKING, Any

import torch

from edition import __version__
from edition.diffusion import denoising_frames, loading, pipeline_renderer, prompt_truncation
from edition.diffusion import device as devices
from edition.diffusion import stable_diffusion_renderer as stable_diffusion
from edition.diffusion.preview import LatentPreview
from edition.diffusion.renderer import batch_size, renderer_of
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL import Image

    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.diffusion.renderer import Renderer
    from edition.recipe.recipe import Recipe, Sampling


class DeviceSession:
    """One device with at most one pipeline on it."""

    def __init__(self, device: str = "auto", tell: Callable[[str], None] | None = None) -> None:
        """Picks the device; loads nothing yet.

        Args:
            device: see edition.diffusion.device.
            tell: told what the libraries warn of.

        Raises:
            ModelError: the device isn't there.
        """
        self.device = devices.pick(device)
        loading.quiet(tell)
        self._pipe: Any = None
        self._pipe_key: tuple[str, ...] = ()
        self._renderer: Renderer | None = None
        self._preview: LatentPreview | None = None
        self._offloaded = False

    def load(self, recipe: Recipe, fingerprint: str, home: Path) -> None:
        """Loads a recipe's model, unless it is the one that is loaded.

        Raises:
            ModelError: it can't be loaded.
        """
        weights = tuple(str(lora.weight) for lora in recipe.model.loras)
        key = (fingerprint, recipe.sampling.dtype, *weights)
        if key != self._pipe_key:
            self.unload()
            self._pipe = loading.load(recipe, self.device.name, home)
            self._pipe_key = key
            self._renderer = renderer_of(self._pipe, self.device.name)
            self._preview = _preview(self._pipe)

    @property
    def renderer(self) -> Renderer:
        """Of the loaded model.

        Raises:
            ModelError: none is loaded.
        """
        if self._renderer is None:
            raise ModelError("No model is loaded to draw with.")
        return self._renderer

    def check(self, recipe: Recipe) -> None:
        """Says before the first step what the loaded model can't do.

        Raises:
            ModelError: naming the recipe's key.
        """
        pipeline_renderer.check(self._pipe, recipe)

    def draw(
        self,
        cells: Sequence[RenderRequest],
        wanted: int | None = None,
        on_step: OnStep | None = None,
        on_estimate: OnEstimate | None = None,
    ) -> list[Image.Image]:
        """Draws with the loaded model; see ``edition.diffusion.renderer.Renderer``.

        Raises:
            OutOfMemory: it doesn't fit; the memory is free again.
        """
        try:
            return self.renderer.draw(cells, wanted, on_step, on_estimate)
        except torch.OutOfMemoryError as error:
            self._free()
            raise OutOfMemory from error
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            self._free()
            raise OutOfMemory from error  # the CPU's allocator raises a plain RuntimeError

    def decode(self, latents: torch.Tensor) -> list[Image.Image]:
        """Clean latents (b, c, h, w) as pictures."""
        return stable_diffusion.decode(self._pipe, latents)

    def levels(self, sampling: Sampling) -> tuple[tuple[float, float], ...]:
        """See ``edition.diffusion.denoising_frames.levels``."""
        return denoising_frames.levels(sampling, self._pipe.edition_native_scheduler)

    def batch_size(self, recipe: Recipe) -> int:
        """How many prints of this recipe to compute together here."""
        parts = (part for part in self._pipe.components.values() if hasattr(part, "parameters"))
        parameters = sum(p.numel() for part in parts for p in part.parameters())
        return batch_size(self.device, parameters, recipe.sampling.width * recipe.sampling.height)

    def offload(self) -> bool:
        """Moves what isn't computing to the machine's memory; False where that can't help."""
        if self.device.name != "cuda" or self._offloaded:
            return False
        self._pipe.enable_model_cpu_offload()
        self._offloaded = True
        return True

    def cut(self, recipe: Recipe) -> tuple[str, ...]:
        """What the loaded model does not read of a recipe's prompts, a sentence each."""
        return prompt_truncation.by_pipeline(self._pipe, recipe.prompt)

    def previews(self, latents: torch.Tensor) -> tuple[bytes, ...]:
        """The batch at work as small pictures; none for models without such a map."""
        if self._preview is None or latents.ndim != 4:
            return ()
        return self._preview.pictures(latents)

    def made_with(self, recipe: Recipe, fingerprint: str, places: int) -> dict[str, str]:
        """What a print records of its making besides the recipe."""
        kind = devices.dtype(recipe.sampling.dtype, self.device.name)
        return {
            "edition": __version__,
            "torch": importlib.metadata.version("torch"),
            "diffusers": importlib.metadata.version("diffusers"),
            "device": self.device.title,
            "dtype": str(kind).removeprefix("torch."),
            "batch": str(places),
            "model_sha256": fingerprint,
        }

    def unload(self) -> None:
        """Gives the device's memory back."""
        self._pipe, self._renderer, self._preview = None, None, None
        self._pipe_key, self._offloaded = (), False
        self._free()

    def _free(self) -> None:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


class OutOfMemory(Exception):
    """A batch did not fit into the device's memory."""


def _preview(pipe: Any) -> LatentPreview | None:  # noqa: ANN401
    if not hasattr(getattr(pipe, "vae", None), "encode"):
        return None
    try:
        return LatentPreview(pipe.vae)
    except (RuntimeError, ValueError, AttributeError):
        return None  # an autoencoder of another kind: no live preview, same prints
