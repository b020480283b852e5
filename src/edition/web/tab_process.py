"""``python -m edition.web.tab_process ROOT [SLUG]``: the screens, drawn for a browser.

Started by the server with Textual's web driver in the environment.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from edition.errors import EditionError
from edition.tui.open_screens import run
from edition.tui.terminal.capabilities import TerminalCapabilities

ASK_SECONDS = 1.0


def follow(parent: int) -> None:
    """Leaves when the server is gone, however it went: nobody could reach these screens."""
    while os.getppid() == parent:
        time.sleep(ASK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def main(words: list[str]) -> int:
    """Shows the screens; returns the exit code."""
    root, slug = Path(words[0]), (words[1] if len(words) > 1 else None)
    if os.name == "posix":
        threading.Thread(target=follow, args=(os.getppid(),), daemon=True).start()
    try:
        return run(root, slug=slug, terminal=_browser(os.environ.get("EDITION_CELL", "")))
    except EditionError as error:
        sys.stderr.write(f"{error.message}\n  {error.hint}\n")
        return error.exit_code


def _browser(cell: str) -> TerminalCapabilities:
    """What xterm.js with its image addon can show.

    Args:
        cell: pixels of a cell, as the page has measured them; empty where it has not.
    """
    across, _, down = cell.partition("x")
    size = (int(across), int(down)) if cell else (0, 0)
    return TerminalCapabilities(name="xterm.js", sixel=bool(cell), cell=size, true_colour=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
