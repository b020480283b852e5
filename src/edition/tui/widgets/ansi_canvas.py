"""A widget that paints lines of ANSI text and hands them to the terminal untouched.

Textual rebuilds every strip of a widget to apply borders and padding, and so renders each
thumbnail's 128 styles again: 2.8 ms a picture. A canvas answers ``render_lines`` itself, with
strips that carry their text ready made (0.08 ms), and pays for segments only where a strip is
cut: under a modal, in a screenshot, in a test. CSS borders and padding do not apply to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.ansi import AnsiDecoder
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from edition.tui.terminal.ansi_style import EMPTY, AnsiStyle, Depth, Row
from edition.tui.terminal.image_backend import ImageBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console
    from textual import events
    from textual.app import RenderResult

    from edition.tui.terminal.image_backend import PixelOverlay

_EMPTY_STYLE = Style()


class LazyStrip(Strip):
    """A line whose text is known, and whose segments are made when somebody asks for them."""

    __slots__ = ("_made", "_plain")

    def __init__(self, ansi: str, width: int, plain: Callable[[str], str] | None = None) -> None:
        """Keeps a painted line.

        Args:
            ansi: the line's text with its escape sequences.
            width: its cells; it must be exactly the widget's width, or Textual cuts it.
            plain: makes text of it that may be cut and tinted.
        """
        self._made: list[Segment] | None = None
        self._plain = plain
        self._cell_length = width
        self._render_cache = ansi
        self._divide_cache = FIFOCache(1)
        self._crop_cache = FIFOCache(2)
        self._style_cache = FIFOCache(1)
        self._filter_cache = FIFOCache(1)
        self._line_length_cache = FIFOCache(1)
        self._crop_extend_cache = FIFOCache(1)
        self._offsets_cache = FIFOCache(1)
        self._link_ids = None
        self._cell_count = None

    @property
    def _segments(self) -> list[Segment]:  # type: ignore[override]
        if self._made is None:
            text = self._render_cache or ""
            self._made = _segments(self._plain(text) if self._plain else text)
        return self._made

    def render(self, console: Console) -> str:
        """The text as painted."""
        return self._render_cache or ""


def _segments(ansi: str) -> list[Segment]:
    text = AnsiDecoder().decode_line(ansi)
    plain, made, done = text.plain, [], 0
    for span in sorted(text.spans, key=lambda s: s.start):
        if span.start > done:
            made.append(Segment(plain[done : span.start], _EMPTY_STYLE))
        style = span.style if isinstance(span.style, Style) else Style.parse(span.style)
        made.append(Segment(plain[span.start : span.end], style))
        done = span.end
    if done < len(plain):
        made.append(Segment(plain[done:], _EMPTY_STYLE))
    return made


class AnsiCanvas(Widget):
    """Paints itself line by line; keeps what it painted until it is cleared."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: dict[int, LazyStrip] = {}
        self._ink: AnsiStyle | None = None
        self._drawn: ImageBackend | None = None

    def paint(self, y: int, width: int) -> str:
        """Line ``y`` as ANSI text of exactly ``width`` cells; subclasses say which."""
        return self.ink.line(width, ())

    @property
    def ink(self) -> AnsiStyle:
        """The theme's tones, at this terminal's depth of colour."""
        if self._ink is None:
            self._ink = ink_of(self)
        return self._ink

    @property
    def drawn(self) -> ImageBackend:
        """How this terminal shows pictures."""
        if self._drawn is None:
            self._drawn = getattr(self.app, "graphics", None) or ImageBackend()
        return self._drawn

    def overs(self) -> Iterable[PixelOverlay]:
        """Pictures that belong over the cells, for a terminal that draws there."""
        return ()

    def forget(self, *lines: int) -> None:
        """Repaints some lines when they are next written, and not before."""
        for y in lines:
            self._strips.pop(y, None)

    def repaint(self, *lines: int) -> None:
        """Paints some lines again, or all when none is named.

        Whole lines: Textual sends a line from its start in any case.
        """
        if lines:
            for y in lines:
                self._strips.pop(y, None)
            self.refresh(*[Region(0, y, self.size.width, 1) for y in lines])
        else:
            self._strips.clear()
            self.refresh()

    def notify_style_update(self) -> None:
        """The theme or a class has changed: mix the inks again."""
        super().notify_style_update()
        self._ink = None
        self._strips.clear()

    def on_resize(self, event: events.Resize) -> None:
        """A new width needs new lines."""
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The painted lines of a region."""
        width = self.size.width
        strips: list[Strip] = [self._strip(y, width) for y in range(crop.y, crop.bottom)]
        if crop.x or crop.width != width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One painted line."""
        return self._strip(y, self.size.width)

    def render(self) -> RenderResult:
        """Nothing: lines are painted."""
        return ""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line, unless the style says more."""
        return 1

    def _strip(self, y: int, width: int) -> LazyStrip:
        strip = self._strips.get(y)
        if strip is None or strip._cell_length != width:
            strip = self._strips[y] = LazyStrip(self.paint(y, width), width, self.drawn.plain)
        return strip


class AnsiLines(AnsiCanvas):
    """A few lines of spans: titles, status, facts."""

    def __init__(
        self,
        *rows: Row,
        id: str | None = None,
        classes: str | None = None,
        top: int = 0,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rows = rows
        self.top = top

    def show(self, *rows: Row) -> None:
        """Replaces the lines; paints only those that differ."""
        old, self.rows = self.rows, rows
        changed = [
            y
            for y in range(max(len(old), len(rows)))
            if (old[y] if y < len(old) else EMPTY) != (rows[y] if y < len(rows) else EMPTY)
        ]
        if changed:
            self.repaint(*[y - self.top for y in changed if 0 <= y - self.top < self.size.height])

    def scroll_lines(self, by: int) -> None:
        """Moves the view over lines that are more than fit."""
        most = max(0, len(self.rows) - self.size.height)
        top = min(most, max(0, self.top + by))
        if top != self.top:
            self.top = top
            self.repaint()

    def reveal(self, row: int) -> None:
        """Moves the view no farther than it takes to see a line."""
        height = max(1, self.size.height)
        self.scroll_lines(min(0, row - self.top) or max(0, row - height + 1 - self.top))

    def paint(self, y: int, width: int) -> str:
        """A line of spans, or a blank one below the last."""
        index = y + self.top
        left, right = self.rows[index] if index < len(self.rows) else EMPTY
        return self.ink.line(width, left, right)


def ink_of(widget: Widget) -> AnsiStyle:
    """Mixes the inks of the theme in use."""
    app = widget.app
    depth: Depth = getattr(app, "depth", "true")
    ink = AnsiStyle.of(app.theme_variables, depth)
    if graphics := getattr(app, "graphics", None):
        graphics.ground = ink.ground
    return ink
