"""Makes prints again elsewhere: their seeds under another edition's recipe, or at another size."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widgets import Input

from edition.actions import editions, recipe_tools
from edition.errors import EditionError
from edition.recipe.seeds import format_seeds
from edition.text_format import clean, count
from edition.tui.keymap import AGAIN, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.editions import EditionCard
    from edition.actions.recipe_tools import QueuedPrints
    from edition.domain import Print
    from edition.tui.terminal.ansi_style import Row


class RerenderDialog(BaseScreen):
    """A list of editions and a line for the size; Enter queues."""

    room = AGAIN
    BINDINGS: ClassVar[list[BindingType]] = [
        *(  # ahead of the line, which takes Enter and Escape itself
            Binding(b.key, b.action, b.description, show=False, id=b.id, priority=True)
            for b in bindings(AGAIN)
        )
    ]

    def __init__(self, prints: tuple[Print, ...]) -> None:
        super().__init__()
        self.prints = prints
        self.cards: tuple[EditionCard, ...] = ()
        self.at = 0

    def compose(self) -> ComposeResult:
        """Title, editions, the size, what is wrong, keys."""
        yield AnsiLines(id="title")
        yield AnsiLines(id="editions")
        yield Input(id="size", placeholder="another size, as 768x512", compact=True)
        yield AnsiLines(id="fault")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the editions; the print's own comes first, at another size."""
        home = {item.slug for item in self.prints}
        try:
            cards = [card for card in editions.cards(self.session) if card.recipe is not None]
        except EditionError as error:
            self.edition_app.tell(error)
            cards = []
        self.cards = tuple(sorted(cards, key=lambda card: (card.slug not in home, card.slug)))
        self.query_one("#size", Input).focus()
        self._show()

    def on_input_changed(self) -> None:
        """Checks the size as one types."""
        self._show()

    def _fault(self) -> str:
        text = self.query_one("#size", Input).value
        try:
            size = recipe_tools.read_size(text)
        except EditionError as error:
            return error.message
        return "Type another size, or choose another edition." if self._own and not size else ""

    @property
    def _own(self) -> bool:
        """Whether each print's own recipe is meant."""
        return not self.cards or self.at == 0

    def _show(self) -> None:
        seeds = format_seeds(sorted({item.seed for item in self.prints}))
        self.query_one("#title", AnsiLines).show(
            ((("bright", f" Render again elsewhere   {count(len(self.prints), 'print')}"),),
             (("dim", f"seed {seeds[:40]} "),))
        )  # fmt: skip
        rows: list[Row] = []
        for index, card in enumerate(self.cards):
            chosen = index == self.at
            name = f" {'▸' if chosen else ' '} {card.slug}"
            note = "its own recipe, at another size" if not index else clean(card.title)
            drawn = ""
            if card.recipe is not None:
                sampling = card.recipe.sampling
                drawn = f"{sampling.width} × {sampling.height}, {sampling.steps} steps "
            tone = "accent" if chosen else "text"
            rows.append((((tone, f"{name:24} "), ("dim", note)), (("dim", drawn),)))
        self.query_one("#editions", AnsiLines).show(*rows)
        fault = self._fault()
        tone = "error" if self.query_one("#size", Input).value else "dim"  # nothing typed: a hint
        words = ((tone, f" {clean(fault)}"),) if fault else (("good", " Ready."),)
        self.query_one("#fault", AnsiLines).show((words, ()))
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def action_pick(self, by: int) -> None:
        """Another edition."""
        self.at = max(0, min(len(self.cards) - 1, self.at + by))
        self._show()

    def action_open(self) -> None:
        """Queues the seeds there."""
        fault = self._fault()
        if fault:
            self.edition_app.say(fault)
            return
        ids = tuple(item.id for item in self.prints)
        into = "" if self._own else self.cards[self.at].slug
        size = recipe_tools.read_size(self.query_one("#size", Input).value)
        self.edition_app.write(
            lambda session: recipe_tools.again(session, ids, into, size), self._told
        )
        self.dismiss()

    def _told(self, queued: tuple[QueuedPrints, ...]) -> None:
        for item in queued:
            job = f"job {item.job} on the press" if item.job else "there already"
            told = f"{item.slug} seed {format_seeds(item.seeds)}: {job}. {item.note}"
            self.edition_app.say(told.rstrip())
