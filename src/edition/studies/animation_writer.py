"""Moving pictures, written frame by frame: animated WebP, GIF, MP4. Memory is that of one frame.

WebP: the container of Google's WebP specification (RIFF, VP8X, ANIM, ANMF). GIF: GIF89a. The
frames are encoded by Pillow; an MP4 by ffmpeg, which the extra ``film`` brings. Pillow's
own ``save_all`` keeps all frames until the last one is there: it would hold a film in memory.
"""

from __future__ import annotations

import io
import struct
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from edition import extras
from edition.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

FORMATS = ("webp", "gif", "mp4")
QUALITY = 88
_PIXEL = 1 << 24
"""Sides of a WebP canvas stay below it."""


class FrameWriter(Protocol):
    """Takes frames of one size."""

    def add(self, frame: Image.Image, milliseconds: int) -> None:
        """Shows a frame for so long."""

    def close(self) -> None:
        """Ends the file."""


class WebpWriter:
    """An animated WebP."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Begins the file."""
        self._file = path.open("wb")
        width, height = size
        if max(size) >= _PIXEL:
            raise StudyError(f"{width} x {height} pixels are too many for WebP.")
        canvas = _three(width - 1) + _three(height - 1)
        self._file.write(b"RIFF\0\0\0\0WEBP")
        self._file.write(_chunk(b"VP8X", struct.pack("<I", 0x02) + canvas))  # 0x02: animated
        self._file.write(_chunk(b"ANIM", b"\0\0\0\0" + struct.pack("<H", 0)))  # 0: permanently

    def add(self, frame: Image.Image, milliseconds: int) -> None:
        """Shows a frame for so long."""
        out = io.BytesIO()
        frame.convert("RGB").save(out, "WEBP", quality=QUALITY, method=4)
        image = out.getvalue()[12:]  # behind RIFF, size and WEBP: one VP8 chunk
        head = b"\0" * 6 + _three(frame.width - 1) + _three(frame.height - 1)
        self._file.write(_chunk(b"ANMF", head + _three(milliseconds) + b"\x02" + image))

    def close(self) -> None:
        """Ends the file."""
        size = self._file.tell()
        self._file.seek(4)
        self._file.write(struct.pack("<I", size - 8))
        self._file.close()


def _three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def dithered(image: Image.Image) -> Image.Image:
    """A picture in the 256 colours that suit it, without banding.

    Pillow dithers only to a palette that it is given: asked for colours alone, it ignores the wish.
    """
    whole = image.convert("RGB")
    return whole.quantize(palette=whole.quantize(256), dither=Image.Dither.FLOYDSTEINBERG)


class GifWriter:
    """An animated GIF; every frame has its own 256 colours."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Begins the file."""
        self._file = path.open("wb")
        self._file.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0, 0, 0))
        self._file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")

    def add(self, frame: Image.Image, milliseconds: int) -> None:
        """Shows a frame for so long."""
        out = io.BytesIO()
        dithered(frame).save(out, "GIF", optimize=False)
        head = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 4, round(milliseconds / 10), 0, 0)
        self._file.write(head + _gif_image(out.getvalue()))

    def close(self) -> None:
        """Ends the file."""
        self._file.write(b";")
        self._file.close()


def _gif_image(still: bytes) -> bytes:
    """The image of a still GIF, its colour table made its own."""
    bits = still[10] & 7
    begin = 13 + 3 * 2 ** (bits + 1)
    colours, at = still[13:begin], begin
    while still[at] == 0x21:  # extensions: a label, then blocks up to an empty one
        at += 2
        while still[at]:
            at += 1 + still[at]
        at += 1
    # 0x80: with a colour table of its own; the bit for interlaced lines stays
    return still[at : at + 9] + bytes([still[at + 9] | 0x80 | bits]) + colours + still[at + 10 : -1]


class Mp4Writer:
    """An MP4 with H.264, as every phone and browser plays it."""

    FPS = 30

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Begins the file.

        Raises:
            StudyError: the extra isn't installed.
        """
        try:
            import imageio_ffmpeg
        except ImportError:
            raise StudyError("An MP4 needs ffmpeg.", hint=extras.install_extra("film")) from None
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._writer: Generator[None, bytes, None] = imageio_ffmpeg.write_frames(
            str(path), self._size, fps=self.FPS, codec="libx264", pix_fmt_out="yuv420p",
            macro_block_size=2, output_params=["-crf", "17", "-movflags", "+faststart"],
            ffmpeg_log_level="error",
        )  # fmt: skip
        self._writer.send(None)

    def add(self, frame: Image.Image, milliseconds: int) -> None:
        """Shows a frame for so long."""
        picture = frame.convert("RGB")
        if picture.size != self._size:
            picture = picture.resize(self._size)
        data = picture.tobytes()
        for _ in range(max(1, round(milliseconds * self.FPS / 1000))):
            self._writer.send(data)

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()


REELS: dict[str, Callable[[Path, tuple[int, int]], FrameWriter]] = {
    "webp": WebpWriter,
    "gif": GifWriter,
    "mp4": Mp4Writer,
}


class FilmWriter:
    """A film in the making, in several formats at once, with a strip of chosen frames."""

    def __init__(
        self,
        folder: Path,
        formats: Sequence[str],
        size: tuple[int, int],
        frame_ms: int,
        strip: int,
    ) -> None:
        """Begins the files, under names that are no whole film's yet.

        Args:
            folder: where they go.
            formats: of ``FORMATS``.
            size: of the frames.
            frame_ms: how long each is shown.
            strip: so many frames are kept for the strip.

        Raises:
            StudyError: a format is unknown, or its writer isn't installed.
        """
        unknown = [name for name in formats if name not in REELS]
        if unknown:
            raise StudyError(
                f"There is no film format {unknown[0]!r}.", hint=f"Known: {', '.join(FORMATS)}."
            )
        self.folder, self._ms, self._strip = folder, frame_ms, strip
        self.kept: dict[int, Image.Image] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._paths = {name: folder / f"film.{name}" for name in formats}
        self._reels: dict[str, FrameWriter] = {}
        with ExitStack() as stack:
            for name in formats:
                self._reels[name] = REELS[name](self._part(name), size)
                stack.callback(self._reels[name].close)
            stack.pop_all()  # all could be begun: they stay open

    def _part(self, name: str) -> Path:
        return self.folder / f".film-part.{name}"

    def add(self, k: int, n: int, frame: Image.Image) -> None:
        """Adds frame k of n, from 1."""
        for reel in self._reels.values():
            reel.add(frame, self._ms)
        if k in chosen(n, self._strip):
            self.kept[k] = frame.copy()
            self.kept[k].thumbnail((256, 256), Image.Resampling.LANCZOS)

    def end(self, picture: Image.Image, hold_ms: int) -> tuple[Path, ...]:
        """Shows the finished picture for a while; the films get their names.

        Returns:
            The files.
        """
        for name, reel in self._reels.items():
            reel.add(picture, hold_ms)
            reel.close()
            self._part(name).replace(self._paths[name])
        return tuple(self._paths.values())

    def drop(self) -> None:
        """Ends a film that came to nothing; leaves no files."""
        for name, reel in self._reels.items():
            reel.close()
            self._part(name).unlink(missing_ok=True)


def chosen(count: int, wanted: int) -> tuple[int, ...]:
    """Frames for a strip, evenly spread from the first to the last, from 1."""
    if wanted >= count:
        return tuple(range(1, count + 1))
    if wanted < 2:
        return (count,) * wanted
    return tuple(1 + round(k * (count - 1) / (wanted - 1)) for k in range(wanted))
