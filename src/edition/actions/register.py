"""Numbering prints: opens a print's edition, issues numbers, withdraws them, certifies them."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from edition import paths
from edition.actions import proofs
from edition.actions.alike_numbers import check_alike
from edition.errors import EditionError, ProofError
from edition.proof import edition_ledger
from edition.proof.document_model import PrintSet
from edition.proof.edition_ledger import LedgerRow, WorkNames, verify, voided
from edition.proof.issued_numbers import find_number
from edition.proof.wall_layout import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.proof.document_model import ProofPrint, ProofReport
    from edition.proof.edition_ledger import Kind
    from edition.recipe.proof_settings import ProofSettings


CERTIFICATES = "certificates.pdf"
_PAPER = "paper"
"""The library remembers under it the paper that was named last."""


def rows(session: Session) -> tuple[LedgerRow, ...]:
    """The whole register, checked.

    Raises:
        ProofError: a row was changed, taken out or put in between.
    """
    found = tuple(LedgerRow.from_json(text) for text in session.store.register.rows())
    verify(found)
    return found


def last_paper(session: Session) -> str:
    """The paper that a number was printed on last."""
    return session.store.setting(_PAPER)


def remember_paper(session: Session, paper: str) -> None:
    """Keeps the name of a paper for the next number."""
    session.store.remember(_PAPER, paper)


def open_edition(
    session: Session,
    item: Print,
    count: int,
    *,
    artist_proofs: int | None = None,
    hors_commerce: int = 0,
    side_mm: float | None = None,
) -> LedgerRow:
    """Fixes size and count of a print's edition; the size is the recipe's for that seed.

    Args:
        session: the library.
        item: the print.
        count: numbered prints.
        artist_proofs: None takes a tenth, at least one.
        hors_commerce: prints that are not for sale.
        side_mm: open a second edition whose longer side this is.

    Raises:
        ProofError: it is open already, a count is out of range, or the print is gone.
    """
    width, height = size_of(session, item, side_mm)
    recipe = session.recipe(item.slug)

    def make(known: Sequence[LedgerRow]) -> LedgerRow:  # its file may have gone until here
        title = proofs.picture(session, item, recipe, full_size=True).name
        return edition_ledger.open_edition(
            known, digest=item.digest, seed=item.seed, width_mm=width, height_mm=height,
            count=count, date=today(), artist_proofs=artist_proofs, hors_commerce=hors_commerce,
            another_size=side_mm is not None, title=title,
        )  # fmt: skip

    return _append(session, make, item)


@dataclass(frozen=True, slots=True)
class Given:
    """The facts recorded when a number is issued."""

    paper: str = ""
    ink: str = ""
    buyer: str = ""
    place: str = ""


def issue(
    session: Session, item: Print, kind: Kind = "number", paper: str = "", *,
    told: Given | None = None, side_mm: float | None = None, other_file: bool = False,
) -> LedgerRow:  # fmt: skip
    """Issues a print's next number.

    Args:
        session: the library.
        item: the print.
        kind: of number.
        paper: it is printed on.
        told: all facts to record; wins over ``paper``.
        side_mm: of its second edition, the one whose longer side this is.
        other_file: issue it although numbers of its edition are of another file.

    Raises:
        ProofError: the edition isn't open, its size has changed, all numbers are given, numbers
            are of another file, or the print is gone.
    """
    width, height = size_of(session, item, side_mm)
    recipe = session.recipe(item.slug)
    if not recipe.artist:  # asked before a number is spent
        raise ProofError(
            f"{item.slug} names no artist, and a number's certificate must.",
            hint=f'Name the artist first: edition edit {item.slug} artist="…"',
        )
    shown = proofs.picture(session, item, recipe, full_size=True)
    named = WorkNames(shown.name, shown.artist, shown.year, shown.medium)
    facts = asdict(told or Given(paper))

    def make(known: Sequence[LedgerRow]) -> LedgerRow:
        row = edition_ledger.issue(
            known, digest=item.digest, seed=item.seed, width_mm=width, height_mm=height,
            date=today(), kind=kind, sha256=shown.sha256, named=named, **facts,
        )  # fmt: skip
        if not other_file:
            check_alike(session, item, known, row)
        return row

    return _append(session, make, item)


def issued_number(
    session: Session, item: Print, text: str, kind: Kind = "number", suite: str = ""
) -> LedgerRow:
    """The issued number that a person means: ``2``, ``2/10``, ``AP I/II``, ``BAT``.

    Raises:
        ProofError: no such number was issued, or the total is another one.
    """
    return find_number(rows(session), item.digest, item.seed, text, kind, suite)


def void(
    session: Session, item: Print, kind: Kind, number: int, reason: str, suite: str = ""
) -> LedgerRow:
    """Withdraws a number; it is never issued again.

    Raises:
        ProofError: it was never issued, is withdrawn already, or no reason is given.
    """

    def make(known: Sequence[LedgerRow]) -> LedgerRow:
        return edition_ledger.void(
            known, digest=item.digest, seed=item.seed, kind=kind, number=number, note=reason,
            date=today(), suite=suite,
        )  # fmt: skip

    return _append(session, make)


def sold(
    session: Session, item: Print, kind: Kind, number: int, *,
    buyer: str = "", place: str = "", suite: str = "",
) -> LedgerRow:  # fmt: skip
    """Writes down who has a number and where it is.

    Raises:
        ProofError: it was never issued or is withdrawn, or no fact is given.
    """

    def make(known: Sequence[LedgerRow]) -> LedgerRow:
        return edition_ledger.sold(
            known, digest=item.digest, seed=item.seed, kind=kind, number=number, date=today(),
            buyer=buyer, place=place, suite=suite,
        )  # fmt: skip

    return _append(session, make)


def certify_one(session: Session, item: Print, row: LedgerRow) -> ProofReport:
    """Writes the certificate of one number, into a file of its own.

    Raises:
        ProofError: the registered file is gone or has changed, or the disk is full. The number
            stands.
    """
    from edition.proof.certificates import certificates

    recipe = session.recipe(item.slug)
    show = certified(session, [item.id], [row], title=recipe.title, artist=recipe.artist)
    settings = proofs.beside(recipe.proof, paths.edition_folder(session.root, item.slug))
    file = certificate_file(session, item, row)
    try:
        return certificates(show, [row], settings, file)
    except ProofError as error:
        raise ProofError(
            error.message,
            hint=f"{error.hint} {row.label} is issued all the same: don't issue it again, write "
            f"its certificate with: edition proof certificates {item.slug}",
        ) from error


def certificate_file(session: Session, item: Print, row: LedgerRow) -> Path:
    """Where the certificate of one number is written."""
    number = row.label.replace("/", "-of-").replace(" ", "-")
    name = f"certificate-{item.seed}{row.suite}-{number}.pdf"
    return paths.proofs_folder(session.root, item.slug) / name


def void_papers(session: Session, item: Print, row: LedgerRow) -> str:
    """What a person does about the certificates of a withdrawn number; empty where none is there.

    The files stay: a signed one may have left the house, and has to be called back by a person.
    """
    own = certificate_file(session, item, row)
    every = paths.proofs_folder(session.root, item.slug) / CERTIFICATES
    told = []
    if own.exists():
        told.append(f"Its certificate is void now: {own}")
    if every.exists():
        told.append(
            f"{every} may hold it too: make it again with: edition proof certificates {item.slug}"
        )
    return "\n".join(told)


def works_of(session: Session, found: Sequence[LedgerRow]) -> list[tuple[str, str]]:
    """Edition and work that each row of the register speaks of, as it was called that day."""
    names: dict[tuple[str, int], tuple[str, str]] = {}
    for slug in session.store.prints.slugs():
        seeds = {row.seed for row in found}
        for item in session.store.prints.find(slug, seeds):
            try:
                title = session.recipe(slug).work(item.seed, item.digest).title
            except EditionError:
                title = ""
            names[item.digest, item.seed] = slug, title or f"Untitled (seed {item.seed})"
    told = [names.get((r.digest, r.seed), ("–", f"Untitled (seed {r.seed})")) for r in found]
    return [(slug, r.title or today) for r, (slug, today) in zip(found, told, strict=True)]


def certify(
    session: Session,
    slug: str,
    settings: ProofSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    out: Path | None = None,
) -> ProofReport:
    """Writes a certificate for every valid number of an edition.

    Args:
        session: the library.
        slug: the edition.
        settings: how; None for the recipe's ``[proof]``.
        progress: called with the number done and the total.
        out: another file or folder.

    Raises:
        ProofError: no number was issued, or a print's file has changed.
    """
    from edition.proof.certificates import certificates

    recipe = session.recipe(slug)
    prints = session.store.prints.get(session.store.prints.select(slug, order="seed"))
    ids, given = standing(session, tuple(prints.values()))
    if not given:
        raise ProofError(
            f"No number of {slug} has been issued.",
            hint=f"Open and issue one: edition register open {slug} SEED --count 25",
        )
    show = certified(session, ids, given, title=recipe.title, artist=recipe.artist)
    own = settings or proofs.beside(recipe.proof, paths.edition_folder(session.root, slug))
    file = paths.proofs_folder(session.root, slug) / CERTIFICATES
    if out is not None:
        file = proofs.named(recipe.title, "certificates", own, out)
    return certificates(show, given, own, file, progress)


def standing(session: Session, prints: Sequence[Print]) -> tuple[list[int], list[LedgerRow]]:
    """The numbers of prints that were issued and not withdrawn.

    Returns:
        Ids of the prints that have some, and the rows that gave them out, oldest first.
    """
    known = rows(session)
    by_name = {(item.digest, item.seed): item for item in prints}
    given = [
        row
        for row in known
        if row.act == "issue"
        and (row.digest, row.seed) in by_name
        and row not in voided(known, row.digest, row.seed)
    ]
    return list(dict.fromkeys(by_name[row.digest, row.seed].id for row in given)), given


def certified(
    session: Session, ids: Sequence[int], given: Sequence[LedgerRow], *, title: str, artist: str
) -> PrintSet:
    """The files that numbers were given to, each with the facts of its own making.

    A print may have been enlarged again, and its edition's recipe edited, since a number was given
    out: what is certified is the file whose digest is in the register.

    Args:
        session: the library.
        ids: of the prints that the rows name.
        given: rows that gave out numbers.
        title: of the document.
        artist: of the document.

    Raises:
        ProofError: a registered file is not in the library; the message names it.
    """
    prints = {(item.digest, item.seed): item for item in session.store.prints.get(ids).values()}
    pictures = [_registered(session, prints[row.digest, row.seed], row) for row in given]
    return PrintSet(
        title=title,
        artist=artist,
        date=proofs.newest_day(prints.values()),
        pictures=tuple(dict.fromkeys(pictures)),
    )


def _registered(session: Session, item: Print, row: LedgerRow) -> ProofPrint:
    recipe = session.recipe(item.slug)
    if not row.sha256:  # numbers of an early version, which wrote no digest down
        return proofs.picture(session, item, recipe, full_size=True)
    versions = session.store.prints.versions(item.id)
    known = {session.store.prints.sha256(item.file): ""}
    known |= {facts.sha256: file for file, facts, _ in versions}
    if row.sha256 not in known:
        raise ProofError(
            f"{item.slug} seed {item.seed}: the file that {row.label} was given to (sha256"
            f" {row.sha256[:16]}…) is not in the library any more.",
            hint="Put that file back, or withdraw the number: "
            f"edition register void {item.slug} {item.seed} {row.number} --reason …",
        )
    return proofs.picture(session, item, recipe, full_size=True, version=known[row.sha256])


def today() -> str:
    """``YYYY-MM-DD`` where the person is."""
    return datetime.datetime.now(tz=datetime.UTC).astimezone().date().isoformat()


def size_of(session: Session, item: Print, side_mm: float | None = None) -> tuple[float, float]:
    """Width and height of a print on paper, millimetres: the recipe's, or of a longer side."""
    recipe = session.recipe(item.slug)
    picture = proofs.picture(session, item, recipe, full_size=True)
    size = frame(replace(picture, print_mm=side_mm or 0.0), recipe.proof).print_size
    return size.width, size.height


def _append(
    session: Session, make: Callable[[Sequence[LedgerRow]], LedgerRow], needed: Print | None = None
) -> LedgerRow:
    def write(texts: Sequence[str]) -> tuple[str]:
        if needed is not None and needed.id not in session.store.prints.get([needed.id]):
            raise ProofError(  # asked under the write lock, as the emptying of the trash asks
                f"{needed.slug} seed {needed.seed} is no longer in the library.",
                hint=f"Make it again: edition render {needed.slug} --seeds {needed.seed} "
                f"--recipe {needed.digest[:8]}",
            )
        known = tuple(LedgerRow.from_json(text) for text in texts)
        verify(known)
        return (make(known).to_json(),)

    return LedgerRow.from_json(session.store.register.append(write)[0])
