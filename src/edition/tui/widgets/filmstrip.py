"""The filmstrip below the loupe: the prints around the one that is seen large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.tui.messages import Opened
from edition.tui.widgets.thumb_grid import ThumbGrid

if TYPE_CHECKING:
    from textual import events

    from edition.tui.print_list import PrintList
    from edition.tui.terminal.image_backend import ImageBackend

SMALL, LARGE = 8, 16
"""Widths of a thumbnail, cells."""
LARGE_FROM = 56
"""Lines of a terminal in which the larger ones leave enough to the picture."""


class Filmstrip(ThumbGrid, can_focus=False):
    """One row of thumbnails that moves under the selection, which stays in the middle."""

    def __init__(self, roll: PrintList, graphics: ImageBackend, *, id: str | None = None) -> None:
        """As a grid of one row.

        Args:
            roll: the prints.
            graphics: how pictures are shown.
            id: as for every widget.
        """
        super().__init__(roll, graphics, id=id)
        self.set_reactive(ThumbGrid.across, SMALL)

    @property
    def rows(self) -> int:
        """One."""
        return 1

    def first_in(self, row: int) -> int:
        """The selection is in the middle, but for the ends of the list."""
        most = max(0, len(self.roll) - self.columns)
        return min(most, max(0, self.cursor - self.columns // 2))

    def fit_into(self, height: int) -> None:
        """Takes the larger thumbnails in a high terminal.

        Args:
            height: of the terminal, lines.
        """
        across = LARGE if height >= LARGE_FROM else SMALL
        self.set_reactive(ThumbGrid.across, across)
        self.styles.height = self.row_height

    def show_at(self, index: int) -> None:
        """Puts the selection on a print and paints what may differ, its marks too."""
        self.set_reactive(ThumbGrid.cursor, index)
        self.repaint()

    def _settle(self) -> None:
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """A click shows a print large."""
        index = self.index_at(event.x, event.y)
        if index >= 0:
            self.post_message(Opened(index))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The next print."""
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The previous print."""
        self._scroll(event, -1)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        self.post_message(Opened(max(0, min(len(self.roll) - 1, self.cursor + by))))
