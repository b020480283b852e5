"""The grid of a study, walked with the arrow keys; a pinned cell stays beside the others."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical

from edition.text_format import clean, count
from edition.tui.keymap import LOUPE, STUDIES, STUDY, bindings
from edition.tui.print_list import PrintList
from edition.tui.screens.list_screen import ListScreen
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.terminal_text import fit, when
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.study_cells import StudyCells
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.actions.study_grid import GridPage
    from edition.domain import Print
    from edition.library.study_table import StudyRow
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row


class StudyListScreen(ListScreen):
    """The studies of an edition."""

    room = STUDIES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(STUDIES)]

    def __init__(self, slug: str, found: tuple[StudyRow, ...]) -> None:
        super().__init__()
        self.slug, self.found = slug, found
        self.at = 0

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield TitleLine(id="title")
        yield AnsiLines(id="list")
        yield AnsiLines(id="keys")

    def on_resize(self, _: events.Resize) -> None:
        """The list scrolls so that the selected study is seen."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        title = (("bright", f" {clean(self.slug)}"), ("dim", "   studies"))
        self.query_one("#title", AnsiLines).show((title, ()))
        rows: list[Row] = []
        for index, row in enumerate(self.found):
            tone = "select" if index == self.at else "text"
            facts = f"{row.kind}   {when(row.created)} "
            rows.append((((tone, f" {clean(row.name)} "),), (("dim", facts),)))
        lines = self.query_one("#list", AnsiLines)
        lines.show(*rows)
        lines.reveal(self.at)
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def list_length(self) -> int:
        """Studies there are."""
        return len(self.found)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_open(self) -> None:
        """Walks the selected study."""
        self.edition_app.open_screen(STUDY, self.slug, self.found[self.at].name)


class StudyScreen(PrintScreen):
    """One study."""

    room = STUDY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(STUDY)]

    def __init__(self, slug: str, name: str) -> None:
        super().__init__()
        self.slug, self.name_of_study = slug, name
        self.pages: tuple[GridPage, ...] = ()
        self.page = 0
        self.pinned: tuple[int, str] | None = None
        """Id of the pinned print, and its labels."""

    def compose(self) -> ComposeResult:
        """Title, grid, the pinned cell above the current one, status, keys."""
        self.roll = PrintList(self.session, self.slug)
        self.roll.order = "seed"  # cells are in the study's order, not in that of their ids
        yield TitleLine(id="title")
        with Horizontal():
            yield StudyCells(self.roll, self.edition_app.graphics, id="grid")
            with Vertical(id="side"):
                yield PictureView(id="pinned", sharp=True)
                yield PictureView(id="cell", sharp=True)
        yield AnsiLines(id="status")
        yield AnsiLines(id="keys")

    @property
    def grid(self) -> StudyCells:
        """The cells."""
        return self.query_one("#grid", StudyCells)

    def on_mount(self) -> None:
        """Reads the study beside the UI's thread."""
        self.query_one("#pinned").display = False
        self._look()

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs other pictures."""
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """Back from the loupe, where marks may have been set."""
        if self.pages:
            self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """A cell may have come, or a mark."""
        self._look()

    def _look(self) -> None:
        slug, name = self.slug, self.name_of_study

        def read(session: Session) -> tuple[GridPage, ...]:
            from edition.actions import study_grid  # it brings in all that renders

            return study_grid.pages(session, slug, name)

        self.edition_app.read(read, self._take)

    def _take(self, pages: tuple[GridPage, ...]) -> None:
        if not self.is_mounted:
            return
        self.pages = pages
        self.page = min(self.page, len(pages) - 1)
        self.roll.forget()
        self._lay()

    def _lay(self) -> None:
        page = self.pages[self.page]
        self.roll.ids = array("q", (cell.print_id for cell in page.cells if cell.print_id))
        self.grid.lay(page)
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if not self.pages:
            return
        page, grid = self.pages[self.page], self.grid
        cell = page.cell(grid.row, grid.column)
        done = sum(1 for each in page.cells if each.print_id)
        left = (("bright", f" {clean(self.slug)}"), ("dim", f"   {clean(self.name_of_study)}"))
        several = f"page {self.page + 1} of {len(self.pages)}   " if len(self.pages) > 1 else ""
        far = f"{clean(page.fixed)}   {several}{done} of {count(len(page.cells), 'cell')} "
        self.query_one("#title", AnsiLines).show((left, (("dim", far.lstrip()),)))
        words = clean(page.words(grid.row, grid.column))
        if cell.error and not cell.print_id:
            state = ("error", f"   × {clean(cell.error)}")
        else:
            state = ("dim", "" if cell.print_id else "   Not rendered yet.")
        self.query_one("#status", AnsiLines).show(((("text", f" {words}"), state), ()))
        self._picture("#cell", cell.print_id, words)
        if self.pinned is not None:
            self._picture("#pinned", self.pinned[0], f"pinned  {self.pinned[1]}")
        self.query_one("#keys", AnsiLines).show(
            self.key_row(without=() if len(self.pages) > 1 else ("leaf-1",))
        )

    def _picture(self, where: str, print_id: int, words: str) -> None:
        picture = self.query_one(where, PictureView)
        item = self.roll.one(print_id) if print_id else None
        star = "★ " if item is not None and item.marks.star else ""
        picture.caption = fit(f"{star}{words}", max(1, picture.size.width - 2))
        if item is None:
            picture.show_nothing()
        else:
            thumb = self.roll.rgb((print_id,)).get(print_id, b"")
            picture.show_thumb(thumb, item.width, item.height)

    def current(self) -> Print | None:
        """The print in the cell under the cursor."""
        if not self.pages:
            return None
        cell = self.pages[self.page].cell(self.grid.row, self.grid.column)
        return self.roll.one(cell.print_id) if cell.print_id else None

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """New captions."""
        self.grid.repaint()
        self._show()

    def action_step(self, where: str) -> None:
        """To the next cell in a direction."""
        if self.pages:
            down = {"up": -1, "down": 1}.get(where, 0)
            self.grid.move(down, {"left": -1, "right": 1}.get(where, 0))
            self._show()

    def action_leaf(self, by: int) -> None:
        """To the same cell at another value of the further axes."""
        page = max(0, min(len(self.pages) - 1, self.page + by))
        if page != self.page:
            self.page = page
            self._lay()

    def action_pin(self) -> None:
        """Keeps the cell in sight; once more lets it go."""
        item = self.current()
        if item is None:
            self.edition_app.say("There is no print in this cell yet.")
            return
        words = clean(self.pages[self.page].words(self.grid.row, self.grid.column))
        mine = (item.id, words)
        self.pinned = None if self.pinned == mine else mine
        self.query_one("#pinned").display = self.pinned is not None
        self.call_after_refresh(self._show)

    def action_open(self) -> None:
        """The cell's print in the loupe."""
        item = self.current()
        if item is not None:
            self.edition_app.open_screen(LOUPE, self.roll, item.id)
