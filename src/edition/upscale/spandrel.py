"""Any single-image super-resolution model that the spandrel library loads, tile by tile."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from spandrel import ModelLoader, UnsupportedModelError

from edition import paths
from edition.diffusion.device import pick
from edition.errors import UpscaleError

if TYPE_CHECKING:
    from edition.recipe.upscale_settings import UpscaleSettings
    from edition.upscale import Progress

TILE = 256
"""Pixels of the source on a side of a tile."""
OVERLAP = 32
"""Pixels that two tiles share; wider than the reach of the usual networks."""


def run(
    image: Image.Image,
    settings: UpscaleSettings,
    *,
    seed: int,
    prompt: str,
    device: str,
    progress: Progress | None = None,
) -> tuple[Image.Image, dict[str, str]]:
    """Enlarges a picture; see ``edition.upscale.UpscaleRun``.

    Raises:
        UpscaleError: no model file is named, or it is missing, a pickle, or not one that
            spandrel knows.
    """
    device = pick(device).name
    model, digest = _load(settings.model, device)
    source = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None] / 255.0
    with torch.inference_mode():
        large = _tiled(model, source, device, progress)  # (1, 3, h * s, w * s)
    pixels = (large[0].permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy()
    result = Image.fromarray(pixels)
    size = (round(image.width * settings.scale), round(image.height * settings.scale))
    if result.size != size:  # the model's own factor is another: the rest is resampling
        result = result.resize(size, Image.Resampling.LANCZOS)
    return result, {"model": Path(settings.model).name, "model_sha256": digest}


@lru_cache(maxsize=1)
def _load(file: str, device: str) -> tuple[Any, str]:
    path = paths.expanded(file)
    if not file or not paths.is_file(path):
        raise UpscaleError(
            f"There is no model file {file!r} for spandrel.",
            hint="Name one with upscale.model in the recipe, or --model on the command line.",
        )
    if path.suffix.lower() != ".safetensors":
        raise UpscaleError(
            f"{path.name} is not a .safetensors file; pickles can run code and are not opened.",
            hint="Use a .safetensors version of the model.",
        )
    try:
        model = ModelLoader(device=device).load_from_file(path)
    except (UnsupportedModelError, SafetensorError, ValueError, RuntimeError) as error:
        raise UpscaleError(f"{path.name} is no model that spandrel knows: {error}.") from error
    return model.eval(), hashlib.sha256(path.read_bytes()).hexdigest()


def release() -> None:
    """Lets go of the last model."""
    _load.cache_clear()


def _tiled(
    model: Any,  # noqa: ANN401
    source: torch.Tensor,
    device: str,
    progress: Progress | None,
) -> torch.Tensor:
    """Runs the network over overlapping tiles and blends them with linear ramps.

    Args:
        model: spandrel's descriptor.
        source: (1, 3, h, w), 0 to 1, on the CPU.
        device: where to compute.
        progress: called after each tile.

    Returns:
        (1, 3, h * s, w * s) on the CPU.
    """
    s, (h, w) = model.scale, source.shape[-2:]
    total = torch.zeros(1, 3, h * s, w * s)
    weight = torch.zeros(1, 1, h * s, w * s)
    places = [(y, x) for y in _starts(h) for x in _starts(w)]
    for done, (y, x) in enumerate(places, start=1):
        tile = source[:, :, y : y + TILE, x : x + TILE]
        large = model(tile.to(device)).float().cpu()
        ramp = _ramp(large.shape[-2], s)[:, None] * _ramp(large.shape[-1], s)[None, :]
        area = (..., slice(y * s, y * s + large.shape[-2]), slice(x * s, x * s + large.shape[-1]))
        total[area] += large * ramp
        weight[area] += ramp
        if progress is not None:
            progress(done, len(places), None)
    return total / weight


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side, the last one flush with the end."""
    step = TILE - OVERLAP
    return sorted({min(start, max(0, length - TILE)) for start in range(0, length, step)})


def _ramp(length: int, scale: int) -> torch.Tensor:
    """Rises over the overlap from each end; never zero, so that edges keep their weight."""
    place = torch.arange(length, dtype=torch.float32)
    edge = torch.minimum(place, length - 1 - place) + 1
    return (edge / (OVERLAP * scale)).clamp(max=1.0)
