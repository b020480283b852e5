"""Terminals for tests: xterm on a virtual screen, Ghostty's core behind a pseudo-terminal."""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest
from PIL import Image, ImageGrab

EDITION = [sys.executable, "-m", "edition.cli"]
CELL = (10, 20)
"""Pixels of a cell, of the type that xterm is given and Ghostty is told."""
FONT = "-misc-fixed-medium-r-normal--20-200-75-75-c-100-iso10646-1"
WORST = 120.0

needs_xterm = pytest.mark.skipif(
    shutil.which("xterm") is None or shutil.which("Xvfb") is None,
    reason="no virtual screen: apt install xvfb xterm",
)

RELAY = """
import fcntl, os, pty, select, sys, termios, tty
keys, log, *command = sys.argv[1:]
tty.setraw(0)
pid, fd = pty.fork()
if pid == 0:
    while not os.path.exists(log):
        pass
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))
out, fifo = open(log, "wb", buffering=0), os.open(keys, os.O_RDWR)
while True:
    for ready in select.select([0, fd, fifo], [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:
            sys.exit()
        if ready == fd:
            out.write(data)
            while data:
                data = data[os.write(1, data):]
        else:
            os.write(fd, data)
"""
"""Stands between xterm and the program: hands keys in from a pipe, writes down what comes out."""


def clean_environment(folder):
    ours = ("TMUX", "NO_COLOR", "LINES", "COLUMNS", "COLORTERM")
    kept = {k: v for k, v in os.environ.items() if k not in ours}
    return {**kept, "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(folder / "config")}


class Xterm:
    """A command in xterm, in a window of its own server."""

    def __init__(self, folder, *command, size=(120, 40)):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x960x24", "-nolisten", "tcp"],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as answer:
            self.display = f":{answer.readline().strip()}"
        self.size = size
        self.log, self.keys = folder / "output.log", folder / "keys"
        os.mkfifo(self.keys)
        relay = folder / "relay.py"
        relay.write_text(RELAY)
        inner = [sys.executable, str(relay), str(self.keys), str(self.log), *command]
        self.xterm = subprocess.Popen(
            [
                "xterm", "-ti", "vt340", "-xrm", "XTerm*numColorRegisters:256", "-u8", "-fn", FONT,
                "-geometry", f"{size[0]}x{size[1]}+0+0", "-b", "0", "-bw", "0", "+sb",
                "-e", "env", "COLORTERM=truecolor", "TERM=xterm-256color", *inner,
            ],
            env={**clean_environment(folder), "DISPLAY": self.display},
        )  # fmt: skip
        self.pipe = None

    def press(self, keys):
        if self.pipe is None:
            self.pipe = os.open(self.keys, os.O_RDWR)
        os.write(self.pipe, keys)

    def output(self):
        return self.log.read_bytes() if self.log.exists() else b""

    def picture(self):
        """What is on the glass, cells only."""
        box = (0, 0, self.size[0] * CELL[0], self.size[1] * CELL[1])
        return ImageGrab.grab(bbox=box, xdisplay=self.display).convert("RGB")

    def wait(self, true, what):
        end = time.monotonic() + WORST
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"never: {what}")
            time.sleep(0.1)

    def settle(self):
        """Waits until nothing has been written for a while."""
        size, quiet = -1, 0
        while quiet < 5:
            now = len(self.output())
            quiet = quiet + 1 if now == size else 0
            size = now
            time.sleep(0.1)

    def close(self):
        for process in (self.xterm, self.server):
            process.terminate()
            process.wait()
        if self.pipe is not None:
            os.close(self.pipe)


