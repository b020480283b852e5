"""Makes the embedded model's two sheets: 64 seeds of the four adjectives, and a dozen chosen ones.

python docs/pocket_pictures.py
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from edition import paths

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools are beside, in no package

from tools.pocket_model.palettes import FOUR
from tools.pocket_model.pipeline import load_pipeline

HERE = Path(__file__).parent / "pictures"
STEPS, GUIDANCE, SIZE, BATCH = 50, 3.0, 512, 4
FOUR_WORDS = ", ".join(FOUR)
DOZEN = (
    *((FOUR_WORDS, seed) for seed in (0, 2, 4, 5, 6, 8, 9, 12)),
    ("emerald forest", 1), ("amber city", 1), ("a lone monolith, gold light", 2),
    ("copper canyon", 2),
)  # fmt: skip
"""Prompts and seeds, picked by eye."""


def paint(wanted: list[tuple[str, int]]) -> list[Image.Image]:
    """Pictures of prompts and seeds."""
    pocket = load_pipeline(paths.pocket_folder())
    pocket.set_progress_bar_config(disable=True)
    made: list[Image.Image] = []
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        made += pocket(
            [prompt for prompt, _ in part], num_inference_steps=STEPS, guidance_scale=GUIDANCE,
            height=SIZE, width=SIZE,
            generator=[torch.Generator().manual_seed(seed) for _, seed in part],
        ).images  # fmt: skip
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
        seeds = [(FOUR_WORDS, seed) for seed in range(64)]
        sheet(paint(seeds), 8, 160).save(HERE / "pocket-sheet.jpg", quality=88)


if __name__ == "__main__":
    main()
