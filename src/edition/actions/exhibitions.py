"""Exhibitions: what a person does with them. Every act is journalled and can be undone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.errors import LibraryError
from edition.library.exhibition_table import (
    Exhibition,
    ExhibitionPrint,
    changed_head,
    changed_prints,
)
from edition.recipe import edition_file
from edition.text_format import count, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edition.actions.session import Session
    from edition.domain import FieldChange, Print
    from edition.recipe.proof_settings import ProofSettings

LAST = "exhibition"
"""The library remembers the current exhibition under it."""
SMALLEST_MM, LARGEST_MM = 10.0, 5000.0
_WORDS = ("title", "artist", "statement")
Act = tuple[str, "list[FieldChange]"]
"""What is done, in words, and its changes."""
Hung = tuple["Sequence[ExhibitionPrint]", str]
"""An order of prints, and what puts it in place, in words."""


def named(session: Session, name: str) -> Exhibition:
    """An exhibition by its name.

    Raises:
        LibraryError: there is none.
    """
    found = session.store.exhibitions.get(name)
    if found is None:
        known = ", ".join(one.name for one in session.store.exhibitions.all()[:12])
        raise LibraryError(
            f"There is no exhibition {name!r}.",
            hint=f"Known: {known}." if known else f"Make it with: edition exhibition new {name}",
        )
    return found


def listed(session: Session) -> tuple[Exhibition, ...]:
    """All exhibitions, by name."""
    return session.store.exhibitions.all()


def exists(session: Session, name: str) -> bool:
    """Whether there is an exhibition of that name."""
    return session.store.exhibitions.get(name) is not None


def last(session: Session) -> str:
    """The current exhibition, if it still exists; else nothing."""
    name = session.store.setting(LAST)
    return name if name and session.store.exhibitions.get(name) is not None else ""


def turn_to(session: Session, name: str) -> None:
    """Remembers an exhibition as the current one."""
    if session.store.setting(LAST) != name:
        session.store.remember(LAST, name)


def new(
    session: Session, name: str, *, title: str = "", artist: str = "", statement: str = ""
) -> str:
    """Makes an empty exhibition.

    Raises:
        LibraryError: the name is taken, or can't name an exhibition.
    """
    paths.check_exhibition(name)
    spoken = title or name.replace("-", " ").replace("_", " ").title()
    made = Exhibition(name, spoken, artist, statement, {}, time.time())

    def decide() -> Act:
        if session.store.exhibitions.get(name) is not None:
            raise LibraryError(
                f"There is an exhibition {name} already.", hint="Choose another name."
            )
        if paths.exhibition_file(session.root, name).exists():
            raise LibraryError(
                f"There is an exhibition {name} on the disk that the library doesn't know.",
                hint="Add it with: edition rescan, or choose another name.",
            )
        return f"open exhibition {name}", [changed_head(None, made)]

    action = _do(session, decide)
    turn_to(session, name)
    return action


def read_name(session: Session, answer: str) -> tuple[str, str]:
    """Which exhibition a person means by a name or a title, and the title of a new one.

    Args:
        session: the library.
        answer: a name as it can be, or any title; a name is made of that.

    Returns:
        A name that can be had, and the title; empty where the exhibition has one.
    """
    if paths.SLUG.fullmatch(answer) and ".." not in answer:
        return answer, ""
    plain = plain_name(answer, "exhibition")
    for name in (plain, *(f"{plain}-{number}" for number in range(2, 10_000))):
        found = session.store.exhibitions.get(name)
        if found is not None and found.title == answer:
            return name, ""
        if found is None and not paths.exhibition_file(session.root, name).exists():
            break
    return name, answer


def drop(session: Session, name: str) -> str:
    """Takes an exhibition down; its prints and its PDFs stay where they are."""

    def decide() -> Act:
        found = named(session, name)
        changes = [changed_prints(name, found.places, ()), changed_head(found, None)]
        return f"delete exhibition {name}", changes

    return _do(session, decide)


def add(session: Session, name: str, ids: Sequence[int], at: int | None = None) -> str:
    """Hangs prints; one that hangs there already keeps its place.

    Args:
        session: the library.
        name: the exhibition.
        ids: prints, in the order they hang.
        at: before which place, from 0; None for the end.

    Returns:
        What was done, in words; nothing when all of them hang there.
    """
    named(session, name)
    prints = session.store.prints.get(ids)
    asked = [_place(prints[i]) for i in dict.fromkeys(ids) if i in prints]
    turn_to(session, name)

    def hang(places: list[ExhibitionPrint]) -> Hung:
        known = {place.print_name for place in places}
        fresh = [place for place in asked if place.print_name not in known]
        where = len(places) if at is None else at
        return [*places[:where], *fresh, *places[where:]], f"hang {_said(fresh)} in {name}"

    return _rehang(session, name, hang)


def hang(
    session: Session, name: str, ids: Sequence[int], *, new_one: bool = False, title: str = ""
) -> tuple[int, int]:
    """Hangs prints; with ``new_one`` the exhibition is made where there is none of that name.

    Returns:
        How many were hung, without those that hung there, and how many hang there now.
    """
    if new_one and not exists(session, name):
        new(session, name, title=title)
    before = len(named(session, name).places)
    add(session, name, ids)
    after = len(named(session, name).places)
    return after - before, after


def move(session: Session, name: str, place: int, to: int) -> str:
    """Moves a print to another place; those between move up.

    Args:
        session: the library.
        name: the exhibition.
        place: where it hangs, from 0.
        to: where it is to hang; beyond the ends means at the end.

    Raises:
        LibraryError: nothing hangs at that place.
    """

    def shift(places: list[ExhibitionPrint]) -> Hung:
        moved = places.pop(place)
        there = max(0, min(len(places), to))
        places.insert(there, moved)
        return places, f"move {_said([moved])} to place {there + 1} in {name}"

    return _rehang(session, name, shift, [place])


def remove(session: Session, name: str, places: Sequence[int]) -> str:
    """Takes prints down, by their places from 0.

    Raises:
        LibraryError: nothing hangs at one of them.
    """
    gone = set(places)

    def take_out(hung: list[ExhibitionPrint]) -> Hung:
        after = [place for index, place in enumerate(hung) if index not in gone]
        return after, f"take {_said([hung[index] for index in sorted(gone)])} out of {name}"

    return _rehang(session, name, take_out, places)


def note(session: Session, name: str, place: int, text: str) -> str:
    """Sets a print's caption on paper; an empty one removes it.

    Raises:
        LibraryError: nothing hangs at that place, or the text is longer than 500 characters.
    """
    text = " ".join(text.split())
    if len(text) > 500:
        raise LibraryError(
            f"A note of {len(text)} characters is too long.", hint="500 fit under a print."
        )
    return _set(session, name, place, "note", note=text)


def size(session: Session, name: str, place: int, print_mm: float) -> str:
    """Gives a print its own longer side, millimetres; 0 takes the exhibition's.

    Raises:
        LibraryError: nothing hangs at that place, or the size is none of 10 to 5000 mm.
    """
    if print_mm and not SMALLEST_MM <= print_mm <= LARGEST_MM:
        raise LibraryError(
            f"A print of {print_mm:g} mm can't be hung.",
            hint=f"Use {SMALLEST_MM:g} to {LARGEST_MM:g} mm, or 0 for the exhibition's size.",
        )
    return _set(session, name, place, f"{print_mm:g} mm for", print_mm=float(print_mm))


def rank(session: Session, name: str, ranks: Mapping[tuple[str, str, int], int], told: str) -> str:
    """Puts an exhibition's places in an order; prints added meanwhile come last.

    Args:
        session: the library.
        name: the exhibition.
        ranks: a place's print → its rank.
        told: what the order is by, as the history shows it.
    """

    def sort(places: list[ExhibitionPrint]) -> Hung:
        after = sorted(places, key=lambda place: ranks.get(place.print_name, len(ranks)))
        return after, f"order {name} by {told}"

    return _rehang(session, name, sort)


def edit(session: Session, name: str, changes: Mapping[str, object]) -> str:
    """Changes an exhibition's texts or its layout.

    Args:
        session: the library.
        name: the exhibition.
        changes: ``title``, ``artist``, ``statement``, or a key of ``[proof]`` as
            ``proof.gap_mm``; None takes a key back to its default.

    Raises:
        RecipeError: there is no such key, or its value is not allowed.
    """
    return _do(session, lambda: _edited(named(session, name), changes))


def _edited(found: Exhibition, changes: Mapping[str, object]) -> Act:
    name = found.name
    words = {key: value for key, value in changes.items() if key in _WORDS}
    proof = dict(found.proof)
    for key, value in changes.items():
        if key not in words:
            proof[key.removeprefix("proof.")] = value
    proof = {key: value for key, value in proof.items() if value is not None}
    said = {key: getattr(found, key) if words.get(key) is None else words[key] for key in _WORDS}
    checked = edition_file.validate({**said, "proof": proof}, name=f"exhibition {name}")
    kept = checked.proof.model_dump(mode="json", exclude_defaults=True)
    after = replace(
        found, title=checked.title, artist=checked.artist, statement=checked.statement, proof=kept
    )
    action = f"change {', '.join(key.removeprefix('proof.') for key in changes)} of {name}"
    return action, [changed_head(found, after)]


def settings(exhibition: Exhibition) -> ProofSettings:
    """An exhibition's layout on paper and on the wall.

    Raises:
        RecipeError: what is kept of it is not allowed.
    """
    checked = edition_file.validate(
        {"proof": exhibition.proof}, name=f"exhibition {exhibition.name}"
    )
    return checked.proof


def _place(item: Print) -> ExhibitionPrint:
    return ExhibitionPrint(item.slug, item.digest, item.seed)


def _said(places: Sequence[ExhibitionPrint]) -> str:
    if len(places) == 1:
        return f"{places[0].slug} seed {places[0].seed}"
    return count(len(places), "print")


def _check(found: Exhibition, places: Sequence[int]) -> None:
    for place in places:
        if not 0 <= place < len(found.places):
            raise LibraryError(
                f"No print at position {place + 1} of {found.name}.",
                hint=f"It has {count(len(found.places), 'print')}: edition exhibition show"
                f" {found.name}",
            )


def _set(session: Session, name: str, place: int, verb: str, **fields: Any) -> str:  # noqa: ANN401
    def change(places: list[ExhibitionPrint]) -> Hung:
        places[place] = replace(places[place], **fields)
        return places, f"{verb} {_said([places[place]])} in {name}"

    return _rehang(session, name, change, [place])


def _rehang(
    session: Session,
    name: str,
    change: Callable[[list[ExhibitionPrint]], Hung],
    named_places: Sequence[int] = (),
) -> str:
    """Puts another order in place, made from the one that hangs at that moment.

    Args:
        session: the library.
        name: the exhibition.
        change: from what hangs to what is to hang, and what that is in words.
        named_places: at which something must hang.

    Returns:
        What was done, in words; nothing when the order is the same.
    """

    def decide() -> Act:
        found = named(session, name)
        _check(found, named_places)
        after, action = change(list(found.places))
        return action, [changed_prints(name, found.places, tuple(after))]

    return _do(session, decide, empty="")


def _do(session: Session, decide: Callable[[], Act], empty: str | None = None) -> str:
    """Journals an act that is decided under the write lock: two programs never lose a change.

    Returns:
        What was done, in words; ``empty``, where it is given, when nothing changed.
    """
    said = ""

    def listen() -> Act:
        nonlocal said
        said, changes = decide()
        return said, changes

    done = session.store.journal.act(listen)
    return said if done or empty is None else empty
