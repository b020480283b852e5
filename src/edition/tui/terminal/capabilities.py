"""Asks the terminal what it can draw, before the application owns it."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from edition.tui.terminal.replies import Replies

try:
    import fcntl
    import termios
    import tty
except ImportError:  # Windows: its consoles are recognised by the environment alone
    CAN_ASK = False
else:
    CAN_ASK = True

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUESTIONS = (
    "\x1b[>q{kitty}\x1b[16t\x1b[14t\x1b[?1;1;0S\x1b]11;?\x1b\\"
    "\x1b[38;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"  # a colour that only 24 bits can hold
    "\x1b[c"
)
"""Name and version, Kitty's graphics, pixels of a cell and of the window, Sixel's colours, the
ground's colour, whether a colour is kept, and last what every terminal answers."""
KITTY = "\x1b_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
FEWEST_COLOURS = 64
"""With fewer Sixel registers, cells in true colour look better."""
PATIENCE = 2.0
"""Seconds that a terminal may stay silent: each answers the last question, far ones late."""
OUTER = "#{client_termtype}\n#{client_termfeatures}"
"""What tmux is asked of the terminal that it runs in."""
SEXTANTS = re.compile(r"(?:kitty|foot|vte)\(|ghostty|wezterm|konsole|contour", re.IGNORECASE)
"""Terminals that draw sextants themselves, whatever the font has."""
TRUE_COLOUR = re.compile(r"(?:xterm-)?(?:kitty|ghostty|alacritty|wezterm|foot)|.*-direct")
"""Values of TERM."""
SILENT = ("", "dumb", "linux", "unknown")
"""Values of TERM that no question is put to: it might show on the screen."""


@dataclass(frozen=True, slots=True)
class TerminalCapabilities:
    """A terminal's answers about itself."""

    name: str = ""
    kitty: bool = False
    """It takes Kitty's graphics with Unicode placeholders."""
    sixel: bool = False
    cell: tuple[int, int] = (0, 0)
    """Pixels across and down; 0 when it did not say."""
    colours: int = 256
    """Sixel's colour registers."""
    true_colour: bool = False
    """It keeps a colour of 24 bits, or is known to."""
    light: bool | None = None
    """Whether its ground is light; None when it did not say."""
    sextants: bool = False
    """It is known to draw sextants."""
    tmux: bool = False
    answered: bool = False
    """The last question was answered in time."""
    typed: str = ""
    """What came besides answers, or is the start of one: keys, for the screens."""


def ask(*, sure: bool = False) -> TerminalCapabilities:
    """Asks the terminal on standard input and output; a silent one has nothing.

    Args:
        sure: how to draw has been chosen: nothing is asked that the environment states.
    """
    nothing = replace(TerminalCapabilities(), true_colour=_told(os.environ))
    if not CAN_ASK:
        return nothing
    try:
        inside, outside = sys.stdin.fileno(), sys.stdout.fileno()
        if not (os.isatty(inside) and os.isatty(outside)):
            return nothing
    except (OSError, ValueError):
        return nothing
    known = sure and nothing.true_colour
    if known or os.environ.get("TERM", "") in SILENT or ("NO_COLOR" in os.environ and sure):
        return replace(nothing, cell=cell_size(outside) or (0, 0))
    with _raw(inside):
        os.write(outside, questions(os.environ).encode())
        replies, typed = _read(inside)
        os.write(outside, b"\r\x1b[K")  # what one that knows no question has written of it
    found = understand("".join(replies.answers), os.environ)
    if os.environ.get("TMUX"):
        found = behind_tmux(found, *_outer())
    cell = found.cell if all(found.cell) else cell_size(outside) or _by_window(replies, outside)
    return replace(found, cell=cell, typed=typed + replies.held)


def _by_window(replies: Replies, outside: int) -> tuple[int, int]:
    """A cell's pixels, by those of the whole window: VTE reports no others."""
    window = re.search(r"\x1b\[4;(\d{1,6});(\d{1,6})t", "".join(replies.answers))
    size = os.get_terminal_size(outside)
    if not window or not all(size):
        return 0, 0
    return int(window[2]) // size.columns, int(window[1]) // size.lines


