"""Textual's driver, whose parser takes no answer of the terminal for keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import constants
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Key
from textual.keys import Keys

from edition.tui.terminal.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message


class KeyParser(XTermParser):
    """Keys and the mouse, without what the terminal says of itself."""

    def __init__(self, debug: bool = False, *, typed: str = "") -> None:
        """Nothing has come yet.

        Args:
            debug: as Textual's.
            typed: keys that came before; the first to be handed on.
        """
        self._replies = Replies()
        self._typed = typed
        self._release_at: float | None = None
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Takes what came; ends with an empty one, as Textual's does."""
        if not data:
            self._replies.release()
            yield from super().feed("")
            return
        first, self._typed = self._typed, ""
        typed = self._replies.feed(first + data)
        doubtful = self._replies.doubtful
        self._release_at = get_time() + constants.ESCAPE_DELAY if doubtful else None
        if typed:
            yield from super().feed(typed)

    def _parse_extended_key(  # type: ignore[override]  # Textual keeps its results in a cache
        self, sequence: str
    ) -> list[Key] | None:
        """As Textual's, which lets a key's number that is no character end the input for good."""
        try:
            return super()._parse_extended_key(sequence)
        except (ValueError, OverflowError):
            return [Key(Keys.Ignore, sequence)]

    def tick(self) -> Iterable[Message]:
        """Escape alone is a key once nothing has followed it."""
        if self._typed:
            first, self._typed = self._typed, ""
            yield from self.feed(first)
        if self._release_at is not None and get_time() >= self._release_at:
            self._release_at = None
            yield from super().feed(self._replies.release())
            if self._timeout_time is not None:
                self._timeout_time = 0.0  # it has waited already
        yield from super().tick()


class KeyDriver(linux_driver.LinuxDriver):
    """Reads the terminal, beginning with what was typed while it was asked."""

    def run_input_thread(self) -> None:
        """Hands keys on until the screens are left."""
        parser = partial(KeyParser, typed=getattr(self._app, "typed", ""))
        linux_driver.XTermParser = parser  # type: ignore[attr-defined, assignment]
        super().run_input_thread()
