"""The register of an edition: which numbers of which print were made. Append-only, chained.

Functions over rows: each act gives the row to append, or refuses. Every row carries the digest of
the one before it, so that a row taken out or changed later shows. Storing rows is the library's.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from edition.errors import ProofError
from edition.proof.document_model import Registered
from edition.text_format import roman

Act = Literal["open", "issue", "void", "sold"]
Kind = Literal["number", "AP", "PP", "HC", "BAT"]
KINDS: dict[Kind, str] = {
    "number": "numbered prints", "AP": "artist's proofs", "PP": "printer's proofs",
    "HC": "prints hors commerce", "BAT": "prints bon à tirer",
}  # fmt: skip
"""Every kind of print there is, and what it is called; a BAT is the one that others match."""
SIZE_TOLERANCE_MM = 0.5
_LATER = {
    "hors_commerce": 0, "suite": "", "ink": "", "buyer": "", "place": "",
    "title": "", "artist": "", "year": "", "medium": "",
}  # fmt: skip
"""Fields that early rows lack: left out where they say nothing, so that old seals hold."""


@dataclass(frozen=True, slots=True)
class WorkNames:
    """How a work is named on its certificates."""

    title: str = ""
    artist: str = ""
    year: str = ""
    medium: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the register. Rows are never changed and never removed."""

    act: Act
    """``open`` fixes size and count, ``issue`` issues a number, ``void`` withdraws one,
    ``sold`` says where one went."""
    digest: str
    """Recipe of the print, hex."""
    seed: int
    date: str
    """``YYYY-MM-DD``, given by the caller."""
    width_mm: float = 0.0
    height_mm: float = 0.0
    count: int = 0
    """How many numbered prints there may be."""
    artist_proofs: int = 0
    printer_proofs: int = 0
    kind: Kind = "number"
    number: int = 0
    """1 to the count of its kind."""
    paper: str = ""
    sha256: str = ""
    """Of the file that was printed."""
    note: str = ""
    """Why a number was withdrawn."""
    before: str = ""
    """Digest of the row before it in the register."""
    hors_commerce: int = 0
    suite: str = ""
    """``B``, ``C``: the second, the third size of one print; empty for the first."""
    ink: str = ""
    """What it was printed with, ``pigment ink``."""
    buyer: str = ""
    """Who has it; kept here, and printed nowhere unless asked."""
    place: str = ""
    """Where it is."""
    title: str = ""
    """What the work was called that day; empty in early rows, which take today's words."""
    artist: str = ""
    year: str = ""
    medium: str = ""

    @property
    def seal(self) -> str:
        """SHA-256 over the row and, through ``before``, over all rows before it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def limit(self, kind: Kind) -> int:
        """How many prints of a kind there may be."""
        return {
            "number": self.count, "AP": self.artist_proofs, "PP": self.printer_proofs,
            "HC": self.hors_commerce, "BAT": 1,
        }[kind]  # fmt: skip

    @property
    def proofs(self) -> int:
        """Prints beside the numbered ones, without the BAT."""
        return self.artist_proofs + self.printer_proofs + self.hors_commerce

    @property
    def label(self) -> str:
        """How it is written in pencil: ``3/25``, ``AP II/III``, ``PP 1/1``, ``BAT``."""
        limit = self.limit(self.kind)
        if self.kind == "number":
            return f"{self.number}/{limit}"
        if self.kind == "AP":
            return f"AP {roman(self.number)}/{roman(limit)}"
        return "BAT" if self.kind == "BAT" else f"{self.kind} {self.number}/{limit}"

    def to_json(self) -> str:
        """The row as it is stored."""
        facts = asdict(self)
        for name, silent in _LATER.items():
            if facts[name] == silent:
                del facts[name]
        return json.dumps(facts, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LedgerRow":
        """Reads what ``to_json`` wrote.

        Raises:
            ProofError: the text is no such row.
        """
        try:
            facts: dict[str, Any] = json.loads(text)
            row = cls(**facts)
        except (ValueError, RecursionError) as error:
            raise _unreadable("not JSON") from error
        except TypeError as error:
            raise _unreadable("fields are missing or unknown") from error
        for field in fields(cls):
            wanted = (int, float) if field.type in (int, float) else str
            value = getattr(row, field.name)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise _unreadable(f"its {field.name} has the wrong type")
        return row


def _unreadable(why: str) -> ProofError:
    return ProofError(
        f"A row of the register can't be read: {why}.",
        hint="Restore the library from a copy; the register is never repaired by hand.",
    )


def open_edition(
    rows: Sequence[LedgerRow],
    *,
    digest: str,
    seed: int,
    width_mm: float,
    height_mm: float,
    count: int,
    date: str,
    artist_proofs: int | None = None,
    printer_proofs: int = 1,
    hors_commerce: int = 0,
    another_size: bool = False,
    title: str = "",
) -> LedgerRow:
    """Fixes size and count of a print's edition, before its first printing.

    Args:
        rows: the whole register.
        digest: the print's recipe.
        seed: the print's seed.
        width_mm: of the print, without frame and mat.
        height_mm: likewise.
        count: numbered prints, 1 to 1000.
        date: ``YYYY-MM-DD``.
        artist_proofs: None takes a tenth of the count, at least one.
        printer_proofs: proofs that stay with the printer.
        hors_commerce: prints that are not for sale.
        another_size: open a second edition of a print in a size of its own.
        title: of the work.

    Raises:
        ProofError: the edition is open already, or a count is out of range.
    """
    known = editions_of(rows, digest, seed)
    same = edition_of(rows, digest, seed, (width_mm, height_mm))
    if known and (same is not None or not another_size):
        found = same or known[0]
        raise ProofError(
            f"The edition of seed {seed} is open: {found.count} of"
            f" {found.width_mm:g} × {found.height_mm:g} mm.",
            hint="Size and count are fixed at the first printing and can't be changed."
            " A second size is an edition of its own: --another-size.",
        )
    artists = max(1, round(count / 10)) if artist_proofs is None else artist_proofs
    _check_count(count, least=1)
    for number in (artists, printer_proofs, hors_commerce):
        _check_count(number, least=0)
    suite = chr(ord("A") + len(known)) if known else ""
    made = LedgerRow(
        "open", digest, seed, date, width_mm, height_mm, count, artists, printer_proofs
    )
    return _chained(rows, replace(made, hors_commerce=hors_commerce, suite=suite, title=title))


def _check_count(number: int, *, least: int) -> None:
    if not least <= number <= 1000:
        raise ProofError(f"An edition of {number} can't be opened.", hint=f"Use {least} to 1000.")


def issue(
    rows: Sequence[LedgerRow],
    *,
    digest: str,
    seed: int,
    width_mm: float,
    height_mm: float,
    date: str,
    kind: Kind = "number",
    paper: str = "",
    sha256: str = "",
    ink: str = "",
    buyer: str = "",
    place: str = "",
    named: WorkNames | None = None,
) -> LedgerRow:
    """Issues the next number of its kind. Withdrawn numbers stay withdrawn.

    Raises:
        ProofError: the edition is not open, another size is asked for, or all numbers are given.
    """
    known = editions_of(rows, digest, seed)
    if not known:
        raise ProofError(
            f"The edition of seed {seed} is not open.", hint="Open it with its size and count."
        )
    opened = edition_of(rows, digest, seed, (width_mm, height_mm))
    if opened is None:
        sizes = ", ".join(f"{row.width_mm:g} × {row.height_mm:g} mm" for row in known)
        raise ProofError(
            f"The edition of seed {seed} is {sizes};"
            f" {width_mm:g} × {height_mm:g} mm was asked for.",
            hint="An edition has one size, fixed at the first printing.",
        )
    given = issued(rows, digest, seed, opened.suite)
    number = sum(row.kind == kind for row in given) + 1
    if number > opened.limit(kind):
        raise ProofError(
            f"All {opened.limit(kind)} {KINDS[kind]} of seed {seed} have been made;"
            f" there is no number {number}.",
            hint="An edition does not grow. Withdrawn numbers are not issued again.",
        )
    row = replace(opened, act="issue", date=date, kind=kind, number=number)
    row = replace(row, paper=paper, sha256=sha256, ink=ink, buyer=buyer, place=place)
    return _chained(rows, replace(row, **asdict(named or WorkNames())))


def void(
    rows: Sequence[LedgerRow],
    *,
    digest: str,
    seed: int,
    kind: Kind,
    number: int,
    note: str,
    date: str,
    suite: str = "",
) -> LedgerRow:
    """Withdraws a number: spoiled, lost, destroyed. It stays in the register.

    Raises:
        ProofError: it was never issued, is withdrawn already, or no reason is given.
    """
    given = _given(rows, digest, seed, kind, number, suite)
    if given in voided(rows, digest, seed):
        raise ProofError(f"{given.label} of seed {seed} is withdrawn already.")
    if not note.strip():
        raise ProofError("A number is withdrawn with a reason.", hint="Give the reason.")
    return _chained(rows, replace(given, act="void", date=date, note=note.strip()))


def sold(
    rows: Sequence[LedgerRow], *, digest: str, seed: int, kind: Kind, number: int, date: str,
    buyer: str = "", place: str = "", suite: str = "",
) -> LedgerRow:  # fmt: skip
    """Records who has a print and where it is; the latest record counts.

    Raises:
        ProofError: the number was never issued or is withdrawn, or no fact is given.
    """
    given = _given(rows, digest, seed, kind, number, suite)
    if given in voided(rows, digest, seed):
        raise ProofError(f"{given.label} of seed {seed} is withdrawn.", hint="See the list.")
    if not buyer.strip() and not place.strip():
        raise ProofError("Neither a buyer nor a place is named.", hint="Name one of them.")
    return _chained(
        rows, replace(given, act="sold", date=date, buyer=buyer.strip(), place=place.strip())
    )


def _given(
    rows: Sequence[LedgerRow], digest: str, seed: int, kind: Kind, number: int, suite: str
) -> LedgerRow:
    for row in issued(rows, digest, seed, suite):
        if (row.kind, row.number) == (kind, number):
            return row
    raise ProofError(f"Seed {seed} has no {kind} {number}.", hint="See: edition register list")


def editions_of(rows: Sequence[LedgerRow], digest: str, seed: int) -> list[LedgerRow]:
    """The rows that opened a print's editions, one for each size."""
    return [r for r in rows if (r.act, r.digest, r.seed) == ("open", digest, seed)]


