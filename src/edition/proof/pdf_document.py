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

from edition import __version__
from edition.errors import ProofError
from edition.proof import icc_profiles, image_streaming, pdfx, png_passthrough
from edition.proof.document_model import Progress, dated
from edition.proof.fonts import FontFamily, tidy
from edition.proof.paper_sizes import MM, Box, Size
from edition.proof.proof_styles import Ink, Style

Align = Literal["left", "centre", "right"]
SCREEN_PPI = 150.0
SCREEN_QUALITY = 82
SHARED_PX = (256, 384, 576, 864, 1296, 1944, 2916)
"""Longer sides that small pictures are reduced to: each at most half as large again as needed."""
REGISTRATION: Ink = (-1, -1, -1, -1)
"""Ink on every plate: for crop and registration marks alone."""


class PdfDocument:
    """A PDF document, page by page. Lengths in millimetres from the trim's lower left corner.

    Args:
        about: title, artist and date.
        style: type and inks.
        intent: an output intent's name or path.
        zoom: everything is drawn this much larger than stated, the page too: how one layout
            serves small and large papers.
        light: for screens and mail: pictures as JPEG of SCREEN_PPI at most.

    Raises:
        ProofError: the style's font or the intent can't be used.
    """

    def __init__(
        self, about: pdfx.DocumentInfo, style: Style, intent: str = "fogra39", zoom: float = 1.0,
        *, light: bool = False,
    ) -> None:  # fmt: skip
        self.style = style
        self.type = FontFamily(style.type.family)
        self.pages = 0
        self.zoom = zoom
        self.light = light
        self._about = about
        self._intent = icc_profiles.intent(intent)
        self._buffer = io.BytesIO()
        self._open = False
        self._drawn: list[dict[str, object]] = []
        self._foot: tuple[float, float, float] | None = None
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
            # Kept until the last page is known: a foot says 2 of 7.
            self._drawn.append({**self._canvas.__dict__, "foot": self._foot})
            self._canvas._startPage()
            self._open, self._foot = False, None

    def number(self, left: float, right: float, y: float) -> None:
        """Puts "page n of m" and the document's date on this page's foot."""
        self._foot = left, right, y

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
        """Sets one line with its baseline at ``y``; a letter that no font has is set as a box.

        Titles, artists and statements are asked for with ``check`` first.

        Args:
            x: the left edge, the middle or the right edge, by ``align``.
            y: the baseline.
            text: one line.
            size: points.
            weight: ``light``, ``regular`` or ``bold``.
            ink: the style's ink where None.
            align: which part of the text is at ``x``.
            room: shorten the text to this width.
            upright: turn the line to the left around (x, y), so that it reads upwards.

        Returns:
            The width it took.
        """
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

    def turn(self, box: Box) -> None:
        """Draws turned to the left by a quarter inside of a box, from (0, 0), until ``unclip``."""
        self._canvas.saveState()
        self._canvas.translate(box.right * MM, box.y * MM)
        self._canvas.rotate(90)

    @property
    def condition(self) -> str:
        """What the output intent is called."""
        return self._intent.condition

    # -- pictures

    def reflected(self, file: Path, box: Box, sides: tuple[int, int], factor: float) -> None:
        """Places a picture mirrored at an edge or a corner of its own box.

        Args:
            file: the picture.
            box: where it is; what is drawn is beside it.
            sides: -1 mirrors at the left or lower edge, 1 at the right or upper, 0 leaves it.
            factor: how much the mirrored picture is stretched away from the edge.
        """
        scale, move = [], []
        for side, low, high in ((sides[0], box.x, box.right), (sides[1], box.y, box.top)):
            edge = low if side < 0 else high
            scale.append(-factor if side else 1.0)
            move.append(edge * (1 + factor) if side else 0.0)
        self._canvas.saveState()
        self._canvas.transform(scale[0], 0, 0, scale[1], move[0] * MM, move[1] * MM)
        self.picture(file, box)
        self._canvas.restoreState()

    def scan(self, file: Path) -> png_passthrough.ImageScan:
        """A picture file's header; each file is read once a document.

        Raises:
            ProofError: it is missing, damaged or no picture.
        """
        if file not in self._scans:
            self._scans[file] = png_passthrough.scan(file)
        return self._scans[file]

    def picture(
        self, file: Path, box: Box, most_ppi: float | None = None, *, shared: bool = False
    ) -> float:
        """Places a picture; a file placed often is stored once.

        Args:
            file: the picture.
            box: where it goes; it is stretched to fill it.
            most_ppi: pixels an inch beyond which it is reduced; None never reduces.
            shared: reduce to one of a few sizes, so that a picture which is small on several
                pages is stored once; it may have half as many pixels more.

        Returns:
            Pixels an inch across.

        Raises:
            ProofError: the file is missing, damaged or no picture.
        """
        scan = self.scan(file)
        ppi = scan.width / (box.width * self.zoom) * 25.4
        if self.light:
            most_ppi = min(most_ppi or SCREEN_PPI, SCREEN_PPI)
        reduced = None
        if most_ppi is not None and ppi > most_ppi * 1.05:
            longer = max(scan.width, scan.height)
            wanted = longer * most_ppi / ppi
            if shared:
                wanted = next((step for step in SHARED_PX if step >= wanted), wanted)
            share = wanted / longer
            if share < 1:
                reduced = (max(1, round(scan.width * share)), max(1, round(scan.height * share)))
        source = png_passthrough.ImageStream(scan, reduced, SCREEN_QUALITY if self.light else 0)
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
        for number, page in enumerate(self._drawn, 1):
            foot = page.pop("foot")
            self._canvas.__dict__.update(page)
            if isinstance(foot, tuple):
                self._set_foot(foot, number)
            self._canvas.showPage()
        self._drawn.clear()
        self._canvas.setTitle(self._about.title)
        self._canvas.save()
        sources = list(self._sources)
        skeleton = pdfx.finish(self._buffer.getvalue(), self._about, sources, self._intent)
        image_streaming.write(skeleton, sources, out, progress)
        return self.pages

    def _set_foot(self, foot: tuple[float, float, float], number: int) -> None:
        left, right, y = foot
        small, soft = self.style.type.small, self.style.colour.soft
        told = f"{number} of {self.pages}"
        taken = self.text(right, y, told, small, ink=soft, align="right")
        made = f"made with edition {__version__}"  # not to be read as the artwork's edition
        about = " · ".join(part for part in (dated(self._about.date), made) if part)
        self.text(left, y, about, small, ink=soft, room=max(right - left - taken - 3, 1))

    def _fill(self, ink: Ink) -> None:
        self._canvas.setFillColor(_colour(ink))

    def _stroke(self, ink: Ink, width_pt: float) -> None:
        self._canvas.setStrokeColor(_colour(ink))
        self._canvas.setLineWidth(width_pt)


def _colour(ink: Ink) -> CMYKColor:
    if ink == REGISTRATION:
        return CMYKColorSep(1, 1, 1, 1, spotName="All")
    return CMYKColor(*(part / 100 for part in ink))
