"""The editions that ship with the program, put into a library that lacks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import atomic, paths
from edition.library.mirror_files import slugs

if TYPE_CHECKING:
    from pathlib import Path

EMBEDDED = "pocket-dreams"
"""The one that renders anywhere."""


def put_example(root: Path, slug: str = EMBEDDED) -> None:
    """Copies an example into a library, unless it holds an edition of that name."""
    target = paths.edition_file(root, slug)
    if not target.exists():
        atomic.write(target, (paths.shipped_editions() / slug / "edition.toml").read_bytes())


def welcome(root: Path) -> None:
    """Gives a library without any edition the embedded one to begin with."""
    if not slugs(root):
        put_example(root)
