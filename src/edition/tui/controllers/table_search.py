"""Finding on the light table: filters, stacks that are shown as one, orders."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from edition.actions import ordering_subprocess, print_queries, search
from edition.domain import Filter
from edition.errors import EditionError
from edition.text_format import clean
from edition.tui.print_list import narrowed

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Order
    from edition.tui.controllers.ports import AppPort, TableView


class TableSearch:
    """Decides which prints are shown, and in which order."""

    def __init__(self, app: AppPort, table: TableView) -> None:
        self.app, self.table = app, table
        self.text = ""
        """The filter as it is written."""
        self.where = Filter()
        """The same, read."""
        self.order: Order = "made"
        self.undecided = self.stars = self.no_rejects = False
        """Switches on top of the filter."""
        self.cells = False
        """Whether prints that only a study asked for are shown too."""
        self.fault: EditionError | None = None
        """What is wrong with the filter as it is written."""
        self.taken = ""
        """The filter that is shown, as it was written."""
        self.stacked = False
        """Of every stack only its best."""
        self.alike = False
        """Whether stacks are those of look-alikes."""
        self.within = 0
        """The one stack that is shown; 0 for all prints."""
        self.like = 0
        """Id of the print that likeness is to; 0 for none."""
        self.arranging = False
        self._arranged_for: tuple[object, ...] = ()

    def query(self) -> Filter:
        """The filter with what the switches add to it."""
        where = narrowed(self.where, stacks=self.stacked, undecided=self.undecided)
        if self.stars:
            where = replace(where, star=True)
        if self.no_rejects:
            where = replace(where, reject=False)
        named = where.trash or any(term.field == "cell" for term in where.terms)
        shown = self.cells or named or self.within
        where = replace(where, alike=self.alike, cells=None if shown else False)
        return replace(where, stack=self.within, tops_only=False) if self.within else where

    def volatile(self) -> bool:
        """Whether marks or stacks decide what is in the list, or new prints don't come last."""
        f = self.query()
        terms = tuple(term for term in f.terms if search.is_lasting(term))
        lasting = Filter(digest=f.digest, seeds=f.seeds, text=f.text, terms=terms, cells=f.cells)
        return f != lasting or self.order != "made"

    # filters

    def typed(self, text: str) -> EditionError | None:
        """Filters as one types; what is not yet a whole field changes nothing.

        Returns:
            What is wrong with the text, if anything is.
        """
        if text == self.text:
            return None
        self.text = text
        try:
            query = search.parse(text)
        except EditionError as error:
            self.fault = error
            return error
        self.fault = None
        if not search.unfinished(text) or self._finds(query.where):
            self._take(query)
        return None

    def entered(self) -> EditionError | None:
        """Takes the filter as it is written: nothing more will be typed.

        Returns:
            What is wrong with it, if anything is; the list stays as it is then.
        """
        try:
            query = search.parse(self.text)
        except EditionError as error:
            self.fault = error
            return error
        if query.where != self.where:
            self._take(query)
        return None

    def _finds(self, where: Filter) -> bool:
        found = print_queries.select(self.app.session, self.table.slug, where, limit=1)
        return len(found) > 0

    def _take(self, query: search.Query) -> None:
        self.where, self.taken = query.where, self.text
        if query.order and query.order != self.order:
            self.order_by(query.order)
        else:
            self.table.select_again()

    @property
    def narrows(self) -> bool:
        """Whether a filter, one stack or the queue of the undecided is shown."""
        switched = self.undecided or self.stars or self.no_rejects
        return bool(self.within or self.text or switched)

    def clear(self) -> None:
        """Drops them all; the table reads its list again."""
        self.within, self.text, self.taken, self.fault = 0, "", "", None
        self.undecided = self.stars = self.no_rejects = False
        self.where = Filter()

    def only_undecided(self) -> None:
        """A queue of what is neither starred, rejected nor rated."""
        self.undecided = not self.undecided
        self.table.select_again()

    def only_stars(self) -> None:
        """Only the starred, or all again."""
        self.stars = not self.stars
        self.table.select_again()

    def hide_rejects(self) -> None:
        """All but the rejected, or all again."""
        self.no_rejects = not self.no_rejects
        self.table.select_again()

    def show_cells(self) -> None:
        """Cells of studies too, or not."""
        self.cells = not self.cells
        self.table.select_again()

    # orders

    def next_order(self) -> None:
        """The next order."""
        self._turn_order(1)

    def previous_order(self) -> None:
        """The previous order."""
        self._turn_order(-1)

    def _turn_order(self, by: int) -> None:
        orders = search.ORDERS
        self.order_by(orders[(orders.index(self.order) + by) % len(orders)])

    def order_by(self, order: Order) -> None:
        """Puts the prints in an order; likeness is to the selected print."""
        if order == "likeness" and self.table.grid.current:
            self.like = self.table.grid.current
        self.order = order
        self.table.roll.arranged = None
        self.table.select_again()

    def order_words(self) -> str:
        """The order as the index line says it; nothing for the usual one."""
        if self.order == "made":
            return ""
        named = self.order == "likeness" and self.like
        item = self.table.roll.one(self.like) if named else None
        to = f" to seed {item.seed}" if item is not None else ""
        return f"by {self.order}{to}{' …' if self.arranging else ''}"

    def words(self) -> list[str]:
        """What narrows or orders the list, as the index line says it."""
        said = (
            ("look-alikes" if self.alike else "stacks", self.stacked),
            ("trash", self.where.trash),
            ("undecided", self.undecided),
            ("only stars", self.stars),
            ("no rejects", self.no_rejects),
            ("cells too", self.cells),
            ("one stack", self.within),
            (f"/{clean(self.text)}", self.text),
            (self.order_words(), self.order != "made"),
        )
        return [words for words, on in said if on]

    def _is_arranged(self) -> bool:
        """Whether the current order by looks is the one that is wished for."""
        roll, wish = self.table.roll, (self.table.roll.where, self.order, self.like)
        if roll.arranged is None:
            return False
        same = wish[1:] == self._arranged_for[1:]
        return wish == self._arranged_for or (self.order != "spread" and roll.knows_all and same)

    def arrange(self) -> None:
        """Puts the list into an order by looks, beside the keys; the latest wish counts."""
        roll, grid = self.table.roll, self.table.grid
        wanted = self.order in search.BY_LOOKS and len(roll) > 0
        if not wanted or self.arranging or self._is_arranged():
            return
        if self.order == "likeness" and not self.like:
            self.like = roll.ids[0]
        order, like, ids = self.order, self.like, roll.ids[:]
        wish = (roll.where, order, like)
        first = roll.arranged is None
        self.arranging = True

        def look(session: Session) -> tuple[array[int], EditionError | None]:
            try:
                return ordering_subprocess.arrange(session, ids, order, like), None
            except EditionError as error:
                return array("q"), error  # knows no print: they stay as they were made

        def adopt(found: tuple[array[int], EditionError | None]) -> None:
            self.arranging = False
            arranged, fault = found
            if fault is not None:
                self.app.tell(fault)
            if (order, like) == (self.order, self.like):
                kept, at = grid.current, grid.cursor
                roll.take_arranged(arranged)
                self._arranged_for = wish
                self.table.show_list(0 if first and order == "spread" else kept, at)
            self.arrange()

        self.app.read(look, adopt)
