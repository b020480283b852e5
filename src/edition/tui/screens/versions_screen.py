"""A print and its enlarged versions side by side at the same place: before and after, A and B."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import versions
from edition.text_format import clean, count
from edition.tui import format_status
from edition.tui.keymap import VERSIONS, bindings
from edition.tui.screens.side_by_side import Pane, SideBySide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from edition.actions.versions import PrintFile, UpscaledVersion
    from edition.domain import Print
    from edition.tui.messages import LibraryChanged
    from edition.tui.print_list import PrintList
    from edition.tui.terminal.ansi_style import Span


class VersionsScreen(SideBySide):
    """All files of one print; 1:1 is that of the largest."""

    room = VERSIONS
    same_part = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VERSIONS)]

    def __init__(self, roll: PrintList, print_id: int, sides: Sequence[PrintFile]) -> None:
        """Lays versions side by side.

        Args:
            roll: where the print comes from.
            print_id: which print.
            sides: its files, as ``versions.sides`` lists them.
        """
        chosen = next((i for i, side in enumerate(sides) if side.chosen), 0)
        super().__init__(roll, tuple(range(len(sides))), chosen)
        self.print_id, self.sides = print_id, tuple(sides)

    def current(self) -> Print | None:
        """The print."""
        return self.roll.one(self.print_id)

    def pane(self, key: int) -> Pane | None:
        """A version; without its file only its name."""
        if key >= len(self.sides):
            return None
        side = self.sides[key]
        rgb = self.roll.rgb((self.print_id,)).get(self.print_id, b"")
        paper = "▲ " if side.chosen and key else ""
        size = (side.width, side.height)
        words = f"{paper}{clean(side.label)}  {size[0]} × {size[1]}"
        if not side.here:
            return Pane("", size, f"{words}  gone", rgb)
        return Pane(side.file, size, words, rgb)

    def name_of(self, key: int) -> str:
        """The version as the list of versions calls it."""
        return clean(self.sides[key].label) if key < len(self.sides) else "the version"

    def heading(self) -> tuple[Span, ...]:
        """The print, and how many there are of it."""
        item = self.current()
        name = format_status.name_of(item) if item is not None else "the print"
        what = "Compare" if self.pinned is not None else "Versions"
        enlarged = count(len(self.sides) - 1, "enlargement")
        return (("bright", f" {what}"), ("dim", f"   {name}   {enlarged}"))

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Another version may be chosen; one that has come is seen the next time."""
        self.roll.forget()
        item = self.current()
        if item is not None:
            self.sides = tuple(versions.sides(self.session, item))
            self._show()

    def action_version(self) -> None:
        """The selected version goes to paper."""
        item, number = self.current(), self.selected
        if item is None:
            return
        if not number:
            self.edition_app.say("Select an enlarged version: the print itself is none.")
            return

        def told(version: UpscaledVersion) -> None:
            self.edition_app.say(f"{format_status.version_words(version)} goes to paper.")

        self.edition_app.write(lambda session: versions.choose(session, item, number), told)
