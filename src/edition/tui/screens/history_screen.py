"""All that was done to marks, newest first, with what was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import history
from edition.text_format import clean, count
from edition.tui.keymap import HISTORY, bindings
from edition.tui.screens.list_screen import ScrolledScreen
from edition.tui.terminal_text import when
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row

MOST = 500
"""Acts shown; undo itself goes back without end."""


class HistoryScreen(ScrolledScreen):
    """The journal in words."""

    room = HISTORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY)]

    def compose(self) -> ComposeResult:
        """Title, acts, keys."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="acts")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the journal."""
        self._show()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Something was done, or undone."""
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
            words = f"    {clean(entry.action)}" + ("   (undone)" if entry.undone else "")
            rows.append((((tone, words),), (("dim", f"{when(entry.time)} "),)))
        if not entries:
            star = self.edition_app.get_key_of("mark-toggle-star").split()[0]
            rows = [
                ((), ()),
                ((("bright", "   No changes yet."),), ()),
                ((("dim", f"   {star} on the light table stars a print"),), ()),
            ]
        self.query_one("#acts", AnsiLines).show(*rows)
        self.query_one("#title", AnsiLines).show(
            ((("bright", " History"),), (("dim", f"{count(len(entries), 'act')} "),))
        )
        self.query_one("#keys", AnsiLines).show(
            self.key_row(("undo", "undo"), ("redo", "redo"), ("back", "back"), ("help", "keys"))
        )

    def lines(self) -> AnsiLines:
        """The acts."""
        return self.query_one("#acts", AnsiLines)

    def action_undo(self) -> None:
        """Undoes the latest act."""
        self.edition_app.write(history.undo, what="undo")

    def action_redo(self) -> None:
        """Does again what was undone."""
        self.edition_app.write(history.redo, what="redo")
