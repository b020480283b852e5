"""What a person carries to the wall: a line for each frame, with all that is measured for it."""

from collections.abc import Sequence

from edition.proof.document_model import PrintSet
from edition.proof.elevation import PREVIEW_PPI
from edition.proof.page_layout import PT, TableColumn, paragraph, rule, running
from edition.proof.paper_sizes import Box, Size, fitted, length, sized
from edition.proof.pdf_document import Align, PdfDocument
from edition.proof.wall_layout import HungPrint, Wall
from edition.recipe.proof_settings import ProofSettings

VALUE_PT = 9.5
"""Numbers, to be read on a ladder."""
NAME_PT = 8.0
ROW_MM = 13.5
THUMB_MM = 11.0
_COLUMNS: tuple[tuple[str, Align], ...] = (
    ("No.", "left"), ("", "left"), ("Work", "left"), ("Print, W × H", "right"),
    ("Frame, W × H", "right"), ("Left edge", "right"), ("Hook(s) at", "right"),
    ("Hook height", "right"), ("Top", "right"), ("Bottom", "right"), ("To the next", "right"),
)  # fmt: skip
_SHARES = {
    "mm": (0.034, 0.055, 0.205, 0.108, 0.108, 0.079, 0.115, 0.088, 0.064, 0.064, 0.08),
    "in": (0.028, 0.045, 0.132, 0.138, 0.138, 0.08, 0.159, 0.08, 0.066, 0.066, 0.068),
}
"""Of the page's width; inches to the sixteenth are longer."""
_DRILLED = ("No.", "Hook(s) at", "Hook height")
"""What is bold: where to drill for which work."""
_APART_MM = 3.0
"""Between two numbers side by side."""


def hanging_list(
    book: PdfDocument, size: Size, show: PrintSet, walls: Sequence[Wall], settings: ProofSettings
) -> None:
    """Sets the table of where every frame and hook goes, over as many pages as it takes."""
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    columns = [
        TableColumn(head, inner * share, align)
        for (head, align), share in zip(_COLUMNS, _SHARES[settings.units], strict=True)
    ]
    head = " · ".join(part for part in (show.artist, show.title) if part)
    several = ", ".join(wall.name for wall in walls if wall.name) if len(walls) > 1 else ""
    named = f"Hanging list · {several}" if several else "Hanging list"
    y = -1.0
    for wall in walls:
        following = {one.number: other for one, other in wall.neighbours}
        below = {one.number: other for one, other in wall.stacked}
        for hung in wall.numbered:
            fresh = hung is wall.numbered[0]
            turned = y - ROW_MM - (9 if fresh else 0) < margin
            if turned:
                book.page(size)
                y = running(book, size, head, named) - 5
                if hung.number == 1:
                    y = _how(book, y, margin, inner, wall, settings)
                y = _heads(book, columns, margin, y)
            if (fresh or turned) and wall.name:
                y = _wall(book, wall, margin, y, settings)
            after = following.get(hung.number)
            _row(book, columns, margin, y, hung, after, settings)
            if told := _beside(wall, hung, after, below.get(hung.number), settings):
                book.text(margin + inner - 1, y - ROW_MM * 0.85, told, book.style.type.small,
                          align="right")  # fmt: skip
            y -= ROW_MM
            rule(book, margin, margin + inner, y)


def _beside(
    wall: Wall,
    hung: HungPrint,
    after: HungPrint | None,
    below: HungPrint | None,
    settings: ProofSettings,
) -> str:
    """What stands under the gap to the next frame: what is in it, and the gap down."""
    past = wall.between(hung.box, after.box) if after else ()
    told = [f"past a {past[0].kind}"] if past else []
    if below:
        gap = length(hung.box.y - below.box.top, settings.units)
        told.append(f"{gap} down to no. {below.number}")
    return ", ".join(told)


def _heads(book: PdfDocument, columns: Sequence[TableColumn], x: float, y: float) -> float:
    size, soft = book.style.type.caption, book.style.colour.soft
    baseline = y - 4.2
    for place, column in _places(columns, x):
        book.text(place, baseline, column.head, size, ink=soft, align=column.align)
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
        weight = "bold" if column.head in _DRILLED else "regular"
        room = column.width - (_APART_MM if column.align == "right" else 1)
        book.text(place, baseline, cell, _fitting(book, cell, room, weight),
                  weight=weight, align=column.align)  # fmt: skip
    fit = fitted(picture.width, picture.height, Size(columns[1].width - 2, THUMB_MM))
    thumb = Box(places[1][0], y - (ROW_MM + fit.height) / 2, fit.width, fit.height)
    book.picture(picture.file, thumb, PREVIEW_PPI, shared=True)
    room = columns[2].width - 2
    told = " · ".join(t for t in (picture.edition, f"seed {picture.seed}", picture.year) if t)
    book.text(places[2][0], y - ROW_MM * 0.44, picture.name, NAME_PT, room=room)
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
        f"{length(wall.centre_line, units)}. "
    )
    if settings.two_hooks_mm:
        text += f"Two hooks: frames of {length(settings.two_hooks_mm, units)} and wider. "
    text += (
        f"Frames are reckoned as print, mat of {length(settings.mat_mm, units)} and moulding of "
        f"{length(settings.frame_mm, units)}: measure each frame and its hook before drilling."
    )
    if units == "in":
        text += " Each length is rounded to 1/16 inch by itself: don't add them up."
    return paragraph(book, margin, y - 2, text, book.style.type.caption, inner * 0.8) - 1
