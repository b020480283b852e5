"""PNG files as PDF wants them: their compressed pixels copied as they are, never decoded.

A PNG's IDAT chunks joined are a zlib stream of predicted rows, which is what FlateDecode with
predictor 15 reads (PDF 32000-1, 7.4.4.4). That holds for 8-bit RGB without interlace; every
other picture is decoded and written again, losslessly.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from edition import picture_reader, regular_files
from edition.errors import PictureError, ProofError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BROKEN = (OSError, ValueError, SyntaxError, zlib.error, struct.error, Image.DecompressionBombError)
"""What reading a picture raises when it is none, damaged, or far too large."""
_TRUECOLOUR = 2
_MAX_PROFILE = 4_000_000


@dataclass(frozen=True, slots=True)
class PngChunk:
    """Where a chunk's data is in its file, and the checksum it carries."""

    kind: bytes
    offset: int
    length: int
    crc: int


@dataclass(frozen=True, slots=True)
class ImageScan:
    """A picture file's header, without decoding it."""

    file: Path
    width: int
    height: int
    bits: int
    """Per sample."""
    mode: str
    """``RGB``, ``RGBA``, ``L``, ``LA``, ``P``; or Pillow's name of another file's."""
    through: bool
    """Its compressed pixels can be copied as they are."""
    profile: bytes | None
    """Its own RGB profile; None means sRGB."""
    pixels: tuple[PngChunk, ...]
    fingerprint: bytes
    """Sizes and checksums of all pixel data: changes when a pixel changes."""


def scan(file: Path) -> ImageScan:
    """Reads the chunk headers of a PNG, or the header of another picture file.

    Raises:
        ProofError: the file is missing, cut short, damaged, or no picture.
    """
    try:
        with regular_files.open_regular(file) as stream:
            if stream.read(8) == SIGNATURE:
                return _scan_png(file, stream)
        return _scan_other(file)
    except FileNotFoundError:
        raise ProofError(
            f"The print {file} is not there.",
            hint="Render or upscale its seed again, or leave it out.",
        ) from None
    except BROKEN as error:
        raise ProofError(
            f"{file} can't be read as a picture ({picture_reader.reason(error)}).",
            hint="Move it out of the library, then render or upscale its seed again.",
        ) from error


def _scan_png(file: Path, stream: BinaryIO) -> ImageScan:
    chunks = list(_chunks(stream))
    if not chunks or chunks[0].kind != b"IHDR" or chunks[-1].kind != b"IEND":
        raise ValueError("cut short")
    stream.seek(chunks[0].offset)
    head = stream.read(13)
    width, height, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", head)
    if not 0 < width * height <= picture_reader.OWN_PIXELS:
        raise ValueError(f"{width}×{height} pixels")
    kinds = {chunk.kind: chunk for chunk in chunks}
    pixels = tuple(chunk for chunk in chunks if chunk.kind == b"IDAT")
    if not pixels:
        raise ValueError("no pixels")
    clear = b"tRNS" in kinds
    mode = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}.get(colour, "?") + ("+tRNS" * clear)
    profile = _own_profile(stream, kinds[b"iCCP"]) if b"iCCP" in kinds else None
    through = (bits, colour, interlace, clear) == (8, _TRUECOLOUR, 0, False)
    marks = b"".join(struct.pack(">II", chunk.length, chunk.crc) for chunk in pixels)
    return ImageScan(
        file, width, height, bits, mode, through, profile if through else None, pixels, head + marks
    )


def _chunks(stream: BinaryIO) -> Iterator[PngChunk]:
    offset = 8
    while True:
        stream.seek(offset)
        head = stream.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        stream.seek(offset + 8 + length)
        tail = stream.read(4)
        if len(tail) < 4:
            raise ValueError("cut short")
        yield PngChunk(kind, offset + 8, length, struct.unpack(">I", tail)[0])
        if kind == b"IEND":
            return
        offset += length + 12


