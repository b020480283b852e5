"""Sixel: pixels drawn over the cells once a frame has been written, and only where it must be.

Under every picture are its half-cells. They are what one sees until the pixels are ready, under
a dialog, and where a terminal drops a picture; text that is written over a Sixel picture destroys
it, so whatever a frame has touched is drawn again in the same breath, and nothing else is.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region

from edition.tui.image_loader import BAND, flat
from edition.tui.terminal.ansi_style import cube
from edition.tui.terminal.capabilities import cell_size
from edition.tui.terminal.image_backend import ImageBackend
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from PIL.Image import Image
    from textual.app import App
    from textual.geometry import Size
    from textual.screen import Screen

    from edition.tui.terminal.half_blocks import Planes
    from edition.tui.terminal.image_backend import PixelOverlay

STANDARD_CELL = (10, 20)
"""Pixels of a VT340's cell, for a terminal that does not say."""
LARGEST = 1000
"""Pixels across and down of a picture that xterm draws; it shows nothing of a larger one."""
KEPT_BYTES = 24_000_000
"""Encoded pictures kept, so that a dialog's end needs no encoding."""
_DEFINITION = re.compile(r"(#\d+);2;\d+;\d+;\d+")
_LOWER = re.compile(r"48;[25];[\d;]+m▀")
_LAST = re.compile(r"-*\x1b\\\Z")
_START = re.compile(r'\x1bP[^q]*q"[\d;]+')


