"""One picture, as large as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.tui import cells
from edition.tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from textual import events

    from edition.tui.cells import Planes


class Picture(Canvas):
    """Pixels in the middle of a widget, two in a cell; one may be black before it is read."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[str, ...] = ()
        self._across = 0
        self.caption = ""
        self.picked = False

    @property
    def room(self) -> tuple[int, int]:
        """The largest picture that fits, pixels across and down."""
        below = 1 if self.caption else 0
        return max(2, self.size.width), max(2, 2 * (self.size.height - below))

    def fitting(self, width: int, height: int) -> tuple[int, int]:
        """The size at which a picture fills the room and keeps its proportion, even in height."""
        across, down = self.room
        scale = min(across / max(1, width), down / max(1, height))
        return max(1, round(width * scale)), max(2, round(height * scale / 2) * 2)

    def show_thumb(self, rgb: bytes, width: int, height: int) -> None:
        """Shows a 32x32 thumbnail enlarged, until the real picture is read."""
        if len(rgb) != 3 * cells.SIDE**2:
            self.show_nothing()
            return
        across, down = self.fitting(width, height)
        self.show(cells.scaled(rgb, cells.SIDE, cells.SIDE, across, down), across, down)

    def show(self, planes: Planes, width: int, height: int) -> None:
        """Shows pixels: planes of ``width`` x ``height``."""
        self._lines = cells.lines(planes, width, height, self.ink.depth)
        self._across = width
        self.repaint()

    def show_nothing(self) -> None:
        """A blank ground."""
        self._lines, self._across = (), 0
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Too large a picture is dropped; the screen sends another."""
        super().on_resize(event)
        if self._across > self.size.width or len(self._lines) > self.size.height:
            self._lines, self._across = (), 0

    def paint(self, y: int, width: int) -> str:
        """A line of the picture, in the middle; the caption last."""
        below = 1 if self.caption else 0
        if below and y == self.size.height - 1:
            tone = "select" if self.picked else "dim"
            text = f" {self.caption} "
            return self.ink.line(
                width, [("text", " " * max(0, (width - len(text)) // 2)), (tone, text)]
            )
        top = (self.size.height - below - len(self._lines)) // 2
        if not 0 <= y - top < len(self._lines):
            return self.ink.line(width, ())
        ground = self.ink.tones["text"]
        left = (width - self._across) // 2
        right = width - self._across - left
        return f"{ground}{' ' * left}{self._lines[y - top]}{ground}{' ' * right}\x1b[0m"
