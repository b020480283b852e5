"""The header of a GGUF file: a network's tensors, quantised in blocks. Needs no package."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from edition.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by its kind; 8 is a text, 9 a list."""
_WHOLE = (0, 2, 4, 10)
_TEXT, _LIST = 8, 9
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    20: (32, 18), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    30: (1, 2),
}  # fmt: skip
"""Numbers and bytes of a block by the tensor's kind, as ggml numbers them."""
_MOST = 1_000_000
"""Tensors, facts, or letters of a name: more is no header."""


@dataclass(slots=True)
class GgufHeader:
    """What a file says of itself."""

    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Of its tensors, as torch orders them."""
    facts: dict[str, str | int] = field(default_factory=dict)
    """Texts and small numbers by name: ``general.license``."""
    end: int = 0
    """Bytes of all tensors."""


def read(file: Path, hint: str = "") -> GgufHeader:
    """Reads the header and checks that all tensors are in the file; their values are not read.

    Args:
        file: ends in ``.gguf``.
        hint: what to do where it is broken.

    Raises:
        ModelError: it is cut short or no GGUF file.
    """
    broken = ModelError(f"{file} is cut short or broken.", hint=hint or "Copy it once more.")
    try:
        with file.open("rb") as stream:
            found = _header(stream)
            align = max(1, int(found.facts.get("general.alignment", 32)))
            start = -(-stream.tell() // align) * align
        size = file.stat().st_size
    except (struct.error, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise broken from error
    except OSError as error:
        raise ModelError(f"Can't read {file}: {error.strerror or error}.") from error
    if not found.shapes or start + found.end > size:
        raise broken
    return found


def _header(stream: BinaryIO) -> GgufHeader:
    if stream.read(4) != b"GGUF":
        raise ValueError("no GGUF file")
    version, tensors, facts = _read(stream, "IQQ")
    if version not in (2, 3) or max(tensors, facts) > _MOST:
        raise ValueError("no version that is known")
    found = GgufHeader()
    for _ in range(facts):
        name, (kind,) = _text(stream), _read(stream, "I")
        value = _value(stream, kind)
        if value is not None:
            found.facts[name] = value
    for _ in range(tensors):
        name, (count,) = _text(stream), _read(stream, "I")
        if count > 8:
            raise ValueError("too many dimensions")
        sides = _read(stream, "Q" * count)
        kind, offset = _read(stream, "IQ")
        numbers, size = _BLOCKS.get(kind, (1, 0))
        found.shapes[name] = tuple(reversed(sides))
        found.end = max(found.end, offset + math.prod(sides) // numbers * size)
    return found


def _read(stream: BinaryIO, form: str) -> tuple[Any, ...]:
    form = f"<{form}"
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def _text(stream: BinaryIO) -> str:
    (length,) = _read(stream, "Q")
    if length > _MOST:
        raise ValueError("no text")
    return stream.read(length).decode()


def _value(stream: BinaryIO, kind: int) -> str | int | None:
    """A text or a whole number; everything else is passed over."""
    if kind == _TEXT:
        return _text(stream)
    if kind == _LIST:
        inner, count = _read(stream, "IQ")
        if inner in _SCALARS:
            stream.seek(count * _SCALARS[inner], 1)
        elif count > _MOST:
            raise ValueError("no list")
        else:
            for _ in range(count):
                _value(stream, inner)
        return None
    data = stream.read(_SCALARS[kind])
    return int.from_bytes(data, "little") if kind in _WHOLE else None
