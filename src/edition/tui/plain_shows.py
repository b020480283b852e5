"""Exhibitions in the plain mode: what hangs, told and changed line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.desk import exhibitions
from edition.desk.shows import OfExhibition
from edition.errors import EditionError
from edition.tui.text import clean, count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.desk.desk import Desk
    from edition.desk.shows import Work

HELP = (
    "  exhibition            all exhibitions; exhibition NAME tells what hangs there",
    "  hang NAME SEED ...    in an exhibition, which is made when there is none",
    "  move NAME PLACE PLACE",
    "  say NAME PLACE WORDS  a note on paper; no words take it away",
    "  down NAME PLACE ...   out of the exhibition",
    "  wall NAME             its wall proof",
)


def verbs(desk: Desk, say: Callable[[str], None]) -> dict[str, Callable[[list[str]], None]]:
    """What is said → what it does; ``hang`` needs an open edition and is the conversation's."""
    return {
        "exhibition": lambda words: tell(desk, say, words),
        "move": lambda words: say(_move(desk, words)),
        "say": lambda words: say(_note(desk, words)),
        "down": lambda words: say(_down(desk, words)),
        "wall": lambda words: say(_wall(desk, words)),
    }


def hang(desk: Desk, name: str, ids: Sequence[int]) -> str:
    """Hangs prints; makes the exhibition when there is none of that name."""
    if desk.store.exhibitions.get(name) is None:
        exhibitions.new(desk, name)
    return exhibitions.add(desk, name, ids) or f"It hangs in {name} already."


def tell(desk: Desk, say: Callable[[str], None], words: list[str]) -> None:
    """All exhibitions, or what hangs in one, in order."""
    if not words:
        found = desk.store.exhibitions.all()
        for one in found:
            say(f"{clean(one.name)}: {clean(one.title)}, {count(len(one.places), 'print')}")
        if not found:
            say("No exhibition yet. Say: hang NAME SEED")
        return
    source = OfExhibition(words[0])
    head, works = source.head(desk), source.works(desk)
    say(f"{clean(head.title)}: {count(len(works), 'print')}, hung as a {head.settings.hang}.")
    for place, work in enumerate(works, 1):
        say(f"{place}. {_sentence(work)}")


def _sentence(work: Work) -> str:
    picture = work.picture
    parts = [f"{clean(picture.edition)}, seed {picture.seed}"]
    parts += [f"{picture.print_mm:g} millimetres"] * bool(picture.print_mm)
    parts += [clean(picture.note)] * bool(picture.note)
    parts += [f"missing: {clean(work.fault)}"] * bool(work.fault)
    return ", ".join(parts)


def _move(desk: Desk, words: list[str]) -> str:
    name, (place, to) = _name(words, "move NAME 5 1"), _places(words[1:3], 2, "move NAME 5 1")
    return exhibitions.move(desk, name, place, to) or "It hangs there."


def _note(desk: Desk, words: list[str]) -> str:
    name, (place,) = _name(words, "say NAME 2 at sea"), _places(words[1:2], 1, "say NAME 2 at sea")
    return exhibitions.note(desk, name, place, " ".join(words[2:])) or "It says so."


def _down(desk: Desk, words: list[str]) -> str:
    name, places = _name(words, "down NAME 3"), _places(words[1:], 1, "down NAME 3")
    return exhibitions.remove(desk, name, places)


def _wall(desk: Desk, words: list[str]) -> str:
    made = OfExhibition(_name(words, "wall NAME")).make(desk, "wall")
    return f"Made {clean(str(made.file))}"


def _name(words: list[str], like: str) -> str:
    if not words:
        raise EditionError("No exhibition is named.", hint=f"Say: {like}")
    return words[0]


def _places(words: list[str], least: int, like: str) -> list[int]:
    """Places from 0, as they were said from 1."""
    if len(words) < least or not all(word.isdecimal() for word in words):
        raise EditionError("A place is a number, from 1.", hint=f"Say: {like}")
    return [int(word) - 1 for word in words]
