"""The pages of a proof, one at a time, as they will print: drawn from the PDF itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.worker import get_current_worker

from edition.errors import EditionError
from edition.text_format import clean
from edition.tui import image_loader
from edition.tui.keymap import PAGES, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.position_bar import PositionBar

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.terminal.half_blocks import Planes

_PDFIUM = threading.Lock()
"""PDFium must not be called from two threads at once."""
ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Times larger than the whole page."""
LARGEST_SIDE = 6000
"""Pixels of a page's longer side as it is drawn: about 75 MB."""
_DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_FINER = 2
"""Pages are drawn so many times larger than shown, and averaged: hairlines stay visible."""


def view(
    file: Path,
    index: int,
    width: int,
    height: int,
    zoom: float = 1.0,
    centre: tuple[float, float] = (0.5, 0.5),
) -> tuple[Planes, int, int]:
    """A page, or a part of it, at the size of a window.

    Args:
        file: the PDF.
        index: of the page, from 0.
        width: of the window, pixels.
        height: of the window, pixels, even.
        zoom: times larger than the whole page in the window.
        centre: of the part shown, 0 to 1 across and down.

    Returns:
        Planes, and their width and height.

    Raises:
        ProofError: the file can't be opened, or has no such page.
    """
    from edition.proof.rasterize import render_page

    side = min(LARGEST_SIDE, round(_FINER * max(width, height) * zoom))
    page = render_page(file, index, side=side)
    scale = min(width / page.width, height / page.height) * zoom
    return image_loader.part(page, width, height, scale, centre)


class PdfViewer(BaseScreen):
    """One PDF."""

    room = PAGES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGES)]

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.index = self.total = 0
        self.zoom = 1.0
        self.centre = (0.5, 0.5)

    def compose(self) -> ComposeResult:
        """The page, its place among the pages, the keys."""
        yield PictureView(id="page", sharp=True)
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs another picture; the first one comes by this too."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self._show_words()
        room = self.query_one("#page", PictureView).room
        self._read(self.index, *room, self.zoom, self.centre)

    def _show_words(self) -> None:
        zoom = f"{self.zoom:g}×   " if self.zoom > 1 else ""
        words = f"{zoom}{self.index + 1:,} of {self.total:,}" if self.total else ""
        self.query_one("#index", PositionBar).show(self.index, 1, self.total, words)
        self.query_one("#keys", AnsiLines).show(
            self.key_row(right=(("dim", f"{clean(self.file.name)} "),))
        )

    @work(thread=True, exclusive=True, group="page", exit_on_error=False)
    def _read(
        self, index: int, width: int, height: int, zoom: float, centre: tuple[float, float]
    ) -> None:
        """Draws a page beside the UI's thread; a request that waited too long is dropped."""
        worker = get_current_worker()
        try:
            with _PDFIUM:
                if worker.is_cancelled:
                    return
                from edition.proof.rasterize import page_count

                total = page_count(self.file)
                found = view(self.file, min(index, total - 1), width, height, zoom, centre)
        except EditionError as error:
            self.app.call_from_thread(self._fail, error)
            return
        self.app.call_from_thread(self._take, (index, zoom, centre), total, found)

    def _take(
        self,
        asked: tuple[int, float, tuple[float, float]],
        total: int,
        found: tuple[Planes, int, int],
    ) -> None:
        if not self.is_mounted or asked != (self.index, self.zoom, self.centre):
            return
        self.total, self.index = total, min(self.index, total - 1)
        self.query_one("#page", PictureView).show(*found)
        self._show_words()

    def _fail(self, error: EditionError) -> None:
        self.edition_app.tell(error)
        if self.is_current:
            self.dismiss()

    def action_step(self, where: str) -> None:
        """The next or the previous page; closer by, the arrows move the page."""
        if self.zoom > 1 and where in _DIRECTIONS:
            by, part = _DIRECTIONS[where], 0.5 / self.zoom
            moved = (at + part * step for at, step in zip(self.centre, by, strict=True))
            across, down = (min(1 - part, max(part, at)) for at in moved)
            self.centre = (across, down)
            self._show()
        else:
            self._go(self.index + (1 if where in ("right", "down", "next") else -1))

    def action_zoom(self, by: int) -> None:
        """Closer, farther, or the whole page."""
        at = ZOOMS.index(self.zoom) + by if by else 0
        self.zoom = ZOOMS[max(0, min(len(ZOOMS) - 1, at))]
        if self.zoom == 1:
            self.centre = (0.5, 0.5)
        self._show()

    def action_turn(self, pages: int) -> None:
        """The next or the previous page."""
        self._go(self.index + pages)

    def action_first(self) -> None:
        """The first page."""
        self._go(0)

    def action_last(self) -> None:
        """The last page."""
        self._go(self.total - 1)

    def _go(self, index: int) -> None:
        index = max(0, min(self.total - 1, index))
        if index != self.index:
            self.index = index
            self._show()
