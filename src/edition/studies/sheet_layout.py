"""Labelled grids: the place of every cell and label of a study, page by page.

Geometry alone, in pixels: ``edition.studies.sheet_png`` draws it as PNG, edition.actions.study_pdf
as PDF. A page never holds more than ``PAGE_PIXELS``, so memory does not grow with
the number of cells.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import text_format
from edition.studies.study_spec import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edition.studies.study_spec import Axis, Study

PAGE_PIXELS = 16_000_000
"""Of one page: 48 MB as RGB."""
MAX_SIDE = 12_000
SIDES = (64, 96, 128, 160, 192, 256)
"""Sides a cell may have when nobody chooses."""
TALL = 1800
"""A page up to this height is not cut into blocks side by side."""
GAP = 6
MARGIN = 48
HEAD = 110
LINE = 19
"""Line height of labels."""
TYPE = 14
"""Size of labels."""
NAMES = {
    "seed": "Seed", "prompt": "Prompt", "negative": "Against", "guidance": "Guidance",
    "rescale": "Rescale", "steps": "Steps", "sampler": "Sampler", "size": "Size",
    "pair": "", "twins": "", "link": "", "strength": "Strength",
    "model": "Model", "checkpoint": "Checkpoint", "start": "Start",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetText:
    """A text on a page."""

    x: int
    """Left, middle or right, by ``align``."""
    y: int
    """Upper edge of its first line."""
    text: str
    """Lines are separated by newlines."""
    size: int = TYPE
    weight: str = "regular"
    """``light``, ``regular`` or ``bold``."""
    soft: bool = False
    align: str = "left"
    room: int = 0
    """Wrap to this width; 0 leaves it on one line."""
    lines: int = 1
    """At most so many; what doesn't fit ends in an ellipsis."""


@dataclass(frozen=True, slots=True)
class CellSpot:
    """A cell's place."""

    place: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One picture of a sheet."""

    width: int
    height: int
    cell_width: int
    cell_height: int
    words: tuple[SheetText, ...]
    spots: tuple[CellSpot, ...]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet of a study: rows, columns, and what is fixed on it."""

    rows: Axis | None
    """None when there is only one axis: its cells flow, each labelled below."""
    columns: Axis
    fixed: tuple[tuple[Axis, int], ...]
    """Axes that run over sheets, each with the number of its value here."""
    steps: tuple[int, int]
    """How far the place goes from row to row and from column to column."""
    first: int
    """Place of the upper left cell."""

    def place(self, row: int, column: int) -> int:
        """The cell's number in the study."""
        return self.first + row * self.steps[0] + column * self.steps[1]


def tables(study: Study) -> tuple[SheetTable, ...]:
    """The sheets of a study: one for each value of a third axis and of further ones.

    Axes of one value are not shown as axes.
    """
    shape = study.shape
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    long = [k for k, n in enumerate(shape) if n > 1] or [0]
    down = long[0] if len(long) > 1 else None
    across = long[1] if len(long) > 1 else long[0]
    rest = long[2:]
    found = []
    for values in itertools.product(*(range(shape[k]) for k in rest)):
        first = sum(strides[k] * v for k, v in zip(rest, values, strict=True))
        found.append(
            SheetTable(
                rows=study.axes[down] if down is not None else None,
                columns=study.axes[across],
                fixed=tuple((study.axes[k], v) for k, v in zip(rest, values, strict=True)),
                steps=(strides[down] if down is not None else 0, strides[across]),
                first=first,
            )
        )
    return tuple(found)


def name_of(axis: Axis) -> str:
    """An axis as a sheet calls it."""
    return NAMES.get(axis.field, axis.field.rsplit(".", 1)[-1].replace("_", " ").capitalize())


def best_side(count: int, longest: int) -> int:
    """How large a cell is drawn when nobody chooses: smaller, the more there are.

    Args:
        count: cells on a sheet.
        longest: side of a print.
    """
    fitting = [side for side in SIDES if count * side * side <= PAGE_PIXELS * 0.6] or [SIDES[0]]
    return min(longest, fitting[-1])


