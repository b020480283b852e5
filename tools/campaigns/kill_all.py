"""Kills all that writes, at random moments and at write points, and counts what came of it.

    python -m tools.campaigns.kill_all                             # 1,000 kills, hours
    python -m tools.campaigns.kill_all --share 0.02                # 20 of them
    python -m tools.campaigns.kill_all --only screens --keep f     # one kind; go on where f ends

Command lines, presses, screens, trainings, exports and workers are real ones. The press's card
sleeps (``tools/sleeping_worker.py``); trainings train the embedded model. Each child is ended by
SIGKILL: half of them at a write, fsync, rename or other write point, SQLite's too, or with half of
a write done; half after a random share of the processor time that the whole work takes. Then

- what was reported done must be there, in the database and after a rescan without it (``lost``);
- nothing may be there twice, or be made twice (``doubled``);
- an act is done or was never begun, and each file under its own name is whole (``half-written``).

With ``--keep`` rounds are counted in a file and continued. Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tools.campaigns import kill_kinds, kill_points

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = {
    "command line": 400, "press": 240, "screens": 120, "exports": 120, "workers": 70,
    "trainings": 50,
}  # fmt: skip
"""Kills of each kind in the long form; a thousand together."""
COLUMNS = ("kills", "lost", "doubled", "half-written")
_PORTION = 20
"""Kills of one library; then another one is made, and what was done is written down."""


def counted(file: Path | None) -> dict[str, Counter[str]]:
    """What a file says of rounds that are done."""
    found: dict[str, Counter[str]] = {kind: Counter() for kind in ROUNDS}
    if file is not None and file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            found[fields.pop("kind")].update(fields)
    return found


def run(kind: str, wanted: int, chance: random.Random, keep: Path | None) -> Counter[str]:
    """Kills of one kind until so many are counted."""
    total: Counter[str] = Counter()
    while total["kills"] < wanted:
        with tempfile.TemporaryDirectory(dir=kill_points.memory()) as name:
            most = min(_PORTION, wanted - total["kills"])
            tally = kill_kinds.KINDS[kind](Path(name), chance, most)
        total.update(tally)
        if keep is not None:
            with keep.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"kind": kind, **tally}) + "\n")
        print(f"{time.strftime('%H:%M')} {kind}: {total['kills']}/{wanted}", flush=True)
    return total


def table(found: dict[str, Counter[str]]) -> str:
    """All kinds, a line each, and their sum."""
    rows = {kind: [tally[name] for name in COLUMNS] for kind, tally in found.items()}
    rows["together"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [f"{'':14}" + "".join(f"{name:>14}" for name in COLUMNS)]
    lines += [f"{kind:14}" + "".join(f"{n:14,}" for n in row) for kind, row in rows.items()]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Runs the campaign; 1 when anything was lost, doubled or half-written."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.kill_all", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--share", type=float, default=1.0, help="of the thousand kills")
    parser.add_argument("--only", nargs="+", choices=list(ROUNDS), default=list(ROUNDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="count in this file, and go on where it ends")
    chosen = parser.parse_args(arguments)
    if not kill_points.loaded():
        with tempfile.TemporaryDirectory() as name:
            return kill_points.start_again(Path(name), "kill_all", arguments)
    found = counted(chosen.keep)
    for kind in chosen.only:
        wanted = round(ROUNDS[kind] * chosen.share) - found[kind]["kills"]
        chance = random.Random(f"{chosen.seed} {kind} {found[kind]['kills']}")
        found[kind].update(run(kind, wanted, chance, chosen.keep))
    print(table(found))
    return 1 if any(tally[name] for tally in found.values() for name in COLUMNS[1:]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
