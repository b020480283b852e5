"""What all lists have in common: up, down, a page, the first, the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.tui.screens.base_screen import BaseScreen

if TYPE_CHECKING:
    from edition.tui.widgets.ansi_canvas import AnsiLines

PAGE = 10
"""Entries that a page is, where the list does not say."""


class ListKeys:
    """The keys that move through a list; a screen says how long it is and where one is in it."""

    at = 0
    """Index of the selected entry."""

    def list_length(self) -> int:
        """Entries of the list."""
        raise NotImplementedError

    def list_page(self) -> int:
        """Entries that a page is."""
        return PAGE

    def list_place(self) -> int:
        """Index of the selected entry."""
        return self.at

    def list_go(self, index: int) -> None:
        """Selects an entry that is there, and shows it."""
        raise NotImplementedError

    def clamp(self, index: int) -> int:
        """The nearest index that the list has; 0 in an empty one."""
        return max(0, min(index, self.list_length() - 1))

    def _move(self, index: int) -> None:
        self.list_go(self.clamp(index))

    def action_step(self, where: str) -> None:
        """The entry above or below."""
        self._move(self.list_place() + (1 if where == "down" else -1))

    def action_turn(self, pages: int) -> None:
        """A page up or down."""
        self._move(self.list_place() + pages * self.list_page())

    def action_first(self) -> None:
        """The first entry."""
        self._move(0)

    def action_last(self) -> None:
        """The last entry."""
        self._move(self.list_length() - 1)


class ListScreen(ListKeys, BaseScreen):
    """A screen that is a list."""


class ScrolledScreen(ListScreen):
    """A screen whose lines are read, not selected: the keys move the view."""

    def lines(self) -> AnsiLines:
        """What is scrolled."""
        raise NotImplementedError

    def list_length(self) -> int:
        """Lines there are."""
        return len(self.lines().rows)

    def list_page(self) -> int:
        """Lines on screen."""
        return self.lines().size.height

    def list_place(self) -> int:
        """The line on top."""
        return self.lines().top

    def list_go(self, index: int) -> None:
        """Puts a line on top, or the last ones into view."""
        lines = self.lines()
        lines.scroll_lines(index - lines.top)
