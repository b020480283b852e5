"""Pages of a proof as pictures, rendered from the PDF itself."""

from pathlib import Path

import pypdfium2
from PIL import Image

from edition.errors import ProofError

MAX_SIDE = 12_000


def page_count(file: Path) -> int:
    """How many pages a PDF has.

    Raises:
        ProofError: it can't be opened.
    """
    document = _opened(file)
    try:
        return len(document)
    finally:
        document.close()


def render_page(
    file: Path, index: int, *, dpi: float | None = None, side: int | None = None
) -> Image.Image:
    """Renders one page.

    Args:
        file: the PDF.
        index: from 0.
        dpi: pixels an inch of paper.
        side: or the longer side in pixels; 1200 where neither is given.

    Returns:
        RGB.

    Raises:
        ProofError: the file can't be opened, or has no such page.
    """
    document = _opened(file)
    try:
        if not 0 <= index < len(document):
            raise ProofError(f"{file} has no page {index + 1}.", hint=f"It has {len(document)}.")
        page = document[index]
        width, height = page.get_size()
        scale = dpi / 72 if dpi else (side or 1200) / max(width, height)
        scale = min(scale, MAX_SIDE / max(width, height))
        picture: Image.Image = page.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as error:
        raise ProofError(f"Page {index + 1} of {file} can't be shown ({error}).") from error
    else:
        return picture.convert("RGB")
    finally:
        document.close()


def _opened(file: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(str(file))
    except (pypdfium2.PdfiumError, OSError) as error:
        raise ProofError(
            f"{file} can't be opened as a PDF ({error}).", hint="Make the proof again."
        ) from error
