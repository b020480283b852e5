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
        self._held: int | None = None
        """Index at which a range began that arrows with Shift extend; None outside of one."""
        self._reached = 0
        """Index that it was last taken to."""
        self._before: frozenset[int] = frozenset()
        """What was chosen before that range."""

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
        self.range_start = self._held = None
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
        if self.range_start is not None:
            self._show(self._between(self.range_start))

    def hold(self) -> None:
        """Shift is held: a range begins here unless the last one ended here."""
        if self._held is None or self._reached != self.table.grid.cursor:
            self._held, self._before = self.table.grid.cursor, self.table.grid.marked

    def stretch(self) -> None:
        """Takes the range that Shift holds as far as the selection; what was chosen stays so."""
        if self._held is not None:
            self.range_start, self._reached = None, self.table.grid.cursor
            self._show(self._before | self._between(self._held))

    def _between(self, start: int) -> frozenset[int]:
        first, last = sorted((start, self.table.grid.cursor))
        return frozenset(self.table.roll.ids[first : last + 1])

    def _show(self, marked: frozenset[int]) -> None:
        if marked != self.table.grid.marked:
            self.table.grid.marked = marked
            self.table.show_title()

    def invert(self) -> None:
        """Chooses what the filter shows and was not chosen, and nothing else."""
        self.range_start = self._held = None
        self._show(frozenset(self.table.roll.ids) - self.table.grid.marked)

    def choose(self) -> None:
        """Adds the selected print to the choice, or leaves it out."""
        grid = self.table.grid
        if grid.current:
            grid.marked = grid.marked ^ {grid.current}
            self.table.show_title()

    def choose_all(self) -> None:
        """Chooses all that the filter shows."""
        self.range_start = self._held = None
        self.table.grid.marked = frozenset(self.table.roll.ids)
        self.table.show_title()

    def size(self) -> None:
        """The next size of thumbnails."""
        grid = self.table.grid
        grid.across = SIZES[(SIZES.index(grid.across) + 1) % len(SIZES)]
        self.table.show_place()
