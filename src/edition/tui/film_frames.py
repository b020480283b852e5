"""The frames of a film, one at a time and never all at once. Knows files, not widgets."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from edition.errors import LibraryError

if TYPE_CHECKING:
    from pathlib import Path

    from edition.tui.terminal.half_blocks import Planes

KEPT_BYTES = 8_000_000
"""Frames kept at the window's size: a WebP is read from its start to go one frame back."""
LARGEST_FILE = 256_000_000
"""Pillow holds the file itself in memory, bytes; 48 steps of 512 pixels are 1 to 3 MB."""


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """A frame at the size of a window."""

    index: int
    planes: Planes
    width: int
    height: int
    milliseconds: int
    """How long it is shown."""


class FilmFrames:
    """An open film. Safe to use from several threads, one after the other."""

    def __init__(self, path: Path) -> None:
        """Opens it and counts its frames.

        Raises:
            LibraryError: the file is gone, too large, or no film.
        """
        self.path = path
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int, int], FilmFrame] = OrderedDict()
        self._bytes = 0
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise LibraryError(f"{path.name} is too large to play here.")
            self._image: Any = Image.open(path)
            self.total = int(getattr(self._image, "n_frames", 1))
        except (OSError, EOFError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise unreadable(path, error) from error

    def read(self, index: int, width: int, height: int) -> FilmFrame:
        """A frame that fits a window.

        Args:
            index: from 0.
            width: of the window, pixels.
            height: of the window, pixels, even.

        Raises:
            LibraryError: the file is cut short.
        """
        key = (index, width, height)
        with self._lock:
            frame = self._kept.get(key)
            if frame is None:
                frame = self._decode(index, width, height)
                self._keep(key, frame)
            else:
                self._kept.move_to_end(key)
            return frame

    def _decode(self, index: int, width: int, height: int) -> FilmFrame:
        try:
            self._image.seek(index)
            whole = self._image.convert("RGB")
        except (OSError, EOFError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise unreadable(self.path, error) from error
        scale = min(width / whole.width, height / whole.height)
        size = max(1, round(whole.width * scale)), max(2, round(whole.height * scale / 2) * 2)
        how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
        small = whole.resize(size, how, reducing_gap=2.0)
        red, green, blue = (channel.tobytes() for channel in small.split())
        shown = int(self._image.info.get("duration", 0) or 0)
        return FilmFrame(index, (red, green, blue), *size, shown)

    def _keep(self, key: tuple[int, int, int], frame: FilmFrame) -> None:
        self._kept[key] = frame
        self._bytes += 3 * frame.width * frame.height
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= 3 * old.width * old.height

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._image.close()
            self._kept.clear()
            self._bytes = 0


def unreadable(path: Path, error: BaseException) -> LibraryError:
    """The message for a film that can't be played."""
    return LibraryError(f"{path.name} can't be played: {error}.", hint="Make the film again.")


def steps(folder: Path) -> tuple[tuple[float, float], ...]:
    """Timestep and noise level of each step, as the press noted them beside the film.

    Args:
        folder: of the film.

    Returns:
        Pairs (t, sigma), the first step first; empty when nothing readable was noted, as with
        older films.
    """
    file = folder / "film.json"
    try:
        if file.stat().st_size > 1_000_000:
            return ()
        rows = json.loads(file.read_text(encoding="utf-8"))["steps"]
        return tuple((float(row["t"]), float(row["sigma"])) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return ()
