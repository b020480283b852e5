"""A wall on the screen: prints hung to scale, one of them chosen, moved by keys."""

from __future__ import annotations

from array import array
from dataclasses import replace
from math import ceil, floor
from typing import TYPE_CHECKING, cast

from edition.actions import open_with
from edition.errors import EditionError
from edition.proof import sequence
from edition.proof.paper_sizes import INCH_MM, length, sized
from edition.proof.plate import laid
from edition.proof.wall_layout import hang_walls
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import clean, count
from edition.tui.controllers.print_files import open_one_of
from edition.tui.keymap import LOUPE, MEASURES, WORK
from edition.tui.print_list import PrintList
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.screens.proof_choice import ppi_tone
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.position_bar import PositionBar
from edition.tui.widgets.title_line import TitleLine
from edition.tui.widgets.wall_view import WallView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from edition.actions.print_sources import PrintSource, WallPrint
    from edition.proof.wall_layout import HungPrint, Wall
    from edition.tui.messages import Moved, Opened
    from edition.tui.screens.layout_form import LayoutForm
    from edition.tui.terminal.ansi_style import Row, Span

_SAME = 1e-6
"""Of a step: nearer to a whole one, a side is on it."""
STEPS_MM = {"mm": 50.0, "in": 2 * INCH_MM}
"""What one key makes a print larger or smaller, by the units of the proof."""


