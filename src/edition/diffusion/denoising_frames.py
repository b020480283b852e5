"""How a print comes out of noise: rendered again, every step's estimate of the clean image decoded.

One picture is handed on at a time; memory does not grow with the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.diffusion import samplers
from edition.diffusion.cell_renderer import Cell, CellRenderer, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from PIL import Image

    OnFrame = Callable[[int, int, Image.Image], None]
    """Called with evaluation k of n and the estimate of the clean picture."""


def shoot(renderer: CellRenderer, cell: Cell, places: int, on_frame: OnFrame) -> Image.Image:
    """Draws a print and shows every estimate on the way.

    Args:
        renderer: of the print's model.
        cell: the print.
        places: of the batch it was made in: in the same shape it has the same bytes.
        on_frame: told each estimate as it comes; what it raises ends the film.

    Returns:
        The finished picture.
    """

    def on_estimate(k: int, n: int, clean: torch.Tensor) -> None:
        on_frame(k, n, decode(renderer.pipe, clean[:1])[0])

    return renderer.draw([cell] * places, wanted=1, on_estimate=on_estimate)[0]


def levels(renderer: CellRenderer, cell: Cell) -> tuple[tuple[float, float], ...]:
    """How much noise is in the picture at each evaluation of a print.

    Args:
        renderer: of the print's model.
        cell: the print.

    Returns:
        Pairs (t, sigma) in the order of the whole schedule; a print that starts from an image
        enters it later and has the last of them. sigma is noise to signal,
        sqrt((1 - a) / a) with Song et al.'s (2021) cumulative alpha; infinity where nothing of
        the picture is left.
    """
    sampling = cell.recipe.sampling
    scheduler = samplers.build(sampling, renderer.pipe.edition_native_scheduler)
    scheduler.set_timesteps(sampling.steps)
    kept = scheduler.alphas_cumprod.double().tolist()
    found = []
    for time in scheduler.timesteps.tolist():
        low = int(min(max(time, 0.0), len(kept) - 1))
        high, part = min(low + 1, len(kept) - 1), time - low
        signal = kept[low] * (1 - part) + kept[high] * part
        found.append((float(time), ((1 - signal) / signal) ** 0.5 if signal > 0 else float("inf")))
    return tuple(found)
