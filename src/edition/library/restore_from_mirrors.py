"""The text mirrors' state of prints, brought back with a print's row.

A row can be lost, with its file or with the whole database. When the print comes in again, drawn
again or found on the disk, what a person decided about it comes back in the very transaction that
gives it a row: at no moment is there a print without its marks.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from edition import paths, regular_files
from edition.library.mirror_files import mirrored, parsed
from edition.library.stack_overrides import split_of
from edition.library.trash_table import known_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection
    from pathlib import Path

    from edition.library.mirror_files import MirroredPrint
    from edition.library.stack_overrides import Said
    from edition.library.trash_table import TrashRecord

Name = tuple[str, int]
"""Digest and seed."""
T = TypeVar("T")


_SEED = re.compile(rb'"seed"\s*:\s*"?(\d+)"?\s*[,}]')


@dataclass(slots=True)
class _MirrorTail(Generic[T]):
    """A mirror's latest state of a print; what is appended to it is read on.

    Its lines are only sorted by seed: to parse 50,000 of them takes half a second, which the
    first print of a press would wait for.
    """

    path: Path
    read: Callable[[dict[str, Any]], tuple[Name, T] | None]
    lines: list[bytes] = field(default_factory=list)
    places: dict[bytes, list[int]] = field(default_factory=dict)
    """A seed's digits → where its lines are; nothing → lines that say their seed in another way."""
    inode: int = 0
    end: int = 0
    """Bytes of whole lines that were read."""

    def of(self, names: Collection[Name]) -> dict[Name, T]:
        """What it says of some prints, by digest and seed."""
        cut = self._read_on()
        if not self.lines and not cut:
            return {}
        seeds = {b"", *(str(seed).encode() for _, seed in names)}
        places = sorted(place for seed in seeds for place in self.places.get(seed, ()))
        asked = [self.lines[place] for place in places]
        said = map(self.read, parsed(line.decode(errors="replace") for line in [*asked, cut]))
        return {found[0]: found[1] for found in said if found and found[0] in names}

    def _read_on(self) -> bytes:
        """Takes in the lines that are new; returns the last one if a kill has cut it."""
        try:
            mirror = regular_files.open_regular(self.path)
        except FileNotFoundError:
            self.lines, self.places, self.inode, self.end = [], {}, 0, 0
            return b""
        with mirror:
            state = os.fstat(mirror.fileno())
            if state.st_ino != self.inode or state.st_size < self.end:  # another file
                self.lines, self.places, self.inode, self.end = [], {}, state.st_ino, 0
            mirror.seek(self.end)
            *whole, cut = mirror.read().split(b"\n")
        for line in whole:
            found = _SEED.findall(line)
            key = found[0] if len(found) == 1 else b""
            self.places.setdefault(key, []).append(len(self.lines))
            self.lines.append(line)
            self.end += len(line) + 1
        return cut


class MirrorRestore:
    """The three mirrors of an edition, read no further than they have grown."""

    def __init__(self, root: Path, slug: str) -> None:
        self._marks: _MirrorTail[MirroredPrint] = _MirrorTail(
            paths.marks_file(root, slug), mirrored
        )
        self._trash: _MirrorTail[TrashRecord] = _MirrorTail(paths.trash_file(root, slug), known_of)
        self._splits: _MirrorTail[Said] = _MirrorTail(paths.stacks_file(root, slug), split_of)

    def bring_back(self, connection: sqlite3.Connection, names: dict[Name, int]) -> set[Name]:
        """Gives rows what was decided about their prints, inside a transaction.

        Neither journalled nor mirrored: it is what the mirrors say already.

        Args:
            connection: in a transaction.
            names: digest and seed → id of prints that have just got a row.

        Returns:
            Those for which the mirror has marks.
        """
        marks, trash = self._marks.of(names), self._trash.of(names)
        splits = self._splits.of(names)
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
            (  # what was emptied and is drawn again is there no more
                (known.since, i)
                for name, i in names.items()
                if (known := trash.get(name)) and not known.emptied
            ),
        )
        connection.executemany(
            "UPDATE prints SET apart = ?, best = ? WHERE id = ?",
            ((*splits[name], i) for name, i in names.items() if name in splits),
        )
        return set(marks)
