"""Wall, frames and sizes in millimetres: a form that says what is wrong as one types."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input

from edition.errors import EditionError, InvalidRecipe
from edition.proof.paper_sizes import length, sized
from edition.proof.wall_layout import hang_walls
from edition.recipe import edition_file
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import clean, count
from edition.tui.keymap import MEASURES, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.print_sources import PrintSource
    from edition.actions.session import Session
    from edition.proof.document_model import ProofPrint
    from edition.proof.wall_layout import Wall
    from edition.tui.terminal.ansi_style import Row

_UNITS = {"": 1.0, "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*([a-z]*)")
_LINES = 4
"""Of what the measures come to."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of the form."""

    key: str
    """In ``[proof]``."""
    words: str
    unit: bool = True
    """A length; else a number."""


FIELDS = (
    FormField("print_mm", "longer side of a print"),
    FormField("mat_mm", "mat around it"),
    FormField("frame_mm", "frame around that"),
    FormField("gap_mm", "gap between two frames"),
    FormField("corner_mm", "free wall at the corners"),
    FormField("columns", "columns of a grid", unit=False),
    FormField("wall_width_mm", "wall, width"),
    FormField("wall_height_mm", "wall, height"),
    FormField("centre_line_mm", "centre line above the floor"),
    FormField("hook_drop_mm", "from frame's edge to hook"),
    FormField("figure_mm", "the person's height"),
    FormField("border_mm", "white border of a plate"),
    FormField("bleed_mm", "bleed of a plate"),
    FormField("edition_size", "numbers of an edition", unit=False),
)
_TOLD = {"wall_width_mm": "0 fits it", "columns": "0 finds some", "figure_mm": "0 leaves it out"}


def limits(key: str) -> str:
    """The range of a setting as a person reads it: ``10 to 5,000``."""
    field = ProofSettings.model_fields[key]
    parts = field.metadata
    low = next((f"{limit.ge:,g}" for limit in parts if hasattr(limit, "ge")), "")
    high = next((f"{limit.le:,g}" for limit in parts if hasattr(limit, "le")), "")
    told = _TOLD.get(key)
    return f"{low} to {high}" + (f", {told}" if told else "")


def parsed(field: FormField, text: str) -> float | int:
    """A number as a person writes it: ``450``, ``45 cm``, ``4,2 m``, ``16in``.

    Raises:
        ValueError: it is none; the message says so.
    """
    found = _NUMBER.fullmatch(text.strip().lower())
    units = _UNITS if field.unit else {"": 1.0}
    if found is None or found[2] not in units:
        raise ValueError(f"no {'length, as 450 or 45 cm' if field.unit else 'whole number'}")
    value = float(found[1].replace(",", ".")) * units[found[2]]
    if field.unit:
        return value
    if value != int(value):
        raise ValueError("not a whole number")
    return int(value)


def fault_of(field: FormField, value: float) -> str:
    """What the recipe says against a value; nothing when it is allowed."""
    try:
        edition_file.validate({"proof": {field.key: value}}, name="")
    except InvalidRecipe as error:
        return f"allowed: {error.allowed[f'proof.{field.key}']}"
    return ""


