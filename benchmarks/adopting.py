"""How fast a folder is adopted, against exiftool and a plain Pillow loop over the same files.

    python benchmarks/adopting.py                 # 2,000 pictures of 1024 x 1024, made here
    python benchmarks/adopting.py --folder ~/pictures
    python benchmarks/adopting.py --first-only 20000

exiftool reads metadata alone, in one process for all files. The Pillow loop opens, decodes and
makes one thumbnail, in one thread. Adopting does both, and digests, hashes, two thumbnails, full
text and the database besides, on all cores. The first grid is the first batch in the library,
counted from the start of the command. ``--first-only`` compares 200 files with the number named:
the median of five first grids each, by the clock and of the processor, the reading ended there.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from edition import paths
from edition.actions.adopted_pictures import SUFFIXES
from edition.actions.session import Session
from edition.errors import LibraryError

_TURNS = 5


def fill(folder: Path, number: int, side: int) -> None:
    """Makes pictures as generators leave them: half PNG with settings, half JPEG."""
    chance = random.Random(5)
    folder.mkdir(parents=True)
    for index in range(number):
        noise = Image.frombytes("RGB", (64, 64), chance.randbytes(64 * 64 * 3))
        image = noise.resize((side, side), Image.Resampling.BICUBIC)
        out = io.BytesIO()
        if index % 2:
            image.save(out, "JPEG", quality=90)
        else:
            info = PngInfo()
            said = (
                f"harbour {index}\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {index}, "
                f"Size: {side}x{side}, Model: dream"
            )
            info.add_text("parameters", said)
            image.save(out, "PNG", pnginfo=info, compress_level=1)
        (folder / f"{index:05d}.{'jpg' if index % 2 else 'png'}").write_bytes(out.getvalue())


def pictures(folder: Path) -> list[Path]:
    """The files that all three read."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def adopt(folder: Path, base: Path) -> tuple[float, float, float, int]:
    """Adopts by the command line; seconds to the first batch, in all, of processor; pictures."""
    root = base / "library"
    started = time.monotonic()
    before = _children()
    child = subprocess.Popen(_command(folder, root), stdout=subprocess.DEVNULL)
    first = 0.0
    while child.poll() is None:
        if not first and _there(root):
            first = time.monotonic() - started
        time.sleep(0.01)
    seconds = time.monotonic() - started
    if child.returncode:
        raise SystemExit("adopting failed")
    return first, seconds, _children() - before, _there(root)


def first_only(number: int, base: Path) -> None:
    """First grids of a small and of a large folder, in turn, so that both meet the same load."""
    found: dict[int, list[tuple[float, float]]] = {200: [], number: []}
    for count in found:
        fill(base / f"of-{count}", count, 64)
    for turn in range(_TURNS):
        for count, times in found.items():
            times.append(_first(base / f"of-{count}", base / f"library-{count}-{turn}"))
    for count, times in found.items():
        clock, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"first grid of {count:,} files: {clock:.2f} s, {cpu:.2f} s of processor")


def _first(folder: Path, root: Path) -> tuple[float, float]:
    """Seconds to the first batch, and those of the processor; the reading is ended there."""
    started, before = time.monotonic(), _children()
    child = subprocess.Popen(_command(folder, root), stdout=subprocess.DEVNULL)
    while child.poll() is None and not _there(root):
        time.sleep(0.05)
    seconds = time.monotonic() - started
    child.kill()
    child.wait()
    return seconds, _children() - before


def _command(folder: Path, root: Path) -> list[str]:
    return [
        sys.executable, "-m", "edition.cli", "--library", str(root), "adopt", str(folder),
        "--as", "bench", "--json",
    ]  # fmt: skip


def _children() -> float:
    """Processor seconds of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _there(root: Path) -> int:
    if not paths.database_file(root).is_file():
        return 0
    try:
        with Session(root, writable=False) as session:
            return session.store.prints.counts("bench").prints
    except LibraryError:  # it is being made just now
        return 0


def exiftool(folder: Path) -> tuple[float, float]:
    """Seconds, and those of the processor, of all metadata of a folder; 0 without it."""
    if shutil.which("exiftool") is None:
        return 0.0, 0.0
    started, before = time.monotonic(), _children()
    command = ["exiftool", "-json", "-r", "-fast", str(folder)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started, _children() - before


def pillow(files: list[Path]) -> tuple[float, float]:
    """Seconds, and those of the processor, of a plain loop: open, decode, one thumbnail."""
    started, before = time.monotonic(), time.process_time()
    for path in files:
        try:
            with Image.open(path) as image:
                image.convert("RGB").thumbnail((128, 128))
        except OSError:
            continue
    return time.monotonic() - started, time.process_time() - before


def row(name: str, number: int, seconds: float, cpu: float) -> None:
    """A line of the table."""
    print(
        f"{name:18} {seconds:8.1f} s {number / seconds:7.0f} pictures/s"
        f" {1000 * cpu / number:7.1f} ms of processor each"
    )


def main() -> int:
    """Measures, and prints a line each."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--folder", type=Path)
    options.add_argument("--pictures", type=int, default=2_000)
    options.add_argument("--side", type=int, default=1024)
    options.add_argument("--first-only", type=int, default=0, metavar="FILES")
    chosen = options.parse_args()
    base = Path(tempfile.mkdtemp(prefix="adopting-"))
    try:
        if chosen.first_only:
            first_only(chosen.first_only, base)
            return 0
        folder = chosen.folder or base / "pictures"
        if chosen.folder is None:
            fill(folder, chosen.pictures, chosen.side)
        files = pictures(folder)
        size = sum(path.stat().st_size for path in files)
        print(f"{len(files):,} files, {size / 1e6:.0f} MB, {os.cpu_count()} cores")
        loop, loop_cpu = pillow(files)  # first: from here on all files are in the page cache
        meta, meta_cpu = exiftool(folder)
        first, seconds, cpu, there = adopt(folder, base)
        row("plain Pillow loop", len(files), loop, loop_cpu)
        if meta:
            row("exiftool", len(files), meta, meta_cpu)
        else:
            print("exiftool is not here: apt install libimage-exiftool-perl")
        row("edition adopt", there, seconds, cpu)
        print(f"first grid after {first:.2f} s")
        print(f"{loop / seconds:.2f} times the loop's speed, {cpu / loop_cpu:.2f} its processor")
        if meta:
            print(
                f"{meta / seconds:.2f} times exiftool's speed, {cpu / meta_cpu:.2f} its processor"
            )
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
