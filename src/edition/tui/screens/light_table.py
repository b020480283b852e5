"""The light table: all prints of an edition, chosen from by keyboard."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from edition.actions import edition_title, print_queries, search
from edition.domain import Counts, Filter
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui import format_status
from edition.tui.keymap import TABLE, bindings
from edition.tui.print_list import Roll, listed, narrowed
from edition.tui.screens.table_selection import TableChoice
from edition.tui.widgets.ansi_canvas import Lines
from edition.tui.widgets.position_bar import IndexLine
from edition.tui.widgets.thumb_grid import ThumbGrid

if TYPE_CHECKING:
    from array import array

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.domain import Order, Print
    from edition.tui.messages import LibraryChanged, Moved, Opened, PressChanged
    from edition.tui.terminal.ansi_style import Span

REFRESH_SECONDS = 0.5
"""Between two looks at the whole edition while others write."""
REST_SECONDS = 0.05
"""After the first grid: then its reading does not share the processor with it."""
FACTS_MOST = 6
"""Lines below the grid at most."""


class LightTable(TableChoice):
    """The grid, the facts of the selected print, and the filter."""

    room = TABLE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TABLE)]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.query_text = ""
        self.where = Filter()
        self.order: Order = "made"
        self.stacked = False
        self.undecided = False
        self.within = 0
        self.range_start: int | None = None
        self.counts = Counts()
        self.edition_title = slug
        self._asking = self._again = self.waiting = self._recipes_there = False
        self._looked = 0.0

    def compose(self) -> ComposeResult:
        """Title, grid, facts, filter, index, keys."""
        self.roll = Roll(self.session, self.slug)
        yield Lines(id="title")
        yield ThumbGrid(self.roll, self.edition_app.graphics, id="grid")
        yield Lines(id="empty")
        yield Lines(id="facts")
        yield Input(id="filter", placeholder=search.EXAMPLES, compact=True)
        yield IndexLine(id="index")
        yield Lines(id="keys")

    def on_mount(self) -> None:
        """Reads the list and puts the selection on the first print."""
        self.grid = self.query_one("#grid", ThumbGrid)
        self.edition_title = clean(edition_title.title(self.edition_app.root, self.slug))
        self._select_again()
        self.grid.focus()
        self.waiting = True
        self.set_timer(REST_SECONDS, self._read_rest)

    def _read_rest(self) -> None:
        """What the first grid does not wait for: counts, 28 ms at 100,000; recipes, 0.1 s."""
        slug, item = self.slug, self.current()
        self._refresh_now()

        def recipes(session: Session) -> bool:
            if item is not None:
                session.print_recipe(item.digest)
            return True

        def shown(there: bool) -> None:
            self._recipes_there = there
            self._show_place()

        self.edition_app.read(recipes, shown)
        self.edition_app.read(
            lambda session: session.recipe(slug).title, lambda _: None
        )  # faults are told
        self.edition_app.write(lambda session: search.retitle(session, slug))

    def on_resize(self, event: events.Resize) -> None:
        """Gives lines that no row of the grid fills to the facts."""
        spare = (event.size.height - 3) % self.grid.row_height
        height = 0 if spare < 2 else min(FACTS_MOST, spare)
        self.query_one("#facts").styles.height = height
        self.query_one("#facts").display = bool(height)
        self.call_after_refresh(self._show_place)

    # the list

    def _query(self) -> Filter:
        where = narrowed(self.where, stacks=self.stacked, undecided=self.undecided)
        where = replace(where, alike=self.alike)
        return replace(where, stack=self.within, tops_only=False) if self.within else where

    def _select_again(self) -> None:
        """Reads the list in this thread; the selection stays on its print."""
        kept, at = self.grid.current, self.grid.cursor
        try:
            self.roll.choose(self._query(), self.order)
            self.counts = replace(self.counts, prints=max(self.counts.prints, len(self.roll)))
        except EditionError as error:
            self.edition_app.tell(error)
        self._show_list(kept, at)
        self._arrange()

    def _show_list(self, kept: int, at: int) -> None:
        self.grid.show_list(self.roll.near(kept, at) if kept else 0)
        self._show_all()

    def _refresh_list(self) -> None:
        """Reads counts, and the list where it may differ, beside this thread and not too often."""
        if self._asking or self.waiting:
            self._again = self._asking
            return
        pause = self._looked + REFRESH_SECONDS - time.monotonic()
        if pause > 0:
            self.waiting = True
            self.set_timer(pause, self._refresh_now)
        else:
            self._refresh_now()

    def _refresh_now(self) -> None:
        self.waiting, self._asking, self._again = False, True, False
        self._looked = time.monotonic()
        where, order, slug = self._query(), self.order, self.slug
        known = len(self.roll) if where == Filter() else -1
        volatile, arranged = self._volatile(), self.roll.arranged
        counted, trash = self.counts, self.counts.trash

        def look(session: Session) -> tuple[array[int] | None, Counts]:
            counts = print_queries.counts(session, slug)
            stale = volatile or known not in (-1, counts.prints) or counts.trash != trash
            return (listed(session, slug, where, order, arranged) if stale else None), counts

        def adopt(found: tuple[array[int] | None, Counts]) -> None:
            self._asking = False
            ids, counts = found
            if self.counts is counted and not self.edition_app.pen.busy:
                self.counts = counts
            else:  # marks made meanwhile are not in it: the title would step back
                self._again = True
            same = (where, order) == (self._query(), self.order) and not self.edition_app.pen.busy
            if ids is not None and same and ids != self.roll.ids:
                kept, at = self.grid.current, self.grid.cursor
                self.roll.adopt(ids)
                self._show_list(kept, at)
            elif not self.edition_app.pen.busy:
                self._show_all()
            if self._again:
                self._refresh_list()

        self.edition_app.read(look, adopt)

    def _volatile(self) -> bool:
        """Whether marks or stacks decide what is in the list, or new prints don't come last."""
        f = self._query()
        terms = tuple(term for term in f.terms if search.is_lasting(term))
        lasting = Filter(digest=f.digest, seeds=f.seeds, text=f.text, terms=terms)
        return f != lasting or self.order != "made"

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Somebody wrote: new prints come last, marks that changed are painted."""
        ids = [self.roll.ids[i] for i in self.grid.shown]
        before = self.roll.prints(ids)
        self.roll.forget()
        after = self.roll.prints(ids)
        changed = {i for i in ids if before.get(i) != after.get(i)}
        if changed:
            self.grid.show_marks(changed, pictures=True)
        room_left = len(self.grid.shown) < self.grid.page
        if not self._volatile() and self.roll.take_new() and room_left:
            self.grid.repaint()
        if len(after) < len(ids):  # prints are gone: the list is wrong
            self._select_again()
        self._refresh_list()
        self._show_all()

    # what is shown

    def _show_all(self) -> None:
        self._show_title()
        self._show_place()
        empty = not len(self.roll)
        self.grid.display = not empty
        hint = self.query_one("#empty", Lines)
        hint.display = empty
        if empty:
            hint.show(*self._empty_rows())

    def _show_title(self) -> None:
        left: list[Span] = [
            ("bright", f" {self.edition_title}"), ("text", "   "),
            *format_status.counts(self.counts),
        ]  # fmt: skip
        chip = format_status.press_chip(self.edition_app.press_view, self.slug)
        self.query_one("#title", Lines).show((tuple(left), (*chip, ("text", " "))))
        pending: list[Span] = []
        if self.grid.marked:
            pending.append(("accent", f"{len(self.grid.marked)} chosen  "))
        if self.edition_app.auto_advance:
            pending.append(("dim", "moves on  "))
        second = ("trash", "take out") if self.where.trash else ("mark-toggle-reject", "reject")
        self.query_one("#keys", Lines).show(
            self.key_row(
                ("mark-toggle-star", "star"), second, ("undo", "undo"),
                ("filter", "filter"), ("open", "loupe"), ("more", "render"), ("help", "keys"),
                right=pending,
            )
        )  # fmt: skip

    def _show_place(self) -> None:
        total, shown = len(self.roll), self.grid.shown
        words = f"{min(self.grid.cursor + 1, total):,} of {total:,}"
        extra = [
            name
            for name, on in (
                ("look-alikes" if self.alike else "stacks", self.stacked),
                ("trash", self.where.trash), ("undecided", self.undecided),
                ("one stack", bool(self.within)), (f"/{clean(self.query_text)}", self.query_text),
                (self.order_words(), self.order != "made"),
            )
            if on
        ]  # fmt: skip
        self.query_one("#index", IndexLine).show(
            shown.start, len(shown), total, "  ".join([*extra, words])
        )
        item = self.current()
        facts = self.query_one("#facts", Lines)
        if item and facts.display:
            height = facts.size.height or FACTS_MOST
            recipe = self.recipe_of(item) if self._recipes_there else None
            facts.show(*format_status.brief(item, recipe, self.size.width, height))
        else:
            facts.show()

    def _empty_rows(self) -> list[tuple[tuple[Span, ...], tuple[Span, ...]]]:
        key = self.edition_app.get_key_of
        trash = self.counts.trash
        if (self.where.trash and not trash) or (trash and not self.counts.prints):
            lines = format_status.no_print_but_trash(trash, key)
        elif self.counts.prints:
            lines = [
                ("bright", "Nothing passes this filter."),
                ("dim", f"{key('back').split()[0]} shows all {count(self.counts.prints, 'print')}"),
            ]
        elif any(job.slug == self.slug for job in self.edition_app.press_view.jobs):
            lines = [
                ("bright", "The first prints are on the press."),
                ("dim", "They appear here as they are made."),
            ]
        else:
            lines = [
                ("bright", "An empty light table."),
                ("dim", f"{key('more').split()[0]} renders the recipe's seeds"),
            ]
        top = max(0, self.grid.size.height or self.size.height // 2 - 4) // 2
        return [((), ())] * min(8, top) + [(((("text", "   ")), line), ()) for line in lines]

    def on_moved(self, event: Moved) -> None:
        """Another print is selected, by the mouse perhaps."""
        self._moved()

    def _moved(self) -> None:
        """Shows where the selection is: in the same frame, or the terminal waits 16 ms for it."""
        if self.range_start is not None:
            self._choose_range(self.grid.cursor)
        self._show_place()

    def on_opened(self, event: Opened) -> None:
        """A second click opens the loupe."""
        self.action_open()

    def on_press_changed(self, _: PressChanged) -> None:
        """The press's corner of the title."""
        self._show_title()

    # culling

    def current(self) -> Print | None:
        """The selected print."""
        return self.roll.one(self.grid.current) if self.grid.current else None

    def targets(self) -> tuple[int, ...]:
        """The chosen prints, or the selected one."""
        if self.grid.marked:
            return tuple(sorted(self.grid.marked))
        return (self.grid.current,) if self.grid.current else ()

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Keeps the title right until the library has been asked."""
        stars = sum(p.marks.star for p in after) - sum(p.marks.star for p in before)
        rejects = sum(p.marks.reject for p in after) - sum(p.marks.reject for p in before)
        c = self.counts
        self.counts = replace(c, starred=c.starred + stars, rejected=c.rejected + rejects)

    def vanish(self, ids: tuple[int, ...]) -> None:
        """Takes prints off the table ahead of the library."""
        here = [i for i in ids if self.roll.index(i) >= 0]
        at, by = self.grid.cursor, -len(here) if self.where.trash else len(here)
        self.roll.without(here)
        self._end_choice()
        c = self.counts
        self.counts = replace(c, prints=c.prints - by, trash=c.trash + by)
        self.grid.show_list(at)
        self._show_all()

    def reselect(self) -> None:
        """Reads the list again, after an act that may change what is in it."""
        self._end_choice()
        if self.within:
            self.within = self.stack_of(list(self.roll.ids))
        self._select_again()
        self._refresh_list()

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """Paints new marks; prints that no longer pass the filter leave the table."""
        leaving = [item.id for item in prints if not self.roll.passes(item)]
        single = not self.grid.marked
        if leaving:
            at = self.grid.cursor
            self.roll.without(leaving)
            self.grid.show_list(at)
        else:
            self.grid.show_marks({item.id for item in prints}, pictures=pictures)
            if single and self.edition_app.auto_advance:
                self.grid.move(1)
        self._end_choice()
        self._show_all()

    def action_step(self, where: str) -> None:
        """One place, or one row."""
        across = self.grid.columns
        self.grid.move({"left": -1, "right": 1, "up": -across, "down": across}[where])
        self._moved()

    def action_turn(self, pages: int) -> None:
        """One screen."""
        self.grid.turn(pages)
        self._moved()

    def action_first(self) -> None:
        """The first print."""
        self.grid.go(0)
        self._moved()

    def action_last(self) -> None:
        """The last print."""
        self.grid.go(len(self.roll) - 1)
        self._moved()

    def action_back(self) -> None:
        """Leaves, one after the other: the choice, the stack, the filter, the table."""
        if self.grid.marked or self.range_start is not None:
            self._end_choice()
            self._show_title()
        elif self.within or self.query_text or self.undecided:
            self.within, self.query_text, self.undecided = 0, "", False
            self.where = Filter()
            self.query_one("#filter", Input).value = ""
            self._select_again()
        else:
            self.dismiss()
