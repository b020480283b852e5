"""All that was done, newest first; any act can be undone, and done again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import history
from edition.text_format import clean, count
from edition.tui.keymap import HISTORY, bindings
from edition.tui.screens.list_screen import ListScreen
from edition.tui.terminal_text import redone_words, undone_words, when
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.domain import JournalEntry
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row

MOST = 500
"""Acts shown; undo on the other screens goes back without end."""


class HistoryScreen(ListScreen):
    """The journal in words: where, what, when."""

    room = HISTORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY)]

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[JournalEntry, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, acts, keys."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="acts")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the journal."""
        self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Something was done, or undone."""
        self._look()

    def _look(self) -> None:
        kept = self.entries[self.at].id if self.entries else 0
        self.entries = history.entries(self.session, MOST)
        ids = [entry.id for entry in self.entries]
        self.at = ids.index(kept) if kept in ids else self.clamp(self.at)
        self._show()

    def _show(self) -> None:
        rows = [self._row(index) for index in range(len(self.entries))]
        if not rows:
            star = self.edition_app.get_key_of("mark-toggle-star").split()[0]
            rows = [
                ((), ()),
                ((("bright", "   No changes yet."),), ()),
                ((("dim", f"   {star} on the light table stars a print"),), ()),
            ]
        acts = self.query_one("#acts", AnsiLines)
        acts.show(*rows)
        acts.reveal(self.at)
        self.query_one("#title", AnsiLines).show(
            ((("bright", " History"),), (("dim", f"{count(len(self.entries), 'act')} "),))
        )
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _row(self, index: int) -> Row:
        entry, picked = self.entries[index], index == self.at
        tone = "dim" if entry.undone else "bright" if picked else "text"
        words = clean(entry.action) + ("   (undone)" if entry.undone else "")
        where = ", ".join(clean(str(place)) for place in entry.places)
        mark = ("accent", " ▌ ") if picked else ("text", "   ")
        return (mark, (tone, words)), (("dim", f"{where}   {when(entry.time)} "),)

    def list_length(self) -> int:
        """Acts there are."""
        return len(self.entries)

    def list_page(self) -> int:
        """Acts on screen."""
        return self.query_one("#acts", AnsiLines).size.height

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_undo(self) -> None:
        """Undoes the selected act, whatever was done since."""
        if self.entries:
            act = self.entries[self.at].id
            self.edition_app.write(
                lambda session: history.undo(session, entry=act),
                lambda done: self.edition_app.say(undone_words(done)),
                "undo",
            )

    def action_redo(self) -> None:
        """Does the selected act again."""
        if self.entries:
            act = self.entries[self.at].id
            self.edition_app.write(
                lambda session: history.redo(session, entry=act),
                lambda done: self.edition_app.say(redone_words(done)),
                "redo",
            )
