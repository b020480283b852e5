"""The survey: a few prints side by side; one may be pinned and compared with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.text_format import count
from edition.tui import format_status
from edition.tui.keymap import LOUPE, SURVEY, bindings
from edition.tui.screens.side_by_side import Pane, SideBySide

if TYPE_CHECKING:
    from textual.binding import BindingType

    from edition.domain import Print
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Span


class SurveyScreen(SideBySide):
    """Several prints as large as they fit; with one pinned, two: it and a candidate."""

    room = SURVEY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SURVEY)]

    def pane(self, key: int) -> Pane | None:
        """A print; rejected, it is dark."""
        item = self.roll.prints(self.shown).get(key)
        if item is None:
            return None
        rgb = self.roll.rgb(self.shown).get(key, b"")
        size = (item.width, item.height)
        return Pane(item.file, size, format_status.caption(item), rgb, item.marks.reject)

    def name_of(self, key: int) -> str:
        """Its seed."""
        item = self.roll.one(key)
        return format_status.name_of(item) if item is not None else "the print"

    def heading(self) -> tuple[Span, ...]:
        """How many there are, or which is compared."""
        if self.pinned is None:
            return (("bright", " Survey"), ("dim", f"   {count(len(self.ids), 'print')}"))
        return (("bright", " Compare"), ("dim", f"   {self.at + 1:,} of {len(self.ids):,}"))

    def current(self) -> Print | None:
        """The selected print."""
        return self.roll.one(self.selected)

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """New captions, and a reject in the dark; then on to the next, if that is wished."""
        self._show()
        if self.edition_app.advances:
            self.action_step("next")

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Marks may have changed, as by undo."""
        self.roll.forget()
        self._show()

    def action_open(self) -> None:
        """The selected print in the loupe."""
        self.edition_app.open_screen(LOUPE, self.roll, self.selected)
