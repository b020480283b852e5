"""The survey: a few prints side by side; one may be pinned and compared with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Grid

from edition import paths
from edition.errors import EditionError
from edition.text_format import count
from edition.tui import image_loader
from edition.tui.keymap import LOUPE, SURVEY, bindings
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.domain import Print
    from edition.tui.messages import LibraryChanged
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.half_blocks import Planes


class SurveyScreen(PrintScreen):
    """Several prints as large as they fit; with one pinned, two: it and a candidate."""

    room = SURVEY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SURVEY)]

    def __init__(
        self, roll: PrintList, ids: tuple[int, ...], first: int, *, pinned: int | None = None
    ) -> None:
        """Lays prints side by side.

        Args:
            roll: where they come from.
            ids: which.
            first: the one selected.
            pinned: stays while the other changes; None shows all at once.
        """
        super().__init__()
        self.roll = roll
        self.ids = ids
        self.pinned = pinned
        self.at = ids.index(first) if first in ids else 0

    @property
    def shown(self) -> tuple[int, ...]:
        """Ids of the prints on screen."""
        if self.pinned is None:
            return self.ids
        return (self.pinned, self.ids[self.at])

    def compose(self) -> ComposeResult:
        """Title, pictures, keys."""
        yield AnsiLines(id="title")
        with Grid(id="pictures"):
            for index in range(len(self.shown)):
                yield PictureView(id=f"picture-{index}", sharp=True)
        yield AnsiLines(id="keys")

    def on_resize(self) -> None:
        """The pictures share the room."""
        columns = self._columns()
        grid = self.query_one("#pictures", Grid)
        grid.styles.grid_size_columns = columns
        grid.styles.grid_size_rows = -(-len(self.shown) // columns)
        self.call_after_refresh(self._show)

    def _columns(self) -> int:
        """So many columns that the pictures, square ones, come out largest."""
        number, width = len(self.shown), self.app.size.width
        height = 2 * (self.app.size.height - 2)

        def side(columns: int) -> float:
            return min(width / columns, height / -(-number // columns))

        return max(range(1, number + 1), key=side)

    def _show(self) -> None:
        prints = self.roll.prints(self.shown)
        thumbs = self.roll.rgb(self.shown)
        wanted = []
        for index, print_id in enumerate(self.shown):
            picture = self.query_one(f"#picture-{index}", PictureView)
            item = prints.get(print_id)
            if item is None:
                picture.show_nothing()
                continue
            self._label(picture, item, index)
            picture.show_thumb(thumbs.get(print_id, b""), item.width, item.height)
            wanted.append((index, item.file, picture.room))
        self._read(self.shown, tuple(wanted))
        self._show_words()

    def _label(self, picture: PictureView, item: Print, index: int) -> None:
        m = item.marks
        sign = "★ " if m.star else "✕ " if m.reject else ""
        pin = "pinned  " if self.pinned is not None and index == 0 else ""
        rating = f"  {m.rating}" if m.rating else ""
        label = f"  ● {m.label}" if m.label else ""
        words = f"{pin}{sign}{item.seed}{rating}{label}"
        picture.label(words, picked=item.id == self._current_id())

    def _current_id(self) -> int:
        return self.ids[self.at]

    @work(thread=True, exclusive=True, group="survey", exit_on_error=False)
    def _read(
        self, shown: tuple[int, ...], wanted: tuple[tuple[int, str, tuple[int, int]], ...]
    ) -> None:
        """Reads the files beside the UI's thread."""
        for index, file, (width, height) in wanted:
            try:
                found = image_loader.view(paths.inside(self.edition_app.root, file), width, height)
            except EditionError as error:
                self.app.call_from_thread(self.edition_app.tell, error)
                return
            self.app.call_from_thread(self._take, shown, index, found)

    def _take(self, shown: tuple[int, ...], index: int, found: tuple[Planes, int, int]) -> None:
        if self.is_mounted and shown == self.shown:
            self.query_one(f"#picture-{index}", PictureView).show(*found)

    def _show_words(self) -> None:
        if self.pinned is None:
            left = (("bright", " Survey"), ("dim", f"   {count(len(self.ids), 'print')}"))
        else:
            left = (("bright", " Compare"), ("dim", f"   {self.at + 1} of {len(self.ids)}"))
        self.query_one("#title", AnsiLines).show((left, ()))
        self.query_one("#keys", AnsiLines).show(
            self.key_row(without=() if self.pinned is not None else ("swap",))
        )

    def current(self) -> Print | None:
        """The selected print."""
        return self.roll.one(self._current_id())

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """New captions; then on to the next, if that is wished."""
        self._show_labels()
        if self.edition_app.advances:
            self.action_step("right")

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Marks may have changed, as by undo."""
        self.roll.forget()
        self._show_labels()

    def _show_labels(self) -> None:
        prints = self.roll.prints(self.shown)
        for index, print_id in enumerate(self.shown):
            if print_id in prints:
                self._label(
                    self.query_one(f"#picture-{index}", PictureView), prints[print_id], index
                )

    def action_step(self, where: str) -> None:
        """Another print is selected; with one pinned, another candidate comes."""
        across = self._columns() if self.pinned is None else 1
        by = {"left": -1, "right": 1, "up": -across, "down": across}[where]
        at = max(0, min(len(self.ids) - 1, self.at + by))
        if self.pinned is not None and self.ids[at] == self.pinned:
            at = max(0, min(len(self.ids) - 1, at + (1 if by > 0 else -1)))
            if self.ids[at] == self.pinned:
                return
        if at != self.at:
            self.at = at
            if self.pinned is None:
                self._show_labels()
            else:
                self._show()

    def action_swap(self) -> None:
        """The candidate is pinned, and the pinned one becomes the candidate."""
        if self.pinned is None or self.pinned not in self.ids:
            return
        old = self.pinned
        self.pinned = self._current_id()
        self.at = self.ids.index(old)
        self._show()

    def action_open(self) -> None:
        """The selected print in the loupe."""
        self.edition_app.open_screen(LOUPE, self.roll, self._current_id())
