"""How near prints must be to share a stack: a slider over the stacks at each distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Vertical
from textual.screen import ModalScreen

from edition.actions import grouping_subprocess
from edition.domain import MAX_STACK_DISTANCE
from edition.text_format import count
from edition.tui.key_hints import hint_line
from edition.tui.keymap import SLIDER, bindings
from edition.tui.screens.base_screen import DismissOnceScreen
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.app import EditionApp
    from edition.tui.terminal.ansi_style import Row, Span

LINES = 3
"""Height of the columns."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"


class StackSlider(DismissOnceScreen[int], ModalScreen[int]):
    """Gives the chosen distance back, or None when all is to be as it was."""

    room = SLIDER
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SLIDER)]

    def __init__(self, slug: str, at: int, move: Callable[[int], None]) -> None:
        """Opens the slider.

        Args:
            slug: the edition.
            at: the distance, bits.
            move: lets the light table follow.
        """
        super().__init__()
        self.slug, self.at, self.move = slug, at, move
        self.stacks: tuple[int, ...] = ()
        """How many there are at each distance, as far as they were counted; empty before."""

    @property
    def edition_app(self) -> EditionApp:
        """The application."""
        return cast("EditionApp", self.app)

    def compose(self) -> ComposeResult:
        """Words, columns, keys."""
        with Vertical(id="slider"):
            yield AnsiLines(id="distances")
            yield AnsiLines(id="slider-keys")

    def on_mount(self) -> None:
        """Counts the stacks beside the keys."""
        slug = self.slug

        def take(found: list[int]) -> None:
            self.stacks = tuple(found)
            self._show()

        self.edition_app.read(lambda s: grouping_subprocess.stacks_by_distance(s, slug), take)
        self._show()

    def on_resize(self) -> None:
        """As wide columns as fit."""
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        width = self.app.size.width
        said = "counting the stacks …"
        if self.at < len(self.stacks):
            said = count(self.stacks[self.at], "stack")
        elif self.stacks:
            said = "not counted so far out"
        right = (("dim", "0: copies alone, 16: alike from afar "),) if width >= 80 else ()
        title: Row = (("bright", f" Stacks at distance {self.at}   "), ("text", said)), right
        rows = columns(self.stacks, self.at, width)
        listed = self.query_one("#distances", AnsiLines)
        listed.styles.height = len(rows) + 1
        listed.show(title, *rows)
        self.query_one("#slider-keys", AnsiLines).show(
            hint_line(SLIDER, self.edition_app.get_key_of, width)
        )

    def _to(self, distance: int) -> None:
        distance = max(0, min(MAX_STACK_DISTANCE, distance))
        if distance != self.at:
            self.at = distance
            self.move(distance)
            self._show()

    def action_step(self, where: str) -> None:
        """A bit narrower or wider."""
        self._to(self.at + (1 if where == "right" else -1))

    def action_distance(self, by: int) -> None:
        """The same by the light table's keys."""
        self._to(self.at + by)

    def action_first(self) -> None:
        """Copies alone."""
        self._to(0)

    def action_last(self) -> None:
        """The widest."""
        self._to(MAX_STACK_DISTANCE)

    def action_open(self) -> None:
        """Keeps it."""
        self.dismiss(self.at)

    def action_back(self) -> None:
        """As it was."""
        self.dismiss(None)


def columns(stacks: Sequence[int], at: int, width: int) -> list[Row]:
    """A column for each distance, its number of stacks below it, and the distance.

    Args:
        stacks: at each distance from 0, as far as they are known.
        at: the chosen distance.
        width: cells.
    """
    across = max(2, min(7, (width - 2) // (MAX_STACK_DISTANCE + 1)))
    most = max((*stacks, 1))
    heights = [round(8 * LINES * number / most) or bool(number) for number in stacks]
    bars = [
        [_EIGHTHS[max(0, min(8, height - 8 * line))] * (across - 1) + " " for height in heights]
        for line in reversed(range(LINES))
    ]
    numbers = [str(number) if len(str(number)) < across else "·" for number in stacks]
    rows = [*bars, [f"{number:^{across - 1}} " for number in numbers]]
    rows.append([f"{d:^{across - 1}} "[:across] for d in range(MAX_STACK_DISTANCE + 1)])
    return [*(_row(cells, at, "accent") for cells in rows[:-1]), _row(rows[-1], at, "select")]


def _row(cells: Sequence[str], at: int, tone: str) -> Row:
    spans: list[Span] = [("text", " ")]
    spans += [(tone if d == at else "dim", cell) for d, cell in enumerate(cells)]
    return tuple(spans), ()
