"""How a verb that fails is told: one message, and the next step."""

from __future__ import annotations

import sys


def fail(message: str, hint: str, code: int) -> int:
    """Says what is wrong on standard error; returns the exit code."""
    from edition.desk.words import clean

    sys.stderr.write(f"{clean(message)}\n")
    if hint:
        sys.stderr.write(f"  {clean(hint)}\n")
    return code
