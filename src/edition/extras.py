"""Packages that only some features need, and how one is added where this program is installed.

No line names ``edition`` to an index of packages: it is on none, and another project has the name.
The shell's ``pip`` is not named either: it may be that of another environment.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path


def install_extra(extra: str) -> str:
    """The next step where the packages of an extra are missing; one sentence.

    Args:
        extra: as in ``[project.optional-dependencies]``: ``cluster``.
    """
    import importlib.metadata  # what a program that lacks nothing does not wait for

    wanted = re.compile(rf"(.+?)\s*;\s*extra == ['\"]{extra}['\"]")
    told = importlib.metadata.requires("edition") or []
    return install(*(found[1] for line in told if (found := wanted.fullmatch(line))))


def install(*packages: str) -> str:
    """The next step where packages are missing; one sentence.

    Args:
        packages: as pip takes them, with versions or without.
    """
    return f"Install it with: {command(*packages)}"


def command(*packages: str) -> str:
    """What adds packages to the environment of this program: pipx, uv or its own pip."""
    home, names = Path(sys.prefix), shlex.join(packages)
    if (home / "pipx_metadata.json").is_file():
        return f"pipx inject {home.name} {names}"
    python = shlex.quote(sys.executable)
    if (home / "uv-receipt.toml").is_file() or importlib.util.find_spec("pip") is None:
        return f"uv pip install --python {python} {names}"
    return f"{python} -m pip install {names}"
