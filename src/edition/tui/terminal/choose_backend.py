"""Chooses how pictures are drawn, and in how many colours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

from rich.color import ColorSystem

from edition.tui.terminal import capabilities
from edition.tui.terminal.image_backend import ImageBackend
from edition.tui.terminal.kitty import KittyBackend

if TYPE_CHECKING:
    from rich.console import Console

    from edition.tui.terminal.ansi_style import Depth
    from edition.tui.terminal.capabilities import TerminalCapabilities
    from edition.tui.terminal.image_backend import Mode


def draw_with(wanted: str, terminal: TerminalCapabilities, *, light: bool = False) -> ImageBackend:
    """How pictures are drawn: as asked for, or the best that the terminal has.

    Args:
        wanted: one of ``user_settings.GRAPHICS``.
        terminal: its answers about itself.
        light: whether the theme is, should the terminal not have reported its background.
    """
    light = light if terminal.light is None else terminal.light
    mode = capabilities.choose(wanted, terminal)
    if mode == "kitty":
        return KittyBackend(mode="kitty", cell=terminal.cell, light=light, tmux=terminal.tmux)
    if mode == "sixel":
        from edition.tui.terminal.sixel import STANDARD_CELL, SixelBackend

        cell = terminal.cell if all(terminal.cell) else STANDARD_CELL
        return SixelBackend(
            mode="sixel", cell=cell, light=light, colours=terminal.colours,
            overhang=terminal.name.startswith("Konsole"),
        )  # fmt: skip
    return ImageBackend(mode=cast("Mode", mode), cell=terminal.cell, light=light)


def settle_depth(console: Console, terminal: TerminalCapabilities, *, no_color: bool) -> Depth:
    """What is drawn with: text without colour only where there is none, or none is wanted.

    Rich goes by COLORTERM, which ssh leaves behind, and by TERM's name; the console is set.

    Args:
        console: the screens'.
        terminal: its answers about itself.
        no_color: the person wants none.
    """
    if no_color:
        return "none"
    found = console.color_system
    if not sys.stdout.isatty() or terminal.true_colour or found == "truecolor":
        depth: Depth = "true"
    else:
        depth = "256" if found else "none"
    if found:
        console._color_system = ColorSystem.TRUECOLOR if depth == "true" else ColorSystem.EIGHT_BIT
    return depth
