"""Choosing on the light table: ranges, filters, orders, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from edition.errors import EditionError
from edition.tui import filters
from edition.tui.screens.table_work import TableWork
from edition.tui.text import clean
from edition.tui.widgets.canvas import Lines
from edition.tui.widgets.thumb_grid import SIZES

if TYPE_CHECKING:
    from textual import events

    from edition.library.prints import Order


class TableChoice(TableWork):
    """Actions of the light table that decide which prints are shown and meant."""

    query_text: str
    order: Order
    undecided: bool
    range_start: int | None

    def _show_all(self) -> None:
        """Shows all words anew; the light table says how."""

    def _show_title(self) -> None:
        """Shows title and keys anew; the light table says how."""

    def _show_place(self) -> None:
        """Shows the place in the list; the light table says how."""

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

    def action_filter(self) -> None:
        """Opens the filter's line."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters as one types; a word that is not yet whole changes nothing."""
        if event.value == self.query_text:
            return
        self.query_text = event.value
        digests = tuple(digest for digest, _ in self.desk.store.prints.digests(self.slug))
        try:
            query = filters.parse(event.value, digests)
        except EditionError as error:
            row = ((("error", f" {clean(error.message)} "), ("dim", clean(error.hint))), ())
            self.query_one("#keys", Lines).show(row)
            return
        self.where = query.where
        self.order = query.order or self.order
        self._select_again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the grid; the filter stays."""
        self._close_filter()

    def on_key(self, event: events.Key) -> None:
        """Escape in the filter's line goes back to the grid."""
        box = self.query_one("#filter", Input)
        if event.key == "escape" and box.has_focus:
            event.stop()
            event.prevent_default()
            self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).display = False
        self.grid.focus()
        self._show_all()

    def action_undecided(self) -> None:
        """A queue of what is neither starred, rejected nor rated."""
        self.undecided = not self.undecided
        self._select_again()

    def action_order(self) -> None:
        """The next order."""
        at = filters.ORDERS.index(self.order)
        self.order = filters.ORDERS[(at + 1) % len(filters.ORDERS)]
        self._select_again()

    def action_size(self) -> None:
        """The next size of thumbnails."""
        self.grid.across = SIZES[(SIZES.index(self.grid.across) + 1) % len(SIZES)]
        self._show_place()
