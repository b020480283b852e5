"""What a disk may hold after a power cut, from a record of what was written to it.

A file's bytes are safe once it was flushed (fsync) after they were written; a folder's entries
(new files, renames, removals) once the folder was flushed. All else may be there or not: bytes each
by itself, as zeros, or cut at a sector; entries of one folder in their order up to some point,
folders independently of each other. That is more than usual file systems allow themselves.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_HEAD = struct.Struct("<BQQII")
_WRITE, _TRUNCATE, _SYNC, _RENAME, _UNLINK, _RMDIR, _MKDIR, _CREATE, _SYMLINK, _LINK, _MARK = range(
    1, 12
)
"""As kill_points.c numbers them."""
_SECTOR = 512
Node = bytes | str | None
"""A file's bytes, where a link leads, or None: a folder."""


@dataclass(slots=True)
class Change:
    """One change, by what it changes: a node's bytes, or entries of folders."""

    node: int = -1
    """Whose bytes; -1: entries change."""
    offset: int = 0
    data: bytes = b""
    size: int = -1
    """The file's new size, for a truncation; else -1."""
    entries: tuple[tuple[int, str, int], ...] = ()
    """Folder, name and node there; -1: the name goes."""


@dataclass(slots=True)
class Disk:
    """A folder before, and all that happened to it."""

    nodes: dict[int, Node] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    synced: list[tuple[int, frozenset[int]]] = field(default_factory=list)
    """After so many changes these became safe."""
    marks: list[int] = field(default_factory=list)
    """After so many changes an act was reported done."""

    def safe(self, count: int) -> set[int]:
        """Changes among the first ``count`` that are on the disk whatever happens."""
        return {i for at, which in self.synced if at <= count for i in which if i < count}


def read(folder: Path) -> Disk:
    """A folder as it is now, before anything happens to it."""
    disk = Disk({0: None}, {0: {}})

    def enter(node: int, path: Path) -> None:
        for entry in sorted(path.iterdir()):
            number = len(disk.nodes)
            disk.names[node][entry.name] = number
            if entry.is_symlink():
                disk.nodes[number] = str(entry.readlink())
            elif entry.is_dir():
                disk.nodes[number] = None
                disk.names[number] = {}
                enter(number, entry)
            else:
                disk.nodes[number] = entry.read_bytes()

    enter(0, folder)
    return disk


