"""What finer cells cost and show: half-cells, quadrants and sextants, side by side.

    python benchmarks/cells.py --prints 1000 10000 100000 --json cells.json

Over one library three terminals of 120x40 are open at the same time, each with another way to
draw; every key is pressed in all of them in turn, so that whatever else the machine does meets all
three. Times go from the key to the last byte; the processor's time is the program's own. The
second table tells how near each way comes to the print itself, in true colour and in 256 colours.
"""

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from edition.tui.terminal import cell_blocks
from light_table import SLUG, Terminal, environment, machine, make_library, pictures

WAYS = ("half", "quadrant", "sextant")
KEYS = {"arrow": b"\x1b[C", "page down": b"\x1b[6~", "page up": b"\x1b[5~", "end, home": b"\x1b[F"}
TALL = 20
"""Pixels of a cell's height in the second table; half as many across."""
SIGNS = {" ": 0, "▀": 0b0011, "▐": 0b1010, "▄": 0b1100, "▝": 2, "▖": 4, "▞": 6, "▗": 8, "▟": 14}
"""Quadrants: which pixels a sign fills, from the upper left."""


def opened(root: Path, way: str) -> Terminal:
    """The light table, drawn that way; two seconds later it is as fine as it will be."""
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "open", SLUG]
    terminal = Terminal([*command, "--graphics", way], environment(root / "config"))
    terminal.first = terminal.wait_for("▀".encode())
    terminal.read(1.0, 3.0)
    terminal.press(b"a")
    terminal.read(0.5, 4.0)
    return terminal


def latencies(root: Path, keys: int) -> dict[str, dict[str, dict[str, float]]]:
    """p50 and p99 in ms, processor ms and bytes of each key, by way."""
    terminals = {way: opened(root, way) for way in WAYS}
    found: dict[str, dict[str, dict[str, float]]] = {
        way: {"first grid": {"p50 ms": 1e3 * terminals[way].first}} for way in WAYS
    }
    for name, key in KEYS.items():
        times: dict[str, list[float]] = {way: [] for way in WAYS}
        sizes: dict[str, list[int]] = {way: [] for way in WAYS}
        before = {way: terminals[way].processor() for way in WAYS}
        for turn in range(keys):
            pressed = b"\x1b[H" if name == "end, home" and turn % 2 else key
            for way in WAYS[turn % 3 :] + WAYS[: turn % 3]:
                seconds, size = terminals[way].press(pressed)
                if size:
                    times[way].append(seconds)
                    sizes[way].append(size)
                time.sleep(0.02)
        for way in WAYS:
            found[way][name] = {
                "p50 ms": 1e3 * statistics.median(times[way]),
                "p99 ms": 1e3 * max(times[way]),
                "cpu ms": 1e3 * (terminals[way].processor() - before[way]) / keys,
                "bytes": statistics.median(sizes[way]),
            }
    for terminal in terminals.values():
        terminal.close()
    return found


