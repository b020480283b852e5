"""How a failing verb reports: one message, and the next step."""

from __future__ import annotations

import os
import sys

from edition.cli.output import CHOSEN, write_value
from edition.errors import LibraryError, next_step
from edition.text_format import clean_lines


def fail(message: str, hint: str, code: int, kind: str = "Error") -> int:
    """Says what is wrong on standard error.

    With ``--json`` on standard output, in one value with what the verb has reported so far.

    Args:
        message: what is wrong.
        hint: the next step; may be empty.
        code: the exit code.
        kind: the error's class.

    Returns:
        The exit code.
    """
    if CHOSEN.as_json and not CHOSEN.written:
        lines = [" ".join(clean_lines(text)) for text in (message, hint)]
        fault = {"kind": kind, "message": lines[0], "hint": lines[1], "code": code}
        known = CHOSEN.facts if isinstance(CHOSEN.facts, dict) else {}
        write_value({**known, "error": fault})
        return code
    sys.stderr.writelines(f"{line}\n" for line in clean_lines(message))
    sys.stderr.writelines(f"  {line}\n" for line in clean_lines(hint))
    return code


def fail_unexpectedly(error: Exception, again: str) -> int:
    """Reports an internal error, or what the file system refused; returns the exit code.

    Args:
        error: what was raised.
        again: the command that shows where.
    """
    if not isinstance(error, OSError) or error.errno is None or isinstance(error, ConnectionError):
        hint = f"Run it again with: {again}"
        return fail(f"Unexpected {type(error).__name__}: {error}", hint, 70, "Unexpected")
    where = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
    return fail(f"{where}{error.strerror}.", next_step(error), LibraryError.exit_code, "OSError")