class LayoutForm(BaseScreen):
    """The form. ``settings`` is what the person took; the screen gives 1 back when any."""

    room = MEASURES
    BINDINGS: ClassVar[list[BindingType]] = [  # ahead of the lines, which take some keys
        replace(binding, priority=True) for binding in bindings(MEASURES)
    ]

    def __init__(
        self, source: PrintSource, settings: ProofSettings, pictures: Sequence[ProofPrint]
    ) -> None:
        """Opens the form.

        Args:
            source: whose measures they are.
            settings: as they are now.
            pictures: what hangs, in order: the form says at once whether it fits.
        """
        super().__init__()
        self.source, self.settings, self.pictures = source, settings, tuple(pictures)
        self.at = 0

    def compose(self) -> ComposeResult:
        """Title, a line for each measure, what they come to, keys."""
        yield TitleLine(id="title")
        with VerticalScroll(id="form", can_focus=False):
            for field in FIELDS:
                with Horizontal():
                    yield AnsiLines(id=f"name-{field.key}", classes="name")
                    value = getattr(self.settings, field.key)
                    yield Input(f"{value:g}", id=field.key, compact=True)
                    yield AnsiLines(id=f"told-{field.key}", classes="told")
        yield AnsiLines(id="sum")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """The first line takes the keys."""
        self.query_one(f"#{FIELDS[0].key}", Input).focus()
        self._show()

    def on_input_changed(self, _: Input.Changed) -> None:
        """Says what is wrong as one types."""
        self._show()

    def on_descendant_focus(self) -> None:
        """Another line may have been clicked."""
        focused = self.focused
        for index, field in enumerate(FIELDS):
            if focused is not None and focused.id == field.key:
                self.at = index

    def _read(self) -> tuple[dict[str, float | int], dict[str, str]]:
        """The values that are allowed, and what is wrong with the others."""
        values: dict[str, float | int] = {}
        faults: dict[str, str] = {}
        for field in FIELDS:
            text = self.query_one(f"#{field.key}", Input).value
            try:
                value = parsed(field, text)
            except ValueError as error:
                faults[field.key] = str(error)
                continue
            fault = fault_of(field, value)
            if fault:
                faults[field.key] = fault
            else:
                values[field.key] = value
        return values, faults

    def _show(self) -> None:
        values, faults = self._read()
        for field in FIELDS:
            name = self.query_one(f"#name-{field.key}", AnsiLines)
            name.show(((("dim", f"   {field.words}"),), ()))
            fault = faults.get(field.key, "")
            told = ("error", f" {clean(fault)}") if fault else ("faint", f" {limits(field.key)}")
            self.query_one(f"#told-{field.key}", AnsiLines).show(((told,), ()))
        changed = any(value != getattr(self.settings, key) for key, value in values.items())
        state = ("accent", "   changed") if changed or faults else ("dim", "")
        title = (("bright", f" {clean(self.source.name)}"), ("dim", "   measures"), state)
        self.query_one("#title", AnsiLines).show(
            (title, (("dim", "millimetres, or 45 cm, 16 in "),))
        )
        self.query_one("#sum", AnsiLines).show(*self._sum(values, faults))
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _sum(self, values: dict[str, float | int], faults: dict[str, str]) -> list[Row]:
        """What the measures come to on the wall."""
        if faults:
            what = f" {count(len(faults), 'value')} is not valid."
            return [((), ()), ((("error", what),), ())]
        if not self.pictures:
            return []
        try:
            walls = hang_walls(self.pictures, self._with(values))
        except EditionError as error:
            lines = wrap(clean(f"{error.message} {error.hint}"), max(20, self.size.width - 4), 3)
            return [((), ()), *[((("error", f" {line}"),), ()) for line in lines]]
        told = f" {_told_walls(walls, self.settings.units)}"
        lines = wrap(told, max(20, self.size.width - 4), 3)
        return [((), ()), *[((("good", f" {line}"),), ()) for line in lines]]

    def _with(self, values: dict[str, float | int]) -> ProofSettings:
        return self.settings.model_copy(update=values)

    # keys

    def action_field(self, by: int) -> None:
        """The next or the previous line."""
        self.at = (self.at + by) % len(FIELDS)
        self.query_one(f"#{FIELDS[self.at].key}", Input).focus()

    def _take(self) -> dict[str, object] | None:
        """What was changed; None, and reported, where something is not valid."""
        values, faults = self._read()
        if faults:
            key, fault = next(iter(faults.items()))
            field = next(field for field in FIELDS if field.key == key)
            self.edition_app.tell(EditionError(f"{field.words}: {fault}.", hint=f"{limits(key)}."))
            return None
        before = self.settings
        self.settings = self._with(values)
        return {k: v for k, v in values.items() if v != getattr(before, k)}

    def action_use(self) -> None:
        """Takes the measures for the proofs made from now on."""
        if self._take() is not None:
            self.dismiss(1)

    def action_save(self) -> None:
        """Takes the measures, and writes all that differ from the file into it."""
        if self._take() is None:
            return
        source, settings = self.source, self.settings

        def save(session: Session) -> int:
            own = source.head(session).settings
            keys = [field.key for field in FIELDS]
            changes = {
                k: getattr(settings, k) for k in keys if getattr(settings, k) != getattr(own, k)
            }
            if changes:
                source.save(session, changes)
            return len(changes) + 1

        self.edition_app.write(
            save, lambda n: self.edition_app.say(f"Saved {count(n - 1, 'measure')}.")
        )
        self.dismiss(1)


def _told_walls(walls: Sequence[Wall], units: str) -> str:
    """Where prints hang, on one wall or on several."""
    hung = [one for wall in walls for one in wall.hung]
    boxes, frame = [one.box for one in hung], hung[0].framed.frame_size
    low, high = min(box.y for box in boxes), max(box.top for box in boxes)
    if len(walls) > 1:
        each = ", ".join(f"{wall.name} {len(wall.hung)}" for wall in walls)
        where = f"on {len(walls)} walls: {each}"
    else:
        left, right = min(box.x for box in boxes), max(box.right for box in boxes)
        where = (
            f"from {length(left, units)} to {length(right, units)} {units} on a wall of"
            f" {sized(walls[0].size, units)} {units}"
        )
    return clean(
        f"{count(len(boxes), 'print')} hang {where}, {length(low, units)} to"
        f" {length(high, units)} {units} above the floor; a frame is {sized(frame, units)} {units}."
    )
