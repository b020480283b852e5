"""What pages have in common: running heads, paragraphs, tables, a title page."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edition.errors import ProofError
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.paper_sizes import Box, Size, fitted, length, sized
from edition.proof.pdf_document import Align, PdfDocument
from edition.proof.pdfx import DocumentInfo
from edition.proof.proof_styles import style as named_style
from edition.recipe.proof_settings import ProofSettings

PT = 25.4 / 72
"""A point in millimetres."""
SCALES = (1, 2, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500)
"""Scales a ruler knows, as 1:n."""
LEAST_ZOOM = 0.7
HERO_PPI = 300.0
"""Of the picture on a title page: it is half a page large, and opens the document."""
MOST_PPI = 450.0
"""Most pixels an inch of pictures that nobody prints from: a loupe on paper shows no more."""
LEAST_PT = 4.2
"""No letter on paper is smaller: what needs smaller ones is refused."""


def zoomed(size: Size) -> tuple[Size, float]:
    """A paper as a layout made for A4 sees it.

    Returns:
        The size to lay out, and how much larger it is drawn; papers smaller than A5 are laid out
        as themselves at A5's zoom, so that small letters stay legible.
    """
    zoom = max(LEAST_ZOOM, math.sqrt(size.width * size.height / (210 * 297)))
    return Size(size.width / zoom, size.height / zoom), zoom


def begin(
    show: PrintSet, settings: ProofSettings, zoom: float = 1.0, kind: str = ""
) -> PdfDocument:
    """A book in the settings' style.

    Args:
        show: what it is about.
        settings: style, font and profile.
        zoom: see Book.
        kind: what it is, ``wall``: two kinds of one show are two documents.

    Raises:
        ProofError: the style, the font or the profile can't be used, or a letter of a title, an
            artist or the statement can't be set.
    """
    style = named_style(settings.style)
    if settings.font:
        style = style.model_copy(
            update={"type": style.type.model_copy(update={"family": settings.font})}
        )
    made = any(picture.generated for picture in show.pictures)
    about = DocumentInfo(show.title, show.artist, show.date, kind, made)
    book = PdfDocument(about, style, settings.profile, zoom, light=settings.screen)
    for text in spoken(show):
        book.check(text)
    return book


def spoken(show: PrintSet) -> Iterator[str]:
    """What a person wrote to be read: every letter of it must be set, or nothing is made."""
    yield from (show.title, show.artist, show.statement)
    for picture in show.pictures:
        yield from (picture.title, picture.artist)


def mm(value: float) -> str:
    """A length as every page of a proof writes it: tenths only where there are any."""
    rounded = round(value + 1e-9, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def dimensions(size: Size) -> str:
    """Width × height in millimetres."""
    return f"{mm(size.width)} × {mm(size.height)}"


def marked(size: Size, units: str = "mm") -> str:
    """``W 300 × H 200 mm``: galleries write heights first, workshops widths; this says which."""
    return f"W {length(size.width, units)} × H {length(size.height, units)} {units}"


def both_units(size: Size) -> str:
    """``W 300 × H 200 mm (11 13/16 × 7 7/8 in)``."""
    return f"{marked(size)} ({sized(size, 'in')} in)"


def running(book: PdfDocument, size: Size, left: str, right: str) -> float:
    """Sets a page's head and foot: ``2 of 7``, the date.

    Returns:
        The y below which the page is free.
    """
    style = book.style
    margin = style.page.margin_mm
    y = size.height - margin
    text, soft = style.type.caption, style.colour.soft
    room = size.width - 2 * margin
    taken = book.text(size.width - margin, y, right, text, ink=soft, align="right", room=room / 2)
    book.text(margin, y, left, text, ink=soft, room=room - taken - 4)
    rule(book, margin, size.width - margin, y - 2.2)
    book.number(margin, size.width - margin, margin * 0.55)
    return y - 2.2


def rule(book: PdfDocument, left: float, right: float, y: float) -> None:
    """A hairline across, where the style has rules."""
    if book.style.page.rule_pt:
        book.line((left, y), (right, y), book.style.colour.hair, book.style.page.rule_pt)


def paragraph(
    book: PdfDocument,
    x: float,
    y: float,
    text: str,
    size: float,
    room: float,
    *,
    lowest: float = 0.0,
    weight: str = "regular",
    soft: bool = False,
    align: Align = "left",
) -> float:
    """Sets a text in lines from a first baseline downwards, down to ``lowest``.

    Returns:
        The baseline that a next line would have. A text too long for its place ends with ``…``.
    """
    step = size * PT * book.style.type.leading
    lines = book.type.lines(text, size, room, weight)
    fit = max(1, int((y - lowest) / step) + 1)
    if len(lines) > fit:
        lines = [*lines[: fit - 1], book.type.cut(lines[fit - 1] + " …", size, room, weight)]
    ink = book.style.colour.soft if soft else None
    for line in lines:
        book.text(x, y, line, size, weight=weight, ink=ink, align=align)
        # A blank line between paragraphs is half a line high.
        y -= step if line else step * 0.5
    return y


def pictures_space(book: PdfDocument, pictures: Sequence[ProofPrint]) -> str:
    """What colour space pictures are in: their own, whatever the PDF's output intent is."""
    own = [book.scan(picture.file).profile is not None for picture in pictures]
    if all(own):
        return "its own RGB profile" if len(own) == 1 else "their own RGB profiles"
    return "sRGB or their own RGB profiles" if any(own) else "sRGB"


