"""Pictures side by side at the same place: zoom and pan move all of them; flip and blink."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Grid
from textual.worker import get_current_worker

from edition.errors import EditionError
from edition.tui import image_loader
from edition.tui.picture_zoom import DIRECTIONS, PictureLook, PictureZoom
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from edition.tui.print_list import PrintList
    from edition.tui.terminal.ansi_style import Span
    from edition.tui.terminal.half_blocks import Planes

BLINK_SECONDS = 0.7
"""How long each picture is seen while they blink."""


@dataclass(frozen=True, slots=True)
class Pane:
    """One of the pictures."""

    file: str
    """Relative to the library's root; empty when it is gone."""
    size: tuple[int, int]
    """Pixels across and down."""
    caption: str
    rgb: bytes
    """Its thumbnail, 32x32 RGB8."""
    dark: bool = False
    """It is rejected."""


class SideBySide(PrintScreen):
    """Several pictures as large as they fit; with one pinned, two: it and a candidate.

    Subclasses say which: pictures are numbered by ``ids``.
    """

    same_part: ClassVar[bool] = False
    """Whether pictures of several sizes show the same part of what they show; 1:1 is that of the
    largest then."""

    def __init__(
        self, roll: PrintList, ids: tuple[int, ...], first: int, *, pinned: int | None = None
    ) -> None:
        """Lays pictures side by side.

        Args:
            roll: where the prints come from.
            ids: which.
            first: the one selected.
            pinned: stays while the other changes; None shows all at once.
        """
        super().__init__()
        self.roll = roll
        self.ids = ids
        self.pinned = pinned
        self.at = ids.index(first) if first in ids else 0
        self.zoom = PictureZoom()
        self.single: int | None = None
        """Place of the picture that is seen alone; None while all are."""
        self._stays_pinned = pinned is not None
        self._blinking: Timer | None = None
        self._largest = (1, 1)
        self._looks: dict[int, PictureLook] = {}
        self._asked: dict[int, PictureLook] = {}

    def pane(self, key: int) -> Pane | None:
        """What is known of a picture; None when it is gone."""
        raise NotImplementedError

    def heading(self) -> tuple[Span, ...]:
        """The text at the top."""
        raise NotImplementedError

    def name_of(self, key: int) -> str:
        """A picture in a word or two."""
        raise NotImplementedError

    @property
    def shown(self) -> tuple[int, ...]:
        """The pictures on screen."""
        if self.pinned is None:
            return self.ids
        return (self.pinned, self.ids[self.at])

    @property
    def selected(self) -> int:
        """What keys act on: while pictures blink the one chosen before, not the one of now."""
        if self.single is not None and self._blinking is None:
            return self.shown[self.single]
        return self.ids[self.at]

    @property
    def blinking(self) -> bool:
        """Whether pictures alternate by themselves."""
        return self._blinking is not None

    def compose(self) -> ComposeResult:
        """Title, pictures, keys."""
        yield AnsiLines(id="title")
        with Grid(id="pictures"):
            yield from self._views
        yield AnsiLines(id="keys")

    @cached_property
    def _views(self) -> list[PictureView]:
        number = len(self.shown)
        return [PictureView(id=f"picture-{i}", sharp=True, framed=True) for i in range(number)]

    def on_resize(self) -> None:
        """The pictures share the room."""
        self._lay()

    def _lay(self) -> None:
        shown = len(self.shown)
        for index, view in enumerate(self._views):
            view.display = index < shown and self.single in (None, index)
        columns = self._columns()
        grid = self.query_one("#pictures", Grid)
        grid.styles.grid_size_columns = columns
        grid.styles.grid_size_rows = -(-(1 if self.single is not None else shown) // columns)
        self.call_after_refresh(self._show)

    def _columns(self) -> int:
        """So many columns that the pictures, square ones, come out largest."""
        number = 1 if self.single is not None else len(self.shown)
        width, height = self.app.size.width, 2 * (self.app.size.height - 2)

        def side(columns: int) -> float:
            return min(width / columns, height / -(-number // columns))

        return max(range(1, number + 1), key=side)

    # pictures

    def _room(self, index: int) -> tuple[int, int]:
        """Pixels for a picture; those not seen will have the room of the one that is."""
        return self._views[index if self.single is None else self.single].room

    def _show(self) -> None:
        """Shows all as they should be; reads what is not there yet."""
        if not self.is_mounted:
            return
        panes = [self.pane(key) for key in self.shown]
        self._largest = max([pane.size for pane in panes if pane is not None], default=(1, 1))
        for index, pane in enumerate(panes):  # captions take room from the pictures
            self._label(index, pane)
        wanted = []
        for index, pane in enumerate(panes):
            view = self._views[index]
            if pane is None or not pane.file:
                view.show_nothing()
                self._looks.pop(index, None)
                continue
            look = self._look(index, pane)
            if self._looks.get(index) != look or view.dropped:
                self._preview(index, pane, look)
                wanted.append((index, look))
        self._asked = dict(wanted)
        if wanted:
            self._read(tuple(wanted))
        self._show_words()

    def _look(self, index: int, pane: Pane) -> PictureLook:
        """Closer by, each picture in its own pixels, or all showing the same part."""
        scale = self.zoom.scale
        if self.same_part:
            scale *= self._largest[0] / max(1, pane.size[0])
        zoom = PictureZoom(scale, self.zoom.centre) if scale else PictureZoom()
        return PictureLook(pane.file, self._room(index), zoom, pane.dark and not scale)

    def _preview(self, index: int, pane: Pane, look: PictureLook) -> None:
        """A coarse picture until the real one is read, where there is none of it yet."""
        before = self._looks.get(index)
        same = before is not None and (before.file, before.room) == (look.file, look.room)
        if same and not self._views[index].dropped:
            return
        if not look.zoom.scale:
            self._views[index].show_thumb(pane.rgb, *pane.size, dark=look.dark)
        self._looks.pop(index, None)

    def _label(self, index: int, pane: Pane | None) -> None:
        key = self.shown[index]
        pin = "pinned  " if self.pinned == key and index == 0 else ""
        caption = pane.caption if pane is not None else "gone"
        self._views[index].label(f"{pin}{caption}", picked=key == self.selected)

    def _show_labels(self) -> None:
        for index, key in enumerate(self.shown):
            self._label(index, self.pane(key))
        self._show_words()

    @work(thread=True, exclusive=True, group="side-by-side", exit_on_error=False)
    def _read(self, wanted: tuple[tuple[int, PictureLook], ...]) -> None:
        """Reads the files beside the UI's thread; stops when other ones are asked for."""
        worker = get_current_worker()
        for index, look in wanted:
            if worker.is_cancelled:
                return
            try:
                found = image_loader.look_at(self.edition_app.root, look)
            except EditionError as error:
                self.app.call_from_thread(self._fail, index, look, error)
                continue
            self.app.call_from_thread(self._take, index, look, found)

    def _take(self, index: int, look: PictureLook, found: tuple[Planes, int, int]) -> None:
        if self.is_mounted and self._asked.get(index) == look:
            self._views[index].show(*found)
            self._looks[index] = look

    def _fail(self, index: int, look: PictureLook, error: EditionError) -> None:
        """The coarse picture stays, and the fault is reported once."""
        if self._asked.get(index) == look:
            self._looks[index] = look
        self.edition_app.tell(error)

    def _show_words(self) -> None:
        left = self.heading()
        if self.zoom.scale:
            left = (*left, ("accent", f"   {self.zoom.words}"))
        if self._blinking is not None:
            left = (*left, ("dim", f"   blinking; marks go to {self.name_of(self.selected)}"))
        elif self.single is not None:
            left = (*left, ("dim", f"   {self.single + 1} of {len(self.shown)} at this place"))
        self.query_one("#title", AnsiLines).show((left, ()))
        words = {"zoom-0": "whole"} if self.zoom.scale else {}
        if self.pinned is not None:
            words["swap"] = "swap"
        if self._blinking is not None:
            words["blink"] = "hold"
        without = () if len(self.shown) > 1 else ("flip", "blink", "swap")
        self.query_one("#keys", AnsiLines).show(self.key_row(words=words, without=without))

    # moving

    def action_step(self, where: str) -> None:
        """Another picture is selected; closer by, the arrows move all pictures."""
        if self.zoom.scale and where in DIRECTIONS:
            self.zoom = self.zoom.panned(where, self._room(0), self._largest)
            self._show()
            return
        across = self._columns() if self.pinned is None else 1
        by = {"left": -1, "right": 1, "up": -across, "down": across, "next": 1, "previous": -1}
        self._select(self.at + by[where])

    def _select(self, at: int) -> None:
        """With one pinned, another candidate comes; it is never the pinned one."""
        last, by = len(self.ids) - 1, 1 if at > self.at else -1
        at = max(0, min(last, at))
        if self.pinned is not None and self.ids[at] == self.pinned:
            at = max(0, min(last, at + by))
            if self.ids[at] == self.pinned:
                return
        if at == self.at and self.single is None:
            return
        self.at = at
        if self.single is not None:
            self._alone(at if self.pinned is None else 1)
        if self.pinned is None:
            self._show_labels()
        else:
            self._show()

    def action_zoom(self, by: int) -> None:
        """Closer, farther, or between the whole pictures and 1:1: all of them."""
        if by:
            self.zoom = self.zoom.stepped(by, self._room(0), self._largest)
        else:
            self.zoom = self.zoom.toggled()
        self._show()

    def action_swap(self) -> None:
        """Pins the selected one; or the candidate, and the pinned one becomes the candidate."""
        if len(self.ids) < 2:
            return
        if self.pinned is None:
            self.pinned = self.selected
            at = self.ids.index(self.pinned)
            self.at = at + 1 if at + 1 < len(self.ids) else at - 1
            self.single = None
        else:
            self.pinned, self.at = self.ids[self.at], self.ids.index(self.pinned)
        self._hold()
        self._lay()

    # one at a time

    def action_flip(self) -> None:
        """The next picture at the same place, alone."""
        self._hold()
        self._turn()

    def action_blink(self) -> None:
        """Pictures alternate at the same place, or hold still."""
        if self._blinking is not None:
            self._hold()
            self._show_labels()
        elif len(self.shown) > 1:
            self._turn()
            self._blinking = self.set_interval(BLINK_SECONDS, self._turn)
            self._show_labels()

    def _turn(self) -> None:
        number = len(self.shown)
        if self.single is None:
            self.single = self.at if self.pinned is None else 1
            self._lay()
        elif number > 1:
            self._alone((self.single + 1) % number)
            if self.pinned is None and self._blinking is None:
                self.at = self.single
            self._show_labels()

    def _alone(self, index: int) -> None:
        """Shows one, which has been read with the others."""
        self.single = index
        for each, view in enumerate(self._views):
            view.display = each == index

    def _hold(self) -> None:
        if self._blinking is not None:
            self._blinking.stop()
            self._blinking = None

    def action_drop(self) -> None:
        """Takes the selected picture off the screen; nothing else happens to it."""
        gone = self.selected
        if gone == self.pinned:
            gone = self.ids[self.at]
        name, rest = self.name_of(gone), tuple(key for key in self.ids if key != gone)
        if not rest or (self._stays_pinned and len(rest) < 2):
            self.dismiss(None)
            return
        self._hold()
        self.single = None
        self.ids = rest
        self.at = min(self.at, len(rest) - 1)
        if self.pinned is not None and len(rest) < 2:
            self.pinned, self.at = None, 0
        elif rest[self.at] == self.pinned:
            self.at = self.at + 1 if self.at + 1 < len(rest) else self.at - 1
        self._lay()
        self.edition_app.say(f"Dropped {name}: it stays as it is.")

    def action_back(self) -> None:
        """Back to all pictures, then to the screen below."""
        if self.single is not None:
            self._hold()
            self.single = None
            self._lay()
        elif self.pinned is not None and not self._stays_pinned:
            self.at, self.pinned = self.ids.index(self.pinned), None
            self._lay()
        else:
            self.dismiss(None)