def pages(
    study: Study, table: SheetTable, title: str, size: tuple[int, int], note: str = ""
) -> Iterator[SheetPage]:
    """Lays a sheet out.

    Args:
        study: whose sheet.
        table: of ``tables``.
        title: shown large on every page.
        size: of a drawn cell, width and height in pixels.
        note: shown below the title, after what is fixed on this sheet.
    """
    fixed = [f"{name_of(axis)} {label(axis.values[number])}" for axis, number in table.fixed]
    subtitle = " · ".join([*fixed, *([note] if note else [])])
    if table.rows is None:
        yield from _flow(table, title, subtitle, size)
    else:
        yield from _grid(study, table, title, subtitle, size)


def _flow(
    table: SheetTable, title: str, subtitle: str, size: tuple[int, int]
) -> Iterator[SheetPage]:
    """One axis: cells in reading order, each with its value below."""
    width, height = size
    texts = [label(value) for value in table.columns.values]
    lines = 1 if max(map(len, texts)) * 7 <= width else 3
    step = height + lines * LINE + 2 * GAP
    across = _columns(len(texts), width + GAP, step)
    down = max(1, min(MAX_SIDE, PAGE_PIXELS // (2 * MARGIN + across * (width + GAP))) // step - 1)
    for begin in range(0, len(texts), across * down):
        part = range(begin, min(len(texts), begin + across * down))
        spots, words = [], []
        for k, number in enumerate(part):
            x = MARGIN + k % across * (width + GAP)
            y = HEAD + k // across * step
            spots.append(CellSpot(table.place(0, number), x, y))
            words.append(SheetText(x, y + height + 4, texts[number], room=width, lines=lines))
        rows = math.ceil(len(part) / across)
        page_width = max(2 * MARGIN + min(across, len(part)) * (width + GAP) - GAP, 560)
        words += _heading(title, subtitle, page_width, begin, len(texts), len(part))
        yield SheetPage(
            page_width, HEAD + rows * step + MARGIN, width, height, tuple(words), tuple(spots)
        )


def _columns(count: int, step_x: int, step_y: int) -> int:
    """How many columns make a page a little wider than tall."""
    most = max(1, min(count, (4000 - 2 * MARGIN) // step_x))
    if count * step_x <= 2000:
        return most
    good = max(1, min(most, round(math.sqrt(count * step_y / step_x * 1.4))))
    near = range(max(1, round(good * 0.75)), min(most, round(good * 1.25)) + 1)
    # full rows where the count allows: 48 as 6 x 8, not as 5 x 9 and 3 left over
    return min(near, key=lambda k: (-count % k, abs(k - good)))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Measures of a two-axis page."""

    gutter: int
    head: int
    lines: int
    block: int
    """Width of one block of columns with its row labels."""
    step_x: int
    step_y: int


def _grid(
    study: Study, table: SheetTable, title: str, subtitle: str, size: tuple[int, int]
) -> Iterator[SheetPage]:
    """Two axes: rows and columns, cut into blocks side by side, and into pages."""
    if table.rows is None:
        return
    width, height = size
    rows = [label(value) for value in table.rows.values]
    columns = [label(value) for value in table.columns.values]
    gutter = _gutter(rows, name_of(table.rows), height)
    head_lines = 1 if max(map(len, columns)) * 8 <= width else 3
    step_x = width + GAP
    step_y = height + GAP
    most_across = max(1, (MAX_SIDE // 2 - 2 * MARGIN - gutter) // step_x)
    for left in range(0, len(columns), most_across):
        across = columns[left : left + most_across]
        frame = _Frame(
            gutter=gutter,
            head=HEAD + 26 + head_lines * LINE,
            lines=head_lines,
            block=gutter + len(across) * step_x + 2 * MARGIN // 3,
            step_x=step_x,
            step_y=step_y,
        )
        blocks, down = _blocks(len(rows), frame)
        for top in range(0, len(rows), blocks * down):
            part = range(top, min(len(rows), top + blocks * down))
            page = _page(table, (rows, columns), (part, left, len(across)), down, frame, size)
            heading = _heading(
                title,
                subtitle,
                page.width,
                top * len(columns) + left,
                len(rows) * len(columns),
                len(part) * len(across),
            )
            yield SheetPage(
                page.width, page.height, width, height, (*heading, *page.words), page.spots
            )


def _gutter(labels: list[str], name: str, height: int) -> int:
    """Room for row labels: long ones wrap into half of the row's height."""
    lines = max(1, height // LINE // 2)
    word = max((len(word) for text in labels for word in text.split()), default=1)
    wrapped = max(map(len, labels)) / lines
    wanted = max(
        wrapped if lines == 1 else wrapped + 3, min(word, 24), min(16, max(map(len, labels)))
    )
    return round(min(300, max(len(name) * 7 + 16, wanted * 8 + 14)))


def _blocks(rows: int, frame: _Frame) -> tuple[int, int]:
    """How many blocks fit side by side on a page, and how many rows each has."""
    best = (1, rows)
    for blocks in range(1, 41):
        down = math.ceil(rows / blocks)
        wide = 2 * MARGIN + blocks * frame.block
        tall = frame.head + down * frame.step_y + MARGIN
        best = (blocks, down)
        if tall <= TALL or (wide >= tall * 1.2 and wide * tall <= PAGE_PIXELS) or blocks >= rows:
            break
        if wide + frame.block > 6000:
            break
    blocks, down = best
    wide = 2 * MARGIN + blocks * frame.block
    room = min(MAX_SIDE, PAGE_PIXELS // wide) - frame.head - MARGIN
    return blocks, max(1, min(down, room // frame.step_y))


def _page(
    table: SheetTable,
    texts: tuple[list[str], list[str]],
    part: tuple[range, int, int],
    down: int,
    frame: _Frame,
    size: tuple[int, int],
) -> SheetPage:
    rows, columns = texts
    here, left, across = part
    width, height = size
    spots: list[CellSpot] = []
    words: list[SheetText] = []
    blocks = math.ceil(len(here) / down)
    for k, row in enumerate(here):
        block, line = divmod(k, down)
        x = MARGIN + block * frame.block
        y = frame.head + line * frame.step_y
        if line == 0:
            words += _block_head(table, columns, (left, across), x, frame, width)
        lines = max(1, min(6, height // LINE))
        words.append(SheetText(x, y + 4, rows[row], room=frame.gutter - 14, lines=lines))
        for column in range(across):
            cell_x = x + frame.gutter + column * frame.step_x
            spots.append(CellSpot(table.place(row, left + column), cell_x, y))
    page_width = max(2 * MARGIN + blocks * frame.block - 2 * MARGIN // 3 - GAP, 560)
    tall = frame.head + min(down, len(here)) * frame.step_y + MARGIN
    return SheetPage(page_width, tall, width, height, tuple(words), tuple(spots))


def _block_head(
    table: SheetTable,
    columns: list[str],
    part: tuple[int, int],
    x: int,
    frame: _Frame,
    width: int,
) -> list[SheetText]:
    """Both axes' titles and the column labels above a block."""
    left, across = part
    top = HEAD
    rows_name = name_of(table.rows) if table.rows else ""
    found = [
        SheetText(x + frame.gutter, top, name_of(table.columns), size=12, soft=True),
        SheetText(x, frame.head - LINE - 4, rows_name, size=12, soft=True),
    ]
    for column in range(across):
        found.append(
            SheetText(
                x + frame.gutter + column * frame.step_x,
                top + 20,
                columns[left + column],
                room=width,
                lines=frame.lines,
            )
        )
    return found


def _heading(
    title: str, subtitle: str, width: int, begin: int, count: int, here: int
) -> list[SheetText]:
    part = "" if here == count else f"{begin + 1:,}–{begin + here:,} of "
    right = f"{part}{text_format.count(count, 'cell')}"
    return [
        SheetText(MARGIN, 28, title, size=30, weight="light", room=width - 2 * MARGIN - 170),
        SheetText(MARGIN, 70, subtitle, size=14, soft=True, room=width - 2 * MARGIN),
        SheetText(width - MARGIN, 46, right, size=12, soft=True, align="right"),
    ]


def about(study: Study) -> str:
    """What all cells of a study share, in one line."""
    axes = {axis.field for axis in study.axes if len(axis.values) > 1}
    recipe, sampling = study.base, study.base.sampling
    parts = (
        ("prompt", recipe.prompt.positive),
        ("negative", f"against {recipe.prompt.negative}" if recipe.prompt.negative else ""),
        ("sampler", sampling.sampler),
        ("steps", f"{sampling.steps} steps"),
        ("guidance", f"guidance {sampling.guidance:g}"),
        ("size", f"{sampling.width} × {sampling.height}"),
    )
    return " · ".join(text for field, text in parts if field not in axes and text)
