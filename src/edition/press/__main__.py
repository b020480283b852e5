"""``python -m edition.press``: the press in the foreground."""

import argparse
import os
import sys
from pathlib import Path

from edition.errors import EditionError
from edition.output_streams import escape_output
from edition.press import loop


def main() -> int:
    """Parses the command line and works."""
    escape_output()
    parser = argparse.ArgumentParser(prog="python -m edition.press", description=__doc__)
    parser.add_argument("--library", type=Path, required=True, help="the library's folder")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument(
        "--idle", type=float, default=loop.IDLE_SECONDS, help="leave after so many idle seconds"
    )
    chosen = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(5)  # the person at the keyboard comes first
    library = chosen.library.absolute()
    try:
        Path.cwd()
    except FileNotFoundError:  # MKL ends a process whose working folder was removed
        os.chdir(library)
    try:
        loop.run(library, device=chosen.device, idle_seconds=chosen.idle)
    except EditionError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
