"""Opens the screens. Imports no command line: the way to the first grid is short."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from edition.errors import EditionError

if TYPE_CHECKING:
    from pathlib import Path


def show(
    root: Path,
    *,
    slug: str | None = None,
    graphics: str = "auto",
    render: str | None = None,
    plain: bool = False,
) -> int:
    """Shows the screens until the person leaves.

    Args:
        root: the library.
        slug: the edition whose light table comes first; None for the shelf.
        graphics: how pictures are drawn.
        render: an edition to start rendering at once.
        plain: lists and prompts instead of screens.

    Returns:
        The exit code.

    Raises:
        EditionError: there is no terminal, or the library can't be opened.
    """
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        raise EditionError(
            "The screens need a terminal.",
            hint="Without one: edition --help, or edition demo to run every step.",
        )
    # classes and functions never become garbage: to look through them while they are made takes
    # 0.03 s, and later up to 0.02 s in the middle of a key
    gc.disable()
    from edition.actions.example_editions import welcome
    from edition.tui.open_screens import run

    gc.freeze()
    gc.enable()
    welcome(root)
    return run(root, slug=slug, graphics=graphics, render=render, plain=plain)
