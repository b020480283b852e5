"""What grouping near-duplicates costs: seconds and peak memory, beside what a user would pick.

    python benchmarks/stacks.py [--json FILE] [--full] [--budget SECONDS]

10,000 and 100,000 prints, with --full a million. Every case runs in a process of its own. The
others search pHashes alone and take one query after the other: each gets a budget of seconds for
queries and is extrapolated to all prints, which the table says with "~"; its answers are compared
with those of a plain count of bits. imagededup and pybktree are used where they are installed:
`pip install --no-deps imagededup pybktree tqdm` (what imagededup's own search of hashes needs;
the rest of it would bring torchvision). Ratios are of processor seconds: all of it runs on one
core, and wall seconds tell what else the machine did.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edition.similarity.stack_grouping import DEFAULT_DISTANCE, Stacker, group

KINDS = {
    "plain": "5 % have a near-duplicate",
    "copies": "and 5 % more share all hashes",
    "drawing": "and 5 % more share pHash and dHash, in any colour",
    "crowd": "and 5 % more are nearly one picture",
}
PEERS = ("imagehash loop", "imagededup brute force", "imagededup BK-tree", "pybktree")
PEER_SIZES = (10_000, 100_000)
BATCH = 16
Row = dict[str, Any]
Search = Callable[[int], set[int]]


def prints(kind: str, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """pHashes, dHashes and colours, seeded: random ones, with the kind's share planted."""
    rng = np.random.default_rng(0)
    phash, dhash = rng.integers(0, 2**64, (2, count), dtype=np.uint64)
    colour = rng.integers(0, 256, (count, 48), dtype=np.uint8)
    share = count // 20
    twins, heavy = slice(share, 2 * share), slice(2 * share, 3 * share)
    phash[twins] = _flipped(rng, phash[:share], 4)
    dhash[twins] = _flipped(rng, dhash[:share], 5)
    colour[twins] = _shifted(rng, colour[:share], 4)
    if kind != "plain":
        flips = 3 * (kind == "crowd")
        phash[heavy] = _flipped(rng, np.full(share, phash[0]), flips)
        dhash[heavy] = _flipped(rng, np.full(share, dhash[0]), flips)
        if kind != "drawing":
            base = np.tile(colour[0], (share, 1))
            colour[heavy] = _shifted(rng, base, 4 * (kind == "crowd"))
    order = rng.permutation(count)
    return phash[order], dhash[order], colour[order]


def _flipped(rng: np.random.Generator, words: np.ndarray, bits: int) -> np.ndarray:
    for _ in range(bits):
        words = words ^ (np.uint64(1) << rng.integers(0, 64, len(words)).astype(np.uint64))
    return words


def _shifted(rng: np.random.Generator, colour: np.ndarray, most: int) -> np.ndarray:
    moved = colour + rng.integers(-most, most + 1, colour.shape)
    return np.clip(moved, 0, 255).astype(np.uint8)


def ours(kind: str, count: int, distance: int) -> Row:
    """``group``, all at once."""
    phash, dhash, colour = prints(kind, count)
    columns = range(1, count + 1), phash, dhash, [row.tobytes() for row in colour]
    del colour
    before = _peak_mb()
    seconds, cpu = time.perf_counter(), time.process_time()
    tops = group(*columns, distance=distance)
    return {
        "seconds": time.perf_counter() - seconds,
        "cpu_seconds": time.process_time() - cpu,
        "before_mb": before,
        "stacks": len(set(tops.values())),
    }


def incremental(kind: str, count: int) -> Row:
    """A ``Stacker`` that knows all prints but a batch: adding it, and asking for the stacks."""
    phash, dhash, colour = prints(kind, count)
    hashes = [row.tobytes() for row in colour]
    known = count - BATCH
    ids = list(range(1, count + 1))
    stacker = Stacker()
    stacker.add(ids[:known], phash[:known], dhash[:known], hashes[:known])
    peak = _peak_mb()
    start, cpu = time.perf_counter(), time.process_time()
    stacker.add(ids[known:], phash[known:], dhash[known:], hashes[known:])
    added, cpu = time.perf_counter(), time.process_time() - cpu
    tops = stacker.tops(3)
    asked = time.perf_counter()
    if stacker.tops() != group(ids, phash, dhash, hashes):
        raise SystemExit("Adding in portions gave other stacks than grouping at once.")
    return {
        "seconds": added - start,
        "cpu_seconds": cpu,
        "peak_mb": peak,
        "seconds_other_distance": asked - added,
        "stacks": len(set(tops.values())),
    }


