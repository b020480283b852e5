"""Plates of many large prints in one PDF: edition's pass-through against img2pdf on the same PNGs.

Each method runs in a process of its own, so that its peak memory is its own. Files are written to
the same disk and fsynced by edition alone, which is counted against it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

DISTINCT = 12
"""Different pictures; the others are links to them under names of their own, embedded anew."""

EDITION = """
import json, resource, sys, time
from pathlib import Path
from edition.proof.print_pages import plates
from edition.proof.document_model import Picture, Show
from edition.recipe.proof_settings import Proofing
files = [Path(line) for line in open(sys.argv[1]).read().split()]
side = int(sys.argv[3])
pictures = tuple(Picture(file, seed, side, side) for seed, file in enumerate(files))
start, begun = time.perf_counter(), time.process_time()
plates(Show("Benchmark", pictures), Proofing(print_mm=200, ppi_least=36), Path(sys.argv[2]))
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = time.process_time() - begun
print(json.dumps([seconds, cpu, used.ru_maxrss / 1024]))
"""
IMG2PDF = """
import json, resource, sys, time
import img2pdf
files = open(sys.argv[1]).read().split()
layout = img2pdf.get_layout_fun((img2pdf.mm_to_pt(200), img2pdf.mm_to_pt(200)))
start, begun = time.perf_counter(), time.process_time()
with open(sys.argv[2], "wb") as out:
    img2pdf.convert(files, outputstream=out, layout_fun=layout)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = time.process_time() - begun
print(json.dumps([seconds, cpu, used.ru_maxrss / 1024]))
"""


def paint(file: Path, seed: int, side: int) -> None:
    """A smooth picture with the grain that an upscaler leaves: compresses like a real print."""
    dice = np.random.default_rng(seed)
    small = dice.integers(0, 255, (16, 16, 3), dtype=np.uint8)
    smooth = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    grain = Image.fromarray(dice.integers(0, 255, (side, side), dtype=np.uint8))
    grain = grain.filter(ImageFilter.GaussianBlur(1.0))
    pixels = np.asarray(smooth, np.int16) + (np.asarray(grain, np.int16)[..., None] - 128) // 6
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, compress_level=6)


def measure(script: str, listed: Path, out: Path, side: int) -> dict[str, float]:
    """Runs one method alone."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(listed), str(out), str(side)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, cpu, peak = json.loads(done.stdout)
    return {"seconds": seconds, "cpu": cpu, "mb": out.stat().st_size / 1e6, "peak_mb": peak}


def main() -> None:
    """Paints, measures, prints a table, writes JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--side", type=int, default=2048)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for seed in range(min(DISTINCT, args.count)):
            paint(root / f"distinct{seed}.png", seed, args.side)
        files = []
        for seed in range(args.count):
            files.append(root / f"print{seed}.png")
            files[-1].hardlink_to(root / f"distinct{seed % DISTINCT}.png")
        listed = root / "files.txt"
        listed.write_text("\n".join(map(str, files)))
        start = time.perf_counter()
        results = {
            "edition": measure(EDITION, listed, root / "edition.pdf", args.side),
            "img2pdf": measure(IMG2PDF, listed, root / "img2pdf.pdf", args.side),
        }
        total = sum(file.stat().st_size for file in files) / 1e6
        spent = time.perf_counter() - start
    ours, theirs = results["edition"], results["img2pdf"]
    print(f"{args.count} plates of {args.side}×{args.side}, {total:.0f} MB of PNG, {spent:.0f} s\n")
    print(f"{'method':10}{'seconds':>10}{'cpu':>10}{'MB':>10}{'peak MB':>10}")
    for name, result in results.items():
        print(
            f"{name:10}{result['seconds']:10.2f}{result['cpu']:10.2f}"
            f"{result['mb']:10.1f}{result['peak_mb']:10.0f}"
        )
    ratios = {
        "times_as_fast": theirs["seconds"] / ours["seconds"],
        "times_as_fast_cpu": theirs["cpu"] / ours["cpu"],
        "size": ours["mb"] / theirs["mb"],
        "peak": ours["peak_mb"] / theirs["peak_mb"],
    }
    print(
        f"\n{ratios['times_as_fast']:.1f} times as fast ({ratios['times_as_fast_cpu']:.1f} in"
        f" processor time), {100 * (ratios['size'] - 1):+.2f} % in size,"
        f" {100 * ratios['peak']:.0f} % of the memory"
    )
    if args.json:
        args.json.write_text(json.dumps({**results, "ratios": ratios}, indent=1))


if __name__ == "__main__":
    main()
