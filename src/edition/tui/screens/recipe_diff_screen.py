"""What differs between an edition's recipe and another: of another edition, or an earlier one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from edition.actions import editions, recipe_tools
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui.keymap import DIFFERENCES, bindings
from edition.tui.screens.list_screen import ScrolledScreen
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.recipe.recipe_diff import RecipeDifference
    from edition.tui.terminal.ansi_style import Row

MOST_LINES = 12
"""Of one value."""


class RecipeDiffScreen(ScrolledScreen):
    """Key by key, the left recipe over the right one."""

    room = DIFFERENCES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DIFFERENCES)]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.others: tuple[str, ...] = ()
        self.at = 0

    def compose(self) -> ComposeResult:
        """Title, differences, keys."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="table")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Finds what can be compared with: earlier recipes first, then other editions."""
        try:
            earlier = [
                f"{self.slug}@{d[:8]}" for d, _ in recipe_tools.earlier(self.session, self.slug)
            ]
            cards = editions.cards(self.session)
        except EditionError as error:
            self.edition_app.tell(error)
            earlier, cards = [], ()
        others = [card.slug for card in cards if card.recipe and card.slug != self.slug]
        self.others = (*earlier, *others)
        self._show()

    def on_resize(self) -> None:
        """Values are wrapped to the width."""
        self._show()

    def _show(self) -> None:
        rows: list[Row] = []
        title = self.slug
        if self.others:
            title = f"{self.slug}  and  {self.others[self.at]}"
            try:
                found = recipe_tools.compare(self.session, self.slug, self.others[self.at])[2]
                rows = self._rows(found)
            except EditionError as error:
                rows = [
                    ((("error", f" {clean(error.message)}"),), ()),
                    ((("dim", f" {clean(error.hint)}"),), ()),
                ]
        else:
            rows = [
                ((), ()),
                ((("bright", "   There is no other recipe to compare with."),), ()),
                ((("dim", "   C on the shelf clones an edition; e edits its recipe"),), ()),
            ]
        place = f"{self.at + 1} of {len(self.others)} " if self.others else ""
        self.query_one("#title", AnsiLines).show((((("bright", f" {title}")),), (("dim", place),)))
        self.query_one("#table", AnsiLines).show(*rows)
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _rows(self, found: tuple[RecipeDifference, ...]) -> list[Row]:
        if not found:
            return [((), ()), ((("good", "   The same recipe."),), ())]
        pixels = sum(one.changes_pixels for one in found)
        words = "the same seed gives another picture" if pixels else "prints are the same"
        rows: list[Row] = [
            ((), ()),
            ((("dim", f"   {count(len(found), 'key')}: {words}"),), ()),
        ]
        for one in found:
            tone = "accent" if one.changes_pixels else "dim"
            rows += [((), ()), (((tone, f"   {one.key}"),), ())]
            for sign, value, shade in (("−", one.left, "dim"), ("+", one.right, "text")):
                lines = wrap(_words(value), max(20, self.app.size.width - 8), MOST_LINES)
                rows += [
                    (((shade, f"     {sign if not at else ' '} {line}"),), ())
                    for at, line in enumerate(lines or [""])
                ]
        return rows

    def lines(self) -> AnsiLines:
        """The differences."""
        return self.query_one("#table", AnsiLines)

    def action_step(self, where: str) -> None:
        """Scrolls, or compares with the next recipe."""
        if where in ("up", "down"):
            super().action_step(where)
        elif self.others:
            by = 1 if where == "right" else -1
            self.at = (self.at + by) % len(self.others)
            self._show()


def _words(value: object) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, str):
        return clean(value) or "(empty)"
    return json.dumps(value, ensure_ascii=False)
