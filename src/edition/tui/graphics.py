"""How pictures reach the terminal: as half-cells, or through a protocol that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edition.tui import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.tui.ink import Depth

Mode = Literal["half", "kitty", "sixel", "off"]


@dataclass
class Graphics:
    """Half-cells: works in every terminal, in tmux, over ssh, in a screenshot."""

    depth: Depth = "true"
    mode: Mode = "half"

    def thumb(self, print_id: int, rgb: bytes, across: int, *, shade: bool) -> tuple[str, ...]:
        """A thumbnail as lines of text.

        Args:
            print_id: whose.
            rgb: 32x32 RGB8.
            across: cells across; half as many lines.
            shade: show it as rejected.
        """
        if self.mode == "off":
            return (" " * across,) * (across // 2)
        return cells.thumb_lines(rgb, across, self.depth, shade=shade)

    def attach(
        self,
        write: Callable[[str], object],
        jpeg: Callable[[Sequence[int]], dict[int, bytes]],
    ) -> None:
        """Tells how to write to the terminal and where larger thumbnails are; half-cells need not.

        Args:
            write: in order with the frames.
            jpeg: reads 128-pixel thumbnails by print id.
        """

    def close(self) -> None:
        """Frees what the terminal holds."""

    def live(self, rgb: bytes, across: int) -> tuple[str, ...]:
        """A picture that changes several times a second: always half-cells."""
        if self.mode == "off":
            return (" " * across,) * (across // 2)
        return cells.thumb_lines(rgb, across, self.depth)
