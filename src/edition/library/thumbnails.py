"""Thumbnails, made once when a picture is made: browsing never decodes a print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

JPEG_SIDE = 128
RGB_SIDE = 32


def thumbs(image: Image.Image) -> tuple[bytes, bytes]:
    """A print's two thumbnails.

    Args:
        image: RGB, any size.

    Returns:
        A JPEG of 128 pixels on its longer side, and 32 x 32 RGB8, row-major (3072 bytes; a
        picture that isn't square is fitted in and surrounded by black).
    """
    from PIL import Image, ImageOps

    jpeg = image.copy()
    jpeg.thumbnail((JPEG_SIDE, JPEG_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    out = io.BytesIO()
    jpeg.save(out, "JPEG", quality=85)
    rgb = ImageOps.pad(jpeg, (RGB_SIDE, RGB_SIDE), Image.Resampling.BOX)
    return out.getvalue(), rgb.tobytes()
