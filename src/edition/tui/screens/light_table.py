"""The light table: all prints of an edition, chosen from by keyboard."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from edition.actions import edition_title, search
from edition.errors import EditionError
from edition.text_format import clean
from edition.tui import format_status
from edition.tui.controllers import folder_reader
from edition.tui.controllers.table_commands import TableCommands
from edition.tui.controllers.table_reader import TableReader
from edition.tui.controllers.table_search import TableSearch
from edition.tui.controllers.table_selection import TableSelection
from edition.tui.controllers.table_stacks import TableStacks
from edition.tui.keymap import TABLE, bindings
from edition.tui.print_list import PrintList
from edition.tui.screens.base_screen import done_by
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.position_bar import PositionBar
from edition.tui.widgets.thumb_grid import ThumbGrid
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.tui.messages import LibraryChanged, Moved, Opened, PressChanged
    from edition.tui.terminal.ansi_style import Row, Span

REST_SECONDS = 0.05
"""After the first grid: then its reading does not share the processor with it."""
FACTS_MOST = 6
"""Lines below the grid at most."""


class LightTable(PrintScreen):
    """The grid, the facts of the selected print, and the filter.

    What keys do is in its controllers: ``choice``, ``finder``, ``stacks`` and ``commands``
    of the table alone, ``marks``, ``words`` and ``acts`` of every screen with prints.
    """

    room = TABLE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TABLE)]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.edition_title = slug
        self._recipes_there = False

    @cached_property
    def reader(self) -> TableReader:
        """The list and its counts, read again while others write."""
        return TableReader(self.edition_app, self)

    @property
    def waiting(self) -> bool:
        """Whether the list is read again in a moment."""
        return self.reader.waiting

    @cached_property
    def choice(self) -> TableSelection:
        """Which prints are meant."""
        return TableSelection(self.edition_app, self)

    @cached_property
    def finder(self) -> TableSearch:
        """Which prints are shown."""
        return TableSearch(self.edition_app, self)

    @cached_property
    def stacks(self) -> TableStacks:
        """Near-duplicates and look-alikes shown as one."""
        return TableStacks(self.edition_app, self)

    @cached_property
    def commands(self) -> TableCommands:
        """The press and other screens."""
        return TableCommands(self.edition_app, self)

    def compose(self) -> ComposeResult:
        """Title, grid, facts, filter, index, keys."""
        self.roll = PrintList(self.session, self.slug)
        yield TitleLine(id="title")
        yield ThumbGrid(self.roll, self.edition_app.graphics, id="grid")
        yield AnsiLines(id="empty")
        yield AnsiLines(id="facts")
        yield Input(id="filter", placeholder=search.EXAMPLES, compact=True)
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the list and puts the selection on the first print."""
        self.grid = self.query_one("#grid", ThumbGrid)
        self.edition_title = clean(edition_title.title(self.edition_app.root, self.slug))
        self.select_again()
        self.grid.focus()
        self.reader.waiting = True
        self.set_timer(REST_SECONDS, self._read_rest)

    def _read_rest(self) -> None:
        """What the first grid does not wait for: counts, 28 ms at 100,000; recipes, 0.1 s."""
        slug, item = self.slug, self.current()
        self.reader.now()
        folder_reader.read_folders(self.edition_app, slug)

        def recipes(session: Session) -> bool:
            if item is not None:
                session.print_recipe(item.digest)
            return True

        def shown(there: bool) -> None:
            self._recipes_there = there
            self.show_place()

        self.edition_app.read(recipes, shown)
        self.edition_app.read(
            lambda session: session.recipe(slug).title, lambda _: None
        )  # faults are reported
        self.edition_app.write(lambda session: search.retitle(session, slug))

    def on_resize(self, event: events.Resize) -> None:
        """Gives lines that no row of the grid fills to the facts."""
        spare = (event.size.height - 4) % self.grid.row_height
        height = 0 if spare < 2 else min(FACTS_MOST, spare)
        self.query_one("#facts").styles.height = height
        self.query_one("#facts").display = bool(height)
        self.call_after_refresh(self.show_place)

    # the list

    def select_again(self) -> None:
        """Reads the list; the selection stays on its print.

        Marks that are painted and not yet written decide what is in it: it is read after them.
        """
        if self.edition_app.pen.busy:
            self.edition_app.write(lambda _: True, lambda _: self._select_now())
        else:
            self._select_now()

    def _select_now(self) -> None:
        kept, at = self.grid.current, self.grid.cursor
        try:
            self.roll.choose(self.finder.query(), self.finder.order)
            self.reader.at_least(len(self.roll))
        except EditionError as error:
            self.edition_app.tell(error)
        self.show_list(kept, at)
        self.finder.arrange()

    def show_list(self, kept: int, at: int) -> None:
        """Shows another list: the selection on a print, or else at a place."""
        self.grid.show_list(self.roll.near(kept, at) if kept else 0)
        self.show_all()

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
        if not self.finder.volatile() and self.roll.take_new() and room_left:
            self.grid.repaint()
        if len(after) < len(ids):  # prints are gone: the list is wrong
            self.select_again()
        self.reader.refresh()
        self.show_all()

    # what is shown

    def show_all(self) -> None:
        """The title, the place, and what to do about an empty list."""
        self.show_title()
        self.show_place()
        empty = not len(self.roll)
        self.grid.display = not empty
        hint = self.query_one("#empty", AnsiLines)
        hint.display = empty
        if empty:
            hint.show(*self._empty_rows())

    def show_title(self) -> None:
        """The title, and the line of keys."""
        chip = (
            *format_status.press_chip(self.edition_app.press_view, self.slug), ("text", " "),
        )  # fmt: skip
        counted: tuple[Span, ...] = (
            ("text", "   "),
            *format_status.counts(self.reader.counts, apart=not self.finder.cells),
        )
        if reading := folder_reader.words(self.session, self.slug):
            counted = (*counted, ("accent", f"   {reading}"))
        title = ("bright", f" {self.edition_title}")
        self.query_one("#title", AnsiLines).show(((title, *counted), chip))
        pending: list[Span] = []
        if self.grid.marked:
            pending.append(("accent", f"{len(self.grid.marked)} selected  "))
        if self.edition_app.auto_advance:
            pending.append(("dim", "advances  "))
        without = ("mark-toggle-reject", "exhibit") if self.finder.where.trash else ("trash",)
        self.query_one("#keys", AnsiLines).show(self.key_row(right=pending, without=without))

    def show_place(self) -> None:
        """The place in the list, and the facts of the selected print."""
        total, shown = len(self.roll), self.grid.shown
        words = f"{min(self.grid.cursor + 1, total):,} of {total:,}"
        extra = self.finder.words()
        self.query_one("#index", PositionBar).show(
            shown.start, len(shown), total, "  ".join([*extra, words])
        )
        item = self.current()
        facts = self.query_one("#facts", AnsiLines)
        if item and facts.display:
            height = facts.size.height or FACTS_MOST
            recipe = self.marks.recipe_of(item) if self._recipes_there else None
            facts.show(*format_status.brief(item, recipe, self.size.width, height))
        else:
            facts.show()
        if self._status.is_attached:
            self.show_said()

    def quiet_row(self) -> Row:
        """The selected print's tags, note and prompt, where no line is left for them."""
        item = self.current()
        if item is None or self.query_one("#facts").display:
            return (), ()
        recipe = self.marks.recipe_of(item) if self._recipes_there else None
        return format_status.one_line(item, recipe, self.app.size.width)

    def _empty_rows(self) -> list[Row]:
        counts = self.reader.counts
        lines = format_status.empty_table(
            replace(counts, cells=0) if self.finder.cells else counts,
            self.edition_app.get_key_of,
            in_trash=bool(self.finder.where.trash),
            reading=folder_reader.words(self.session, self.slug),
            printing=any(job.slug == self.slug for job in self.edition_app.press_view.jobs),
        )
        top = max(0, self.grid.size.height or self.size.height // 2 - 4) // 2
        return [((), ())] * min(8, top) + [(((("text", "   ")), line), ()) for line in lines]

    def on_moved(self, event: Moved) -> None:
        """Another print is selected, by the mouse perhaps."""
        self._moved()

    def _moved(self) -> None:
        """Shows where the selection is: in the same frame, or the terminal waits 16 ms for it."""
        self.choice.extend()
        self.show_place()

    def on_opened(self, event: Opened) -> None:
        """A second click opens the loupe."""
        self.commands.open()

    def on_press_changed(self, _: PressChanged) -> None:
        """The press's corner of the title."""
        self.show_title()

    # the filter's line

    def write_filter(self, text: str) -> None:
        """Puts text into the filter's line, as if it were typed."""
        self.query_one("#filter", Input).value = text

    def action_filter(self) -> None:
        """Opens the filter's line."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters as one types."""
        self._show_fault(self.finder.typed(event.value))

    def _show_fault(self, fault: EditionError | None) -> None:
        """What is wrong with the filter, instead of the keys, as long as it is."""
        if fault is None:
            self.show_title()
        else:
            row = ((("error", f" {clean(fault.message)} "), ("dim", clean(fault.hint))), ())
            self.query_one("#keys", AnsiLines).show(row)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the grid with the filter as it is written; one at fault stays open."""
        fault = self.finder.entered()
        if fault is None:
            self._close_filter()
        else:
            self._show_fault(fault)

    def on_key(self, event: events.Key) -> None:
        """Escape in the filter's line goes back to the grid; what was at fault is dropped."""
        if event.key == "escape" and self.query_one("#filter", Input).has_focus:
            event.stop()
            event.prevent_default()
            if self.finder.fault is not None:
                self.write_filter(self.finder.taken)
            self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).display = False
        self.grid.focus()
        self.show_all()

    # culling

    def current(self) -> Print | None:
        """The selected print."""
        return self.roll.one(self.grid.current) if self.grid.current else None

    def targets(self) -> tuple[int, ...]:
        """The chosen prints, or the selected one."""
        return self.choice.targets()

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Keeps the title right until the library has been asked."""
        self.reader.recount(before, after)

    def vanish(self, ids: tuple[int, ...]) -> None:
        """Takes prints off the table ahead of the library."""
        here = [i for i in ids if self.roll.index(i) >= 0]
        at = self.grid.cursor
        self.roll.without(here)
        self.choice.end()
        self.reader.trashed(-len(here) if self.finder.where.trash else len(here))
        self.grid.show_list(at)
        self.show_all()

    def reselect(self) -> None:
        """Reads the list again, after an act that may change what is in it."""
        self.choice.end()
        if self.finder.within:
            self.finder.within = self.acts.stack_of(list(self.roll.ids))
        self.select_again()
        self.reader.refresh()

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
            if single and self.edition_app.advances:
                self.grid.move(1)
        self.choice.end()
        self.show_all()

    def action_step(self, where: str) -> None:
        """One place, or one row."""
        self._step(where)
        self._moved()

    def _step(self, where: str) -> None:
        across = self.grid.columns
        self.grid.move({"left": -1, "right": 1, "up": -across, "down": across}[where])

    def action_select(self, where: str) -> None:
        """The same with Shift: all prints on the way are chosen."""
        self.choice.hold()
        if where in ("first", "last"):
            self.grid.go(0 if where == "first" else len(self.roll) - 1)
        else:
            self._step(where)
        self.choice.stretch()
        self.show_place()

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
        if self.choice.any:
            self.choice.end()
            self.show_title()
        elif self.finder.narrows:
            self.finder.clear()
            self.write_filter("")
            self.select_again()
        else:
            self.dismiss()

    action_range = done_by("choice", TableSelection.range)
    action_choose = done_by("choice", TableSelection.choose)
    action_choose_all = done_by("choice", TableSelection.choose_all)
    action_invert = done_by("choice", TableSelection.invert)
    action_size = done_by("choice", TableSelection.size)
    action_undecided = done_by("finder", TableSearch.only_undecided)
    action_stars = done_by("finder", TableSearch.only_stars)
    action_no_rejects = done_by("finder", TableSearch.hide_rejects)
    action_show_cells = done_by("finder", TableSearch.show_cells)
    action_order = done_by("finder", TableSearch.next_order)
    action_order_back = done_by("finder", TableSearch.previous_order)
    action_stacks = done_by("stacks", TableStacks.toggle)
    action_distance = done_by("stacks", TableStacks.distance)
    action_lookalikes = done_by("stacks", TableStacks.lookalikes)
    action_expand = done_by("stacks", TableStacks.expand)
    action_reject_rest = done_by("stacks", TableStacks.reject_rest)
    action_reread = done_by("commands", TableCommands.reread)
    action_more = done_by("commands", TableCommands.more)
    action_upscale = done_by("commands", TableCommands.upscale)
    action_open = done_by("commands", TableCommands.open)
    action_seek = done_by("commands", TableCommands.seek)
    action_copy_files = done_by("commands", TableCommands.copy_files)
    action_survey = done_by("commands", TableCommands.survey)
    action_compare = done_by("commands", TableCommands.compare)
    action_proof = done_by("commands", TableCommands.proof)
    action_press = done_by("commands", TableCommands.press)
    action_history = done_by("commands", TableCommands.history)
    action_recipe = done_by("commands", TableCommands.recipe)
    action_train = done_by("commands", TableCommands.train)
    action_studies = done_by("commands", TableCommands.studies)
    action_saved = done_by("commands", TableCommands.saved)
