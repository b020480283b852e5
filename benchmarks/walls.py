"""How fast a wall of many prints answers: from a key sent into a real terminal to its last byte.

    python benchmarks/walls.py --prints 200 --json walls.json

The hang of an edition and an exhibition, in a pseudo-terminal of 120x40, in all three hangs. Beside
them what one would do instead: write another order into the recipe and make the wall proof anew.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from edition.actions import exhibitions
from edition.actions.session import Session
from light_table import SLUG, Terminal, environment, make_library, pictures

TIMES = 30
HANGS = ("row", "grid", "salon")
RIGHT, LATER, SOONER = b"\x1b[C", b"J", b"K"
ROOMS = {"edition": (b"P", b"W"), "exhibition": (b"E", b"\r")}
"""Which wall → keys that lead there from the light table."""


def build(root: Path, prints: int) -> None:
    """A library whose prints are all starred and all hang in an exhibition."""
    images = pictures(8)
    make_library(root, prints, images)
    with Session(root) as session:
        ids = session.store.prints.select(SLUG)
        session.mark(ids, "star")
        exhibitions.new(session, "show")
        exhibitions.add(session, "show", ids)
        found = session.store.prints.get(ids)
    for index, print_id in enumerate(ids):
        file = root / found[print_id].file
        file.parent.mkdir(parents=True, exist_ok=True)
        if index < len(images):
            images[index].save(file, compress_level=1)
        else:
            file.hardlink_to(root / found[ids[index % len(images)]].file)


def measure(root: Path, room: str) -> list[dict[str, object]]:
    """Seconds of arrows and moves in every hang of one kind of wall."""
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "open", SLUG]
    terminal = Terminal([*command, "--graphics", "half"], environment(root / "config"))
    terminal.wait_for("▀".encode())
    for key in ROOMS[room]:
        terminal.press(key)
        time.sleep(1.0)
    found = []
    for hang in HANGS:
        if hang != HANGS[0]:
            terminal.press(b"5")
            time.sleep(1.0)
        for what, keys in (("arrow", (RIGHT,)), ("move", (LATER, SOONER, LATER))):
            spans, sizes = [], []
            for number in range(TIMES):
                span, size = terminal.press(keys[number % len(keys)])
                spans.append(span)
                sizes.append(size)
                time.sleep(0.1)
            found.append(
                {
                    "wall": room,
                    "hang": hang,
                    "key": what,
                    "p50": statistics.median(spans),
                    "worst": max(spans),
                    "bytes": statistics.median(sizes),
                }
            )
    found.append({"wall": room, "memory_mb": terminal.close()})
    return found


def instead(root: Path) -> float:
    """Seconds until another order, written into the recipe, is seen on a wall proof."""
    start = time.perf_counter()
    verb = [sys.executable, "-m", "edition.cli", "--library", str(root)]
    order = ["proof.sequence=hand", "proof.order=[7, 3, 1]"]
    subprocess.run([*verb, "edit", SLUG, *order], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*verb, "proof", "wall", SLUG], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Prints the table; writes it with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prints", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "library"
        root.mkdir()
        build(root, options.prints)
        found = [row for room in ROOMS for row in measure(root, room)]
        proof = instead(root)
    print(
        f"{options.prints} prints, 120x40, {platform.machine()}, Python {sys.version.split()[0]}\n"
    )
    print("| wall | hang | key | p50 ms | worst | kB | times faster than a new proof |")
    print("|---|---|---|--:|--:|--:|--:|")
    for row in found:
        if "key" in row:
            p50, worst, size = (float(str(row[key])) for key in ("p50", "worst", "bytes"))
            print(
                f"| {row['wall']} | {row['hang']} | {row['key']} | {1000 * p50:.0f} |"
                f" {1000 * worst:.0f} | {size / 1000:.0f} | {proof / p50:.0f} |"
            )
    memory = max(float(str(row["memory_mb"])) for row in found if "memory_mb" in row)
    print(
        f"\nA new order in the recipe and a new wall proof: {proof:.1f} s. Memory {memory:.0f} MB."
    )
    if options.json:
        facts = {"prints": options.prints, "proof_seconds": proof, "results": found}
        options.json.write_text(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main()
