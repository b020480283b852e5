"""The served screens: a real server, a real socket, real screens behind it."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError
from tests.fakes import heeding_ctrl_c
from tests.tui.helpers import config_home, make_edition
from tests.web.helpers import Served, ask, gone, knock, message

from edition.library.store import Store

__all__ = ["config_home"]
UPGRADE = (
    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip


@pytest.fixture
def root(tmp_path, config_home):
    folder = tmp_path / "editions"
    make_edition(folder, "pocket-dreams", range(1, 41), title="Pocket Dreams")
    return folder


@pytest.fixture
def served(root):
    running = Served(root, "pocket-dreams")
    yield running
    running.end()


def test_every_path_needs_the_token_and_this_machines_name(served):
    here = f"127.0.0.1:{served.port}"
    paths = ("/", "/ws", "/page/screens.js", "/page/xterm/xterm.js", "/static/", "/download/x",
             "/nothing")  # fmt: skip
    for path in paths:
        code, _, body = ask(served.port, path, host=here)
        assert (code, "token" in body) == (403, True), path
        code, _, _ = ask(served.port, path, host=here, lines=["Cookie: edition=x"])
        assert code == 403
        mark = "&" if "?" in path else "?"
        for host in ("evil.example", f"evil.example:{served.port}", ""):
            code, _, body = ask(served.port, f"{path}{mark}token={served.token}", host=host)
            assert code in (400, 403), (path, host)
            assert served.token not in body
        code, _, _ = ask(
            served.port, path, host=here,
            lines=["Origin: http://evil.example", f"Cookie: {served.cookie}"],
        )  # fmt: skip
        assert code == 403
    assert ask(served.port, "/", host=None)[0] in (400, 403)
    for path in paths[1:2]:
        code, _, _ = ask(served.port, path, host=here, lines=UPGRADE)
        assert code == 403
        evil = [*UPGRADE, f"Cookie: {served.cookie}", "Origin: http://evil.example"]
        assert ask(served.port, path, host=here, lines=evil)[0] == 403
    assert served.screens() == []  # nobody was let in


def test_the_first_answer_sets_the_cookie_and_the_rest_needs_nothing_else(served):
    here = f"127.0.0.1:{served.port}"
    code, head, body = ask(served.port, f"/?token={served.token}", host=here)
    assert code == 200
    cookie = next(line for line in head.splitlines() if line.lower().startswith("set-cookie"))
    assert served.cookie in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert f'data-socket="ws://{here}/ws"' in body
    assert served.token not in body
    for name in ("Content-Security-Policy", "X-Frame-Options: DENY", "Referrer-Policy: no-ref"):
        assert name in head
    asked = [f"Cookie: {served.cookie}"]
    for path in ("/", "/page/screens.js", "/page/xterm/xterm.css"):
        code, head, body = ask(served.port, path, host=here, lines=asked)
        assert code == 200
        assert "nosniff" in head
        assert len(body) > 1000
    assert ask(served.port, "/static/../../server.py", host=here, lines=asked)[0] in (403, 404)
    assert ask(served.port, "/static/%2e%2e/server.py", host=here, lines=asked)[0] in (403, 404)
    assert ask(served.port, "/page/../server.py", host=here, lines=asked)[0] in (403, 404)
    code, _, body = ask(served.port, "/", host="localhost:9000", lines=asked)  # through a tunnel
    assert code == 200
    assert "ws://localhost:9000/ws" in body
    for name in ("https://", "http://fonts", "//cdn"):
        assert name not in body  # nothing comes from elsewhere


async def read_until(tab, wanted, seconds=30):
    """Frames until a text has come; all that came."""
    seen = b""
    async with asyncio.timeout(seconds):
        async for message in tab:
            if isinstance(message.data, bytes):
                seen += message.data
            if wanted in seen:
                return seen
    raise AssertionError(f"{wanted!r} never came: {seen[-500:]!r}")


def browser(served):
    """A client that has opened the address once."""
    return ClientSession(
        cookie_jar=CookieJar(unsafe=True), headers={"Origin": served.base.rstrip("/")}
    )


async def test_keys_mark_prints_and_leaving_keeps_them(served, root):
    async with browser(served) as session:
        with pytest.raises(WSServerHandshakeError) as caught:
            await session.ws_connect(f"{served.base}ws")
        assert caught.value.status == 403
        async with session.get(served.url) as answer:
            assert answer.status == 200
        async with session.ws_connect(f"{served.base}ws?width=100&height=30") as tab:
            seen = await read_until(tab, b"reject")
            assert "▀".encode() in seen
            await tab.send_json(["resize", {"width": 90, "height": 28}])
            for key in (" ", "\x1b[C", " ", "\x1b[C", "x"):
                await tab.send_json(["stdin", key])
            await read_until(tab, b"rejected")
            screens = served.screens()
            assert len(screens) == 1
            code = await asyncio.to_thread(served.leave)
            assert code == 0
            async for _ in tab:
                pass
    assert gone(screens)
    with Store(root) as store:
        rows = store.prints.get(store.prints.select("pocket-dreams")[:3])
        found = [(p.marks.star, p.marks.reject) for p in rows.values()]
        assert found == [(True, False), (True, False), (False, True)]
        assert len(store.journal.history(100)) == 3


async def test_a_closed_tab_ends_its_screens_and_nobody_elses(served):
    async with browser(served) as session:
        await (await session.get(served.url)).release()
        one = await session.ws_connect(f"{served.base}ws")
        await read_until(one, b"reject")
        first = served.screens()
        two = await session.ws_connect(f"{served.base}ws")
        await read_until(two, b"reject")
        assert len(served.screens()) == 2
        await one.close()
        assert await asyncio.to_thread(gone, first)
        await two.send_json(["stdin", "\r"])
        await read_until(two, b"1:1")
        await two.send_str("{no message")  # what no browser sends
        last = served.screens()
        async for _ in two:
            pass
        assert two.close_code == 1007
        assert await asyncio.to_thread(gone, last)
        three = await session.ws_connect(f"{served.base}ws?width=99999999999&height=x")
        await read_until(three, b"reject")
        last = served.screens()
        await three.send_json(["stdin", "\x11"])  # ctrl+q: the screens leave by themselves
        async for _ in three:
            pass
        assert await asyncio.to_thread(gone, last)
    assert await asyncio.to_thread(served.leave, signal.SIGTERM, all_of_them=False) == 0


async def test_screens_leave_when_the_server_is_killed(served):
    async with browser(served) as session:
        await (await session.get(served.url)).release()
        async with session.ws_connect(f"{served.base}ws") as tab:
            await read_until(tab, b"reject")
            screens = served.screens()
            served.leave(signal.SIGKILL, all_of_them=False)
            assert await asyncio.to_thread(gone, screens)


async def test_a_tab_is_at_most_a_thousand_cells_wide_and_high_also_when_it_is_resized(served):
    async with browser(served) as session:
        await (await session.get(served.url)).release()
        async with session.ws_connect(f"{served.base}ws?width=80&height=24") as tab:
            await read_until(tab, b"reject")
            huge = {"width": 10**9, "height": 30}
            await tab.send_json(["resize", huge])
            await tab.send_json(["stdin", "?"])
            await read_until(tab, b"Key")  # they draw and answer
        async with session.ws_connect(f"{served.base}ws") as tab:
            await read_until(tab, b"reject")
            await tab.send_json(["resize", {"width": "90", "height": None}])
            async for _ in tab:
                pass
            assert tab.close_code == 1007


def flood(line, words, most):
    """Sends one message again and again until the server takes no more."""
    line.settimeout(1.0)
    with contextlib.suppress(OSError):
        for _ in range(most):
            line.sendall(message(words))


def unfinished(served):
    line = socket.create_connection(("127.0.0.1", served.port))
    line.sendall(
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {served.cookie}\r\n"
        "Content-Length: 100000\r\n\r\nabc".encode()
    )
    return line


def unread(served):
    line = socket.create_connection(("127.0.0.1", served.port))
    flood_of = f"GET /static/js/textual.js HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    line.sendall(f"{flood_of}Cookie: {served.cookie}\r\n\r\n".encode() * 300)
    return line


def tab_that_sends(words, most):
    def send(served):
        line = knock(served)
        flood(line, words, most)
        return line

    return send


RUDE = {
    "half a request": unfinished,
    "answers that nobody reads": unread,
    "a paste of three megabytes": tab_that_sends(["stdin", "x" * 3_000_000], 1),
    "keys without end": tab_that_sends(["stdin", "\x1b[C" * 200], 10_000),
    "sizes without end": tab_that_sends(["resize", {"width": 300, "height": 300}], 3000),
    "a size beyond all": tab_that_sends(["resize", {"width": 10**9, "height": 10**9}], 1),
}


def leaving_takes(served):
    began = time.monotonic()
    assert served.leave(signal.SIGTERM, all_of_them=False) == 0
    return time.monotonic() - began


@pytest.mark.parametrize("what", RUDE)
def test_ending_takes_a_moment_whatever_sockets_have_sent(root, what):
    """Measured against an ending with one quiet tab: what waited, waited ten seconds and more."""
    quiet = Served(root, "pocket-dreams")
    with knock(quiet):
        usual = leaving_takes(quiet)
    quiet.end()
    served = Served(root, "pocket-dreams")
    try:
        with RUDE[what](served):
            assert ask(served.port, "/x", host="localhost")[0] == 403  # it has begun to read
            assert leaving_takes(served) < 4.0 + 4 * usual
    finally:
        served.end()


def refuse(root, *words):
    done = subprocess.run(
        [sys.executable, "-m", "edition.cli", "--library", str(root), "serve", *words],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_cannot_be_served_is_said_with_the_next_step(root):
    said = refuse(root, "--host", "0.0.0.0")
    assert "only this machine" in said
    assert "ssh -t -L" in said
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refuse(root, "--port", str(taken.getsockname()[1]))
        assert "--port 0" in said


def test_the_address_alone_for_a_program(root):
    with heeding_ctrl_c():
        running = subprocess.Popen(
            [sys.executable, "-m", "edition.cli", "--library", str(root), "serve",
             "--port", "0", "--print-url", "--host", "localhost"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    try:
        line = running.stdout.readline()
        assert line.startswith("http://localhost:")
        port = int(line.split(":")[2].split("/")[0])
        assert ask(port, f"/?{line.strip().partition('?')[2]}", host=f"localhost:{port}")[0] == 200
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(120) == 0
    assert running.stdout.read() == ""
    running.stdout.close()


def test_the_browser_is_opened_without_the_token_in_its_arguments(root, tmp_path):
    """A browser of ours writes down what it was given, and what the file it was given says."""
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(
        f"""#!{sys.executable}
import json, os, pathlib, sys, urllib.parse, urllib.request
path = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(sys.argv[1]).path))
told = [sys.argv[1], path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777,
        path.read_text()]
part = pathlib.Path({str(seen)!r} + ".part")
part.write_text(json.dumps(told))
part.replace({str(seen)!r})
"""
    )
    browser.chmod(0o755)
    served = Served(root, "--open", env={"BROWSER": f"{browser} %s"})
    try:
        while not seen.exists():
            assert served.process.poll() is None
            time.sleep(0.02)
        given, mode, folder_mode, page = json.loads(seen.read_text())
        assert given.startswith("file://")
        assert served.token not in given
        assert root in Path(url2pathname(urlsplit(given).path)).parents
        assert (mode, folder_mode) == (0o600, 0o700)
        assert f"url={served.url}" in page
        host = f"127.0.0.1:{served.port}"
        assert ask(served.port, f"/?token={served.token}", host=host)[0] == 200
        assert served.leave() == 0
        assert not Path(url2pathname(urlsplit(given).path)).parent.exists()
    finally:
        served.end()
