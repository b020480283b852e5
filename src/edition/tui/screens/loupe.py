"""The loupe: one print as large as the terminal allows, its recipe and seed beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal

from edition import paths
from edition.actions import versions
from edition.errors import EditionError
from edition.tui import format_status, image_loader
from edition.tui.keymap import FILM, HISTORY, LOUPE, PROOF, bindings
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.position_bar import PositionBar

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.domain import Print
    from edition.tui.messages import LibraryChanged, PressChanged
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.half_blocks import Planes

ZOOMS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Screen pixels for one of the picture; 0 shows the whole."""
PANEL_FROM = 72
"""Narrower terminals give all of their width to the picture."""


class Loupe(PrintScreen):
    """One print at a time."""

    room = LOUPE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOUPE)]

    def __init__(self, roll: PrintList, print_id: int) -> None:
        super().__init__()
        self.roll = roll
        self.print_id = print_id
        self.zoom = 0.0
        self.centre = (0.5, 0.5)
        self.panel: bool | None = None

    def compose(self) -> ComposeResult:
        """The picture, the panel beside it, the place in the list, the keys."""
        with Horizontal():
            yield PictureView(id="picture", sharp=True)
            yield AnsiLines(id="panel")
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    def on_resize(self, event: events.Resize) -> None:
        """Another size needs another picture."""
        self._arrange()
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        self.call_after_refresh(self._show)

    def _arrange(self) -> None:
        wide = self.app.size.width >= PANEL_FROM
        self.query_one("#panel").display = wide if self.panel is None else self.panel

    def current(self) -> Print | None:
        """The print shown."""
        return self.roll.one(self.print_id)

    def _show(self) -> None:
        item = self.current()
        if item is None:
            self.dismiss(None)
            return
        picture = self.query_one("#picture", PictureView)
        if not self.zoom:
            rgb = self.roll.rgb((item.id,)).get(item.id, b"")
            picture.show_thumb(rgb, item.width, item.height)
        self._read(item, *picture.room, self.zoom, self.centre)
        self._show_words(item)

    @work(thread=True, exclusive=True, group="loupe", exit_on_error=False)
    def _read(
        self, item: Print, width: int, height: int, zoom: float, centre: tuple[float, float]
    ) -> None:
        """Reads the file beside the UI's thread; an older request is dropped."""
        try:
            path = paths.inside(self.edition_app.root, item.file)
            found = image_loader.view(path, width, height, zoom, centre)
        except EditionError as error:
            self.app.call_from_thread(self.edition_app.tell, error)
            return
        self.app.call_from_thread(self._take, item.id, zoom, centre, found)

    def _take(
        self,
        print_id: int,
        zoom: float,
        centre: tuple[float, float],
        found: tuple[Planes, int, int],
    ) -> None:
        if self.is_mounted and (print_id, zoom, centre) == (self.print_id, self.zoom, self.centre):
            self.query_one("#picture", PictureView).show(*found)

    def _show_words(self, item: Print) -> None:
        panel = self.query_one("#panel", AnsiLines)
        width = max(20, (panel.size.width or 34) - 1)
        enlarged = versions.versions(self.session, item) if item.upscaled else ()
        panel.show(*format_status.facts(item, self.marks.recipe_of(item), width, enlarged))
        at = self.roll.index(item.id)
        zoom = f"{self.zoom:g}× pixels   " if self.zoom else ""
        self.query_one("#index", PositionBar).show(
            at, 1, len(self.roll), f"{zoom}{at + 1:,} of {len(self.roll):,}"
        )
        narrow: tuple[tuple[str, str], ...] = ()
        if not panel.display:
            narrow = (("dim", f"seed {item.seed}  "), *format_status.marks(item))
        self.query_one("#keys", AnsiLines).show(self.key_row(right=narrow))

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Marks may have changed elsewhere, as by undo; prints may have come."""
        self.roll.forget()
        if self.roll.order == "made":
            self.roll.take_new()
        item = self.current()
        if item is not None:
            self._show_words(item)

    def on_press_changed(self, _: PressChanged) -> None:
        """Nothing of the press shows here."""

    def vanish(self, ids: tuple[int, ...]) -> None:
        """The next print takes the place of one that is gone."""
        at = self.roll.index(self.print_id)
        self.roll.without(ids)
        if not len(self.roll):
            self.dismiss(None)
            return
        self.print_id = self.roll.ids[min(max(0, at), len(self.roll) - 1)]
        self._show()

    def reselect(self) -> None:
        """Reads the list again; the print shown stays if it is still in it."""
        at = self.roll.index(self.print_id)
        where = self.roll.where
        if where.stack:  # its top may be another one now
            where = replace(where, stack=self.acts.stack_of(list(self.roll.ids)))
        self.roll.choose(where, self.roll.order)
        if len(self.roll) and self.roll.index(self.print_id) < 0:
            self.print_id = self.roll.ids[min(max(0, at), len(self.roll) - 1)]
        if self.is_mounted:
            self._show()

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """The marks beside the picture; then on to the next, if that is wished."""
        if self.edition_app.advances:
            self.action_step("next")
        else:
            self._show_words(prints[0])

    def action_step(self, where: str) -> None:
        """The next or the previous print; closer by, the arrows move the picture."""
        if self.zoom and where in ("left", "right", "up", "down"):
            self._pan(where)
            return
        by = 1 if where in ("right", "down", "next") else -1
        self._go(self.roll.index(self.print_id) + by)

    def action_first(self) -> None:
        """The first print."""
        self._go(0)

    def action_last(self) -> None:
        """The last print."""
        self._go(len(self.roll) - 1)

    def _go(self, index: int) -> None:
        index = max(0, min(len(self.roll) - 1, index))
        if len(self.roll) and self.roll.ids[index] != self.print_id:
            self.print_id = self.roll.ids[index]
            self._show()

    def _pan(self, where: str) -> None:
        item = self.current()
        if item is None:
            return
        across, down = self.query_one("#picture", PictureView).room
        dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[where]
        step_x, step_y = across / self.zoom / item.width / 4, down / self.zoom / item.height / 4
        half_x = min(0.5, across / self.zoom / item.width / 2)
        half_y = min(0.5, down / self.zoom / item.height / 2)
        self.centre = (
            min(1 - half_x, max(half_x, self.centre[0] + dx * step_x)),
            min(1 - half_y, max(half_y, self.centre[1] + dy * step_y)),
        )
        self._show()

    def action_zoom(self, by: int) -> None:
        """Closer, farther, or the whole picture."""
        item = self.current()
        if item is None:
            return
        across, down = self.query_one("#picture", PictureView).room
        fit = min(across / item.width, down / item.height)
        steps = [0.0, *[zoom for zoom in ZOOMS if zoom > fit]]
        at = steps.index(self.zoom) if self.zoom in steps else 0
        self.zoom = steps[max(0, min(len(steps) - 1, at + by))] if by else 0.0
        if not self.zoom:
            self.centre = (0.5, 0.5)
        self._show()

    def action_details(self) -> None:
        """The recipe beside the picture, or all room for the picture."""
        self.panel = not self.query_one("#panel").display
        self._arrange()
        self.call_after_refresh(self._show)

    def action_back(self) -> None:
        """Back to the light table, with the selection on this print."""
        self.dismiss(self.print_id)

    def action_history(self) -> None:
        """All acts, newest first."""
        self.edition_app.open_screen(HISTORY)

    def action_film(self) -> None:
        """How this print came out of noise."""
        item = self.current()
        if item is not None:
            self.edition_app.open_screen(FILM, item)

    def action_upscale(self) -> None:
        """Enlarges this print."""
        item = self.current()
        if item is not None:
            ids, slug = (item.id,), item.slug
            self.edition_app.write(
                lambda session: session.upscale(slug, ids),
                lambda job: self.edition_app.say(
                    f"Queued: job {job}." if job else "Already enlarged."
                ),
            )

    def action_version(self) -> None:
        """Another of the enlarged versions goes to paper."""
        item = self.current()
        if item is None:
            return

        def told(version: versions.UpscaledVersion | None) -> None:
            if version is None:
                self.edition_app.say("There are fewer than two enlarged versions.")
                return
            figure = "" if version.fidelity_db is None else f", {version.fidelity_db:.1f} dB"
            self.edition_app.say(f"{version.method} ×{version.scale:g}{figure} goes to paper.")
            self.roll.forget()
            self._show()

        self.edition_app.write(lambda session: versions.choose_next(session, item.id), told)

    def action_proof(self) -> None:
        """Contact sheet and wall proof."""
        item = self.current()
        if item is not None:
            self.edition_app.open_screen(PROOF, item.slug)
