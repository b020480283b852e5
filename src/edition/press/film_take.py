"""One film as it is made: every step's clean estimate written as a frame."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edition import atomic
from edition.errors import ModelError, OutOfMemory, PressError
from edition.studies import sheet_layout, sheet_png
from edition.studies.animation_writer import FilmWriter
from edition.studies.study_spec import Axis, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch
    from PIL import Image

    from edition.diffusion.render_request import OnEstimate
    from edition.press.job_payloads import FilmRequest
    from edition.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class FilmTake:
    """A film to be written."""

    recipe: Recipe
    wish: FilmRequest
    folder: Path


def film(
    bench: Any,  # noqa: ANN401 - device_session.DeviceSession, which needs torch
    take: FilmTake,
    draw: Callable[[OnEstimate], Image.Image],
    on_frame: Callable[[int, float], None],
) -> Image.Image:
    """Draws a print and writes each of its steps as a frame.

    Args:
        bench: with the recipe's model loaded.
        take: what and where.
        draw: draws the print, and calls what it is given after each evaluation.
        on_frame: called after each frame with its number and the seconds of each so far.

    Returns:
        The finished print's picture.

    Raises:
        PressError: it does not fit into the memory.
        ModelError: the model has nothing that could show its steps.
    """
    if not bench.renderer.films:
        raise ModelError(
            "This model draws without an autoencoder that could show its steps.",
            hint="Make the film with a model of another family: docs/models.md lists them.",
        )
    sampling, wish = take.recipe.sampling, take.wish
    size = (sampling.width, sampling.height)
    reel = FilmWriter(take.folder, wish.formats, size, wish.frame_ms, wish.strip)
    began, seen = time.monotonic(), 0

    def on_estimate(k: int, n: int, clean: torch.Tensor) -> None:
        nonlocal seen
        reel.add(k, n, bench.decode(clean[:1])[0])
        seen = n
        on_frame(k, (time.monotonic() - began) / k)

    try:
        image = draw(on_estimate)
        _note(take.folder, bench.levels(sampling), seen)
        reel.end(image, wish.hold_ms)
    except OutOfMemory:
        reel.drop()
        raise PressError(
            f"A film of {size[0]} x {size[1]} does not fit into the memory.",
            hint="Close other programs that use the device.",
        ) from None
    except BaseException:
        reel.drop()
        raise
    if wish.strip:
        _strip(take.folder, wish, reel)
    return image


def _note(folder: Path, levels: Sequence[tuple[float, float]], seen: int) -> None:
    """Writes beside the film how much noise each of its steps began with."""
    rows = [{"t": t, "sigma": min(sigma, 1e6)} for t, sigma in levels[-seen:]]
    atomic.write(folder / "film.json", json.dumps({"steps": rows}).encode())


def _strip(folder: Path, wish: FilmRequest, reel: FilmWriter) -> None:
    """The chosen frames on one sheet."""
    frames = sorted(reel.kept.items())
    shown = Study(
        base=wish.recipe,
        name=wish.name,
        axes=(Axis(field="step", values=tuple(f"Step {k}" for k, _ in frames)),),
    )
    title = wish.recipe.title
    table = sheet_layout.tables(shown)[0]
    note = f"Seed {wish.seed} · {sheet_layout.about(shown)}"
    page = next(sheet_layout.pages(shown, table, title, frames[0][1].size, note))
    image = sheet_png.paint(page, lambda place: sheet_png.CellImage(frames[place][1]))
    sheet_png.save(image, folder / "strip.png")
