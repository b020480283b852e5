"""A map of learning rate and steps on a page. Loads reportlab: not for what only queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from edition import paths
from edition.proof.paper_sizes import Box, Size
from edition.proof.pdf_document import PdfDocument
from edition.proof.pdfx import DocumentInfo
from edition.proof.proof_styles import style
from edition.studies.grid_png import paint
from edition.studies.lr_steps_grid import read

if TYPE_CHECKING:
    from pathlib import Path

    from edition.actions.session import Session

_MM_A_PIXEL = 25.4 / 100
_PRINT_SCALE = 3
"""A map on paper has so many pixels for one on a screen: 300 to the inch."""


def write(session: Session, slug: str, name: str = "corridor") -> Path:
    """Puts a map on a page of its own size.

    Returns:
        The PDF, beside the map.

    Raises:
        StudyError: there is no such map.
        ProofError: the file can't be written.
    """
    folder = paths.studies_folder(session.root, slug) / name
    large = folder / "map-print.png"
    paint(read(folder), folder, large, scale=_PRINT_SCALE)
    with Image.open(large) as sheet:
        size = Size(*(side * _MM_A_PIXEL / _PRINT_SCALE for side in sheet.size))
    book = PdfDocument(
        DocumentInfo(f"{session.recipe(slug).title}: learning rate and steps", "", ""),
        style("gallery"),
    )
    book.page(size)
    book.picture(large, Box(0, 0, size.width, size.height), 300.0)
    out = folder / "map.pdf"
    book.save(out)
    return out
