"""What a busy machine must not break: keys faster than screens, toasts that ended unseen."""

from __future__ import annotations

import asyncio
import contextlib
from traceback import walk_tb

from textual._context import active_message_pump
from textual.app import App
from textual.css.query import NoMatches
from textual.events import Event, Key
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import WorkerFailed

MOST_SECONDS = 2.0
"""A key waits no longer for a screen."""


BRIEFEST_TOAST = 0.05
"""Seconds."""


class LastingNotification(Notification):
    """A notification whose time left is never below zero.

    A toast made in the moment in which its notification ends starts a timer with that time, and
    with a negative one Textual 8.2's timer never gives the processor back: the screens froze.
    """

    @property
    def time_left(self) -> float:
        """Seconds until it expires."""
        return max(BRIEFEST_TOAST, super().time_left)

    @property
    def has_expired(self) -> bool:
        """Whether it has."""
        return super().time_left <= 0


class PatientApp(App[None]):
    """An application whose screens are made before they are spoken to.

    Over ssh keys arrive in bunches: Enter and Escape in one packet. A screen whose widgets are
    not there yet would fail, and with it the whole program. A key that a screen takes ahead of the
    line being written waits for the letters before it, which that line takes in its own time.
    """

    async def on_event(self, event: Event) -> None:
        """Holds a key until the screen it is meant for has been made; none opens on leaving."""
        if isinstance(event, Key) and self._exit:
            return
        if isinstance(event, Key) and self.screen_stack and not self.screen.is_mounted:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), MOST_SECONDS)
        if isinstance(event, Key) and not event.is_forwarded:
            await self._letters_taken()
            if isinstance(self.focused, Input) and await self._edits(self.focused, event):
                return
        await super().on_event(event)

    async def _edits(self, line: Input, event: Key) -> bool:
        """A line's own key at once: Textual's comes back to the application after next letters."""
        own = line._bindings.key_to_bindings.get(event.key)
        if not own or event.is_printable:
            return False
        if not await self._check_bindings(event.key, priority=True):
            await self.run_action(own[0].action, line)
        return True

    async def _letters_taken(self) -> None:
        written, taken = self.focused, asyncio.Event()
        writes = hasattr(written, "cursor_blink")  # a line or a text area, which loads syntax trees
        if written is not None and writes and written.call_later(taken.set):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(taken.wait(), MOST_SECONDS)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Shows a toast; arguments as Textual's."""
        lasting = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(
            Notify(LastingNotification(message, title, severity, lasting, markup=markup))
        )

    def _handle_exception(self, error: Exception) -> None:
        """A screen that is being taken down has no widgets: what it then misses is no fault."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, NoMatches) and self._was_left(cause):
            self.log.warning(f"a screen was left before it was made: {cause}")
            return
        super()._handle_exception(error)

    def _was_left(self, error: BaseException) -> bool:
        """Whether it arose in a screen that is no longer open.

        In one of its messages, or in what it had asked of another thread.
        """
        asked = [frame.f_locals.get("self") for frame, _ in walk_tb(error.__traceback__)]
        screens = [n for n in (active_message_pump.get(None), *asked) if isinstance(n, Screen)]
        return any(screen not in self.screen_stack for screen in screens)