def encode(image: Image, colours: int = 256) -> str:
    """A picture as Sixel.

    All colours are defined before the first is used: xterm takes a definition in the middle for
    no choice of that colour, and paints on with the one before. The height is cut to whole bands
    of six, and no new line follows the last band: foot and tmux count the line below the picture
    to it otherwise, and clear what is there.

    Args:
        image: RGB, at least six pixels high.
        colours: 2 to 256, as many as the terminal has registers.
    """
    from PIL import Image as Pillow
    from textual_image._sixel import image_to_sixels

    whole = image.crop((0, 0, image.width, max(BAND, image.height // BAND * BAND)))
    few = whole.quantize(
        max(2, min(256, colours)),
        method=Pillow.Quantize.MEDIANCUT,
        dither=Pillow.Dither.NONE,
    )
    text: str = _LAST.sub("\x1b\\\\", image_to_sixels(few))
    start = _START.match(text)
    if start is None:
        return text
    defined = "".join(match[0] for match in _DEFINITION.finditer(text))
    return start[0] + defined + _DEFINITION.sub(r"\1", text[start.end() :])


def touched(update: object, screen: Region) -> list[Region]:
    """The cells that a frame has written.

    Args:
        update: a compositor's update; None for no frame.
        screen: all cells, the answer for an update of another kind.
    """
    if update is None:
        return []
    if isinstance(update, LayoutUpdate):
        return [update.region]
    if not isinstance(update, ChopsUpdate):
        return [screen]
    found = []
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= x2 and end > x1:
                start = max(x, x1)
                found.append(Region(start, y, max(1, min(end, x2) - start), 1))
    return found


@dataclass
class SixelBackend(ImageBackend):
    """Half-cells, and Sixel pictures over them."""

    cell: tuple[int, int] = STANDARD_CELL
    colours: int = 256
    """Colour registers of the terminal."""

    overhang: bool = False
    """The terminal paints a column more than a picture has, grey: Konsole does."""

    over = True

    def __post_init__(self) -> None:
        """Nothing is drawn yet."""
        super().__post_init__()
        self._shown: dict[Region, Hashable] = {}
        self._encoded: OrderedDict[Hashable, str] = OrderedDict()
        self._size = 0
        self._worker: ThreadPoolExecutor | None = None
        self._making: Hashable = None
        self._screen: Size | None = None

    @property
    def largest(self) -> tuple[int, int]:
        """Of xterm's limit; as many lines as end with a whole band of six pixels."""
        wide, high = self.cell
        step = BAND // math.gcd(BAND, high)
        return max(1, LARGEST // wide), max(1, LARGEST // high // step) * step

    @property
    def sharp(self) -> bool:
        """Pictures show in the terminal's own pixels."""
        return True

    def row(self, items: Sequence[tuple[int, bytes, bool]], across: int) -> list[tuple[str, ...]]:
        """What is under thumbnails; below the last whole band of six, the ground."""
        drawn = super().row(items, across)
        if self.down(across) * self.cell[1] % BAND == 0:
            return drawn
        ground = "48;2;{};{};{}m▀".format(*self.ground)
        if self.depth == "256":
            ground = f"48;5;{cube(*self.ground)}m▀"
        return [(*lines[:-1], _LOWER.sub(ground, lines[-1])) for lines in drawn]

    @property
    def unit(self) -> tuple[float, float]:
        """A picture's pixels in a cell."""
        return self.cell

    def picture(self, place: int, planes: Planes, width: int, height: int) -> tuple[str, ...]:
        """What is under a picture: its half-cells."""
        across, down = width // self.cell[0], height // self.cell[1]
        if self._blocks is None:
            small = flat(planes, width, height).resize((across, 2 * down), reducing_gap=1.0)
            red, green, blue = (channel.tobytes() for channel in small.split())
            planes, width, height = (red, green, blue), across, 2 * down
        return self.text(planes, (width, height), (across, down))

    def redraw(self, app: App[None]) -> None:
        """Draws pictures that are others now, without a frame of cells below them."""
        if app.is_running and app._driver is not None:
            app._begin_update()
            self.draw_over(app, None)
            app._end_update()

    def close(self) -> None:
        """Leaving the screen clears the pictures; the worker is let go."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None
        self._shown.clear()
        self._encoded.clear()
        self._size = 0

    def draw_over(self, app: App[None], update: object) -> None:
        """Draws what is wanted and not there, or was written over by the frame."""
        screen = app.screen
        whole = screen.size.region
        self._measure(whole)
        damage = touched(update, whole)
        self._shown = {
            place: key
            for place, key in self._shown.items()
            if not any(place.overlaps(region) for region in damage)
        }
        wanted = self._wanted(screen)
        self._shown = {place: key for place, key in self._shown.items() if place in wanted}
        missing = []
        for place, over in wanted.items():
            if self._shown.get(place) == over.key:
                continue
            text = self._encoded.get((over.key, place.size))
            if text is None:
                missing.append((place, over))
                continue
            self._encoded.move_to_end((over.key, place.size))
            after = self._hem(place) if self.overhang and place.right < whole.width else ""
            self._to_terminal(f"\x1b7\x1b[{place.y + 1};{place.x + 1}H{text}{after}\x1b8")
            self._shown[place] = over.key
        if missing and self._making is None:
            self._make(app, *missing[0])

    def _hem(self, place: Region) -> str:
        """The ground, over the column behind a picture."""
        blank = "\x1b[0;48;2;{};{};{}m \x1b[0m".format(*self.ground)
        return "".join(
            [f"\x1b[{y + 1};{place.right + 1}H{blank}" for y in range(place.y, place.bottom)]
        )

    def _measure(self, screen: Region) -> None:
        """Another size of the window may come of another size of the type."""
        before, self._screen = self._screen, screen.size
        if before in (None, self._screen):
            return
        self._shown.clear()
        cell = cell_size()
        if cell not in (None, self.cell):
            self.cell = cell or self.cell
            self._encoded.clear()
            self._size = 0

    def _wanted(self, screen: Screen[Any]) -> dict[Region, PixelOverlay]:
        """Pictures by their place on the screen: whole ones, with nothing over them."""
        if screen.is_modal:
            return {}
        covers = [each.region for each in screen.query("Toast, Tooltip") if each.display]
        # a picture that ends in the last line would scroll the screen
        room = Region(0, 0, screen.size.width, screen.size.height - 1)
        found = {}
        for widget in screen.query(AnsiCanvas):
            corner = widget.region
            if not (widget.display and corner):
                continue
            for over in widget.overs():
                place = over.region.translate(corner.offset)
                covered = any(place.overlaps(cover) for cover in covers)
                if place and room.contains_region(place) and not covered:
                    found[place] = over
        return found

    def _make(self, app: App[None], place: Region, over: PixelOverlay) -> None:
        """Encodes one picture beside the UI's thread; then what is wanted by then."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, "edition-sixel")
        width, height = place.width * self.cell[0], place.height * self.cell[1]
        self._making = key = (over.key, place.size)
        painted = over.pixels()

        def work() -> str:
            image = painted()
            if image.size != (width, height):
                image = image.resize((width, height))
            return encode(image, self.colours)

        async def finish() -> None:
            try:
                text = await asyncio.wrap_future(future)
            finally:
                self._making = None
            self._keep(key, text)
            self.redraw(app)

        future = self._worker.submit(work)
        app.run_worker(finish(), group="sixel", exit_on_error=True)

    def _keep(self, key: Hashable, text: str) -> None:
        self._encoded[key] = text
        self._size += len(text)
        while self._size > KEPT_BYTES and len(self._encoded) > 1:
            self._size -= len(self._encoded.popitem(last=False)[1])
