"""Reads pictures for the loupe. Pillow is imported when the first one is looked at."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from edition.errors import LibraryError

if TYPE_CHECKING:
    from pathlib import Path

    from edition.tui.cells import Planes


@lru_cache(maxsize=4)
def _open(path: Path, _: int) -> Any:  # noqa: ANN401 - Pillow is not imported here for the type
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LibraryError(
            f"{path}: the picture can't be read ({error}).",
            hint="Delete the file and render its seed again: press r on the light table.",
        ) from error


def view(
    path: Path, width: int, height: int, zoom: float = 0.0, centre: tuple[float, float] = (0.5, 0.5)
) -> tuple[Planes, int, int]:
    """A picture, or a part of it, at the size of a window.

    Args:
        path: the picture.
        width: of the window, pixels.
        height: of the window, pixels, even.
        zoom: screen pixels for one of the picture; 0 fits the whole picture.
        centre: of the part shown, 0 to 1 across and down.

    Returns:
        Planes, and their width and height.

    Raises:
        LibraryError: the file is gone or no picture.
    """
    from PIL import Image

    try:
        image = _open(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise LibraryError(f"{path} is gone.", hint="Render its seed again with r.") from error
    fit = min(width / image.width, height / image.height)
    scale = zoom or fit
    across = min(image.width, width / scale)
    down = min(image.height, height / scale)
    left = min(max(0.0, centre[0] * image.width - across / 2), image.width - across)
    top = min(max(0.0, centre[1] * image.height - down / 2), image.height - down)
    size = max(1, round(across * scale)), max(2, round(down * scale / 2) * 2)
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    part = image.resize(size, how, box=(left, top, left + across, top + down), reducing_gap=2.0)
    red, green, blue = (channel.tobytes() for channel in part.split())
    return (red, green, blue), *size
