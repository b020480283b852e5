"""Changes inputs the way accidents and attackers do, knowing how their formats are built."""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

Mutation = Callable[[random.Random, bytes], bytes]
_NUMBERS = (
    b"0", b"-1", b"1e999", b"-1e999", b"NaN", b"2147483648", b"18446744073709551616", b"1.5",
    b"9" * 400, b"0x10", b"1_000",
)  # fmt: skip
_WORDS = (
    b"", b"null", b"true", b"\x00", b"\xff\xfe", "ä".encode(), "\u202e".encode(), b"\x1b[2J", b"'",
    b'"', b"\\", b"\n", b"{", b"}", b"[" * 5000, b"(" * 5000, b"../../x", b"/dev/zero", b"%s",
    b"x" * 70_000,
)  # fmt: skip
_LEAVES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 10**400, "", "x", "\x00", "nan", [], {}, [[]], {"": None},
)  # fmt: skip
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def any_bytes(random: random.Random, data: bytes) -> bytes:
    """Flips, removes, repeats or inserts bytes, or cuts the end off."""
    if not data:
        return random.choice(_WORDS)
    at = random.randrange(len(data))
    end = min(len(data), at + random.choice((1, 2, 4, 16, 200)))
    way = random.randrange(6)
    if way == 0:
        return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
    if way == 1:
        return data[:at] + data[end:]
    if way == 2:
        return data[:end] + data[at:end] * random.choice((1, 2, 300)) + data[end:]
    if way == 3:
        return data[:at] + random.randbytes(end - at) + data[end:]
    if way == 4:
        size = random.choice((2, 4))
        order = random.choice(("<", ">"))
        value = random.choice(_EXTREMES) & (1 << 8 * size) - 1
        return data[:at] + struct.pack(f"{order}{'H' if size == 2 else 'I'}", value) + data[end:]
    return data[:at]


def text(random: random.Random, data: bytes) -> bytes:
    """Replaces, removes, doubles or swaps words, numbers and lines."""
    way = random.randrange(5)
    if way == 0:
        return _swapped(random, data, rb"-?\d[\d.]*", _NUMBERS)
    if way == 1:
        return _swapped(random, data, rb"[A-Za-z_]\w*", _WORDS)
    if way == 2:
        return _swapped(random, data, rb"[^\w\s]", (*_WORDS, b":", b"=", b"..", b"-", b",,"))
    if way == 3:
        lines = data.split(b"\n")
        lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
        random.shuffle(lines)
        return b"\n".join(lines)
    return any_bytes(random, data)


def _swapped(
    random: random.Random, data: bytes, pattern: bytes, others: tuple[bytes, ...]
) -> bytes:
    found = list(re.finditer(pattern, data))
    if not found:
        return data + random.choice(others)
    hit = random.choice(found)
    return data[: hit.start()] + random.choice(others) + data[hit.end() :]


def json_tree(random: random.Random, data: bytes) -> bytes:
    """Changes a value or a key of a JSON document, or the text itself."""
    if random.random() < 0.3:
        return text(random, data)
    try:
        return json.dumps(_changed(random, json.loads(data))).encode()
    except (ValueError, RecursionError):  # broken, or too deep, from an earlier change
        return text(random, data)


def json_lines(random: random.Random, data: bytes) -> bytes:
    """Changes one line of JSON Lines, or the text itself."""
    lines = data.splitlines()
    if not lines or random.random() < 0.3:
        return text(random, data)
    at = random.randrange(len(lines))
    lines[at] = json_tree(random, lines[at])
    return b"\n".join(lines) + b"\n"


def _changed(random: random.Random, node: Any) -> Any:
    if isinstance(node, dict) and node and random.random() < 0.85:
        key = random.choice(list(node))
        way = random.random()
        if way < 0.1:
            return {k: v for k, v in node.items() if k != key}
        if way < 0.2:
            return {(random.choice(("", "x", "\x00", "0")) if k == key else k): v
                    for k, v in node.items()}  # fmt: skip
        return {**node, key: _changed(random, node[key])}
    if isinstance(node, list) and node and random.random() < 0.85:
        at = random.randrange(len(node))
        return [*node[:at], _changed(random, node[at]), *node[at + 1 :]]
    if isinstance(node, str) and random.random() < 0.3:
        return text(random, node.encode()).decode("utf-8", "replace")
    if random.random() < 0.02:
        deep: Any = node
        for _ in range(500):
            deep = [deep]
        return deep
    return random.choice(_LEAVES)


def png(random: random.Random, data: bytes) -> bytes:
    """Changes a chunk and makes its checksum right again; drops, doubles or moves chunks."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    if not chunks or random.random() < 0.2:
        return any_bytes(random, data)
    i = random.randrange(len(chunks))
    way = random.randrange(5)
    if way == 0:
        del chunks[i]
    elif way == 1:
        chunks.insert(random.randrange(len(chunks) + 1), chunks[i])
    elif way == 2:
        kind = random.choice(
            (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"gAMA", b"tRNS", b"acTL")
        )
        chunks[i] = (kind, chunks[i][1])
    else:
        kind, body = chunks[i]
        if kind in (b"zTXt", b"iCCP") and b"\0" in body:
            name, packed = body.split(b"\0", 1)
            try:
                inner = text(random, zlib.decompress(packed[1:]))
            except zlib.error:
                inner = packed
            chunks[i] = (kind, name + b"\0\0" + zlib.compress(inner))
        else:
            change = text if kind in (b"tEXt", b"iTXt") else any_bytes
            chunks[i] = (kind, change(random, body))
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def jpeg(random: random.Random, data: bytes) -> bytes:
    """Changes one segment before the pixels, with its length made right."""
    at = 2
    segments = []
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        segments.append((at, at + 2 + length))
        at += 2 + length
    if not segments or random.random() < 0.3:
        return any_bytes(random, data)
    start, end = random.choice(segments)
    body = any_bytes(random, data[start + 4 : end])[:60_000]
    return data[: start + 2] + struct.pack(">H", len(body) + 2) + body + data[end:]


def webp(random: random.Random, data: bytes) -> bytes:
    """Changes one RIFF chunk, with the lengths made right."""
    at = 12
    chunks = []
    while at + 8 <= len(data):
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    if not chunks or random.random() < 0.2:
        return any_bytes(random, data)
    i = random.randrange(len(chunks))
    chunks[i] = (random.choice((chunks[i][0], b"EXIF", b"XMP ", b"ANIM", b"ICCP")),
                 any_bytes(random, chunks[i][1]))  # fmt: skip
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for kind, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def safetensors(random: random.Random, data: bytes) -> bytes:
    """Changes the header's JSON, with its length made right."""
    length = int.from_bytes(data[:8], "little")
    if length > len(data) - 8 or random.random() < 0.2:
        return any_bytes(random, data)
    header = json_tree(random, data[8 : 8 + length])
    return len(header).to_bytes(8, "little") + header + data[8 + length :]
