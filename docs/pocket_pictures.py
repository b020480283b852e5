"""Makes the embedded model's two sheets: 64 seeds of the four adjectives, and a dozen chosen ones.

python docs/pocket_pictures.py

Prints are those of the embedded edition: its sampler, steps, guidance, size and noise.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from edition import paths
from edition.diffusion import loading
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.recipe import edition_file

HERE = Path(__file__).parent / "pictures"
BATCH = 4
RECIPE = edition_file.read(paths.shipped_editions() / "pocket-dreams" / "edition.toml")
FOUR_WORDS = RECIPE.prompt.positive
DOZEN = (
    *((FOUR_WORDS, seed) for seed in (15, 18, 22, 27, 37, 43, 54, 56)),
    ("emerald forest", 2), ("teal arch", 3), ("crimson mountains, a sun", 4),
    ("amber mountains, light rays", 3),
)  # fmt: skip
"""Prompts and seeds, picked by eye."""


def paint(wanted: list[tuple[str, int]]) -> list[Image.Image]:
    """Pictures of prompts and seeds."""
    renderer = renderer_of(loading.load(RECIPE, "cpu"), "cpu")
    made: list[Image.Image] = []
    for start in range(0, len(wanted), BATCH):
        part = [
            RenderRequest(RECIPE.model_copy(update={"prompt": asked}), seed)
            for asked, seed in (
                (RECIPE.prompt.model_copy(update={"positive": prompt}), seed)
                for prompt, seed in wanted[start : start + BATCH]
            )
        ]
        made += renderer.draw(part)
        print(f"{len(made)} of {len(wanted)}", flush=True)
    return made


def sheet(pictures: list[Image.Image], across: int, side: int) -> Image.Image:
    """All of them as one, without gaps."""
    small = [np.asarray(p.resize((side, side), Image.Resampling.LANCZOS)) for p in pictures]
    rows = [np.concatenate(small[i : i + across], 1) for i in range(0, len(small), across)]
    return Image.fromarray(np.concatenate(rows))


def main() -> None:
    """Makes both, or the one that is named: ``dozen`` or ``sheet``."""
    wanted = sys.argv[1:] or ["dozen", "sheet"]
    if "dozen" in wanted:
        sheet(paint(list(DOZEN)), 6, 256).save(HERE / "pocket-dozen.jpg", quality=90)
    if "sheet" in wanted:
        seeds = [(FOUR_WORDS, seed) for seed in range(1, 65)]
        sheet(paint(seeds), 8, 160).save(HERE / "pocket-sheet.jpg", quality=88)


if __name__ == "__main__":
    main()
