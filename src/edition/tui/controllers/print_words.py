"""Notes and tags, written on the light table and in the loupe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import search
from edition.errors import EditionError
from edition.text_format import count
from edition.tui.controllers.ports import AppPort, PrintView, meant
from edition.tui.keymap import WORK
from edition.tui.navigation import QUESTION

if TYPE_CHECKING:
    from edition.domain import Print

MOST_USED = 6
"""Tags of the library that the question for tags reminds of."""

MOST_DESCRIBED = 200
"""Prints whose titles can be written at once."""


class PrintWords:
    """Words tied to prints, each with one line of its own to write them in."""

    def __init__(self, app: AppPort, view: PrintView) -> None:
        self.app, self.view = app, view

    def note(self) -> None:
        """Asks for a note; an empty one takes it away."""
        prints = self._meant()
        if not prints:
            return
        notes = {item.note for item in prints}
        old = notes.pop() if len(notes) == 1 else ""

        def write(text: str | None) -> None:
            if text is not None and text != old.replace("\n", " "):
                ids = [item.id for item in prints]
                self.app.write(
                    lambda session: search.write_note(session, ids, text),
                    self._written,
                    f"note to {_name(prints)}",
                )

        question, start = f"Note to {_name(prints)}", old.replace("\n", " ")
        self.app.open_screen(QUESTION, question, start, then=write, goes_on=True)

    def tags(self) -> None:
        """Asks for tags; those that all have are there and can be taken out."""
        prints = self._meant()
        if not prints:
            return
        common = set.intersection(*({*item.tags} for item in prints))

        def write(text: str | None) -> None:
            if text is None:
                return
            words = text.split()
            gone = {word[1:] for word in words if word.startswith("-")}
            kept = {word for word in words if not word.startswith("-")}
            remove = " ".join(gone | (common - {word.casefold() for word in kept}))
            ids = [item.id for item in prints]
            self.app.write(
                lambda session: search.tag(session, ids, add=" ".join(kept), remove=remove),
                self._written,
                f"tags of {_name(prints)}",
            )

        start = "".join(f"{tag} " for tag in sorted(common))
        used = " ".join(list(search.tags_used(self.app.session))[:MOST_USED])
        question = f"Tags of {_name(prints)}" + (f"   in use: {used}" if used else "")
        self.app.open_screen(QUESTION, question, start, _tag_fault, then=write, goes_on=True)

    def describe(self) -> None:
        """Opens the form of title, year, medium and price."""
        prints = self._meant()
        if len(prints) > MOST_DESCRIBED:
            self.app.say(f"Select {MOST_DESCRIBED} prints at most: each is written down by seed.")
        elif prints:
            self.app.open_screen(WORK, prints)

    def _meant(self) -> tuple[Print, ...]:
        prints = meant(self.view)
        if not prints:
            self.app.say("There is no print to write to.")
        return prints

    def _written(self, what: str) -> None:
        self.app.say(f"{what[:1].upper()}{what[1:]}." if what else "Nothing changed.")


def _name(prints: tuple[Print, ...]) -> str:
    return f"seed {prints[0].seed}" if len(prints) == 1 else count(len(prints), "print")


def _tag_fault(text: str) -> str:
    try:
        search.tidied(" ".join(word.removeprefix("-") for word in text.split()))
    except EditionError as error:
        return error.message
    return ""
