"""Opens the real screens in real terminals on a virtual display, and takes their pictures.

    edition --library DIR demo && python -m tools.terminal_shots DIR OUT

Light table, loupe, survey and wall of `pocket-dreams` in xterm, kitty, foot, Konsole, VTE,
Alacritty, tmux and Chromium, as far as they are installed (`apt install xvfb xterm kitty foot
weston konsole tmux alacritty gir1.2-vte-2.91 python3-gi chromium`). Beside each picture stands what
`edition doctor` found there. At the end comes the table of docs/terminals.md, from what was seen.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops, ImageGrab

SIZE = (120, 40)
SLUG = "pocket-dreams"
RELAY = Path(__file__).parent / "pty_relay.py"
EDITION = [sys.executable, "-m", "edition.cli"]
SCREEN = (1360, 1000)
"""Pixels of the virtual display."""
FEWEST = 2000
"""Bytes that a first screen has."""
LONGEST = 40.0
"""Seconds for a program to come up."""
STEPS = {
    "light-table": ("\x1b[B", "\x1b[C"),
    "loupe": ("\r",),
    "survey": ("\x1b", "B", "\x1b[C"),
    "wall": ("\x1b", "P", "W", "5", "5"),
}
"""Picture name → keys that lead there from the one before."""
VTE = """
import sys
import gi
gi.require_version("Gtk", "3.0")
gi.require_version("Vte", "2.91")
from gi.repository import GLib, Gtk, Pango, Vte
terminal = Vte.Terminal()
terminal.set_size(120, 40)
terminal.set_font(Pango.FontDescription("DejaVu Sans Mono 11"))
terminal.spawn_async(Vte.PtyFlags.DEFAULT, None, sys.argv[1:], None, GLib.SpawnFlags.DEFAULT,
                     None, None, -1, None, None)
