"""One picture, as large as there is room for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from textual.geometry import Region

from edition.tui import image_loader
from edition.tui.terminal import half_blocks
from edition.tui.terminal.image_backend import PixelOverlay
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL.Image import Image
    from textual import events

    from edition.tui.terminal.half_blocks import Planes

_GRAIN = 1e-6
MOST_LINES = 129
"""Lines that Kitty's accents can count."""


class PictureView(AnsiCanvas):
    """A picture in the middle of a widget; a coarse one before it is read."""

    def __init__(
        self,
        *,
        sharp: bool = False,
        framed: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """An empty place for a picture.

        Args:
            sharp: in the terminal's own pixels, where it has them; not for what moves.
            framed: with a line above, that shows which of several is selected.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(id=id, classes=classes)
        self._lines: tuple[str, ...] = ()
        self._across = 0
        self._sharp = sharp
        self._framed = framed
        self._over: tuple[object, Planes, int, int] | None = None
        self.dropped = False
        """Whether its picture was too large for another size, and none came yet."""
        self.caption = ""
        self.picked = False

    @property
    def sharp(self) -> bool:
        """Whether pixels are the terminal's own, and not half-cells."""
        return self._sharp and self.drawn.sharp

    @property
    def room(self) -> tuple[int, int]:
        """The largest picture that fits, pixels across and down."""
        across, down = self._cells
        wide, high = self.unit
        lines = min(MOST_LINES, down) if self.sharp else down
        return int(across * wide), int(lines * high) // 2 * 2

    @property
    def unit(self) -> tuple[float, float]:
        """Pixels of a picture in a cell, across and down."""
        return self.drawn.unit if self.sharp else self.drawn.text_unit

    @property
    def _cells(self) -> tuple[int, int]:
        below = 1 if self.caption else 0
        return max(2, self.size.width), max(1, self.size.height - below - self._framed)

    def fitting(self, width: int, height: int) -> tuple[int, int]:
        """The cells in which a picture fills the room and keeps its proportion."""
        across, down = self._cells
        wide, high = self.unit
        scale = min(across * wide / max(1, width), down * high / max(1, height))
        cells = round(width * scale / wide), round(height * scale / high)
        return max(1, cells[0]), max(1, cells[1])

    def show_thumb(self, rgb: bytes, width: int, height: int, *, dark: bool = False) -> None:
        """Shows a 32x32 thumbnail enlarged, until the real picture is read.

        Args:
            rgb: its pixels, RGB8.
            width: of the picture, pixels.
            height: of the picture, pixels.
            dark: show it as rejected.
        """
        if len(rgb) != 3 * half_blocks.SIDE**2:
            self.show_nothing()
            return
        across, down = self.fitting(width, height)
        side, planes = half_blocks.SIDE, half_blocks.planes_of(rgb)
        planes = half_blocks.shaded(planes) if dark else planes
        self._lines = self.drawn.text(planes, (side, side), (across, down))
        self._across, self._over, self.dropped = across, None, False
        self.repaint()

    def show(self, planes: Planes, width: int, height: int) -> None:
        """Shows pixels: planes of ``width`` x ``height``."""
        wide, high = self.unit
        across, down = math.ceil(width / wide - _GRAIN), math.ceil(height / high - _GRAIN)
        room = max(width, round(across * wide)), max(height, round(down * high))
        planes = image_loader.framed(planes, (width, height), room, self.ink.ground)
        before = (self._across, len(self._lines)) if self._over else None
        self.dropped = False
        self._across, self._over = across, None
        if self.sharp:
            self._lines = self.drawn.picture(id(self), planes, *room)
            self._over = (object(), planes, *room)
        else:
            self._lines = self.drawn.text(planes, room, (across, down))
        if self.drawn.over and before == (across, len(self._lines)):
            self._strips.clear()  # one is drawn over the other: nothing blinks
            self.drawn.redraw(self.app)
        else:
            self.repaint()

    def show_nothing(self) -> None:
        """A blank ground."""
        self._lines, self._across, self._over, self.dropped = (), 0, None, False
        self.repaint()

    def label(self, caption: str, *, picked: bool) -> None:
        """The words below; the picture is painted again only if it has to make room for them."""
        moved = bool(caption) != bool(self.caption)
        changed = (caption, picked) != (self.caption, self.picked)
        self.caption, self.picked = caption, picked
        if moved:
            self.repaint()
        elif changed:
            self.repaint(*([self._top - 1] if self._framed else []), self._below)

    def overs(self) -> Iterable[PixelOverlay]:
        """The picture, where it is drawn over its half-cells; in parts that the terminal bears."""
        if self._over is None or not self.drawn.over:
            return
        key = self._over[0]
        wide, high = self.drawn.cell
        across, down = self.drawn.largest
        for y in range(0, len(self._lines), down):
            for x in range(0, self._across, across):
                cells = min(across, self._across - x), min(down, len(self._lines) - y)
                box = (x * wide, y * high, (x + cells[0]) * wide, (y + cells[1]) * high)
                place = Region(self._left + x, self._top + y, *cells)
                yield PixelOverlay(place, (key, x, y), self._part(box))

    def _part(self, box: tuple[int, int, int, int]) -> Callable[[], Callable[[], Image]]:
        assert self._over is not None
        _, planes, width, height = self._over
        return lambda: lambda: image_loader.flat(planes, width, height).crop(box)

    @property
    def _top(self) -> int:
        return self._framed + (self._cells[1] - len(self._lines)) // 2

    @property
    def _below(self) -> int:
        """The line of the caption: under a framed picture, else the last."""
        return self._top + len(self._lines) if self._framed else self.size.height - 1

    @property
    def _left(self) -> int:
        return (self.size.width - self._across) // 2

    def on_resize(self, event: events.Resize) -> None:
        """Too large a picture is dropped; the screen sends another."""
        super().on_resize(event)
        if self._across > self.size.width or len(self._lines) > self.size.height:
            self._lines, self._across, self._over, self.dropped = (), 0, None, True

    def paint(self, y: int, width: int) -> str:
        """A line of the picture, in the middle; the caption last."""
        if self.caption and y == self._below:
            tone = "select" if self.picked else "dim"
            text = f" {self.caption} "
            if self._framed and self.picked:
                text = text.center(min(width, max(self._across, len(text))))
            return self.ink.line(
                width, [("text", " " * max(0, (width - len(text)) // 2)), (tone, text)]
            )
        if self._framed and y == self._top - 1:
            bar = "▄" * min(width, self._across) if self.picked else ""
            return self.ink.line(width, [("text", " " * self._left), ("accent", bar)])
        top = self._top
        if not 0 <= y - top < len(self._lines):
            return self.ink.line(width, ())
        ground = self.ink.tones["text"]
        left = self._left
        right = width - self._across - left
        return f"{ground}{' ' * left}{self._lines[y - top]}{ground}{' ' * right}\x1b[0m"
