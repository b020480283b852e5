"""Delays a terminal's answers, both ways, and looks whether the screens take one for a key.

    python -m tools.late_replies --runs 200

Each run opens the real screens in a pseudo-terminal that answers as one of several terminals does,
50 to 1,000 ms late each way and in pieces, while a person types. The keys that reach the screens
must be the ones that were typed, in order; where all answers came within the time that the
program waits, `edition doctor` must find the same way to draw as `edition open`.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from edition.tui.terminal.capabilities import PATIENCE

TERMINALS = {
    "kitty": ("kitty(0.41.1)", "62", True),
    "ghostty": ("ghostty 1.1.3", "62;22", True),
    "xterm": ("XTerm(379)", "63;1;2;4;6;22", False),
    "foot": ("foot(1.13.1)", "62;4;22", False),
    "vte": ("VTE(7006)", "65;1;9", False),
    "tmux": ("tmux 3.3a", "1;2;4", False),
}
"""Name and version, device attributes, and whether it takes Kitty's pictures."""
KEYS = {b"\x1b[C": "right", b"\x1b[D": "left", b"\x1b[B": "down", b"+": "plus", b"t": "t"}
WORST = 20.0
"""Seconds after which a key is lost; a busy machine takes its time."""
SLACK = 0.35
"""Seconds of the program's wait that a busy machine may take."""


@dataclass
class SlowLine:
    """A line that holds back what goes through it."""

    delay: float
    waiting: list[tuple[float, bytes]] = field(default_factory=list)

    def put(self, data: bytes, more: float = 0.0) -> None:
        """Sends; nothing overtakes what was sent before."""
        due = time.monotonic() + self.delay + more
        if self.waiting:
            due = max(due, self.waiting[-1][0])
        self.waiting.append((due, data))

    def take(self) -> bytes:
        """What has arrived."""
        now, out = time.monotonic(), b""
        while self.waiting and self.waiting[0][0] <= now:
            out += self.waiting.pop(0)[1]
        return out


def answers(name: str, data: bytes) -> list[bytes]:
    """What a terminal says to questions, one by one."""
    title, attributes, pictures = TERMINALS[name]
    found: list[tuple[int, bytes]] = []

    def said(question: bytes, answer: bytes) -> None:
        found.extend((hit.start(), answer) for hit in re.finditer(re.escape(question), data))

    said(b"\x1b[>q", f"\x1bP>|{title}\x1b\\".encode())
    said(b"\x1b[16t", b"\x1b[6;20;10t")
    said(b"\x1b[?1;1;0S", b"\x1b[?1;0;256S")
    said(b"\x1b]11;?", b"\x1b]11;rgb:1212/1313/1414\x1b\\")
    said(b"\x1bP$qm", b"\x1bP1$r0;38:2::1:2:3m\x1b\\")
    said(b"\x1b[?2026$p", b"\x1b[?2026;2$y")
    said(b"\x1b[?2048$p", b"\x1b[?2048;0$y")
    said(b"\x1b[c", f"\x1b[?{attributes}c".encode())
    if pictures:
        said(b"\x1b_Gi=4211", b"\x1b_Gi=4211;OK\x1b\\")
    return [answer for _, answer in sorted(found)]


@dataclass
class Outcome:
    """What one run showed."""

    name: str
    delay: float
    """Seconds, there and back."""
    typed: list[str]
    got: list[str]
    opened: str
    """How the screens draw."""
    doctor: str
    """How doctor says that they would; empty where it was not asked."""

    @property
    def fault(self) -> str:
        """What is wrong; empty for nothing."""
        if self.typed != self.got:
            return f"typed {self.typed}, came {self.got}"
        in_time = self.delay < PATIENCE - SLACK
        if in_time and self.doctor and self.doctor != self.opened:
            return f"open draws {self.opened}, doctor says {self.doctor}"
        return ""


