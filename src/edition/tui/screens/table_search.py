"""Finding on the light table: the filter's line, saved filters, orders."""

from __future__ import annotations

import contextlib
from array import array
from typing import TYPE_CHECKING

from textual.widgets import Input

from edition.actions import ordering_subprocess, print_queries, search
from edition.errors import EditionError
from edition.text_format import clean
from edition.tui.keymap import SAVED
from edition.tui.screens.table_commands import TableWork
from edition.tui.widgets.ansi_canvas import Lines

if TYPE_CHECKING:
    from textual import events

    from edition.actions.session import Session
    from edition.domain import Filter, Order


class TableFinding(TableWork):
    """Actions of the light table that decide which prints are shown, and in which order."""

    query_text: str
    order: Order
    undecided: bool
    like = 0
    """Id of the print that likeness is to; 0 for none."""
    _arranging = False
    _arranged_for: tuple[object, ...] = ()

    def _show_all(self) -> None:
        """Shows all words anew; the light table says how."""

    def _show_place(self) -> None:
        """Shows the place in the list; the light table says how."""

    def _show_list(self, kept: int, at: int) -> None:
        """Shows another list; the light table says how."""

    # filters

    def action_filter(self) -> None:
        """Opens the filter's line."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters as one types; what is not yet a whole field changes nothing."""
        if event.value == self.query_text:
            return
        self.query_text = event.value
        try:
            query = search.parse(event.value)
        except EditionError as error:
            row = ((("error", f" {clean(error.message)} "), ("dim", clean(error.hint))), ())
            self.query_one("#keys", Lines).show(row)
            return
        if search.unfinished(event.value) and not self._finds(query.where):
            return
        self._take(query)

    def _finds(self, where: Filter) -> bool:
        found = print_queries.select(self.session, self.slug, where, limit=1)
        return len(found) > 0

    def _take(self, query: search.Query) -> None:
        self.where = query.where
        if query.order and query.order != self.order:
            self._order_by(query.order)
        else:
            self._select_again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the grid; the filter stays, as it is written."""
        with contextlib.suppress(EditionError):  # it was told as it was typed
            query = search.parse(self.query_text)
            if query.where != self.where:
                self._take(query)
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

    def action_saved(self) -> None:
        """The library's saved filters: take one, keep this one, forget one."""

        def take(text: str | None) -> None:
            if text is not None:
                self.query_one("#filter", Input).value = text

        self.edition_app.open_screen(SAVED, self.query_text, then=take)

    # orders

    def action_order(self) -> None:
        """The next order."""
        self._turn_order(1)

    def action_order_back(self) -> None:
        """The previous order."""
        self._turn_order(-1)

    def _turn_order(self, by: int) -> None:
        orders = search.ORDERS
        self._order_by(orders[(orders.index(self.order) + by) % len(orders)])

    def _order_by(self, order: Order) -> None:
        if order == "likeness" and self.grid.current:
            self.like = self.grid.current
        self.order = order
        self.roll.arranged = None
        self._select_again()

    def order_words(self) -> str:
        """The order as the index line says it; nothing for the usual one."""
        if self.order == "made":
            return ""
        item = self.roll.one(self.like) if self.order == "likeness" and self.like else None
        to = f" to seed {item.seed}" if item is not None else ""
        return f"by {self.order}{to}{' …' if self._arranging else ''}"

    def _arrange(self) -> None:
        """Puts the list into an order by looks, beside the keys; the latest wish counts."""
        wish = (self.roll.where, self.order, self.like)
        done = self.roll.arranged is not None and (
            wish == self._arranged_for
            or (
                self.order != "spread"
                and self.roll.knows_all
                and wish[1:] == self._arranged_for[1:]
            )
        )
        if self.order not in search.BY_LOOKS or done or self._arranging or not len(self.roll):
            return
        if self.order == "likeness" and not self.like:
            self.like = self.roll.ids[0]
        order, like, ids = self.order, self.like, self.roll.ids[:]
        wish = (self.roll.where, order, like)
        first = self.roll.arranged is None
        self._arranging = True

        def look(session: Session) -> array[int]:
            try:
                return ordering_subprocess.arrange(session, ids, order, like)
            except EditionError as error:
                self.app.call_from_thread(self.edition_app.tell, error)
                return array("q")  # knows no print: they stay as they were made

        def adopt(found: array[int]) -> None:
            self._arranging = False
            if (order, like) == (self.order, self.like):
                kept, at = self.grid.current, self.grid.cursor
                self.roll.take_arranged(found)
                self._arranged_for = wish
                self._show_list(0 if first and order == "spread" else kept, at)
            self._arrange()

        self.edition_app.read(look, adopt)
