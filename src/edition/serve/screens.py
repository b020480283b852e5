"""The screens of one browser tab: a process of their own, ended whole."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from textual_serve.app_service import AppService

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 15.0
"""Seconds for the screens to write what was asked; then they are ended."""


def command(root: Path, slug: str | None) -> str:
    """The shell's line that starts the screens.

    Args:
        root: the library.
        slug: the edition whose light table comes first; None for the shelf.
    """
    words = [sys.executable, "-m", "edition.serve.child", str(root), *([slug] if slug else [])]
    if sys.platform == "win32":
        return subprocess.list2cmdline(words)
    return f"exec {shlex.join(words)}"  # exec: the screens' parent is the server, not a shell


class Screens(AppService):
    """Starts the screens, carries keys in and frames out, and sees them to their end."""

    async def on_data(self, payload: bytes) -> None:
        """A frame for the browser; one that has gone must not stop the screens from ending."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await super().on_data(payload)

    async def on_meta(self, data: bytes) -> None:
        """What the screens say besides frames."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await super().on_meta(data)

    async def run(self) -> None:
        """Reads until the screens end; then the tab is told."""
        try:
            await super().run()
        finally:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.remote_close()

    async def stop(self) -> None:
        """Asks the screens to leave and waits until they have.

        They first write what was asked. Those that do not answer are ended after PATIENCE.
        """
        if self._process is None:
            return
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(super().stop(), PATIENCE)
        for end in (None, self._process.terminate, self._process.kill):
            if end is not None:
                with contextlib.suppress(ProcessLookupError):
                    end()
            try:
                await asyncio.wait_for(self._process.wait(), 5.0)
            except TimeoutError:
                continue
            break
