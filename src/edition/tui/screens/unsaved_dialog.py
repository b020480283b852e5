"""What was asked for and could not be written: named until the person has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen

from edition.text_format import clean, count
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.errors import EditionError
    from edition.tui.terminal.ansi_style import Row

ROWS = 8
"""Lines at the foot of the screen; the style sheet says the same."""


class UnsavedDialog(DismissOnceScreen[bool], ModalScreen[bool]):
    """Takes the keys until it is left: marks set meanwhile would be lost the same way."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,escape", "seen", "seen")]

    def __init__(self, acts: list[str], error: EditionError) -> None:
        """Names acts.

        Args:
            acts: in words; more may be added, see ``name_again``.
            error: why the latest was not written.
        """
        super().__init__()
        self.acts, self.error = acts, error

    def compose(self) -> ComposeResult:
        """A few lines at the foot."""
        yield AnsiLines(id="unwritten")

    def on_mount(self) -> None:
        """Shows the lines."""
        self.name_again(self.error)

    def on_resize(self) -> None:
        """Another width breaks the lines elsewhere."""
        self.name_again(self.error)

    def name_again(self, error: EditionError) -> None:
        """Another act has failed: all are named, the latest reason is given."""
        self.error = error
        width = max(20, self.app.size.width - 2)
        head = (
            f" Not written: {count(len(self.acts), 'act')}. The screen shows what the library has."
        )
        rows: list[Row] = [((("error", head),), (("dim", "Enter: OK "),))]
        named = wrap(clean("; ".join(self.acts)), width)
        why = [*wrap(clean(error.message), width), *wrap(clean(error.hint), width)][:4]
        room = ROWS - 1 - len(why)
        if len(named) > room:
            named = [*named[: room - 1], "…"]
        rows += [((("bright", f" {line}"),), ()) for line in named]
        rows += [((("text", f" {line}"),), ()) for line in why]
        self.query_one("#unwritten", AnsiLines).show(*rows)

    def action_seen(self) -> None:
        """Back to the screen below."""
        self.dismiss(True)
