"""The screens of one browser tab: a process of their own, ended whole."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionError
from textual_serve.app_service import AppService

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.web import WebSocketResponse

PATIENCE = 15.0
"""Seconds for the screens to write what was asked; then they are ended."""
CATCHING_UP = 0.5
"""Seconds for the screens to act on keys that are on their way; then they are asked to leave."""
GONE = (ConnectionError, ClientConnectionError, RuntimeError)
"""What writing to a browser that has gone raises."""
CELL = "EDITION_CELL"
"""In the screens' environment: pixels of the browser's cells."""
_CELL = re.compile(r"[1-9]\d{0,2}x[1-9]\d{0,2}")
CELLS = 1000
"""A terminal is at most so wide and high."""


def command(root: Path, slug: str | None) -> str:
    """The shell's line that starts the screens.

    Args:
        root: the library.
        slug: the edition whose light table comes first; None for the shelf.
    """
    words = [sys.executable, "-m", "edition.web.tab_process", str(root), *([slug] if slug else [])]
    if sys.platform == "win32":
        return subprocess.list2cmdline(words)
    return f"exec {shlex.join(words)}"  # exec: the screens' parent is the server, not a shell


class TabSession(AppService):
    """Starts the screens, carries keys in and frames out, and sees them to their end."""

    def __init__(self, command: str, *, cell: str = "", **line: Any) -> None:  # noqa: ANN401
        """Nothing is started yet.

        Args:
            command: the shell's line.
            cell: pixels of a cell, as ``9x19``; anything else means that they are unknown.
            line: to the browser, as textual-serve has it.
        """
        super().__init__(command, **line)
        self.cell = cell if _CELL.fullmatch(cell) else ""
        self.ended = False

    async def come_back(self, tab: WebSocketResponse, width: int, height: int) -> None:
        """Another socket of the same tab takes over; all is drawn again.

        Raises:
            TypeError: the size is no pair of whole numbers.
        """
        self.remote_write_bytes, self.remote_write_str = tab.send_bytes, tab.send_str
        self.remote_close = tab.close  # type: ignore[assignment] # what it returns is not looked at
        await self.set_terminal_size(width, height)
        await self.send_meta({"type": "redraw"})

    async def on_data(self, payload: bytes) -> None:
        """A frame for the browser; one that has gone must not stop the screens from ending."""
        with contextlib.suppress(*GONE):
            await super().on_data(payload)

    async def on_meta(self, data: bytes) -> None:
        """What the screens say besides frames."""
        with contextlib.suppress(*GONE):
            await super().on_meta(data)

    async def run(self) -> None:
        """Reads until the screens end; then notifies the tab."""
        try:
            await super().run()
        finally:
            self.ended = True
            with contextlib.suppress(*GONE):
                await self.remote_close()
            if self._process is not None and self._process.stdout is not None:
                while await self._process.stdout.read(1 << 16):
                    """What nobody sees is taken all the same: held up in writing, none leaves."""

    async def start(self, width: int, height: int) -> None:
        """Starts the screens; a size beyond what a terminal has is brought within."""
        await super().start(*_within(width, height))

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Gives the screens their new size.

        Raises:
            TypeError: it is no pair of whole numbers.
        """
        await super().set_terminal_size(*_within(width, height))

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        chosen = {"TEXTUAL_DRIVER": "edition.web.driver:Driver", CELL: self.cell}
        return super()._build_environment(width, height) | chosen

    async def stop(self) -> None:
        """Asks the screens to leave and waits until they have.

        They act on keys that are on their way, unless a socket has sent more than anybody types;
        they write what was asked. Those that do not answer are ended after PATIENCE.
        """
        process = self._process
        if process is None:
            return
        asked = asyncio.ensure_future(super().stop())  # its word waits behind keys in the pipe
        for end, seconds in (
            (None, CATCHING_UP), (process.terminate, PATIENCE), (process.kill, PATIENCE),
        ):  # fmt: skip
            if end is not None:
                with contextlib.suppress(ProcessLookupError):
                    end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), seconds)
                break
        with contextlib.suppress(TimeoutError, *GONE):
            await asyncio.wait_for(asked, PATIENCE)


def _within(width: int, height: int) -> tuple[int, int]:
    """A size that a terminal can have."""
    for side in (width, height):
        if type(side) is not int:
            raise TypeError(f"{side!r} is no number of cells.")
    return max(1, min(CELLS, width)), max(1, min(CELLS, height))
