"""Choosing on the light table: ranges, one by one, all; and the size they are seen in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.tui.widgets.thumb_grid import SIZES

if TYPE_CHECKING:
    from edition.tui.controllers.ports import AppPort, TableView


class TableSelection:
    """Decides which prints are meant."""

    def __init__(self, app: AppPort, table: TableView) -> None:
        self.app, self.table = app, table
        self.range_start: int | None = None
        """Index at which a range began that the arrows extend; None outside of one."""

    @property
    def any(self) -> bool:
        """Whether there is a choice, or a range that has begun."""
        return bool(self.table.grid.marked) or self.range_start is not None

    def targets(self) -> tuple[int, ...]:
        """The chosen prints, or the selected one."""
        grid = self.table.grid
        if grid.marked:
            return tuple(sorted(grid.marked))
        return (grid.current,) if grid.current else ()

    def end(self) -> None:
        """Drops the choice."""
        self.range_start = None
        self.table.grid.marked = frozenset()

    def range(self) -> None:
        """Starts a range at the selection; the arrows extend it."""
        if self.range_start is not None:
            self.range_start = None
            return
        self.range_start = self.table.grid.cursor
        self.extend()
        self.table.show_title()

    def extend(self) -> None:
        """Takes a range that has begun as far as the selection."""
        if self.range_start is None:
            return
        first, last = sorted((self.range_start, self.table.grid.cursor))
        marked = frozenset(self.table.roll.ids[first : last + 1])
        if marked != self.table.grid.marked:
            self.table.grid.marked = marked
            self.table.show_title()

    def choose(self) -> None:
        """Adds the selected print to the choice, or leaves it out."""
        grid = self.table.grid
        if grid.current:
            grid.marked = grid.marked ^ {grid.current}
            self.table.show_title()

    def choose_all(self) -> None:
        """Chooses all that the filter shows."""
        self.range_start = None
        self.table.grid.marked = frozenset(self.table.roll.ids)
        self.table.show_title()

    def size(self) -> None:
        """The next size of thumbnails."""
        grid = self.table.grid
        grid.across = SIZES[(SIZES.index(grid.across) + 1) % len(SIZES)]
        self.table.show_place()
