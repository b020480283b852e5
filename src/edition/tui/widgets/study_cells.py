"""The cells of a study in rows and columns, whose labels stay while the cells scroll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from edition.text_format import clean
from edition.tui.terminal import half_blocks
from edition.tui.terminal_text import fit
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from textual import events

    from edition.actions.study_grid import GridPage
    from edition.library.study_table import CellRow
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.ansi_style import Span
    from edition.tui.terminal.image_backend import ImageBackend

ACROSS, GAP, GUTTER = 16, 2, 14
"""Cells of the terminal: width of a picture, between two, and of the row labels."""
HEAD = 2
"""Lines of the column labels."""


class StudyCells(AnsiCanvas):
    """Thumbnails by row and column."""

    def __init__(self, roll: PrintList, graphics: ImageBackend, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.roll, self.graphics = roll, graphics
        self.page: GridPage | None = None
        self.row = self.column = 0
        self._top = self._left = 0
        self._drawn_cells: dict[tuple[int, bool], tuple[str, ...]] = {}

    @property
    def row_height(self) -> int:
        """Lines of a row: frame, picture, caption."""
        return self.graphics.down(ACROSS) + 2

    @property
    def rows(self) -> int:
        """Whole rows that fit."""
        return max(1, (self.size.height - HEAD) // self.row_height)

    @property
    def columns(self) -> int:
        """Whole columns that fit."""
        return max(1, (self.size.width - GUTTER) // (ACROSS + GAP))

    def lay(self, page: GridPage) -> None:
        """Shows a page; the cursor stays where it is."""
        self.page = page
        self._drawn_cells.clear()
        self.move(0, 0)

    def notify_style_update(self) -> None:
        """Pictures are drawn again, too."""
        super().notify_style_update()
        self._drawn_cells.clear()

    def move(self, down: int, across: int) -> None:
        """Moves the cursor, and the view with it."""
        if self.page is None:
            return
        self.row = max(0, min(len(self.page.rows) - 1, self.row + down))
        self.column = max(0, min(len(self.page.columns) - 1, self.column + across))
        self._top = max(self.row - self.rows + 1, min(self._top, self.row))
        self._left = max(self.column - self.columns + 1, min(self._left, self.column))
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the cursor in sight at any size."""
        super().on_resize(event)
        self.move(0, 0)

    def paint(self, y: int, width: int) -> str:
        """A line: column labels first, then rows of cells."""
        if self.page is None:
            return self.ink.line(width, ())
        shown = range(self._left, min(len(self.page.columns), self._left + self.columns))
        if y < HEAD:
            return self.ink.line(width, self._heading(self.page, shown) if y == 0 else ())
        row, inside = divmod(y - HEAD, self.row_height)
        row += self._top
        if row >= min(len(self.page.rows), self._top + self.rows):
            return self.ink.line(width, ())
        if 0 < inside < self.row_height - 1:
            return self._pictures(self.page, row, shown, inside - 1, width)
        spans: list[Span] = [("text", " " * GUTTER)]
        for column in shown:
            here = (row, column) == (self.row, self.column)
            if inside == 0:
                spans.append(("accent" if here else "text", ("▄" if here else " ") * ACROSS))
            else:
                spans.append(self._caption(self.page.cell(row, column), here=here))
            spans.append(("text", " " * GAP))
        return self.ink.line(width, spans)

    def _heading(self, page: GridPage, shown: range) -> list[Span]:
        corner = page.down and f"{page.down} ↓ "
        spans: list[Span] = [("dim", _exactly(f" {corner}", GUTTER))]
        for column in shown:
            text = clean(page.columns[column])
            if column == shown.start:
                text = f"{page.across} {text}".strip()
            tone = "bright" if column == self.column else "dim"
            spans += [(tone, _exactly(text, ACROSS)), ("text", " " * GAP)]
        return spans

    def _caption(self, cell: CellRow, *, here: bool) -> Span:
        item = self.roll.one(cell.print_id) if cell.print_id else None
        if item is None:
            tone, text = ("error", "× failed") if cell.error else ("faint", "·")
        else:
            sign = "★" if item.marks.star else "✕" if item.marks.reject else " "
            tone, text = ("accent" if item.marks.star else "dim"), f"{sign} {item.seed}"
        return ("select" if here else tone, _exactly(text, ACROSS))

    def _pictures(self, page: GridPage, row: int, shown: range, line: int, width: int) -> str:
        ids = [page.cell(row, column).print_id for column in shown]
        thumbs = self.roll.rgb([i for i in ids if i])
        tones = self.ink.tones
        name = clean(page.rows[row]) if line == 0 else ""
        parts = [tones["bright" if row == self.row else "dim"] + _exactly(f" {name}", GUTTER)]
        for column, print_id in zip(shown, ids, strict=True):
            rgb = thumbs.get(print_id, b"")
            if len(rgb) == 3 * half_blocks.SIDE**2:
                shade = bool((item := self.roll.one(print_id)) and item.marks.reject)
                if (print_id, shade) not in self._drawn_cells:
                    drawn = self.graphics.thumb(print_id, rgb, ACROSS, shade=shade)
                    self._drawn_cells[print_id, shade] = drawn
                parts.append(self._drawn_cells[print_id, shade][line])
            else:
                failed = bool(page.cell(row, column).error)
                sign = ("×" if failed else "·") if line == self.row_height // 2 - 1 else " "
                parts.append(tones["error" if failed else "faint"] + sign.center(ACROSS))
            parts.append(tones["text"] + " " * GAP)
        used = GUTTER + len(ids) * (ACROSS + GAP)
        return "".join(parts) + tones["text"] + " " * max(0, width - used) + "\x1b[0m"


def _exactly(text: str, width: int) -> str:
    """Text cut or filled to a width, with one blank at its end at least."""
    short = fit(text, width - 1)
    return short + " " * (width - cell_len(short))
