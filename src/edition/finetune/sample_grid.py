"""Samples side by side: a row for every time they were drawn, a column for every seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from edition import atomic
from edition.errors import TrainError

if TYPE_CHECKING:
    from pathlib import Path

_SIDE, _GAP, _MARGIN = 160, 6, 64
_PAPER, _INK = (250, 248, 244), (40, 38, 36)


def samples_sheet(folder: Path, rows: int = 12) -> Path | None:
    """Draws ``sheet.png`` of the samples in a folder, the first and the latest rows of them.

    Args:
        folder: holds ``step-000000/1.png`` and so on.
        rows: at most so many.

    Returns:
        The file; None when there is no sample.
    """
    steps = sorted(path for path in folder.glob("step-*") if path.is_dir())
    if len(steps) > rows:
        steps = [steps[0], *steps[-(rows - 1) :]]
    columns = sorted({int(p.stem) for step in steps for p in step.glob("*.png")})
    if not columns:
        return None
    size = (
        _MARGIN + len(columns) * (_SIDE + _GAP) + _GAP,
        28 + len(steps) * (_SIDE + _GAP) + _GAP,
    )
    sheet = Image.new("RGB", size, _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for x, seed in enumerate(columns):
        pen.text((_MARGIN + x * (_SIDE + _GAP) + _GAP, 8), f"seed {seed}", _INK, font)
    for y, step in enumerate(steps):
        top = 28 + y * (_SIDE + _GAP)
        pen.text((8, top + _SIDE / 2), str(int(step.name.split("-")[1])), _INK, font)
        for x, seed in enumerate(columns):
            file = step / f"{seed}.png"
            if file.is_file():
                with Image.open(file) as image:
                    image.thumbnail((_SIDE, _SIDE))
                    sheet.paste(image, (_MARGIN + x * (_SIDE + _GAP) + _GAP, top))
    target = folder / "sheet.png"
    with atomic.opened(target, TrainError) as stream:
        sheet.save(stream, "PNG")
    return target
