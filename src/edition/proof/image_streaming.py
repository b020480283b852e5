"""Puts picture data into a finished PDF while writing it, one picture in memory at a time.

The skeleton holds everything but the pixels, in a classic cross-reference table: objects are
copied in order, stand-ins get their picture's compressed pixels, offsets are counted again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edition import atomic
from edition.errors import ProofError
from edition.proof.document_model import Progress
from edition.proof.png_passthrough import ImageStream

MAX_BYTES = 9_999_999_999
"""A cross-reference entry has ten digits."""
_STAND_IN = re.compile(
    rb"\d+ 0 obj\n<< (?P<dict>[^\n]*) /Length 20 >>\n"
    rb"stream\nEDITION-IMAGE-(?P<number>\d{6})\nendstream\nendobj\n"
)


def marker(number: int) -> bytes:
    """The 20 bytes that represent a picture's pixels."""
    return b"EDITION-IMAGE-%06d" % number


@dataclass
class _Writer:
    """A file being written, and where in it we are."""

    stream: IO[bytes]
    at: int = 0

    def put(self, data: bytes) -> None:
        self.stream.write(data)
        self.at += len(data)


def write(
    skeleton: bytes, pictures: Sequence[ImageStream], out: Path, progress: Progress | None = None
) -> None:
    """Writes the whole PDF: temporary file, fsync, rename; a failure leaves nothing behind.

    Args:
        skeleton: what prepress.finish returned.
        pictures: by the number that their stand-ins carry.
        out: the file to make; its folder is made where it is missing.
        progress: called after each picture.

    Raises:
        ProofError: a picture is damaged, or the file can't be written.
    """
    atomic.sweep(out.parent)
    with atomic.opened(out, ProofError) as stream:
        _write(skeleton, pictures, _Writer(stream), progress)


def _write(
    skeleton: bytes, pictures: Sequence[ImageStream], out: _Writer, progress: Progress | None
) -> None:
    table = int(skeleton[skeleton.rindex(b"startxref\n") + 10 :].split()[0])
    offsets = _offsets(skeleton, table)
    out.put(skeleton[: offsets[0]])
    places = []
    done = 0
    for start, end in zip(offsets, [*offsets[1:], table], strict=True):
        places.append(out.at)
        found = _STAND_IN.fullmatch(skeleton, start, end)
        if found is None:
            out.put(skeleton[start:end])
            continue
        _put_picture(out, len(places), found["dict"], pictures[int(found["number"])])
        done += 1
        if progress is not None:
            progress(done, len(pictures))
    if out.at > MAX_BYTES:
        raise ProofError(
            f"The PDF would have {out.at / 1e9:.1f} GB; the format ends at 10.",
            hint="Make several proofs of fewer prints.",
        )
    _put_table(out, places, skeleton[skeleton.index(b"trailer ", table) :])


def _offsets(skeleton: bytes, table: int) -> list[int]:
    """Where objects 1 to n begin; qpdf writes them in order, without gaps."""
    lines = skeleton[table:].split(b"\n")
    count = int(lines[1].split()[1])
    offsets = [int(line[:10]) for line in lines[3 : 2 + count]]
    if offsets != sorted(offsets):
        raise ProofError("The PDF's structure is out of order.", hint="Please report this.")
    return offsets


def _put_picture(out: _Writer, number: int, entries: bytes, picture: ImageStream) -> None:
    """Writes an image object; its length follows the pixels, so that these are read only once."""
    pieces: Iterable[bytes] = picture.pieces()
    length = picture.length
    if length is None:  # rebuilt: known only when it is done
        pieces = list(pieces)
        length = sum(map(len, pieces))
    out.put(b"%d 0 obj\n<< %s /Length %d >>\nstream\n" % (number, entries, length))
    for piece in pieces:
        out.put(piece)
    out.put(b"\nendstream\nendobj\n")


def _put_table(out: _Writer, places: list[int], trailer: bytes) -> None:
    table = out.at
    out.put(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.put(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.put(trailer[: trailer.rindex(b"startxref\n")])
    out.put(b"startxref\n%d\n%%%%EOF\n" % table)
