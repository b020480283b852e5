"""Makes the pictures of paper from a library that ``edition demo`` has filled.

    edition --library DIR demo && python docs/pictures.py DIR

Those of the screens are taken in real terminals: ``python -m tools.terminal_shots DIR OUT --docs
docs/pictures`` and ``python -m tools.terminal_film DIR docs/pictures/road.webp``.
"""

import sys
from pathlib import Path

from PIL import Image

from edition.proof.rasterize import render_page

HERE = Path(__file__).parent / "pictures"
SLUG = "pocket-dreams"


def shrink(path: Path) -> None:
    """Fewer colours: these are pictures of screens and paper."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(path, optimize=True)


def page(root: Path, proof: str, index: int, name: str) -> None:
    """One page of a proof as PNG."""
    path = root / SLUG / "proofs" / proof
    render_page(path, index, side=1400).save(HERE / f"{name}.png")
    shrink(HERE / f"{name}.png")


def main() -> None:
    """Makes all of them."""
    root = Path(sys.argv[1]).resolve()
    HERE.mkdir(exist_ok=True)
    page(root, "wall.pdf", 1, "wall")
    page(root, "wall.pdf", 2, "hanging-list")
    page(root, "contact-sheet.pdf", 0, "contact-sheet")
    for proof, name in (("plates.pdf", "plate"), ("certificates.pdf", "certificate")):
        if (root / SLUG / "proofs" / proof).is_file():
            page(root, proof, 0, name)


if __name__ == "__main__":
    main()
