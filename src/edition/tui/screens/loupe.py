"""The loupe: one print as large as the terminal allows, its recipe beside it, others below."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal

from edition.actions import versions
from edition.errors import EditionError
from edition.tui import format_status, image_loader
from edition.tui.keymap import FILM, HISTORY, LOUPE, PROOF, VERSIONS, bindings
from edition.tui.picture_zoom import DIRECTIONS, PictureLook, PictureZoom
from edition.tui.screens.print_screen import PrintScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.filmstrip import Filmstrip
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.position_bar import PositionBar

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from edition.domain import Print
    from edition.tui.messages import LibraryChanged, Opened, PressChanged
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.half_blocks import Planes

PANEL_FROM = 72
"""Narrower terminals give all of their width to the picture."""
STRIP_FROM = 36
"""Lower terminals give all of their height to the picture."""
SLIDE_SECONDS = 4.0
"""How long a slideshow shows each print."""


class Loupe(PrintScreen):
    """One print at a time."""

    room = LOUPE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOUPE)]

    def __init__(self, roll: PrintList, print_id: int) -> None:
        super().__init__()
        self.roll = roll
        self.print_id = print_id
        self.zoom = PictureZoom()
        self.panel: bool | None = None
        self.strip: bool | None = None
        """Whether recipe and filmstrip are shown; None leaves it to the terminal's size."""
        self._slides: Timer | None = None
        self._asked: PictureLook | None = None
        self._shown: PictureLook | None = None

    def compose(self) -> ComposeResult:
        """The picture, the panel beside it, the filmstrip, the place in the list, the keys."""
        with Horizontal():
            yield PictureView(id="picture", sharp=True)
            yield AnsiLines(id="panel")
        yield self._strip
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    @cached_property
    def _strip(self) -> Filmstrip:
        return Filmstrip(self.roll, self.edition_app.graphics, id="strip")

    def on_resize(self, event: events.Resize) -> None:
        """Another size needs another picture."""
        self._arrange()
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        self.call_after_refresh(self._show)

    def _arrange(self) -> None:
        wide, high = self.app.size.width >= PANEL_FROM, self.app.size.height >= STRIP_FROM
        playing = self._slides is not None
        panel, strip = self.query_one("#panel"), self._strip
        panel.display = not playing and (wide if self.panel is None else self.panel)
        strip.display = not playing and (high if self.strip is None else self.strip)
        strip.fit_into(self.app.size.height)
        self.query_one("#index").display = not playing

    def current(self) -> Print | None:
        """The print shown."""
        return self.roll.one(self.print_id)

    def _look(self, item: Print) -> PictureLook:
        room = self.query_one("#picture", PictureView).room
        dark = item.marks.reject and not self.zoom.scale
        zoom = self.zoom if self.zoom.scale else PictureZoom()
        return PictureLook(item.file, room, zoom, dark)

    def _show(self) -> None:
        item = self.current()
        if item is None:
            self.dismiss(None)
            return
        picture, look = self.query_one("#picture", PictureView), self._look(item)
        seen = self._shown
        known = seen is not None and (seen.file, seen.room) == (item.file, look.room)
        if not (self.zoom.scale or known):
            rgb = self.roll.rgb((item.id,)).get(item.id, b"")
            picture.show_thumb(rgb, item.width, item.height, dark=look.dark)
        if self._asked != look or picture.dropped:
            self._asked = look
            self._read(look)
        self._show_words(item)

    @work(thread=True, exclusive=True, group="loupe", exit_on_error=False)
    def _read(self, look: PictureLook) -> None:
        """Reads the file beside the UI's thread; an older request is dropped."""
        try:
            found = image_loader.look_at(self.edition_app.root, look)
        except EditionError as error:
            self.app.call_from_thread(self._fail, look, error)
            return
        self.app.call_from_thread(self._take, look, found)

    def _take(self, look: PictureLook, found: tuple[Planes, int, int]) -> None:
        if self.is_mounted and look == self._asked:
            self.query_one("#picture", PictureView).show(*found)
            self._shown = look

    def _fail(self, look: PictureLook, error: EditionError) -> None:
        """The coarse picture stays; the file is looked for again when the print is."""
        if self._asked == look:
            self._asked = None
        self.edition_app.tell(error)

    def _show_words(self, item: Print) -> None:
        panel = self.query_one("#panel", AnsiLines)
        width = max(20, (panel.size.width or 34) - 1)
        enlarged = versions.versions(self.session, item) if item.upscaled else ()
        panel.show(*format_status.facts(item, self.marks.recipe_of(item), width, enlarged))
        at = self.roll.index(item.id)
        if self._strip.display:
            self._strip.show_at(at)
        zoom = f"{self.zoom.words}   " if self.zoom.scale else ""
        self.query_one("#index", PositionBar).show(
            at, 1, len(self.roll), f"{zoom}{at + 1:,} of {len(self.roll):,}"
        )
        self._show_keys(item)

    def _show_keys(self, item: Print) -> None:
        right: tuple[tuple[str, str], ...] = ()
        if self._slides is not None:
            key = self.edition_app.get_key_of("slideshow").split()
            right = (("dim", f"slideshow, {key[0] if key else 'Esc'} stops   "),)
        if not self.query_one("#panel").display:
            right = (*right, ("dim", f"seed {item.seed}  "), *format_status.marks(item))
        without = () if item.upscaled else ("compare",)
        words = {"zoom-0": "whole"} if self.zoom.scale else None
        self.query_one("#keys", AnsiLines).show(
            self.key_row(right=right, without=without, words=words)
        )

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Marks may have changed elsewhere, as by undo; prints may have come."""
        self.roll.forget()
        if self.roll.order == "made":
            self.roll.take_new()
        item = self.current()
        if item is not None and self._asked not in (None, self._look(item)):  # its light differs
            self._show()
        elif item is not None:
            self._show_words(item)

    def on_opened(self, event: Opened) -> None:
        """A click on the filmstrip."""
        self._go(event.index)

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
        elif pictures:
            self._show()
        else:
            self._show_words(prints[0])

    def action_step(self, where: str) -> None:
        """The next or the previous print; closer by, the arrows move the picture."""
        item = self.current()
        if self.zoom.scale and where in DIRECTIONS and item is not None:
            room = self.query_one("#picture", PictureView).room
            self.zoom = self.zoom.panned(where, room, (item.width, item.height))
            self._show()
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
            if self._slides is not None:
                self._slides.reset()
            self._show()

    def action_zoom(self, by: int) -> None:
        """Closer, farther, or between the whole picture and 1:1."""
        item = self.current()
        if item is None:
            return
        if by:
            room = self.query_one("#picture", PictureView).room
            self.zoom = self.zoom.stepped(by, room, (item.width, item.height))
        else:
            self.zoom = self.zoom.toggled()
        self._show()

    def action_size(self) -> None:
        """The filmstrip below the picture, or all room for the picture."""
        self.strip = not self._strip.display
        self._rearrange()

    def action_slideshow(self) -> None:
        """One print after the other by itself, with all room for the picture; or back."""
        if self._slides is not None:
            self._slides.stop()
            self._slides = None
        else:
            self._slides = self.set_interval(SLIDE_SECONDS, self._next_slide)
        self._rearrange()

    def _next_slide(self) -> None:
        """After the last comes the first; while another screen is over this one, it waits."""
        if self.is_current and len(self.roll):
            self._go((self.roll.index(self.print_id) + 1) % len(self.roll))

    def _rearrange(self) -> None:
        self._arrange()
        self.call_after_refresh(self._show)

    def action_details(self) -> None:
        """The recipe beside the picture, or all room for the picture."""
        self.panel = not self.query_one("#panel").display
        self._rearrange()

    def action_back(self) -> None:
        """Ends a slideshow; then back to the light table, with the selection on this print."""
        if self._slides is not None:
            self.action_slideshow()
        else:
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

    def action_compare(self) -> None:
        """The print and its enlarged versions, side by side at the same place."""
        item = self.current()
        if item is None:
            return
        sides = versions.sides(self.session, item)
        if len(sides) > 1:
            self.edition_app.open_screen(VERSIONS, self.roll, item.id, sides)
        else:
            key = self.edition_app.get_key_of("upscale").split()
            hint = f" {key[0]} makes one." if key else ""
            self.edition_app.say(f"There is no enlarged version to compare with.{hint}")

    def action_version(self) -> None:
        """Another of the enlarged versions goes to paper."""
        item = self.current()
        if item is None:
            return

        def told(version: versions.UpscaledVersion | None) -> None:
            if version is None:
                self.edition_app.say("There are fewer than two enlarged versions.")
                return
            self.edition_app.say(f"{format_status.version_words(version)} goes to paper.")
            self.roll.forget()
            if self.is_mounted:
                self._show()

        self.edition_app.write(lambda session: versions.choose_next(session, item.id), told)

    def action_proof(self) -> None:
        """Contact sheet and wall proof."""
        item = self.current()
        if item is not None:
            self.edition_app.open_screen(PROOF, item.slug)