class Pty:
    """A command in a pseudo-terminal that answers as it is told."""

    def __init__(self, folder, *command, answer, size=(120, 40)):
        self.answer, self.text, self.asked = answer, b"", False
        pixels = (size[0] * CELL[0], size[1] * CELL[1])
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            time.sleep(0.2)
            colours = {"COLORTERM": "truecolor", "TERM": "xterm-256color"}
            os.execvpe(command[0], command, {**clean_environment(folder), **colours})
        window = struct.pack("HHHH", size[1], size[0], *pixels)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, window)

    def read(self, quiet=0.6, most=WORST):
        """What comes until nothing has come for a while."""
        got, end = b"", time.monotonic() + most
        while time.monotonic() < end:
            if not select.select([self.fd], [], [], quiet)[0]:
                break
            try:
                part = os.read(self.fd, 1 << 16)
            except OSError:
                break
            if not part:
                break
            got += part
            reply = self.answer(part)
            if reply:
                os.write(self.fd, reply)
        self.text += got
        return got

    def wait(self, wanted):
        end = time.monotonic() + WORST
        while wanted not in self.text:
            assert time.monotonic() < end, f"never: {wanted!r}"
            self.read(0.2)
        self.read()

    def press(self, keys):
        os.write(self.fd, keys)
        return self.read()

    def close(self):
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(OSError):
            os.close(self.fd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class Ghostty:
    """Ghostty's own terminal, without its window: parser, screen and Kitty's images."""

    def __init__(self, size=(120, 40)):
        from pyghostty import Terminal, ffi, lib

        self.ffi, self.lib = ffi, lib
        self.terminal = Terminal(*size)
        self.terminal.resize(*size, *CELL)
        limit = ffi.new("uint64_t*", 320_000_000)
        option = lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_STORAGE_LIMIT
        assert lib.ghostty_terminal_set(self.terminal._t[0], option, limit) == 0
        self.replies = []
        self.terminal.on_reply(self.replies.append)

    def answer(self, data):
        """Takes output; says what the terminal replies, with the name and rank of its window."""
        self.replies.clear()
        self.terminal.feed(data)
        said = b"".join(r for r in self.replies if b">|" not in r and not r.startswith(b"\x1b[?6"))
        if b"\x1b[>q" in data:
            said = b"\x1bP>|ghostty 1.3.0\x1b\\" + said + b"\x1b[?62;22c"
        return said

    def image(self, number):
        """An image that the terminal holds, or None."""
        graphics = self.ffi.new("GhosttyKittyGraphics*")
        data = self.lib.GHOSTTY_TERMINAL_DATA_KITTY_GRAPHICS
        assert self.lib.ghostty_terminal_get(self.terminal._t[0], data, graphics) == 0
        image = self.lib.ghostty_kitty_graphics_image(graphics[0], number)
        if image == self.ffi.NULL:
            return None

        def get(name, kind):
            out = self.ffi.new(f"{kind}*")
            key = getattr(self.lib, f"GHOSTTY_KITTY_IMAGE_DATA_{name}")
            assert self.lib.ghostty_kitty_graphics_image_get(image, key, out) == 0
            return out[0]

        size = get("WIDTH", "uint32_t"), get("HEIGHT", "uint32_t")
        pixels = self.ffi.buffer(get("DATA_PTR", "uint8_t*"), get("DATA_LEN", "size_t"))[:]
        return Image.frombytes("RGB", size, pixels)

    def placements(self):
        """Columns and rows of the virtual placements, by image."""
        ffi, lib = self.ffi, self.lib
        graphics = ffi.new("GhosttyKittyGraphics*")
        lib.ghostty_terminal_get(
            self.terminal._t[0], lib.GHOSTTY_TERMINAL_DATA_KITTY_GRAPHICS, graphics
        )
        walk = ffi.new("GhosttyKittyGraphicsPlacementIterator*")
        assert lib.ghostty_kitty_graphics_placement_iterator_new(ffi.NULL, walk) == 0
        data = lib.GHOSTTY_KITTY_GRAPHICS_DATA_PLACEMENT_ITERATOR
        assert lib.ghostty_kitty_graphics_get(graphics[0], data, walk) == 0

        def get(name, kind="uint32_t"):
            out = ffi.new(f"{kind}*")
            key = getattr(lib, f"GHOSTTY_KITTY_GRAPHICS_PLACEMENT_DATA_{name}")
            assert lib.ghostty_kitty_graphics_placement_get(walk[0], key, out) == 0
            return out[0]

        found = {}
        while lib.ghostty_kitty_graphics_placement_next(walk[0]):
            assert get("IS_VIRTUAL", "bool")
            found[get("IMAGE_ID")] = (get("COLUMNS"), get("ROWS"))
        lib.ghostty_kitty_graphics_placement_iterator_free(walk[0])
        return found

    def cell(self, x, y):
        """A cell's code points and the number that its colour spells."""
        count, buffer = self.ffi.new("size_t*"), self.ffi.new("uint32_t[]", 8)
        ref = self.terminal.ref(x, y)
        self.lib.ghostty_grid_ref_graphemes(ref, buffer, 8, count)
        colour = self.terminal.style(x, y)["fg"]
        rgb = colour[1] if colour and colour[0] == "rgb" else (0, 0, 0)
        return list(buffer[0 : count[0]]), rgb[0] << 16 | rgb[1] << 8 | rgb[2]

    def close(self):
        self.terminal.close()
