"""What a person carries to the wall: the hanging list and the checklist."""

from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.page_layout import PT, PdfTable, TableColumn, dimensions, mm, paragraph, running
from edition.proof.paper_sizes import Box, Size, fitted
from edition.proof.pdf_document import PdfDocument
from edition.proof.wall_layout import Wall
from edition.recipe.proof_settings import ProofSettings

NOTE_LINES = 3
"""Lines that a note has beside its thumbnail; a longer one is cut."""


def _head(show: PrintSet) -> str:
    return " · ".join(part for part in (show.artist, show.title) if part)


def hanging_list(
    book: PdfDocument, size: Size, show: PrintSet, wall: Wall, settings: ProofSettings
) -> None:
    """Sets the table of where every frame and nail goes, over as many pages as it takes."""
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    shares = (0.05, 0.29, 0.11, 0.11, 0.11, 0.13, 0.13, 0.07)
    heads = (
        ("No.", "left"), ("Print", "left"), ("Left edge", "right"), ("Nail", "right"),
        ("Hook height", "right"), ("Print size", "right"), ("Frame size", "right"),
        ("Seed", "right"),
    )  # fmt: skip
    columns = [TableColumn(h, inner * s, a) for (h, a), s in zip(heads, shares, strict=True)]  # type: ignore[arg-type]
    table = PdfTable(book, columns, margin)
    y = -1.0
    for hung in wall.hung:
        if y - table.row_mm < margin:
            book.page(size)
            y = running(book, size, _head(show), "Hanging list") - 5
            if hung.number == 1:
                y = _how(book, y, margin, inner, wall, settings)
            y = table.head(y)
        cells = (
            str(hung.number),
            hung.framed.picture.name,
            mm(hung.box.x),
            mm(hung.nail_x),
            mm(hung.hook_y),
            dimensions(hung.framed.print_size),
            dimensions(hung.framed.frame_size),
            str(hung.framed.picture.seed),
        )
        y = table.row(y, cells)


def _how(
    book: PdfDocument, y: float, margin: float, inner: float, wall: Wall, settings: ProofSettings
) -> float:
    text = (
        "All lengths in millimetres. Left edge and nail are measured from the wall's left corner, "
        f"the hook from the floor: the frame's centre plus half its height, less "
        f"{mm(settings.hook_drop_mm)}. Centre line {mm(wall.centre_line)}. Frame "
        f"{mm(settings.frame_mm)}, mat {mm(settings.mat_mm)}."
    )
    style = book.style.type
    return paragraph(book, margin, y - 2, text, style.caption, inner * 0.72, soft=True) - 1


def checklist(book: PdfDocument, size: Size, show: PrintSet, wall: Wall) -> None:
    """Sets a small picture of each work with its caption and a box to tick."""
    margin = book.style.page.margin_mm
    inner = size.width - 2 * margin
    columns = max(2, round(inner / 62))
    gutter = 7.0
    cell = (inner - gutter * (columns - 1)) / columns
    step = PT * book.style.type.small * 1.5
    thumb = Size(cell * 0.46, cell * 0.5)
    row = thumb.height + 8.0
    y = -1.0
    for index, hung in enumerate(wall.hung):
        column = index % columns
        if column == 0:
            y -= row
            if y - thumb.height < margin:
                book.page(size)
                y = running(book, size, _head(show), "Checklist") - 7
        picture = hung.framed.picture
        x = margin + column * (cell + gutter)
        fit = fitted(picture.width, picture.height, thumb)
        book.picture(picture.file, Box(x, y - fit.height, fit.width, fit.height))
        _caption(book, x + thumb.width + 3, y, cell - thumb.width - 3, hung.number, picture,
                 [f"{dimensions(hung.framed.print_size)} mm"], step)  # fmt: skip


def _caption(
    book: PdfDocument, x: float, y: float, room: float, number: int, picture: ProofPrint,
    sizes: list[str], step: float,
) -> None:  # fmt: skip
    small, colour = book.style.type.small, book.style.colour
    book.rect(Box(x + room - 2.6, y - 2.6, 2.6, 2.6), stroke=colour.soft, width_pt=0.3)
    y -= small * PT * 0.9
    book.text(x, y, str(number), small, ink=colour.ink, weight="bold")
    y -= step * 1.15
    book.text(x, y, picture.name, small, ink=colour.ink, room=room)
    if picture.note:
        lowest = y - NOTE_LINES * step
        y = paragraph(book, x, y - step, picture.note, small, room, lowest=lowest) + step
    rows = [
        f"Seed {picture.seed}" if picture.title else "",
        picture.edition,
        picture.year,
        *sizes,
        f"{picture.width} × {picture.height} px",
        picture.upscaler,
        picture.licence,
    ]
    for text in (row for row in rows if row):
        y -= step
        book.text(x, y, text, small, ink=colour.soft, room=room)
