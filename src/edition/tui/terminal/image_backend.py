"""How pictures reach the terminal: as half-cells, or through a protocol that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edition.tui.terminal import half_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from PIL.Image import Image
    from textual.app import App
    from textual.geometry import Region

    from edition.tui.terminal.ansi_style import Depth
    from edition.tui.terminal.half_blocks import Planes

Mode = Literal["half", "kitty", "sixel", "off"]


@dataclass(frozen=True, slots=True)
class PixelOverlay:
    """A picture that is drawn over cells of a widget, once these have been written."""

    region: Region
    """Cells, from the widget's own corner."""
    key: Hashable
    """Says which picture: the same key is never sent twice to the same place."""
    pixels: Callable[[], Callable[[], Image]]
    """Fetches what only the UI's thread may; what it returns makes the picture in another."""


@dataclass
class ImageBackend:
    """Half-cells: works in every terminal, in tmux, over ssh, in a screenshot."""

    depth: Depth = "true"
    mode: Mode = "half"
    cell: tuple[int, int] = (0, 0)
    """Pixels of a cell across and down; 0 when the terminal did not say."""

    over = False
    """Whether pictures are drawn over the cells: text written there destroys them."""

    @property
    def sharp(self) -> bool:
        """Whether a picture is shown in the terminal's own pixels."""
        return False

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
        return half_blocks.thumb_lines(rgb, across, self.depth, shade=shade)

    def picture(self, place: int, planes: Planes, width: int, height: int) -> tuple[str, ...]:
        """A picture that fills whole cells, as lines of text.

        Args:
            place: where it shows; a new picture takes the place of the old one.
            planes: its pixels.
            width: pixels; of the terminal where ``sharp``, else cells.
            height: pixels; of the terminal where ``sharp``, else half-cells.
        """
        if self.mode == "off":
            return (" " * width,) * (height // 2)
        return half_blocks.lines(planes, width, height, self.depth)

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

    def thumbs(self, ids: Sequence[int]) -> dict[int, bytes]:
        """128-pixel thumbnails by print id, JPEG; none where nothing is drawn in pixels."""
        return {}

    def plain(self, ansi: str) -> str:
        """A line of text for where it will be cut or tinted; half-cells bear both."""
        return ansi

    def draw_over(self, app: App[None], update: object) -> None:
        """Draws over the cells after a frame, where ``over``.

        Args:
            app: whose screen.
            update: the frame that has just been written; None when nothing was.
        """

    def close(self) -> None:
        """Frees what the terminal holds."""

    def live(self, rgb: bytes, across: int) -> tuple[str, ...]:
        """A picture that changes several times a second: always half-cells."""
        if self.mode == "off":
            return (" " * across,) * (across // 2)
        return half_blocks.thumb_lines(rgb, across, self.depth)
