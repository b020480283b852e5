"""All that was done to marks, newest first, with what was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import history
from edition.tui.keymap import HISTORY, bindings
from edition.tui.screens.base_screen import Room
from edition.tui.terminal_text import clean, count, when
from edition.tui.widgets.ansi_canvas import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row

MOST = 500
"""Acts shown; undo itself goes back without end."""


class History(Room):
    """The journal in words."""

    room = HISTORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY)]

    def compose(self) -> ComposeResult:
        """Title, acts, keys."""
        yield Lines(id="title")
        yield Lines(id="acts")
        yield Lines(id="keys")

    def on_mount(self) -> None:
        """Reads the journal."""
        self._show()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Something was done, or taken back."""
        self._show()

    def _show(self) -> None:
        entries = history.entries(self.session, MOST)
        rows: list[Row] = []
        here = False
        for entry in entries:
            if not entry.undone and not here:
                here = True
                rows.append(((("accent", "  ▸ now"),), ()))
            tone = "dim" if entry.undone else "text"
            words = f"    {clean(entry.action)}" + ("   (taken back)" if entry.undone else "")
            rows.append((((tone, words),), (("dim", f"{when(entry.time)} "),)))
        if not entries:
            star = self.edition_app.get_key_of("mark-toggle-star").split()[0]
            rows = [
                ((), ()),
                ((("bright", "   Nothing was marked yet."),), ()),
                ((("dim", f"   {star} on the light table stars a print"),), ()),
            ]
        self.query_one("#acts", Lines).show(*rows)
        self.query_one("#title", Lines).show(
            ((("bright", " History"),), (("dim", f"{count(len(entries), 'act')} "),))
        )
        self.query_one("#keys", Lines).show(
            self.key_row(("undo", "undo"), ("redo", "redo"), ("back", "back"), ("help", "keys"))
        )

    def action_undo(self) -> None:
        """Takes back the latest act."""
        self.edition_app.write(history.undo, what="undo")

    def action_redo(self) -> None:
        """Does again what was taken back."""
        self.edition_app.write(history.redo, what="redo")

    def action_step(self, where: str) -> None:
        """A line up or down."""
        self.query_one("#acts", Lines).scroll_lines(1 if where == "down" else -1)

    def action_turn(self, pages: int) -> None:
        """A screen up or down."""
        acts = self.query_one("#acts", Lines)
        acts.scroll_lines(pages * acts.size.height)

    def action_first(self) -> None:
        """The newest act."""
        self.query_one("#acts", Lines).scroll_lines(-MOST)

    def action_last(self) -> None:
        """The oldest act."""
        self.query_one("#acts", Lines).scroll_lines(MOST)
