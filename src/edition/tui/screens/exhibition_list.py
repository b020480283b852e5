"""All exhibitions of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import exhibitions, history
from edition.actions.print_sources import ExhibitionSource
from edition.domain import ActPlace
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui.hang_prints import name_words, title_fault
from edition.tui.keymap import EXHIBITION, EXHIBITIONS, PROOF, TABLE, bindings
from edition.tui.screens.list_screen import ListScreen
from edition.tui.screens.prompt_dialog import PromptDialog
from edition.tui.terminal_text import redone_words, undone_words, when
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.library.exhibition_table import Exhibition
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row


ANY = ActPlace("exhibition", "")
"""What undo on this screen is of."""


class ExhibitionListScreen(ListScreen):
    """The exhibitions, the newest first."""

    room = EXHIBITIONS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EXHIBITIONS)]

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Exhibition, ...] = ()
        self.last = ""
        self.at = 0

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield TitleLine(id="title")
        yield AnsiLines(id="list")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the library; the current exhibition is the chosen one."""
        self._look()
        names = [one.name for one in self.found]
        if self.last in names:
            self.at = names.index(self.last)
        self._show()

    def on_screen_resume(self) -> None:
        """Back from one of them."""
        self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Somebody wrote."""
        self._look()

    def on_resize(self, _: events.Resize) -> None:
        """The list scrolls so that the chosen one is seen."""
        self.call_after_refresh(self._show)

    def _look(self) -> None:
        try:
            self.found = exhibitions.listed(self.session)
            self.last = exhibitions.last(self.session)
        except EditionError as error:
            self.edition_app.tell(error)
        self.at = self.clamp(self.at)
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        title = (("bright", " Exhibitions"), ("dim", f"   {len(self.found)}" if self.found else ""))
        self.query_one("#title", AnsiLines).show((title, ()))
        listed = self.query_one("#list", AnsiLines)
        listed.show(*[((), ()), *(self._row(i) for i in range(len(self.found))), *self._hint()])
        listed.reveal(self.at)  # the line above it, then its own
        listed.reveal(self.at + 1)
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _row(self, index: int) -> Row:
        one = self.found[index]
        key = self.edition_app.get_key_of("exhibit", TABLE).split()[0]
        picked = index == self.at
        editions = len({place.slug for place in one.places})
        words = f"{count(len(one.places), 'print')} of {count(editions, 'edition')}"
        left = (
            ("accent", " ▌ ") if picked else ("text", "   "),
            ("bright" if picked else "text", clean(one.title)),
            ("dim", f"   {clean(one.name)}"),
            ("accent", f"   {key} hangs here" if one.name == self.last else ""),
        )
        return left, (("dim", f"{words if one.places else 'empty'}   {when(one.created)} "),)

    def _hint(self) -> list[Row]:
        if self.found:
            return []
        new = self.edition_app.get_key_of("new").split()[0]
        hang, stars, every = (
            self.edition_app.get_key_of(act, TABLE).split()[0]
            for act in ("exhibit", "stars", "choose-all")
        )
        texts = (
            f"{new} makes one; {hang} on the light table hangs prints in it:",
            f"{stars} shows the starred ones, {every} selects all shown, {hang} hangs them.",
        )
        return [
            ((("bright", "   No exhibition yet."),), ()),
            *(((("dim", f"   {text}"),), ()) for text in texts),
        ]

    # keys

    def list_length(self) -> int:
        """Exhibitions there are."""
        return len(self.found)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_open(self) -> None:
        """Its wall."""
        if self.found:
            self.edition_app.open_screen(EXHIBITION, self.found[self.at].name)

    def action_proof(self) -> None:
        """Its proofs on paper."""
        if self.found:
            self.edition_app.open_screen(PROOF, ExhibitionSource(self.found[self.at].name))

    def action_new(self) -> None:
        """Another exhibition; it becomes the current one."""

        def named(answer: str | None) -> None:
            if answer:
                self.edition_app.write(lambda session: _new(session, answer), self._made)

        told = name_words(self.session)
        question = "The new exhibition's title?"
        self.app.push_screen(PromptDialog(question, "", title_fault, told=told), named)

    def _made(self, _: str) -> None:
        self.at = 0
        self._look()

    def action_remove(self) -> None:
        """Takes an exhibition down; its prints stay where they are."""
        if not self.found:
            return
        name = self.found[self.at].name
        undo = self.edition_app.get_key_of("undo").split()[0]
        self.edition_app.write(
            lambda session: exhibitions.drop(session, name),
            lambda _: self.edition_app.say(f"Took down {name}. {undo} brings it back."),
        )

    def action_undo(self) -> None:
        """Undoes the latest act on any exhibition."""
        self.edition_app.write(
            lambda session: history.undo(session, ANY),
            lambda done: self.edition_app.say(undone_words(done)),
        )

    def action_redo(self) -> None:
        """Does again what was undone on any exhibition."""
        self.edition_app.write(
            lambda session: history.redo(session, ANY),
            lambda done: self.edition_app.say(redone_words(done)),
        )


def _new(session: Session, answer: str) -> str:
    name, title = exhibitions.read_name(session, answer)
    return exhibitions.new(session, name, title=title)
