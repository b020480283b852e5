"""How fast a folder is adopted, against exiftool and a plain Pillow loop over the same files.

    python benchmarks/adopting.py                 # 2,000 pictures of 1024 x 1024, made here
    python benchmarks/adopting.py --folder ~/pictures

exiftool reads metadata alone, in one process for all files. The Pillow loop opens, decodes and
makes one thumbnail, in one thread. Adopting does both, and digests, hashes, two thumbnails, full
text and the database besides, on all cores. The first grid is the first batch in the library, counted from
the start of the command.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
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
            info.add_text("parameters", f"harbour {index}\nSteps: 20, Sampler: Euler a, "
                          f"CFG scale: 7, Seed: {index}, Size: {side}x{side}, Model: dream")  # fmt: skip
            image.save(out, "PNG", pnginfo=info, compress_level=1)
        (folder / f"{index:05d}.{'jpg' if index % 2 else 'png'}").write_bytes(out.getvalue())


def pictures(folder: Path) -> list[Path]:
    """The files that all three read."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def adopt(folder: Path, base: Path) -> tuple[float, float, int]:
    """Adopts by the command line; seconds to the first batch, seconds in all, pictures."""
    root = base / "library"
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "adopt", str(folder),
               "--as", "bench", "--json"]  # fmt: skip
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    first = 0.0
    while child.poll() is None:
        if not first and _there(root):
            first = time.monotonic() - started
        time.sleep(0.01)
    seconds = time.monotonic() - started
    if child.returncode:
        raise SystemExit("adopting failed")
    return first, seconds, _there(root)


def _there(root: Path) -> int:
    if not paths.database_file(root).is_file():
        return 0
    try:
        with Session(root, writable=False) as session:
            return session.store.prints.counts("bench").prints
    except LibraryError:  # it is being made just now
        return 0


def exiftool(folder: Path) -> float:
    """Seconds that exiftool takes for all metadata of a folder; 0 without it."""
    if shutil.which("exiftool") is None:
        return 0.0
    started = time.monotonic()
    command = ["exiftool", "-json", "-r", "-fast", str(folder)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def pillow(files: list[Path]) -> float:
    """Seconds of a plain loop: open, decode, one thumbnail."""
    started = time.monotonic()
    for path in files:
        try:
            with Image.open(path) as image:
                image.convert("RGB").thumbnail((128, 128))
        except OSError:
            continue
    return time.monotonic() - started


def main() -> int:
    """Measures, and prints a line each."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--folder", type=Path)
    options.add_argument("--pictures", type=int, default=2_000)
    options.add_argument("--side", type=int, default=1024)
    chosen = options.parse_args()
    base = Path(tempfile.mkdtemp(prefix="adopting-"))
    try:
        folder = chosen.folder or base / "pictures"
        if chosen.folder is None:
            fill(folder, chosen.pictures, chosen.side)
        files = pictures(folder)
        size = sum(path.stat().st_size for path in files)
        print(f"{len(files):,} files, {size / 1e6:.0f} MB, {os.cpu_count()} cores")
        loop = pillow(files)  # first: from here on all files are in the page cache
        print(f"plain Pillow loop  {loop:7.1f} s  {len(files) / loop:7.0f} pictures/s")
        meta = exiftool(folder)
        if meta:
            print(f"exiftool           {meta:7.1f} s  {len(files) / meta:7.0f} pictures/s")
        else:
            print("exiftool is not here: apt install libimage-exiftool-perl")
        first, seconds, there = adopt(folder, base)
        print(f"edition adopt      {seconds:7.1f} s  {there / seconds:7.0f} pictures/s")
        print(f"first grid after   {first:7.2f} s")
        ratio = f"{loop / seconds:.2f} times the Pillow loop's speed"
        print(ratio + (f", {meta / seconds:.2f} times exiftool's" if meta else ""))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