def questions(environment: Mapping[str, str]) -> str:
    """What is asked. tmux and screen take Kitty's question for the title of their window.

    Args:
        environment: TERM names them also where they run on the machine that one comes from.
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
        None when the system doesn't know.
    """
    if not CAN_ASK:
        return None
    try:
        where = sys.__stderr__.fileno() if descriptor is None and sys.__stderr__ else descriptor
        answer = fcntl.ioctl(where if where is not None else 2, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    lines, columns, across, down = struct.unpack("HHHH", answer)
    if not (lines and columns and across >= columns and down >= 2 * lines):
        return None
    return across // columns, down // lines


def understand(
    answer: str, environment: Mapping[str, str] = MappingProxyType({})
) -> TerminalCapabilities:
    """Reads the answers.

    "OK" to Kitty's question alone does not do: Konsole and WezTerm say it and draw no
    placeholders. Kitty since 0.28 and Ghostty draw them.

    Args:
        answer: escape sequences.
        environment: for what was not asked, or not answered.
    """
    name = "".join(re.findall(r"\x1bP>\|([^\x1b\x07]*)", answer)[:1])
    last = re.findall(r"\x1b\[\?([\d;]*)c", answer)[-1:]
    cell = re.search(r"\x1b\[6;(\d{1,6});(\d{1,6})t", answer)
    colours = re.search(r"\x1b\[\?1;0;(\d{1,9})S", answer)
    kept = re.search(r"\x1bP1\$r[^\x1b]*38[:;]2[:;](?:\d*:)?1[:;]2[:;]3[;m]", answer)
    return TerminalCapabilities(
        name=name,
        kitty="_Gi=4211;OK" in answer and draws_placeholders(name),
        sixel="4" in "".join(last).split(";"),
        cell=(int(cell[2]), int(cell[1])) if cell else (0, 0),
        colours=min(256, int(colours[1])) if colours else 256,
        true_colour=bool(kept) or _told(environment),
        light=_is_light(answer),
        sextants=draws_sextants(name, environment),
        tmux="TMUX" in environment,
        answered=bool(last),
    )


def behind_tmux(
    found: TerminalCapabilities, name: str, features: str, passes: bool
) -> TerminalCapabilities:
    """What the terminal has that tmux runs in; tmux answers in its place.

    Args:
        found: what tmux answered.
        name: of the terminal, as tmux has it.
        features: of it, as tmux knows them.
        passes: whether tmux hands on what it does not know (``allow-passthrough``).
    """
    return replace(
        found,
        name=f"{name} in {found.name or 'tmux'}" if name else found.name,
        kitty=passes and draws_placeholders(name),
        true_colour="RGB" in features.split(",") or found.true_colour,
        sextants=draws_sextants(name, {}),
    )


def draws_placeholders(name: str) -> bool:
    """Whether a terminal of this name and version has Kitty's Unicode placeholders."""
    version = re.match(r"kitty\((\d{1,9})\.(\d{1,9})", name)
    if version:
        return (int(version[1]), int(version[2])) >= (0, 28)
    return name.lower().startswith("ghostty")


def draws_sextants(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a terminal draws U+1FB00 to U+1FB3B itself; xterm leaves them to the font."""
    return bool(SEXTANTS.match(name)) or (
        "TMUX" not in environment
        and bool(environment.get("VTE_VERSION") or environment.get("KONSOLE_VERSION"))
    )


def choose(wanted: str, terminal: TerminalCapabilities) -> str:
    """The way to draw: what was asked for, or the best that the terminal has."""
    if wanted != "auto":
        return wanted
    if terminal.kitty:
        return "kitty"
    if terminal.sixel and all(terminal.cell) and terminal.colours >= FEWEST_COLOURS:
        return "sixel"
    return "sextant" if terminal.sextants else "quadrant"


def _told(environment: Mapping[str, str]) -> bool:
    """Whether the environment promises 24-bit colour."""
    return environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit") or bool(
        TRUE_COLOUR.fullmatch(environment.get("TERM", ""))
    )


def _is_light(answer: str) -> bool | None:
    """Whether the ground is light, by its colour as the terminal names it."""
    ground = re.search(r"\x1b\]11;rgba?:([\da-f]+)/([\da-f]+)/([\da-f]+)", answer, re.I)
    if not ground:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in ground.groups())
    return bool(0.3 * red + 0.6 * green + 0.1 * blue > 0.5)


def _outer() -> tuple[str, str, bool]:
    """Name and features of the terminal that tmux runs in, and whether tmux passes on."""

    def tmux(*words: str) -> str:
        try:
            done = subprocess.run(
                ["tmux", *words], capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout

    name, features, *_ = [*tmux("display-message", "-p", OUTER).splitlines(), "", ""]
    pane = os.environ.get("TMUX_PANE", "")
    where = ("-t", pane) if pane else ()
    passes = tmux("show-options", "-Apv", *where, "allow-passthrough").strip()
    return name, features, passes in ("on", "all")


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _read(descriptor: int) -> tuple[Replies, str]:
    """All answers up to the last one, or what came within the time; and what was typed."""
    replies, typed, end = Replies(), "", time.monotonic() + PATIENCE
    while not any(re.fullmatch(r"\x1b\[\?[\d;]*c", answer) for answer in replies.answers):
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        part = os.read(descriptor, 4096)
        if not part:
            break
        typed += replies.feed(part.decode("utf-8", "replace"))
    return replies, typed