def edition_of(
    rows: Sequence[LedgerRow], digest: str, seed: int, size: tuple[float, float] | None = None
) -> LedgerRow | None:
    """The row that opened a print's edition: the first, or the one of a size in millimetres."""
    for row in editions_of(rows, digest, seed):
        if size is None or same_size(size, (row.width_mm, row.height_mm)):
            return row
    return None


def same_size(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two sizes are one as the register measures: to half a millimetre."""
    return all(abs(a - b) <= SIZE_TOLERANCE_MM for a, b in zip(one, other, strict=True))


def issued(
    rows: Sequence[LedgerRow], digest: str, seed: int, suite: str | None = None
) -> list[LedgerRow]:
    """Every number issued, the withdrawn ones too, in order; of all sizes or of one."""
    return [
        r
        for r in rows
        if (r.act, r.digest, r.seed) == ("issue", digest, seed) and suite in (None, r.suite)
    ]


def voided(rows: Sequence[LedgerRow], digest: str, seed: int) -> list[LedgerRow]:
    """The rows that gave out numbers which were withdrawn later."""
    gone = {
        (r.kind, r.number, r.suite)
        for r in rows
        if (r.act, r.digest, r.seed) == ("void", digest, seed)
    }
    return [r for r in issued(rows, digest, seed) if (r.kind, r.number, r.suite) in gone]


def registered(rows: Sequence[LedgerRow]) -> dict[tuple[str, int], tuple[Registered, ...]]:
    """Digest and seed of every print whose edition was opened, and its editions, one a size."""
    found: dict[tuple[str, int], tuple[Registered, ...]] = {}
    for row in (row for row in rows if row.act == "open"):
        name = row.digest, row.seed
        given = issued(rows, *name, row.suite)
        gone = [r for r in voided(rows, *name) if r.suite == row.suite]
        sold = {
            one.number
            for one in rows
            if (one.kind, one.suite, one.digest, one.seed) == ("number", row.suite, *name)
            and (one.act == "sold" or (one.act == "issue" and one.buyer.strip()))
        }
        sold -= {one.number for one in gone if one.kind == "number"}
        told = (", ".join(filter(None, (r.paper, r.ink))) for r in given if r not in gone)
        one = Registered(
            row.width_mm, row.height_mm, row.count, row.proofs,
            sum(r.kind == "number" for r in given), len(sold),
            tuple(dict.fromkeys(filter(None, told))),
            tuple((r.label, r.sha256) for r in given if r not in gone),
        )  # fmt: skip
        found[name] = (*found.get(name, ()), one)
    return found


def verify(rows: Sequence[LedgerRow]) -> None:
    """Checks that no row was changed, taken out or put in between.

    Raises:
        ProofError: it names the first row that does not follow from the one before.
    """
    before = ""
    for place, row in enumerate(rows, 1):
        if row.before != before:
            raise ProofError(
                f"Row {place} of the register does not follow from the one before it.",
                hint="Somebody changed the register; restore it from a copy.",
            )
        before = row.seal


def _chained(rows: Sequence[LedgerRow], row: LedgerRow) -> LedgerRow:
    return replace(row, before=rows[-1].seal if rows else "")
