"""Plates of many large prints in one PDF: edition's pass-through against img2pdf on the same PNGs.

A wall of the same prints and a contact sheet of 2,000: size, time, and a page's time in poppler.

Each method runs in a process of its own, so that its peak memory is its own. Files are written to
the same disk and fsynced by edition alone, which is counted against it.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
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
from edition.proof.document_model import PrintSet, ProofPrint
from edition.recipe.proof_settings import ProofSettings
files = [Path(line) for line in open(sys.argv[1]).read().split()]
side = int(sys.argv[3])
pictures = tuple(ProofPrint(file, seed, side, side) for seed, file in enumerate(files))
start, begun = time.perf_counter(), time.process_time()
settings = ProofSettings(print_mm=200, ppi_least=36)
plates(PrintSet("Benchmark", pictures), settings, Path(sys.argv[2]))
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = time.process_time() - begun
print(json.dumps([seconds, cpu, used.ru_maxrss / 1024]))
"""
LISTS = """
import json, resource, sys, time
from pathlib import Path
from edition.proof.contact_sheet import contact_sheet
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.wall_pdf import wall_proof
from edition.recipe.proof_settings import ProofSettings
files = [Path(line) for line in open(sys.argv[1]).read().split()]
side, kind = int(sys.argv[3]), sys.argv[4]
pictures = tuple(ProofPrint(file, seed, side, side) for seed, file in enumerate(files))
settings = ProofSettings(screen="screen" in kind, hang="grid")
make = wall_proof if "wall" in kind else contact_sheet
start, begun = time.perf_counter(), time.process_time()
pages = make(PrintSet("Benchmark", pictures), settings, Path(sys.argv[2])).pages
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([seconds, time.process_time() - begun, used.ru_maxrss / 1024, pages]))
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


def measure_list(kind: str, listed: Path, out: Path, side: int) -> dict[str, float]:
    """Makes a wall or a contact sheet alone; where poppler is there, how long it takes a page."""
    done = subprocess.run(
        [sys.executable, "-c", LISTS, str(listed), str(out), str(side), kind],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, cpu, peak, pages = json.loads(done.stdout)
    found = {"seconds": seconds, "cpu": cpu, "mb": out.stat().st_size / 1e6, "peak_mb": peak}
    found["pages"] = pages
    if shutil.which("pdftoppm"):
        slowest = 0.0
        for page in range(1, min(pages, 12) + 1):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = ["pdftoppm", "-r", "100", "-f", str(page), "-l", str(page), str(out)]
            subprocess.run([*command, str(out.with_suffix(""))], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            slowest = max(
                slowest, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            )
        found["poppler_page"] = slowest
    return found


def lists(root: Path, files: list[Path], side: int, many: int) -> dict[str, dict[str, float]]:
    """A wall of the large prints, and a contact sheet of many small ones, each for screens too."""
    listed, small = root / "files.txt", root / "small.txt"
    paint(root / "small.png", 7, 512)
    links = []
    for seed in range(many):
        links.append(root / f"small{seed}.png")
        links[-1].hardlink_to(root / "small.png")
    small.write_text("\n".join(map(str, links)))
    results = {}
    for kind, source, pixels in (
        (f"wall of {len(files)}", listed, side),
        (f"wall of {len(files)}, screen", listed, side),
        (f"contact sheet of {many}", small, 512),
        (f"contact sheet of {many}, screen", small, 512),
    ):
        results[kind] = measure_list(kind, source, root / "list.pdf", pixels)
        found = results[kind]
        shown = f"{found['poppler_page']:.2f} s" if "poppler_page" in found else "no poppler"
        print(
            f"{kind:32}{found['seconds']:8.1f} s{found['mb']:8.1f} MB{found['pages']:5.0f} pages"
            f"   slowest page in poppler at 100 dpi, processor: {shown}"
        )
    return results


def main() -> None:
    """Paints, measures, prints a table, writes JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--many", type=int, default=2000, help="prints of the contact sheet")
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
        pages = lists(root, files, args.side, args.many)
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
        args.json.write_text(json.dumps({**results, **pages, "ratios": ratios}, indent=1))


if __name__ == "__main__":
    main()
