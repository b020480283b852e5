"""Keys that come faster than screens are made, and screens that are left before they are made."""

from __future__ import annotations

import asyncio
import contextlib

from textual._context import active_message_pump
from textual.app import App
from textual.css.query import NoMatches
from textual.events import Event, Key
from textual.screen import Screen

MOST_SECONDS = 2.0
"""A key waits no longer for a screen."""


class Patient(App[None]):
    """An application whose screens are made before they are spoken to.

    Over ssh keys arrive in bunches: Enter and Escape in one packet. A screen whose widgets are
    not there yet would fail, and with it the whole program.
    """

    async def on_event(self, event: Event) -> None:
        """Holds a key until the screen it is meant for has been made; none opens on leaving."""
        if isinstance(event, Key) and self._exit:
            return
        if isinstance(event, Key) and self.screen_stack and not self.screen.is_mounted:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), MOST_SECONDS)
        await super().on_event(event)

    def _handle_exception(self, error: Exception) -> None:
        """A screen that is being taken down has no widgets: what it then misses is no fault."""
        screen = active_message_pump.get(None)
        left = isinstance(screen, Screen) and screen not in self.screen_stack
        if left and isinstance(error, NoMatches):
            self.log.warning(f"{screen} was left before it was made: {error}")
            return
        super()._handle_exception(error)
