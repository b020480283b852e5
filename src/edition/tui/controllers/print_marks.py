"""Marks and their undoing, the same on every screen with prints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edition.actions import history, mark_ops, stack_edits
from edition.domain import ActPlace, FoundFacts
from edition.text_format import clean, named
from edition.tui.controllers.ports import AppPort, PrintView, meant
from edition.tui.terminal_text import redone_words, undone_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.session import Session
    from edition.domain import ActResult, Print
    from edition.recipe.recipe import Recipe


class PrintMarks:
    """Stars, rejects, ratings and labels.

    A mark shows at once and is written a moment later, in order, by the pen.
    """

    def __init__(self, app: AppPort, view: PrintView) -> None:
        self.app, self.view = app, view
        self._recipes: dict[str, Recipe | FoundFacts | None] = {}

    def recipe_of(self, item: Print) -> Recipe | FoundFacts | None:
        """The recipe that made a print, or what an adopted picture says of that; read once."""
        if item.digest not in self._recipes:
            session = self.app.session
            found = session.found_facts(item.digest)
            self._recipes[item.digest] = found or session.print_recipe(item.digest)
        return self._recipes[item.digest]

    def mark(self, kind: mark_ops.MarkKind | mark_ops.Toggle) -> None:
        """Star, reject or unmark."""
        prints = meant(self.view)
        what = mark_ops.resolved(kind, prints)
        self._mark(
            prints, what, mark_ops.MARKINGS[what], lambda session, ids: session.mark(ids, what)
        )

    def mark_on(self, kind: mark_ops.MarkKind | mark_ops.Toggle) -> None:
        """The same, and the next print is selected, whatever is usual."""
        self._on(lambda: self.mark(kind))

    def rate_on(self, rating: int) -> None:
        """0 to 5, and the next print is selected."""
        self._on(lambda: self.rate(rating))

    def _on(self, act: Callable[[], None]) -> None:
        self.app.advance_once = True
        try:
            act()
        finally:
            self.app.advance_once = False

    def rate(self, rating: int) -> None:
        """0 to 5."""
        how = mark_ops.rated(rating)
        act = f"rate {rating}:"
        self._mark(meant(self.view), act, how, lambda session, ids: session.rate(ids, rating))

    def label(self, colour: str) -> None:
        """A colour label, or none when all have it already."""
        prints = meant(self.view)
        what = mark_ops.resolved_label(colour, prints)
        act = f"label {what}:" if what else "remove the label from"
        self._mark(
            prints, act, mark_ops.labelled(what), lambda session, ids: session.label(ids, what)
        )

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
        self.view.roll.remember(marked)
        pairs = zip(prints, marked, strict=True)
        dark = any(old.marks.reject != new.marks.reject for old, new in pairs)
        self.app.write(lambda session: act(session, ids), what=f"{verb} {named(prints)}")
        self.view.recount(prints, marked)
        self.view.show_marked(marked, pictures=dark)

    def undo(self) -> None:
        """Undoes the latest act on this edition, of any screen, of any day."""
        place = self._place()
        self.app.write(lambda session: history.undo(session, place), self._undone, "undo")

    def redo(self) -> None:
        """Does again what was undone on this edition."""
        place = self._place()
        self.app.write(lambda session: history.redo(session, place), self._redone, "redo")

    def _place(self) -> ActPlace:
        return ActPlace("edition", self.view.roll.slug)

    def _undone(self, done: ActResult) -> None:
        self.app.say(undone_words(done))
        self._regrouped(done)

    def _redone(self, done: ActResult) -> None:
        self.app.say(redone_words(done))
        self._regrouped(done)

    def _regrouped(self, done: ActResult) -> None:
        if done.kinds & stack_edits.REGROUPING:
            self.view.reselect()

    def advance(self) -> None:
        """Whether the next print is selected after each mark."""
        self.app.auto_advance = not self.app.auto_advance
        self.app.say("Advances after a mark." if self.app.auto_advance else "Stays after a mark.")

    def copy(self) -> None:
        """Seed and prompt to the clipboard, through the terminal (OSC 52)."""
        item = self.view.current()
        if item is None:
            return
        recipe = self.recipe_of(item)
        if isinstance(recipe, FoundFacts):
            prompt = clean(recipe.prompt or "")
        else:
            prompt = clean(recipe.prompt.positive) if recipe else ""
        self.app.copy_to_clipboard(f"{prompt}\nseed {item.seed}\n{item.file}")
        self.app.say(f"Copied seed {item.seed} and its prompt.")
