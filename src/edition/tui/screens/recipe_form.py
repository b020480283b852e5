"""A recipe as a form: every key with its value, range and help; only what is allowed is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from edition import paths
from edition.errors import EditionError
from edition.recipe.recipe_fields import fields
from edition.text_format import count
from edition.tui.keymap import FORM, RECIPE, bindings
from edition.tui.screens.form_base import FormLine, FormScreen, first_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from edition.recipe.recipe import Recipe
    from edition.tui.terminal.ansi_style import Row


class RecipeForm(FormScreen):
    """Keys that hold one value; tables and lists are written in the TOML."""

    room = FORM
    BINDINGS: ClassVar[list[BindingType]] = [*first_of(bindings(FORM))]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = self.heading = slug
        self.fields = {field.key: field for field in fields()}
        self.saved: dict[str, str] = {}
        self.warned = False

    def on_mount(self) -> None:
        """Reads the recipe; one that is at fault is shown as TOML, where it can be mended."""
        super().on_mount()
        if paths.is_adopted(self.session.root, self.slug):
            self.edition_app.say(
                "Adopted pictures: model, prompt and sampling here made none of them. Paper and "
                "enlarging act."
            )
        self._read()
        if not self.form:
            self.action_source()

    def _read(self) -> None:
        try:
            recipe = self.session.recipe(self.slug)
        except EditionError as error:
            self.edition_app.tell(error)
            self.form = ()
            return
        self._take(recipe)

    def _take(self, recipe: Recipe) -> None:
        self.saved = {key: field.value_in(recipe) for key, field in self.fields.items()}
        self.values = dict(self.saved)
        self.form = tuple(
            FormLine(
                field.key, field.key.rpartition(".")[2].replace("_", " "), field.told,
                field.allowed, field.choices, f"[{field.key.rpartition('.')[0]}]".replace("[]", ""),
            )
            for field in self.fields.values()
        )  # fmt: skip
        self.show_form()

    def _back(self, _: int | None) -> None:
        """Back from the TOML: read again what was saved there."""
        self._read()
        if not self.form:
            self.dismiss()

    def fault(self, line: FormLine, text: str) -> str:
        """What is wrong with a value."""
        if text == self.saved[line.key]:
            return ""
        try:
            self.fields[line.key].read(text)
        except ValueError as error:
            return str(error)
        return ""

    def _changed(self) -> dict[str, Any]:
        return {
            key: field.read(self.values[key])
            for key, field in self.fields.items()
            if self.values[key] != self.saved[key]
        }

    def title_row(self, faults: dict[str, str]) -> Row:
        """The edition, and whether anything is not saved."""
        changed = sum(self.values[key] != self.saved[key] for key in self.values)
        state = ("accent", f"   {count(changed, 'change')} not saved") if changed else ("dim", "")
        wrong = self.fault_span(faults)
        return (("bright", f" {self.slug}"), ("dim", "   recipe"), state, wrong), ()

    def write(self, text: str) -> None:
        """Takes a value."""
        self.warned = False
        super().write(text)

    def action_save(self) -> None:
        """Writes what was changed into the file; its comments stay."""
        fault = self.first_fault()
        if fault:
            self.edition_app.tell(EditionError(fault))
            return
        changes, slug = self._changed(), self.slug
        if not changes:
            self.edition_app.say("Nothing was changed.")
            return

        def told(recipe: Recipe) -> None:
            self._take(recipe)
            key = self.edition_app.get_key_of("more", "shelf").split()[0]
            self.edition_app.say(
                f"Saved {', '.join(changes)}. Prints of the old recipe stay; {key} renders the"
                " new one."
            )

        self.edition_app.write(
            lambda session: session.edit(slug, changes), told, f"recipe of {slug}"
        )

    def action_source(self) -> None:
        """The file itself."""
        if self.form and self._unsaved():
            return
        self.warned = False
        self.edition_app.open_screen(RECIPE, self.slug, then=self._back)

    def action_back(self) -> None:
        """Leaves; asks once when something is not saved."""
        if not self._unsaved():
            self.dismiss()

    def _unsaved(self) -> bool:
        self.take_written()
        if self.values == self.saved or self.warned:
            return False
        self.warned = True
        self.edition_app.say("Not saved. Once more to leave without saving.")
        return True
