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

Act = Literal["open", "issue", "void"]
Kind = Literal["number", "AP", "PP"]
SIZE_TOLERANCE_MM = 0.5


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the register. Rows are never changed and never removed."""

    act: Act
    """``open`` fixes size and count, ``issue`` gives out a number, ``void`` withdraws one."""
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

    @property
    def seal(self) -> str:
        """SHA-256 over the row and, through ``before``, over all rows before it."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def label(self) -> str:
        """How the number is written in pencil: ``3/25``, ``AP 1/2``, ``PP 1/1``."""
        of = {"number": self.count, "AP": self.artist_proofs, "PP": self.printer_proofs}[self.kind]
        return f"{self.number}/{of}" if self.kind == "number" else f"{self.kind} {self.number}/{of}"

    def to_json(self) -> str:
        """The row as it is stored."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

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

    Raises:
        ProofError: the edition is open already, or the count is out of range.
    """
    found = edition_of(rows, digest, seed)
    if found is not None:
        raise ProofError(
            f"The edition of seed {seed} is open: {found.count} of"
            f" {found.width_mm:g} × {found.height_mm:g} mm.",
            hint="Size and count are fixed at the first printing and can't be changed.",
        )
    if not 1 <= count <= 1000:
        raise ProofError(f"An edition of {count} can't be opened.", hint="Use 1 to 1000.")
    return _chained(
        rows,
        LedgerRow(
            "open", digest, seed, date, width_mm, height_mm, count,
            max(1, round(count / 10)) if artist_proofs is None else artist_proofs,
            printer_proofs,
        ),
    )  # fmt: skip


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
) -> LedgerRow:
    """Gives out the next number of its kind. Withdrawn numbers stay withdrawn.

    Raises:
        ProofError: the edition is not open, another size is asked for, or all numbers are given.
    """
    opened = edition_of(rows, digest, seed)
    if opened is None:
        raise ProofError(
            f"The edition of seed {seed} is not open.", hint="Open it with its size and count."
        )
    sides = ((width_mm, opened.width_mm), (height_mm, opened.height_mm))
    if any(abs(asked - fixed) > SIZE_TOLERANCE_MM for asked, fixed in sides):
        raise ProofError(
            f"The edition of seed {seed} is {opened.width_mm:g} × {opened.height_mm:g} mm;"
            f" {width_mm:g} × {height_mm:g} mm was asked for.",
            hint="An edition has one size, fixed at the first printing.",
        )
    limit = {
        "number": opened.count, "AP": opened.artist_proofs, "PP": opened.printer_proofs,
    }[kind]  # fmt: skip
    number = sum(row.kind == kind for row in issued(rows, digest, seed)) + 1
    if number > limit:
        what = {"number": "numbered prints", "AP": "artist's proofs", "PP": "printer's proofs"}
        raise ProofError(
            f"All {limit} {what[kind]} of seed {seed} have been made; there is no {number}th.",
            hint="An edition does not grow. Withdrawn numbers are not given out again.",
        )
    row = replace(opened, act="issue", date=date, kind=kind, number=number)
    return _chained(rows, replace(row, paper=paper, sha256=sha256))


def void(
    rows: Sequence[LedgerRow],
    *,
    digest: str,
    seed: int,
    kind: Kind,
    number: int,
    note: str,
    date: str,
) -> LedgerRow:
    """Withdraws a number: spoiled, lost, destroyed. It stays in the register.

    Raises:
        ProofError: it was never given out, is withdrawn already, or no reason is given.
    """
    given = [r for r in issued(rows, digest, seed) if (r.kind, r.number) == (kind, number)]
    if not given:
        raise ProofError(f"Seed {seed} has no {kind} {number} to withdraw.", hint="See the list.")
    if given[0] in voided(rows, digest, seed):
        raise ProofError(f"{given[0].label} of seed {seed} is withdrawn already.")
    if not note.strip():
        raise ProofError("A number is withdrawn with a reason.", hint="Say what became of it.")
    return _chained(rows, replace(given[0], act="void", date=date, note=note.strip()))


def edition_of(rows: Sequence[LedgerRow], digest: str, seed: int) -> LedgerRow | None:
    """The row that opened a print's edition."""
    return next((r for r in rows if (r.act, r.digest, r.seed) == ("open", digest, seed)), None)


def issued(rows: Sequence[LedgerRow], digest: str, seed: int) -> list[LedgerRow]:
    """Every number given out, the withdrawn ones too, in order."""
    return [r for r in rows if (r.act, r.digest, r.seed) == ("issue", digest, seed)]


def voided(rows: Sequence[LedgerRow], digest: str, seed: int) -> list[LedgerRow]:
    """The rows that gave out numbers which were withdrawn later."""
    gone = {(r.kind, r.number) for r in rows if (r.act, r.digest, r.seed) == ("void", digest, seed)}
    return [r for r in issued(rows, digest, seed) if (r.kind, r.number) in gone]


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
