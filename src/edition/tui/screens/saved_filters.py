"""The library's saved filters: a short list over the foot of the light table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.screen import ModalScreen

from edition.actions import search
from edition.errors import EditionError
from edition.text_format import clean
from edition.tui.key_hints import hint_line
from edition.tui.keymap import SAVED, bindings
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.screens.list_screen import ListKeys
from edition.tui.screens.prompt_dialog import PromptDialog
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.app import EditionApp
    from edition.tui.terminal.ansi_style import Row

MOST = 12
"""Lines of the list."""


class SavedFilters(ListKeys, DismissOnceScreen[str], ModalScreen[str]):
    """Gives the chosen filter's text back, or None when the person leaves."""

    room = SAVED
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SAVED)]

    def __init__(self, now: str) -> None:
        """Makes the list.

        Args:
            now: the light table's filter, which can be kept under a name.
        """
        super().__init__()
        self.now = now.strip()
        self.at = 0

    @property
    def edition_app(self) -> EditionApp:
        """The application."""
        return cast("EditionApp", self.app)

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(id="saved"):
            yield AnsiLines(id="names")
            yield AnsiLines(id="saved-keys")

    def on_mount(self) -> None:
        """Reads the filters."""
        self._read()

    def _read(self) -> None:
        self.filters = list(search.saved(self.edition_app.session).items())
        self.at = self.clamp(self.at)
        self._show()

    def _show(self) -> None:
        rows: list[Row] = [((("bright", " Saved filters"),), ())]
        top = max(0, self.at - MOST + 1)
        for index, (name, text) in enumerate(self.filters[top : top + MOST], top):
            here = index == self.at
            mark = ("accent", " ▸ ") if here else ("text", "   ")
            tone = "bright" if here else "text"
            rows.append(((mark, (tone, clean(name))), (("dim", f"{clean(text)} "),)))
        if not self.filters:
            hint = "None yet. Write a filter on the light table, then save it here."
            rows.append(((("dim", f"   {hint}"),), ()))
        names = self.query_one("#names", AnsiLines)
        names.styles.height = len(rows)
        names.show(*rows)
        now = (("dim", f"/{clean(self.now)} "),) if self.now else ()
        key_of, width = self.edition_app.get_key_of, self.app.size.width
        self.query_one("#saved-keys", AnsiLines).show(hint_line(SAVED, key_of, width, right=now))

    def list_length(self) -> int:
        """Filters there are."""
        return len(self.filters)

    def list_page(self) -> int:
        """Filters on screen at most."""
        return MOST

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_open(self) -> None:
        """Takes the current filter."""
        if self.filters:
            self.dismiss(self.filters[self.at][1])

    def action_keep(self) -> None:
        """Asks for a name and keeps the light table's filter under it."""
        if not self.now:
            self.edition_app.say("There is no filter to save: write one first.")
            return

        def keep(name: str | None) -> None:
            if name is None:
                return
            try:
                search.save(self.edition_app.session, name, self.now)
            except EditionError as error:
                self.edition_app.tell(error)
            self._read()

        self.app.push_screen(PromptDialog(f"Name for {self.now}"), keep)

    def action_forget(self) -> None:
        """Forgets the selected filter; prints stay as they are."""
        if self.filters:
            name, text = self.filters[self.at]
            try:
                search.unsave(self.edition_app.session, name)
                self.edition_app.say(f"Forgot {name}: {text}")
            except EditionError as error:  # another window has forgotten it, or it can't be written
                self.edition_app.tell(error)
            self._read()

    def action_back(self) -> None:
        """Leaves everything as it is."""
        self.dismiss(None)
