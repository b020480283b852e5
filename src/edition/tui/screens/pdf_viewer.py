"""The pages of a proof, one at a time, as they will print: drawn from the PDF itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.worker import get_current_worker

from edition.errors import EditionError
from edition.text_format import clean
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
_FINER = 2
"""Pages are drawn so many times larger than shown, and averaged: hairlines stay visible."""


def view(file: Path, index: int, width: int, height: int) -> tuple[Planes, int, int]:
    """A page at the size of a window.

    Args:
        file: the PDF.
        index: of the page, from 0.
        width: of the window, pixels.
        height: of the window, pixels, even.

    Returns:
        Planes, and their width and height.

    Raises:
        ProofError: the file can't be opened, or has no such page.
    """
    from PIL import Image

    from edition.proof.rasterize import render_page

    page = render_page(file, index, side=_FINER * max(width, height))
    scale = min(width / page.width, height / page.height)
    across = min(width, max(1, round(page.width * scale)))
    down = min(height, max(2, round(page.height * scale / 2) * 2))
    small = page.resize((across, down), Image.Resampling.LANCZOS)
    red, green, blue = (channel.tobytes() for channel in small.split())
    return (red, green, blue), across, down


class PdfViewer(BaseScreen):
    """One PDF."""

    room = PAGES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGES)]

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.index = self.total = 0

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
        self._read(self.index, *self.query_one("#page", PictureView).room)

    def _show_words(self) -> None:
        words = f"{self.index + 1:,} of {self.total:,}" if self.total else ""
        self.query_one("#index", PositionBar).show(self.index, 1, self.total, words)
        self.query_one("#keys", AnsiLines).show(
            self.key_row(
                ("step-left", "previous"), ("step-right", "next"),
                ("back", "back"), ("help", "keys"),
                right=(("dim", f"{clean(self.file.name)} "),),
            )
        )  # fmt: skip

    @work(thread=True, exclusive=True, group="page", exit_on_error=False)
    def _read(self, index: int, width: int, height: int) -> None:
        """Draws a page beside the UI's thread; a request that waited too long is dropped."""
        worker = get_current_worker()
        try:
            with _PDFIUM:
                if worker.is_cancelled:
                    return
                from edition.proof.rasterize import page_count

                total = page_count(self.file)
                found = view(self.file, min(index, total - 1), width, height)
        except EditionError as error:
            self.app.call_from_thread(self._fail, error)
            return
        self.app.call_from_thread(self._take, index, total, found)

    def _take(self, index: int, total: int, found: tuple[Planes, int, int]) -> None:
        if not self.is_mounted or index != self.index:
            return
        self.total, self.index = total, min(index, total - 1)
        self.query_one("#page", PictureView).show(*found)
        self._show_words()

    def _fail(self, error: EditionError) -> None:
        self.edition_app.tell(error)
        if self.is_current:
            self.dismiss()

    def action_step(self, where: str) -> None:
        """The next or the previous page."""
        self._go(self.index + (1 if where == "right" else -1))

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
