"""Textual's driver for a browser, which takes in no more than the screens can do at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, cast

from textual.drivers.web_driver import WebDriver, _ExitInput

if TYPE_CHECKING:
    from textual.message import Message

    from edition.tui.app import EditionApp

MOST = 32
"""Messages that wait for the screens; what more a socket sends stays in its pipe."""


class Driver(WebDriver):
    """Reads keys as fast as they are acted on: asked to leave, the screens leave at once.

    Textual's own puts all that comes into the screens' queue, where the word to leave would wait
    behind a million keys.
    """

    def process_message(self, message: Message) -> None:
        """Hands on a key or a mouse event, in the reading thread."""
        self._catch_up()
        super().process_message(message)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Hands on what the server says, in the reading thread."""
        self._catch_up()
        if packet_type == "redraw":
            app = cast("EditionApp", self._app)
            self._loop.call_soon_threadsafe(app.call_later, self._redraw)
            return
        super().on_meta(packet_type, payload)

    def _redraw(self) -> None:
        """Draws all for a page that was loaded again, and knows nothing."""
        self.write("\x1b[?1049h\x1b[?25l")
        self._enable_mouse_support()
        self._request_terminal_sync_mode_support()
        self._enable_bracketed_paste()
        cast("EditionApp", self._app).draw_all()

    def _catch_up(self) -> None:
        """Waits until the screens have caught up; ends the reading thread when they are gone."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            while not self.exit_event.is_set():
                asked = asyncio.run_coroutine_threadsafe(self._waiting(), self._loop)
                with contextlib.suppress(TimeoutError):
                    if asked.result(1.0) < MOST:
                        return
                self.exit_event.wait(0.002)
        raise _ExitInput

    async def _waiting(self) -> int:
        """How much the screens have still to do; asked in their loop, after all that was sent."""
        app = cast("EditionApp", self._app)
        pumps = [app, *app._screen_stack, *([app.focused] if app._screen_stack else [])]
        messages = sum(pump.message_queue_size for pump in pumps if pump is not None)
        return messages + app.pen.waiting
