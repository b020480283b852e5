"""Kitty's graphics protocol: pixels are sent once, text placeholders stand where they show.

The placeholder (U+10EEEE) is text like any other, so it scrolls, is cut by a dialog and travels
through the same strips as half-cells. Its colour is the image's number, its accents name row and
column: https://sw.kovidgoyal.net/kitty/graphics-protocol, "Unicode placeholders".
"""

from __future__ import annotations

import io
import itertools
import unicodedata
import zlib
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from edition.tui.graphics import Graphics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096
"""Characters of base64 in one escape sequence, as the protocol allows."""
KEPT = 2000
"""Images kept on the terminal's side; the oldest is freed."""
MAX_ROWS = 129


@cache
def accents() -> tuple[str, ...]:
    """The accents that count rows: class 230, in no composed letter, in order.

    Kitty froze its table at Unicode 6.0; the first 129 are the same in every later version.
    """
    composed: set[int] = set()
    for code in range(0xC0, 0x2000):
        parts = unicodedata.decomposition(chr(code))
        if parts and not parts.startswith("<"):
            composed.update(int(part, 16) for part in parts.split())
    found = (
        chr(code)
        for code in range(0x300, 0x898)
        if unicodedata.combining(chr(code)) == 230
        and not unicodedata.decomposition(chr(code))
        and code not in composed
    )
    return tuple(itertools.islice(found, MAX_ROWS))


def placeholders(image: int, across: int, down: int) -> tuple[str, ...]:
    """The text that stands for an image: lines of ``across`` cells.

    The first cell of a line names row and column; the others go on from it.

    Args:
        image: its number, 1 to 2^24 - 1.
        across: cells.
        down: lines, MAX_ROWS at most.
    """
    colour = f"\x1b[38;2;{image >> 16};{image >> 8 & 255};{image & 255}m"
    first = accents()[0]
    rest = PLACEHOLDER * (across - 1)
    return tuple(
        [f"{colour}{PLACEHOLDER}{accents()[row]}{first}{rest}\x1b[39m" for row in range(down)]
    )


def transmission(image: int, pixels: bytes, width: int, height: int) -> Iterator[str]:
    """Escape sequences that send RGB8 pixels, compressed."""
    data = b64encode(zlib.compress(pixels, 1)).decode("ascii")
    for start in range(0, len(data), CHUNK):
        more = int(start + CHUNK < len(data))
        keys = f"a=t,f=24,o=z,s={width},v={height},i={image},q=2," if start == 0 else "q=2,"
        yield f"\x1b_G{keys}m={more};{data[start : start + CHUNK]}\x1b\\"


def placement(image: int, across: int, down: int) -> str:
    """The escape sequence that says how large an image shows."""
    return f"\x1b_Ga=p,U=1,i={image},c={across},r={down},q=2\x1b\\"


def removal(image: int) -> str:
    """The escape sequence that frees an image and its pixels."""
    return f"\x1b_Ga=d,d=I,i={image},q=2\x1b\\"


def through_tmux(sequence: str) -> str:
    """Wraps an escape sequence so that tmux hands it on (``allow-passthrough on``)."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


@dataclass
class Kitty(Graphics):
    """Thumbnails through Kitty's protocol."""

    tmux: bool = False
    """Whether tmux stands between; it must allow passthrough."""
    base: int = 0x10000
    """Images are numbered from here, so that others' numbers are left alone."""

    def __post_init__(self) -> None:
        """Nothing has been sent yet."""
        self._to_terminal: Callable[[str], object] = lambda _: None
        self._jpeg: Callable[[Sequence[int]], dict[int, bytes]] = lambda _: {}
        self._sent: OrderedDict[tuple[int, int, bool], int] = OrderedDict()
        self._next = self.base

    def attach(
        self,
        write: Callable[[str], object],
        jpeg: Callable[[Sequence[int]], dict[int, bytes]],
    ) -> None:
        """Takes the way to the terminal and to larger thumbnails."""
        self._to_terminal, self._jpeg = write, jpeg

    def thumb(self, print_id: int, rgb: bytes, across: int, *, shade: bool) -> tuple[str, ...]:
        """A thumbnail as placeholders; its pixels go ahead of them."""
        key = (print_id, across, shade)
        image = self._sent.get(key)
        if image is None:
            image = self._send(key, rgb)
        self._sent.move_to_end(key)
        return placeholders(image, across, across // 2)

    def close(self) -> None:
        """Frees all images."""
        for image in self._sent.values():
            self._write(removal(image))
        self._sent.clear()

    def _send(self, key: tuple[int, int, bool], rgb: bytes) -> int:
        image = self._next
        self._next = self.base + (self._next - self.base + 1) % (1 << 20)
        pixels, width, height = self._pixels(key[0], rgb, shade=key[2])
        for part in transmission(image, pixels, width, height):
            self._write(part)
        self._write(placement(image, key[1], key[1] // 2))
        self._sent[key] = image
        while len(self._sent) > KEPT:
            self._write(removal(self._sent.popitem(last=False)[1]))
        return image

    def _pixels(self, print_id: int, rgb: bytes, *, shade: bool) -> tuple[bytes, int, int]:
        jpeg = self._jpeg((print_id,)).get(print_id, b"")
        pixels, width, height = rgb, 32, 32
        if jpeg:
            from PIL import Image

            try:
                with Image.open(io.BytesIO(jpeg)) as picture:
                    pixels = picture.convert("RGB").tobytes()
                    width, height = picture.size
            except OSError:
                pass  # the small thumbnail will do
        if shade:
            pixels = bytes([value * 7 // 20 for value in pixels])
        return pixels, width, height

    def _write(self, sequence: str) -> None:
        self._to_terminal(through_tmux(sequence) if self.tmux else sequence)
