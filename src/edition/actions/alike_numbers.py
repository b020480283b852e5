"""The numbers of an edition are alike: of one file, unless a person says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.errors import ProofError
from edition.proof.edition_ledger import issued, voided
from edition.proof.issued_numbers import other_files, other_files_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.proof.edition_ledger import LedgerRow


def check_alike(session: Session, item: Print, known: Sequence[LedgerRow], row: LedgerRow) -> None:
    """Refuses a number of another file than the ones that stand in its edition.

    Args:
        session: the library.
        item: the print.
        known: the whole register.
        row: it would be appended, and issues a number.

    Raises:
        ProofError: numbers are of another file; it names them and the version to go back to.
    """
    gone = voided(known, item.digest, item.seed)
    given = issued(known, item.digest, item.seed, row.suite)
    certified = [(one.label, one.sha256) for one in given if one not in gone]
    told = other_files_told(certified, row.sha256)
    if not told:
        return
    others = other_files(certified, row.sha256)
    versions = enumerate(session.store.prints.versions(item.id), 1)
    back = " or ".join(
        f"edition versions {item.slug} {item.seed} --choose {number}"
        for number, (_, facts, _) in versions
        if facts.sha256 in others
    )
    raise ProofError(
        f"The numbers of an edition are alike, but of {item.slug} seed {item.seed} {told}.",
        hint=(f"Go back to that version: {back}." if back else "No enlarged version is that file.")
        + " To issue a number of this file all the same: edition register issue"
        f" {item.slug} {item.seed} --other-file",
    )
