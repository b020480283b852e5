"""A screen with prints that can be marked: it owns the controllers of marks, words and acts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from edition.tui.controllers.print_acts import PrintActs
from edition.tui.controllers.print_files import PrintFiles
from edition.tui.controllers.print_marks import PrintMarks
from edition.tui.controllers.print_words import PrintWords
from edition.tui.screens.base_screen import BaseScreen, done_by

if TYPE_CHECKING:
    from edition.domain import Print
    from edition.tui.print_list import PrintList


class PrintScreen(BaseScreen):
    """What the light table, the loupe, the survey and a study's grid have in common."""

    roll: PrintList

    @cached_property
    def marks(self) -> PrintMarks:
        """Stars, rejects, ratings, labels, undo."""
        return PrintMarks(self.edition_app, self)

    @cached_property
    def words(self) -> PrintWords:
        """Notes and tags."""
        return PrintWords(self.edition_app, self)

    @cached_property
    def acts(self) -> PrintActs:
        """The trash, stacks by hand, exhibitions."""
        return PrintActs(self.edition_app, self)

    @cached_property
    def files(self) -> PrintFiles:
        """Their files: opened in other programs, copied to a folder."""
        return PrintFiles(self.edition_app, self)

    def current(self) -> Print | None:
        """The selected print; subclasses say which."""
        return None

    def targets(self) -> tuple[int, ...]:
        """What an act is meant for."""
        item = self.current()
        return (item.id,) if item else ()

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """Paints prints whose marks have changed; subclasses say how."""

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Counts what a mark changes; the light table alone shows counts."""

    def vanish(self, ids: tuple[int, ...]) -> None:
        """Takes prints off the screen; subclasses say how."""

    def reselect(self) -> None:
        """Reads the list again; subclasses say how."""

    action_mark = done_by("marks", PrintMarks.mark)
    action_mark_on = done_by("marks", PrintMarks.mark_on)
    action_rate = done_by("marks", PrintMarks.rate)
    action_rate_on = done_by("marks", PrintMarks.rate_on)
    action_label = done_by("marks", PrintMarks.label)
    action_undo = done_by("marks", PrintMarks.undo)
    action_redo = done_by("marks", PrintMarks.redo)
    action_advance = done_by("marks", PrintMarks.advance)
    action_copy = done_by("marks", PrintMarks.copy)
    action_open_with = done_by("files", PrintFiles.open_with)
    action_copy_files = done_by("files", PrintFiles.copy_files)
    action_note = done_by("words", PrintWords.note)
    action_tags = done_by("words", PrintWords.tags)
    action_describe = done_by("words", PrintWords.describe)
    action_trash = done_by("acts", PrintActs.trash)
    action_best = done_by("acts", PrintActs.best)
    action_split = done_by("acts", PrintActs.split)
    action_again = done_by("acts", PrintActs.again)
    action_exhibit = done_by("acts", PrintActs.exhibit)
    action_exhibitions = done_by("acts", PrintActs.exhibitions)
