"""The bench in the press's own process: cells in, pictures out.

Keeps the last pipeline loaded, so that editions of one model share it.
"""

from __future__ import annotations

import gc
import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from edition import __version__
from edition.diffusion import (
    checkpoint_families,
    families,
    loading,
    memory_plan,
    model_licence,
    pipeline_renderer,
    prompt_syntax,
    prompt_truncation,
    unsupported_settings,
)
from edition.diffusion import device as devices
from edition.diffusion.preview import LatentPreview
from edition.diffusion.renderer import batch_size, renderer_of
from edition.diffusion.resolve import find
from edition.errors import ModelError, OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from edition.diffusion.memory_plan import MemoryPlan, ModelPart, Way
    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.diffusion.renderer import Renderer
    from edition.recipe.recipe import Recipe, Sampling


_Left = tuple[tuple["Way", ...], tuple[bool, ...]]
"""Ways that can still be taken, and whether the autoencoder decodes in tiles on them."""
_ALL: _Left = (memory_plan.WAYS, (False, True))


class DeviceSession:
    """One device with at most one pipeline on it."""

    def __init__(self, device: str = "auto", tell: Callable[[str], None] | None = None) -> None:
        """Picks the device; loads nothing yet.

        Args:
            device: see edition.diffusion.device.
            tell: called with the libraries' warnings.

        Raises:
            ModelError: the device isn't there.
        """
        self.device = devices.pick(device)
        loading.quiet(tell)
        self._pipe: Any = None
        self._half = "float16"
        """What the loaded family is computed in on a card, where the recipe leaves it open."""
        self._pipe_key: tuple[str, ...] = ()
        self._renderer: Renderer | None = None
        self._preview: LatentPreview | None = None
        self._parts: tuple[ModelPart, ...] = ()
        self._plan: MemoryPlan | None = None
        self._licence = model_licence.UNKNOWN
        self._free_bytes = 0
        self._home = Path()
        self._recipe: Recipe | None = None

    def load(self, recipe: Recipe, fingerprint: str, home: Path) -> None:
        """Loads a recipe's model, unless it is the one that is loaded.

        Raises:
            ModelError: it can't be loaded.
        """
        weights = tuple(str(lora.weight) for lora in recipe.model.loras)
        key = (fingerprint, recipe.sampling.dtype, recipe.model.quantise, *weights)
        if key != self._pipe_key:
            self.unload()
            model = find(recipe.model, home)
            self._licence = model_licence.of_model(model)
            known = checkpoint_families.of_model(model.path)
            self._half = known.half if known else "float16"
            found = memory_plan.parts_of(model, self._dtype(recipe))
            self._parts = memory_plan.quantised(found, recipe.model.quantise)
            self._free_bytes = devices.pick(self.device.name).free_bytes
            self._load(recipe, home)
            self._pipe_key = key
        elif self._plan is not None:  # a larger picture may need another way
            wanted = self._planned(recipe, _ALL)
            if wanted is not None and wanted.rank > self._plan.rank:
                self._load(recipe, home)

    def _dtype(self, recipe: Recipe) -> str:
        kind = devices.dtype(recipe.sampling.dtype, self.device.name, self._half)
        return str(kind).removeprefix("torch.")

    def _planned(self, recipe: Recipe, left: _Left) -> MemoryPlan | None:
        """The plan for a recipe; none where all memory is the machine's own."""
        if self.device.name != "cuda":
            return None
        ways, tiles = left
        can = memory_plan.ways_of(self._parts)
        ways = tuple(way for way in ways if way in can)
        kind, free = self._dtype(recipe), self._free_bytes
        return memory_plan.choose(self._parts, recipe.sampling, free, kind, ways=ways, tiles=tiles)

    def _load(self, recipe: Recipe, home: Path, left: _Left = _ALL) -> None:
        """Loads by the fastest way left that fits; where the card disagrees, by the next."""
        self._pipe, self._renderer, self._preview = None, None, None
        self._free()
        self._plan = self._planned(recipe, left)
        try:
            self._pipe = loading.load(recipe, self.device.name, home, self._plan)
        except torch.OutOfMemoryError as error:
            below = self._below()
            if below is None:
                raise ModelError(
                    f"The model {recipe.model.base} does not fit into the memory of "
                    f"{self.device.title}.",
                    hint="Close what else uses it, or choose a smaller model.",
                ) from error
        else:
            self._renderer = renderer_of(self._pipe, self.device.name)
            self._preview = _preview(self._pipe)
            self._recipe, self._home = recipe, home
            return
        self._load(recipe, home, below)

    def _below(self) -> _Left | None:
        """The ways under the one that is taken; tiles are the last."""
        if self._plan is None:
            return None
        can = memory_plan.ways_of(self._parts)
        ways = can[can.index(self._plan.way) + 1 :]
        tiled = self._plan.tiled
        if ways:
            return ways, (True,) if tiled else (False, True)
        return None if tiled else ((self._plan.way,), (True,))

    @property
    def memory(self) -> str:
        """How the loaded model is spread over the card, and what that costs; empty without one."""
        return self._plan.say() if self._plan is not None else ""

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
        return self.renderer.decode(latents)

    def levels(self, sampling: Sampling) -> tuple[tuple[float, float], ...]:
        """See ``edition.diffusion.renderer.Renderer``."""
        return self.renderer.levels(sampling)

    def batch_size(self, recipe: Recipe) -> int:
        """How many prints of this recipe to compute together here."""
        if self.renderer.single:
            return 1
        if self._plan is not None:
            pixels = recipe.sampling.width * recipe.sampling.height
            numbers = sum(part.bytes for part in self._parts) // 2
            kind, room = self._dtype(recipe), self._free_bytes
            most = memory_plan.largest_batch(
                self._parts, recipe.sampling, room, kind, self._plan.way
            )
            return min(most, batch_size(self.device, numbers, pixels))
        parts = (part for part in self._pipe.components.values() if hasattr(part, "parameters"))
        parameters = sum(p.numel() for part in parts for p in part.parameters())
        return batch_size(self.device, parameters, recipe.sampling.width * recipe.sampling.height)

    def offload(self) -> bool:
        """Loads the model again in a way that takes less of the card; False where there is none."""
        below = self._below()
        if self._recipe is None or below is None:
            return False
        self._load(self._recipe, self._home, below)
        return True

    def cut(self, recipe: Recipe) -> tuple[str, ...]:
        """What of a recipe does not reach the loaded model's pictures, a sentence each."""
        cut = prompt_truncation.by_pipeline(self._pipe, recipe.prompt)
        idle = unsupported_settings.without_effect(recipe, families.of_pipe(self._pipe))
        return (*cut, *prompt_syntax.plain_notes(recipe.prompt), *idle)

    def previews(self, latents: torch.Tensor) -> tuple[bytes, ...]:
        """The batch in progress as small pictures; none for models without such a map."""
        if self._preview is None:
            return ()
        return self._preview.pictures(latents)

    def made_with(self, recipe: Recipe, fingerprint: str, places: int) -> dict[str, str]:
        """What a print records of its making besides the recipe."""
        return {
            "edition": __version__,
            "torch": importlib.metadata.version("torch"),
            "diffusers": importlib.metadata.version("diffusers"),
            "device": self.device.title,
            "dtype": self._dtype(recipe),
            "batch": str(places),
            "noise": "cpu" if recipe.sampling.noise == "cpu" else "cuda",
            "model_sha256": fingerprint,
            "licence": self._licence,
            **({"memory": self._plan.record} if self._plan is not None else {}),
            **({"quantised": kept} if (kept := memory_plan.told(self._parts)) else {}),
        }

    def unload(self) -> None:
        """Gives the device's memory back."""
        self._pipe, self._renderer, self._preview = None, None, None
        self._pipe_key, self._plan, self._recipe = (), None, None
        self._free()

    def _free(self) -> None:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _preview(pipe: Any) -> LatentPreview | None:  # noqa: ANN401
    if not hasattr(getattr(pipe, "vae", None), "encode"):
        return None
    try:
        return LatentPreview(pipe.vae)
    except (RuntimeError, ValueError, AttributeError):
        return None  # an autoencoder of another kind: no live preview, same prints
