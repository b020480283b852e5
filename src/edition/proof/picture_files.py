"""A picture as one file for a print house: its colours, its depth, its tags; in strips."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin, TiffTags
from pydantic import Field, model_validator

from edition.errors import ProofError
from edition.proof import icc_profiles, png_passthrough
from edition.proof.document_model import ProofPrint
from edition.proof.picture_metadata import PictureCaption, exif_fields, xmp
from edition.proof.proof_styles import StyleTable

_STRIP_ROWS = 64
"""Rows in memory at a time besides the picture's own 8 bits."""
_LINEAR_TO_ADOBE = np.array([[0.715119, 0.284881, 0.0], [0.0, 1.0, 0.0], [0.0, 0.041166, 0.958834]])
"""Linear sRGB to linear Adobe RGB (1998); both have the white D65."""
_TIFF_XMP = 700


class PrintHouse(StyleTable):
    """What a print house takes."""

    about: str = ""
    """One line for the list of houses."""
    format: Literal["tiff", "png", "jpeg"] = "tiff"
    """``tiff``, ``png`` or ``jpeg``."""
    bits: Literal[8, 16] = 8
    """8 or 16 a channel."""
    space: str = "srgb"
    """``srgb``, ``adobe-rgb``, ``fogra39``, or the path of a profile."""
    compress: Literal["none", "lzw", "deflate"] = "none"
    """Of a TIFF."""
    quality: int = Field(default=97, ge=50, le=100)
    """Of a JPEG."""
    name_length: int = Field(default=0, ge=0, le=200)
    """Longest file name, ending included; 0 for any."""
    max_mb: float = Field(default=0.0, ge=0.0, le=100000.0)
    """Largest file; 0 for any."""
    least_ppi: float = Field(default=0.0, ge=0.0, le=2400.0)
    """Below it the house refuses; 0 takes the recipe's ``ppi_least``."""
    ink_limit: float = Field(default=0.0, ge=0.0, le=400.0)
    """Maximum ink coverage (TAC) of a CMYK file, percent; 0 for any."""

    @model_validator(mode="after")
    def _possible(self) -> "PrintHouse":
        if self.bits == 16 and (self.space not in icc_profiles.SPACES or self.format != "tiff"):
            raise ValueError("bits = 16 goes with format tiff and space srgb or adobe-rgb")
        if self.bits == 16 and self.compress == "lzw":
            raise ValueError("bits = 16 goes with compress none or deflate")
        return self


@dataclass(frozen=True, slots=True)
class FileTags:
    """What goes into a file besides its pixels."""

    profile: icc_profiles.IccProfile
    ppi: float
    """Pixels an inch that print the exact size."""
    said: PictureCaption
    """Who and what."""


def write_picture(out: Path, picture: ProofPrint, wants: PrintHouse, tags: FileTags) -> None:
    """Writes a print's file as a house wants it.

    Args:
        out: the file, whatever its ending.
        picture: the print.
        wants: format, depth, colour space.
        tags: what the file says of itself.

    Raises:
        ProofError: the picture is damaged, a profile can't be converted to, or the picture has
            more ink than the house takes.
        OSError: the file can't be written.
    """
    image = png_passthrough.flat(picture.file)
    if wants.bits == 16:
        _tiff16(out, image, wants, tags)
    else:
        _saved(out, _converted(picture, image, wants, tags.profile), wants, tags)


