"""An exhibition on its wall: prints of several editions, moved, captioned and removed by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import exhibitions, history
from edition.actions.print_sources import ExhibitionSource
from edition.domain import ActPlace
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui.keymap import EXHIBITION, HISTORY, PROOF, bindings
from edition.tui.screens import proof_choice
from edition.tui.screens.prompt_dialog import PromptDialog
from edition.tui.screens.wall_base import WallScreen
from edition.tui.terminal_text import redone_words, undone_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.domain import ActResult
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row


class ExhibitionScreen(WallScreen):
    """What is done shows at once and is written a moment later, in order, by the pen."""

    room = EXHIBITION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EXHIBITION)]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name_of_show = name
        self.source = ExhibitionSource(name)
        self.spoken = name
        self.shown = False
        """Whether it has been read once."""

    def on_mount(self) -> None:
        """Reads the exhibition and makes it the current one."""
        name = self.name_of_show
        self._look()
        self.edition_app.write(lambda session: exhibitions.turn_to(session, name))

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        if self.works:
            self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Somebody wrote: this screen, another one, or a command line."""
        self._look()

    def _look(self) -> None:
        """Reads what hangs; the chosen print stays the chosen one."""
        if self.edition_app.pen.busy:  # what was asked for here shows already
            return
        kept = self.chosen
        try:
            head = self.source.head(self.session)
            works = self.source.works(self.session)
        except EditionError as error:
            self.edition_app.tell(error)
            if self.is_current:
                self.dismiss(0)
            return
        before = self.spoken, self.settings, self.works
        self.spoken, self.settings = clean(head.title), head.settings
        if self.shown and before == (self.spoken, self.settings, works):
            return
        self.shown = True
        at = self.at
        if kept is not None:
            name = _name(kept.picture)
            names = [_name(work.picture) for work in works]
            at = names.index(name) if name in names else at
        self.reorder(works, at)

    def title_row(self) -> Row:
        """Its title and its name."""
        name = "" if self.spoken == self.name_of_show else f"   {clean(self.name_of_show)}"
        faults = sum(bool(work.fault) for work in self.works)
        told = (("error", f"   {count(faults, 'print')} missing"),) if faults else ()
        return (("bright", f" {self.spoken}"), ("dim", name), *told), self._wall_words()

    def keys(self) -> Row:
        """What can be done."""
        return self.key_row()

    def empty_rows(self) -> list[Row]:
        """How prints come here."""
        key = self.edition_app.get_key_of("exhibit").split()[0]
        return [
            ((("bright", "   No prints here yet."),), ()),
            ((("dim", f"   {key} on the light table or in the loupe hangs prints here"),), ()),
        ]

    # what changes

    def _write(self, act: Callable[[Session], str]) -> None:
        """Writes an act; what hangs is read again when it is done, or refused."""
        self.edition_app.write(act, lambda _: None)

    def action_place(self, by: int) -> None:
        """The chosen print earlier or later in the order."""
        place, name = self.at, self.name_of_show
        to = max(0, min(len(self.works) - 1, place + by))
        if self.works and to != place:
            self.reorder(self.moved_works(to), to)
            self._write(lambda session: exhibitions.move(session, name, place, to))

    def action_end(self, where: str) -> None:
        """The chosen print to the beginning or the end."""
        self.action_place(-len(self.works) if where == "first" else len(self.works))

    def action_size(self, by: int) -> None:
        """The chosen print larger or smaller."""
        if self.wall is None:
            return
        place, name, side = self.at, self.name_of_show, self.sized(by)
        self.reorder(self.with_size(side), place)
        self._write(lambda session: exhibitions.size(session, name, place, side))

    def action_remove(self) -> None:
        """Takes the chosen print down."""
        if not self.works:
            return
        place, name = self.at, self.name_of_show
        gone = self.works[place]
        self.reorder([*self.works[:place], *self.works[place + 1 :]], place)
        self._write(lambda session: exhibitions.remove(session, name, [place]))
        undo = self.edition_app.get_key_of("undo").split()[0]
        self.edition_app.say(f"Took down seed {gone.picture.seed}. {undo} hangs it again.")

    def action_note(self) -> None:
        """The chosen print's caption on paper."""
        work = self.chosen
        if work is None:
            return
        place, name = self.at, self.name_of_show

        def noted(answer: str | None) -> None:
            if answer is not None:
                self._write(lambda session: exhibitions.note(session, name, place, answer))

        question = f"Seed {work.picture.seed}: note for the caption?"
        self.app.push_screen(PromptDialog(question, work.picture.note, _note_fault), noted)

    def action_entitle(self) -> None:
        """Another title."""
        name = self.name_of_show

        def entitled(answer: str | None) -> None:
            if answer:
                self._write(lambda session: exhibitions.edit(session, name, {"title": answer}))

        self.app.push_screen(PromptDialog("The exhibition's title?", self.spoken), entitled)

    def action_look(self) -> None:
        """Neighbours alike."""
        name = self.name_of_show
        if len(self.works) > 2:
            self._write(lambda session: _sorted(session, name))

    def action_choose(self, what: str) -> None:
        """Another hang: row, grid, salon; kept with the exhibition."""
        self.settings = proof_choice.following(self.settings, self.settings, what)
        field = proof_choice.CHOICES[what].field
        name, value = self.name_of_show, getattr(self.settings, field)
        self.hang()
        self._write(lambda session: exhibitions.edit(session, name, {f"proof.{field}": value}))

    def measured(self, settings: object) -> None:
        """The form has saved what is kept; the library says it."""
        self._look()

    def action_undo(self) -> None:
        """Undoes the latest act on this exhibition, of any screen, of any day."""
        place = ActPlace("exhibition", self.name_of_show)
        self.edition_app.write(lambda session: history.undo(session, place), self._undone)

    def action_redo(self) -> None:
        """Does again what was undone on this exhibition."""
        place = ActPlace("exhibition", self.name_of_show)
        self.edition_app.write(lambda session: history.redo(session, place), self._redone)

    def _undone(self, done: ActResult) -> None:
        self.edition_app.say(undone_words(done))

    def _redone(self, done: ActResult) -> None:
        self.edition_app.say(redone_words(done))

    def action_proof(self) -> None:
        """Its proofs on paper."""
        self.edition_app.open_screen(PROOF, self.source)

    def action_history(self) -> None:
        """All acts, newest first."""
        self.edition_app.open_screen(HISTORY)


def _name(picture: object) -> tuple[object, ...]:
    return tuple(getattr(picture, key) for key in ("edition", "digest", "seed"))


def _note_fault(answer: str) -> str:
    return "" if len(answer) <= 500 else "500 characters fit under a print"


def _sorted(session: Session, name: str) -> str:
    from edition.actions.hang_order import sort_by_look  # numpy: 50 ms

    return sort_by_look(session, name)
