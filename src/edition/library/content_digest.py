"""Names a picture by what it shows, and by what it says of its making.

A program that rates a picture writes into its file. The picture stays the same one, and so does its
digest: PNG, JPEG and WebP are taken apart far enough to leave EXIF and XMP out. Colour profiles
belong to what is shown. Every other format is digested whole.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SHOWN = {
    b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"acTL",
    b"fcTL", b"fdAT",
}  # fmt: skip
_WEBP_SHOWN = {b"ICCP", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"}
MAKING = {
    "parameters", "prompt", "workflow", "Comment", "Description", "sd-metadata", "edition",
    "invokeai_metadata", "invokeai_graph", "Dream", "generation_data", "fooocus_scheme",
}  # fmt: skip
"""Texts by which programs say how they made a picture; no rating or caption is among them."""
_SOS, _APP, _COM, _ICC_APP, _ADOBE_APP = 0xDA, range(0xE0, 0xF0), 0xFE, 0xE2, 0xEE
_BARE = {0x01, *range(0xD0, 0xD9)}
"""JPEG markers without a length."""


def content_digest(data: bytes) -> str:
    """SHA-256, hex, over what a picture file shows.

    Args:
        data: the whole file.
    """
    view = memoryview(data)
    try:
        if data.startswith(PNG):
            return _hashed(b"png", _shown_png(view))
        if data.startswith(b"\xff\xd8\xff"):
            return _hashed(b"jpeg", _shown_jpeg(view))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _hashed(b"webp", _shown_webp(view))
    except (struct.error, IndexError):
        pass  # broken: whoever decodes it says so
    return _hashed(b"file", [view])


def with_texts(digest: str, carried: Mapping[str, str]) -> str:
    """The digest of a picture that says how it was made; two that say otherwise are two.

    Args:
        digest: from ``content_digest``.
        carried: a file's texts by name; those of ``MAKING`` count.
    """
    said = sorted((name, text) for name, text in carried.items() if name in MAKING and text)
    if not said:
        return digest
    text = json.dumps([digest, said], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _hashed(kind: bytes, pieces: Iterable[memoryview | bytes]) -> str:
    digest = hashlib.sha256(kind)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def png_chunks(data: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """A PNG's chunks: kind, where the chunk begins, where the next one does.

    Raises:
        struct.error: it is cut short.
    """
    at = len(PNG)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        yield kind, at, end
        if kind == b"IEND":
            return
        at = end


def _shown_png(data: memoryview) -> Iterator[memoryview]:
    return (data[at + 4 : end] for kind, at, end in png_chunks(data) if kind in _PNG_SHOWN)


def jpeg_segments(data: memoryview) -> Iterator[tuple[int, int, int]]:
    """A JPEG's segments before its scan: marker, where it begins, where the next one does.

    Raises:
        struct.error, IndexError: it is cut short.
    """
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == _SOS:
            yield marker, at, len(data)
            return
        length = 0 if marker in _BARE else struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield marker, at, at + 2 + length
        at += 2 + length


def _shown_jpeg(data: memoryview) -> Iterator[memoryview]:
    for marker, at, end in jpeg_segments(data):
        profile = marker == _ICC_APP and bytes(data[at + 4 : at + 15]) == b"ICC_PROFILE"
        if profile or marker == _ADOBE_APP or (marker not in _APP and marker != _COM):
            yield data[at:end]


def webp_chunks(data: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """A WebP's chunks: kind, where the chunk begins, where the next one does.

    Raises:
        struct.error: it is cut short.
    """
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        end = at + 8 + length + length % 2
        yield kind, at, end
        at = end


def _shown_webp(data: memoryview) -> Iterator[memoryview]:
    return (data[at:end] for kind, at, end in webp_chunks(data) if kind in _WEBP_SHOWN)