def _converted(
    picture: ProofPrint, image: Image.Image, wants: PrintHouse, profile: icc_profiles.IccProfile
) -> Image.Image:
    if wants.space == "srgb":
        return image
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile.data))
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc_profiles.srgb().data))
    try:
        made = ImageCms.profileToProfile(
            image, source, target,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="CMYK" if profile.space == "CMYK" else "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except ImageCms.PyCMSError as error:
        raise ProofError(
            f"The profile {wants.space} can't be converted to ({error}).",
            hint="It may be one for input only; ask the print house for another.",
        ) from error
    if made is None:  # pragma: no cover - littlecms answers with None only in place
        return image
    if wants.ink_limit and profile.space == "CMYK":
        _check_ink(picture, made, wants.ink_limit)
    return made


def _check_ink(picture: ProofPrint, image: Image.Image, limit: float) -> None:
    """Refuses more ink than the paper takes.

    Raises:
        ProofError: it names the picture, what it has and what is allowed.
    """
    ink = max(rows.sum(axis=2, dtype=np.uint16).max() for rows in _strips(image)) / 255 * 100
    if ink > limit + 1:  # a percent of rounding in four 8-bit channels
        raise ProofError(
            f"{picture.name} has {ink:.0f} % of ink, the limit is {limit:.0f} %.",
            hint="Use a profile with a lower ink limit.",
        )


def _strips(image: Image.Image) -> Iterator[NDArray[np.uint8]]:
    """A picture's rows from the top, (rows, w, channels) each."""
    for top in range(0, image.height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, image.height)
        yield np.asarray(image.crop((0, top, image.width, bottom)))


def _deep(image: Image.Image, space: str) -> Iterator[NDArray[np.uint16]]:
    """RGB8 sRGB as 16 bits in another space, computed in floating point: nothing is rounded twice.

    Yields:
        (rows, w, 3), from the top.
    """
    steps = np.arange(256) / 255
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    for eight in _strips(image):
        if space == "srgb":
            yield eight.astype(np.uint16) * 257
            continue
        wide = np.clip(linear[eight] @ _LINEAR_TO_ADOBE.T, 0, 1)
        yield np.rint(wide ** (1 / 2.19921875) * 65535).astype(np.uint16)


def _tiff16(out: Path, image: Image.Image, wants: PrintHouse, tags: FileTags) -> None:
    packed = wants.compress == "deflate"
    rows = (strip.astype("<u2").tobytes() for strip in _deep(image, wants.space))
    text = xmp(tags.said)
    with out.open("wb") as stream:
        tifffile.imwrite(
            stream,
            (zlib.compress(row) if packed else row for row in rows),
            shape=(image.height, image.width, 3),
            dtype="<u2",
            byteorder="<",
            rowsperstrip=_STRIP_ROWS,
            photometric="rgb",
            compression="zlib" if packed else None,
            resolution=(tags.ppi, tags.ppi),
            resolutionunit="INCH",
            iccprofile=tags.profile.data,
            extratags=[
                (_TIFF_XMP, TiffTags.BYTE, len(text), text, True),
                *((code, TiffTags.ASCII, 0, data, True) for code, data in _ascii(tags.said)),
            ],
            metadata=None,
            software=False,
        )


def _saved(out: Path, image: Image.Image, wants: PrintHouse, tags: FileTags) -> None:
    options: dict[str, object] = {"icc_profile": tags.profile.data}
    options["dpi"] = tags.ppi, tags.ppi
    if wants.format == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp(tags.said).decode())
        options["pnginfo"] = info
    elif wants.format == "jpeg":
        options |= {"quality": wants.quality, "subsampling": 0, "xmp": xmp(tags.said)}
        options["exif"] = _exif(tags)
    else:
        fields = TiffImagePlugin.ImageFileDirectory_v2()
        for code, data in ((_TIFF_XMP, xmp(tags.said)), *_ascii(tags.said)):
            fields.tagtype[code] = TiffTags.BYTE if code == _TIFF_XMP else TiffTags.ASCII
            fields[code] = data
        packing = {"none": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate"}
        options |= {"compression": packing[wants.compress], "tiffinfo": fields}
    image.save(out, wants.format.upper(), **options)


def _exif(tags: FileTags) -> Image.Exif:
    """Who and what, and the exact resolution: a JPEG's own field has whole numbers only."""
    exif = Image.Exif()
    exif[282] = exif[283] = TiffImagePlugin.IFDRational(round(tags.ppi * 10000), 10000)
    exif[296] = 2  # inches
    exif.update(dict(_ascii(tags.said)))
    return exif


def _ascii(what: PictureCaption) -> list[tuple[int, bytes]]:
    """EXIF's fields of text: UTF-8, as every program of today writes them."""
    return [(code, text.encode()) for code, text in exif_fields(what).items()]
