"""The verbs, and what happens when one of them fails."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from edition import __version__
from edition.cli.completion import install, script
from edition.cli.error_output import fail, fail_unexpectedly
from edition.cli.output import CHOSEN, begin, finish, say
from edition.cli.verb_table import LazyGroup, load
from edition.errors import EditionError

app = typer.Typer(
    name="edition",
    cls=LazyGroup,
    help="From a vague prompt to a framed wall.\n\n"
    "Without a verb, the terminal UI opens. Examples:\n\n"
    "  edition render pocket-dreams --seeds 1..16\n\n"
    "  edition star pocket-dreams 3 7 12\n\n"
    "  edition proof wall pocket-dreams",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"edition {__version__}\n")
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        sys.stdout.write(script(shell))
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        file, left = install("" if shell == "auto" else shell)
        say(f"Written: {file}\n{left or 'It works in every new shell.'}")
        finish()
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    library: Annotated[
        str | None,
        typer.Option(
            "--library",
            "-l",
            help="The library's folder; also EDITION_LIBRARY. Default: ./editions",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
    show_completion: Annotated[
        str | None,
        typer.Option(
            callback=_show_completion,
            is_eager=True,
            metavar="SHELL",
            help="Print the completion script for bash, zsh or fish.",
        ),
    ] = None,
    install_completion: Annotated[
        str | None,
        typer.Option(
            callback=_install_completion,
            is_eager=True,
            metavar="SHELL",
            help="Install it; auto for the shell in use.",
        ),
    ] = None,
) -> None:
    """Takes the options that are before the verb."""
    CHOSEN.library, CHOSEN.debug = library, debug
    if context.invoked_subcommand is None:
        load("open").callback()


def main() -> int:
    """Runs the command line; every error ends in one message and the next step."""
    begin(as_json="--json" in sys.argv[1:])
    try:
        code = app(prog_name="edition", standalone_mode=False)
        finish()
    except EditionError as error:
        if CHOSEN.debug:
            raise
        return fail(error.message, error.hint, error.exit_code, type(error).__name__)
    except SystemExit as left:  # argparse's own, of the trainings: it has written to standard error
        if not CHOSEN.as_json or not left.code:
            raise
        return fail("The options are not understood.", "Standard error says why.", 2, "UsageError")
    except KeyboardInterrupt:
        return fail("Stopped.", "", 130)
    except BrokenPipeError:  # the reader of a pipe has gone: head, less
        sys.stderr.close()
        return 0
    except Exception as error:
        if type(error).__module__.startswith(("click", "typer")):
            return _usage(error)
        if CHOSEN.debug:
            raise
        return fail_unexpectedly(error, "edition --debug ...")
    return int(code or 0)


def _usage(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is None:  # an abort
        return 130
    if CHOSEN.as_json:
        message = getattr(error, "format_message", lambda: str(error))()
        return fail(message, "edition VERB -h explains it.", 2, "UsageError")
    show()
    return int(getattr(error, "exit_code", 2))
