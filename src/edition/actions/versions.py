"""A print's enlarged versions: by several methods and settings, side by side; one goes to paper."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths, regular_files
from edition.domain import RETOUCHED
from edition.errors import EditionError, LibraryError
from edition.library import metadata
from edition.text_format import factor

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Print
    from edition.library.print_table import UpscaledFile


@dataclass(frozen=True, slots=True)
class UpscaledVersion:
    """One enlarged file of a print."""

    number: int
    """From 1, in the order in which they were made."""
    file: str
    """Relative to the library's root."""
    method: str
    scale: float
    width: int
    height: int
    licence: str
    fidelity_db: float | None
    """PSNR of it, made smaller again, with the print; None where nobody measured it."""
    chosen: bool
    """It goes to paper."""
    here: bool
    """Its file is there."""
    came_of: str = ""
    """Of a retouched one: the file's name when it came home, and what it was made from."""


def versions(session: Session, item: Print) -> list[UpscaledVersion]:
    """All enlarged files of a print, the oldest first."""
    return [
        UpscaledVersion(
            number=number,
            file=file,
            method=facts.method,
            scale=round(facts.width / item.width, 3),
            width=facts.width,
            height=facts.height,
            licence=facts.licence,
            fidelity_db=_fidelity(session, file),
            chosen=file == item.upscaled,
            here=(session.root / file).is_file(),
            came_of=_lineage(session, item, file) if facts.method == RETOUCHED else "",
        )
        for number, (file, facts, _) in enumerate(session.store.prints.versions(item.id), start=1)
    ]


@dataclass(frozen=True, slots=True)
class PrintFile:
    """One file of a print, to be looked at beside the others at the same place."""

    label: str
    """What it is, in a few words: ``print``, ``2: supir ×4``, ``3: retouched ×1``."""
    file: str
    """Relative to the library's root."""
    width: int
    height: int
    chosen: bool
    """It goes to paper."""
    here: bool
    """Its file is there."""


def sides(session: Session, item: Print) -> list[PrintFile]:
    """The print itself, then its versions, the oldest first: what can be compared."""
    own = PrintFile(
        "print", item.file, item.width, item.height, not item.upscaled,
        (session.root / item.file).is_file(),
    )  # fmt: skip
    return [
        own,
        *(
            PrintFile(
                f"{v.number}: {v.method} {factor(v.scale)}",
                v.file,
                v.width,
                v.height,
                v.chosen,
                v.here,
            )
            for v in versions(session, item)
        ),
    ]


def _lineage(session: Session, item: Print, file: str) -> str:
    """As the text beside the file has it; see edition.actions.retouched."""
    try:
        record = paths.inside(session.root, file).with_suffix(".json")
        told = json.loads(regular_files.read_text(record))
        name, sha256 = str(told["name"]), str(told["came_of"])
    except (EditionError, OSError, ValueError, KeyError, TypeError):
        return ""
    known = {facts.sha256: n for n, (_, facts, _) in enumerate(_rows(session, item), start=1)}
    number = known.get(sha256)
    return f"{name}, of {'the print' if number is None else f'version {number}'}"


def _rows(session: Session, item: Print) -> list[tuple[str, UpscaledFile, float]]:
    return session.store.prints.versions(item.id)


def _fidelity(session: Session, file: str) -> float | None:
    """The figure stored in the file: measured when it was made."""
    try:
        origin = metadata.read(paths.inside(session.root, file))
        return float(origin.upscale["fidelity_db"]) if origin else None
    except (EditionError, OSError, SyntaxError, KeyError, ValueError):
        return None


def choose(session: Session, item: Print, number: int) -> UpscaledVersion:
    """Makes a version the one that goes to paper; a rescan keeps it so.

    Args:
        session: the library.
        item: the print.
        number: of the version.

    Raises:
        LibraryError: there is no such version, or its file is gone.
    """
    found = {version.number: version for version in versions(session, item)}
    if number not in found:
        raise LibraryError(
            f"Seed {item.seed} has no enlarged version {number}.",
            hint=f"It has {len(found)}: edition versions {item.slug} {item.seed}",
        )
    version = found[number]
    if not version.here:
        raise LibraryError(
            f"{version.file} is gone.", hint="Enlarge the print again with the same settings."
        )
    os.utime(session.root / version.file)  # a rescan takes the latest for the one that was wanted
    session.store.prints.choose_upscale(item.id, version.file)
    return version


def choose_next(session: Session, print_id: int) -> UpscaledVersion | None:
    """Chooses the version after the chosen one, and the first after the last.

    Args:
        session: the library.
        print_id: of which print; it is read again.

    Returns:
        What is chosen now; None where there are not two to choose from.

    Raises:
        LibraryError: the library can't be written.
    """
    item = session.store.prints.get([print_id]).get(print_id)
    if item is None:
        return None
    here = [version for version in versions(session, item) if version.here]
    if len(here) < 2:
        return None
    at = next((i for i, version in enumerate(here) if version.chosen), -1)
    return choose(session, item, here[(at + 1) % len(here)].number)
