"""The map as a picture: a row for each learning rate, a column for each step count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from edition import atomic
from edition.errors import StudyError
from edition.studies.sheet_png import font

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.studies.lr_steps_grid import LrGridCell, LrStepsGrid

Colour = tuple[int, int, int]
_THUMB, _GAP, _BAR, _PAD = 72, 2, 7, 14
_LEFT, _TOP, _FOOT = 92, 74, 64
_LEAST = 680
"""Pixels that the legend takes."""
_PAPER, _INK, _SOFT, _SWEET = (250, 248, 244), (34, 32, 30), (150, 146, 140), (214, 120, 20)
_COLOURS = {
    "asleep": (132, 150, 176),
    "dreaming": (72, 140, 92),
    "forgetting": (198, 158, 40),
    "cooked": (178, 62, 48),
}
_GAUGES = ("diversity", "language", "pairs", "drift", "copying")
_TINTS = ((88, 120, 180), (70, 140, 130), (100, 160, 90), (190, 130, 60), (170, 80, 110))


def paint(found: LrStepsGrid, folder: Path, target: Path, scale: int = 1) -> None:
    """Draws a map as far as it is done.

    Args:
        found: the map.
        folder: its pictures are in it.
        target: a PNG; replaced whole.
        scale: pixels of the file for one of the layout; 3 for paper.
    """
    columns = 2
    shown = columns * min(2, -(-len(found.seeds) // columns))
    block = tuple(n * (_THUMB + _GAP) - _GAP for n in (columns, shown // columns))
    cell = (block[0] + 2 * _PAD, block[1] + 2 * _PAD + 20 + _BAR * len(_GAUGES) + 6)
    width = max(_LEFT + cell[0] * (len(found.counts) + 1) + _PAD, _LEAST)
    sheet = _Sheet(width, _TOP + cell[1] * len(found.rates) + _FOOT, scale)
    _headings(sheet, found, cell)
    sheet.thumbs([folder / file for file in found.base[:shown]], _LEFT + _PAD, _TOP + _PAD)
    sheet.centred("untouched", _LEFT, _TOP + _PAD + block[1] + 5, cell[0], _SOFT)
    for y, rate in enumerate(found.rates):
        for x, count in enumerate(found.counts):
            one = found.cell(rate, count)
            if one is None:
                continue
            left, top = _LEFT + cell[0] * (x + 1), _TOP + cell[1] * y
            sheet.thumbs([folder / f for f in one.pictures[:shown]], left + _PAD, top + _PAD)
            _reading(sheet, one, left + _PAD, top + _PAD + block[1] + 4, block[0])
            if one == found.sweet:
                sheet.frame(left + 4, top + 4, cell[0] - 8, cell[1] - 8)
    _legend(sheet)
    few = sheet.image.quantize(256, dither=Image.Dither.NONE)
    with atomic.opened(target, StudyError) as stream:
        (few if scale == 1 else sheet.image).save(stream, "PNG", optimize=True)


def mosaic(pictures: Sequence[Image.Image], columns: int = 2) -> Image.Image:
    """Pictures of one size side by side."""
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width * columns, height * -(-len(pictures) // columns)))
    for index, picture in enumerate(pictures):
        y, x = divmod(index, columns)
        sheet.paste(picture, (x * width, y * height))
    return sheet


class _Sheet:
    """Paper in units of the layout, whatever the file's pixels are."""

    def __init__(self, width: int, height: int, scale: int) -> None:
        self.width, self.height, self._scale = width, height, scale
        self.image = Image.new("RGB", (width * scale, height * scale), _PAPER)
        self._pen = ImageDraw.Draw(self.image)

    def text(self, text: str, left: float, top: int, ink: Colour = _INK, size: int = 12) -> None:
        at = round(left * self._scale), top * self._scale
        self._pen.text(at, text, ink, font("regular", size * self._scale))

    def length(self, text: str, size: int = 12) -> float:
        face = font("regular", size * self._scale)
        return self._pen.textlength(text, face) / self._scale

    def centred(
        self, text: str, left: int, top: int, width: int, ink: Colour = _INK, size: int = 12
    ) -> None:
        self.text(text, left + (width - self.length(text, size)) / 2, top, ink, size)

    def fill(self, left: int, top: int, width: float, height: int, ink: Colour) -> None:
        s = self._scale
        box = (left * s, top * s, round((left + width) * s) - 1, (top + height) * s - 1)
        self._pen.rectangle(box, fill=ink)

    def frame(self, left: int, top: int, width: int, height: int) -> None:
        s = self._scale
        box = (left * s, top * s, (left + width) * s - 1, (top + height) * s - 1)
        self._pen.rectangle(box, outline=_SWEET, width=3 * s)

    def thumbs(self, files: Sequence[Path], left: int, top: int) -> None:
        side = _THUMB * self._scale
        for index, file in enumerate(files):
            y, x = divmod(index, 2)
            if not file.is_file():
                continue
            with Image.open(file) as picture:
                small = picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
            place = (left + x * (_THUMB + _GAP), top + y * (_THUMB + _GAP))
            self.image.paste(small, (place[0] * self._scale, place[1] * self._scale))


def _headings(sheet: _Sheet, found: LrStepsGrid, cell: tuple[int, int]) -> None:
    sheet.text("Learning rate × steps", _LEFT + _PAD, 16, size=20)
    sheet.centred("base model", _LEFT, 54, cell[0], size=13)
    for x, count in enumerate(found.counts):
        sheet.centred(f"{count} steps", _LEFT + cell[0] * (x + 1), 54, cell[0], size=13)
    for y, rate in enumerate(found.rates):
        middle = _TOP + cell[1] * y + cell[1] // 2 - 20
        sheet.text(f"{rate:.0e}".replace("e-0", "e-"), _PAD, middle, size=16)


def _reading(sheet: _Sheet, one: LrGridCell, left: int, top: int, width: int) -> None:
    """The verdict as a coloured plate, the gauges as bars: full width is 1."""
    sheet.fill(left, top, width, 18, _COLOURS[one.verdict])
    sheet.centred(one.verdict, left, top + 2, width, (255, 255, 255))
    for row, (name, tint) in enumerate(zip(_GAUGES, _TINTS, strict=True)):
        y = top + 22 + row * _BAR
        share = min(1.0, max(0.0, getattr(one.gauges, name)))
        sheet.fill(left, y, width, _BAR - 2, (232, 228, 220))
        if share * width >= 1:
            sheet.fill(left, y, share * width, _BAR - 2, tint)


def _legend(sheet: _Sheet) -> None:
    x, y = _LEFT + _PAD, sheet.height - _FOOT + 16
    for name, tint in zip(_GAUGES, _TINTS, strict=True):
        sheet.fill(x, y + 4, 18, _BAR - 1, tint)
        sheet.text(name, x + 24, y)
        x += 34 + int(sheet.length(name))
    sheet.frame(x + 6, y + 1, 18, 13)
    sheet.text("sweet spot", x + 30, y)
    note = "Bars: full width is 1. The base model: diversity, language, pairs 1; drift, copying 0."
    sheet.text(note, _LEFT + _PAD, y + 20, _SOFT)
