"""Adopted folders, read beside the screens: when a light table is opened, and on a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.actions.reading_state import reading

if TYPE_CHECKING:
    import subprocess

    from edition.actions.session import Session
    from edition.tui.controllers.ports import AppPort

_CHILDREN: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
"""The latest process of each library and edition: it reads, then watches."""


def read_folders(app: AppPort, slug: str) -> bool:
    """Starts reading an edition's adopted folders; one that watches them already begins again.

    Returns:
        Whether it has any.
    """
    root = app.session.root
    if not paths.is_adopted(root, slug):
        return False
    from edition.actions import adopting_subprocess

    before = _CHILDREN.pop((str(root), slug), None)
    if before is not None and before.poll() is None:
        before.terminate()  # at any moment: what it has read is kept
        before.wait()
    _CHILDREN[str(root), slug] = adopting_subprocess.start(root, slug)
    return True


def read_again(app: AppPort, slug: str) -> None:
    """The key's work: reads the folders, and reports it."""
    said = "Reading its folders." if read_folders(app, slug) else "It has no adopted folders."
    app.say(said)


def words(session: Session, slug: str) -> str:
    """The status while the folders are read; empty when that is done."""
    return reading(session, slug).words if paths.is_adopted(session.root, slug) else ""
