"""The training room: runs, their curves and samples; starts runs and the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import work
from textual.containers import Horizontal

from edition import text_format
from edition.actions import finetuning
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui import image_loader
from edition.tui.keymap import CORRIDOR, TRAIN, bindings
from edition.tui.screens.list_screen import ListScreen
from edition.tui.terminal_text import when
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.domain import CurvePoint, TrainingRun
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row

_PLOT_LINES = 4
_BESIDE_FROM = 100
"""Narrower terminals show no samples beside the runs."""


class TrainScreen(ListScreen):
    """An edition's trainings."""

    room = TRAIN
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TRAIN)]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.runs: tuple[TrainingRun, ...] = ()
        self.curve: tuple[CurvePoint, ...] = ()
        self._shown: tuple[str, float] | None = None

    def compose(self) -> ComposeResult:
        """Title, runs with the samples beside them, curves, keys."""
        yield TitleLine(id="title")
        with Horizontal():
            yield AnsiLines(id="runs")
            yield PictureView(id="samples", sharp=True)
        yield AnsiLines(id="curves")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the runs."""
        self.call_after_refresh(self._show)

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs another picture."""
        self._shown = None
        self.query_one("#samples").display = self.app.size.width >= _BESIDE_FROM
        self.call_after_refresh(self._show)

    def on_library_changed(self, _: LibraryChanged) -> None:
        """A step was trained, or a sample drawn."""
        self._show()

    def on_screen_resume(self) -> None:
        """Back from the map."""
        self._show()

    def _show(self) -> None:
        self.runs = finetuning.runs(self.session, self.slug)
        self.at = self.clamp(self.at)
        run = self.runs[self.at] if self.runs else None
        self.curve = finetuning.curve(self.session, run.id) if run else ()
        found = finetuning.maps(self.session, self.slug)
        right = (("dim", f"{count(len(found), 'map')} "),) if found else ()
        title = (("bright", f" {clean(self.slug)}"), ("dim", "   training"))
        self.query_one("#title", AnsiLines).show((title, right))
        self.query_one("#runs", AnsiLines).show(*self._rows())
        self.query_one("#curves", AnsiLines).show(*self._plots())
        keys = self.key_row(without=() if found else ("open",))
        self.query_one("#keys", AnsiLines).show(keys)
        if run is not None:
            self._show_samples(finetuning.samples_file(self.session, self.slug, run.name))

    def _rows(self) -> list[Row]:
        if not self.runs:
            return [
                ((), ()),
                ((("bright", "   No trainings yet."),), ()),
                ((("dim", '   Name a folder: images = "..." in [training] of the recipe,'),), ()),
                ((("dim", "   or: edition train dreambooth " + self.slug + " --images ..."),), ()),
            ]
        rows: list[Row] = [((), ())]
        for index, run in enumerate(self.runs):
            picked = index == self.at
            far = (
                f"{run.step} of {run.steps} steps" if run.step < run.steps else f"{run.step} steps"
            )
            left = (
                ("accent", " ▌ ") if picked else ("text", "   "),
                ("bright" if picked else "text", clean(run.name)),
                ("dim", f"   {far}"),
                ("good", f"   {clean(run.made)}" if run.made else ""),
            )
            rows.append((left, (("dim", f"{when(run.started)} "),)))
        return rows

    def _plots(self) -> list[Row]:
        if not self.curve:
            return []
        width = max(10, self.app.size.width - 22)
        last = self.curve[-1]
        rows: list[Row] = []
        for words, number, values in (
            ("loss", last.loss, tuple(p.loss for p in self.curve)),
            ("gradient", last.grad_norm, tuple(p.grad_norm for p in self.curve)),
        ):
            for y, line in enumerate(text_format.bars(values, width, _PLOT_LINES)):
                head = (words, f"{number:.4f}", "", "")[y] if y < _PLOT_LINES else ""
                rows.append(((("dim", f"   {head:10}  "), ("accent", line)), ()))
            rows.append(((), ()))
        return rows

    def _show_samples(self, file: Path) -> None:
        picture = self.query_one("#samples", PictureView)
        if not picture.display or not file.is_file():
            picture.show_nothing()
            return
        key = (str(file), file.stat().st_mtime)
        if key != self._shown:
            self._shown = key
            self._read(file, *picture.room)

    @work(thread=True, exclusive=True, group="samples", exit_on_error=False)
    def _read(self, file: Path, width: int, height: int) -> None:
        found = image_loader.view(file, width, height)
        self.app.call_from_thread(self.query_one("#samples", PictureView).show, *found)

    def list_length(self) -> int:
        """Runs there are."""
        return len(self.runs)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_start(self, what: Literal["dreambooth", "inversion", "corridor"]) -> None:
        """Queues a training with the recipe's own table."""
        slug = self.slug

        def ask(session: Session) -> finetuning.TrainingRequest:
            if what == "corridor":
                return finetuning.corridor(session, slug)
            return finetuning.train(session, slug, what)

        def told(asked: finetuning.TrainingRequest) -> None:
            for warning in asked.warnings:
                self.edition_app.say(warning)
            self.edition_app.say(f"Queued: job {asked.job}, {count(asked.pictures, 'picture')}.")

        self.edition_app.write(ask, told)

    def action_open(self) -> None:
        """The latest map."""
        found = finetuning.maps(self.session, self.slug)
        if not found:
            key = self.edition_app.get_key_of("start-corridor").split()[0]
            self.edition_app.say(f"There is no map yet: {key} makes one.")
            return
        try:
            finetuning.corridor_map(self.session, self.slug, found[0])
        except EditionError as error:
            self.edition_app.tell(error)
            return
        self.edition_app.open_screen(CORRIDOR, self.slug, found[0])