class Recorded:
    """Follows a record from the start and notes each change by its node."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self.disk, self.folder = disk, f"{folder}/"
        self._names = {node: dict(entries) for node, entries in disk.names.items()}
        self._open: dict[int, set[int]] = {}
        """Node → its changes that are not safe yet; of folders, those of entries."""

    def follow(self, record: bytes) -> None:
        """Reads all of a record."""
        at = 0
        while at < len(record):
            op, offset, size, first, second = _HEAD.unpack_from(record, at)
            at += _HEAD.size
            texts = record[at : at + first], record[at + first : at + first + second]
            at += first + second
            self._one(op, os.fsdecode(texts[0]), os.fsdecode(texts[1]), offset,
                      record[at : at + size])  # fmt: skip
            at += size

    def _one(self, op: int, path: str, other: str, offset: int, data: bytes) -> None:
        if op == _MARK:
            self.disk.marks.append(len(self.disk.changes))
            return
        if path.endswith("-shm"):  # SQLite makes it again
            return
        place = self._place(path)
        node = self._at(place)
        if op == _SYNC:
            node = 0 if path == self.folder[:-1] else node
            safe = self._open.pop(node, set())
            self.disk.synced.append((len(self.disk.changes), frozenset(safe)))
        elif op in (_WRITE, _TRUNCATE) and node >= 0:
            size = offset if op == _TRUNCATE else -1
            self._add(Change(node, offset, data, size), node)
        elif op in (_CREATE, _MKDIR, _SYMLINK) and place is not None and node < 0:
            self._enter(place, self._new(op, data))
        elif op in (_UNLINK, _RMDIR) and place is not None and node >= 0:
            self._enter(place, -1)
        elif op in (_RENAME, _LINK):
            self._move(place, self._place(other), gone=op == _RENAME)

    def _new(self, op: int, data: bytes) -> int:
        number = len(self.disk.nodes)
        self.disk.nodes[number] = {_MKDIR: None, _SYMLINK: os.fsdecode(data)}.get(op, b"")
        if op == _MKDIR:
            self._names[number] = {}
            self.disk.names[number] = {}
        return number

    def _place(self, path: str) -> tuple[int, str] | None:
        if not path.startswith(self.folder):
            return None
        *above, name = path[len(self.folder) :].split("/")
        node = 0
        for part in above:
            node = self._names.get(node, {}).get(part, -1)
        return (node, name) if node in self._names else None

    def _at(self, place: tuple[int, str] | None) -> int:
        return self._names[place[0]].get(place[1], -1) if place else -1

    def _move(
        self, old: tuple[int, str] | None, new: tuple[int, str] | None, *, gone: bool
    ) -> None:
        node = self._at(old)
        if node < 0 or old is None or new is None:
            return
        entries = ((*old, -1), (*new, node)) if gone else ((*new, node),)
        self._add(Change(entries=entries), *{folder for folder, _, _ in entries})
        for folder, name, there in entries:
            self._set(folder, name, there)

    def _enter(self, place: tuple[int, str], node: int) -> None:
        self._add(Change(entries=((*place, node),)), place[0])
        self._set(*place, node)

    def _set(self, folder: int, name: str, node: int) -> None:
        if node < 0:
            self._names[folder].pop(name, None)
        else:
            self._names[folder][name] = node

    def _add(self, change: Change, *nodes: int) -> None:
        for node in nodes:
            self._open.setdefault(node, set()).add(len(self.disk.changes))
        self.disk.changes.append(change)


@dataclass(slots=True)
class Left:
    """What a power cut has left."""

    nodes: Mapping[int, Node]
    names: dict[int, dict[str, int]]

    def write(self, folder: Path, node: int = 0) -> None:
        """Makes it in a folder that is empty or not there."""
        folder.mkdir(exist_ok=True)
        for name, child in self.names[node].items():
            content = self.nodes[child]
            if content is None:
                self.write(folder / name, child)
            elif isinstance(content, str):
                (folder / name).symlink_to(content)
            else:
                (folder / name).write_bytes(content)

    def key(self, node: int = 0) -> object:
        """Equal for what is equal on the disk."""
        return tuple(
            (name, self.key(child) if self.nodes[child] is None else hash(self.nodes[child]))
            for name, child in sorted(self.names[node].items())
        )


def cut(disk: Disk, count: int, kept: Mapping[int, bytes | None]) -> Left:
    """What is left after ``count`` changes, of which some are lost.

    Args:
        disk: all that happened.
        count: changes that were made before the power went.
        kept: those that survived; bytes, where other ones survived than were written.
    """
    nodes, names = dict(disk.nodes), {n: dict(entries) for n, entries in disk.names.items()}
    changed: dict[int, bytearray] = {}
    for number, change in enumerate(disk.changes[:count]):
        if number not in kept:
            continue
        for folder, name, node in change.entries:
            if node < 0:
                names[folder].pop(name, None)
            else:
                names[folder][name] = node
        if change.node >= 0:
            content = changed.setdefault(change.node, bytearray(nodes[change.node] or b""))
            instead = kept[number]
            _apply(content, change, change.data if instead is None else instead)
    nodes.update({node: bytes(content) for node, content in changed.items()})
    return Left(nodes, names)


def _apply(content: bytearray, change: Change, data: bytes) -> None:
    if change.size >= 0:
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(data)] = data


def cuts(disk: Disk, count: int, chance: random.Random, more: int) -> Iterator[Left]:
    """What a power cut after ``count`` changes may leave: six plain cases, and some by chance."""
    safe = dict.fromkeys(disk.safe(count))
    loose = [i for i in range(count) if i not in safe]
    names = [i for i in loose if disk.changes[i].entries]
    data = [i for i in loose if not disk.changes[i].entries]
    zeros = {i: bytes(len(disk.changes[i].data)) for i in data}
    yield cut(disk, count, dict.fromkeys(range(count)))
    if not loose:
        return
    yield cut(disk, count, safe)
    yield cut(disk, count, safe | dict.fromkeys(names))
    yield cut(disk, count, safe | dict.fromkeys(names) | zeros)
    yield cut(disk, count, safe | dict.fromkeys(data))
    yield cut(disk, count, dict.fromkeys(range(count)) | _torn(disk, loose[-1], chance))
    for _ in range(more):
        yield cut(disk, count, safe | _some(disk, names, data, chance))


def _torn(disk: Disk, number: int, chance: random.Random) -> dict[int, bytes | None]:
    data = disk.changes[number].data
    return {number: data[: chance.randint(0, len(data) // _SECTOR) * _SECTOR] if data else None}


def _some(
    disk: Disk, names: list[int], data: list[int], chance: random.Random
) -> dict[int, bytes | None]:
    """Entries of each folder up to some point; any of the bytes."""
    kept: dict[int, bytes | None] = {}
    closed: set[int] = set()
    for number in names:
        folders = {folder for folder, _, _ in disk.changes[number].entries}
        if folders & closed or chance.random() < 0.3:
            closed |= folders
        else:
            kept[number] = None
    for number in data:
        if chance.random() < 0.6:
            kept |= _torn(disk, number, chance) if chance.random() < 0.2 else {number: None}
    return kept