class WallScreen(BaseScreen):
    """What an edition's hang and an exhibition have in common."""

    source: PrintSource
    settings = ProofSettings()
    works: tuple[WallPrint, ...] = ()
    at = 0
    walls: tuple[Wall, ...] = ()
    fault: EditionError | None = None

    def compose(self) -> ComposeResult:
        """Title, wall, what is wrong or missing, facts of the chosen print, place, keys."""
        yield TitleLine(id="title")
        yield WallView(id="wall")
        yield AnsiLines(id="empty")
        yield AnsiLines(id="facts")
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    # what hangs

    def hang(self) -> None:
        """Hangs the prints again and shows the wall."""
        self.at = max(0, min(len(self.works) - 1, self.at))
        self.walls, self.fault = (), None
        if self.works:
            try:
                self.walls = hang_walls([work.picture for work in self.works], self.settings)
            except EditionError as error:
                self.fault = error
        self.show_all()

    def reorder(self, works: Sequence[WallPrint], at: int) -> None:
        """Another order, and where the chosen print now hangs."""
        self.works, self.at = tuple(works), at
        self.hang()

    @property
    def wall(self) -> Wall | None:
        """The wall that the chosen print hangs on."""
        return self._here[0]

    @property
    def _here(self) -> tuple[Wall | None, int]:
        """That wall, and which of all prints is the first on it."""
        start = 0
        for wall in self.walls:
            if self.at < start + len(wall.hung):
                return wall, start
            start += len(wall.hung)
        return None, 0

    @property
    def chosen(self) -> WallPrint | None:
        """The chosen print."""
        return self.works[self.at] if self.works else None

    # what is shown

    def show_all(self) -> None:
        """Paints everything."""
        if not self.is_mounted:
            return
        view, empty = self.query_one("#wall", WallView), self.query_one("#empty", AnsiLines)
        view.display, empty.display = self.wall is not None, self.wall is None
        looks = [b"" if work.fault else work.picture.look for work in self.works]
        ids = [work.item.id if work.item and not work.fault else 0 for work in self.works]
        wall, start = self._here
        shown = slice(start, start + len(wall.hung) if wall else start)
        view.show(wall, looks[shown], self.settings, self.at - start, ids[shown])
        if wall is None:
            empty.show(*self._without_wall())
        self.show_words()

    def show_words(self) -> None:
        """Paints the texts about the wall and the chosen print."""
        left, right = self.title_row()
        self.query_one("#title", AnsiLines).show((left, (*right, ("text", " "))))
        self.query_one("#facts", AnsiLines).show(*self._facts())
        total = len(self.works)
        words = f"{self.at + 1:,} of {total:,}" if total else ""
        self.query_one("#index", PositionBar).show(self.at, 1, total, words)
        self.query_one("#keys", AnsiLines).show(self.keys())

    def title_row(self) -> Row:
        """The title; subclasses add to it."""
        return (), self._wall_words()

    def keys(self) -> Row:
        """The line of keys; subclasses say which."""
        return (), ()

    def empty_rows(self) -> list[Row]:
        """What to do when nothing hangs; subclasses say."""
        return []

    def _wall_words(self) -> tuple[Span, ...]:
        if self.wall is None:
            return ()
        size, units = self.wall.size, self.settings.units
        large = f"{size.width / 1000:.2f} × {size.height / 1000:.2f} m"
        if units != "mm":
            large = f"{sized(size, units)} {units}"
        number = f" ({self.walls.index(self.wall) + 1} of {len(self.walls)})"
        which = f"{clean(self.wall.name)}{number}   " if len(self.walls) > 1 else ""
        prints = count(len(self.works), "print")
        return (("dim", f"{which}{prints}   {self.settings.hang}   {large}"),)

    def _without_wall(self) -> list[Row]:
        if self.fault is None:
            return [((), ()), *self.empty_rows()]
        width = max(20, self.size.width - 6)
        rows: list[Row] = [((), ())]
        rows += [((("error", f"   {line}"),), ()) for line in _wrapped(self.fault.message, width)]
        rows += [((("dim", f"   {line}"),), ()) for line in _wrapped(self.fault.hint, width)]
        key = self.edition_app.get_key_of("measures").split()
        rows += [((), ()), ((("dim", f"   {key[0]} opens the wall's measures"),), ())]
        return rows

    def _facts(self) -> list[Row]:
        work = self.chosen
        if work is None:
            return []
        picture, item = work.picture, work.item
        name: list[Span] = [("text", f" {clean(picture.edition)}"), ("dim", "  seed ")]
        name.append(("text", str(picture.seed)))
        if item is not None and item.marks.rating:
            name.append(("dim", f"  {item.marks.rating}"))
        rows: list[Row] = [(tuple(name), self._placed())]
        if work.fault:
            rows.append(((("error", f" {clean(work.fault)}"),), ()))
        else:
            rows.append(((("dim", f" {clean(picture.note)}"),), ()))
        return rows

    def _placed(self) -> tuple[Span, ...]:
        """Where the chosen print hangs, as the hanging list says it."""
        if self.wall is None:
            return ()
        hung = self._hung
        picture, size = hung.framed.picture, hung.framed.print_size
        sharp = int(laid(picture, size, self.settings).ppi)
        wide = self.size.width >= 100
        units = self.settings.units
        left, nail, hook = (length(x, units) for x in (hung.box.x, hung.nail_x, hung.hook_y))
        across = f"left edge {left}   nail {nail}   hook {hook}"
        short = f"{left} | {nail} • {hook}"
        return (
            ("dim", f"{across if wide else short}   "),
            ("text", f"{sized(size, units)} {units}"),
            (ppi_tone(sharp, self.settings), f"   {sharp} ppi "),
        )

    @property
    def _hung(self) -> HungPrint:
        """The chosen print in its place."""
        wall, start = self._here
        assert wall is not None
        return wall.hung[self.at - start]

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs another picture."""
        self.call_after_refresh(self.show_all)

    # keys

    def choose_at(self, index: int) -> None:
        """Chooses another print."""
        index = max(0, min(len(self.works) - 1, index))
        if self.works and index != self.at:
            self.at = index
            self.show_all()

    def action_step(self, where: str) -> None:
        """The print before or after in the order, or the one hanging above or below."""
        if where in ("left", "right"):
            self.choose_at(self.at + (1 if where == "right" else -1))
        else:
            wall, start = self._here
            if wall is not None:
                self.choose_at(start + _beyond(wall, self.at - start, up=where == "up"))

    def action_first(self) -> None:
        """The first print."""
        self.choose_at(0)

    def action_last(self) -> None:
        """The last print."""
        self.choose_at(len(self.works) - 1)

    def action_zoom(self, by: int) -> None:
        """Closer, farther, or the whole wall."""
        self.query_one("#wall", WallView).closer(by)

    def on_moved(self, event: Moved) -> None:
        """A click."""
        self.choose_at(self._here[1] + event.index)

    def on_opened(self, event: Opened) -> None:
        """A second click."""
        self.choose_at(self._here[1] + event.index)
        self.action_open()

    def action_open(self) -> None:
        """The chosen print in the loupe."""
        if self.chosen is None or self.chosen.item is None:
            return
        items = [work.item for work in self.works if work.item is not None]
        roll = PrintList(self.session, items[0].slug)
        roll.order = "seed"  # they are in the wall's order, not in that of their ids
        roll.ids = array("q", (item.id for item in items))
        self.edition_app.open_screen(LOUPE, roll, self.chosen.item.id, then=self._back_at)

    def _back_at(self, print_id: int | None) -> None:
        for index, work in enumerate(self.works):
            if work.item is not None and work.item.id == print_id:
                self.choose_at(index)

    def action_describe(self) -> None:
        """Title, year, medium and price of the chosen print."""
        if self.chosen is not None and self.chosen.item is not None:
            self.edition_app.open_screen(WORK, (self.chosen.item,))

    def action_open_with(self) -> None:
        """The chosen print, the newest PDF or a folder, in a program of the desktop."""
        item = self.chosen.item if self.chosen is not None else None
        found: tuple[open_with.OpenTarget, ...] = ()
        if item is not None:
            folder = self.source.folder(self.edition_app.root)
            found = open_with.targets(self.session, item.slug, item, folder)
        open_one_of(self.edition_app, found)

    def action_measures(self) -> None:
        """Wall, frames and sizes in millimetres."""
        pictures = [work.picture for work in self.works]

        def back(_: int | None) -> None:
            self.measured(cast("LayoutForm", form).settings)

        form = self.edition_app.open_screen(
            MEASURES, self.source, self.settings, pictures, then=back
        )

    def measured(self, settings: ProofSettings) -> None:
        """The measures may be others now."""
        self.settings = settings
        self.hang()

    def sized(self, by: int) -> float:
        """The chosen print's longer side, a step larger or smaller, on whole steps."""
        if self.wall is None:
            return 0.0
        size = self._hung.framed.print_size
        side = max(size.width, size.height)
        step = STEPS_MM[self.settings.units]
        at = side / step
        steps = floor(at + _SAME) + 1 if by > 0 else ceil(at - _SAME) - 1
        return round(max(step, min(5000.0, steps * step)), 1)

    def moved_works(self, to: int) -> tuple[WallPrint, ...]:
        """The order with the chosen print at another place."""
        works = list(self.works)
        works.insert(to, works.pop(self.at))
        return tuple(works)

    def with_size(self, side: float) -> tuple[WallPrint, ...]:
        """The works with another size of the chosen one."""
        works = list(self.works)
        chosen = works[self.at]
        works[self.at] = replace(chosen, picture=replace(chosen.picture, print_mm=side))
        return tuple(works)


def by_look(
    works: Sequence[WallPrint], tell: Callable[[EditionError], None]
) -> tuple[WallPrint, ...]:
    """Works so that neighbours are alike; unchanged, with the reason, where one can't be seen."""
    seen = {id(work.picture): work for work in works}
    try:
        return tuple(seen[id(p)] for p in sequence.by_look([work.picture for work in works]))
    except EditionError as error:
        tell(error)
        return tuple(works)


def _beyond(wall: Wall, at: int, *, up: bool) -> int:
    """The nearest print above or below; the same where there is none."""
    here = wall.hung[at].box
    x, y = here.x + here.width / 2, here.y + here.height / 2
    best, found = float("inf"), at
    for index, hung in enumerate(wall.hung):
        box = hung.box
        rise = box.y + box.height / 2 - y
        if not up:
            rise = -rise
        if rise <= min(here.height, box.height) / 4:  # it hangs beside, not above
            continue
        far = rise + 2 * abs(box.x + box.width / 2 - x)
        if far < best:
            best, found = far, index
    return found


def _wrapped(text: str, width: int) -> list[str]:
    return [line for line in wrap(clean(text), width, 4) if line]