terminal.connect("child-exited", Gtk.main_quit)
window = Gtk.Window()
window.add(terminal)
window.show_all()
window.move(0, 0)
Gtk.main()
"""
KITTY = [
    "-o", "initial_window_width=120c", "-o", "initial_window_height=40c",
    "-o", "remember_window_size=no", "-o", "font_family=DejaVu Sans Mono", "-o", "font_size=11",
    "-o", "window_padding_width=0", "-o", "enable_audio_bell=no",
]  # fmt: skip
WESTON = [
    "weston", "--backend=x11-backend.so", "--use-pixman", "--width=1080", "--height=720",
    "--shell=kiosk-shell.so", "--socket=edition-shots",
]  # fmt: skip
"""Shows one window of Wayland on an X display; 1080 x 720 are 120 x 40 cells of 9 x 18."""
XTERM = ["xterm", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "120x40+0+0", "-b", "0"]
SIXEL = ["-ti", "vt340", "-xrm", "XTerm*numColorRegisters:256"]


DOCS = {
    "xterm-vt340-light-table": "light-table", "xterm-vt340-loupe": "loupe",
    "xterm-vt340-survey": "survey",
    "xterm-vt340-wall": "arrange", "vte-light-table": "terminal-sextant",
    "xterm-light-table": "terminal-quadrant", "chromium-light-table": "browser",
}  # fmt: skip
"""Pictures of the README and the docs, by the picture that they are."""


@dataclass
class Emulator:
    """A terminal and how it is started."""

    name: str
    words: list[str]
    """Before the command that it runs."""
    needs: tuple[str, ...]
    """Programs that must be installed."""
    environment: dict[str, str] = field(default_factory=dict)
    tmux: bool = False
    options: tuple[str, ...] = ()
    """Of ``edition open``."""
    wayland: bool = False


EMULATORS = [
    Emulator("xterm", [*XTERM, "-e"], ("xterm",)),
    Emulator("xterm-vt340", [*XTERM, *SIXEL, "-e"], ("xterm",)),
    Emulator("kitty", ["kitty", *KITTY], ("kitty",), {"LIBGL_ALWAYS_SOFTWARE": "1"}),
    Emulator("foot", ["foot", "-o", "pad=0x0", "-f", "DejaVu Sans Mono:size=11"],
             ("foot", "weston"), wayland=True),
    Emulator("vte", ["/usr/bin/python3", "-c", VTE], ("/usr/bin/python3",)),
    Emulator("konsole", ["konsole", "--nofork", "--hide-menubar", "--hide-tabbar", "-p",
                         "TerminalColumns=120", "-p", "TerminalRows=40", "-p",
                         "Font=DejaVu Sans Mono,11", "-e"], ("konsole",)),
    Emulator("alacritty", ["alacritty", "-o", "window.dimensions.columns=120",
                           "window.dimensions.lines=40", "font.normal.family='DejaVu Sans Mono'",
                           "-e"], ("alacritty",), {"LIBGL_ALWAYS_SOFTWARE": "1"}),
    Emulator("tmux-in-xterm", [*XTERM, *SIXEL, "-e"], ("xterm", "tmux"), tmux=True),
    Emulator("xterm-256", [*XTERM, "-xrm", "XTerm*directColor:false", "-e"], ("xterm",)),
    Emulator("xterm-no-colour", [*XTERM, "-e"], ("xterm",), {"NO_COLOR": "1"}),
]  # fmt: skip


class TerminalSession:
    """The screens in one terminal."""

    def __init__(
        self, emulator: Emulator, root: Path, folder: Path, where: Path | None = None
    ) -> None:
        """Starts all.

        Args:
            emulator: which terminal.
            root: the library, from ``where`` on.
            folder: for sockets and logs.
            where: the current folder.
        """
        self.emulator, self.folder = emulator, folder
        self.keys, self.log = folder / "keys", folder / "output"
        os.mkfifo(self.keys)
        self.display, self.server = _display()
        command = [*EDITION, "--library", str(root), "open", SLUG, *emulator.options]
        asked = [*EDITION, "--library", str(root), "doctor", "--json"]
        inner = _script(folder / "inner.sh", asked, command, folder / "doctor.json")
        if emulator.tmux:
            inner = ["tmux", "-u", "-f", os.devnull, "-S", str(folder / "tmux"), "new", *inner]
        words = [*emulator.words, sys.executable, str(RELAY), str(self.keys), str(self.log), *inner]
        ours = ("TMUX", "NO_COLOR", "COLORTERM", "LINES", "COLUMNS", "WAYLAND_DISPLAY")
        kept = {k: v for k, v in os.environ.items() if k not in ours}
        environment = {
            **kept, "DISPLAY": self.display, "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder), **emulator.environment,
        }  # fmt: skip
        self.processes = [self.server]
        errors = (folder / "errors").open("wb")
        if emulator.wayland:
            self.processes.insert(0, subprocess.Popen(WESTON, env=environment, stderr=errors))
            _appears(folder / "edition-shots")
            environment["WAYLAND_DISPLAY"] = "edition-shots"
        self.processes.insert(
            0,
            subprocess.Popen(
                words, stdout=subprocess.DEVNULL, stderr=errors, env=environment, cwd=where
            ),
        )

    def press(self, key: str) -> None:
        """A key, as the terminal sends it."""
        with self.keys.open("wb", buffering=0) as pipe:
            pipe.write(key.encode())

    def settle(self, quiet: float = 1.5) -> None:
        """Waits until nothing has been written for a while and the glass stands still."""
        last, since, end = (-1, b""), time.monotonic(), time.monotonic() + LONGEST
        while time.monotonic() < end:
            now = (self.written(), self.glass().tobytes())
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet and now[0] > FEWEST:
                return
            time.sleep(0.2)

    def written(self) -> int:
        """Bytes that the program has written."""
        return self.log.stat().st_size if self.log.exists() else 0

    def glass(self) -> Image.Image:
        """The whole display."""
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")

    def picture(self) -> Image.Image:
        """The display without the black around the window."""
        glass = self.glass()
        box = ImageChops.difference(glass, Image.new("RGB", glass.size)).getbbox()
        return glass.crop((0, 0, *box[2:])) if box else glass

    def doctor(self) -> dict[str, object]:
        """What doctor found."""
        try:
            facts: dict[str, object] = json.loads((self.folder / "doctor.json").read_text())
        except (OSError, ValueError):
            return {}
        return dict(facts["terminal"])  # type: ignore[call-overload, no-any-return]

    def close(self) -> None:
        """Ends all."""
        for process in self.processes:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        if self.emulator.tmux:
            subprocess.run(
                ["tmux", "-S", str(self.folder / "tmux"), "kill-server"],
                check=False, capture_output=True,
            )  # fmt: skip


def _script(file: Path, asked: list[str], command: list[str], out: Path) -> list[str]:
    """Doctor first, then the screens, in the same terminal."""
    # doctor asks on its terminal: its report goes past it
    helper = (
        "import json, os, sys\n"
        "from edition.tui.terminal.capabilities import ask, choose\n"
        "from dataclasses import asdict\n"
        "found = ask()\n"
        f"open({str(out)!r}, 'w').write(json.dumps({{'terminal': asdict(found)"
        " | {'chosen': choose('auto', found)}}))\n"
        f"os.execv({command[0]!r}, {command!r})\n"
    )
    file.with_suffix(".py").write_text(helper)
    return [sys.executable, str(file.with_suffix(".py"))]


def _appears(path: Path) -> None:
    """Waits for a socket."""
    end = time.monotonic() + LONGEST
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.1)


def _display() -> tuple[str, subprocess.Popen[bytes]]:
    """A virtual display of its own."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24",
         "-nolisten", "tcp"], pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as answer:
        return f":{answer.readline().strip()}", server


