"""Makes the pictures of paper from a library that ``edition demo`` has filled.

    edition --library DIR demo && python docs/pictures.py DIR

Those of the screens are taken in real terminals: ``python -m tools.terminal_shots DIR OUT --docs
docs/pictures`` and ``python -m tools.terminal_film DIR docs/pictures/road.webp``.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image

from edition.actions import register, works
from edition.actions.print_sources import EditionSource
from edition.actions.session import Session
from edition.proof.rasterize import render_page
from edition.recipe.proof_settings import Opening, WallPlan

HERE = Path(__file__).parent / "pictures"
SLUG = "pocket-dreams"
FULL_COLOUR = {
    "plate": 900, "roll": 900, "title-page": 1400, "certificate": 1400, "contact-sheet": 1400,
}  # fmt: skip
"""Pages whose pictures and colour bars a palette would spoil, and their longer sides, pixels."""


def shrink(path: Path) -> None:
    """Fewer colours: these are pictures of screens and paper."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256)
    small.save(path, optimize=True)


def page(file: Path, index: int, name: str) -> None:
    """One page of a proof as PNG."""
    path = HERE / f"{name}.png"
    if name in FULL_COLOUR:
        render_page(file, index, side=FULL_COLOUR[name]).save(path, optimize=True)
        return
    render_page(file, index, side=1400).save(path)
    shrink(path)


WALLS = (
    WallPlan(name="North wall", width_mm=4200.0, works=4,
             openings=(Opening(kind="door", x_mm=1700.0, width_mm=900.0),)),
    WallPlan(name="East wall", width_mm=3000.0, works=2,
             openings=(Opening(kind="window", x_mm=1100.0, y_mm=900.0, width_mm=900.0,
                               height_mm=1200.0),)),
    WallPlan(name="South wall", width_mm=4200.0),
)  # fmt: skip


def paper(root: Path) -> None:
    """Every kind of page, of the edition's starred prints, named and numbered."""
    source = EditionSource(SLUG)
    with Session(root) as session:
        session.edit(SLUG, {"artist": "Ida Berg"})
        items = [work.item for work in source.works(session) if work.item is not None]
        works.say(session, items, {"medium": "Pigment print on cotton paper", "year": "2026"})
        for item, title, price in zip(
            items,
            ("Night Sea", "Arrival", "Ridge", "Far Shore"),
            ("€ 900", "€ 1,200", "€ 900", ""),
            strict=False,
        ):
            works.say(session, [item], {"title": title, "price": price})
        opened = {(row.digest, row.seed) for row in register.rows(session)}
        for item in items[:2]:
            if (item.digest, item.seed) not in opened:
                register.open_edition(session, item, 25, artist_proofs=3)
                told = register.Given("Hahnemühle Photo Rag 308", "Pigment ink")
                register.issue(session, item, told=told)
        settings = source.head(session).settings
        several = settings.model_copy(update={"walls": WALLS, "spacing": "even"})
        for kind, how, pages in (
            ("wall", settings, {0: "title-page", 1: "wall", 2: "hanging-list"}),
            ("wall", several, {1: "floor-plan", 2: "several-walls"}),
            ("checklist", settings, {0: "checklist"}),
            ("prices", settings, {0: "price-list"}),
            ("labels", settings, {0: "wall-labels"}),
            ("loan", settings, {0: "loan-list"}),
            ("condition", settings, {0: "condition-report"}),
            ("plates", settings, {0: "plate"}),
            ("order", settings, {0: "order-sheet"}),  # after the plates, which it names
            ("sheet", settings, {0: "contact-sheet"}),
            ("certificates", settings, {0: "certificate"}),
        ):
            file = source.make(session, kind, how).file
            for index, name in pages.items():
                page(file, index, name)
        rolls = settings.model_copy(update={"plate_paper": "roll44"})
        file = source.make(session, "plates", rolls, sizes=[300.0]).file
        page(file, 0, "roll")
        mailed(source.make(session, "show", several).file)


def mailed(file: Path) -> None:
    """The show in Chromium, at a desk and on a phone, side by side."""
    from playwright.sync_api import sync_playwright

    seen = []
    with sync_playwright() as played:
        chromium = played.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for width in (1180, 390):
            tab = chromium.new_page(viewport={"width": width, "height": 844})
            tab.goto(file.as_uri())
            seen.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
        chromium.close()
    both = Image.new("RGB", (1180 + 30 + 390, 844), (128, 128, 128))
    both.paste(seen[0], (0, 0))
    both.paste(seen[1], (1210, 0))
    both.save(HERE / "show.png")
    shrink(HERE / "show.png")


def main() -> None:
    """Makes all of them."""
    root = Path(sys.argv[1]).resolve()
    HERE.mkdir(exist_ok=True)
    paper(root)


if __name__ == "__main__":
    main()
