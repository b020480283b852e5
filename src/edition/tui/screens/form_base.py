"""A form: lines with their values, one of them being written, its range and help below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from edition.text_format import clean, count
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.terminal_text import fit, wrap
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import Binding

    from edition.tui.terminal.ansi_style import Row, Span


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of a form."""

    key: str
    words: str
    """What it is called."""
    told: str
    """Its help."""
    allowed: str = ""
    """Kind and range in words."""
    choices: tuple[str, ...] = ()
    """Values that left and right go through; more can be written where they are not all."""
    group: str = ""
    """A heading above the first line of each group."""


_TOLD_LINES = 2
_NAME_CELLS = 24


def first_of(bindings: Sequence[Binding]) -> list[Binding]:
    """Bindings that come before those of the line being written."""
    return [replace(binding, priority=True) for binding in bindings]


class FormScreen(BaseScreen):
    """Up and down go through the lines, typing writes the selected one.

    A screen gives ``form`` and ``values``, and says what is wrong with a value.
    """

    form: tuple[FormLine, ...] = ()
    heading = ""
    at = 0

    last_use: ClassVar[str] = ""
    """What Enter does on the last line, in words: it saves; empty goes on with the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.touched: set[str] = set()
        """AnsiLines that a person has written."""

    def fault(self, line: FormLine, text: str) -> str:
        """What is wrong with a value; nothing when it is allowed."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Title, lines, help, the line being written, keys."""
        yield TitleLine(id="title")
        yield AnsiLines(id="lines")
        yield AnsiLines(id="told")
        yield Input(id="value", compact=True, select_on_focus=True)
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """The first line is written first."""
        self.box = self.query_one("#value", Input)
        self.box.focus()
        self.show_form()

    def on_resize(self) -> None:
        """The selected line stays in sight."""
        self.call_after_refresh(self.show_words)

    @property
    def line(self) -> FormLine:
        """The selected line."""
        return self.form[self.at]

    def faults(self) -> dict[str, str]:
        """What is wrong, by line."""
        found = {line.key: self.fault(line, self.values[line.key]) for line in self.form}
        return {key: fault for key, fault in found.items() if fault}

    def show_form(self) -> None:
        """Puts the selected line's value where it is written, and shows all."""
        if not self.form:
            return
        self.box.value = self.values[self.line.key]
        self.box.action_end()
        self.box.select_all()
        self.show_words()

    def show_words(self) -> None:
        """AnsiLines, help and faults."""
        if not self.is_mounted or not self.form:
            return
        faults = self.faults()
        rows, here = self._rows(faults)
        lines = self.query_one("#lines", AnsiLines)
        lines.show(*rows)
        lines.reveal(max(0, here - 1))
        lines.reveal(here)
        self.query_one("#title", AnsiLines).show(self.title_row(faults))
        self.query_one("#told", AnsiLines).show(*self._told(faults))
        without = () if self._can_choose() else ("value-1",)
        self.query_one("#keys", AnsiLines).show(
            self.key_row(without=without, words={"use": self.last_use} if self._saves else {})
        )

    @property
    def _saves(self) -> bool:
        """Whether Enter saves, where the cursor is."""
        return bool(self.last_use) and self.at == len(self.form) - 1

    def _can_choose(self) -> bool:
        """Whether left and right lead to another value of the selected line."""
        return bool(set(self.line.choices) - {self.values[self.line.key]})

    def title_row(self, faults: dict[str, str]) -> Row:
        """What the form is of."""
        return (("bright", f" {clean(self.heading)}"), self.fault_span(faults)), ()

    def fault_span(self, faults: dict[str, str]) -> Span:
        """How many values are not allowed; nothing when all are."""
        words = f"   {count(len(faults), 'value')} not allowed" if faults else ""
        return ("error" if faults else "dim", words)

    def _rows(self, faults: dict[str, str]) -> tuple[list[Row], int]:
        """The lines, and on which row the selected one is."""
        rows: list[Row] = [((), ())]
        here, group = 0, ""
        for index, line in enumerate(self.form):
            if line.group != group:
                group = line.group
                rows += [((), ()), ((("accent", f"  {group}"),), ())]
            picked = index == self.at
            if picked:
                here = len(rows)
            tone = "error" if line.key in faults else "bright" if picked else "text"
            value = clean(self.values[line.key])
            shown = f"◂ {value} ▸" if picked and self._can_choose() else value
            left = (
                ("accent", " ▌ ") if picked else ("text", "   "),
                ("dim", fit(line.words, _NAME_CELLS)),
                (tone, shown or ("" if picked else "–")),
            )
            rows.append((left, ()))
        return rows, here

    def _told(self, faults: dict[str, str]) -> list[Row]:
        width = max(20, self.size.width - 2)
        fault = faults.get(self.line.key, "")
        allowed = f" ({self.line.allowed})" if self.line.allowed else ""
        texts = wrap(f"{self.line.told}{allowed}", width, _TOLD_LINES)
        rows: list[Row] = [((("dim", f" {text}"),), ()) for text in texts]
        if fault:
            rows[-1] = ((("error", f" {fit(clean(fault), width).rstrip()}"),), ())
        return rows

    # keys

    def on_input_changed(self, event: Input.Changed) -> None:
        """Checks as one types. What the line held before another key has been taken already."""
        if event.value == self.box.value:
            self.take_written()

    def take_written(self) -> None:
        """Takes the line's text: its messages come after keys that leave it."""
        if self.form and self.box.value != self.values[self.line.key]:
            self.write(self.box.value)

    def write(self, text: str) -> None:
        """Takes a value for the selected line; subclasses may fill others after it."""
        self.values[self.line.key] = text
        self.touched.add(self.line.key)
        self.show_words()

    def action_field(self, by: int) -> None:
        """The next or the previous line."""
        self.take_written()
        self.at = (self.at + by) % len(self.form)
        self.show_form()

    def action_value(self, by: int) -> None:
        """The next choice; where there are none the cursor moves in the text."""
        self.take_written()
        choices, now = self.line.choices, self.values[self.line.key]
        if not choices:
            (self.box.action_cursor_right if by > 0 else self.box.action_cursor_left)()
            return
        at = choices.index(now) if now in choices else -1 if by > 0 else 0
        self.write(choices[(at + by) % len(choices)])
        self.show_form()

    def action_use(self) -> None:
        """The next line; where the form says so, the last one saves."""
        if self._saves:
            self.action_save()
        else:
            self.action_field(1)

    def action_save(self) -> None:
        """Writes what is in the form."""
        raise NotImplementedError

    def first_fault(self) -> str:
        """Selects the first line that is not allowed; returns what is wrong, or nothing."""
        self.take_written()
        faults = self.faults()
        for index, line in enumerate(self.form):
            if line.key in faults:
                self.at = index
                self.show_form()
                return f"{line.words}: {faults[line.key]}"
        return ""
