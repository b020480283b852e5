"""The embedded edition's prints in several ways: how long they take, and how near they stay.

All ways draw the same seeds in one process, in turn. CPU seconds, so that other work on the machine
counts less; the ratio is to the first way, 50 steps of DDIM, the embedded edition's until then.
PSNR and gradient are held against the first way too.

    python benchmarks/pocket_speed.py --threads 1 --json FILE --sheet FILE
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from edition.diffusion import device, loading
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.recipe.recipe import Recipe, Sampling

SEEDS = (1, 2, 3, 4)
WAYS = {
    "ddim 50": (Sampling(), 4),
    "unipc 20": (Sampling(sampler="unipc", steps=20), 4),
    "unipc 20, batch 2": (Sampling(sampler="unipc", steps=20), 2),
    "unipc 20, alone": (Sampling(sampler="unipc", steps=20), 1),
    "unipc 15": (Sampling(sampler="unipc", steps=15), 4),
    "unipc 20, bfloat16": (Sampling(sampler="unipc", steps=20, dtype="bfloat16"), 4),
    "dpmpp_2m_sde 28": (Sampling(sampler="dpmpp_2m_sde", steps=28), 4),
}
"""How, and how many prints at once."""


def drawn(sampling: Sampling, size: int) -> tuple[float, np.ndarray]:
    """CPU seconds a print, and the prints: (n, h, w, 3)."""
    recipe = Recipe(sampling=sampling)
    renderer = renderer_of(loading.load(recipe, "cpu"), "cpu")
    began, images = time.process_time(), list[Image.Image]()
    for first in range(0, len(SEEDS), size):
        images += renderer.draw(
            [RenderRequest(recipe, seed) for seed in SEEDS[first : first + size]]
        )
    return (time.process_time() - began) / len(SEEDS), np.stack([np.asarray(i) for i in images])


def gradient(prints: np.ndarray) -> float:
    """Mean difference of neighbours along a row, lightness of 0 to 255."""
    return float(np.abs(np.diff(prints.astype(np.float32).mean(-1), axis=2)).mean())


def main() -> None:
    """Draws, compares and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheet", type=Path, help="all prints side by side, a seed a row, PNG")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    made = {name: drawn(*way) for name, way in WAYS.items()}
    base_seconds, base = made["ddim 50"]
    rows = []
    print(f"{device.pick('cpu').title}, {platform.machine()}, {chosen.threads} threads, 512 x 512")
    print(f"{'way':20} {'CPU s a print':>13} {'ratio':>7} {'PSNR, dB':>9} {'gradient':>9}")
    for name, (seconds, prints) in made.items():
        wrong = np.mean((prints.astype(np.float32) - base) ** 2)
        psnr = float(10 * np.log10(255**2 / wrong)) if wrong else None
        share = gradient(prints) / gradient(base)
        ratio = base_seconds / seconds
        rows.append({"way": name, "cpu_seconds": seconds, "ratio": ratio, "psnr": psnr,
                     "gradient": share})  # fmt: skip
        print(f"{name:20} {seconds:13.2f} {ratio:6.2f}x {psnr or 0:9.1f} {share:9.3f}")
    if chosen.json:
        facts = {"torch": torch.__version__, "threads": chosen.threads, "rows": rows}
        chosen.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    if chosen.sheet:
        columns = [np.concatenate(list(prints)) for _, prints in made.values()]
        Image.fromarray(np.concatenate(columns, 1)).save(chosen.sheet)


if __name__ == "__main__":
    main()
