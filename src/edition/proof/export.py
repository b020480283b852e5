"""Picture files for print houses: converted, tagged, named and checked as each house wants them."""

import io
import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin
from pydantic import Field, ValidationError, model_validator

from edition import atomic, regular_files
from edition.errors import ProofError
from edition.proof import icc_profiles, png_passthrough, preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint
from edition.proof.pdfx import AI_MADE
from edition.proof.proof_styles import StyleTable, faults, folders
from edition.proof.wall_layout import frame
from edition.recipe.proof_settings import ProofSettings

_STRIP_ROWS = 256
_ENDINGS = {"tiff": ".tif", "png": ".png", "jpeg": ".jpg"}
_LINEAR_TO_ADOBE = np.array([[0.715119, 0.284881, 0.0], [0.0, 1.0, 0.0], [0.0, 0.041166, 0.958834]])
"""Linear sRGB to linear Adobe RGB (1998); both have the white D65."""


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
class ExportReport:
    """Files that were written."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def houses() -> dict[str, PrintHouse]:
    """Every print house by name: the shipped ones and the person's own, which win.

    Raises:
        ProofError: a key is wrong; the message names it.
    """
    found: dict[str, PrintHouse] = {}
    for folder in reversed(folders()):
        file = folder / "houses.toml"
        if file.is_file():
            found |= _read(file)
    return found


def _read(file: Path) -> dict[str, PrintHouse]:
    try:
        tables = regular_files.parse_toml(regular_files.read_text(file))
        return {name: PrintHouse.model_validate(facts) for name, facts in tables.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProofError(f"The print houses {file} can't be read ({error}).") from error
    except ValidationError as error:
        raise ProofError(
            f"The print houses {file.name}: {'; '.join(faults(error))}.",
            hint="docs/proof.md lists every key of a house.",
        ) from error


def export(
    show: PrintSet,
    settings: ProofSettings,
    house: str,
    folder: Path,
    progress: Progress | None = None,
) -> ExportReport:
    """Writes every picture of a show as a print house wants it.

    Args:
        show: the prints.
        settings: print sizes, for the resolution that each file states.
        house: one of ``houses()``.
        folder: where the files go.
        progress: called after each file.

    Raises:
        ProofError: no such house, or a print that this house would refuse; what was written before
            stays, each file whole.
    """
    known = houses()
    if house not in known:
        raise ProofError(
            f"There is no print house {house!r}.",
            hint=f"Use one of {', '.join(known)}, or add it to {folders()[0] / 'houses.toml'}.",
        )
    wants = known[house]
    profile = icc_profiles.space(wants.space)
    checked = settings
    if wants.least_ppi:
        least = {"ppi_least": wants.least_ppi, "ppi_good": wants.least_ppi}
        checked = settings.model_copy(update=least)
    warnings = preflight.plates([frame(p, checked) for p in show.pictures], checked)
    names = _names(show, settings, wants)
    files = []
    for done, (picture, name) in enumerate(zip(show.pictures, names, strict=True), 1):
        ppi = picture.width / frame(picture, settings).print_size.width * 25.4
        data = _encoded(picture, wants, _Tags(profile, ppi, described(show, picture)))
        if wants.max_mb and len(data) > wants.max_mb * 1e6:
            raise ProofError(
                f"{name} has {len(data) / 1e6:.0f} MB, {house} takes {wants.max_mb:g}.",
                hint="Print it smaller, or choose a house or a compression that takes it.",
            )
        atomic.write(folder / name, data, ProofError)
        files.append(folder / name)
        if progress is not None:
            progress(done, len(names))
    return ExportReport(tuple(files), warnings)


def longest(picture: ProofPrint, settings: ProofSettings) -> float:
    """A print's longer side, millimetres."""
    size = frame(picture, settings).print_size
    return max(size.width, size.height)


def _names(show: PrintSet, settings: ProofSettings, wants: PrintHouse) -> list[str]:
    """File names: ASCII, no spaces, size and seed at the end, no longer than the house takes."""
    names: list[str] = []
    seeds = Counter(picture.seed for picture in show.pictures)
    for picture in show.pictures:
        # An exhibition may hold one seed of two recipes: the recipe's first digits tell them apart.
        which = f"-{picture.digest[:6]}" if seeds[picture.seed] > 1 and picture.digest else ""
        side = "" if wants.name_length else f"-{longest(picture, settings):.0f}mm"
        ending = f"{which}{side}-{picture.seed}{_ENDINGS[wants.format]}"
        plain = unicodedata.normalize("NFKD", picture.title or show.title)
        stem = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower())
        room = (wants.name_length or 100) - len(ending)
        name = stem.strip("-")[: max(0, room)].strip("-") + ending
        name = name.lstrip("-")
        if wants.name_length and len(name) > wants.name_length:
            raise ProofError(
                f"The seed {picture.seed} does not fit into a name of {wants.name_length} letters.",
                hint="Choose another house, or give it a longer name_length.",
            )
        if name in names:
            raise ProofError(
                f"Two files would be named {name}.", hint="Export one edition at a time."
            )
        names.append(name)
    return names


