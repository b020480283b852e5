"""``python -m edition.press``: the press in the foreground."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edition.errors import EditionError
from edition.output_streams import escape_output
from edition.press import loop
from edition.press.control import ended
from edition.press.pool.device_list import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Parses the command line and works."""
    escape_output()
    parser = argparse.ArgumentParser(prog="python -m edition.press", description=__doc__)
    parser.add_argument("--library", type=Path, required=True, help="the library's folder")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument(
        "--idle", type=float, default=loop.IDLE_SECONDS, help="leave after so many idle seconds"
    )
    parser.add_argument("--devices", default="", help="workers: auto, cuda:0,cuda:1 or cpu*2")
    parser.add_argument("--cluster", default="", help="workers of a Ray cluster: auto, HOST:PORT")
    parser.add_argument("--mixed", action="store_true", help="allow devices of several kinds")
    parser.add_argument("--core", default="", help="module:class that does the work of a worker")
    parser.add_argument("--worker-root", default="", help="the library as workers call it")
    parser.add_argument("--first-come", action="store_true", help="hand out by age alone")
    chosen = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(5)  # the person at the keyboard comes first
    library = chosen.library.absolute()
    try:
        Path.cwd()
    except FileNotFoundError:  # MKL ends a process whose working folder was removed
        os.chdir(library)
    try:
        loop.run(library, device=chosen.device, idle_seconds=chosen.idle, pooled=_pooled(chosen))
    except EditionError as error:
        sys.stderr.write(f"{ended(os.getpid(), str(error))}\n")
        return error.exit_code
    return 0


def _pooled(chosen: argparse.Namespace) -> Callable[[loop.Press, float], None] | None:
    """What works with many devices; None, and nothing of it loaded, where there is one."""
    if not chosen.devices and not chosen.cluster:
        return None
    from edition.press.pool import pooled_loop, worker_pool

    choices = worker_pool.Choices(
        chosen.mixed, not chosen.first_come, chosen.core, chosen.worker_root
    )
    return pooled_loop.opened(Wanted(chosen.devices, chosen.cluster, chosen.mixed), choices)


if __name__ == "__main__":
    sys.exit(main())