def _own_profile(stream: BinaryIO, chunk: PngChunk) -> bytes | None:
    """The embedded profile where it is an RGB one; PNGs tagged otherwise are taken as sRGB."""
    stream.seek(chunk.offset)
    data = stream.read(chunk.length)
    packed = data[data.index(b"\0") + 2 :]
    profile = zlib.decompressobj().decompress(packed, _MAX_PROFILE)
    return profile if profile[16:20] == b"RGB " and profile[36:40] == b"acsp" else None


def _scan_other(file: Path) -> ImageScan:
    with picture_reader.opened(file) as image:
        mode = image.mode
    width, height = picture_reader.upright_size(file)
    if not 0 < width * height <= picture_reader.OWN_PIXELS:
        raise ValueError(f"{width}×{height} pixels")
    seen = zlib.crc32(file.read_bytes())
    return ImageScan(
        file, width, height, 8, mode, False, None, (), struct.pack(">III", width, height, seen)
    )


@dataclass(frozen=True, slots=True)
class ImageStream:
    """A picture on its way into a PDF: whole, or reduced to fewer pixels."""

    scan: ImageScan
    reduced: tuple[int, int] | None = None
    """Width and height to reduce it to."""
    quality: int = 0
    """Of a JPEG, 4:4:4, where it is written as one; 0 keeps every pixel as it is."""

    @property
    def through(self) -> bool:
        """Its compressed pixels are copied as they are."""
        return self.scan.through and self.reduced is None and not self.quality

    @property
    def width(self) -> int:
        """Pixels across, in the PDF."""
        return self.reduced[0] if self.reduced else self.scan.width

    @property
    def height(self) -> int:
        """Pixels down, in the PDF."""
        return self.reduced[1] if self.reduced else self.scan.height

    @property
    def profile(self) -> bytes | None:
        """The profile of its pixels in the PDF; None means sRGB."""
        return self.scan.profile if self.through else None

    @property
    def fingerprint(self) -> bytes:
        """Changes when a pixel changes."""
        return self.scan.fingerprint + struct.pack(">III", self.width, self.height, self.quality)

    @property
    def length(self) -> int | None:
        """Compressed bytes; None where they are rebuilt."""
        return sum(chunk.length for chunk in self.scan.pixels) if self.through else None

    def pieces(self) -> Iterator[bytes]:
        """The pixels as a zlib stream of predicted RGB8 rows, or as a JPEG, piece by piece.

        Raises:
            ProofError: a piece does not match its checksum, or the file can't be read.
        """
        return _copied(self.scan) if self.through else _anew(self)


def _copied(picture: ImageScan) -> Iterator[bytes]:
    try:
        with picture.file.open("rb") as stream:
            for chunk in picture.pixels:
                stream.seek(chunk.offset)
                data = stream.read(chunk.length)
                if len(data) != chunk.length or zlib.crc32(data, zlib.crc32(b"IDAT")) != chunk.crc:
                    raise ProofError(
                        f"{picture.file} is damaged: its pixels do not match their checksum.",
                        hint="Render or upscale it again.",
                    )
                yield data
    except OSError as error:
        raise ProofError(f"{picture.file} can't be read ({error}).") from error


def _anew(source: ImageStream) -> Iterator[bytes]:
    """Decodes, lays on white, reduces to 8 bits and to the size asked for, compresses again."""
    image = flat(source.scan.file)
    if source.reduced:
        # Averaging down to twice the size first changes no pixel by more than one and is quick.
        image = image.resize(source.reduced, Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    if source.quality:
        image.save(buffer, "JPEG", quality=source.quality, subsampling=0)
        yield buffer.getvalue()
        return
    image.save(buffer, "PNG", compress_level=6)
    for chunk in list(_chunks(buffer)):
        if chunk.kind == b"IDAT":
            buffer.seek(chunk.offset)
            yield buffer.read(chunk.length)


def flat(file: Path) -> Image.Image:
    """A picture file as RGB8, transparency laid on white, colours converted to sRGB.

    Raises:
        ProofError: the file is no picture, or damaged.
    """
    try:
        return picture_reader.read(file, picture_reader.OWN_PIXELS)
    except PictureError as error:
        raise ProofError(
            error.message, hint="Move it out of the library, then render or upscale its seed again."
        ) from error
