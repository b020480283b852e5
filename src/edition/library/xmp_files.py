"""Where XMP is: in a picture's file, or in a sidecar beside it. No pixel is ever written again.

Two names of sidecars are in use. darktable and digiKam write ``night.jpg.xmp``, Lightroom and
Bridge ``night.xmp``. Both are read, the newer one first. Where there is none, ``night.jpg.xmp`` is
written: it can't be mistaken for that of ``night.png``. Lightroom reads sidecars of raw files only;
for it the packet must be embedded.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from edition import atomic, regular_files
from edition.errors import LibraryError
from edition.library import xmp
from edition.library.content_digest import (
    PNG,
    content_digest,
    jpeg_segments,
    png_chunks,
    webp_chunks,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_MOST = 65_535 - 2 - len(_JPEG_HEAD)
_PNG_HEAD = b"XML:com.adobe.xmp\0\0\0\0\0"
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10


def sidecar_names(name: str) -> tuple[str, str]:
    """What a picture's sidecar may be called: ``night.jpg.xmp``, ``night.xmp``."""
    return f"{name}.xmp", f"{name.rpartition('.')[0] or name}.xmp"


def sidecars(picture: Path) -> list[Path]:
    """A picture's sidecars that are there, the newest first."""
    found = []
    for name in sidecar_names(picture.name):
        for spelled in (name, f"{name[:-4]}.XMP"):
            path = picture.with_name(spelled)
            with suppress(OSError):
                found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(dict.fromkeys(found), reverse=True)]


def read(picture: Path, embedded: bytes = b"") -> xmp.Told:
    """What a picture's sidecars and its own packet say; sidecars first, the newest before others.

    Args:
        picture: the file.
        embedded: its own packet.
    """
    told = xmp.Told()
    for path in sidecars(picture):
        with suppress(OSError):
            told = told.over(xmp.read(regular_files.read_bytes(path, xmp.MOST_BYTES)))
    return told.over(xmp.read(embedded)) if embedded else told


def write_sidecar(picture: Path, want: xmp.Told) -> Path:
    """Writes marks into a picture's sidecar; returns it, or the first of several.

    Raises:
        LibraryError: it can't be read or written, or holds what would be lost.
    """
    there = sidecars(picture) or [picture.with_name(sidecar_names(picture.name)[0])]
    for path in reversed(there):  # the one that was newest stays so
        try:
            old = regular_files.read_bytes(path, xmp.MOST_BYTES) if path.exists() else None
        except OSError as error:
            raise LibraryError(f"Can't read {path}: {regular_files.reason(error)}.") from error
        if old and old.strip(b"\0 \r\n\t") and not xmp.is_readable(old):
            raise LibraryError(
                f"{path} is no XMP that is understood; it was left as it is.",
                hint="Move it away, and the next mark writes a new one.",
            )
        atomic.write(path, xmp.merged(old, want))
    return there[0]


def can_embed(picture: Path) -> bool:
    """Whether a packet can be put into a file of this kind: PNG, JPEG or WebP."""
    with suppress(OSError), regular_files.open_regular(picture) as file:
        return _way(file.read(12)) is not None
    return False


def embed(picture: Path, want: xmp.Told, name: str = "") -> None:
    """Puts XMP into a picture's file; its pixels, its mode and all other metadata stay.

    Args:
        picture: a PNG, JPEG or WebP.
        want: what shall hold.
        name: as for ``xmp.merged``.

    Raises:
        LibraryError: it is of another kind, the packet doesn't fit, or it can't be written.
    """
    try:
        data = regular_files.read_bytes(picture)
        mode = picture.stat().st_mode
    except OSError as error:
        raise LibraryError(f"Can't read {picture}: {regular_files.reason(error)}.") from error
    new = embedded(data, want, name)
    if new is None or content_digest(new) != content_digest(data):
        raise LibraryError(
            f"XMP can't be embedded into {picture.name}.",
            hint='PNG, JPEG and WebP take it; for others: [marks] xmp = "sidecar"',
        )
    atomic.write(picture, new)
    with suppress(OSError):
        picture.chmod(mode & 0o7777)


def embedded(data: bytes, want: xmp.Told, name: str = "") -> bytes | None:
    """A file's bytes with XMP in them; None where that can't be."""
    way = _way(data[:12])
    try:
        return way(memoryview(data), want, name) if way else None
    except (struct.error, IndexError, zlib.error):
        return None


def _way(head: bytes) -> Callable[[memoryview, xmp.Told, str], bytes | None] | None:
    if head.startswith(PNG):
        return _png
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg
    return _webp if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _png(data: memoryview, want: xmp.Told, name: str) -> bytes:
    old, pieces = None, [bytes(data[:8])]
    for kind, at, end in png_chunks(data):
        body = bytes(data[at + 8 : end - 4])
        if kind == b"iTXt" and body.startswith(_PNG_HEAD[:18]):
            packed = body[18] == 1
            text = body[20:].split(b"\0", 2)[2]
            old = zlib.decompressobj().decompress(text, xmp.MOST_BYTES) if packed else text
            continue
        pieces.append(bytes(data[at:end]))
    body = b"iTXt" + _PNG_HEAD + xmp.merged(old, want, name)
    pieces.insert(2, struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    return b"".join(pieces)


def _jpeg(data: memoryview, want: xmp.Told, name: str) -> bytes | None:
    old, pieces, first = None, [bytes(data[:2])], 1
    for marker, at, end in jpeg_segments(data):
        body = bytes(data[at + 4 : end]) if marker == 0xE1 else b""
        if body.startswith(_JPEG_HEAD):
            old = body[len(_JPEG_HEAD) :]
            continue
        pieces.append(bytes(data[at:end]))
        if marker in (0xE0, 0xE1):
            first = len(pieces)
    packet = xmp.merged(old, want, name)
    if len(packet) > _JPEG_MOST:
        return None
    head = struct.pack(">HH", 0xFFE1, len(packet) + len(_JPEG_HEAD) + 2)
    pieces.insert(first, head + _JPEG_HEAD + packet)
    return b"".join(pieces)


def _webp(data: memoryview, want: xmp.Told, name: str) -> bytes:
    chunks = [(kind, bytes(data[at + 8 : end])) for kind, at, end in webp_chunks(data)]
    lengths: list[int] = [
        struct.unpack("<I", data[at + 4 : at + 8])[0] for _, at, _ in webp_chunks(data)
    ]
    bodies = [(kind, body[:n]) for (kind, body), n in zip(chunks, lengths, strict=True)]
    old = next((body for kind, body in bodies if kind == b"XMP "), None)
    bodies = [(kind, body) for kind, body in bodies if kind != b"XMP "]
    if bodies[0][0] == b"VP8X":
        flags = bodies[0][1][0] | _HAS_XMP
        bodies[0] = (b"VP8X", bytes([flags]) + bodies[0][1][1:])
    else:
        bodies.insert(0, (b"VP8X", _webp_head(*bodies[0])))
    bodies.append((b"XMP ", xmp.merged(old, want, name)))
    body: bytes = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for kind, part in bodies
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_head(kind: bytes, body: bytes) -> bytes:
    """The extended header of a simple WebP (RFC 9649, 2.7)."""
    width: int
    height: int
    if kind == b"VP8L":
        bits = struct.unpack("<I", body[1:5])[0]
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", body[6:10]))
        width, height, alpha = width - 1, height - 1, 0
    flags = _HAS_XMP | (_HAS_ALPHA if alpha else 0)
    return bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
