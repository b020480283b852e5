"""The application: opens the session, watches the library, shows one screen at a time."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import work

from edition import paths
from edition.actions import job_queries, print_queries
from edition.actions.session import Session
from edition.errors import EditionError, StorageError
from edition.text_format import clean
from edition.tui import keymap, navigation, user_settings
from edition.tui.command_palette import ActionProvider
from edition.tui.db_threads import DbThread
from edition.tui.format_status import PressView
from edition.tui.messages import LibraryChanged, PressChanged
from edition.tui.screens.base_screen import BaseScreen, StatusMessage
from edition.tui.screens.library_screen import LibraryScreen
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.unsaved_dialog import UnsavedDialog
from edition.tui.terminal.capabilities import TerminalCapabilities
from edition.tui.terminal.choose_backend import settle_depth
from edition.tui.terminal.image_backend import ImageBackend
from edition.tui.textual_workarounds import PatientApp
from edition.tui.theme import DARK, LIGHT
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from rich.console import RenderableType
    from textual.binding import BindingType
    from textual.command import Provider
    from textual.driver import Driver as TextualDriver
    from textual.screen import Screen as TextualScreen
    from textual.timer import Timer

    from edition.tui.user_settings import UserSettings

T = TypeVar("T")
WATCH_SECONDS = 0.25
"""How often the library is asked whether anybody else has written: 6 µs each time."""
SAID_SECONDS, TOLD_SECONDS = 6.0, 20.0
"""How long messages, and errors, stay in the status line unless others replace them."""
LEAVE_SECONDS = 5.0
"""Within which a second Ctrl-C leaves."""
PRESS_SECONDS = 1.0
"""How often the press's process is looked for when nothing was written."""


