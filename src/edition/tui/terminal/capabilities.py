"""Asks the terminal what it can draw, before the application owns it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUESTIONS = "\x1b[>q{kitty}\x1b[16t\x1b[?1;1;0S\x1b[c"
"""Name and version, Kitty's graphics, pixels of a cell, Sixel's colours, and last what every
terminal answers."""
KITTY = "\x1b_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
FEWEST_COLOURS = 64
"""With fewer Sixel registers, half-cells in true colour look better."""
PATIENCE = 1.0
"""Seconds that a terminal may stay silent: each answers the last question, far ones late."""


@dataclass(frozen=True, slots=True)
class TerminalCapabilities:
    """What a terminal said of itself."""

    name: str = ""
    kitty: bool = False
    """It takes Kitty's graphics with Unicode placeholders."""
    sixel: bool = False
    cell: tuple[int, int] = (0, 0)
    """Pixels across and down; 0 when it did not say."""
    colours: int = 256
    """Sixel's colour registers."""
    tmux: bool = False


def ask() -> TerminalCapabilities:
    """Asks the terminal on standard input and output; a silent one has nothing."""
    try:
        inside, outside = sys.stdin.fileno(), sys.stdout.fileno()
        if not (os.isatty(inside) and os.isatty(outside)):
            return TerminalCapabilities()
    except (OSError, ValueError):
        return TerminalCapabilities()
    with _raw(inside):
        os.write(outside, questions(os.environ).encode())
        answer = _read(inside)
    found = understand(answer, in_tmux=bool(os.environ.get("TMUX")))
    return found if all(found.cell) else replace(found, cell=cell_size(outside) or (0, 0))


def questions(environment: Mapping[str, str]) -> str:
    """What is asked. tmux and screen take Kitty's question for the title of their window.

    Args:
        environment: TERM tells of them also where they run on the machine that one comes from.
    """
    multiplexed = "TMUX" in environment or environment.get("TERM", "").startswith(
        ("tmux", "screen")
    )
    return QUESTIONS.format(kitty="" if multiplexed else KITTY)


def cell_size(descriptor: int | None = None) -> tuple[int, int] | None:
    """Pixels of a cell across and down, as the system has them of the terminal.

    Args:
        descriptor: of the terminal; None for where the screens are drawn.

    Returns:
        None when nobody told the system.
    """
    try:
        where = sys.__stderr__.fileno() if descriptor is None and sys.__stderr__ else descriptor
        answer = fcntl.ioctl(where if where is not None else 2, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    lines, columns, across, down = struct.unpack("HHHH", answer)
    if not (lines and columns and across >= columns and down >= 2 * lines):
        return None
    return across // columns, down // lines


def understand(answer: str, *, in_tmux: bool = False) -> TerminalCapabilities:
    """Reads the answers.

    "OK" to Kitty's question alone does not do: Konsole and WezTerm say it and draw no
    placeholders. Kitty since 0.28 and Ghostty draw them.
    """
    name = "".join(re.findall(r"\x1bP>\|([^\x1b]*)\x1b\\", answer)[:1])
    attributes = "".join(re.findall(r"\x1b\[\?([\d;]*)c", answer)[-1:]).split(";")
    cell = re.search(r"\x1b\[6;(\d+);(\d+)t", answer)
    colours = re.search(r"\x1b\[\?1;0;(\d+)S", answer)
    answered = "_Gi=4211;OK" in answer
    return TerminalCapabilities(
        name=name,
        kitty=answered and _draws_placeholders(name),
        sixel="4" in attributes,
        cell=(int(cell[2]), int(cell[1])) if cell else (0, 0),
        colours=min(256, int(colours[1])) if colours else 256,
        tmux=in_tmux,
    )


def _draws_placeholders(name: str) -> bool:
    version = re.match(r"kitty\((\d+)\.(\d+)", name)
    if version:
        return (int(version[1]), int(version[2])) >= (0, 28)
    return name.lower().startswith("ghostty")


def choose(wanted: str, terminal: TerminalCapabilities) -> str:
    """The way to draw: what was asked for, or the best that the terminal has."""
    if wanted != "auto":
        return wanted
    if terminal.kitty:
        return "kitty"
    able = terminal.sixel and all(terminal.cell) and terminal.colours >= FEWEST_COLOURS
    return "sixel" if able else "half"


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _read(descriptor: int) -> str:
    """All answers up to the last one, or what came within the time."""
    answer, end = b"", time.monotonic() + PATIENCE
    while not re.search(rb"\x1b\[\?[\d;]*c", answer):
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        part = os.read(descriptor, 4096)
        if not part:
            break
        answer += part
    return answer.decode("latin-1")
