"""What a program writes for people arrives whole, whatever their terminal can show."""

import io
import sys


def escape_output() -> None:
    r"""Lets the standard streams write what their encoding lacks as an escape: ``\xe9``.

    Without it an ASCII locale, or a code page of Windows, ends the program in the middle of a
    line. File names that are no text are written so in any encoding.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def writes_unicode() -> bool:
    """Whether standard output can show every character."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "")
    return encoding.startswith("utf")
