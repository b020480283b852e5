"""A real `edition serve` in a process of its own."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import psutil
from tests.fakes import heeding_ctrl_c


class Served:
    """The verb, running; what it said."""

    def __init__(self, root, *words, env=None):
        with heeding_ctrl_c():
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edition.cli", "--library", str(root), "serve", *words,
                 "--port", "0", "--json"],
                stdout=subprocess.PIPE, text=True, start_new_session=True,
                env={k: v for k, v in os.environ.items() if k != "NO_COLOR"} | (env or {}),
            )  # fmt: skip
        lines = ""
        for line in self.process.stdout:
            lines += line
            if line.startswith("}"):
                break
        facts = json.loads(lines)
        self.url, self.port = facts["url"], facts["port"]
        self.base, _, self.token = self.url.partition("?token=")
        self.cookie = f"edition-{self.port}={self.token}"

    def screens(self):
        """The processes that draw for tabs."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [p for p in found if "edition.web.tab_process" in " ".join(p.cmdline())]

    def leave(self, name=signal.SIGINT, *, all_of_them=True):
        """Ctrl-C: a terminal sends it to the server and to the screens. The exit code."""
        if all_of_them:
            os.killpg(self.process.pid, name)
        else:
            self.process.send_signal(name)
        return self.process.wait(120)

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(120)
        self.process.stdout.close()


def gone(processes, seconds=120):
    """Whether all have ended within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
            return True
        time.sleep(0.05)
    return False


def ask(port, path="/", *, host=None, lines=()):
    """One plain request with just these headers; status, headers and body as text."""
    head = [f"GET {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), *lines,
            "Connection: close", "", ""]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
        line.sendall("\r\n".join(head).encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body.decode("utf-8", "replace")


def knock(served, size="width=80&height=24"):
    """A socket like a browser's tab, but without a browser's manners."""
    line = socket.create_connection(("127.0.0.1", served.port), timeout=120)
    line.sendall(
        f"GET /ws?{size} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {served.cookie}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += line.recv(1)
    assert b" 101 " in head
    line.recv(1)  # the first frame has come: the screens are there
    return line


def message(words):
    """A websocket's text frame."""
    data = json.dumps(words).encode()
    return b"\x81\xff" + struct.pack(">Q", len(data)) + b"\0\0\0\0" + data