MOST_LINES = 4
"""Of one value in a list of facts."""


def _labels(book: PdfDocument, rows: Sequence[tuple[str, str]], room: float, size: float) -> float:
    """Width of the column that labels are in."""
    return min(room * 0.4, max((book.type.width(name, size) for name, _ in rows), default=0) + 5)


def _value(book: PdfDocument, value: str, room: float, size: float) -> list[str]:
    lines = book.type.lines(value or "–", size, room) or ["–"]
    if len(lines) > MOST_LINES:
        last = book.type.cut(lines[MOST_LINES - 1] + " …", size, room)
        lines = [*lines[: MOST_LINES - 1], last]
    return lines


def facts_height(
    book: PdfDocument, rows: Sequence[tuple[str, str]], room: float, size: float | None = None
) -> float:
    """How high a list of facts will be, millimetres; at the style's size or another."""
    size = size or book.style.type.caption
    label = _labels(book, rows, room, size)
    count = sum(len(_value(book, value, room - label, size)) for _, value in rows)
    return count * size * PT * book.style.type.leading


def facts(
    book: PdfDocument,
    x: float,
    y: float,
    rows: Sequence[tuple[str, str]],
    room: float,
    lowest: float,
    size: float | None = None,
) -> float:
    """Sets labels and values in two columns; values break into four lines at most.

    They are set in the style's caption size or another. Where they do not fit above ``lowest`` they
    are set smaller, down to LEAST_PT on the paper.

    Returns:
        The baseline below the last row.

    Raises:
        ProofError: they don't fit.
    """
    size = size or book.style.type.caption
    # The last line is on ``lowest``: its own height is not needed below it.
    free = y - lowest + size * PT
    while rows and facts_height(book, rows, room, size) > free:
        size -= 0.25
        if size * book.zoom < LEAST_PT:
            raise too_small(book, f"{len(rows)} rows, from {rows[0][0]!r} on,")
    step = size * PT * book.style.type.leading
    label = _labels(book, rows, room, size)
    for name, value in rows:
        book.text(x, y, name, size, ink=book.style.colour.soft, room=label - 2)
        for line in _value(book, value, room - label, size):
            book.text(x + label, y, line, size)
            y -= step
    return y


BLANK_MM = 8.5
"""Height of a line to write on."""


def blanks(
    book: PdfDocument, x: float, y: float, room: float, labels: Sequence[str], across: int = 2
) -> float:
    """Draws labelled lines to write on, so many side by side.

    Returns:
        The y below the last.
    """
    size, gap = book.style.type.caption, 8.0
    wide = (room - gap * (across - 1)) / across
    named = max(book.type.width(label, size) for label in labels) + 2
    for index, label in enumerate(labels):
        row, column = divmod(index, across)
        left, base = x + column * (wide + gap), y - (row + 1) * BLANK_MM + 2
        book.text(left, base + 0.6, label, size, ink=book.style.colour.soft)
        book.line((left + named, base), (left + wide, base), book.style.colour.soft, 0.25)
    return y - math.ceil(len(labels) / across) * BLANK_MM - 1


