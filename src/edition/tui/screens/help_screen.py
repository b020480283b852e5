"""The keys of a screen, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import search
from edition.tui import keymap, navigation
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.terminal_text import fit, wrap
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.terminal.ansi_style import Row, Span

COLUMN, KEYS_CELLS = 39, 11
"""Cells of a column, and of them those of the keys themselves; more where words need it."""
TITLE_CELLS = COLUMN - KEYS_CELLS - 4
"""A title as long as this makes no column wider."""
_FAMILIES = {"rate": "rate 0 to 5", "rate_on": "rate and go on", "select": "select on"}
"""Actions that differ in one value have one line."""


class HelpScreen(BaseScreen):
    """All actions of one screen, in columns, by group."""

    room = navigation.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,question_mark,f1,enter", "back", "back"),
        ("down,j,pagedown,space", "scroll(1)", "down"),
        ("up,k,pageup", "scroll(-1)", "up"),
    ]

    def __init__(self, of: str) -> None:
        super().__init__()
        self.of = of

    def compose(self) -> ComposeResult:
        """Title, keys, foot."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="table")
        yield AnsiLines(id="keys")

    def on_resize(self) -> None:
        """As many columns as fit."""
        preset = self.edition_app.chosen.preset
        self.query_one("#title", AnsiLines).show(
            ((("bright", f" Keys of the {self.of}"),), (("dim", f"preset {preset} "),))
        )
        self.query_one("#table", AnsiLines).show(*self._rows(self.app.size.width))
        self.call_after_refresh(self._show_foot)

    def _show_foot(self) -> None:
        table = self.query_one("#table", AnsiLines)
        more = len(table.rows) > table.top + table.size.height
        down = (("accent", "   ↓"), ("dim", " more")) if more else ()
        self.query_one("#keys", AnsiLines).show(
            ((("accent", " Esc"), ("dim", " back"), *down), (("dim", "^p every action by name "),))
        )

    def _rows(self, width: int) -> list[Row]:
        entries = self._entries()
        rows: list[Row] = []
        for group, acts in entries.items():
            keys, words = _widths(acts, width)
            columns = max(1, width // (keys + words))
            rows += [((), ()), ((("accent", f"  {group}"),), ())]
            depth = -(-len(acts) // columns)
            for line in range(depth):
                spans: list[Span] = []
                for pressed, title in acts[line::depth]:
                    spans += [("bright", fit(f"  {pressed}", keys)), ("text", fit(title, words))]
                rows.append((tuple(spans), ()))
        if self.of == keymap.TABLE:
            rows += [
                ((), ()),
                ((("accent", "  Filter"),), ()),
                *(((("dim", f"  {line}"),), ()) for line in wrap(search.EXAMPLES, width - 4, 4)),
            ]
        return rows

    def _entries(self) -> dict[str, list[tuple[str, str]]]:
        entries: dict[str, list[tuple[str, str]]] = {}
        merged: dict[tuple[str, str], list[str]] = {}
        for act in keymap.of_room(self.of):
            pressed = self.edition_app.get_key_of_act(act)
            title = _FAMILIES.get(act.action.partition("(")[0], act.title)
            merged.setdefault((act.group, title), []).append(pressed)
        for (group, title), pressed_all in merged.items():
            shown = " ".join(pressed_all)
            if len(shown) > KEYS_CELLS and len(pressed_all) > 1:
                shown = f"{pressed_all[0][: KEYS_CELLS - 1]}…"
            entries.setdefault(group, []).append((shown, title))
        return entries

    def action_scroll(self, by: int) -> None:
        """Up or down where the list is longer than the screen."""
        self.query_one("#table", AnsiLines).scroll_lines(3 * by)
        self._show_foot()


def _widths(acts: Sequence[tuple[str, str]], width: int) -> tuple[int, int]:
    """Cells of the keys and of the words, so that neither is cut where the screen has room."""
    keys = max(KEYS_CELLS + 3, *(len(pressed) + 3 for pressed, _ in acts))
    words = max(TITLE_CELLS + 1, *(len(title) + 1 for _, title in acts))
    return keys, min(words, max(1, width - keys))