def shoot(emulator: Emulator, root: Path, out: Path) -> dict[str, object]:
    """All pictures of one terminal."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        session = TerminalSession(emulator, root, folder)
        try:
            session.settle()
            if session.written() < FEWEST:
                errors = (folder / "errors").read_text(errors="replace")
                return {"name": emulator.name, "failed": errors[-500:]}
            for name, keys in STEPS.items():
                for key in keys:
                    session.press(key)
                    session.settle(0.6)
                session.settle(4.0)
                session.picture().save(out / f"{emulator.name}-{name}.png")
            errors = (folder / "errors").read_text(errors="replace")
            return {"name": emulator.name, **session.doctor(), "errors": errors[-500:]}
        finally:
            session.close()


def browser(root: Path, out: Path) -> dict[str, object]:
    """The same in Chromium, served."""
    from playwright.sync_api import sync_playwright

    keys = {"\x1b[B": "ArrowDown", "\x1b[C": "ArrowRight", "\r": "Enter", "\x1b": "Escape"}
    served = subprocess.Popen(
        [*EDITION, "--library", str(root), "serve", SLUG, "--port", "0", "--print-url"],
        stdout=subprocess.PIPE,
    )
    assert served.stdout is not None
    url = served.stdout.readline().decode().strip()
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as played:
            chromium = played.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            page = chromium.new_page(viewport={"width": 1200, "height": 820})
            page.goto(url)
            page.wait_for_selector("body.-first-byte")
            page.wait_for_timeout(3000)
            for name, steps in STEPS.items():
                for key in steps:
                    page.keyboard.press(keys.get(key, key))
                    page.wait_for_timeout(700)
                last, same = b"", 0
                while same < 8:  # half a second each: pictures come one after the other
                    page.wait_for_timeout(500)
                    now = page.screenshot()
                    same = same + 1 if now == last else 0
                    last = now
                (out / f"chromium-{name}.png").write_bytes(last)
            chromium.close()
    finally:
        served.terminate()
        served.wait()
    return {"name": "chromium"}


def renew(out: Path, docs: Path) -> None:
    """Puts what was taken in the place of the README's and the docs' pictures."""
    for name, page in DOCS.items():
        if (out / f"{name}.png").is_file():
            with Image.open(out / f"{name}.png") as image:
                image.convert("RGB").save(docs / f"{page}.png", optimize=True)


def version(emulator: Emulator) -> str:
    """As the program says it."""
    for program in emulator.needs:
        flag = "-V" if program == "tmux" else "--version"
        done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
        found = re.search(r"[\d.]+\w*", done.stdout)
        if found:
            return found[0]
    return ""


def row(name: str, number: str, found: dict[str, object]) -> str:
    """A line of the table."""
    if "failed" in found:
        return f"| {name} {number} | did not start | | | |"
    says = f"`{found['name']}`" if found["name"] else "no name"
    colours = "24 bits" if found["true_colour"] else "256"
    across, down = found["cell"]  # type: ignore[misc]
    return f"| {name} {number} | {says} | {across} × {down} | {colours} | {found['chosen']} |"


def main() -> None:
    """Takes them all, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--docs", type=Path, help="also renew the pictures in this folder")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    rows = ["| run in | says | cell | colours | `auto` took |", "| --- | --- | --- | --- | --- |"]
    for emulator in EMULATORS:
        missing = [program for program in emulator.needs if shutil.which(program) is None]
        if options.only and emulator.name not in options.only:
            continue
        if missing:
            print(f"{emulator.name}: missing {', '.join(missing)}")
            continue
        found = shoot(emulator, options.library.resolve(), options.out)
        print(json.dumps(found), flush=True)
        failed += [emulator.name] if "failed" in found else []
        rows.append(row(emulator.name, version(emulator), found))
    if shutil.which("chromium") and (not options.only or "chromium" in options.only):
        print(json.dumps(browser(options.library.resolve(), options.out)))
    print("\n".join(rows))
    if options.docs:
        renew(options.out, options.docs)
    if failed:  # or a picture of the docs stays the old one, and nobody hears of it
        raise SystemExit(f"Did not start: {', '.join(failed)}. Run it again with --only.")


if __name__ == "__main__":
    main()
