"""What is shown: frozen facts in, a report out. No PDF, no layout, no files opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edition.domain import Marks

UNMARKED = Marks()

NEWEST = "Newest print"
"""Whose day stands on pages."""
Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


@dataclass(frozen=True, slots=True)
class Registered:
    """An edition of a print in one size, as the register has it."""

    width_mm: float
    height_mm: float
    count: int
    """Numbered prints."""
    proofs: int
    """Prints beside them: artist's, printer's, hors commerce."""
    given: int
    """Numbered prints that were issued, the withdrawn ones too."""
    sold: int = 0
    """Numbered prints sold or issued to a buyer, and not withdrawn."""
    papers: tuple[str, ...] = ()
    """Paper and ink, as certificates of numbers that were not withdrawn say; each once."""
    certified: tuple[tuple[str, str], ...] = ()
    """Label of each number that was not withdrawn, and SHA-256 of the file it was issued for."""

    @property
    def limit(self) -> int:
        """How many prints of it there may ever be."""
        return self.count + self.proofs


@dataclass(frozen=True, slots=True)
class ProofPrint:
    """One print, as it goes on paper."""

    file: Path
    """The PNG to print: the enlarged one where there is one."""
    seed: int
    width: int
    """Pixels of ``file``."""
    height: int
    marks: Marks = UNMARKED
    digest: str = ""
    """SHA-256 of the recipe, hex."""
    title: str = ""
    edition: str = ""
    """Title of the edition it comes from; shown where a show has several."""
    artist: str = ""
    """Whose the edition is; empty takes the show's."""
    recipe_lines: tuple[tuple[str, str], ...] = ()
    """Label and value of the recipe that made this very file."""
    sha256: str = ""
    """Of the file's bytes when it entered the library; empty when nobody wrote it down."""
    print_mm: float = 0.0
    """Its own longer side; 0 takes the one of the settings."""
    model: str = ""
    prompt: str = ""
    upscaler: str = ""
    """Name and scale, ``lanczos ×4``; empty for a print as it was rendered."""
    native_width: int = 0
    """Pixels across before it was enlarged; 0 where nobody knows."""
    drawn_width: int = 0
    """Pixels across that hold drawn detail, where the others are interpolated; else 0."""
    licence: str = ""
    """Of the upscaler or model, where it limits what may be done with the print."""
    year: str = ""
    medium: str = ""
    """``Pigment print on cotton paper``; empty where it isn't given."""
    price: str = ""
    """As it is printed, with its currency."""
    registered: tuple["Registered", ...] = ()
    """Editions that were opened of it, one for each size."""
    note: str = ""
    """What an exhibition says of it; is under its thumbnail on the checklist."""
    look: bytes = b""
    """32×32 RGB8, row-major; empty: read from the file where it is needed."""

    @property
    def generated(self) -> bool:
        """Whether a model made it, as far as anybody knows: an adopted file may not say."""
        return bool(self.model or self.prompt)

    @property
    def name(self) -> str:
        """What every page calls it: its title, or for an unnamed work its edition and seed."""
        edition = f"{self.edition}, " if self.edition else ""
        return self.title or f"Untitled ({edition}seed {self.seed})"


@dataclass(frozen=True, slots=True)
class PrintSet:
    """Prints that belong together, with their texts."""

    title: str
    pictures: tuple[ProofPrint, ...]
    artist: str = ""
    statement: str = ""
    recipe_lines: tuple[tuple[str, str], ...] = ()
    """Label and value: ``("Sampler", "DDIM, 50 steps")``."""
    recipe_json: str = ""
    """The whole recipe in canonical form; certificates refer to its digest."""
    date: str = ""
    """``YYYY-MM-DD`` of the newest print: nothing here reads a clock, so that the same show gives
    the same bytes. Pages say it in the words of ``dated``."""


def dated(date: str) -> str:
    """``newest print 2026-11-22``: whose day it is, lest it be taken for the day of the page."""
    return f"{NEWEST.lower()} {date}" if date else ""


@dataclass(frozen=True, slots=True)
class ProofReport:
    """A proof that was written."""

    file: Path
    pages: int
    warnings: tuple[str, ...] = ()
    scale: str = ""
    """Of a wall: ``1:20``."""