class SlowRun:
    """A program behind a slow line."""

    def __init__(self, name: str, command: list[str], chance: random.Random, delay: float) -> None:
        self.name, self.chance = name, chance
        self.out, self.back = SlowLine(delay), SlowLine(delay)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            kept = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
            os.execvpe(command[0], command, {**kept, "TERM": "xterm-256color", "COLORTERM": ""})
        self.text = b""

    def turn(self) -> bool:
        """Carries what is due; whether anything moved or is on its way."""
        moved = bool(self.out.waiting or self.back.waiting)
        if select.select([self.fd], [], [], 0.01)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                raise EOFError from None
            if not data:
                raise EOFError
            self.text += data
            self.out.put(data)
            moved = True
        for answer in answers(self.name, self.out.take()):
            cut = self.chance.randrange(1, len(answer)) if len(answer) > 1 else 1
            if answer[cut - 1 : cut] == b"\x1b":  # an escape alone for long is a key, by nature
                cut = len(answer)
            self.back.put(answer[:cut])
            self.back.put(answer[cut:], 0.02)
        due = self.back.take()
        if due:
            os.write(self.fd, due)
        return moved

    def end(self) -> None:
        """Ends the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def one(root: Path, folder: Path, seed: int, least: float, most: float) -> Outcome:
    """One run; everything random in it comes of the seed."""
    chance = random.Random(seed)
    name = chance.choice(sorted(TERMINALS))
    delay = chance.uniform(least, most)
    log = folder / f"{seed}.log"
    command = [sys.executable, "-m", "tools.late_replies", "--screens", str(root), str(log)]
    run = SlowRun(name, command, chance, delay)
    typed, start, quiet = [], time.monotonic(), 0.0
    moments = sorted(chance.uniform(0.3, 4.0 + 2 * delay) for _ in range(5))
    try:
        while True:
            moved = run.turn()
            now = time.monotonic()
            if moments and now - start > moments[0]:
                moments.pop(0)
                key = chance.choice(sorted(KEYS))
                typed.append(KEYS[key])
                run.back.put(key)
            quiet = now if moved or not quiet else quiet
            came = log.read_text().count('"key"') if log.exists() else 0
            if not moments and now - quiet > (1.5 if came >= len(typed) else WORST):
                break
    finally:
        run.end()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    got = [line["key"] for line in lines if "key" in line]
    opened = next((line["mode"] for line in lines if "mode" in line), "")
    doctor = asked_doctor(name, root, chance, delay) if seed % 10 == 0 else ""
    return Outcome(name, 2 * delay, typed, got, opened, doctor)


def asked_doctor(name: str, root: Path, chance: random.Random, delay: float) -> str:
    """What doctor finds behind the same line."""
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "doctor"]
    run = SlowRun(name, command, chance, delay)
    try:
        while True:
            run.turn()
    except EOFError:
        found = re.search(rb"auto takes (\w+)", run.text)
        return found[1].decode() if found else "nothing"
    finally:
        os.close(run.fd)
        os.waitpid(run.pid, 0)


def screens(root: Path, log: Path) -> None:
    """The real screens, which write down every key that reaches them."""
    from textual.events import Key

    from edition.tui import open_screens as module

    class Wiretapped(module.EditionApp):
        async def on_event(self, event: object) -> None:
            if isinstance(event, Key) and not event.is_forwarded:
                note(key=event.key)
            await super().on_event(event)  # type: ignore[arg-type]

        def on_mount(self) -> None:
            note(mode=self.graphics.mode)
            super().on_mount()

    def note(**fact: str) -> None:
        with log.open("a") as out:
            out.write(json.dumps(fact) + "\n")

    module.EditionApp = Wiretapped  # type: ignore[misc]
    log.touch()
    module.run(root)


def main() -> int:
    """Runs them and prints what they showed; fails with the first fault's count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=4, help="runs at a time")
    parser.add_argument("--least", type=float, default=0.05, help="seconds one way")
    parser.add_argument("--most", type=float, default=1.0, help="seconds one way")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--screens", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.screens:
        screens(Path(options.screens[0]), Path(options.screens[1]))
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        root = folder / "editions"
        subprocess.run(
            [sys.executable, "-m", "edition.cli", "--library", str(root), "list"],
            check=False, capture_output=True,
        )  # fmt: skip
        root.mkdir(exist_ok=True)
        seeds = range(options.seed, options.seed + options.runs)
        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(
                pool.map(lambda s: one(root, folder, s, options.least, options.most), seeds)
            )
    faults = [(each.name, each.delay, each.fault) for each in outcomes if each.fault]
    for name, delay, fault in faults:
        print(f"{name}, {1e3 * delay:.0f} ms there and back: {fault}")
    keys = sum(len(each.typed) for each in outcomes)
    asked = sum(1 for each in outcomes if each.doctor)
    late = sum(1 for each in outcomes if each.delay >= PATIENCE - SLACK)
    print(
        f"{len(outcomes)} runs, {keys} keys typed, {late} runs with answers later than the wait, "
        f"doctor asked {asked} times; faults: {len(faults)}"
    )
    return min(1, len(faults))


if __name__ == "__main__":
    sys.exit(main())
