"""The map of the corridor, walked with the arrow keys; Enter makes an edition of a cell."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal

from edition import paths
from edition.actions import finetuning
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui import image_loader
from edition.tui.keymap import CORRIDOR, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.terminal_text import fit
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.studies.lr_steps_grid import LrGridCell, LrStepsGrid
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row, Span

_TONES = {"asleep": "dim", "dreaming": "good", "forgetting": "yellow", "cooked": "error"}
_CELL, _HEAD = 13, 9
_BAR = 16


class LrStepsScreen(BaseScreen):
    """One map."""

    room = CORRIDOR
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CORRIDOR)]

    def __init__(self, slug: str, name: str) -> None:
        super().__init__()
        self.slug, self.name_of_map = slug, name
        self.row = self.column = 0
        self.map: LrStepsGrid | None = None
        self._walked = False

    def compose(self) -> ComposeResult:
        """Title, grid, the cell's pictures and gauges, keys."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="grid")
        with Horizontal():
            yield AnsiLines(id="gauges")
            yield PictureView(id="cell", sharp=True)
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Begins at the sweet spot."""
        self._look()

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs another picture."""
        self.call_after_refresh(self._show)

    def on_library_changed(self, _: LibraryChanged) -> None:
        """A cell may have come."""
        self._look()

    def _look(self) -> None:
        try:
            self.map = finetuning.corridor_map(self.session, self.slug, self.name_of_map)
        except EditionError as error:
            self.edition_app.tell(error)
            return
        sweet = self.map.sweet
        if sweet is not None and not self._walked:
            self.row = self.map.rates.index(sweet.rate)
            self.column = self.map.counts.index(sweet.steps)
        self.query_one("#grid").styles.height = 2 * len(self.map.rates) + 2
        self.call_after_refresh(self._show)

    def _current(self) -> LrGridCell | None:
        if self.map is None:
            return None
        return self.map.cell(self.map.rates[self.row], self.map.counts[self.column])

    def _show(self) -> None:
        if self.map is None:
            return
        done, total = len(self.map.cells), len(self.map.rates) * len(self.map.counts)
        far = count(total, "cell") if done == total else f"{done} of {total} cells"
        title = (("bright", f" {clean(self.slug)}"), ("dim", f"   {clean(self.name_of_map)}"))
        self.query_one("#title", AnsiLines).show((title, (("dim", f"{far} "),)))
        self.query_one("#grid", AnsiLines).show(*self._grid(self.map))
        cell = self._current()
        self.query_one("#gauges", AnsiLines).show(*self._gauges(cell))
        self.query_one("#keys", AnsiLines).show(self.key_row())
        picture = self.query_one("#cell", PictureView)
        folder = paths.studies_folder(self.edition_app.root, self.slug) / self.name_of_map
        sheet = (folder / cell.pictures[0]).parent / "sheet.png" if cell else None
        if sheet is None or not sheet.is_file():
            picture.show_nothing()
        else:
            self._read(sheet, *picture.room)

    def _grid(self, found: LrStepsGrid) -> list[Row]:
        head = "".join(f"{count_:>{_CELL - 1}} " for count_ in found.counts)
        rows: list[Row] = [((("dim", f" {'steps':<{_HEAD}}{head}"),), ()), ((), ())]
        for y, rate in enumerate(found.rates):
            spans: list[Span] = [("dim", f" {rate:<{_HEAD}.0e}")]
            for x, steps in enumerate(found.counts):
                cell = found.cell(rate, steps)
                here = (y, x) == (self.row, self.column)
                word = cell.verdict if cell else "·"
                mark = "▸ " if cell is not None and cell == found.sweet else ""
                tone = "select" if here else _TONES[cell.verdict] if cell else "faint"
                text = f"{mark}{word}"
                spans += [("text", " "), (tone, fit(f"{text:>{_CELL - 2}}", _CELL - 2))]
                spans.append(("text", " "))
            rows += [(tuple(spans), ()), ((), ())]
        return rows

    def _gauges(self, cell: LrGridCell | None) -> list[Row]:
        if cell is None:
            return [((("dim", "   Not measured yet."),), ())]
        sweet = self.map is not None and cell == self.map.sweet
        verdict = f"   {cell.verdict}" + (", suggested start" if sweet else "")
        rows: list[Row] = [
            ((("bright", f"   {cell.rate:g} after {cell.steps:,} steps"),), ()),
            (((_TONES[cell.verdict], verdict),), ()),
            ((), ()),
        ]
        for name, value in asdict(cell.gauges).items():
            full = round(min(1.0, max(0.0, value)) * _BAR)
            bar = (("accent", "█" * full), ("faint", "░" * (_BAR - full)))
            rows.append(((("dim", f"   {name:10}"), *bar, ("text", f" {value:5.2f}")), ()))
        return rows

    @work(thread=True, exclusive=True, group="cell", exit_on_error=False)
    def _read(self, file: Path, width: int, height: int) -> None:
        found = image_loader.view(file, width, height)
        self.app.call_from_thread(self.query_one("#cell", PictureView).show, *found)

    def action_step(self, where: str) -> None:
        """To the next cell in a direction."""
        if self.map is None:
            return
        self._walked = True
        down = {"up": -1, "down": 1}.get(where, 0)
        across = {"left": -1, "right": 1}.get(where, 0)
        self.row = max(0, min(len(self.map.rates) - 1, self.row + down))
        self.column = max(0, min(len(self.map.counts) - 1, self.column + across))
        self._show()

    def action_open(self) -> None:
        """Makes an edition that draws with the cell's model."""
        cell, slug, name = self._current(), self.slug, self.name_of_map
        if cell is None:
            self.edition_app.say("That cell is not measured yet.")
            return
        rate, steps = cell.rate, cell.steps
        self.edition_app.write(
            lambda session: finetuning.enter(session, slug, rate, steps, name=name),
            lambda made: self.edition_app.say(f"The edition {made} is on the shelf."),
        )
