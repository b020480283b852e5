"""Packages that only some features need, and how one is added where this program is installed.

No line names ``edition`` to an index of packages: it is on none, and another project has the name.
The shell's ``pip`` is not named either: it may be that of another environment.
"""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path

PACKAGES = {
    "cluster": ("ray>=2.60,<2.61",),
    "families": ("ftfy>=6.3", "sentencepiece>=0.2"),
    "film": ("imageio-ffmpeg>=0.6",),
    "heic": ("pillow-heif>=1",),
    "lora": ("peft>=0.18",),
    "prompts": ("compel>=2.5",),
    "quantised": (
        "bitsandbytes>=0.50",
        "gguf>=0.19",
        "torchao>=0.18",
    ),
    "sdnq": ("sdnq>=0.2.8",),
    "spandrel": ("spandrel>=0.4",),
    "watch": ("watchfiles>=1",),
}
"""Extra: its packages, as pyproject.toml has them."""


def install_extra(extra: str) -> str:
    """The next step where the packages of an extra are missing; one sentence.

    Args:
        extra: as in ``[project.optional-dependencies]``: ``cluster``.
    """
    return install(*PACKAGES[extra])


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