def too_small(book: PdfDocument, what: str) -> ProofError:
    """What is raised where a page has no room for what must be on it."""
    return ProofError(
        f"{what} do not fit on page {book.pages} in letters of {LEAST_PT:g} pt.",
        hint="Set [proof] paper to a larger one, or margin_mm of the style smaller.",
    )


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table."""

    head: str
    width: float
    """Millimetres."""
    align: Align = "left"


def title_page(
    book: PdfDocument,
    size: Size,
    show: PrintSet,
    rows: Sequence[tuple[str, str]],
    hero: ProofPrint | None,
) -> None:
    """A first page: title, artist and statement beside one picture, the recipe below."""
    book.page(size)
    style = book.style
    margin = style.page.margin_mm * 1.25
    room = size.width - 2 * margin
    column = room if hero is None else room * 0.42
    if hero is not None:
        place = Size(room * 0.52, size.height - 2 * margin)
        fit = fitted(hero.width, hero.height, place)
        x = size.width - margin - fit.width
        place_box = Box(x, (size.height - fit.height) / 2, fit.width, fit.height)
        book.picture(hero.file, place_box, HERO_PPI)
        book.rect(place_box, stroke=style.colour.hair, width_pt=0.15)
    y = _title(book, size, show, margin, column)
    bottom = min(margin + facts_height(book, rows, column), size.height * 0.6)
    if bottom > y - 4:
        bottom = max(margin, y - 4)
    rule(book, margin, margin + column, bottom + 2)
    facts(book, margin, bottom - 3, rows, column, margin * 0.5)
    _statement(book, size, show, Box(margin, bottom + 8, column, y - 6 - bottom - 8))


def _statement(book: PdfDocument, size: Size, show: PrintSet, place: Box) -> None:
    """Sets the statement into its place on the title page, and what is left on pages of its own."""
    margin = book.style.page.margin_mm
    across = (size.width - 2 * margin - 10) / 2
    room = min(place.width, across)
    lines = book.type.lines(show.statement, book.style.type.text, room) if show.statement else []
    rest = _flow(book, lines, place.x, place.top, place.y)
    while rest:
        book.page(size)
        top = running(book, size, show.title, "Statement") - 8
        before = len(rest)
        for x in (margin, margin + across + 10):
            rest = _flow(book, rest, x, top, margin)
        if len(rest) == before:
            raise too_small(book, "The lines of the statement")


def _flow(book: PdfDocument, lines: list[str], x: float, y: float, lowest: float) -> list[str]:
    """Sets lines down to ``lowest``; returns those that have no place."""
    size = book.style.type.text
    step = size * PT * book.style.type.leading
    for index, line in enumerate(lines):
        if y < lowest:
            return lines[index:]
        book.text(x, y, line, size)
        # A blank line between paragraphs is half a line high.
        y -= step if line else step * 0.5
    return []


def _title(book: PdfDocument, size: Size, show: PrintSet, margin: float, column: float) -> float:
    """Sets artist and title; returns the last baseline."""
    style = book.style
    top = size.height - margin
    if style.page.masthead:
        book.line((margin, top + 3), (margin + column, top + 3), style.colour.ink, 1.2)
        book.line((margin, top + 2), (margin + column, top + 2), style.colour.ink, 0.3)
    head = style.type.head
    y = top - head * PT
    if show.artist:
        book.text(
            margin, y, show.artist, head, ink=style.colour.soft, room=column,
            weight=style.type.head_weight,
        )  # fmt: skip
        y -= style.type.display * PT * 1.15
    else:
        y = top - style.type.display * PT * 0.8
    weight = style.type.display_weight
    lines = book.type.lines(show.title, style.type.display, column, weight)
    if len(lines) > 4:
        last = book.type.cut(" ".join(lines[3:]) + " …", style.type.display, column, weight)
        lines = [*lines[:3], last]
    for line in lines:
        book.text(margin, y, line, style.type.display, weight=weight)
        y -= style.type.display * PT * 1.12
    if style.page.masthead:
        book.line((margin, y + 4), (margin + column, y + 4), style.colour.ink, 0.3)
        y -= 4
    return y + style.type.display * PT * 0.5
