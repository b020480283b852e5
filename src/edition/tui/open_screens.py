"""Opens the screens and stays until the person leaves."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from edition.errors import EditionError
from edition.tui import user_settings
from edition.tui.app import EditionApp
from edition.tui.terminal import capabilities
from edition.tui.terminal.choose_backend import draw_with

if TYPE_CHECKING:
    from pathlib import Path

    from edition.tui.terminal.capabilities import TerminalCapabilities


def run(
    root: Path,
    *,
    slug: str | None = None,
    graphics: str = "auto",
    render: str | None = None,
    plain: bool = False,
    terminal: TerminalCapabilities | None = None,
) -> int:
    """Opens the terminal UI and stays until the person leaves.

    Args:
        root: the library.
        slug: the edition whose light table comes first; None for the shelf.
        graphics: one of ``user_settings.GRAPHICS``; ``auto`` takes the best the terminal has.
        render: an edition to start rendering at once.
        plain: lists and prompts instead of screens, for a screen reader.
        terminal: what is known of it; None to ask.

    Returns:
        The exit code.

    Raises:
        EditionError: the library can't be opened, or the settings are at fault.
    """
    if plain:
        from edition.tui import plain_repl as lines

        return lines.run(root, slug, render)
    if graphics not in user_settings.GRAPHICS:
        raise EditionError(
            f"There are no graphics {graphics!r}.",
            hint=f"Known: {', '.join(user_settings.GRAPHICS)}.",
        )
    chosen = user_settings.load(user_settings.settings_file())
    if graphics != "auto":
        chosen = replace(chosen, graphics=graphics)
    if terminal is not None and chosen.graphics == "kitty":  # a browser is no kitty
        chosen = replace(chosen, graphics="auto")
    if terminal is None:
        terminal = capabilities.ask(sure=chosen.graphics in ("half", "quadrant", "sextant", "off"))
    drawn = draw_with(chosen.graphics, terminal, light=chosen.theme == "light")
    app = EditionApp(
        root, slug=slug, render=render, chosen=chosen, graphics=drawn, terminal=terminal
    )
    sys.setswitchinterval(0.001)  # a reading thread gives the keys way after 1 ms, not 5
    app.run()
    if (lost := app.unseen()) is not None:
        raise lost
    return app.return_code or 0
