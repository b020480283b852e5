"""What prints are called and sold as: title, year, medium, price."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import works
from edition.errors import EditionError
from edition.text_format import count
from edition.tui.keymap import WORK, bindings
from edition.tui.screens.form_base import FormLine, FormScreen, first_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from edition.domain import Print

_TOLD = {
    "title": "Of the work, as pages print it. Empty prints as: Untitled (edition, seed 7).",
    "year": "As it is printed. Empty takes the year in which the print was rendered.",
    "medium": "As in: Pigment print on cotton paper.",
    "price": "As it is printed, with its currency, as in: € 900.",
}
_MIXED = "These prints differ here; what is left empty stays as it is. "


class WorkForm(FormScreen):
    """Writes into the edition's file. The screen gives 1 back when something was saved."""

    room = WORK
    last_use = "save"
    BINDINGS: ClassVar[list[BindingType]] = [*first_of(bindings(WORK))]

    def __init__(self, prints: tuple[Print, ...]) -> None:
        """Opens the form.

        Args:
            prints: of one edition; what is written is said of each.
        """
        super().__init__()
        self.prints = prints
        first = prints[0]
        which = f"seed {first.seed}" if len(prints) == 1 else count(len(prints), "print")
        self.heading = f"{first.slug} {which}: title, year, medium, price"
        self.values = dict.fromkeys(works.FIELDS, "")
        self.before: dict[str, str] = {}
        """What is said now; a field in which the prints differ isn't in it."""

    def on_mount(self) -> None:
        """Reads what is said now."""
        try:
            found = [said.model_dump() for said in works.said_of(self.session, self.prints)]
        except EditionError as error:
            self.edition_app.tell(error)
            self.dismiss(None)
            return
        for field in works.FIELDS:
            texts = {one[field] for one in found}
            if len(texts) == 1:
                self.before[field] = self.values[field] = texts.pop()
        self.form = tuple(
            FormLine(field, field, ("" if field in self.before else _MIXED) + _TOLD[field])
            for field in works.FIELDS
        )
        super().on_mount()

    def fault(self, line: FormLine, text: str) -> str:
        """What is wrong with a text."""
        return works.fault(line.key, text)

    def action_save(self) -> None:
        """Writes what differs if nothing is wrong."""
        fault = self.first_fault()
        if fault:
            self.edition_app.tell(EditionError(fault))
            return
        words = {
            field: text.strip()
            for field, text in self.values.items()
            if text.strip() != self.before.get(field, "")
        }
        if not words:
            self.dismiss(None)
            return
        prints = self.prints

        def saved(what: str) -> None:
            self.edition_app.say(f"Saved: {what}.")
            self.dismiss(1)

        self.edition_app.write(lambda session: works.say(session, prints, words), saved, "works")
