"""Choosing on the light table: ranges, one by one, all; and the size they are seen in."""

from __future__ import annotations

from edition.tui.screens.table_search import TableFinding
from edition.tui.widgets.thumb_grid import SIZES


class TableChoice(TableFinding):
    """Actions of the light table that decide which prints are meant."""

    range_start: int | None

    def _show_title(self) -> None:
        """Shows title and keys anew; the light table says how."""

    def _end_choice(self) -> None:
        self.range_start = None
        self.grid.marked = frozenset()

    def action_range(self) -> None:
        """Starts a range at the selection; the arrows extend it."""
        if self.range_start is not None:
            self.range_start = None
            return
        self.range_start = self.grid.cursor
        self._choose_range(self.grid.cursor)
        self._show_title()

    def _choose_range(self, to: int) -> None:
        first, last = sorted((self.range_start or 0, to))
        marked = frozenset(self.roll.ids[first : last + 1])
        if marked == self.grid.marked:
            return
        self.grid.marked = marked
        self._show_title()

    def action_choose(self) -> None:
        """Adds the selected print to the choice, or leaves it out."""
        if self.grid.current:
            self.grid.marked = self.grid.marked ^ {self.grid.current}
            self._show_title()

    def action_choose_all(self) -> None:
        """Chooses all that the filter shows."""
        self.range_start = None
        self.grid.marked = frozenset(self.roll.ids)
        self._show_title()

    def action_size(self) -> None:
        """The next size of thumbnails."""
        self.grid.across = SIZES[(SIZES.index(self.grid.across) + 1) % len(SIZES)]
        self._show_place()
