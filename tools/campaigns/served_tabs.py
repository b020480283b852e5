"""A browser's tab without a browser: keys for the screens that ``edition serve`` shows."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit

SECONDS = 600
"""For screens to come up or to answer, also on a machine that is busy; then they hang."""
RIGHT = "\x1b[C"
_SHOWN, _HELP = b"reject", b"Key"
"""Of the light table, and of the page of keys: it comes when all keys before it were taken."""


def type_keys(address: str, keys: str) -> int:
    """Opens the address as a tab does, types keys one by one, and closes the tab.

    What the screens have drawn is written to standard output where it tells of a crash.

    Args:
        address: with its token.
        keys: as a terminal sends them; an arrow is one key.

    Returns:
        0; it ends otherwise by raising.
    """
    asyncio.run(_typed(address, keys))
    return 0


async def _typed(address: str, keys: str) -> None:
    from aiohttp import ClientSession, CookieJar

    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}"
    async with ClientSession(
        cookie_jar=CookieJar(unsafe=True), headers={"Origin": base}
    ) as session:
        async with session.get(address) as answer:
            answer.raise_for_status()
        async with session.ws_connect(f"{base}/ws?width=100&height=30") as tab:
            await _until(tab, _SHOWN)
            for key in keys.replace(RIGHT, "\0"):
                await tab.send_json(["stdin", RIGHT if key == "\0" else key])
            await tab.send_json(["stdin", "?"])
            await _until(tab, _HELP)


async def _until(tab: object, wanted: bytes) -> None:
    """Reads frames until a text has come."""
    seen = b""
    async with asyncio.timeout(SECONDS):
        async for message in tab:  # type: ignore[attr-defined]
            seen += message.data if isinstance(message.data, bytes) else b""
            if b"Traceback" in seen:
                os.write(1, seen[-4000:] + b"\n")
            if wanted in seen:
                return
    raise RuntimeError(f"{wanted!r} never came: {seen[-500:]!r}")
