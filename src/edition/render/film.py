"""How a print comes out of noise: rendered again, every step's estimate of the clean image decoded.

One picture is handed on at a time; memory does not grow with the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.render.cells import Cell, CellRenderer, decode

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
