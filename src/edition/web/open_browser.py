"""Opens the browser without telling others: arguments of a command are seen by everybody in `ps`.

The browser is given a file that only its owner reads; the file sends it on to the address.
"""

from __future__ import annotations

import html
import tempfile
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60.0
"""How long the browser may take to read the file."""
_PAGE = (
    "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer>"
    '<meta http-equiv=refresh content="0; url={0}"><title>edition</title>'
    '<p><a href="{0}">To the screens</a>\n'
)


@contextmanager
def opened(url: str, root: Path, seconds: float = SECONDS) -> Iterator[None]:
    """Opens an address that holds a secret; what sends the browser there is removed in time.

    Args:
        url: the address.
        root: the library: browsers in a snap see no ``/tmp`` but one of their own.
        seconds: after them the file is removed, and at the end in any case.
    """
    with tempfile.TemporaryDirectory(
        prefix="open-", dir=root.absolute(), ignore_cleanup_errors=True
    ) as folder:
        file = Path(folder) / "open.html"  # the folder is 0700
        file.touch(mode=0o600)
        file.write_text(_PAGE.format(html.escape(url)), encoding="utf-8")
        removal = Timer(seconds, file.unlink, kwargs={"missing_ok": True})
        removal.daemon = True
        removal.start()
        try:
            webbrowser.open(file.as_uri())
            yield
        finally:
            removal.cancel()
