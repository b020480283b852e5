"""What finding look-alikes is worth and costs: pairs found and missed, seconds and memory.

    python benchmarks/lookalikes.py [--json FILE] [--model] [--scenes N]

Quality. The embedded model's scene generator draws a scene in three styles; crops, other light,
other colours and grain are added: 7 pictures of one composition. With --model (minutes) also the
embedded model's own prints: each of 40 rendered three times more from itself with other seeds
(img2img, strength 0.5). Every method scores all pairs of pictures; the table says how many of the
true pairs it finds where 95 or 90 of 100 found are true. A colour-blind perceptual hash at larger
distances is what a person would pick instead.

Cost. 10,000 and 100,000 prints of which a fifth have a look-alike; beside it pHashes grouped at 14
bits by the same exact index as near-duplicates, and a plain imagehash loop, which is extrapolated
from a few queries ("~"). Set OMP_NUM_THREADS=1 to compare on one core.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from edition.library.thumbnails import thumbs
from edition.similarity.composition_groups import (
    DEFAULT_LIKENESS,
    LENGTH,
    CompositionIndex,
    lookalikes,
)
from edition.similarity.perceptual_hash import hashes
from edition.similarity.stack_grouping import group

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from tools.pocket_model.palettes import STYLES
from tools.pocket_model.render_scene import draw

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
SIDE = 128
PROMPTS = (
    "monumental, dramatic, atmospheric, transcendent", "serene, luminous sea", "dark mountains",
    "a tower in fog", "stars over hills", "an abstract painting",
)  # fmt: skip


def drawn(scenes: int) -> tuple[list[Image.Image], np.ndarray]:
    """Seven pictures of each scene, and the scene that each shows."""
    rng = np.random.default_rng(1)
    pictures: list[Image.Image] = []
    for number in range(scenes):
        styles = rng.choice(list(STYLES), 2, replace=False)
        base, one, two = (
            Image.fromarray(draw(1000 + number, SIDE, style).picture)
            for style in (None, *map(str, styles))
        )
        pictures += [base, _cut(base, rng), _lit(_turned(base, rng), rng)]
        pictures += [_grained(_cut(base, rng), rng), one, two, _cut(_lit(two, rng), rng)]
    return pictures, np.repeat(np.arange(scenes), 7)


def _cut(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A part of 88 to 100 % of the sides, anywhere."""
    side = int(image.width * rng.uniform(0.88, 1))
    x, y = (int(rng.integers(0, image.width - side + 1)) for _ in "xy")
    return image.crop((x, y, x + side, y + side)).resize(image.size)


