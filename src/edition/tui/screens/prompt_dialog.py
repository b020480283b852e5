"""One question with a line to answer it in, at the foot of whatever screen it is asked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from edition.text_format import clean
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.terminal.ansi_style import Span


class PromptDialog(DismissOnceScreen[str], ModalScreen[str]):
    """Gives the answer back, or None when the person leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False, priority=True)
    ]

    def __init__(
        self,
        question: str,
        value: str = "",
        check: Callable[[str], str] | None = None,
        *,
        goes_on: bool = False,
        told: Callable[[str], str] | None = None,
    ) -> None:
        """Makes the question.

        Args:
            question: what is asked.
            value: is there already.
            check: says what is wrong with an answer, or nothing; asked as one types.
            told: returns what an answer would do; called as one types.
            goes_on: typing goes on at the value's end; otherwise it takes the value's place.
        """
        super().__init__()
        self.question, self.value = question, value
        self.check = check
        self.goes_on = goes_on
        self.told = told

    def compose(self) -> ComposeResult:
        """Question, what is wrong, the line."""
        with Vertical(id="ask"):
            yield AnsiLines(id="question")
            select = not self.goes_on
            yield Input(self.value, id="answer", compact=True, select_on_focus=select)

    def on_mount(self) -> None:
        """The line takes the keys."""
        self.box = self.query_one("#answer", Input)
        self.box.focus()
        self._show(self.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what is wrong as one types."""
        self._show(event.value)

    def _fault(self, answer: str) -> str:
        return self.check(answer.strip()) if self.check is not None else ""

    def _show(self, answer: str) -> None:
        fault = clean(self._fault(answer)) if answer else ""
        words = self.told(answer) if self.told is not None and not fault else ""
        right: tuple[Span, ...] = (("dim", "Enter: OK, Esc: cancel "),)
        if fault:
            right = (("error", f"{fault} "),)
        elif words:
            right = (("text", f"{clean(words)}  "), ("dim", "Enter "))
        self.query_one("#question", AnsiLines).show(
            ((("bright", f" {clean(self.question)}"),), right)
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Takes the answer if nothing is wrong with it."""
        fault = self._fault(event.value)
        if fault:
            self._show(event.value or " ")
        else:
            self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Without an answer."""
        self.dismiss(None)
