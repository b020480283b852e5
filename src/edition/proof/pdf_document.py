"""A document in the making: millimetres, inks and pictures over reportlab's canvas.

Draws and collects; nothing touches the disk before ``save``.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from reportlab import rl_config
from reportlab.lib.colors import CMYKColor, CMYKColorSep
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from edition.errors import ProofError
from edition.proof import icc_profiles, image_streaming, pdfx, png_passthrough
from edition.proof.document_model import Progress
from edition.proof.fonts import FontFamily, tidy
from edition.proof.paper_sizes import MM, Box, Size
from edition.proof.proof_styles import Ink, Style

Align = Literal["left", "centre", "right"]
REGISTRATION: Ink = (-1, -1, -1, -1)
"""Ink on every plate: for crop and registration marks alone."""


class PdfDocument:
    """A PDF document, page by page. Lengths in millimetres from the trim's lower left corner.

    Args:
        about: title, artist and date.
        style: type and inks.
        intent: an output intent's name or path.
        zoom: everything is drawn this much larger than it is said, the page too: how one layout
            serves small and large papers.

    Raises:
        ProofError: the style's font or the intent can't be used.
    """

    def __init__(
        self, about: pdfx.DocumentInfo, style: Style, intent: str = "fogra39", zoom: float = 1.0
    ) -> None:
        self.style = style
        self.type = FontFamily(style.type.family)
        self.pages = 0
        self.zoom = zoom
        self._about = about
        self._intent = icc_profiles.intent(intent)
        self._buffer = io.BytesIO()
        self._open = False
        self._scans: dict[Path, png_passthrough.ImageScan] = {}
        self._sources: dict[png_passthrough.ImageStream, ImageReader] = {}
        # ASCII85 would add a quarter to every stream.
        rl_config.useA85 = 0
        first = self.type.face("regular")
        self._canvas = Canvas(
            self._buffer,
            invariant=1,
            pageCompression=1,
            pdfVersion=(1, 6),
            # reportlab's own first font is Helvetica, which is never embedded.
            initialFontName=first,
        )

    def page(self, trim: Size, bleed: float = 0.0, around: Size | None = None) -> None:
        """Begins a page.

        Args:
            trim: the size the paper is cut to.
            bleed: how far pictures reach over the cut.
            around: paper outside of the trim, left and right, below and above; at least the bleed.
        """
        self._close()
        x, y = max(bleed, around.width if around else 0), max(bleed, around.height if around else 0)
        canvas, point = self._canvas, MM * self.zoom
        canvas.setPageSize(((trim.width + 2 * x) * point, (trim.height + 2 * y) * point))
        for grown, place in ((0.0, canvas.setTrimBox), (bleed, canvas.setBleedBox)):
            low = ((x - grown) * point, (y - grown) * point)
            place((*low, (x + trim.width + grown) * point, (y + trim.height + grown) * point))
        if self.zoom != 1:
            canvas.scale(self.zoom, self.zoom)
        canvas.translate(x * MM, y * MM)
        self.pages += 1
        self._open = True

    def _close(self) -> None:
        if self._open:
            self._canvas.showPage()
            self._open = False

    # -- drawing

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        weight: str = "regular",
        ink: Ink | None = None,
        align: Align = "left",
        room: float | None = None,
        upright: bool = False,
    ) -> float:
        """Sets one line with its baseline at ``y``.

        Args:
            x: the left edge, the middle or the right edge, by ``align``.
            y: the baseline.
            text: one line.
            size: points.
            weight: ``light``, ``regular`` or ``bold``.
            ink: the style's ink where None.
            align: where ``x`` stands.
            room: shorten the text to this width.
            upright: turn the line to the left around (x, y), so that it reads upwards.

        Returns:
            The width it took.

        Raises:
            ProofError: a letter can't be set.
        """
        self.check(text)
        if room is not None:
            text = self.type.cut(text, size, room, weight)
        width = self.type.width(text, size, weight)
        shift = {"left": 0.0, "centre": width / 2, "right": width}[align]
        self._fill(ink or self.style.colour.ink)
        pen = self._canvas.beginText()
        if upright:
            pen.setTextTransform(0, 1, -1, 0, x * MM, (y - shift) * MM)
        else:
            pen.setTextOrigin((x - shift) * MM, y * MM)
        for face, piece in self.type.runs(text, weight):
            pen.setFont(face, size)
            pen.textOut(piece)
        self._canvas.drawText(pen)
        return width

    def check(self, text: str) -> None:
        """Refuses a text that can't be set.

        Raises:
            ProofError: it names the letters.
        """
        missing = self.type.missing(text)
        if missing:
            shown = " ".join(f"{c} (U+{ord(c):04X})" for c in missing[:8])
            raise ProofError(
                f"The fonts can't set {shown} in {tidy(text)[:60]!r}.",
                hint="Write it in Latin, Greek or Cyrillic, or set [proof] font to a .ttf file"
                " that has these letters (scripts that need shaping can't be set).",
            )

    def rect(
        self, box: Box, fill: Ink | None = None, stroke: Ink | None = None, width_pt: float = 0.25
    ) -> None:
        """Draws a rectangle; a stroke lies inside of the box, so that its measure is true."""
        if fill is not None:
            self._fill(fill)
            self._canvas.rect(
                box.x * MM, box.y * MM, box.width * MM, box.height * MM, stroke=0, fill=1
            )
        if stroke is not None:
            inner = box.grown(-width_pt / 2 / MM)
            self._stroke(stroke, width_pt)
            self._canvas.rect(
                inner.x * MM, inner.y * MM, inner.width * MM, inner.height * MM, stroke=1, fill=0
            )

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        ink: Ink | None = None,
        width_pt: float = 0.25,
        dash: Sequence[float] = (),
    ) -> None:
        """Draws a straight line; dashes in points."""
        self._stroke(ink or self.style.colour.hair, width_pt)
        self._canvas.setDash(list(dash) if dash else [], 0)
        self._canvas.line(start[0] * MM, start[1] * MM, end[0] * MM, end[1] * MM)
        if dash:
            self._canvas.setDash([], 0)

    def circle(
        self, x: float, y: float, radius: float, fill: Ink | None = None,
        stroke: Ink | None = None, width_pt: float = 0.25,
    ) -> None:  # fmt: skip
        """Draws a circle."""
        if fill is not None:
            self._fill(fill)
        if stroke is not None:
            self._stroke(stroke, width_pt)
        self._canvas.circle(
            x * MM, y * MM, radius * MM, stroke=int(stroke is not None), fill=int(fill is not None)
        )

    def shape(
        self, start: tuple[float, float], curves: Sequence[Sequence[float]], fill: Ink
    ) -> None:
        """Fills a closed outline.

        Args:
            start: its first point.
            curves: pieces of two numbers (a line to x, y) or six (a cubic Bézier curve).
            fill: ink.
        """
        path = self._canvas.beginPath()
        path.moveTo(start[0] * MM, start[1] * MM)
        for piece in curves:
            numbers = [number * MM for number in piece]
            if len(numbers) == 2:
                path.lineTo(*numbers)
            else:
                path.curveTo(*numbers)
        path.close()
        self._fill(fill)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def clip(self, box: Box) -> None:
        """Draws only inside of a box until ``unclip``."""
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(box.x * MM, box.y * MM, box.width * MM, box.height * MM)
        self._canvas.clipPath(path, stroke=0, fill=0)

    def unclip(self) -> None:
        """Ends what ``clip`` began."""
        self._canvas.restoreState()

    # -- pictures

    def scan(self, file: Path) -> png_passthrough.ImageScan:
        """What a picture file says of itself; each file is asked once a document.

        Raises:
            ProofError: it is missing, damaged or no picture.
        """
        if file not in self._scans:
            self._scans[file] = png_passthrough.scan(file)
        return self._scans[file]

    def picture(self, file: Path, box: Box, most_ppi: float | None = None) -> float:
        """Places a picture; a file placed often is stored once.

        Args:
            file: the picture.
            box: where it goes; it is stretched to fill it.
            most_ppi: pixels an inch beyond which it is reduced; None never reduces.

        Returns:
            Pixels an inch across.

        Raises:
            ProofError: the file is missing, damaged or no picture.
        """
        scan = self.scan(file)
        ppi = scan.width / (box.width * self.zoom) * 25.4
        reduced = None
        if most_ppi is not None and ppi > most_ppi * 1.05:
            share = most_ppi / ppi
            reduced = (max(1, round(scan.width * share)), max(1, round(scan.height * share)))
        source = png_passthrough.ImageStream(scan, reduced)
        if source not in self._sources:
            number = len(self._sources)
            stand_in = Image.new("RGB", (1, 1), pdfx.stand_in(number))
            self._sources[source] = ImageReader(stand_in)
        self._canvas.drawImage(
            self._sources[source], box.x * MM, box.y * MM, box.width * MM, box.height * MM
        )
        return ppi

    # -- the end

    def save(self, out: Path, progress: Progress | None = None) -> int:
        """Writes the document whole, or not at all.

        Returns:
            How many pages it has.

        Raises:
            ProofError: a picture is damaged, or the file can't be written.
        """
        self._close()
        self._canvas.setTitle(self._about.title)
        self._canvas.save()
        sources = list(self._sources)
        skeleton = pdfx.finish(self._buffer.getvalue(), self._about, sources, self._intent)
        image_streaming.write(skeleton, sources, out, progress)
        return self.pages

    def _fill(self, ink: Ink) -> None:
        self._canvas.setFillColor(_colour(ink))

    def _stroke(self, ink: Ink, width_pt: float) -> None:
        self._canvas.setStrokeColor(_colour(ink))
        self._canvas.setLineWidth(width_pt)


def _colour(ink: Ink) -> CMYKColor:
    if ink == REGISTRATION:
        return CMYKColorSep(1, 1, 1, 1, spotName="All")
    return CMYKColor(*(part / 100 for part in ink))
