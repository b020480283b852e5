"""The wall of a show, to scale; the chosen print is in a bright line."""

from __future__ import annotations

import math
import re
import zlib
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from textual.color import Color
from textual.geometry import Region

from edition.tui import image_loader, wall_picture
from edition.tui.messages import Moved, Opened
from edition.tui.terminal import half_blocks
from edition.tui.terminal.ansi_style import cube
from edition.tui.terminal.image_backend import PixelOverlay
from edition.tui.wall_picture import WallColours
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PIL.Image import Image
    from textual import events

    from edition.proof.wall_layout import Wall
    from edition.recipe.proof_settings import ProofSettings
    from edition.tui.terminal.ansi_style import Depth
    from edition.tui.terminal.half_blocks import Planes
    from edition.tui.wall_picture import WallWindow


_PAPER = (236, 233, 226)
_CELL = re.compile(r"(\x1b\[[\d;]*m)([^\x1b])")
_MOST_PIECES = 14
"""Pictures over a screen's cells: xterm keeps sixteen."""
_WIDEST = 1000
"""Pixels of a picture's side that xterm takes."""


class WallView(AnsiCanvas):
    """What hangs where."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zoom = -1
        self._shown: tuple[Wall, Sequence[bytes], ProofSettings, int] | None = None
        self._view: WallWindow | None = None
        self._lines: tuple[str, ...] = ()
        """As painted; lines that stay the same are not sent again."""
        self._squares: dict[int, bytes] = {}
        self._planes: Planes = (b"", b"", b"")

    def show(
        self,
        wall: Wall | None,
        looks: Sequence[bytes],
        settings: ProofSettings,
        at: int,
        ids: Sequence[int] = (),
    ) -> None:
        """Draws a wall again.

        Args:
            wall: what hangs where; None for nothing.
            looks: a 32×32 thumbnail of each print; empty for one that is gone.
            settings: its layout.
            at: index of the chosen print.
            ids: of the prints, for larger thumbnails; 0 for one that is gone.
        """
        if wall is not None and self.drawn.sharp:
            looks = self._large(looks, ids)
        self._shown = (wall, looks, settings, at) if wall is not None and wall.hung else None
        self._draw()

    def _large(self, looks: Sequence[bytes], ids: Sequence[int]) -> list[bytes]:
        """Thumbnails of 128 pixels, where they are stored; read once."""
        new = [i for i in ids if i and i not in self._squares]
        jpeg = self.drawn.thumbs(new) if new else {}
        for print_id, look in zip(ids, looks, strict=False):
            if print_id in new:
                large = image_loader.square(jpeg.get(print_id, b""), look, 128) if look else b""
                self._squares[print_id] = large
        return [self._squares.get(i) or look for i, look in zip(ids, looks, strict=True)]

    def closer(self, by: int) -> None:
        """Closer or farther; 0 for the whole wall."""
        if self._shown is None or self._view is None:
            return
        wall = self._shown[0]
        most = wall_picture.closest(wall, self._view.height)
        now = self.zoom
        if now < 0:
            now = int(self._view.scale < self._whole(wall))
        self.zoom = max(0, min(most, now + by)) if by else 0
        self._draw()

    def _whole(self, wall: Wall) -> float:
        """The scale at which all is seen."""
        person = bool(self._shown and self._shown[2].figure_mm)
        view = wall_picture.window(wall, 0, *self._pixels, 0, person=person, unit=self.drawn.unit)
        return view.scale

    @property
    def _pixels(self) -> tuple[int, int]:
        """Of the whole widget, across and down."""
        across, down = self.drawn.unit
        return round(self.size.width * across), round(self.size.height * down)

    def on_resize(self, event: events.Resize) -> None:
        """Another size needs another picture."""
        super().on_resize(event)
        self._lines = ()

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._lines = ()

    def on_click(self, event: events.Click) -> None:
        """Chooses the print that was pointed at; a second click opens it."""
        if self._shown is None or self._view is None:
            return
        index = wall_picture.hit(self._shown[0], self._view, *self._point(event))
        if index >= 0:
            self.post_message(Opened(index) if event.chain > 1 else Moved(index))

    def _point(self, event: events.Click) -> tuple[int, int]:
        across, down = self.drawn.unit
        return int((event.x + 0.5) * across), int((event.y + 0.25) * down)

    @property
    def colours(self) -> WallColours:
        """Of the theme; without colour the wall is black."""
        tones = self.app.theme_variables

        def rgb(name: str) -> tuple[int, int, int]:
            return Color.parse(tones[name]).rgb

        ground = (0, 0, 0) if self.ink.depth == "none" else self.ink.ground
        return WallColours(
            ground, rgb("tone-faint"), rgb("tone-dim"), _PAPER, rgb("accent"), rgb("panel")
        )

    def _draw(self) -> None:
        """Paints all lines, and sends those that differ."""
        before, self._lines = self._lines, self._painted()
        if len(before) != len(self._lines):
            self.repaint()
            return
        changed = [y for y, line in enumerate(self._lines) if line != before[y]]
        if changed:
            self.repaint(*changed)

    def _painted(self) -> tuple[str, ...]:
        width, height = self.size
        if self._shown is None or not width or not height:
            return ()
        wall, looks, settings, at = self._shown
        person = bool(settings.figure_mm)
        unit, drawn = self.drawn.unit, self.drawn
        self._view = view = wall_picture.window(
            wall, at, *self._pixels, self.zoom, person=person, before=self._view, unit=unit
        )
        planes = wall_picture.draw(wall, looks, settings, view, at, self.colours)
        numbers = wall_picture.numbers(wall, view, at, unit)
        if drawn.sharp:
            self._planes = wall_picture.lettered(planes, view, numbers, unit, self.colours)
            if not drawn.over:
                return drawn.picture(id(self), self._planes, view.width, view.height)
        if unit == wall_picture.HALVES:
            return tuple(self._line(planes, y, numbers.get(y, ())) for y in range(height))
        text = drawn.text(planes, (view.width, view.height), (width, height))
        return tuple(self._spliced(line, numbers.get(y, ())) for y, line in enumerate(text))

    def overs(self) -> Iterable[PixelOverlay]:
        """The wall in pieces: what stays the same is not drawn again."""
        if not (self.drawn.over and self._view and self._lines):
            return
        (wide, high), size = self.drawn.cell, self._view.width
        band = image_loader.BAND
        columns = -(-size // _WIDEST)
        across = -(-self.size.width // columns)
        step = band // math.gcd(band, high)  # lines that fill whole bands of a Sixel
        step *= -(-self.size.height // (step * (_MOST_PIECES // columns)))
        whole = image_loader.flat(self._planes, size, self._view.height)
        for top in range(0, self.size.height, step):
            for left in range(0, self.size.width, across):
                place = Region(left, top, across, step).intersection(self.size.region)
                x, y = place.x * wide, place.y * high
                part = whole.crop((x, y, x + place.width * wide, y + place.height * high))
                key = (zlib.crc32(part.tobytes()), part.size)
                yield PixelOverlay(place, key, partial(_as_it_is, part))

    def _spliced(self, line: str, numbers: Sequence[tuple[int, str, bool]]) -> str:
        """A line of cells with the numbers that are in it; equal neighbours share a colour."""
        cells = _CELL.findall(line) or [("", sign) for sign in line]
        parts, done = [], 0
        for column, text, chosen in [*numbers, (len(cells), "", False)]:
            before = None
            for colour, sign in cells[done:column]:
                parts.append(sign if colour == before else f"\x1b[0m{colour}{sign}")
                before = colour
            if text:
                parts.append(self.ink.tones["select" if chosen else "dim"] + text)
            done = column + len(text)
        return "".join(parts) + "\x1b[0m"

    def paint(self, y: int, width: int) -> str:
        """A line of the picture."""
        if not self._lines:
            self._lines = self._painted()
        if y >= len(self._lines) or self._view is None or self._view.width != self._pixels[0]:
            return self.ink.line(width, ())
        return self._lines[y]

    def _line(self, planes: Planes, y: int, numbers: Sequence[tuple[int, str, bool]]) -> str:
        """A line of the picture, with the numbers that are in it."""
        parts, done = [], 0
        for column, text, chosen in numbers:
            parts.append(self._part(planes, y, done, column))
            parts.append(self.ink.tones["select" if chosen else "dim"] + text)
            done = column + len(text)
        parts.append(self._part(planes, y, done, self.size.width))
        return "".join(parts) + "\x1b[0m"

    def _part(self, planes: Planes, y: int, start: int, end: int) -> str:
        """Some columns of a line."""
        if end <= start:
            return ""
        width = self.size.width
        rows = (2 * y * width, (2 * y + 1) * width)
        red, green, blue = (
            b"".join(plane[row + start : row + end] for row in rows) for plane in planes
        )
        if self.ink.depth == "none":
            return "\x1b[0m" + half_blocks.lines((red, green, blue), end - start, 2, "none")[0]
        return _runs((red, green, blue), end - start, self.ink.depth)


def _as_it_is(part: Image) -> Callable[[], Image]:
    """Nothing has to be fetched first."""
    return lambda: part


def _runs(planes: Planes, width: int, depth: Depth) -> str:
    """A line of half-cells where equal neighbours share one colour: a wall is mostly bare.

    A line of 120 cells of bare wall is 140 bytes, 4,700 with a colour for every cell.
    """
    pixels = list(zip(*planes, strict=True))
    pairs = zip(pixels[:width], pixels[width:], strict=True)
    parts = []
    for (upper, lower), run in groupby(pairs):
        length = sum(1 for _ in run)
        if upper == lower:
            parts.append(f"\x1b[0;{_sgr(48, lower, depth)}m" + " " * length)
        else:
            both = f"{_sgr(38, upper, depth)};{_sgr(48, lower, depth)}"
            parts.append(f"\x1b[0;{both}m" + "▀" * length)
    return "".join(parts)


def _sgr(layer: int, colour: tuple[int, ...], depth: Depth) -> str:
    red, green, blue = colour
    if depth == "256":
        return f"{layer};5;{cube(red, green, blue)}"
    return f"{layer};2;{red};{green};{blue}"