class EditionApp(PatientApp):
    """Shelf, light table, loupe, press and proof over one library."""

    TITLE = "edition"
    BINDINGS: ClassVar[list[BindingType]] = [*keymap.general()]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        root: Path,
        *,
        slug: str | None = None,
        render: str | None = None,
        chosen: UserSettings | None = None,
        graphics: ImageBackend | None = None,
        terminal: TerminalCapabilities | None = None,
    ) -> None:
        """Opens the library.

        Args:
            root: its folder.
            slug: the edition whose light table comes first; None for the shelf.
            render: an edition to start rendering at once.
            chosen: the person's settings.
            graphics: how pictures are shown.
            terminal: its answers about itself.

        Raises:
            LibraryError: the library can't be opened.
        """
        styles = paths.shipped_styles() / "tui"
        super().__init__(css_path=sorted(styles.glob("*.tcss")))
        self.terminal = terminal or TerminalCapabilities()
        self.typed = self.terminal.typed
        self.root = root
        self.chosen = chosen or user_settings.UserSettings()
        self.depth = settle_depth(self.console, self.terminal, no_color=self.no_color)
        self.graphics = graphics or ImageBackend()
        self.graphics.depth = self.depth
        self.session = Session(root)
        self.pen = DbThread(root, "edition-pen", grace=0.012)
        self.eye = DbThread(root, "edition-eye")
        self.aside_hand = DbThread(root, "edition-aside")
        self.auto_advance = self.chosen.auto_advance
        self.advance_once = False
        self.press_view = PressView()
        self.faults: list[BaseException] = []
        self._asked: dict[Future[Any], str] = {}
        self._unwritten: list[str] = []
        self.said = StatusMessage()
        """The status line's text."""
        self.heard: deque[str] = deque(maxlen=100)
        """The latest that stood there."""
        self._hush: Timer | None = None
        self._leaving = 0.0
        self._first = slug
        self._render = render
        self._version = self.session.data_version()
        self.changes = 0
        self._frame: RenderableType | None = None
        self._ticks = 0
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = LIGHT.name if self.chosen.theme == "light" else DARK.name
        self.set_keymap(keymap.keymap(self.chosen.preset, self.chosen.keys))

    @property
    def advances(self) -> bool:
        """Whether the selection moves on after the mark that is being made."""
        return self.auto_advance or self.advance_once

    def get_driver_class(self) -> type[TextualDriver]:
        """Textual's for this system; on Linux one that takes no answer for a key."""
        found = super().get_driver_class()
        if found.__name__ == "LinuxDriver":
            from edition.tui.terminal.key_driver import KeyDriver

            return KeyDriver
        return found

    def on_mount(self) -> None:
        """Shows the first screen, starts watching, and starts what was asked for."""
        if self._driver is not None:
            self.graphics.attach(self._driver.write, partial(print_queries.jpeg, self.session))
        if self.graphics.coarse:
            self.call_after_refresh(self._refine)
        self._read_press()
        wanted = self._first or self._render or ""
        self.push_screen(LibraryScreen(covered=self._first is not None, first=wanted))
        if self._first is not None:
            self.push_screen(LightTable(self._first))
        self.set_interval(WATCH_SECONDS, self._watch)
        if self._render is not None:
            slug = self._render
            self.write(lambda session: session.render(slug))

    @work(thread=True, exit_on_error=False)
    def _refine(self) -> None:
        """Draws pictures as finely as the terminal can, once the first screen is there."""
        self.graphics.refine()
        self.call_from_thread(self._paint_again)

    def _paint_again(self) -> None:
        for screen in self.screen_stack:
            for canvas in screen.query(AnsiCanvas):
                canvas.notify_style_update()
                canvas.refresh()

    def _display(self, screen: TextualScreen[Any], renderable: RenderableType | None) -> None:
        """Keeps the frame for what is drawn over it."""
        self._frame = renderable
        super()._display(screen, renderable)
        self._frame = None  # one that was held back is no frame

    def draw_all(self) -> None:
        """Draws the whole screen again, as for a terminal that has forgotten it."""
        self._display(self.screen, self.screen._compositor.render_update(full=True))

    def _end_update(self) -> None:
        """Pictures over the cells come in the same breath as the frame."""
        if self.graphics.over and self._frame is not None:
            self.graphics.draw_over(self, self._frame)
        super()._end_update()

    def on_unmount(self) -> None:
        """Finishes what was asked, then closes the library."""
        self.graphics.close()
        self.pen.close()
        self.eye.close()
        self.aside_hand.close()
        self.session.close()

    # the library

    def write(
        self,
        act: Callable[[Session], T],
        then: Callable[[T], None] | None = None,
        what: str = "a change",
    ) -> None:
        """Does something to the library, in order, beside the UI's thread.

        Args:
            act: what; called with a session of its own.
            then: called with its result in the UI's thread.
            what: the same in words: it names the act if it can't be written.
        """
        future = self.pen.ask(act)
        self._asked[future] = what
        self._follow(self.pen, future, then)

    def read(self, act: Callable[[Session], T], then: Callable[[T], None]) -> None:
        """Reads what takes long, beside the UI's thread."""
        self._follow(self.eye, self.eye.ask(act), then)

    def aside(self, act: Callable[[Session], T], then: Callable[[T], None]) -> None:
        """Does what may take minutes and writes nothing to the library, beside all other reading.

        It is finished before the library is closed.
        """
        self._follow(self.aside_hand, self.aside_hand.ask(act), then)

    def _follow(self, hand: DbThread, future: Future[T], then: Callable[[T], None] | None) -> None:
        async def finish() -> None:
            waited = asyncio.wrap_future(future)
            waited.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                # shielded: leaving cancels this wait, and must not undo what was asked
                result = await asyncio.shield(waited)
                self._asked.pop(future, None)
            except Exception as error:
                self._failed(error, self._asked.pop(future, ""))
                result = None
            finally:
                hand.done()
            if then is not None and result is not None and self.is_running:
                then(result)
            self._watch()

        self.run_worker(finish(), group=f"hand-{id(hand)}", exit_on_error=True)

    def _failed(self, error: Exception, what: str) -> None:
        """Undoes the paint of an act that failed; one that the disk refused stays named."""
        if not isinstance(error, EditionError):
            self.fault(error)
        if not what:  # it was read only
            if isinstance(error, EditionError):
                self.tell(error)
            return
        self.changes += 1
        rooms = [screen for screen in self.screen_stack if isinstance(screen, BaseScreen)]
        if rooms:
            rooms[-1].post_message(LibraryChanged())
        if isinstance(error, StorageError) or not isinstance(error, EditionError):
            self._name_unwritten(what, _told(error))
        else:
            self.tell(error)

    def _name_unwritten(self, what: str, error: EditionError) -> None:
        self._unwritten.append(what)
        if isinstance(self.screen, UnsavedDialog):
            self.screen.name_again(error)
        else:
            self.push_screen(
                UnsavedDialog(self._unwritten, error), lambda _: self._unwritten.clear()
            )

    def unseen(self) -> EditionError | None:
        """What was asked for and not written, as nobody has seen it when the app was left."""
        acts, error = list(self._unwritten), None
        for future, what in self._asked.items():
            if future.done() and (fault := future.exception()) is not None:
                acts.append(what)
                error = _told(fault)
        if not acts:
            return None
        why = error or EditionError("The library could not be written.")
        return StorageError(f"Not written: {'; '.join(acts)}. {why.message}", hint=why.hint)

    def _watch(self) -> None:
        """Notifies the screen when another connection has written; the pen's own is one too."""
        if not self.is_running or self.pen.busy:
            return
        self._ticks += 1
        try:
            version = self.session.data_version()
        except EditionError:  # held by another program: it is asked again in a moment
            return
        changed = version != self._version
        if changed or self._ticks * WATCH_SECONDS >= PRESS_SECONDS:
            self._ticks = 0
            self._read_press()
        if changed:
            self._version = version
            self.changes += 1
            self.screen.post_message(LibraryChanged())

    def _read_press(self) -> None:
        try:
            view = PressView(self.session.press_state(), job_queries.live(self.session))
        except EditionError as error:
            self.tell(error)
            return
        if view != self.press_view:
            self.press_view = view
            if self.screen_stack:
                self.screen.post_message(PressChanged())

    # other screens

    def open_screen(
        self,
        name: str,
        *args: object,
        then: Callable[[Any], None] | None = None,
        **options: object,
    ) -> TextualScreen[Any]:
        """Opens a screen over the one shown.

        Args:
            name: which, one of ``navigation.SCREENS``.
            args: what its class takes.
            then: called with what the screen gives back.
            options: what its class takes by name.

        Returns:
            The screen.
        """
        opened = navigation.screen(name, *args, **options)
        self.push_screen(opened, then)
        return opened

    # telling

    def tell(self, error: EditionError) -> None:
        """Shows what is wrong and the next step."""
        self._show_said(
            StatusMessage("error", clean(error.message), clean(error.hint)), TOLD_SECONDS
        )

    def fault(self, error: BaseException) -> None:
        """Shows a fault of work beside the UI's thread; one of ours names the next step."""
        if not isinstance(error, EditionError):
            self.faults.append(error)
            self.log.error("".join(traceback.format_exception(error)))
        self.tell(_told(error))

    def say(self, text: str) -> None:
        """Shows a short word of what was done."""
        self._show_said(StatusMessage("text", clean(text)), SAID_SECONDS)

    def _show_said(self, said: StatusMessage, seconds: float) -> None:
        """One line on every screen, above its keys; the next one takes its place."""
        self.said = said
        self.heard.append(f"{said.text} {said.hint}".rstrip())
        if self._hush is not None:
            self._hush.stop()
        self._hush = self.set_timer(seconds, self._unsay) if said.text else None
        for room in self.screen_stack:
            if isinstance(room, BaseScreen):
                room.show_said()

    def _unsay(self) -> None:
        self.said, self._hush = StatusMessage(), None
        for room in self.screen_stack:
            if isinstance(room, BaseScreen):
                room.show_said()

    # actions of every screen

    async def action_help(self) -> None:
        """Every key of the screen one is at."""
        room = getattr(self.screen, "room", keymap.SHELF)
        if room != navigation.HELP:
            await self.push_screen(navigation.screen(navigation.HELP, room))

    def action_help_quit(self) -> None:
        """Ctrl-C: asks once, and leaves when it is pressed again."""
        now = time.monotonic()
        if now - self._leaving < LEAVE_SECONDS:
            self.exit()
            return
        self._leaving = now
        going = " The press goes on without the screens." if self.press_view.jobs else ""
        self.say(f"Ctrl+C once more leaves.{going}")

    def action_ground(self) -> None:
        """Dark or light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def get_key_of(self, act_id: str, room: str = "") -> str:
        """The keys of an action as they are now, for a person to read.

        Args:
            act_id: the action's name in the settings.
            room: the screen that means it; the one shown when empty.
        """
        if not room and self.screen_stack:
            room = getattr(self.screen, "room", "")
        acts = [act for act in keymap.ACTS if act.id == act_id]
        here = [act for act in acts if room in act.rooms]
        return self.get_key_of_act((here or acts)[0]) if acts else ""

    def get_key_of_act(self, act: keymap.KeyAction) -> str:
        """The keys of one row of the table."""
        moved = keymap.keymap(self.chosen.preset, self.chosen.keys)
        return keymap.shown(moved.get(act.id, act.keys))


def _told(error: BaseException) -> EditionError:
    """An error as the person reads it."""
    if isinstance(error, EditionError):
        return error
    return EditionError(
        f"Internal error: {type(error).__name__}: {error}.",
        hint="All written data is safe. Please report it: edition doctor",
    )
