"""How a picture is turned before it is shown, as its EXIF data says. Loads no Pillow by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

TAG = 274
_SIDEWAYS = (5, 6, 7, 8)
"""Orientations that swap width and height."""


def orientation(image: Image.Image) -> int:
    """As EXIF numbers it, 1 to 8; 1 where it has none."""
    try:
        found = image.getexif().get(TAG, 1)
    except Exception:  # damaged EXIF raises whatever it trips over
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def turned_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an opened picture as it is shown."""
    turned = orientation(image) in _SIDEWAYS
    return (image.height, image.width) if turned else image.size
