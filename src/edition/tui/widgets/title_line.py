"""The line at the head of a screen: a long title gives way, counts and states beside it don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from edition.tui.terminal.ansi_style import EMPTY
from edition.tui.terminal.ansi_style import cells as width_of
from edition.tui.terminal_text import fit
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from edition.tui.terminal.ansi_style import Row

_LEAST = 8
"""Cells of a title that are left at the least."""


class TitleLine(AnsiLines):
    """A row whose first span is cut where the others have no room."""

    def paint(self, y: int, width: int) -> str:
        """The line."""
        row = self.rows[y] if y < len(self.rows) else EMPTY
        return self.ink.line(width, *shortened(row, width))


def shortened(row: Row, width: int) -> Row:
    """A row with its first span cut so that all that is beside it fits.

    Args:
        row: of a title, what belongs to it, and what is at the right end.
        width: cells.
    """
    if not row[0]:
        return row
    (tone, title), *rest = row[0]
    room = max(_LEAST, width - width_of(rest) - width_of(row[1]) - 1)
    if cell_len(title) > room:
        title = f"{fit(title, room).rstrip()}"
    return ((tone, title), *rest), row[1]
