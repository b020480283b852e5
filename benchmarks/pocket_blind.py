"""Lay out pairs of crops for a blind comparison: pocket SUPIR against Lanczos on own prints.

Draws prints of the embedded edition, enlarges each in both ways as the edition would, and lays the
same crop of both side by side at full size, as A and B in a shuffled order. Where crops lie is
decided without looking: the fields with the most detail, for plain sky is alike in any way. The key
is written beside the sheets; whoever judges gets the sheets alone.

    python benchmarks/pocket_blind.py FOLDER --prints 12 --crops 2
    python benchmarks/pocket_blind.py FOLDER --tally "1A 2B 3A 4="
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from edition import paths
from edition.diffusion import loading
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.recipe import edition_file
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import find

WAYS = ("lanczos", "pocket-supir")
CROP, GAP, LABEL = 320, 8, 26
"""Of the large picture, shown pixel for pixel; between pictures; above them."""
ACROSS, DOWN = 2, 6
"""Pairs on a sheet."""
SCALE = 4.0

Place = tuple[int, int]
"""Left and top of a crop, pixels."""


def prints(seeds: range) -> tuple[str, list[Image.Image]]:
    """The embedded edition's prompt, and its prints."""
    recipe = edition_file.read(paths.shipped_editions() / "pocket-dreams" / "edition.toml")
    renderer = renderer_of(loading.load(recipe, "cpu"), "cpu")
    made: list[Image.Image] = []
    for first in range(seeds.start, seeds.stop, 4):
        some = range(first, min(first + 4, seeds.stop))
        made += renderer.draw([RenderRequest(recipe, seed) for seed in some])
    return recipe.prompt.positive, made


def enlarged(image: Image.Image, way: str, seed: int, prompt: str) -> Image.Image:
    """A print as the edition's ``[upscale]`` makes it with a method."""
    settings = UpscaleSettings.model_validate({"method": way, "scale": SCALE})
    large: Image.Image = find(way).load()(
        image, settings, seed=seed, prompt=prompt, device="cpu"
    )[0]  # fmt: skip
    return large


def places(large: Image.Image, count: int) -> list[Place]:
    """Corners of crops: the fields with the most detail."""
    grey = np.asarray(large.convert("L"), np.float32)
    down, across = grey.shape[0] // CROP, grey.shape[1] // CROP
    slope = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))[: down * CROP, : across * CROP]
    busy = slope.reshape(down, CROP, across, CROP).sum((1, 3)).ravel()
    return [(int(n) % across * CROP, int(n) // across * CROP) for n in np.argsort(-busy)[:count]]


def sheets(pairs: list[tuple[Image.Image, Image.Image]]) -> list[Image.Image]:
    """Numbered pairs, A left and B right."""
    wide, high = 2 * CROP + GAP, CROP + LABEL
    font, pages = ImageFont.load_default(18), []
    for start in range(0, len(pairs), ACROSS * DOWN):
        size = ACROSS * (wide + 5 * GAP), DOWN * (high + 2 * GAP)
        page = Image.new("RGB", size, "white")
        pen = ImageDraw.Draw(page)
        for at, pair in enumerate(pairs[start : start + ACROSS * DOWN]):
            x, y = at % ACROSS * (wide + 5 * GAP), at // ACROSS * (high + 2 * GAP)
            for letter, crop, left in zip("AB", pair, (x, x + CROP + GAP), strict=True):
                pen.text((left + 2, y + 2), f"{start + at + 1}{letter}", "black", font)
                page.paste(crop, (left, y + LABEL))
        pages.append(page)
    return pages


def lay_out(folder: Path, seeds: range, crops: int, shuffle: int) -> None:
    """Writes the sheets and the key."""
    lot, key = random.Random(shuffle), list[dict[str, object]]()
    pairs: list[tuple[Image.Image, Image.Image]] = []
    prompt, made = prints(seeds)
    for seed, image in zip(seeds, made, strict=True):
        large = {way: enlarged(image, way, seed, prompt) for way in WAYS}
        print(f"seed {seed}", flush=True)
        for x, y in places(large["lanczos"], crops):
            order = lot.sample(WAYS, 2)
            first, second = (large[w].crop((x, y, x + CROP, y + CROP)) for w in order)
            pairs.append((first, second))
            key.append({"A": order[0], "B": order[1], "seed": seed, "left": x, "top": y})
    lot.shuffle(together := list(zip(pairs, key, strict=True)))
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(sheets([pair for pair, _ in together]), 1):
        page.save(folder / f"sheet-{number}.png")
    named = {str(number): facts for number, (_, facts) in enumerate(together, 1)}
    (folder / "key.json").write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


def tally(folder: Path, answers: str) -> Counter[str]:
    """How often each way was chosen; ``=`` is neither."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    given = re.findall(r"(\d+)\s*([AB=])", answers)
    return Counter(key[number][letter] if letter != "=" else "neither" for number, letter in given)


def main() -> None:
    """Lays out, or counts answers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prints", type=int, default=12)
    parser.add_argument("--first", type=int, default=101, help="seed of the first print")
    parser.add_argument("--crops", type=int, default=2, help="of each print")
    parser.add_argument("--shuffle", type=int, default=0, help="seed of the order")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tally", help="answers: 1A 2B 3=")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.tally:
        print(dict(tally(chosen.folder, chosen.tally)))
        return
    seeds = range(chosen.first, chosen.first + chosen.prints)
    lay_out(chosen.folder, seeds, chosen.crops, chosen.shuffle)


if __name__ == "__main__":
    main()
