"""Reads adopted folders in a process of its own, so that the screens stay quick, and watches them.

``python -m edition.actions.adopting_subprocess ROOT SLUG`` reads what is new. Where watchfiles is
installed (the extra ``watch``) it then waits for changes, until the process that started it ends.
Killed at any moment it loses the batch in flight; the next one goes on there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edition.errors import EditionError, LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ASK_MS = 1000
"""How often a watcher looks whether it is still needed."""


def start(root: Path, slug: str) -> subprocess.Popen[bytes]:
    """Starts reading an edition's folders; what it finds comes into the library batch by batch."""
    command = [sys.executable, "-m", "edition.actions.adopting_subprocess", str(root), slug]
    quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=os.environ | quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def can_watch() -> bool:
    """Whether changes in folders are reported as they happen: the extra ``watch``."""
    return find_spec("watchfiles") is not None


def changes(folders: list[Path], needed: Callable[[], bool]) -> Iterator[None]:
    """Waits for changes in folders; one for each burst, until nobody needs it any more.

    The first comes as soon as they are watched: changes before that are reported by nobody else.

    Raises:
        LibraryError: the system watches no more folders.
    """
    from watchfiles import watch

    there = [folder for folder in folders if folder.is_dir()]
    bursts = watch(*there, rust_timeout=_ASK_MS, yield_on_timeout=True)
    first = True
    while True:
        try:
            burst = next(bursts, None)
        except (OSError, RuntimeError) as error:  # watchfiles' own fault is a RuntimeError
            raise LibraryError(
                f"Folders can't be watched any more: {error}.",
                hint="What has come is kept; edition rescan reads the rest. On Linux the limit is "
                "fs.inotify.max_user_watches.",
            ) from error
        if burst is None or not needed():
            return
        if burst or first:
            yield
        first = False


def main() -> int:
    """The process's own work."""
    from edition.actions import adoption
    from edition.actions.session import Session

    root, slug = Path(sys.argv[1]), sys.argv[2]
    parent = os.getppid()
    try:
        with Session(root) as session:
            done = adoption.scan(session, slug)
            if done.busy or not can_watch():
                return 0
            folders = list(adoption.folders(root, slug).values())
            for _ in changes(folders, lambda: os.getppid() == parent):
                adoption.scan(session, slug)
    except EditionError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