def decoded(lines: tuple[str, ...], way: str, depth: str) -> Image.Image:
    """What a text shows, at the pixels of a terminal."""
    wide, high = cell_blocks.GRID[way]
    rows = []
    for line in lines:
        cells = []
        for cell in line.split("\x1b[")[1:]:
            numbers, sign = cell.rsplit("m", 1)
            values = [int(v) for v in numbers.split(";")]
            colours = [values[2:5], values[7:10]] if depth == "true" else [
                palette(values[2]), palette(values[5])]  # fmt: skip
            code = filled(sign, way)
            cells.append([colours[0] if code >> n & 1 else colours[1] for n in range(wide * high)])
        row = np.array(cells, np.uint8).reshape(-1, high, wide, 3).transpose(1, 0, 2, 3)
        rows.append(row.reshape(high, -1, 3))
    small = Image.fromarray(np.concatenate(rows))
    size = (len(cells) * TALL // 2, len(lines) * TALL)
    return small.resize(size, Image.Resampling.NEAREST)


def filled(sign: str, way: str) -> int:
    """The pixels of a sign, as bits."""
    code = ord(sign) - 0x1FB00
    if way == "sextant" and code >= 0:
        number = code + 1
        number += number >= 21
        return number + (number >= 42)
    if way == "half":
        return 0b01
    bits = SIGNS[sign]
    return {0: 0, 0b1010: 0b101010}[bits] if way == "sextant" else bits


def palette(number: int) -> tuple[int, int, int]:
    """One of a terminal's 240 fixed colours."""
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return steps[number // 36], steps[number // 6 % 6], steps[number % 6]


def quality(images: list[Image.Image]) -> dict[str, dict[str, float]]:
    """Root mean square error to the print, levels of 255, by way and depth."""
    found = {}
    for way in WAYS:
        found[way] = {}
        for depth in ("true", "256"):
            errors = []
            for image in images:
                rgb = image.resize((32, 32), Image.Resampling.BOX).tobytes()
                (lines,) = cell_blocks.thumbs([rgb], [False], (16, 8), way, depth)
                shown = decoded(lines, way, depth)
                apart = ImageChops.difference(shown, image.resize(shown.size))
                errors.append(float((np.asarray(apart, float) ** 2).mean()))
            found[way][depth] = statistics.mean(errors) ** 0.5
    return found


def stored(images: list[Image.Image]) -> dict[str, float]:
    """Bytes of a stored thumbnail of 32, 48 and 64 pixels, and of the JPEG of 128."""
    jpeg = []
    for image in images:
        out = io.BytesIO()
        image.resize((128, 128)).save(out, "JPEG", quality=85)
        jpeg.append(len(out.getvalue()))
    raw = {f"{side} x {side}": 3.0 * side * side for side in (32, 48, 64)}
    return {**raw, "JPEG 128": statistics.mean(jpeg)}


def show(result: dict[str, object]) -> None:
    """The tables."""
    print(f"{result['machine']}\n\np50 (p99) and processor, ms; ratio of the p50 to half-cells")
    for name, run in result["runs"].items():
        print(f"\n{name}")
        for key in ("first grid", *KEYS):
            print(f"  {key:12}", end="")
            for way in WAYS:
                f, half = run[way][key], run["half"][key]["p50 ms"]
                rest = f" ({f['p99 ms']:5.1f}) {f['cpu ms']:5.1f}" if "cpu ms" in f else ""
                size = f" {f['bytes'] / 1e3:5.0f} kB" if "bytes" in f else ""
                print(
                    f"   {way} {f['p50 ms']:6.1f}{rest}{size}  x{f['p50 ms'] / half:4.2f}", end=""
                )
            print()
    print("\nroot mean square error to the print, levels of 255")
    for way, errors in result["quality"].items():
        print(f"  {way:10} true colour {errors['true']:5.1f}   256 colours {errors['256']:5.1f}")
    print("\nbytes of a stored thumbnail; at 100,000 prints")
    for name, size in result["stored"].items():
        print(f"  {name:10} {size:7,.0f}   {size / 10:7,.0f} MB")


def main() -> None:
    """Measures and tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prints", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--keys", type=int, default=60, help="presses of each key")
    parser.add_argument("--pictures", type=Path, help="a folder of prints for the second table")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    images = pictures()
    looked = images
    if chosen.pictures:
        looked = [Image.open(file).convert("RGB") for file in sorted(chosen.pictures.glob("*.png"))]
    result: dict[str, object] = {"machine": machine(), "runs": {}}
    result |= {"quality": quality(looked), "stored": stored(looked)}
    with tempfile.TemporaryDirectory() as folder:
        for number in chosen.prints:
            root = Path(folder) / str(number)
            make_library(root, number, images)
            result["runs"][f"{number:,} prints"] = latencies(root, chosen.keys)
    show(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
