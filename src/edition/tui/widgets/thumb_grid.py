"""The grid of thumbnails: whole rows, the same cost for a hundred prints and a hundred thousand."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.reactive import var

from edition.tui import image_loader
from edition.tui.messages import Moved, Opened
from edition.tui.terminal import half_blocks
from edition.tui.terminal.ansi_style import Span, clip
from edition.tui.terminal.ansi_style import cells as width_of
from edition.tui.terminal.image_backend import PixelOverlay
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from PIL.Image import Image
    from textual import events

    from edition.domain import Print
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.image_backend import ImageBackend

SIZES = (8, 16, 32)
"""Widths of a thumbnail, cells; as many lines as make a square."""
GAP = 2
"""Cells between two thumbnails."""
MOST_IMAGES = 15
"""Pictures over a screen's cells: xterm keeps 16, tmux 20, and both drop the oldest."""
PICTURES_KEPT = {8: 1200, 16: 500, 32: 150}
"""Painted thumbnails kept, by size: about 2.5 MB each."""


class ThumbGrid(AnsiCanvas, can_focus=True):
    """Thumbnails in rows, one of them selected.

    A row is a frame line, the picture's lines and a caption. The selection shows in the frame
    and the caption alone, so that moving it sends two lines and no picture.
    """

    cursor: var[int] = var(0)
    """Index of the selected print; the list's own number, not an id."""
    marked: var[frozenset[int]] = var(frozenset())
    """Ids of prints chosen besides the selected one."""
    across: var[int] = var(16)
    """Width of a thumbnail, cells: one of SIZES."""

    def __init__(self, roll: PrintList, graphics: ImageBackend, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.roll = roll
        self.graphics = graphics
        self.top = 0
        self._pictures: OrderedDict[tuple[int, int, bool], tuple[str, ...]] = OrderedDict()

    # geometry

    @property
    def row_height(self) -> int:
        """Lines of a row: frame, picture, caption."""
        return self.graphics.down(self.across) + 2

    @property
    def columns(self) -> int:
        """Thumbnails in a row."""
        return max(1, (self.size.width - GAP) // (self.across + GAP))

    @property
    def rows(self) -> int:
        """Whole rows that fit."""
        return max(1, self.size.height // self.row_height)

    @property
    def page(self) -> int:
        """Thumbnails on a screen."""
        return self.rows * self.columns

    @property
    def shown(self) -> range:
        """Indices on screen."""
        first = self.first_in(0)
        return range(first, min(len(self.roll), first + self.page))

    def first_in(self, row: int) -> int:
        """Index of the first thumbnail in a row of the screen."""
        return (self.top + row) * self.columns

    @property
    def margin(self) -> int:
        """Blank cells left of the first column: the grid is in the middle."""
        used = self.columns * (self.across + GAP) - GAP
        return max(0, (self.size.width - used) // 2)

    @property
    def current(self) -> int:
        """Id of the selected print; 0 in an empty list."""
        return self.roll.ids[self.cursor] if 0 <= self.cursor < len(self.roll) else 0

    def index_at(self, x: int, y: int) -> int:
        """The thumbnail under a point of the widget; -1 between them."""
        row, inside = divmod(y, self.row_height)
        column, off = divmod(x - self.margin, self.across + GAP)
        if row >= self.rows or off >= self.across or not 0 <= column < self.columns:
            return -1
        index = self.first_in(row) + column
        return index if index < len(self.roll) and inside < self.row_height else -1

    # moving

    def move(self, by: int) -> None:
        """Moves the selection by so many prints; stops at both ends."""
        self.go(self.cursor + by)

    def go(self, index: int) -> None:
        """Selects a print by its place and brings it on screen."""
        last = len(self.roll) - 1
        index = max(0, min(last, index))
        if index == self.cursor:
            return
        self.cursor = index

    def turn(self, pages: int) -> None:
        """Moves by whole screens; the selection keeps its place on the screen."""
        total_rows = -(-len(self.roll) // self.columns)
        top = max(0, min(total_rows - self.rows, self.top + pages * self.rows))
        moved = top - self.top
        if not moved:
            self.go(self.cursor + pages * self.page)
            return
        self.top = top
        self.repaint()
        self.cursor = max(0, min(len(self.roll) - 1, self.cursor + moved * self.columns))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paints the two places that differ, or the page when it had to turn."""
        if not self.is_mounted:
            return
        if not self._reveal(new):
            self._paint_places(old, new)
        self.post_message(Moved(new))

    def watch_marked(self, old: frozenset[int], new: frozenset[int]) -> None:
        """Captions show which prints are chosen."""
        if self.is_mounted and old != new:
            self.repaint(*[row * self.row_height + self.row_height - 1 for row in range(self.rows)])

    def watch_across(self, old: int, new: int) -> None:
        """Another size: the selection stays on screen."""
        if self.is_mounted and old != new:
            self._settle()

    def _reveal(self, index: int) -> bool:
        """Turns to the row of a print when it is off screen; True when it did."""
        row = index // self.columns
        top = min(self.top, row) if row < self.top else max(self.top, row - self.rows + 1)
        if top == self.top:
            return False
        self.top = top
        self.repaint()
        return True

    def _settle(self) -> None:
        self.top = min(self.top, max(0, self.cursor // self.columns))
        self._reveal(self.cursor)
        self.repaint()

    def _paint_places(self, *indices: int) -> None:
        lines = set()
        for index in indices:
            row = index // self.columns - self.top
            if 0 <= row < self.rows:
                lines |= {row * self.row_height, (row + 1) * self.row_height - 1}
        if lines:
            self.repaint(*sorted(lines))

    # set by the screen

    def show_list(self, cursor: int) -> None:
        """The list has changed: select a place in it and paint all."""
        self.set_reactive(ThumbGrid.cursor, max(0, min(cursor, len(self.roll) - 1)))
        total_rows = -(-len(self.roll) // self.columns)
        self.top = max(0, min(self.top, total_rows - 1))
        self._settle()
        self.post_message(Moved(self.cursor))

    def show_marks(self, ids: Collection[int], *, pictures: bool) -> None:
        """Marks of some prints have changed.

        Args:
            ids: whose.
            pictures: paint the pictures too: one that is rejected is shown in the dark.
        """
        first = self.first_in(0)
        rows = {(i - first) // self.columns for i in self.shown if self.roll.ids[i] in ids}
        for row in sorted(rows):
            end = (row + 1) * self.row_height
            if pictures and self.graphics.over:  # one is drawn over the other: no row blinks
                self.forget(*range(end - self.row_height, end))
                self.repaint(end - 1)
            else:
                self.repaint(*range(end - self.row_height if pictures else end - 1, end))

    # painting

    def paint(self, y: int, width: int) -> str:
        """A line of the grid."""
        row, inside = divmod(y, self.row_height)
        if row >= self.rows:
            return self.ink.line(width, ())
        first = self.first_in(row)
        indices = range(first, min(len(self.roll), first + self.columns))
        ids = [self.roll.ids[i] for i in indices]
        if inside == 0:
            return self._frame(indices, width)
        if inside == self.row_height - 1:
            return self._captions(indices, ids, width)
        return self._picture_line(ids, inside - 1, width)

    def _frame(self, indices: range, width: int) -> str:
        if self.cursor not in indices:
            return self.ink.line(width, ())
        column = self.cursor - indices.start
        start = self.margin + column * (self.across + GAP)
        return self.ink.line(width, [("text", " " * start), ("accent", "▄" * self.across)])

    def _captions(self, indices: range, ids: Sequence[int], width: int) -> str:
        prints = self.roll.prints(ids)
        spans: list[Span] = [("text", " " * self.margin)]
        for index, print_id in zip(indices, ids, strict=True):
            item = prints.get(print_id)
            picked = index == self.cursor
            tone = "select" if picked else "range" if print_id in self.marked else ""
            spans += (
                caption(item, self.across, tone, coloured=self.ink.coloured)
                if item
                else [("text", " " * self.across)]
            )
            spans.append(("text", " " * GAP))
        return self.ink.line(width, spans)

    def _picture_line(self, ids: Sequence[int], line: int, width: int) -> str:
        ground = self.ink.tones["text"]
        gap = f"{ground}{' ' * GAP}"
        pictures = self._row(ids)
        body = gap.join([picture[line] for picture in pictures])
        used = self.margin + len(ids) * (self.across + GAP) - GAP if ids else 0
        start = " " * self.margin if ids else ""
        return f"{ground}{start}{body}{ground}{' ' * max(0, width - used)}\x1b[0m"

    def _row(self, ids: Sequence[int]) -> list[tuple[str, ...]]:
        """The pictures of a row; those not yet painted are read and painted at once."""
        prints = self.roll.prints(ids)
        keys = [
            (i, self.across, bool(prints[i].marks.reject) if i in prints else False) for i in ids
        ]
        missing = [key for key in keys if key not in self._pictures]
        for key in keys:  # those just asked for are the last to be dropped
            if key in self._pictures:
                self._pictures.move_to_end(key)
        if missing:
            self._paint_pictures(missing)
        return [self._pictures[key] for key in keys]

    def _paint_pictures(self, keys: Sequence[tuple[int, int, bool]]) -> None:
        thumbs = self.roll.rgb([key[0] for key in keys])
        self._pictures |= dict.fromkeys(keys, (" " * self.across,) * (self.row_height - 2))
        whole = [key for key in keys if len(thumbs.get(key[0], b"")) == 3 * half_blocks.SIDE**2]
        drawn = self.graphics.row([(i, thumbs[i], shade) for i, _, shade in whole], self.across)
        self._pictures |= zip(whole, drawn, strict=True)
        kept = max(PICTURES_KEPT[self.across], 2 * self.page)
        while len(self._pictures) > kept:
            self._pictures.popitem(last=False)

    def overs(self) -> Iterable[PixelOverlay]:
        """Pictures drawn over the cells: a few side by side in each, as a screen bears few."""
        if not self.graphics.over:
            return
        a_row = max(1, MOST_IMAGES // self.rows)
        step = -(-self.columns // a_row)
        for row in range(self.rows):
            first = self.first_in(row)
            ids = list(self.roll.ids[first : min(len(self.roll), first + self.columns)])
            for start in range(0, len(ids), step):
                some = tuple(ids[start : start + step])
                width = len(some) * (self.across + GAP) - GAP
                x = self.margin + start * (self.across + GAP)
                place = Region(x, row * self.row_height + 1, width, self.row_height - 2)
                prints = self.roll.prints(some)
                shades = tuple(bool(i in prints and prints[i].marks.reject) for i in some)
                yield PixelOverlay(
                    place, (some, shades, self.ink.ground), self._sheet(some, shades)
                )

    def _sheet(
        self, ids: tuple[int, ...], shades: tuple[bool, ...]
    ) -> Callable[[], Callable[[], Image]]:
        across, down = self.across, self.row_height - 2
        ground, cell = self.ink.ground, self.graphics.cell

        def fetch() -> Callable[[], Image]:
            jpeg, rgb = self.graphics.thumbs(ids), self.roll.rgb(ids)
            found = [
                (jpeg.get(i, b""), rgb.get(i, b""), shade)
                for i, shade in zip(ids, shades, strict=True)
            ]
            size = (across * cell[0], down * cell[1])
            return lambda: image_loader.row(found, size, GAP * cell[0], ground)

        return fetch

    def notify_style_update(self) -> None:
        """Another theme: the pictures' ground differs too."""
        super().notify_style_update()
        self._pictures.clear()

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the selection on screen at any size."""
        super().on_resize(event)
        self._settle()

    # the mouse

    def on_click(self, event: events.Click) -> None:
        """One click selects, two open."""
        index = self.index_at(event.x, event.y)
        if index >= 0:
            self.go(index)
            if event.chain == 2:
                self.post_message(Opened(index))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A row down."""
        event.stop()
        self.move(self.columns)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A row up."""
        event.stop()
        self.move(-self.columns)


def caption(item: Print, width: int, tone: str = "", *, coloured: bool = True) -> list[Span]:
    """Mark and seed at the left, rating, label and stack at the right.

    Args:
        item: the print.
        width: cells, exactly filled.
        tone: of the whole caption; empty for each part's own.
        coloured: whether a label shows by its colour; else by its first letter.
    """
    marks = item.marks
    sign = "★" if marks.star else "✕" if marks.reject else " "
    left: list[Span] = [(tone or ("accent" if marks.star else "dim"), sign)]
    right: list[Span] = []
    if marks.label:
        right.append((tone or marks.label, "●" if coloured else marks.label[0].upper()))
    if marks.rating:
        right.append((tone or "bright", f"▪{marks.rating}"))
    if item.stack_size > 1 and width > 10:
        right.append((tone or "dim", f" ≡{item.stack_size}"))
    if item.upscaled and width > 10:
        right.append((tone or "good", " ▲"))
    ends = clip(right, max(0, width - 3))
    room = width - 1 - width_of(ends)
    text = str(item.seed)
    if len(text) > room - 1:  # the end of a long seed is more telling than its start
        text = "…" + text[-(room - 2) :] if room > 3 else ""
    left.append((tone or ("text" if not marks.reject else "dim"), f" {text}".ljust(room)))
    return [*left, *ends]
