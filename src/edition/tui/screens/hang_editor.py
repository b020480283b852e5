"""The hang of an edition, put in order by hand; nothing is kept until it is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from edition.errors import EditionError
from edition.proof import sequence
from edition.text_format import clean
from edition.tui.keymap import ARRANGE, bindings
from edition.tui.screens import proof_choice
from edition.tui.screens.wall_base import WallScreen, by_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from edition.actions.print_sources import EditionSource, WallPrint
    from edition.actions.session import Session
    from edition.recipe.proof_settings import ProofSettings
    from edition.tui.terminal.ansi_style import Row

_ORDERS = {"given": "as given", "look": "by look", "hand": "by hand"}


class HangEditor(WallScreen):
    """The starred prints on their wall. Gives 1 back when an order was saved."""

    room = ARRANGE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ARRANGE)]

    def __init__(self, source: EditionSource, settings: ProofSettings) -> None:
        """Opens the wall.

        Args:
            source: the edition.
            settings: what the next proof is made by.
        """
        super().__init__()
        self.source, self.settings = source, settings
        self.kept: tuple[WallPrint, ...] = ()
        """As saved."""
        self.past: list[tuple[tuple[WallPrint, ...], int]] = []
        self.ahead: list[tuple[tuple[WallPrint, ...], int]] = []
        self.ever_saved = self.warned = False

    def on_mount(self) -> None:
        """Reads the starred prints and hangs them as they hang now."""
        works = self.source.works(self.session)
        sizes = self.settings.sizes
        works = tuple(
            replace(w, picture=replace(w.picture, print_mm=sizes.get(str(w.picture.seed), 0.0)))
            for w in works
        )
        known = {id(work.picture): work for work in works}
        try:
            hung = sequence.sequence([work.picture for work in works], self.settings)
            works = tuple(known[id(picture)] for picture in hung)
        except EditionError as error:  # a look that can't be read: as given
            self.edition_app.tell(error)
        self.kept = works
        self.reorder(works, 0)

    @property
    def changed(self) -> bool:
        """Whether something is not saved."""
        return self.works != self.kept

    def title_row(self) -> Row:
        """Whose wall it is, and whether it is saved."""
        order = "hand" if self.ever_saved else self.settings.sequence
        state = ("accent", "   not saved") if self.changed else ("dim", f"   {_ORDERS[order]}")
        return (("bright", f" {clean(self.source.head(self.session).title)}"), state), (
            self._wall_words()
        )

    def keys(self) -> Row:
        """What can be done."""
        return self.key_row()

    def empty_rows(self) -> list[Row]:
        """Nothing is starred."""
        star = self.edition_app.get_key_of("mark-toggle-star").split()[0]
        return [
            ((("bright", "   No prints here yet."),), ()),
            ((("dim", f"   {star} on the light table stars a print"),), ()),
        ]

    # what changes

    def _change(self, works: Sequence[WallPrint], at: int) -> None:
        """Another hang, which can be undone."""
        if tuple(works) == self.works:
            return
        self.past.append((self.works, self.at))
        self.ahead.clear()
        self.warned = False
        self.reorder(works, at)

    def action_place(self, by: int) -> None:
        """The chosen print earlier or later in the order."""
        to = max(0, min(len(self.works) - 1, self.at + by))
        if self.works and to != self.at:
            self._change(self.moved_works(to), to)

    def action_end(self, where: str) -> None:
        """The chosen print to the beginning or the end."""
        self.action_place(-len(self.works) if where == "first" else len(self.works))

    def action_size(self, by: int) -> None:
        """The chosen print larger or smaller."""
        if self.wall is not None:
            self._change(self.with_size(self.sized(by)), self.at)

    def action_look(self) -> None:
        """Neighbours alike; a beginning for the order by hand."""
        chosen = self.chosen
        works = by_look(self.works, self.edition_app.tell)
        if chosen is not None:
            self._change(works, works.index(chosen))

    def action_choose(self, name: str) -> None:
        """Another hang: row, grid, salon; kept for the next proofs, not in the recipe."""
        self.settings = proof_choice.following(self.settings, self.settings, name)
        self.hang()

    def action_undo(self) -> None:
        """The hang before the latest change."""
        if not self.past:
            self.edition_app.say("Nothing to undo.")
            return
        self.ahead.append((self.works, self.at))
        self.reorder(*self.past.pop())

    def action_redo(self) -> None:
        """Does again what was undone."""
        if not self.ahead:
            self.edition_app.say("Nothing to redo.")
            return
        self.past.append((self.works, self.at))
        self.reorder(*self.ahead.pop())

    def action_save(self) -> None:
        """Writes order and sizes into the recipe; its comments stay."""
        if not self.works:
            return
        source, works = self.source, self.works
        pictures = [work.picture for work in works]
        changes: dict[str, object] = {"sequence": "hand", "order": list(sequence.names(pictures))}
        sizes = {str(p.seed): p.print_mm for p in pictures if p.print_mm}
        here = {str(p.seed) for p in pictures}
        sizes |= {s: mm for s, mm in self.settings.sizes.items() if s not in here}
        if sizes != self.settings.sizes:
            changes["sizes"] = sizes or None

        def save(session: Session) -> ProofSettings:
            source.save(session, changes)
            return source.head(session).settings

        def saved(_: ProofSettings) -> None:
            self.kept, self.ever_saved = works, True
            self.edition_app.say(f"Saved: {source.name}/edition.toml, [proof] order.")
            if self.is_mounted:
                self.show_words()

        self.edition_app.write(save, saved)

    def action_back(self) -> None:
        """Leaves; asks once when something is not saved."""
        if self.changed and not self.warned:
            self.warned = True
            self.edition_app.say("Not saved. Again to leave without saving.")
            return
        self.dismiss(int(self.ever_saved))
