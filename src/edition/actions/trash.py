"""The trash for both doors: what may go there, what comes back, and emptying it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from edition import paths
from edition.actions.stack_edits import after
from edition.domain import ActResult, FieldChange, Filter
from edition.errors import LibraryError
from edition.library import mirror_files
from edition.library.trash_table import TRASH
from edition.text_format import count, named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.library.trash_table import DeletedPrint


@dataclass(frozen=True, slots=True)
class TrashResult:
    """The result of putting prints into the trash."""

    action: str
    """In words; empty when nothing went."""
    ids: tuple[int, ...]
    """What went."""
    kept: tuple[Print, ...] = ()
    """What stayed: starred, or numbered in the register."""

    @property
    def told(self) -> str:
        """The result for the person."""
        parts = [f"{count(len(self.ids), 'print')} in the trash."] if self.ids else []
        if self.kept:
            parts.append(f"{_kept_words(self.kept)} {'stays' if len(self.kept) == 1 else 'stay'}.")
        return " ".join(parts) or "No prints to move there."


def put(session: Session, ids: Sequence[int]) -> TrashResult:
    """Puts prints into the trash, undoably; those that are starred or numbered stay.

    Raises:
        LibraryError: none of them may go.
    """
    now = round(time.time(), 3)
    done = TrashResult("", ())

    def decide() -> tuple[str, Sequence[FieldChange]]:  # of what is starred at that very moment
        nonlocal done
        prints = [p for p in session.store.prints.get(ids).values() if not p.trash]
        numbered = _numbered(session)
        kept = tuple(p for p in prints if p.marks.star or _key(p) in numbered)
        staying = {p.id for p in kept}
        going = [p for p in prints if p.id not in staying]
        if kept and not going:
            starred = any(p.marks.star for p in kept)
            raise LibraryError(
                f"{_kept_words(kept)} can't be moved to the trash.",
                hint="Remove the star first: edition unstar, or the star's key once more."
                if starred
                else "A numbered print must stay as it was when its number was given.",
            )
        action, changes = _act("trash", going, now)
        done = TrashResult(action, tuple(p.id for p in going), kept)
        return action, changes

    session.store.journal.act(decide)
    return done


def restore(session: Session, ids: Sequence[int]) -> ActResult:
    """Takes prints out of the trash, undoably."""
    slugs = {p.slug for p in session.store.prints.get(ids).values()}
    settle(session, slugs)
    back: list[int] = []

    def decide() -> tuple[str, Sequence[FieldChange]]:  # of what is there at that very moment
        prints = [p for p in session.store.prints.get(ids).values() if p.trash]
        back.extend(p.id for p in prints)
        return _act("restore from the trash", prints, 0.0)

    action = session.store.journal.act(decide)
    if not action:
        return ActResult()
    refused = after(session, slugs)
    return ActResult(action, frozenset({TRASH}), tuple(back), ungrouped=refused)


def _act(verb: str, prints: Sequence[Print], to: float) -> tuple[str, list[FieldChange]]:
    """In words, and the changes; both empty without prints."""
    if not prints:
        return "", []
    return f"{verb} {named(prints)}", [FieldChange(TRASH, str(p.id), p.trash, to) for p in prints]


def listed(session: Session, slug: str | None = None) -> tuple[Print, ...]:
    """What is in the trash of an edition, or of the library, latest first."""
    settle(session)
    ids = session.store.prints.select(slug, Filter(trash=True))
    prints = session.store.prints.get(ids).values()
    return tuple(sorted(prints, key=lambda p: (-p.trash, p.slug, p.id)))


def size(session: Session, prints: Sequence[Print]) -> int:
    """Bytes on the disk, enlarged files too."""
    names = session.store.trash.files([p.id for p in prints])
    total = 0
    for name in (name for mine in names.values() for name in mine):
        with suppress(LibraryError, FileNotFoundError):  # what can't be removed counts for nothing
            total += paths.inside(session.root, name).stat().st_size
    return total


def empty(
    session: Session,
    slug: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    for_good: bool = False,
) -> int:
    """Removes the files of all that is in the trash; returns how many prints.

    What has been starred or numbered since stays there, and what could not be made again
    (``last_ones``). Recipe and seed stay known: ``emptied_seeds`` names them, ``edition render``
    makes them again when asked for by seed.

    Args:
        session: the library.
        slug: one edition; None for all.
        progress: called with how many are done and how many there are.
        for_good: what could not be made again goes too.

    Raises:
        LibraryError: a file can't be moved.
    """
    lying = removable(session, listed(session, slug))
    last = {} if for_good else last_ones(session, lying)
    going = _children_first(session, [p for p in lying if p.id not in last])

    def staying(ids: Sequence[int]) -> set[tuple[str, int]]:  # asked under the lock
        kept = _numbered(session)
        if for_good:
            return kept
        prints = [p for p in session.store.prints.get(ids).values() if _key(p) not in kept]
        needed = _started_from(session, prints, {p.id for p in prints})
        return kept | {_key(p) for p in prints if p.id in needed}

    return session.store.trash.empty(going, progress, staying)


def removable(session: Session, prints: Sequence[Print]) -> list[Print]:
    """Those of the trash that are neither starred nor numbered, and not somebody else's files.

    What is in adopted folders stays there: out of sight here, never removed.
    """
    numbered = _numbered(session)
    return [
        p for p in prints if not (p.marks.star or _key(p) in numbered or paths.adopted_name(p.file))
    ]


def last_ones(session: Session, prints: Sequence[Print]) -> dict[int, str]:
    """Prints that could not be made again were their files removed; id → why, a sentence.

    A recipe and a seed are a print only while the model is the one that made it and the image
    it starts from is there. What a print starts from stays as long as that print does.
    """
    from edition.actions.model_changes import unmakeable  # its recipes are slow to load

    reasons: dict[tuple[str, str], str] = {}
    why: dict[int, str] = {}
    for item in prints:
        key = item.slug, item.digest
        if key not in reasons:
            reasons[key] = unmakeable(session, *key)
        if reasons[key]:
            why[item.id] = reasons[key]
    needed = _started_from(session, prints, {item.id for item in prints} - why.keys())
    return why | dict.fromkeys(needed, "Other prints start from it.")


def _started_from(session: Session, prints: Sequence[Print], going: set[int]) -> set[int]:
    """Of prints on their way out, those that a print which stays was made from."""
    named = _named(prints)
    children = session.store.prints.children()
    needed: set[int] = set()
    while True:  # a child that stays keeps its parent, and that one its own
        stay = [named.get(parent, []) for child, parent in children if child not in going - needed]
        more = (going - needed).intersection(i for some in stay for i in some)
        if not more:
            return needed
        needed |= more


def _children_first(session: Session, prints: Sequence[Print]) -> list[int]:
    """Ids in an order in which a print goes before what it starts from: a stop leaves no gap."""
    order = TopologicalSorter({item.id: () for item in prints})
    ids, named = {item.id for item in prints}, _named(prints)
    for child, parent in session.store.prints.children():
        for item in named.get(parent, []) if child in ids else []:
            order.add(item, child)
    return list(order.static_order())


def _key(item: Print) -> tuple[str, int]:
    return item.digest, item.seed


def _named(prints: Sequence[Print]) -> dict[str, list[int]]:
    """Ids by what a child calls its parent."""
    named: dict[str, list[int]] = {}
    for item in prints:
        named.setdefault(f"{item.digest}:{item.seed}", []).append(item.id)
    return named


def settle(session: Session, slugs: set[str] | None = None) -> None:
    """Ends what a killed emptying began."""
    for slug in slugs if slugs is not None else set(mirror_files.slugs(session.root)):
        session.store.trash.settle(slug)


def emptied(session: Session, slug: str | None = None) -> tuple[DeletedPrint, ...]:
    """Prints that were emptied and not made again, latest first."""
    return session.store.trash.emptied(slug)


def emptied_seeds(session: Session, slug: str, digest: str) -> set[int]:
    """Seeds of a recipe that were emptied: rendered again only when they are named."""
    return {gone.seed for gone in session.store.trash.emptied(slug, digest)}


def _numbered(session: Session) -> set[tuple[str, int]]:
    """Prints that the register of editions names."""
    if not session.store.register.rows():
        return set()
    from edition.actions.register import rows

    return {(row.digest, row.seed) for row in rows(session)}


def _kept_words(kept: Sequence[Print]) -> str:
    starred = sum(p.marks.star for p in kept)
    words = [count(starred, "starred print")] if starred else []
    if len(kept) > starred:
        words.append(count(len(kept) - starred, "numbered print"))
    return " and ".join(words)
