"""Serves the screens to browsers on this machine, through textual-serve."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp_jinja2 import render_template
from textual_serve.server import Server, to_int

from edition.errors import EditionError
from edition.web import tab_session
from edition.web.auth import FIELD, TokenAuth, check_host, url
from edition.web.tab_session import TabSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGES = Path(__file__).parent / "page"
SAFETY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer."""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Of the page: nothing comes from elsewhere, no other page may frame it. Sixel is decoded by
WebAssembly, which xterm.js brings."""
COMES_BACK = 10.0
"""Seconds for a tab to be loaded again before its screens leave."""
_TAB = re.compile(r"[0-9a-f-]{8,64}")
ANSWER = 0.3
"""Seconds for a browser to take a word that its tab is closed, or the rest of an answer."""


class GatedServer(Server):
    """textual-serve's server behind a gate."""

    def __init__(
        self,
        root: Path,
        *,
        slug: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        gate: TokenAuth | None = None,
    ) -> None:
        """Listens, but answers nobody before ``serve_until``.

        Args:
            root: the library.
            slug: the edition whose light table comes first; None for the shelf.
            host: of ``LOCAL_HOSTS``.
            port: 0 takes any that is free.
            gate: with its token; None makes a new one.

        Raises:
            EditionError: the host is not this machine, or the port is taken.
        """
        self.gate = gate or TokenAuth()
        self.listening = _listen(check_host(host), port)
        super().__init__(
            tab_session.command(root, slug),
            host=host,
            port=self.listening.getsockname()[1],
            title=f"edition · {slug or root.name}",
            templates_path=str(PAGES),
        )
        self._tabs: dict[web.WebSocketResponse, tuple[web.Request, TabSession]] = {}
        self._left: dict[str, TabSession] = {}
        """TabSession whose tab has gone and may come back, by the tab's own name."""
        self._leaving = False
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return url(self.host, self.port, self.gate.token)

    async def serve_until(self, leave: asyncio.Event) -> None:
        """Answers until it is stopped; then ends every tab's screens and waits for them."""
        runner = web.AppRunner(
            await self._make_app(), access_log=None, shutdown_timeout=ANSWER, lingering_time=ANSWER
        )
        await runner.setup()
        try:
            await web.SockSite(runner, self.listening).start()
            await leave.wait()
        finally:
            await runner.cleanup()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_static("/page", PAGES)
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(_harden)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        why = self.gate.refused(request.headers, request.query, request.cookies, self.port)
        if why:
            return web.Response(status=403, text=f"{why}\n")
        return await handler(request)

    async def on_startup(self, app: web.Application) -> None:
        """The verb says where the screens are."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Ends all tabs and waits for their screens, whatever their sockets do."""
        self._leaving = True
        left = [screens.stop() for screens in self._left.values()]
        self._left.clear()
        ends = [_end(tab, *its, code=1001) for tab, its in list(self._tabs.items())]
        await asyncio.gather(*ends, *left)

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page; from now on the cookie carries the token."""
        context: dict[str, Any] = {
            "font_size": max(6, min(60, to_int(request.query.get("fontsize", "16"), 16))),
            # as the browser names this machine: through a tunnel the port is another
            "socket": f"ws://{request.host}/ws",
            "title": self.title,
        }
        response = render_template("page.html", request, context)
        response.headers["Content-Security-Policy"] = POLICY
        if FIELD in request.query:
            response.set_cookie(
                self.gate.cookie(self.port), self.gate.token,
                httponly=True, samesite="Strict", path="/",
            )  # fmt: skip
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One tab: starts its screens, and sees them to their end."""
        tab = web.WebSocketResponse(heartbeat=15)
        await tab.prepare(request)
        size = [to_int(request.query.get(name, ""), fallback)
                for name, fallback in (("width", 80), ("height", 24))]  # fmt: skip
        name = request.query.get("tab", "") if _TAB.fullmatch(request.query.get("tab", "")) else ""
        service, code = self._left.pop(name, None), 1000
        again = service is not None and not service.ended
        if service is None or not again:
            service = self._new_screens(request, tab)
        self._tabs[tab] = request, service
        try:
            if again:
                await service.come_back(tab, *size)
            else:
                await service.start(*size)
            await self._process_messages(tab, service)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError):
            code = 1007  # what came was no message of ours
        finally:
            self._tabs.pop(tab, None)
            if name and code == 1000 and not (service.ended or self._leaving):
                self._keep(name, service)
            else:
                await asyncio.shield(_end(tab, request, service, code))
        return tab

    def _new_screens(self, request: web.Request, tab: web.WebSocketResponse) -> TabSession:
        return TabSession(
            self.command,
            write_bytes=tab.send_bytes,
            write_str=tab.send_str,
            close=tab.close,
            download_manager=self.download_manager,
            cell=request.query.get("cell", ""),
        )

    def _keep(self, name: str, service: TabSession) -> None:
        """Lets screens wait for their tab: a reload comes back to what it showed."""
        before = self._left.pop(name, None)
        self._left[name] = service

        async def end_later() -> None:
            if before is not None:
                await before.stop()
            await asyncio.sleep(COMES_BACK)
            if self._left.get(name) is service:
                del self._left[name]
                await service.stop()

        ending = asyncio.ensure_future(end_later())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


async def _end(
    tab: web.WebSocketResponse, request: web.Request, service: TabSession, code: int
) -> None:
    """Hangs up, also on a browser that neither reads nor answers, then sees the screens out."""
    try:
        await asyncio.wait_for(tab.close(code=code), ANSWER)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    await service.stop()


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SAFETY)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise EditionError(
            f"Port {port} of {host} can't be opened: {error.strerror or error}.",
            hint="Take any that is free: edition serve --port 0",
        ) from error


def serve(door: GatedServer) -> None:
    """Answers until Ctrl-C, or until the terminal or the system asks to leave."""

    async def stay() -> None:
        leave = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                try:
                    loop.add_signal_handler(getattr(signal, name), leave.set)
                except NotImplementedError:  # Windows: Ctrl-C cancels the loop instead
                    break
        await door.serve_until(leave)

    asyncio.run(stay())
