"""Makes the README's pictures from a library that ``edition demo`` has filled.

    edition --library DIR demo && python docs/pictures.py DIR

Needs ``rsvg-convert`` for the screens.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from edition.proof.rasterize import render_page
from edition.tui.app import EditionApp

HERE = Path(__file__).parent / "pictures"
SLUG = "pocket-dreams"
SCREENS: dict[str, tuple[str, ...]] = {
    "light-table": ("down", "right"),
    "loupe": ("down", "right", "enter"),
    "arrange": ("P", "v", "w", "w", "right", "J"),
}
"""Picture name → keys pressed on the light table."""

FLAGS = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
"""Chromium has no sandbox for root."""


async def drawn(root: Path, keys: tuple[str, ...]) -> str:
    """One screen as SVG, 120 x 40 characters."""
    app = EditionApp(root, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1.0)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.6)
        return app.export_screenshot()


def screen(root: Path, name: str, keys: tuple[str, ...]) -> None:
    """One screen as PNG."""
    svg = asyncio.run(drawn(root, keys)).replace("<text ", '<text xml:space="preserve" ')
    out = HERE / f"{name}.png"
    command = ["rsvg-convert", "--width", "1400", "--output", str(out)]
    subprocess.run(command, input=svg.encode(), check=True)
    shrink(out)


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


def browser(root: Path) -> None:
    """The light table served to Chromium, which must be installed."""
    from playwright.sync_api import sync_playwright

    words = [sys.executable, "-m", "edition.cli", "--library", str(root), "serve", SLUG]
    served = subprocess.Popen([*words, "--port", "0", "--print-url"], stdout=subprocess.PIPE)
    assert served.stdout is not None
    url = served.stdout.readline().decode().strip()
    with sync_playwright() as played:
        chromium = played.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        seen = chromium.new_page(viewport={"width": 1280, "height": 800})
        seen.goto(url)
        seen.wait_for_selector("body.-first-byte")
        for key in SCREENS["light-table"]:
            seen.wait_for_timeout(600)
            seen.keyboard.press(f"Arrow{key.capitalize()}")
        seen.wait_for_timeout(600)
        seen.screenshot(path=HERE / "browser.png")
        chromium.close()
    served.terminate()
    served.wait()
    shrink(HERE / "browser.png")


def main() -> None:
    """Makes all of them."""
    root = Path(sys.argv[1]).resolve()
    HERE.mkdir(exist_ok=True)
    for name, keys in SCREENS.items():
        screen(root, name, keys)
    if shutil.which("chromium"):
        browser(root)
    page(root, "wall.pdf", 1, "wall")
    page(root, "wall.pdf", 2, "hanging-list")
    page(root, "contact-sheet.pdf", 0, "contact-sheet")
    for proof, name in (("plates.pdf", "plate"), ("certificates.pdf", "certificate")):
        if (root / SLUG / "proofs" / proof).is_file():
            page(root, proof, 0, name)


if __name__ == "__main__":
    main()
