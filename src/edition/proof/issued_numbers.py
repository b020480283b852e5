"""What was issued, asked two ways: which number is meant, and of which files numbers are."""

from collections.abc import Iterable, Sequence

from edition.errors import ProofError
from edition.proof.edition_ledger import KINDS, Kind, LedgerRow, editions_of, issued

_DIGITS = 12
"""Of a digest, where a person reads it."""


def find_number(
    rows: Sequence[LedgerRow], digest: str, seed: int, text: str, kind: Kind = "number",
    suite: str = "",
) -> LedgerRow:  # fmt: skip
    """The issued number that a person means.

    Args:
        rows: the whole register.
        digest: the print's recipe.
        seed: the print's seed.
        text: ``2``, or as pages print it: ``2/10``, ``AP II/III``, ``BAT``.
        kind: of a text that doesn't say it.
        suite: of the print's second or third size.

    Raises:
        ProofError: no such number was issued, or the total is another one.
    """
    said = " ".join(text.upper().split())
    given = issued(rows, digest, seed)
    for row in given:
        if row.suite == suite and _means(said, kind, row):
            return row
    opened = next((row for row in editions_of(rows, digest, seed) if row.suite == suite), None)
    total = f"; its edition is of {opened.count} {KINDS['number']}" if opened else ""
    named = said if kind == "number" or said.startswith(kind) else f"{kind} {said}"
    labels = ", ".join(r.label + (f" (--suite {r.suite})" if r.suite else "") for r in given)
    raise ProofError(
        f"Seed {seed} has no number {named}{total}.",
        hint=f"Issued are: {labels}." if given else "None was issued: edition register list",
    )


def _means(said: str, kind: Kind, row: LedgerRow) -> bool:
    if said == row.label.upper():
        return kind in ("number", row.kind)
    bare = str(row.number), f"{row.number}/{row.limit(row.kind)}", row.label[len(row.kind) + 1 :]
    return row.kind == kind and said in bare


def other_files(certified: Iterable[tuple[str, str]], sha256: str) -> tuple[str, ...]:
    """Digests of files that numbers are of, other than the one at hand; each once.

    Args:
        certified: label and file's digest of numbers of one edition.
        sha256: of the file at hand; empty where nobody knows it, and nothing is other.
    """
    return tuple(dict.fromkeys(one for _, one in certified if sha256 and one and one != sha256))


def other_files_told(certified: Sequence[tuple[str, str]], sha256: str) -> str:
    """Which numbers are of another file than the one at hand, in words; empty where none is."""
    told = []
    for other in other_files(certified, sha256):
        labels = ", ".join(label for label, one in certified if one == other)
        told.append(f"{labels} of the file sha256 {other[:_DIGITS]}…")
    if not told:
        return ""
    return f"certified are {'; '.join(told)}, and the file is sha256 {sha256[:_DIGITS]}… now"