def _turned(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    by = int(rng.integers(40, 216))
    hue, saturation, value = image.convert("HSV").split()
    return Image.merge("HSV", (hue.point(lambda v: (v + by) % 256), saturation, value)).convert(
        "RGB"
    )


def _lit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    gamma = rng.uniform(0.6, 1.6)
    return image.point(lambda v: int(255 * (v / 255) ** gamma))


def _grained(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image) + rng.normal(0, 22, (*image.size, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def rendered(bases: int) -> tuple[list[Image.Image], np.ndarray]:
    """Prints of the embedded model, each with three that were made from it with other seeds."""
    from edition.diffusion import loading
    from edition.diffusion.render_request import RenderRequest
    from edition.diffusion.renderer import renderer_of
    from edition.recipe.recipe import Init, Prompt, Recipe, Sampling

    sampling = Sampling(steps=20)
    pictures: list[Image.Image] = []
    pipe = loading.load(Recipe(sampling=sampling), "cpu")
    for start in range(0, bases, 4):
        prompt = Prompt(positive=PROMPTS[start // 4 % len(PROMPTS)])
        recipe = Recipe(sampling=sampling, prompt=prompt)
        seeds = tuple(range(start, start + 4))
        drawn = renderer_of(pipe, "cpu").draw([RenderRequest(recipe, seed) for seed in seeds])
        for base, seed in zip(drawn, seeds, strict=True):
            init = recipe.model_copy(update={"init": Init(file="base.png", strength=0.5)})
            others = renderer_of(pipe, "cpu").draw(
                [RenderRequest(init, 1000 + 4 * seed + k, base) for k in range(4)], 3
            )
            pictures += [base, *others]
    return pictures, np.repeat(np.arange(bases), 4)


def scores(pictures: list[Image.Image]) -> dict[str, np.ndarray]:
    """Of every method, (n, n): the higher, the more alike."""
    rgb = [thumbs(image)[1] for image in pictures]
    found = [hashes(image) for image in pictures]
    phash, dhash = (np.array([getattr(h, k) for h in found], np.uint64) for k in ("phash", "dhash"))
    luma = np.frombuffer(b"".join(rgb), np.uint8).reshape(-1, 32, 32, 3) @ (0.299, 0.587, 0.114)
    composer = CompositionIndex()
    composer.add(rgb)
    looks = composer.looks()
    bits = {
        "pHash": -np.bitwise_count(phash[:, None] ^ phash).astype(float),
        "dHash": -np.bitwise_count(dhash[:, None] ^ dhash).astype(float),
    }
    return {
        "ours: luminance 8 x 8": 100.0 * (looks @ looks.T) / LENGTH**2,
        "luminance 16 x 16": _cosine(luma.reshape(-1, 16, 2, 16, 2).mean((2, 4))),
        "luminance 32 x 32": _cosine(luma),
        "luminance 32 x 32, blurred by 2": _cosine(gaussian_filter(luma, (0, 2, 2))),
        **bits,
        "pHash + dHash": bits["pHash"] + bits["dHash"],
    }


def _cosine(table: np.ndarray) -> np.ndarray:
    flat = table.reshape(len(table), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    product: np.ndarray = 100 * (flat @ flat.T)
    return product


def quality(name: str, pictures: list[Image.Image], shows: np.ndarray) -> list[Row]:
    """A row for each method."""
    upper = np.triu_indices(len(shows), 1)
    same = (shows[:, None] == shows)[upper]
    rows: list[Row] = []
    for method, table in scores(pictures).items():
        values = table[upper]
        order = np.argsort(-values, kind="stable")
        true = np.cumsum(same[order])
        ends = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))  # ties count together
        precision, recall = true[ends] / (ends + 1), true[ends] / same.sum()
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        row: Row = {"set": name, "method": method, "pairs": int(same.sum()), "f1": f1.max()}
        for wanted in (95, 90):
            reached = np.flatnonzero(precision >= wanted / 100)
            at = int(reached[-1]) if len(reached) else -1
            row[f"recall_at_{wanted}"] = float(recall[at]) if at >= 0 else 0.0
            row[f"threshold_at_{wanted}"] = float(values[order][ends[at]]) if at >= 0 else None
        rows.append(row)
    return rows


def grouping(name: str, pictures: list[Image.Image], shows: np.ndarray) -> list[Row]:
    """What groups at several likenesses are worth."""
    composer = CompositionIndex()
    composer.add([thumbs(image)[1] for image in pictures])
    rows: list[Row] = []
    for likeness in (90, 93, DEFAULT_LIKENESS, 97):
        tops = lookalikes(range(len(shows)), composer.looks(), likeness=likeness)
        members = [(shows[i], shows[top]) for i, top in tops.items() if i != top]
        heads = np.array([tops.get(i, i) for i in range(len(shows))])
        together = heads[:, None] == heads
        same = shows[:, None] == shows
        upper = np.triu_indices(len(shows), 1)
        rows.append(
            {
                "set": name,
                "likeness": likeness,
                "groups": len(set(tops.values())),
                "right": float(np.mean([a == b for a, b in members])) if members else 0.0,
                "found": float((together & same)[upper].sum() / same[upper].sum()),
            }
        )
    return rows


def cost(count: int) -> list[Row]:
    """Seconds of composing and grouping, and of what would be used instead."""
    import imagehash

    rng = np.random.default_rng(0)
    cells = rng.normal(size=(count, 8, 8, 3)).cumsum(axis=1).cumsum(axis=2)  # smooth pictures
    cells -= cells.min(axis=(1, 2), keepdims=True)
    cells *= 255 / np.maximum(cells.max(axis=(1, 2), keepdims=True), 1e-9)
    share = count // 5
    cells[-share:] = cells[:share] * 0.9 + rng.normal(0, 6, (share, 8, 8, 3)) + 12
    small = cells.clip(0, 255).astype(np.uint8)
    start, cpu = time.perf_counter(), time.process_time()
    composer = CompositionIndex()
    for at in range(0, count, 2000):
        whole = small[at : at + 2000].repeat(4, axis=1).repeat(4, axis=2)
        composer.add([one.tobytes() for one in whole])
    looks = composer.looks()
    composed, cpu_composed = time.perf_counter() - start, time.process_time() - cpu
    start, cpu = time.perf_counter(), time.process_time()
    tops = lookalikes(range(count), looks)
    rows: list[Row] = [
        {"count": count, "what": "ours, thumbnails to looks", "seconds": composed,
         "cpu_seconds": cpu_composed},
        {"count": count, "what": "ours, groups", "seconds": time.perf_counter() - start,
         "cpu_seconds": time.process_time() - cpu, "groups": len(set(tops.values())),
         "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024},
    ]  # fmt: skip
    phash = rng.integers(0, 2**64, count, dtype=np.uint64)
    phash[-share:] = phash[:share] ^ (np.uint64(1) << rng.integers(0, 64, share).astype(np.uint64))
    if count <= 10_000:  # at 100,000 it takes minutes: beyond 11 bits it grows with the square
        start, cpu = time.perf_counter(), time.process_time()
        group(range(count), phash, phash, [bytes(48)] * count, distance=14, colour_distance=0.9)
        rows.append(
            {"count": count, "what": "pHash at 14 bits, same exact index",
             "seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
        )  # fmt: skip
    known = [imagehash.hex_to_hash(f"{word:016x}") for word in phash[:10_000].tolist()]
    start, cpu = time.perf_counter(), time.process_time()
    queries = 5
    for one in known[:queries]:
        sum(one - other <= 14 for other in known)
    scale = count / queries * count / len(known)
    rows.append(
        {"count": count, "what": "imagehash loop ~", "sampled": True,
         "seconds": (time.perf_counter() - start) * scale,
         "cpu_seconds": (time.process_time() - cpu) * scale}
    )  # fmt: skip
    return rows


def show_quality(rows: list[Row]) -> None:
    """Prints the tables of pairs."""
    print(f"{'pairs of one composition':34} {'found at 95 %':>14} {'at 90 %':>9} {'best F1':>8}")
    for row in rows:
        level = row["threshold_at_95"]
        words = f"{row['recall_at_95']:.3f} ({level:.0f})" if level is not None else "none"
        print(
            f"{row['set']:7} {row['method']:32} {words:>14} {row['recall_at_90']:>9.3f}"
            f" {row['f1']:>8.3f}"
        )


def main() -> None:
    """Runs all of it, prints tables, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--scenes", type=int, default=300, help="drawn scenes")
    parser.add_argument("--model", action="store_true", help="prints of the embedded model too")
    parser.add_argument("--bases", type=int, default=40, help="of these prints, a multiple of 4")
    args = parser.parse_args()
    makers: dict[str, Callable[[], tuple[list[Image.Image], np.ndarray]]] = {
        "drawn": lambda: drawn(args.scenes)
    }
    if args.model:
        makers["model"] = lambda: rendered(args.bases)
    pairs: list[Row] = []
    groups: list[Row] = []
    for name, make in makers.items():
        pictures, shows = make()
        pairs += quality(name, pictures, shows)
        groups += grouping(name, pictures, shows)
    show_quality(pairs)
    print(
        f"\n{'groups':20} {'likeness':>8} {'groups':>7} {'like their top':>15} {'pairs found':>12}"
    )
    for row in groups:
        print(
            f"{row['set']:20} {row['likeness']:>8} {row['groups']:>7} {row['right']:>15.3f}"
            f" {row['found']:>12.3f}"
        )
    costs = [row for count in (10_000, 100_000) for row in cost(count)]
    print(f"\n{'prints':>8}  {'':36} {'seconds':>10} {'CPU s':>10} {'ratio':>10}")
    base: dict[int, float] = {}
    for row in costs:
        if row["what"].startswith("ours"):
            base[row["count"]] = base.get(row["count"], 0.0) + row["cpu_seconds"]
    for row in costs:
        ratio = row["cpu_seconds"] / base[row["count"]]
        print(
            f"{row['count']:>8,}  {row['what']:36} {row['seconds']:>10,.2f}"
            f" {row['cpu_seconds']:>10,.2f} {ratio:>10,.2f}"
        )
    if args.json:
        machine = {
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        }
        facts = {"machine": machine, "pairs": pairs, "groups": groups, "cost": costs}
        args.json.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
