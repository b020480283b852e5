"""How fast the light table answers: from a key sent into a real terminal to its last byte.

    python benchmarks/light_table.py --prints 1000 10000 100000 --json light_table.json

Each run opens ``edition open`` in a pseudo-terminal of 120x40 over a library made for it, sends
keys, and reads until nothing has come for QUIET seconds; the time of the last byte counts.
``--rendering`` lets another process add prints and progress rows meanwhile, as the press does.
The same machine then shows one page of pictures with timg and chafa, and walks the same number of
files in ranger with chafa's previews, where they are installed. Yazi is in no registry that was at
hand, so it is not compared.
"""

import argparse
import asyncio
import colorsys
import contextlib
import fcntl
import io
import json
import os
import platform
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from PIL import Image

from edition import paths
from edition.domain import NewPrint
from edition.library.store import Store

COLUMNS, LINES = 120, 40
QUIET = 0.03
"""Seconds without a byte that end a frame; later ones belong to the next measurement."""
SLUG = "bench"
DIGEST = "be" * 32
KEYS = {
    "arrow": (b"\x1b[C", 0.010, 0.030),
    "star and move on": (b" ", 0.010, 0.030),
    "page down": (b"\x1b[6~", 0.030, 0.060),
    "page up": (b"\x1b[5~", 0.030, 0.060),
    "end, home": (b"\x1b[F", 0.030, 0.060),
}
"""What is pressed, and the p50 and p99 that were aimed at, seconds."""


def pictures(number: int = 48) -> list[Image.Image]:
    """Distinct noisy pictures of 512x512: as hard to encode as photographs."""
    made = []
    for index in range(number):
        tint = Image.new(
            "RGB", (512, 512),
            tuple(int(255 * v) for v in colorsys.hsv_to_rgb(index / number, 0.6, 0.7)),
        )  # fmt: skip
        noise = Image.effect_noise((512, 512), 60).convert("RGB")
        made.append(Image.blend(tint, noise, 0.5))
    return made


def new_print(seed: int, thumbs: list[tuple[bytes, bytes]]) -> NewPrint:
    """A print's row; its picture is one of a few."""
    jpeg, rgb = thumbs[seed % len(thumbs)]
    return NewPrint(
        slug=SLUG, digest=DIGEST, seed=seed, file=f"{SLUG}/prints/{DIGEST[:12]}/{seed}.png",
        width=512, height=512, made=1.7e9 + seed, phash=seed, dhash=seed, colour=b"\0" * 8,
        thumb=jpeg, rgb=rgb, prompt="monumental, dramatic, atmospheric, transcendent", recipe="{}",
    )  # fmt: skip


def make_library(root: Path, prints: int, images: list[Image.Image]) -> list[tuple[bytes, bytes]]:
    """A library of so many prints; returns its thumbnails."""
    thumbs = []
    for image in images:
        jpeg = io.BytesIO()
        image.resize((64, 64)).save(jpeg, "JPEG", quality=40)
        thumbs.append((jpeg.getvalue(), image.resize((32, 32)).tobytes()))
    file = paths.edition_file(root, SLUG)
    file.parent.mkdir(parents=True)
    file.write_text('title = "Bench"\n')
    with Store(root) as store:
        for start in range(0, prints, 20_000):
            end = min(prints, start + 20_000)
            store.prints.add(new_print(seed, thumbs) for seed in range(start, end))
    return thumbs


