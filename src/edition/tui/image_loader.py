"""Reads pictures for the loupe. Pillow is imported when the first one is looked at."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from edition import paths, picture_reader
from edition.errors import LibraryError, PictureError
from edition.tui.terminal.half_blocks import shaded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

    from edition.tui.picture_zoom import PictureLook
    from edition.tui.terminal.half_blocks import Planes

KEPT_BYTES = 150_000_000
"""Pixels kept of pictures that were looked at: three enlarged to 4096, or a survey of 24."""
BAND = 6
"""Pixels of a Sixel's height: a thumbnail ends with a whole one."""
_SHADE = bytes(value * 7 // 20 for value in range(256))
"""What rejection does to a picture: 35 % of its light."""


class _OpenPictures:
    """Pictures kept open, the latest ones: a survey moves in all of its pictures at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, int], Any] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0

    def get(self, path: Path, changed: int) -> Any:  # noqa: ANN401 - Pillow is imported late
        """A picture as it was when its file changed last."""
        key = (path, changed)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        image = _read(path)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = image
                self._bytes += _size(image)
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return image


_pictures = _OpenPictures()


def _size(image: Image.Image) -> int:
    return 3 * image.width * image.height


def _read(path: Path) -> Image.Image:
    try:
        return picture_reader.read(path, picture_reader.OWN_PIXELS)
    except PictureError as error:
        raise LibraryError(
            f"{path}: the picture can't be read ({error.message}).",
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
    try:
        image = _pictures.get(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise LibraryError(
            f"{path.name} is gone.", hint="Render its seed again, or: edition rescan"
        ) from error
    return part(image, width, height, zoom, centre)


def look_at(root: Path, look: PictureLook) -> tuple[Planes, int, int]:
    """A picture as a look wants it, of a file of the library; rejected, it is dark.

    Raises:
        EditionError: the file is gone, no picture, or outside of the library.
    """
    file = paths.inside(root, look.file)
    planes, width, height = view(file, *look.room, look.zoom.scale, look.zoom.centre)
    return shaded(planes) if look.dark else planes, width, height


def part(
    image: Image.Image, width: int, height: int, zoom: float, centre: tuple[float, float]
) -> tuple[Planes, int, int]:
    """A picture, or a part of it, at the size of a window: as ``view``, of one that is open."""
    from PIL import Image

    fit = min(width / image.width, height / image.height)
    scale = zoom or fit
    across = min(image.width, width / scale)
    down = min(image.height, height / scale)
    left = min(max(0.0, centre[0] * image.width - across / 2), image.width - across)
    top = min(max(0.0, centre[1] * image.height - down / 2), image.height - down)
    size = max(1, round(across * scale)), max(2, round(down * scale / 2) * 2)
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    shown = image.resize(size, how, box=(left, top, left + across, top + down), reducing_gap=2.0)
    red, green, blue = (channel.tobytes() for channel in shown.split())
    return (red, green, blue), *size


def flat(planes: Planes, width: int, height: int) -> Image.Image:
    """Planes as one picture.

    Args:
        planes: red, green, blue, row by row.
        width: pixels.
        height: pixels.
    """
    from PIL import Image

    size = (width, height)
    return Image.merge("RGB", [Image.frombytes("L", size, plane) for plane in planes])


def framed(
    planes: Planes, size: tuple[int, int], room: tuple[int, int], ground: tuple[int, int, int]
) -> Planes:
    """A picture in the middle of a larger ground.

    Args:
        planes: the picture.
        size: of it, pixels across and down.
        room: of the ground, pixels, in neither direction smaller.
        ground: RGB8.
    """
    if size == room:
        return planes
    across, down = room
    left, top = (across - size[0]) // 2, (down - size[1]) // 2

    def centred(plane: bytes, light: int) -> bytes:
        fill = bytes([light])
        start, end = fill * left, fill * (across - size[0] - left)
        lines = (plane[at : at + size[0]] for at in range(0, len(plane), size[0]))
        above, below = fill * (top * across), fill * ((down - size[1] - top) * across)
        return above + b"".join(start + line + end for line in lines) + below

    red, green, blue = (centred(*of) for of in zip(planes, ground, strict=True))
    return red, green, blue


def row(
    thumbs: Sequence[tuple[bytes, bytes, bool]],
    size: tuple[int, int],
    gap: int,
    ground: tuple[int, int, int],
) -> Image.Image:
    """Thumbnails side by side.

    Args:
        thumbs: of each: JPEG, 32x32 RGB8 for where that is broken, and whether it is rejected.
        size: of one, pixels.
        gap: between two, pixels.
        ground: of the gaps, RGB8.
    """
    from PIL import Image, ImageOps

    across, down = size
    room = across, down // BAND * BAND
    sheet = Image.new("RGB", (len(thumbs) * (across + gap) - gap, down), ground)
    for index, (jpeg, rgb, shade) in enumerate(thumbs):
        pixels, width, height = thumb(jpeg, rgb, shade=shade)
        if len(pixels) == 3 * width * height:
            picture = Image.frombytes("RGB", (width, height), pixels)
            fitted = ImageOps.contain(picture, room)
            left = index * (across + gap) + (across - fitted.width) // 2
            sheet.paste(fitted, (left, (room[1] - fitted.height) // 2))
    return sheet


def square(jpeg: bytes, rgb: bytes, side: int = 64) -> bytes:
    """A square thumbnail, RGB8, black where the print isn't square.

    Args:
        jpeg: the larger thumbnail; empty or broken, the small one does.
        rgb: 32x32 RGB8.
        side: pixels.
    """
    from PIL import Image, ImageOps

    pixels, width, height = thumb(jpeg, rgb, shade=False)
    return ImageOps.pad(Image.frombytes("RGB", (width, height), pixels), (side, side)).tobytes()


def thumb(jpeg: bytes, rgb: bytes, *, shade: bool) -> tuple[bytes, int, int]:
    """A thumbnail's pixels, RGB8, and their width and height.

    Args:
        jpeg: the larger thumbnail; empty or broken, the small one does.
        rgb: 32x32 RGB8.
        shade: show it as rejected.
    """
    from PIL import Image

    pixels, width, height = rgb, 32, 32
    if jpeg:
        try:
            with Image.open(io.BytesIO(jpeg)) as picture:
                pixels = picture.convert("RGB").tobytes()
                width, height = picture.size
        except OSError:
            pass
    if shade:
        pixels = pixels.translate(_SHADE)
    return pixels, width, height
