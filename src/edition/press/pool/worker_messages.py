"""Messages of a press and its workers: pickled dictionaries, over whatever carries them.

Both ends are this program, started by the same person; nothing here listens for anybody else.
To the worker: ``do`` names a task, ``cancel``, ``verdict``, ``unload`` or ``quit``. To the press:
``say`` is ``hello``, ``refused``, ``begun``, ``loading``, ``canary``, ``model``, ``step``,
``event``, ``done``, ``failed`` or ``gone``.
"""

from __future__ import annotations

import importlib.metadata
import pickle
import platform
import struct
from typing import TYPE_CHECKING, Any

from edition import __version__, errors
from edition.errors import EditionError, OutOfMemory

if TYPE_CHECKING:
    from typing import BinaryIO

Message = dict[str, Any]
_LENGTH = struct.Struct(">Q")
_MOST_BYTES = 1 << 32
PACKAGES = ("torch", "diffusers", "transformers", "numpy", "pillow")
"""Other versions of these can draw other pixels."""


class Unfit(Exception):
    """This machine can't do what another one may: a model is missing, differs or draws otherwise.

    Args:
        reason: in words for a person.
    """

    def __init__(self, reason: EditionError) -> None:
        super().__init__(reason.message)
        self.reason = reason


def write(stream: BinaryIO, message: Message) -> None:
    """Writes one message."""
    data = pickle.dumps(message, protocol=5)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read(stream: BinaryIO) -> Message | None:
    """Reads one message; None at the end, or where the writer died within one."""
    head = _exactly(stream, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    body = _exactly(stream, length) if length < _MOST_BYTES else None
    return None if body is None else dict(pickle.loads(body))


def _exactly(stream: BinaryIO, count: int) -> bytes | None:
    found = stream.read(count)
    return found if len(found) == count else None


def versions() -> dict[str, str]:
    """Of all that decides what a seed looks like."""
    known = {"edition": __version__, "python": ".".join(platform.python_version_tuple()[:2])}
    return known | {name: importlib.metadata.version(name) for name in PACKAGES}


def differing(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """Which versions differ, in words; empty when none does."""
    names = [name for name in ours if theirs.get(name) != ours[name]]
    return ", ".join(f"{n} {theirs.get(n, 'missing')} (here {ours[n]})" for n in names)


def fault(error: BaseException) -> Message:
    """An error as it goes over the wire."""
    if isinstance(error, Unfit):
        return fault(error.reason) | {"unfit": True}
    if isinstance(error, EditionError):
        return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    if isinstance(error, OutOfMemory):
        return {"kind": "OutOfMemory", "message": "", "hint": ""}
    return {"kind": "", "message": f"{type(error).__name__}: {error}", "hint": ""}


def raised(fault: Message, machine: str = "") -> Exception:
    """The error again, on the press's side, with the machine's name in front."""
    kind = getattr(errors, fault["kind"], None)
    text = f"{machine}: {fault['message']}" if machine else fault["message"]
    if kind is OutOfMemory:
        return OutOfMemory()
    if kind is None or not issubclass(kind, EditionError):
        return RuntimeError(text)
    if kind is errors.InvalidRecipe:
        kind = errors.RecipeError
    made: Exception = kind(text, hint=fault["hint"])
    return made
