"""How pictures reach the terminal: in cells of text, or through a protocol that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from edition.tui.terminal import half_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from PIL.Image import Image
    from textual.app import App
    from textual.geometry import Region

    from edition.tui.terminal.ansi_style import Depth
    from edition.tui.terminal.cell_blocks import Cells
    from edition.tui.terminal.half_blocks import Planes

Mode = Literal["half", "quadrant", "sextant", "kitty", "sixel", "off"]
ASPECTS = (1.25, 3.2)
"""Heights of a cell in widths that are believed."""
WIDE = 32
"""From so many cells on, a thumbnail of 32 pixels is coarser than its cells."""


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
    """Cells of text: they work in every terminal, in tmux, over ssh, in a screenshot."""

    depth: Depth = "true"
    mode: Mode = "half"
    cell: tuple[int, int] = (0, 0)
    """Pixels of a cell across and down; 0 when the terminal did not say."""
    light: bool = False
    """Whether the ground is light: pictures without colour are dark signs on it."""

    ground: tuple[int, int, int] = (0, 0, 0)
    """Of the theme, RGB8."""

    over = False
    """Whether pictures are drawn over the cells: text written there destroys them."""

    def __post_init__(self) -> None:
        """Half-cells, until ``refine``."""
        self._blocks: Any = None
        self._to_terminal: Callable[[str], object] = lambda _: None
        self._jpeg: Callable[[Sequence[int]], dict[int, bytes]] = lambda _: {}

    @property
    def largest(self) -> tuple[int, int]:
        """Cells across and down of the largest picture that is drawn over them in one."""
        return 1 << 16, 1 << 16

    @property
    def sharp(self) -> bool:
        """Whether a picture is shown in the terminal's own pixels."""
        return False

    @property
    def cells(self) -> Cells:
        """What a cell of text holds."""
        return self.mode if self.mode in ("quadrant", "sextant") else "half"

    @property
    def aspect(self) -> float:
        """Height of a cell in widths."""
        if not all(self.cell):
            return 2.0
        return min(ASPECTS[1], max(ASPECTS[0], self.cell[1] / self.cell[0]))

    @property
    def unit(self) -> tuple[float, float]:
        """Pixels in a cell, across and down, of a picture that is shown as it will stay."""
        return self.text_unit

    @property
    def text_unit(self) -> tuple[float, float]:
        """The same where cells of text show it: squares, as a person sees them."""
        across = 1 if self.cells == "half" else 2
        return across, across * self.aspect

    def down(self, across: int) -> int:
        """Lines of a square thumbnail of so many cells."""
        return max(1, round(across / self.aspect))

    @property
    def coarse(self) -> bool:
        """Whether pictures can be drawn more finely than they are: see ``refine``."""
        plain = (self.cells, self.aspect) == ("half", 2.0) or self.depth == "none"
        return self._blocks is None and self.mode != "off" and not plain

    def refine(self) -> None:
        """Loads what draws finer cells, and half-cells of another shape: 0.15 s."""
        from edition.tui.terminal import cell_blocks

        self._blocks = cell_blocks

    def thumb(self, print_id: int, rgb: bytes, across: int, *, shade: bool) -> tuple[str, ...]:
        """A thumbnail as lines of text.

        Args:
            print_id: whose.
            rgb: 32x32 RGB8.
            across: cells across.
            shade: show it as rejected.
        """
        return self.row([(print_id, rgb, shade)], across)[0]

    def row(self, items: Sequence[tuple[int, bytes, bool]], across: int) -> list[tuple[str, ...]]:
        """Thumbnails as lines of text, drawn together.

        Args:
            items: of each: print id, 32x32 RGB8, whether it is shown as rejected.
            across: cells across each.
        """
        down = self.down(across)
        if self.mode == "off":
            return [(" " * across,) * down for _ in items]
        if self._blocks is None:
            return [self._coarse(rgb, across, shade) for _, rgb, shade in items]
        if across >= WIDE and self.cells != "half":
            return self._wide(items, across)
        rgbs, shades = [rgb for _, rgb, _ in items], [shade for *_, shade in items]
        return self._blocks.thumbs(rgbs, shades, (across, down), self.cells, self.depth)  # type: ignore[no-any-return]

    def _coarse(self, rgb: bytes, across: int, shade: bool) -> tuple[str, ...]:
        down, side = self.down(across), half_blocks.SIDE
        if 2 * down == across:
            return half_blocks.thumb_lines(rgb, across, self.depth, shade=shade, light=self.light)
        planes = half_blocks.scaled(rgb, side, side, across, 2 * down)
        if shade:
            planes = half_blocks.shaded(planes)
        return half_blocks.lines(planes, across, 2 * down, self.depth, light=self.light)

    def _wide(self, items: Sequence[tuple[int, bytes, bool]], across: int) -> list[tuple[str, ...]]:
        """Large thumbnails, from the stored 128 pixels: a third of a millisecond each."""
        from edition.tui.image_loader import square

        jpeg = self._jpeg([print_id for print_id, *_ in items])
        size = (across, self.down(across))
        return [
            self._blocks.thumbs(
                [square(jpeg.get(print_id, b""), rgb)], [shade], size, self.cells, self.depth
            )[0]
            for print_id, rgb, shade in items
        ]

    def picture(self, place: int, planes: Planes, width: int, height: int) -> tuple[str, ...]:
        """A picture that fills whole cells, as lines of text.

        Args:
            place: where it shows; a new picture takes the place of the old one.
            planes: its pixels, ``unit`` of them in a cell.
            width: pixels.
            height: pixels.
        """
        wide, high = self.text_unit
        cells = max(1, round(width / wide)), max(1, round(height / high))
        return self.text(planes, (width, height), cells)

    def text(
        self, planes: Planes, size: tuple[int, int], cells: tuple[int, int]
    ) -> tuple[str, ...]:
        """A picture as lines of text, whatever its pixels.

        Args:
            planes: its pixels.
            size: of it, pixels across and down.
            cells: across and down.
        """
        across, down = cells
        if self._blocks is not None:
            return self._blocks.picture(planes, *size, cells, self.cells, self.depth)  # type: ignore[no-any-return]
        if size != (across, 2 * down):
            rgb = b"".join(bytes(pixel) for pixel in zip(*planes, strict=True))
            planes = half_blocks.scaled(rgb, *size, across, 2 * down)
        return half_blocks.lines(planes, across, 2 * down, self.depth, light=self.light)

    def attach(
        self,
        write: Callable[[str], object],
        jpeg: Callable[[Sequence[int]], dict[int, bytes]],
    ) -> None:
        """Sets how to write to the terminal and where larger thumbnails are.

        Args:
            write: in order with the frames.
            jpeg: reads 128-pixel thumbnails by print id.
        """
        self._to_terminal, self._jpeg = write, jpeg

    def thumbs(self, ids: Sequence[int]) -> dict[int, bytes]:
        """128-pixel thumbnails by print id, JPEG."""
        return self._jpeg(ids)

    def plain(self, ansi: str) -> str:
        """A line of text for where it will be cut or tinted; cells of text bear both."""
        return ansi

    def draw_over(self, app: App[None], update: object) -> None:
        """Draws over the cells after a frame, where ``over``.

        Args:
            app: whose screen.
            update: the frame that has just been written; None when nothing was.
        """

    def redraw(self, app: App[None]) -> None:
        """Draws pictures over the cells that are others now, where ``over``; no frame comes."""

    def close(self) -> None:
        """Frees what the terminal holds."""

    def live(self, rgb: bytes, across: int) -> tuple[str, ...]:
        """A thumbnail that changes several times a second: always cells of text."""
        return ImageBackend.row(self, [(0, rgb, False)], across)[0]
