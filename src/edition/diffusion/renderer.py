"""Cells of one shape to pictures: the loaded model's family decides whose sampling loop draws.

One latent noise a seed, never one stream a batch; one fixed shape a batch. Then a seed gives the
same bytes alone, in any place of any batch, and after a restart, on the same device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from edition.diffusion.family_table import OWN_LOOP
from edition.diffusion.pipeline_renderer import PipelineRenderer
from edition.diffusion.stable_diffusion_renderer import StableDiffusionRenderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from PIL import Image

    from edition.diffusion.device import Device
    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.recipe.recipe import Sampling


class Renderer(Protocol):
    """What draws with a loaded pipeline."""

    mixed: bool
    """Whether one batch may hold several recipes."""
    films: bool
    """Whether ``decode`` can show its clean estimates."""
    single: bool
    """Whether it gains nothing from batches: its pipeline draws one picture a call."""

    def draw(
        self,
        cells: Sequence[RenderRequest],
        wanted: int | None = None,
        on_step: OnStep | None = None,
        on_estimate: OnEstimate | None = None,
    ) -> list[Image.Image]:
        """Draws cells of one shape together.

        Args:
            cells: equal in ``shape`` and model; of one recipe where batches can't be mixed.
            wanted: so many from the front; the others only keep the shape. None wants all.
            on_step: called after each step with the noisy latents.
            on_estimate: called after each evaluation with the clean estimate.

        Returns:
            RGB pictures in the order of the cells, each of the recipe's size.

        Raises:
            ModelError: a picture is of another size.
            BrokenImages: a picture is none.
        """

    def decode(self, latents: torch.Tensor) -> list[Image.Image]:
        """Clean estimates (b, c, h, w) as pictures."""

    def levels(self, sampling: Sampling) -> tuple[tuple[float, float], ...]:
        """Timestep and noise to signal of each evaluation of the latest batch."""


def renderer_of(pipe: Any, device: str) -> Renderer:  # noqa: ANN401
    """What draws with a pipeline.

    Args:
        pipe: of ``edition.diffusion.loading.load``.
        device: where the pipeline is, as torch names it.
    """
    own = type(pipe).__name__ in OWN_LOOP
    return (StableDiffusionRenderer if own else PipelineRenderer)(pipe, device)


def batch_size(device: Device, parameters: int, pixels: int) -> int:
    """How many prints to compute together: a power of two, the same on every start.

    Args:
        device: where.
        parameters: of the whole pipeline.
        pixels: of one print.

    Returns:
        1 to 32. On a CPU a small model gains by 4 (measured with the embedded one: 15 against
        20 ms a sample), a large one by nothing.
    """
    if device.name == "cpu":
        return 4 if parameters < 50_000_000 and pixels <= 512 * 512 else 1
    weights = parameters * 2
    each = 1.2e9 * pixels / (512 * 512)  # activations and decoder of one print, half precision
    room = max(1.0, (device.memory_bytes * 0.85 - weights) / each)
    return int(min(32, 2 ** int(room).bit_length() // 2))
