"""The real command in a real terminal: tmux sends the keys and reads the screen."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time

import pytest
from tests.tui.helpers import make_edition

from edition import paths
from edition.library.store import Store

EDITION = [sys.executable, "-m", "edition.cli"]
WORST = 240.0
"""Seconds that a busy machine may take; nothing waits longer than it must."""

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed: apt install tmux"
)


class Tmux:
    """A terminal of its own server, so that nobody's session is touched."""

    def __init__(self, folder, *command, size=(120, 40), **variables):
        self.base = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux.socket")]
        # an app that ran in this process before leaves its own size in LINES and COLUMNS
        ours = ("TMUX", "NO_COLOR", "LINES", "COLUMNS")
        env = {k: v for k, v in os.environ.items() if k not in ours}
        env |= {"COLORTERM": "truecolor", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self.env = {**env, "XDG_CONFIG_HOME": str(folder / "config"), **variables}
        width, height = size
        subprocess.run(
            [*self.base, "new-session", "-d", "-x", str(width), "-y", str(height), *command],
            env=self.env, check=True,
        )  # fmt: skip

    def run(self, *words):
        done = subprocess.run(
            [*self.base, *words], env=self.env, check=False, capture_output=True, text=True
        )
        return done.stdout

    def text(self):
        return self.run("capture-pane", "-p")

    def keys(self, *names):
        for name in names:
            self.run("send-keys", name)

    def wait(self, *wanted):
        end = time.monotonic() + WORST
        while time.monotonic() < end:
            shown = self.text()
            if all(text in shown for text in wanted):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{wanted} never came:\n{shown}")

    def close(self):
        self.run("kill-server")


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*command, **more):
        opened.append(Tmux(tmp_path, *command, **more))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def wait_until(true, what):
    end = time.monotonic() + WORST
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.1)


def seeds_starred(root):
    done = subprocess.run(
        [*EDITION, "--library", str(root), "show", "pocket-dreams", "--prints", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [p["seed"] for p in json.loads(done.stdout) if p["marks"]["star"]]


@needs_tmux
@pytest.mark.slow
def test_shelf_to_proof_while_the_press_renders(tmp_path, terminal):
    root = tmp_path / "editions"
    file = paths.edition_file(root, "pocket-dreams")
    file.parent.mkdir(parents=True)
    text = (paths.shipped_editions() / "pocket-dreams/edition.toml").read_text()
    text = text.replace("steps = 28", "steps = 4").replace('"1..24"', '"1..200"')
    file.write_text(
        text.replace("width = 512", "width = 128").replace("height = 512", "height = 128")
    )
    screen = terminal(*EDITION, "--library", str(root), "open", "--render", "pocket-dreams")
    try:
        screen.wait("Pocket Dreams", "/200")
        with Store(root) as store:
            wait_until(lambda: store.prints.counts("pocket-dreams").prints >= 8, "eight prints")
        screen.keys("Enter")
        screen.wait("seed 1", "▐")
        screen.keys("Space", "Right", "Space", "Right", "Right", "Space")
        screen.wait("★ 3")
        screen.keys("z")
        screen.wait("★ 2")
        wait_until(lambda: seeds_starred(root) == [1, 2], "the stars on the disk")
        with Store(root) as store:
            assert store.press.read().pid, "the press renders meanwhile"
            assert store.jobs.live()
        screen.keys("P")
        screen.wait("wall proof of 2 starred prints")
        screen.keys("2")
        screen.wait("wall.pdf")
        made = paths.proofs_folder(root, "pocket-dreams") / "wall.pdf"
        assert made.read_bytes()[:5] == b"%PDF-"
        screen.keys("Escape")
        screen.wait("space star")
        screen.keys("q")
        screen.wait("1 edition")
        screen.keys("q")
        wait_until(lambda: not screen.text().strip(), "the UI is left")
        with Store(root) as store:
            assert store.press.read().pid, "the press outlives the screens"
    finally:
        subprocess.run([*EDITION, "--library", str(root), "press", "stop"], check=False)


@needs_tmux
def test_no_colour_and_a_small_terminal(tmp_path, terminal):
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 9), title="Pocket Dreams")
    command = (*EDITION, "--library", str(root), "open", "pocket-dreams")
    screen = terminal(*command, size=(80, 24), NO_COLOR="1")
    screen.wait("8 prints", "1 of 8")
    coloured = screen.run("capture-pane", "-p", "-e")
    assert "38;2" not in coloured
    assert "48;2" not in coloured
    assert "38;5" not in coloured
    assert any(shade in coloured for shade in ("=", "+", "*", "#")), "pictures show as shades"
    screen.keys("Right", "x")
    screen.wait("✕ 1")


@needs_tmux
@pytest.mark.parametrize("remote", [False, True])
def test_a_question_about_pictures_does_not_become_the_title(tmp_path, terminal, remote):
    """tmux takes Kitty's question for a title; over ssh only TERM tells of tmux."""
    ask = f"{shlex.join(EDITION)} --library {shlex.quote(str(tmp_path / 'editions'))} doctor"
    term = "env -u TMUX TERM=tmux-256color " if remote else ""
    screen = terminal("sh", "-c", f"{term}{ask}; echo 'asked'; cat")
    screen.wait("asked")
    assert "auto takes quadrant" in " ".join(screen.text().split())
    title = screen.run("display-message", "-p", "#{pane_title}")
    assert title
    assert "4211" not in title


def test_the_first_screen_waits_for_nothing_heavy(tmp_path):
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 9))
    code = f"""
import asyncio, sys
from pathlib import Path
from edition.tui.app import EditionApp
async def main():
    app = EditionApp(Path({str(root)!r}), slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert len(app.screen.roll) == 8
        heavy = ("torch", "diffusers", "transformers", "reportlab", "pikepdf", "numpy", "PIL",
                 "scipy", "imagehash")
        print("loaded:", [name for name in heavy if name in sys.modules])
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "loaded: []", done.stdout + done.stderr
