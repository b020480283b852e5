"""The edition's file, edited with validation as one types; nothing is saved that is not valid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import TextArea

from edition import paths
from edition.actions import recipe_notes, recipe_tools
from edition.errors import EditionError
from edition.recipe import edition_file
from edition.text_format import clean
from edition.tui.keymap import RECIPE, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.diffusion.families import ModelFamily
    from edition.recipe.recipe import ModelRef, Recipe
    from edition.tui.terminal.ansi_style import Row

FAULTS_SHOWN = 4


class RecipeScreen(BaseScreen):
    """A text area over ``edition.toml``, and its faults below."""

    room = RECIPE
    BINDINGS: ClassVar[list[BindingType]] = [  # ahead of the text area, which takes Escape itself
        replace(binding, priority=True) for binding in bindings(RECIPE)
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.saved = ""
        self.known = ""
        """The file as it was when it was last looked at."""
        self.warned = False
        self.model: ModelRef | None = None
        self.family: ModelFamily | None = None
        """Of the model that the text names."""

    def compose(self) -> ComposeResult:
        """Title, text, faults, keys."""
        yield TitleLine(id="title")
        yield TextArea(id="text", show_line_numbers=True, tab_behavior="indent")
        yield AnsiLines(id="faults")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the file as it is."""
        self.area = self.query_one("#text", TextArea)
        file = paths.edition_file(self.edition_app.root, self.slug)
        try:
            self.saved = self.known = edition_file.source(file)
        except EditionError as error:
            self.edition_app.tell(error)
        self.area.load_text(self.saved)
        self.area.focus()
        self._show()

    def on_text_area_changed(self) -> None:
        """Validates as one types."""
        self.warned = False
        self._show()

    def _check(self) -> tuple[Recipe | None, EditionError | None]:
        try:
            return edition_file.parse(self.area.text), None
        except EditionError as error:
            return None, error

    def _show(self) -> None:
        recipe, error = self._check()
        changed = self.area.text != self.saved
        state = ("accent", "   not saved") if changed else ("dim", "   saved")
        self.query_one("#title", AnsiLines).show(
            ((("bright", f" {self.slug}/edition.toml"), state), ())
        )
        rows: list[Row] = []
        if error is not None:
            faults = error.message.splitlines()
            rows = [((("error", f" {clean(fault)}"),), ()) for fault in faults[:FAULTS_SHOWN]]
            rows.append(((("dim", f" {clean(error.hint)}"),), ()))
        elif recipe is not None:
            words = f" Valid. {recipe.sampling.steps} steps of {recipe.sampling.sampler}, "
            words += f"seeds {recipe.seeds.render}, model {clean(recipe.model.base)}."
            rows = [((("good", words),), ())]
            rows += [((("dim", f" {clean(line)}"),), ()) for line in self._notes(recipe)]
        self.query_one("#faults", AnsiLines).show(*rows)
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _notes(self, recipe: Recipe) -> tuple[str, ...]:
        """What values mean for the model; its family is looked up when the model changes."""
        if recipe.model != self.model:
            home = paths.edition_folder(self.session.root, self.slug)
            self.model, self.family = recipe.model, recipe_notes.family_of(recipe.model, home)
        return recipe_notes.at_hand(recipe, self.family)[:FAULTS_SHOWN]

    def action_save(self) -> None:
        """Writes the file whole, if it is valid; over another's change only when asked again."""
        text = self.area.text
        try:
            there = recipe_tools.save_text(self.session, self.slug, text, self.known)
        except EditionError as fault:
            self.edition_app.tell(fault)
            return
        self.known = there
        if there != text:
            self.edition_app.say(
                "The file was changed meanwhile. Save once more to write over that change, "
                "or leave to keep it."
            )
            return
        self.saved = text
        self.edition_app.say("Saved. Prints of the old recipe stay; r renders the new one.")
        self._show()

    def action_back(self) -> None:
        """Leaves; asks once when something is not saved."""
        if self.area.text != self.saved and not self.warned:
            self.warned = True
            self.edition_app.say("Not saved. Again to leave without saving.")
            return
        self.dismiss()
