"""What a person carries to the wall: a line for each frame, with all that is measured for it."""

from collections.abc import Sequence
from itertools import pairwise

from edition.proof.document_model import PrintSet
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.page_layout import PT, TableColumn, length, paragraph, rule, running, sized
from edition.proof.paper_sizes import Box, Size, fitted
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import HungPrint, Wall
from edition.recipe.proof_settings import ProofSettings

VALUE_PT = 9.5
"""Numbers, to be read on a ladder."""
NAME_PT = 8.0
ROW_MM = 13.5
THUMB_MM = 11.0
_COLUMNS = (
    ("No.", 0.034, "left"), ("", 0.055, "left"), ("Work", 0.225, "left"),
    ("Print", 0.105, "right"), ("Frame", 0.105, "right"), ("Left edge", 0.075, "right"),
    ("Hook(s) at", 0.115, "right"), ("Hook height", 0.082, "right"), ("Top", 0.062, "right"),
    ("Bottom", 0.062, "right"), ("To the next", 0.08, "right"),
)  # fmt: skip


def hanging_list(
    book: PdfDocument, size: Size, show: PrintSet, walls: Sequence[Wall], settings: ProofSettings
) -> None:
    """Sets the table of where every frame and hook goes, over as many pages as it takes."""
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    columns = [TableColumn(head, inner * share, align) for head, share, align in _COLUMNS]  # type: ignore[arg-type]
    head = " · ".join(part for part in (show.artist, show.title) if part)
    y = -1.0
    for wall in walls:
        following = {one.number: other for one, other in _neighbours(wall)}
        for hung in wall.numbered:
            fresh = hung is wall.numbered[0]
            if y - ROW_MM - (9 if fresh else 0) < margin:
                book.page(size)
                y = running(book, size, head, "Hanging list") - 5
                if hung.number == 1:
                    y = _how(book, y, margin, inner, wall, settings)
                y = _heads(book, columns, margin, y)
            if fresh and wall.name:
                y = _wall(book, wall, margin, y, settings)
            _row(book, columns, margin, y, hung, following.get(hung.number), settings)
            y -= ROW_MM
            rule(book, margin, margin + inner, y)


def _neighbours(wall: Wall) -> list[tuple[HungPrint, HungPrint]]:
    """Frames that are read one after the other and hang beside each other."""
    pairs = pairwise(wall.numbered)
    return [
        (one, other) for one, other in pairs
        if other.box.x >= one.box.right and other.box.y < one.box.top and one.box.y < other.box.top
    ]  # fmt: skip


def _heads(book: PdfDocument, columns: Sequence[TableColumn], x: float, y: float) -> float:
    small, soft = book.style.type.small, book.style.colour.soft
    baseline = y - 4.2
    for place, column in _places(columns, x):
        book.text(place, baseline, column.head, small, ink=soft, align=column.align)
    rule(book, x, x + sum(column.width for column in columns), baseline - 1.8)
    return baseline - 1.8


def _places(columns: Sequence[TableColumn], x: float) -> list[tuple[float, TableColumn]]:
    places = []
    for column in columns:
        places.append((x + (column.width - 1 if column.align == "right" else 0), column))
        x += column.width
    return places


def _wall(book: PdfDocument, wall: Wall, x: float, y: float, settings: ProofSettings) -> float:
    told = f"{wall.name} · {sized(wall.size, settings.units)} {settings.units}"
    book.text(x, y - 6, told, VALUE_PT, weight="bold")
    return y - 9


def _row(
    book: PdfDocument,
    columns: Sequence[TableColumn],
    x: float,
    y: float,
    hung: HungPrint,
    after: HungPrint | None,
    settings: ProofSettings,
) -> None:
    units, picture = settings.units, hung.framed.picture
    baseline = y - ROW_MM / 2 - VALUE_PT * PT * 0.35
    cells = (
        str(hung.number),
        "",
        "",
        sized(hung.framed.print_size, units),
        sized(hung.framed.frame_size, units),
        length(hung.box.x, units),
        " + ".join(length(hook, units) for hook in hung.hooks),
        length(hung.hook_y, units),
        length(hung.box.top, units),
        length(hung.box.y, units),
        length(after.box.x - hung.box.right, units) if after else "–",
    )
    places = _places(columns, x)
    for (place, column), cell in zip(places, cells, strict=True):
        weight = "bold" if column.head in ("No.", "Left edge", "Hook height") else "regular"
        book.text(place, baseline, cell, _fitting(book, cell, column.width - 1, weight),
                  weight=weight, align=column.align)  # fmt: skip
    fit = fitted(picture.width, picture.height, Size(columns[1].width - 2, THUMB_MM))
    thumb = Box(places[1][0], y - (ROW_MM + fit.height) / 2, fit.width, fit.height)
    book.picture(picture.file, thumb, PREVIEW_PPI, shared=True)
    room = columns[2].width - 2
    told = " · ".join(t for t in (picture.edition, f"seed {picture.seed}", picture.year) if t)
    book.text(places[2][0], y - ROW_MM * 0.44, picture.untitled, NAME_PT, room=room)
    book.text(places[2][0], y - ROW_MM * 0.72, told, book.style.type.small, room=room,
              ink=book.style.colour.soft)  # fmt: skip


def _fitting(book: PdfDocument, cell: str, room: float, weight: str) -> float:
    """The size at which a number fits its column: no digit is ever cut."""
    wide = book.type.width(cell, VALUE_PT, weight)
    return VALUE_PT if wide <= room else VALUE_PT * room / wide


def _how(
    book: PdfDocument, y: float, margin: float, inner: float, wall: Wall, settings: ProofSettings
) -> float:
    units = settings.units
    text = (
        f"All lengths in {'millimetres' if units == 'mm' else 'inches'}. Left edges and hooks are "
        "measured from the wall's left corner, heights from the floor. Hook height: the frame's "
        f"upper edge less {length(settings.hook_drop_mm, units)}. Centre line "
        f"{length(wall.centre_line, units)}, frame {length(settings.frame_mm, units)}, mat "
        f"{length(settings.mat_mm, units)}. Two hooks: frames of "
        f"{length(settings.two_hooks_mm, units)} and wider."
    )
    return paragraph(book, margin, y - 2, text, book.style.type.caption, inner * 0.8) - 1
