"""Where ``edition`` begins: the short way to what one looks at, or the verbs."""

from __future__ import annotations

import sys

from edition import paths
from edition.cli.error_output import fail, fail_unexpectedly
from edition.cli.fast_start import FastRequest, understand
from edition.cli.launch_tui import show as open_screens
from edition.cli.list_output import list_editions, show
from edition.cli.output import CHOSEN, begin, finish
from edition.errors import EditionError
from edition.output_streams import escape_output


def main() -> int:
    """Runs the command line; returns the exit code."""
    escape_output()
    asked = understand(sys.argv[1:])
    if asked is not None:
        return look_quickly(asked)
    from edition.cli.main import main as verbs

    return verbs()


def look_quickly(asked: FastRequest) -> int:
    """Opens the screens, lists or shows; every error ends in one message and the next step."""
    begin(as_json=asked.as_json)
    try:
        code = _look(asked)
        finish()
    except EditionError as error:
        return fail(error.message, error.hint, error.exit_code, type(error).__name__)
    except KeyboardInterrupt:
        return fail("Stopped.", "", 130)
    except BrokenPipeError:  # the reader of a pipe has gone: head, less
        sys.stderr.close()
        return 0
    except Exception as error:
        return fail_unexpectedly(error, f"edition --debug {asked.verb} ...")
    return code


def _look(asked: FastRequest) -> int:
    if asked.verb == "open":
        return open_screens(
            paths.library_root(asked.library),
            slug=asked.slug, graphics=asked.graphics, render=asked.render, plain=asked.plain,
        )  # fmt: skip

    CHOSEN.library = asked.library
    if asked.slug is None:
        list_editions(as_json=asked.as_json)
    else:
        show(asked.slug, as_json=asked.as_json)
    return 0