def peer(name: str, count: int, budget: float) -> Row:
    """One query after the other until the budget is spent; answers are checked."""
    phash, _, _ = prints("plain", count)
    start, cpu = time.perf_counter(), time.process_time()
    try:
        search = _search(name, phash)
    except ImportError as error:
        return {"missing": f"not installed ({error.name})"}
    built, cpu_built = time.perf_counter() - start, time.process_time() - cpu
    found: list[set[int]] = []
    start, cpu = time.perf_counter(), time.process_time()
    while len(found) < count and time.perf_counter() - start < budget:
        found.append(search(len(found)))
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    for k, answer in enumerate(found):
        near = np.flatnonzero(np.bitwise_count(phash ^ phash[k]) <= DEFAULT_DISTANCE)
        if answer != set(near.tolist()):
            raise SystemExit(f"{name} found other near-duplicates than a count of bits.")
    times = count / len(found)
    return {
        "seconds": built + spent * times,
        "cpu_seconds": cpu_built + cpu * times,
        "queries": len(found),
    }


def _search(name: str, phash: np.ndarray) -> Search:
    words = phash.tolist()
    texts = [f"{word:016x}" for word in words]
    if name == "imagehash loop":
        import imagehash

        known = [imagehash.hex_to_hash(text) for text in texts]
        return lambda k: {i for i, h in enumerate(known) if known[k] - h <= DEFAULT_DISTANCE}
    if name == "pybktree":
        import pybktree

        tree = pybktree.BKTree(lambda a, b: (a[0] ^ b[0]).bit_count())
        for k, word in enumerate(words):
            tree.add((word, k))
        return lambda k: {i for _, (_, i) in tree.find((words[k], k), DEFAULT_DISTANCE)}
    by_name = {str(k): text for k, text in enumerate(texts)}
    if name == "imagededup BK-tree":
        from imagededup.handlers.search.bktree import BKTree as Method
    else:
        from imagededup.handlers.search.brute_force_cython import BruteForceCython as Method

    method = Method(by_name, lambda a, b: (int(a, 16) ^ int(b, 16)).bit_count())
    return lambda k: {int(i) for i, _ in method.search(texts[k], DEFAULT_DISTANCE)}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_child(case: Row) -> Row:
    """Runs a case in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--case", json.dumps(case)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise SystemExit(f"The case {case} failed.")
    return case | json.loads(done.stdout)


def run_case(case: Row) -> Row:
    """A case's figures, peak memory of this process included."""
    what, count = case["what"], case["count"]
    if what == "group":
        result = ours(case["kind"], count, case["distance"])
    elif what == "add":
        result = incremental(case["kind"], count)
    else:
        result = peer(what, count, case["budget"])
    return {"peak_mb": _peak_mb()} | result


def cases(sizes: tuple[int, ...], budget: float) -> list[Row]:
    """All cases in the order in which they are shown."""
    found: list[Row] = []
    for count in sizes:
        found += [
            {"what": "group", "kind": kind, "count": count, "distance": DEFAULT_DISTANCE}
            for kind in KINDS
        ]
        found.append({"what": "add", "kind": "plain", "count": count})
        if count in PEER_SIZES:
            found += [{"what": name, "count": count, "budget": budget} for name in PEERS]
    at = PEER_SIZES[-1]
    found += [
        {"what": "group", "kind": "copies", "count": at, "distance": d} for d in (0, 3, 8, 12, 16)
    ]
    return found


def show(row: Row, plain: dict[int, float]) -> None:
    """Prints a line of the table; the ratio is to our plain grouping of as many prints."""
    what = row["what"]
    if what == "group":
        label = f"group at {row['distance']}, {row['kind']}"
    elif what == "add":
        label = f"add {BATCH} (then stacks at 3: {row['seconds_other_distance']:.3f} s)"
    else:
        label = what
    if "missing" in row:
        print(f"{row['count']:>9,}  {label:42} {row['missing']}")
        return
    sampled = row.get("queries", row["count"]) < row["count"]
    mark = "~" if sampled else ""
    wall, cpu = (f"{mark}{row[k]:,.3f}" for k in ("seconds", "cpu_seconds"))
    ratio = row["cpu_seconds"] / plain[row["count"]]
    figures = f"{wall:>11} {cpu:>11} {ratio:>9,.2f} {row['peak_mb']:>7,.0f}"
    print(f"{row['count']:>9,}  {label:40} {figures}")


def main() -> None:
    """Runs the cases, prints the table, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--full", action="store_true", help="a million prints too")
    parser.add_argument("--budget", type=float, default=8.0, help="seconds of queries a peer gets")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        print(json.dumps(run_case(json.loads(args.case))))
        return
    sizes = (*PEER_SIZES, 1_000_000) if args.full else PEER_SIZES
    for kind, words in KINDS.items():
        print(f"{kind:8} {words}")
    print(f"\n{'prints':>9}  {'':40} {'seconds':>11} {'CPU s':>11} {'ratio':>9} {'peak MB':>7}")
    rows: list[Row] = []
    plain: dict[int, float] = {}
    for case in cases(sizes, args.budget):
        row = in_child(case)
        rows.append(row)
        if row["what"] == "group":
            plain.setdefault(row["count"], row["cpu_seconds"])
        show(row, plain)
    if args.json:
        machine = {
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        }
        args.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
