"""A new edition: title, prompt, model, size, seeds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from edition.actions import editions, models_here
from edition.errors import EditionError
from edition.recipe.recipe import Recipe
from edition.recipe.recipe_fields import RecipeField, fields
from edition.tui.keymap import NEW, bindings
from edition.tui.screens.form_base import FormLine, FormScreen, first_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from edition.actions.models_here import ModelHere
    from edition.actions.session import Session

TITLE, PROMPT, MODEL, SIZE, SEEDS = "title", "prompt", "model", "size", "seeds"
_KEYS = {TITLE: "title", PROMPT: "prompt.positive", MODEL: "model.base", SEEDS: "seeds.render"}
_SIZE = re.compile(r"(\d+)\s*[x×*]\s*(\d+)")
_SHAPES = ((1.0, 1.0), (1.5, 1.0), (1.0, 1.5), (2.0, 1.0))
"""Sides of the sizes on offer, in what the model was trained for, before they keep its area."""


def sizes(side: int) -> tuple[str, ...]:
    """Sizes of about the area that a model was trained for: square, 3:2, 2:3, 2:1."""
    found = []
    for across, down in _SHAPES:
        unit = side / (across * down) ** 0.5
        found.append(" × ".join(str(max(64, round(unit * s / 64) * 64)) for s in (across, down)))
    return tuple(dict.fromkeys(found))


class NewEdition(FormScreen):
    """``made`` is the new edition's slug; the screen gives 1 back when there is one."""

    room = NEW
    last_use = "make it"
    BINDINGS: ClassVar[list[BindingType]] = [*first_of(bindings(NEW))]
    heading = "New edition"

    def __init__(self) -> None:
        super().__init__()
        recipe = Recipe()
        self.fields: dict[str, RecipeField] = {field.key: field for field in fields()}
        self.models: dict[str, ModelHere] = {}
        self.made = ""
        self.values = {
            TITLE: "",
            PROMPT: recipe.prompt.positive,
            MODEL: recipe.model.base,
            SIZE: sizes(recipe.sampling.width)[0],
            SEEDS: recipe.seeds.render,
        }
        self._lay_out()

    def on_mount(self) -> None:
        """Asks which models there are beside the keys: the cache may hold many."""
        super().on_mount()
        self.edition_app.read(lambda session: models_here.listed(session), self._take_models)

    def _take_models(self, found: tuple[ModelHere, ...]) -> None:
        self.models = {model.name: model for model in found}
        self.take_written()
        self._fit_size()
        self._lay_out()
        if self.line.key == SIZE and SIZE not in self.touched:
            self.show_form()
        else:
            self.show_words()

    def _lay_out(self) -> None:
        model = self.models.get(self.values[MODEL])
        known = f"{model.family}, trained for {model.side} × {model.side}" if model else ""
        self.form = (
            FormLine(TITLE, "title", f"As it stands on proofs. Folder: {self.slug}"),
            FormLine(PROMPT, "prompt", "What is asked for: vague on purpose, if you like."),
            FormLine(
                MODEL, "model", known or "A model's name: pocket, a hub id, or a path.",
                "← → go through those on this machine" if len(self.models) > 1 else "",
                tuple(self.models),
            ),
            FormLine(
                SIZE, "size", "Pixels, multiples of 8: 512 × 768.", "64 to 8192",
                sizes(model.side if model else 512),
            ),
            FormLine(SEEDS, "seeds", "Which prints: 1..24, or 7, or 1,5,9."),
        )  # fmt: skip

    @property
    def slug(self) -> str:
        """The folder that it will lie in."""
        return (
            editions.free_slug(self.edition_app.root, self.values[TITLE]) if self.is_mounted else ""
        )

    def write(self, text: str) -> None:
        """Takes a value; another model brings the size that it was trained for."""
        key = self.line.key
        super().write(text)
        if key == MODEL:
            self._fit_size()
        self._lay_out()
        self.show_words()

    def _fit_size(self) -> None:
        model = self.models.get(self.values[MODEL])
        if model is not None and SIZE not in self.touched:
            self.values[SIZE] = sizes(model.side)[0]

    def fault(self, line: FormLine, text: str) -> str:
        """What is wrong with a value."""
        try:
            self._read(line.key, text)
        except ValueError as error:
            return str(error)
        return ""

    def _read(self, key: str, text: str) -> dict[str, Any]:
        if key == TITLE and not text.strip():
            raise ValueError("it needs a title" if TITLE in self.touched or self.at else "")
        if key != SIZE:
            name = _KEYS[key]
            return {name: self.fields[name].read(text)}
        found = _SIZE.fullmatch(text.strip())
        if found is None:
            raise ValueError("like 512 × 768")
        names = ("sampling.width", "sampling.height")
        return {n: self.fields[n].read(v) for n, v in zip(names, found.groups(), strict=True)}

    def action_save(self) -> None:
        """Makes the edition if nothing is wrong."""
        self.take_written()
        if not self.values[TITLE].strip():
            self.touched.add(TITLE)
        fault = self.first_fault()
        if fault:
            self.edition_app.tell(EditionError(fault))
            return
        settings: dict[str, Any] = {}
        model = self.models.get(self.values[MODEL])
        settings.update(dict(model.settings) if model else {})
        for line in self.form:
            settings.update(self._read(line.key, self.values[line.key]))
        title, slug = settings.pop("title").strip(), self.slug

        def make(session: Session) -> str:
            return editions.new(session, slug, title=title, settings=settings).parent.name

        def made(slug: str) -> None:
            self.made = slug
            self.dismiss(1)

        self.edition_app.write(make, made, f"new edition {slug}")
