"""Exhibitions in the plain mode: its prints, listed and changed line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import exhibitions
from edition.actions.print_sources import ExhibitionSource
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui.hang_prints import hung_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.print_sources import WallPrint
    from edition.actions.session import Session

HELP = (
    "  exhibition            all exhibitions; exhibition NAME tells what hangs there",
    "  hang NAME SEED ...    in an exhibition, which is made when there is none",
    "  move NAME PLACE PLACE",
    "  say NAME PLACE WORDS  a note on paper; without words: remove it",
    "  down NAME PLACE ...   out of the exhibition",
    "  wall NAME             its wall proof",
)


def verbs(session: Session, say: Callable[[str], None]) -> dict[str, Callable[[list[str]], None]]:
    """Command → what it does; ``hang`` needs an open edition and is the conversation's."""
    return {
        "exhibition": lambda words: tell(session, say, words),
        "move": lambda words: say(_move(session, words)),
        "say": lambda words: say(_note(session, words)),
        "down": lambda words: say(_down(session, words)),
        "wall": lambda words: say(_wall(session, words)),
    }


def hang(session: Session, name: str, ids: Sequence[int]) -> str:
    """Hangs prints; makes the exhibition when there is none of that name."""
    fresh, hung = exhibitions.hang(session, name, ids, new_one=True)
    return hung_words(name, fresh, hung, asked=len(ids))


def tell(session: Session, say: Callable[[str], None], words: list[str]) -> None:
    """All exhibitions, or the prints of one, in order."""
    if not words:
        found = exhibitions.listed(session)
        for one in found:
            say(f"{clean(one.name)}: {clean(one.title)}, {count(len(one.places), 'print')}")
        if not found:
            say("No exhibition yet. Type: hang NAME SEED")
        return
    source = ExhibitionSource(words[0])
    head, works = source.head(session), source.works(session)
    say(f"{clean(head.title)}: {count(len(works), 'print')}, hung as a {head.settings.hang}.")
    for place, work in enumerate(works, 1):
        say(f"{place}. {_sentence(work)}")


def _sentence(work: WallPrint) -> str:
    picture = work.picture
    parts = [f"{clean(picture.edition)}, seed {picture.seed}"]
    parts += [f"{picture.print_mm:g} millimetres"] * bool(picture.print_mm)
    parts += [clean(picture.note)] * bool(picture.note)
    parts += [f"missing: {clean(work.fault)}"] * bool(work.fault)
    return ", ".join(parts)


def _move(session: Session, words: list[str]) -> str:
    name, (place, to) = _name(words, "move NAME 5 1"), _places(words[1:3], 2, "move NAME 5 1")
    return exhibitions.move(session, name, place, to) or "Position unchanged."


def _note(session: Session, words: list[str]) -> str:
    name, (place,) = _name(words, "say NAME 2 at sea"), _places(words[1:2], 1, "say NAME 2 at sea")
    return exhibitions.note(session, name, place, " ".join(words[2:])) or "Note unchanged."


def _down(session: Session, words: list[str]) -> str:
    name, places = _name(words, "down NAME 3"), _places(words[1:], 1, "down NAME 3")
    return exhibitions.remove(session, name, places)


def _wall(session: Session, words: list[str]) -> str:
    made = ExhibitionSource(_name(words, "wall NAME")).make(session, "wall")
    return f"Made {clean(str(made.file))}"


def _name(words: list[str], like: str) -> str:
    if not words:
        raise EditionError("No exhibition is named.", hint=f"Type: {like}")
    return words[0]


def _places(words: list[str], least: int, like: str) -> list[int]:
    """Places from 0, as they were typed from 1."""
    if len(words) < least or not all(word.isdecimal() for word in words):
        raise EditionError("A place is a number, from 1.", hint=f"Type: {like}")
    return [int(word) - 1 for word in words]
