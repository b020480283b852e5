"""Files in the desktop's own programs; where there is no desktop, how to fetch them from afar."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths
from edition.errors import EditionError, LibraryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import Print

_OPENERS = {"darwin": "open", "win32": "explorer"}
"""By system; the others follow freedesktop.org."""
_SOON = 2.0
"""Seconds within which an opener says that it can't; one that still runs shows the file."""


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A file or a folder that can be opened."""

    words: str
    """What it is: ``the print``."""
    path: Path
    """Absolute."""


def targets(
    session: Session, slug: str, item: Print | None = None, proofs: Path | None = None
) -> tuple[OpenTarget, ...]:
    """What there is to open of an edition: the print, its enlargement, the newest PDF, folders.

    Args:
        session: the library.
        slug: the edition.
        item: one of its prints.
        proofs: where PDFs are looked for; None for the edition's own.
    """
    found: list[OpenTarget] = []
    if item is not None:
        for words, file in (("the print", item.file), ("its enlargement", item.upscaled)):
            try:
                path = session.file(file) if file else None
            except EditionError:  # gone, or a link that leads out: it can't be opened
                path = None
            if path is not None:
                found.append(OpenTarget(words, path.absolute()))
    pdfs = _pdfs(proofs or paths.proofs_folder(session.root, slug))
    home = paths.edition_folder(session.root, slug)
    return (*found, *pdfs, OpenTarget("the edition's folder", home.absolute()))


def _pdfs(folder: Path) -> tuple[OpenTarget, ...]:
    dated = [(file.stat().st_mtime, file) for file in folder.glob("*.pdf") if file.is_file()]
    if not dated:
        return ()
    newest = max(dated)[1].absolute()
    return OpenTarget("the newest PDF", newest), OpenTarget("the PDFs' folder", newest.parent)


def without_desktop(environ: Mapping[str, str] | None = None, system: str = sys.platform) -> str:
    """Why nothing can be opened here; empty where there is a desktop.

    Args:
        environ: the process's environment; None for this one's.
        system: as ``sys.platform`` names it.
    """
    found = os.environ if environ is None else environ
    opener = shutil.which(_OPENERS.get(system, "xdg-open"), path=found.get("PATH"))
    if system in _OPENERS:
        afar = bool(found.get("SSH_CONNECTION"))
    else:
        afar = not (found.get("DISPLAY") or found.get("WAYLAND_DISPLAY"))
    if afar:
        return "There is no display here."
    return "" if opener else "There is no xdg-open here (package xdg-utils)."


def fetch_line(path: Path, environ: Mapping[str, str] | None = None) -> str:
    """The command that fetches a file or a folder, to be run on the person's own machine.

    Args:
        path: absolute.
        environ: the process's environment; None for this one's.
    """
    found = os.environ if environ is None else environ
    parts = found.get("SSH_CONNECTION", "").split()
    host, port = (parts[2], parts[3]) if len(parts) == 4 else (socket.gethostname(), "22")
    host = f"[{host}]" if ":" in host else host
    words = ["scp", *(["-r"] if path.is_dir() else []), *(["-P", port] if port != "22" else [])]
    try:
        user = f"{getpass.getuser()}@"
    except (KeyError, OSError):  # a number without a name, as in some containers
        user = ""
    return shlex.join([*words, f"{user}{host}:{path}", "."])


def open_path(path: Path) -> None:
    """Opens a file or a folder in the program that the desktop has for it.

    The name is handed over as one argument, never through a shell.

    Raises:
        LibraryError: it is gone, or no program opens it.
    """
    if not path.exists():
        raise LibraryError(f"{path} is gone.")
    opener = _OPENERS.get(sys.platform, "xdg-open")
    try:
        child = subprocess.Popen(
            [opener, str(path.absolute())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise LibraryError(f"{opener} can't be started: {error.strerror}.") from error
    try:
        code = child.wait(_SOON)
    except subprocess.TimeoutExpired:
        return
    if code and sys.platform != "win32":  # explorer says 1 when all is well
        raise LibraryError(
            f"{opener} could not open {path}.", hint="Choose a program for such files first."
        )
