"""The wall of a show, to scale, in half-cells; the chosen print stands in a bright line."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from textual.color import Color

from edition.tui import wall_picture
from edition.tui.messages import Moved, Opened
from edition.tui.terminal import half_blocks
from edition.tui.terminal.ansi_style import cube
from edition.tui.wall_picture import WallColours
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from edition.proof.wall_layout import Wall
    from edition.recipe.proof_settings import ProofSettings
    from edition.tui.terminal.ansi_style import Depth
    from edition.tui.terminal.half_blocks import Planes
    from edition.tui.wall_picture import WallWindow

_PAPER = (236, 233, 226)


class WallView(AnsiCanvas):
    """What hangs where."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zoom = -1
        self._shown: tuple[Wall, Sequence[bytes], ProofSettings, int] | None = None
        self._view: WallWindow | None = None
        self._lines: tuple[str, ...] = ()
        """As painted; lines that stay the same are not sent again."""

    def show(
        self, wall: Wall | None, looks: Sequence[bytes], settings: ProofSettings, at: int
    ) -> None:
        """Draws a wall anew.

        Args:
            wall: what hangs where; None for nothing.
            looks: a 32×32 thumbnail of each print; empty for one that is gone.
            settings: what it was hung by.
            at: index of the chosen print.
        """
        self._shown = (wall, looks, settings, at) if wall is not None and wall.hung else None
        self._draw()

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
        size = self.size
        view = wall_picture.window(wall, 0, size.width, 2 * size.height, 0, person=person)
        return view.scale

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
        index = wall_picture.hit(self._shown[0], self._view, event.x, 2 * event.y)
        if index >= 0:
            self.post_message(Opened(index) if event.chain > 1 else Moved(index))

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
        self._view = wall_picture.window(
            wall, at, width, 2 * height, self.zoom, person=person, before=self._view
        )
        planes = wall_picture.draw(wall, looks, settings, self._view, at, self.colours)
        numbers = wall_picture.numbers(wall, self._view, at)
        return tuple(self._line(planes, y, numbers.get(y, ())) for y in range(height))

    def paint(self, y: int, width: int) -> str:
        """A line of the picture."""
        if not self._lines:
            self._lines = self._painted()
        if y >= len(self._lines) or self._view is None or self._view.width != width:
            return self.ink.line(width, ())
        return self._lines[y]

    def _line(self, planes: Planes, y: int, numbers: Sequence[tuple[int, str, bool]]) -> str:
        """A line of the picture, with the numbers that stand in it."""
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
