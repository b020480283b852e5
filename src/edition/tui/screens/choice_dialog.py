"""A short list at the foot of a screen, of which one is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.screen import ModalScreen

from edition.text_format import clean
from edition.tui.key_hints import hint_line
from edition.tui.keymap import CHOICE, bindings
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.screens.list_screen import ListKeys
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.app import EditionApp
    from edition.tui.terminal.ansi_style import Row

MOST = 12
"""Lines of the list."""
_TOLD_MOST = 6
"""Lines about the selected one."""


class ChoiceDialog(ListKeys, DismissOnceScreen[int], ModalScreen[int]):
    """Gives the index of the one that Enter took, or None when the person leaves."""

    room = CHOICE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CHOICE)]

    def __init__(
        self,
        heading: str,
        offered: Sequence[tuple[str, str]],
        told: Callable[[int], Sequence[str]] | None = None,
        *,
        take: str = "take it",
    ) -> None:
        """Makes the list.

        Args:
            heading: what is asked.
            offered: what can be taken, each with a few words at the right end.
            told: gives more lines about one, shown while it is selected; the words at the right
                end are left out then.
            take: what Enter does, in words.
        """
        super().__init__()
        self.heading, self.offered, self.told, self.take = heading, tuple(offered), told, take
        self.at = 0

    @property
    def edition_app(self) -> EditionApp:
        """The application."""
        return cast("EditionApp", self.app)

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        with Vertical(id="choice"):
            yield AnsiLines(id="offered")
            yield AnsiLines(id="choice-keys")

    def on_mount(self) -> None:
        """The first one is selected."""
        self._show()

    def on_resize(self) -> None:
        """Long lines wrap at the new width."""
        self._show()

    def _show(self) -> None:
        width = max(20, self.app.size.width - 4)
        rows: list[Row] = [
            ((("bright", f" {line}"),), ()) for line in wrap(clean(self.heading), width, 2)
        ]
        top = max(0, self.at - MOST + 1)
        for index, (words, beside) in enumerate(self.offered[top : top + MOST], top):
            here = index == self.at
            mark = ("accent", " ▸ ") if here else ("text", "   ")
            right = f"{clean(beside)} " if self.told is None else ""
            rows.append(((mark, ("bright" if here else "text", clean(words))), (("dim", right),)))
        if self.told is not None:
            for text in self.told(self.at):
                lines = wrap(clean(text), width, _TOLD_MOST)
                rows += [((("dim", f"   {line}"),), ()) for line in lines]
        listed = self.query_one("#offered", AnsiLines)
        listed.styles.height = len(rows)
        listed.show(*rows)
        self.query_one("#choice-keys", AnsiLines).show(
            hint_line(
                CHOICE, self.edition_app.get_key_of, self.app.size.width, words={"open": self.take}
            )
        )

    def list_length(self) -> int:
        """What can be taken."""
        return len(self.offered)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_open(self) -> None:
        """Takes the selected one."""
        if self.offered:
            self.dismiss(self.at)

    def action_back(self) -> None:
        """Takes none."""
        self.dismiss(None)