class Terminal:
    """A program in a pseudo-terminal, and the time of every byte that it writes."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def read(self, quiet: float = QUIET, most: float = 10.0) -> tuple[float, bytes]:
        """Reads until nothing comes for a while; returns the time of the last byte."""
        last, data = 0.0, bytearray()
        end = time.perf_counter() + most
        while time.perf_counter() < end:
            ready, _, _ = select.select([self.fd], [], [], quiet if data else most)
            if not ready:
                break
            with contextlib.suppress(OSError):
                data += os.read(self.fd, 1 << 20)
                last = time.perf_counter()
        return last, bytes(data)

    def wait_for(self, text: bytes, most: float = 60.0) -> float:
        """Reads until a text has been seen and the frame is over; returns seconds since start."""
        seen, end = b"", time.perf_counter() + most
        while time.perf_counter() < end:
            last, data = self.read(QUIET, 1.0)
            seen += data
            if text in seen:
                return last - self.started
        raise SystemExit(f"The screen never showed {text!r}.")

    def press(self, key: bytes, quiet: float = QUIET, most: float = 2.0) -> tuple[float, int]:
        """Seconds to the last byte of what a key brings, and how many bytes."""
        sent = time.perf_counter()
        os.write(self.fd, key)
        last, data = self.read(quiet, most)
        return last - sent, len(data)

    def processor(self) -> float:
        """Seconds of processor time that the program has had: what a busy machine leaves alone."""
        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    def wait(self) -> None:
        """Reads what still comes until the program has ended."""
        with contextlib.suppress(OSError):
            while os.read(self.fd, 1 << 20):
                pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def close(self) -> float:
        """Ends the program; returns its memory at that moment, MB."""
        memory = psutil.Process(self.pid).memory_info().rss / 1e6
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        return float(memory)


def environment(home: Path) -> dict[str, str]:
    """A person's terminal, without the person's own settings."""
    return {
        **{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TMUX")},
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_CONFIG_HOME": str(home),
    }  # fmt: skip


def measure(root: Path, keys: int) -> dict[str, object]:
    """All keys over one library."""
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "open", SLUG]
    terminal = Terminal([*command, "--graphics", "half"], environment(root / "config"))
    result: dict[str, object] = {"first grid s": terminal.wait_for("▀".encode())}
    result["first grid cpu s"] = terminal.processor()
    terminal.read(0.4, 3.0)
    terminal.press(b"a")
    terminal.read(0.5, 4.0)
    for name, (key, _, _) in KEYS.items():
        times, sizes, before = [], [], terminal.processor()
        for turn in range(keys):
            pressed = b"\x1b[H" if name == "end, home" and turn % 2 else key
            seconds, size = terminal.press(pressed)
            if size:
                times.append(seconds)
                sizes.append(size)
            time.sleep(0.02)
        spent = 1e3 * (terminal.processor() - before) / keys
        result[name] = {**figures(times, sizes), "cpu ms": spent}
    times, sizes = [], []
    for query in (b"1", b"2", b"3", b"4"):
        terminal.press(b"/")
        terminal.read(0.2, 1.0)
        seconds, size = terminal.press(query)
        times.append(seconds)
        sizes.append(size)
        terminal.press(b"\r")
        terminal.press(b"\x1b")
        terminal.read(0.3, 2.0)
    result["filter"] = figures(times, sizes)
    result["memory MB"] = terminal.close()
    return result


def figures(times: list[float], sizes: list[int]) -> dict[str, float]:
    """Median, 99th percentile and bytes."""
    ranked = sorted(times)
    return {
        "p50 ms": 1e3 * statistics.median(ranked),
        "p99 ms": 1e3 * ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))],
        "keys": len(ranked),
        "kB": statistics.median(sizes) / 1e3,
    }


RENDERING = """
import sys, time
sys.path.insert(0, sys.argv[2])
from collections.abc import Iterator
from pathlib import Path
from light_table import new_print, SLUG
from edition.library.store import Store
with Store(Path(sys.argv[1])) as store:
    job = store.jobs.add("render", SLUG, {"digest": "be" * 32, "seeds": "1"}, 10000)
    store.jobs.claim()
    thumb = tuple(store.prints.rgb((1,)).values())[0]
    for done in range(10000):
        store.prints.add([new_print(10_000_000 + done, [(b"", thumb)])])
        store.jobs.progress(job, done, seconds_each=0.25)
        time.sleep(0.25)
