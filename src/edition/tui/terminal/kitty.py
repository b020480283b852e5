"""Kitty's graphics protocol: pixels are sent once, text placeholders mark where they show.

The placeholder (U+10EEEE) is text like any other, so it scrolls, is cut by a dialog and travels
through the same strips as half-cells. Its colour is the image's number, its accents name row and
column: https://sw.kovidgoyal.net/kitty/graphics-protocol, "Unicode placeholders".
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from edition.tui.image_loader import flat, thumb
from edition.tui.terminal.image_backend import ImageBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edition.tui.terminal.half_blocks import Planes

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096
"""Characters of base64 in one escape sequence, as the protocol allows."""
KEPT = 2000
"""Images kept on the terminal's side; the oldest is freed."""
PLACES = 24
"""Large pictures kept: as many as a survey shows."""
MAX_ROWS = 129
_RUN = re.compile(f"\x1b\\[38;2;(\\d+);(\\d+);(\\d+)m{PLACEHOLDER}(.).{PLACEHOLDER}*\x1b\\[39m")
"""A line of an image."""


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

    The first cell of a line names row and column; the others continue from it.

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
class KittyBackend(ImageBackend):
    """Thumbnails through Kitty's protocol."""

    tmux: bool = False
    """Whether tmux is between; it must allow passthrough."""
    base: int = 0x10000
    """Images are numbered from here, so that others' numbers are left alone."""

    def __post_init__(self) -> None:
        """Nothing has been sent yet."""
        super().__post_init__()
        self._sent: OrderedDict[tuple[int, int, bool], int] = OrderedDict()
        self._places: OrderedDict[int, int] = OrderedDict()
        self._plain: dict[int, Callable[[], tuple[str, ...]]] = {}
        self._next = self.base

    @property
    def sharp(self) -> bool:
        """In the terminal's own pixels, if it reported how many a cell has."""
        return all(self.cell)

    @property
    def unit(self) -> tuple[float, float]:
        """A picture's pixels in a cell."""
        return self.cell if self.sharp else self.text_unit

    def row(self, items: Sequence[tuple[int, bytes, bool]], across: int) -> list[tuple[str, ...]]:
        """Thumbnails as placeholders."""
        return [self.thumb(item, rgb, across, shade=shade) for item, rgb, shade in items]

    def thumb(self, print_id: int, rgb: bytes, across: int, *, shade: bool) -> tuple[str, ...]:
        """A thumbnail as placeholders; its pixels go ahead of them."""
        key = (print_id, across, shade)
        image = self._sent.get(key)
        if image is None:
            jpeg = self._jpeg((print_id,)).get(print_id, b"")
            image = self._send(*thumb(jpeg, rgb, shade=shade), across, self.down(across))
            self._sent[key] = image
            self._plain[image] = lambda: ImageBackend.row(self, [(print_id, rgb, shade)], across)[0]
            while len(self._sent) > KEPT:
                self._free(self._sent.popitem(last=False)[1])
        self._sent.move_to_end(key)
        return placeholders(image, across, self.down(across))

    def picture(self, place: int, planes: Planes, width: int, height: int) -> tuple[str, ...]:
        """A picture as placeholders; the one that was in its place is freed."""
        across, down = width // self.cell[0], min(MAX_ROWS, height // self.cell[1])
        whole = flat(planes, width, height)
        image = self._send(whole.tobytes(), width, height, across, down)
        old = self._places.pop(place, None)
        if old is not None:
            self._free(old)
        self._places[place] = image
        while len(self._places) > PLACES:
            self._free(self._places.popitem(last=False)[1])

        self._plain[image] = lambda: self.text(planes, (width, height), (across, down))
        return placeholders(image, across, down)

    def plain(self, ansi: str) -> str:
        """Half-cells instead of placeholders, whose colour and accents may not be touched."""
        return _RUN.sub(self._instead, ansi) if PLACEHOLDER in ansi else ansi

    def _instead(self, run: re.Match[str]) -> str:
        image = int(run[1]) << 16 | int(run[2]) << 8 | int(run[3])
        made, row = self._plain.get(image), accents().index(run[4])
        return made()[row] + "\x1b[39m" if made else " " * run[0].count(PLACEHOLDER)

    def close(self) -> None:
        """Frees all images."""
        for image in (*self._sent.values(), *self._places.values()):
            self._free(image)
        self._sent.clear()
        self._places.clear()

    def _free(self, image: int) -> None:
        self._plain.pop(image, None)
        self._write(removal(image))

    def _send(self, pixels: bytes, width: int, height: int, across: int, down: int) -> int:
        image = self._next
        self._next = self.base + (self._next - self.base + 1) % (1 << 20)
        for part in transmission(image, pixels, width, height):
            self._write(part)
        self._write(placement(image, across, down))
        return image

    def _write(self, sequence: str) -> None:
        self._to_terminal(through_tmux(sequence) if self.tmux else sequence)
