"""The map as a picture: a row for each learning rate, a column for each step count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.study.corridor import Cell, Map

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


def paint(found: Map, folder: Path, target: Path) -> None:
    """Draws a map as far as it is done.

    Args:
        found: the map.
        folder: its pictures are in it.
        target: a PNG; replaced whole.
    """
    columns = 2 if len(found.seeds) > 1 else 1
    rows = min(2, -(-len(found.seeds) // columns))
    block = (columns * (_THUMB + _GAP) - _GAP, rows * (_THUMB + _GAP) - _GAP)
    cell = (block[0] + 2 * _PAD, block[1] + 2 * _PAD + 20 + _BAR * len(_GAUGES) + 6)
    size = (
        max(_LEFT + cell[0] * (len(found.counts) + 1) + _PAD, _LEAST),
        _TOP + cell[1] * len(found.rates) + _FOOT,
    )
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    _headings(pen, found, cell)
    shown = columns * rows
    _mosaic(sheet, folder, found.base[:shown], (_LEFT + _PAD, _TOP + _PAD), columns)
    _centred(pen, "untouched", _LEFT, _TOP + _PAD + block[1] + 5, cell[0], _SOFT)
    for y, rate in enumerate(found.rates):
        for x, count in enumerate(found.counts):
            corner = (_LEFT + cell[0] * (x + 1), _TOP + cell[1] * y)
            one = found.cell(rate, count)
            if one is None:
                continue
            place = (corner[0] + _PAD, corner[1] + _PAD)
            _mosaic(sheet, folder, one.pictures[:shown], place, columns)
            _reading(pen, one, corner, block, cell)
            if one == found.sweet:
                box = (
                    corner[0] + 4,
                    corner[1] + 4,
                    corner[0] + cell[0] - 5,
                    corner[1] + cell[1] - 5,
                )
                pen.rectangle(box, outline=_SWEET, width=3)
    _legend(pen, size)
    part = target.with_suffix(".part")
    sheet.quantize(256, dither=Image.Dither.NONE).save(part, "PNG", optimize=True)
    part.replace(target)


def mosaic(pictures: Sequence[Image.Image], columns: int = 2) -> Image.Image:
    """Pictures of one size side by side."""
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width * columns, height * -(-len(pictures) // columns)))
    for index, picture in enumerate(pictures):
        y, x = divmod(index, columns)
        sheet.paste(picture, (x * width, y * height))
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _headings(pen: ImageDraw.ImageDraw, found: Map, cell: tuple[int, int]) -> None:
    pen.text((_LEFT + _PAD, 16), "The corridor: learning rate against steps", _INK, _font(20))
    _centred(pen, "base model", _LEFT, 54, cell[0], _INK, 13)
    for x, count in enumerate(found.counts):
        _centred(pen, f"{count} steps", _LEFT + cell[0] * (x + 1), 54, cell[0], _INK, 13)
    for y, rate in enumerate(found.rates):
        middle = _TOP + cell[1] * y + cell[1] // 2 - 20
        pen.text((_PAD, middle), f"{rate:.0e}".replace("e-0", "e-"), _INK, _font(16))


def _mosaic(
    sheet: Image.Image, folder: Path, files: tuple[str, ...], corner: tuple[int, int], columns: int
) -> None:
    for index, file in enumerate(files):
        y, x = divmod(index, columns)
        if not (folder / file).is_file():
            continue
        with Image.open(folder / file) as picture:
            small = picture.convert("RGB").resize((_THUMB, _THUMB), Image.Resampling.LANCZOS)
        sheet.paste(small, (corner[0] + x * (_THUMB + _GAP), corner[1] + y * (_THUMB + _GAP)))


def _reading(
    pen: ImageDraw.ImageDraw,
    one: Cell,
    corner: tuple[int, int],
    block: tuple[int, int],
    cell: tuple[int, int],
) -> None:
    """The verdict as a coloured plate, the gauges as bars: full width is 1."""
    left, top = corner[0] + _PAD, corner[1] + _PAD + block[1] + 4
    pen.rectangle((left, top, left + block[0] - 1, top + 17), fill=_COLOURS[one.verdict])
    _centred(pen, one.verdict, corner[0], top + 2, cell[0], (255, 255, 255))
    for row, (name, tint) in enumerate(zip(_GAUGES, _TINTS, strict=True)):
        y = top + 22 + row * _BAR
        share = min(1.0, max(0.0, getattr(one.gauges, name)))
        pen.rectangle((left, y, left + block[0] - 1, y + _BAR - 3), fill=(232, 228, 220))
        if share > 0.005:
            pen.rectangle((left, y, left + int(share * (block[0] - 1)), y + _BAR - 3), fill=tint)


def _legend(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    x, y = _LEFT + _PAD, size[1] - _FOOT + 16
    for name, tint in zip(_GAUGES, _TINTS, strict=True):
        pen.rectangle((x, y + 4, x + 18, y + 4 + _BAR - 2), fill=tint)
        pen.text((x + 24, y), name, _INK, _font(12))
        x += 34 + int(pen.textlength(name, _font(12)))
    pen.rectangle((x + 6, y + 1, x + 24, y + 13), outline=_SWEET, width=3)
    pen.text((x + 30, y), "sweet spot", _INK, _font(12))
    note = "Bars: full width is 1. The base model: diversity, language, pairs 1; drift, copying 0."
    pen.text((_LEFT + _PAD, y + 20), note, _SOFT, _font(12))


def _centred(
    pen: ImageDraw.ImageDraw,
    text: str,
    left: int,
    top: int,
    width: int,
    ink: tuple[int, int, int],
    size: int = 12,
) -> None:
    font = _font(size)
    pen.text((left + (width - pen.textlength(text, font)) / 2, top), text, ink, font)
