"""The verb that opens the screens."""

from __future__ import annotations

from typing import Annotated

import typer

from edition.cli import launch_tui
from edition.cli.output import root


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("open")(open_screens)


def open_screens(
    slug: Annotated[str | None, typer.Argument(help="Open this edition's light table.")] = None,
    render: Annotated[str | None, typer.Option(help="Start rendering this edition.")] = None,
    graphics: Annotated[
        str, typer.Option(help="auto, kitty, sixel, sextant, quadrant, half, off: pictures.")
    ] = "auto",
    plain: Annotated[
        bool, typer.Option("--plain", help="Text mode for screen readers: lists and prompts.")
    ] = False,
) -> None:
    """Open the screens (terminal UI).

    Example: edition open pocket-dreams --render pocket-dreams
    """
    code = launch_tui.show(root(), slug=slug, graphics=graphics, render=render, plain=plain)
    raise typer.Exit(code)
