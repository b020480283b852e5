"""How a verb that fails is told: one message, and the next step."""

from __future__ import annotations

import os
import sys

from edition.errors import LibraryError, next_step
from edition.text_format import clean_lines


def fail(message: str, hint: str, code: int) -> int:
    """Says what is wrong on standard error; returns the exit code."""
    sys.stderr.writelines(f"{line}\n" for line in clean_lines(message))
    sys.stderr.writelines(f"  {line}\n" for line in clean_lines(hint))
    return code


def fail_unexpectedly(error: Exception, again: str) -> int:
    """Says what nobody foresaw, or what the file system refused; returns the exit code.

    Args:
        error: what was raised.
        again: the command that shows where.
    """
    if not isinstance(error, OSError) or error.errno is None or isinstance(error, ConnectionError):
        hint = f"Run it again with: {again}"
        return fail(f"Unexpected {type(error).__name__}: {error}", hint, 70)
    where = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
    return fail(f"{where}{error.strerror}.", next_step(error), LibraryError.exit_code)
