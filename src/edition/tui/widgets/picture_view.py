"""One picture, as large as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region

from edition.tui import image_loader
from edition.tui.terminal import half_blocks
from edition.tui.terminal.image_backend import PixelOverlay
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from edition.tui.terminal.half_blocks import Planes

MOST_LINES = 129
"""Lines that Kitty's accents can count."""


class PictureView(AnsiCanvas):
    """Pixels in the middle of a widget, two in a cell; one may be black before it is read."""

    def __init__(
        self, *, sharp: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        """An empty place for a picture.

        Args:
            sharp: in the terminal's own pixels, where it has them; not for what moves.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(id=id, classes=classes)
        self._lines: tuple[str, ...] = ()
        self._across = 0
        self._sharp = sharp
        self._over: tuple[object, Planes, int, int] | None = None
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
        if self.sharp:
            return across * self.drawn.cell[0], min(MOST_LINES, down) * self.drawn.cell[1]
        return across, 2 * down

    @property
    def _cells(self) -> tuple[int, int]:
        below = 1 if self.caption else 0
        return max(2, self.size.width), max(1, self.size.height - below)

    def fitting(self, width: int, height: int) -> tuple[int, int]:
        """The half-cells in which a picture fills the room and keeps its proportion."""
        across, down = self._cells
        cell = self.drawn.cell if self.sharp else (1, 2)
        aspect = 2 * cell[0] / cell[1]  # of a half-cell: 1 where it is square
        scale = min(across * aspect / max(1, width), 2 * down / max(1, height))
        return max(1, round(width * scale / aspect)), max(2, round(height * scale / 2) * 2)

    def show_thumb(self, rgb: bytes, width: int, height: int) -> None:
        """Shows a 32x32 thumbnail enlarged, until the real picture is read."""
        if len(rgb) != 3 * half_blocks.SIDE**2:
            self.show_nothing()
            return
        across, down = self.fitting(width, height)
        planes = half_blocks.scaled(rgb, half_blocks.SIDE, half_blocks.SIDE, across, down)
        self._lines, self._across = half_blocks.lines(planes, across, down, self.ink.depth), across
        self._over = None
        self.repaint()

    def show(self, planes: Planes, width: int, height: int) -> None:
        """Shows pixels: planes of ``width`` x ``height``."""
        if self.sharp:
            across, down = (
                -(-n // c) for n, c in zip((width, height), self.drawn.cell, strict=True)
            )
            room = across * self.drawn.cell[0], down * self.drawn.cell[1]
            planes = image_loader.framed(planes, (width, height), room, self.ink.ground)
            self._lines, self._across = self.drawn.picture(id(self), planes, *room), across
            self._over = (object(), planes, *room)
        else:
            self._lines = half_blocks.lines(planes, width, height, self.ink.depth)
            self._across = width
        self.repaint()

    def show_nothing(self) -> None:
        """A blank ground."""
        self._lines, self._across, self._over = (), 0, None
        self.repaint()

    def label(self, caption: str, *, picked: bool) -> None:
        """The words below; the picture is painted again only if it has to make room for them."""
        moved = bool(caption) != bool(self.caption)
        changed = (caption, picked) != (self.caption, self.picked)
        self.caption, self.picked = caption, picked
        if moved:
            self.repaint()
        elif changed:
            self.repaint(self.size.height - 1)

    def overs(self) -> Iterable[PixelOverlay]:
        """The picture, where it is drawn over its half-cells."""
        if self._over is None or not self.drawn.over:
            return
        key, planes, width, height = self._over
        place = Region(self._left, self._top, self._across, len(self._lines))
        yield PixelOverlay(place, key, lambda: lambda: image_loader.flat(planes, width, height))

    @property
    def _top(self) -> int:
        return (self._cells[1] - len(self._lines)) // 2

    @property
    def _left(self) -> int:
        return (self.size.width - self._across) // 2

    def on_resize(self, event: events.Resize) -> None:
        """Too large a picture is dropped; the screen sends another."""
        super().on_resize(event)
        if self._across > self.size.width or len(self._lines) > self.size.height:
            self._lines, self._across, self._over = (), 0, None

    def paint(self, y: int, width: int) -> str:
        """A line of the picture, in the middle; the caption last."""
        below = 1 if self.caption else 0
        if below and y == self.size.height - 1:
            tone = "select" if self.picked else "dim"
            text = f" {self.caption} "
            return self.ink.line(
                width, [("text", " " * max(0, (width - len(text)) // 2)), (tone, text)]
            )
        top = self._top
        if not 0 <= y - top < len(self._lines):
            return self.ink.line(width, ())
        ground = self.ink.tones["text"]
        left = self._left
        right = width - self._across - left
        return f"{ground}{' ' * left}{self._lines[y - top]}{ground}{' ' * right}\x1b[0m"
