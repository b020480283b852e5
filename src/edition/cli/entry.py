"""Where ``edition`` begins: the short way to the screens, or the verbs."""

from __future__ import annotations

import sys

from edition.cli import quick
from edition.streams import escape_output


def main() -> int:
    """Runs the command line; returns the exit code."""
    escape_output()
    asked = quick.understand(sys.argv[1:])
    if asked is not None:
        return open_quickly(asked)
    from edition.cli.main import main as verbs

    return verbs()


def open_quickly(asked: quick.Asked) -> int:
    """Opens the screens; every error ends in one message and the next step."""
    from edition import paths
    from edition.cli.screens import show
    from edition.cli.telling import fail, fail_unexpectedly
    from edition.errors import EditionError

    try:
        return show(
            paths.library_root(asked.library),
            slug=asked.slug, graphics=asked.graphics, render=asked.render, plain=asked.plain,
        )  # fmt: skip
    except EditionError as error:
        return fail(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        return fail("Stopped.", "", 130)
    except Exception as error:
        return fail_unexpectedly(error, "edition --debug open ...")
