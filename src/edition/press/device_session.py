"""The bench in the press's own process: recipe and batch in, pictures out.

Keeps the last pipeline loaded, so that editions of one model share it.
"""

from __future__ import annotations

import gc
import importlib.metadata
from typing import TYPE_CHECKING, Any

from edition import __version__
from edition.diffusion import device as devices
from edition.diffusion import init_image, loading, prompt_truncation, samplers
from edition.diffusion.batch_renderer import OnStep, Renderer, batch_size
from edition.diffusion.cell_renderer import PIPELINES, CellRenderer
from edition.diffusion.preview import Preview
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch
    from PIL import Image

    from edition.recipe.batch_plan import Batch
    from edition.recipe.recipe import Recipe


class Bench:
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
        self._renderer_key = ""
        self._preview: Preview | None = None
        self._cells: CellRenderer | None = None
        self._offloaded = False

    def prepare(self, recipe: Recipe, fingerprint: str, home: Path) -> None:
        """Loads what a recipe needs, keeping what is loaded already.

        Args:
            recipe: what will be drawn.
            fingerprint: of its model, embeddings and adapters.
            home: the edition's folder.

        Raises:
            ModelError: the model can't be loaded or can't do what the recipe asks.
        """
        self.load(recipe, fingerprint, home)
        digest = recipe.digest(fingerprint)
        if digest != self._renderer_key:
            native = self._pipe.edition_native_scheduler
            self._pipe.scheduler = samplers.build(recipe.sampling, native)
            image = init_image.picture(recipe.init, home) if recipe.init else None
            self._renderer = Renderer(self._pipe, recipe, self.device.name, image)
            self._renderer_key = digest

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
            self._preview = _preview(self._pipe)

    def cells(self) -> CellRenderer | None:
        """What draws mixed batches of the loaded model; None where batches can't be mixed."""
        if type(self._pipe).__name__ not in PIPELINES:
            return None
        if self._cells is None:
            self._cells = CellRenderer(self._pipe, self.device.name)
        return self._cells

    def render(self, batch: Batch, on_step: OnStep) -> list[Image.Image]:
        """Draws a batch of the recipe that was prepared.

        Raises:
            OutOfMemory: it doesn't fit; the memory is free again.
        """
        if self._renderer is None:
            raise ModelError("Nothing was prepared to be drawn.")
        renderer = self._renderer
        return self.guarded(lambda: renderer.render(batch, on_step))

    def guarded(self, draw: Callable[[], list[Image.Image]]) -> list[Image.Image]:
        """Calls what draws.

        Raises:
            OutOfMemory: it doesn't fit; the memory is free again.
        """
        import torch

        try:
            return draw()
        except torch.OutOfMemoryError as error:
            self._free()
            raise OutOfMemory from error
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            self._free()
            raise OutOfMemory from error  # the CPU's allocator raises a plain RuntimeError

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
        self._pipe, self._renderer, self._preview, self._cells = None, None, None, None
        self._pipe_key, self._renderer_key, self._offloaded = (), "", False
        self._free()

    def _free(self) -> None:
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


class OutOfMemory(Exception):
    """A batch did not fit into the device's memory."""


def _preview(pipe: Any) -> Preview | None:  # noqa: ANN401
    if not hasattr(getattr(pipe, "vae", None), "encode"):
        return None
    try:
        return Preview(pipe.vae)
    except (RuntimeError, ValueError, AttributeError):
        return None  # an autoencoder of another kind: no live preview, same prints