@dataclass(frozen=True, slots=True)
class _Tags:
    """What goes into a file besides its pixels."""

    profile: icc_profiles.IccProfile
    ppi: float
    """Pixels an inch that print the exact size."""
    xmp: bytes


def described(show: PrintSet, picture: ProofPrint) -> bytes:
    """Title, author, copyright and caption as IPTC has them in XMP, and that a model made it."""
    artist = picture.artist or show.artist
    rights = f"© {picture.year or show.date[:4]} {artist}".strip() if artist else ""
    caption = ", ".join(
        text
        for text in (picture.note, picture.medium, picture.edition, f"seed {picture.seed}")
        if text
    )

    def lang(name: str, text: str) -> str:
        value = f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'
        return f"<{name}>{value}</{name}>" if text else ""

    author = f"<dc:creator><rdf:Seq><rdf:li>{escape(artist)}</rdf:li></rdf:Seq></dc:creator>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"{lang('dc:title', picture.name)}{author if artist else ''}{lang('dc:rights', rights)}"
        f"{lang('dc:description', caption)}"
        f"<Iptc4xmpExt:DigitalSourceType>{AI_MADE}</Iptc4xmpExt:DigitalSourceType>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _encoded(picture: ProofPrint, wants: PrintHouse, tags: _Tags) -> bytes:
    image = png_passthrough.flat(picture.file)
    if wants.bits == 16:
        return _tiff16(_deep(image, wants.space), wants, tags)
    return _saved(_converted(picture, image, wants, tags.profile), wants, tags)


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
    ink = np.asarray(image, dtype=np.uint16).sum(axis=2).max() / 255 * 100
    if ink > limit + 1:  # a percent of rounding in four 8-bit channels
        raise ProofError(
            f"{picture.name} has {ink:.0f} % of ink, the limit is {limit:.0f} %.",
            hint="Use a profile with a lower ink limit.",
        )


def _deep(image: Image.Image, space: str) -> NDArray[np.uint16]:
    """RGB8 sRGB as 16 bits in another space, computed in floating point: nothing is rounded twice.

    Returns:
        (h, w, 3).
    """
    eight = np.asarray(image)
    if space == "srgb":
        return eight.astype(np.uint16) * 257
    steps = np.arange(256) / 255
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    made = np.empty(eight.shape, np.uint16)
    for top in range(0, len(eight), _STRIP_ROWS):  # all at once would take 30 bytes a channel
        wide = linear[eight[top : top + _STRIP_ROWS]] @ _LINEAR_TO_ADOBE.T  # (rows, w, 3)
        made[top : top + _STRIP_ROWS] = np.rint(np.clip(wide, 0, 1) ** (1 / 2.19921875) * 65535)
    return made


def _tiff16(pixels: NDArray[np.uint16], wants: PrintHouse, tags: _Tags) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        pixels,
        photometric="rgb",
        compression="zlib" if wants.compress == "deflate" else None,
        resolution=(tags.ppi, tags.ppi),
        resolutionunit="INCH",
        iccprofile=tags.profile.data,
        extratags=[(700, 1, len(tags.xmp), tags.xmp, True)],
        metadata=None,
        software=False,
    )
    return buffer.getvalue()


def _resolution(ppi: float) -> Image.Exif:
    """The exact resolution: a JPEG's own field has whole numbers only."""
    exif = Image.Exif()
    exif[282] = exif[283] = TiffImagePlugin.IFDRational(round(ppi * 10000), 10000)
    exif[296] = 2  # inches
    return exif


def _saved(image: Image.Image, wants: PrintHouse, tags: _Tags) -> bytes:
    buffer = io.BytesIO()
    dpi = (tags.ppi, tags.ppi)
    if wants.format == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", tags.xmp.decode())
        image.save(buffer, "PNG", pnginfo=info, dpi=dpi, icc_profile=tags.profile.data)
    elif wants.format == "jpeg":
        image.save(
            buffer, "JPEG", quality=wants.quality, subsampling=0, dpi=dpi,
            icc_profile=tags.profile.data, xmp=tags.xmp, exif=_resolution(tags.ppi),
        )  # fmt: skip
    else:
        fields = TiffImagePlugin.ImageFileDirectory_v2()
        fields.tagtype[700] = 1
        fields[700] = tags.xmp
        packing = {"none": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate"}
        image.save(
            buffer, "TIFF", compression=packing[wants.compress], dpi=dpi,
            icc_profile=tags.profile.data, tiffinfo=fields,
        )  # fmt: skip
    return buffer.getvalue()
