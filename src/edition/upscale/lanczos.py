"""Lanczos resampling: the sinc function within a window of three lobes (Duchon 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL.Image import Resampling

if TYPE_CHECKING:
    from PIL import Image

    from edition.recipe.upscale_settings import UpscaleSettings
    from edition.upscale import Progress


def run(
    image: Image.Image,
    settings: UpscaleSettings,
    *,
    seed: int,
    prompt: str,
    device: str,
    progress: Progress | None = None,
) -> tuple[Image.Image, dict[str, str]]:
    """Enlarges a picture; see ``edition.upscale.UpscaleRun``."""
    size = (round(image.width * settings.scale), round(image.height * settings.scale))
    large = image.convert("RGB").resize(size, Resampling.LANCZOS)
    if progress is not None:
        progress(1, 1, None)
    return large, {"filter": "Lanczos, 3 lobes"}
