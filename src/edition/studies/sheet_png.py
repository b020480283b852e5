"""Pages of a study as PNG: one page in memory at a time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from edition import atomic, paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edition.studies.sheet_layout import SheetPage, SheetText

PAPER = (250, 249, 246)
INK = (33, 31, 28)
SOFT = (132, 126, 116)
EMPTY = (236, 233, 226)
ACCENT = (176, 68, 40)
LINE_HEIGHT = 1.36
_FILES = {"light": "Lato-Light", "regular": "Lato-Regular", "bold": "Lato-Bold"}


class CellImage:
    """What a cell shows: a picture, or why there is none."""

    __slots__ = ("file", "picture", "reason", "star")

    def __init__(
        self,
        picture: Image.Image | None = None,
        *,
        star: bool = False,
        reason: str = "",
        file: Path | None = None,
    ) -> None:
        """Takes a picture of any size.

        Args:
            picture: None leaves the cell empty.
            star: drawn as a mark.
            reason: shown in an empty cell.
            file: where the picture lies whole; None for one that was only made to be shown.
        """
        self.picture, self.star, self.reason, self.file = picture, star, reason, file


def paint(page: SheetPage, look: Callable[[int], CellImage]) -> Image.Image:
    """Draws a page.

    Args:
        page: of ``edition.studies.sheet_layout.pages``.
        look: the cell at a place; called once for each, so that pictures can be let go.

    Returns:
        RGB, page.width x page.height.
    """
    canvas = Image.new("RGB", (page.width, page.height), PAPER)
    pen = ImageDraw.Draw(canvas)
    for words in page.words:
        write(pen, words)
    size = (page.cell_width, page.cell_height)
    for spot in page.spots:
        shown = look(spot.place)
        box = (spot.x, spot.y, spot.x + size[0] - 1, spot.y + size[1] - 1)
        if shown.picture is None:
            pen.rectangle(box, fill=EMPTY)
            if shown.reason:
                _reason(pen, shown.reason, spot.x, spot.y, size)
            continue
        picture = shown.picture
        if picture.size != size:
            picture = fit(picture, size)
        canvas.paste(picture, (spot.x, spot.y))
        if shown.star:
            outer = (box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3)
            pen.rectangle(outer, outline=ACCENT, width=2)
    return canvas


def fit(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture inside a size, its proportions kept, on paper."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    inner = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    how = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    small = picture.resize(inner, how, reducing_gap=3.0)
    if inner == size:
        return small
    around = Image.new("RGB", size, EMPTY)
    around.paste(small, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return around


def save(image: Image.Image, path: Path) -> None:
    """Writes a page as PNG, whole or not at all."""
    with atomic.opened(path) as stream:
        image.save(stream, "PNG", compress_level=4)


def write(pen: ImageDraw.ImageDraw, words: SheetText) -> None:
    """Sets a text."""
    face = font(words.weight, words.size, plain=_is_latin(words.text))
    ink = SOFT if words.soft else INK
    lines = wrap(words.text, face, words.room, words.lines) if words.room else [words.text]
    for k, line in enumerate(lines):
        x = float(words.x)
        if words.align != "left":
            x -= face.getlength(line) / (1 if words.align == "right" else 2)
        pen.text((x, words.y + k * words.size * LINE_HEIGHT), line, font=face, fill=ink)


def wrap(text: str, face: ImageFont.FreeTypeFont, room: float, most: int) -> list[str]:
    """A text in lines of a width; the last one ends in an ellipsis when it is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    cut = len(lines) > most
    lines = lines[:most]
    return [
        _cut(line, face, room, ended=not (cut and k == most - 1)) for k, line in enumerate(lines)
    ]


def _cut(line: str, face: ImageFont.FreeTypeFont, room: float, *, ended: bool) -> str:
    if ended and face.getlength(line) <= room:
        return line
    while line and face.getlength(line + "…") > room:
        line = line[:-1]
    return line.rstrip(" ,;") + "…"


def _reason(pen: ImageDraw.ImageDraw, reason: str, x: int, y: int, size: tuple[int, int]) -> None:
    face = font("regular", 11, plain=_is_latin(reason))
    for k, line in enumerate(wrap(reason, face, size[0] - 12, max(1, (size[1] - 8) // 15))):
        pen.text((x + 6, y + 5 + k * 15), line, font=face, fill=ACCENT)


@cache
def font(weight: str, size: int, *, plain: bool = True) -> ImageFont.FreeTypeFont:
    """A face that ships.

    Args:
        weight: ``light``, ``regular`` or ``bold``.
        size: pixels.
        plain: Lato; False takes DejaVu Sans, which has Greek, Cyrillic and signs.
    """
    name = _FILES[weight] if plain else "DejaVuSans"
    return ImageFont.truetype(str(paths.fonts_folder() / f"{name}.ttf"), size)


def _is_latin(text: str) -> bool:
    return all(ord(char) < 0x180 or char in "–—…·×‘’“”" for char in text)  # noqa: RUF001