"""


@contextlib.contextmanager
def rendering(root: Path, on: bool) -> Iterator[None]:
    """Another process that writes prints and progress four times a second, as the press does."""
    if not on:
        yield
        return
    here = str(Path(__file__).parent)
    child = subprocess.Popen([sys.executable, "-c", RENDERING, str(root), here])
    try:
        yield
    finally:
        child.kill()
        child.wait()


def headless(root: Path) -> dict[str, float]:
    """A cold page and an arrow without a terminal: what painting alone costs."""
    from edition.tui.app import EditionApp

    async def run() -> dict[str, float]:
        app = EditionApp(root, slug=SLUG)
        async with app.run_test(size=(COLUMNS, LINES)) as pilot:
            await pilot.pause()
            grid, times = app.screen.grid, {"page": [], "arrow": []}
            for name, act in (("page", lambda: grid.turn(1)), ("arrow", lambda: grid.move(1))):
                for _ in range(30):
                    start = time.perf_counter()
                    act()
                    for strip in grid.render_lines(grid.size.region):
                        strip.render(app.console)
                    times[name].append(time.perf_counter() - start)
                    await pilot.pause()
        return {name: 1e3 * statistics.median(found) for name, found in times.items()}

    return asyncio.run(run())


def others(folder: Path, images: list[Image.Image]) -> dict[str, float]:
    """One page of eighteen pictures with what a person would use over ssh instead, seconds."""
    folder.mkdir()
    files = []
    for index, image in enumerate(images[:18]):
        file = folder / f"{index}.png"
        image.save(file)
        files.append(str(file))
    commands = {
        "timg half-cells": ["timg", "--grid=6", "-ph", f"-g{COLUMNS}x{LINES}", *files],
        "chafa symbols": ["chafa", "--size=16x8", "--format=symbols", *files],
    }
    found = {}
    for name, command in commands.items():
        if shutil.which(command[0]):
            times = []
            for _ in range(3):
                start = time.perf_counter()
                subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
                times.append(time.perf_counter() - start)
            found[name] = min(times)
    return found


SCOPE = """#!/bin/sh
exec chafa --format=symbols --size="${2}x${3}" "$1"
"""
"""What ranger runs for the file under its cursor."""


def ranger(folder: Path, prints: int, images: list[Image.Image], keys: int) -> dict[str, object]:
    """Ranger over so many PNG files, each picture previewed by chafa as one arrives at it.

    The files are hard links to a few: what is measured is the program, not the disk.
    """
    home, files = folder / "config", folder / "files"
    (home / "ranger").mkdir(parents=True)
    files.mkdir()
    scope = home / "ranger" / "scope.sh"
    scope.write_text(SCOPE)
    scope.chmod(0o755)
    shown = (f"preview_script {scope}", "use_preview_script true", "preview_files true")
    for index, image in enumerate(images):
        image.save(folder / f"{index}.png", compress_level=1)
    for number in range(prints):
        (files / f"{number:06}.png").hardlink_to(folder / f"{number % len(images)}.png")
    # after its start: as root it switches previews off, whatever its settings say
    asked = [f"--cmd=set {setting}" for setting in shown]
    terminal = Terminal(["ranger", *asked, str(files)], environment(home))
    result: dict[str, object] = {"first grid s": terminal.read(1.5, 120.0)[0] - terminal.started}
    for name, key in (("arrow", b"j"), ("page down", b"\x06")):
        times, sizes = [], []
        for _ in range(keys):
            seconds, size = terminal.press(key, quiet=0.4, most=5.0)
            if size:
                times.append(seconds)
                sizes.append(size)
        result[name] = figures(times, sizes)
    result["memory MB"] = terminal.close()
    return result


def machine() -> str:
    """What this runs on, so that figures can be read."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def show(result: dict[str, object]) -> None:
    """The tables."""
    print(f"{result['machine']}\n")
    print(f"{'':28}{'first grid':>12}{'memory':>10}", end="")
    print("".join(f"{name:>22}" for name in [*KEYS, "filter"]))
    for name, run in result["runs"].items():
        print(f"{name:28}{run['first grid s']:>10.2f} s{run['memory MB']:>7.0f} MB", end="")
        for key in [*KEYS, "filter"]:
            f = run[key]
            print(f"{f['p50 ms']:>9.1f} ({f['p99 ms']:>5.1f}) ms", end="")
        print(f"\n{'  of the processor':28}{run['first grid cpu s']:>10.2f} s{'':10}", end="")
        print("".join(f"{run[key]['cpu ms']:>9.1f}         ms" for key in KEYS))
    print(f"{'aimed at':28}{0.5:>10.2f} s{120:>7} MB", end="")
    print("".join(f"{1e3 * a:>9.1f} ({1e3 * b:>5.1f}) ms" for _, a, b in KEYS.values()), end="")
    print("    150.0         ms\n\np50 (p99), key to last byte, pty of 120x40")
    page = list(result["runs"].values())[-1]["page down"]["p50 ms"] / 1e3
    print(f"\n{'one page of 18 pictures':28}{'seconds':>12}{'ratio':>10}")
    print(f"{'edition, page down':28}{page:>12.3f}{1:>10.1f}")
    for name, seconds in result["others"].items():
        print(f"{name:28}{seconds:>12.3f}{seconds / page:>10.1f}")
    if result["ranger"]:
        print(f"\n{'ranger, chafa previews':28}{'first list':>12}{'memory':>10}", end="")
        print(f"{'arrow':>22}{'page down':>22}")
    for name, run in result["ranger"].items():
        print(f"{name:28}{run['first grid s']:>10.2f} s{run['memory MB']:>7.0f} MB", end="")
        for key in ("arrow", "page down"):
            f = run[key]
            print(f"{f['p50 ms']:>9.1f} ({f['p99 ms']:>5.1f}) ms", end="")
        print()
    for name, times in result["headless"].items():
        print(f"headless {name}: page {times['page']:.2f} ms, arrow {times['arrow']:.2f} ms")


def main() -> None:
    """Measures and tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prints", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--keys", type=int, default=60, help="presses of each key")
    parser.add_argument("--rendering", action="store_true", help="also while prints are added")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    images = pictures()
    result: dict[str, object] = {
        "machine": machine(), "runs": {}, "headless": {}, "ranger": {},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for number in chosen.prints:
            root = Path(folder) / str(number)
            make_library(root, number, images)
            result["headless"][f"{number:,} prints"] = headless(root)
            for busy in (False, True) if chosen.rendering else (False,):
                with rendering(root, busy):
                    name = f"{number:,} prints" + (", rendering" if busy else "")
                    result["runs"][name] = measure(root, chosen.keys)
        if shutil.which("ranger") and shutil.which("chafa"):
            for number in chosen.prints:
                place = Path(folder) / f"ranger-{number}"
                place.mkdir()
                result["ranger"][f"{number:,} files"] = ranger(place, number, images, 15)
                shutil.rmtree(place)
        result["others"] = others(Path(folder) / "pictures", images)
    show(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
