"""Picture files for print houses: converted, tagged, named and checked as each house wants them."""

import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from edition import atomic, regular_files
from edition.errors import ProofError
from edition.proof import icc_profiles, preflight
from edition.proof.document_model import PrintSet, Progress, ProofPrint
from edition.proof.picture_files import FileTags, PrintHouse, write_picture
from edition.proof.picture_metadata import said
from edition.proof.proof_styles import faults, folders
from edition.proof.wall_layout import frame
from edition.recipe.proof_settings import ProofSettings

_ENDINGS = {"tiff": ".tif", "png": ".png", "jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Files that were written."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    kind: str = ""
    """Of every file: ``TIFF, 16 bits a channel, Adobe RGB compatible``."""


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
    # A file holds the picture at its size: no bleed takes pixels from it.
    checked = settings.model_copy(update={"bleed_mm": 0.0})
    if wants.least_ppi:
        least = {"ppi_least": wants.least_ppi, "ppi_good": wants.least_ppi}
        checked = checked.model_copy(update=least)
    warnings = preflight.plates([frame(p, checked) for p in show.pictures], checked)
    names = _names(show, settings, wants)
    atomic.sweep(folder)
    files = []
    for done, (picture, name) in enumerate(zip(show.pictures, names, strict=True), 1):
        ppi = picture.width / frame(picture, settings).print_size.width * 25.4
        tags = FileTags(profile, ppi, said(show, picture))
        with atomic.replacing(folder / name, ProofError) as part:
            write_picture(part, picture, wants, tags)
            megabytes = part.stat().st_size / 1e6
            if wants.max_mb and megabytes > wants.max_mb:
                raise ProofError(
                    f"{name} has {megabytes:.0f} MB, {house} takes {wants.max_mb:g}.",
                    hint="Print it smaller, or choose a house or a compression that takes it.",
                )
        files.append(folder / name)
        if progress is not None:
            progress(done, len(names))
    kind = f"{wants.format.upper()}, {wants.bits} bits a channel, {profile.name}"
    return ExportReport(tuple(files), warnings, kind)


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
