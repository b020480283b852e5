"""Marks and their undoing, the same on the light table, in the loupe and in the survey."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edition.actions import history, mark_ops
from edition.text_format import clean, named
from edition.tui.hang_prints import hang_prints
from edition.tui.keymap import EXHIBITIONS
from edition.tui.screens.base_screen import Room
from edition.tui.terminal_text import redone_words, undone_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.session import Session
    from edition.domain import ActResult, Print
    from edition.recipe.recipe import Recipe
    from edition.tui.print_list import Roll


class Culling(Room):
    """A screen with prints that can be marked.

    A mark shows at once and is written a moment later, in order, by the pen.
    """

    roll: Roll

    def current(self) -> Print | None:
        """The selected print; subclasses say which."""
        return None

    def targets(self) -> tuple[int, ...]:
        """What a mark is set on."""
        item = self.current()
        return (item.id,) if item else ()

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """Paints prints whose marks have changed; subclasses say how."""

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Counts what a mark changes; the light table alone shows counts."""

    def recipe_of(self, item: Print) -> Recipe | None:
        """The recipe that made a print; read once a digest."""
        known: dict[str, Recipe | None] = self.__dict__.setdefault("_recipes", {})
        if item.digest not in known:
            known[item.digest] = self.session.print_recipe(item.digest)
        return known[item.digest]

    def action_mark(self, kind: mark_ops.MarkKind | mark_ops.Toggle) -> None:
        """Star, reject or unmark."""
        prints = self._chosen()
        what = mark_ops.resolved(kind, prints)
        self._mark(
            prints, what, mark_ops.MARKINGS[what], lambda session, ids: session.mark(ids, what)
        )

    def action_rate(self, rating: int) -> None:
        """0 to 5."""
        how = mark_ops.rated(rating)
        act = f"rate {rating}:"
        self._mark(self._chosen(), act, how, lambda session, ids: session.rate(ids, rating))

    def action_label(self, colour: str) -> None:
        """A colour label, or none when all have it already."""
        prints = self._chosen()
        what = mark_ops.resolved_label(colour, prints)
        act = f"label {what}:" if what else "take the label from"
        self._mark(
            prints, act, mark_ops.labelled(what), lambda session, ids: session.label(ids, what)
        )

    def _chosen(self) -> tuple[Print, ...]:
        return tuple(self.roll.prints(self.targets()).values())

    def _mark(
        self,
        prints: tuple[Print, ...],
        verb: str,
        how: mark_ops.Marking,
        act: Callable[[Session, tuple[int, ...]], str],
    ) -> None:
        if not prints:
            return
        ids = tuple(item.id for item in prints)
        marked = tuple(replace(item, marks=how(item.marks)) for item in prints)
        self.roll.remember(marked)
        pairs = zip(prints, marked, strict=True)
        dark = any(old.marks.reject != new.marks.reject for old, new in pairs)
        self.edition_app.write(lambda session: act(session, ids), what=f"{verb} {named(prints)}")
        self.recount(prints, marked)
        self.show_marked(marked, pictures=dark)

    def action_undo(self) -> None:
        """Takes back the latest act, of any screen, of any day."""
        self.edition_app.write(history.undo, self._undone, "undo")

    def action_redo(self) -> None:
        """Does again what was taken back."""
        self.edition_app.write(history.redo, self._redone, "redo")

    def _undone(self, done: ActResult) -> None:
        self.edition_app.say(undone_words(done))

    def _redone(self, done: ActResult) -> None:
        self.edition_app.say(redone_words(done))

    def action_exhibit(self) -> None:
        """Hangs the chosen prints, or the selected one, in the exhibition at work."""
        hang_prints(self.edition_app, self.targets())

    def action_exhibitions(self) -> None:
        """All exhibitions."""
        self.edition_app.open_screen(EXHIBITIONS)

    def action_advance(self) -> None:
        """Whether the selection moves on after a mark."""
        self.edition_app.auto_advance = not self.edition_app.auto_advance
        self.edition_app.say(
            "Moves on after a mark." if self.edition_app.auto_advance else "Stays put."
        )

    def action_copy(self) -> None:
        """Seed and prompt to the clipboard, through the terminal (OSC 52)."""
        item = self.current()
        if item is None:
            return
        recipe = self.recipe_of(item)
        prompt = clean(recipe.prompt.positive) if recipe else ""
        self.app.copy_to_clipboard(f"{prompt}\nseed {item.seed}\n{item.file}")
        self.edition_app.say(f"Copied seed {item.seed} and its prompt.")
