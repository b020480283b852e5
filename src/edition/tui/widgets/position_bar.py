"""Where one is in a long list: a thin line instead of a scroll bar."""

from edition.tui.widgets.ansi_canvas import AnsiCanvas


class PositionBar(AnsiCanvas):
    """Position and extent of the window, drawn over the full width."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._window = (0, 0, 0)
        self._words = ""

    def show(self, first: int, shown: int, total: int, words: str = "") -> None:
        """Says which part of the list is on screen.

        Args:
            first: index of the first one shown.
            shown: how many are.
            total: how many there are.
            words: at the right end.
        """
        if (self._window, self._words) != ((first, shown, total), words):
            self._window, self._words = (first, shown, total), words
            self.repaint()

    def paint(self, y: int, width: int) -> str:
        """The line, its bright part, and the words."""
        first, shown, total = self._window
        room = max(4, width - len(self._words) - 3)
        if total <= shown or not total:
            spans = [("faint", "─" * room)]
        else:
            size = max(1, round(room * shown / total))
            start = round((room - size) * first / max(1, total - shown))
            start = min(room - size, max(0, start))
            rest = room - start - size
            spans = [("faint", "─" * start), ("accent", "━" * size), ("faint", "─" * rest)]
        return self.ink.line(width, [("text", " "), *spans], [("dim", self._words), ("text", " ")])
