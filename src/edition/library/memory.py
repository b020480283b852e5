"""What the text mirrors say of prints, brought back with a print's row.

A row can be lost, with its file or with the whole database. When the print comes in again, drawn
anew or found on the disk, what a person decided about it comes back in the very transaction that
gives it a row: at no moment is there a print without its marks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from edition import paths, regular
from edition.library.files import mirrored, parsed
from edition.library.splits import split_of
from edition.library.trash import known_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from edition.library.files import Mirrored
    from edition.library.splits import Said
    from edition.library.trash import Known

Name = tuple[str, int]
"""Digest and seed."""
T = TypeVar("T")


@dataclass(slots=True)
class _Tail(Generic[T]):
    """The last that a mirror says of every print; what is appended to it is read on."""

    path: Path
    read: Callable[[dict[str, Any]], tuple[Name, T] | None]
    said: dict[Name, T] = field(default_factory=dict)
    inode: int = 0
    end: int = 0
    """Bytes of whole lines that were read."""

    def now(self) -> dict[Name, T]:
        """By digest and seed."""
        try:
            mirror = regular.open_regular(self.path)
        except FileNotFoundError:
            return {}
        with mirror:
            state = os.fstat(mirror.fileno())
            if state.st_ino != self.inode or state.st_size < self.end:  # another file
                self.said, self.inode, self.end = {}, state.st_ino, 0
            mirror.seek(self.end)
            block = mirror.read()
        self.end += block.rfind(b"\n") + 1
        for fields in parsed(block.decode(errors="replace").split("\n")):
            found = self.read(fields)
            if found:
                self.said[found[0]] = found[1]
        return self.said


class Memory:
    """The three mirrors of an edition, read no further than they have grown."""

    def __init__(self, root: Path, slug: str) -> None:
        self._marks: _Tail[Mirrored] = _Tail(paths.marks_file(root, slug), mirrored)
        self._trash: _Tail[Known] = _Tail(paths.trash_file(root, slug), known_of)
        self._splits: _Tail[Said] = _Tail(paths.stacks_file(root, slug), split_of)

    def bring_back(self, connection: sqlite3.Connection, names: dict[Name, int]) -> None:
        """Gives rows what was decided about their prints, inside a transaction.

        Neither journalled nor mirrored: it is what the mirrors say already.

        Args:
            connection: in a transaction.
            names: digest and seed → id of prints that have just got a row.
        """
        marks, trash, splits = self._marks.now(), self._trash.now(), self._splits.now()
        connection.executemany(
            "UPDATE prints SET star = ?, reject = ?, rating = ?, label = ?, note = ?, tags = ?"
            " WHERE id = ?",
            (
                (m.star, m.reject, m.rating, m.label, kept.note, " ".join(kept.tags), i)
                for name, i in names.items()
                if (kept := marks.get(name))
                for m in (kept.marks,)
            ),
        )
        connection.executemany(
            "UPDATE prints SET trash = ? WHERE id = ?",
            (  # what was emptied and is drawn again lies there no more
                (known.since, i)
                for name, i in names.items()
                if (known := trash.get(name)) and not known.emptied
            ),
        )
        connection.executemany(
            "UPDATE prints SET apart = ?, best = ? WHERE id = ?",
            ((*splits[name], i) for name, i in names.items() if name in splits),
        )
