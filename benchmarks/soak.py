"""Random keys for minutes while prints are added; nothing may fail and no memory may grow.

    python benchmarks/soak.py --seconds 600 --json soak.json

A library of its own, the real command in a pseudo-terminal, another process that adds prints and
progress four times a second. At the end every mark of the journal must be in the database; and
taking back all acts must leave every print as it came, doing them again as it was.
"""

import argparse
import contextlib
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import psutil

from edition.domain import MarkChange, Marks
from edition.library.store import Store
from light_table import SLUG, Terminal, environment, machine, make_library, pictures, rendering

KEYS = [
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D") * 6, *(b"\x1b[5~", b"\x1b[6~") * 3,
    b"\x1b[H", b"\x1b[F", *(b" ", b"x", b"u", b"3", b"5", b"6", b"0") * 3, b"z", b"z", b"Z",
    b"s", b"c", b"o", b"t", b"v", b"m", b"a", b"n", b"d", b"\r", b"\x1b", b"?", b"H", b"i", b"f",
    b"+", b"/1\r", b"/22\r", b"Nsoft\r", b"#dusk fog\r", *(b"D", b"b", b"M", b"O") * 2,
    b"W\r", b"E\x1b", b"F\x1b", b"\x1b", b"\x1b",
]  # fmt: skip
"""What a restless person presses. Escape leads back, at most to the shelf; Enter in again."""
DECIDED = ("star", "reject", "rating", "label", "note", "tags", "trash != 0", "apart", "best")
"""What a person decides of a print, as the database holds it."""


def replayed(store: Store) -> dict[int, Marks]:
    """Marks by print as the journal says: its acts that stand, one after the other."""
    marks: dict[int, Marks] = {}
    for entry in reversed(store.journal.history(10_000_000)):
        if not entry.undone:
            of_marks = [c for c in entry.changes if isinstance(c, MarkChange)]
            marks.update((change.print_id, change.after) for change in of_marks)
    return marks


def decided(root: Path) -> dict[int, tuple[object, ...]]:
    """All that was decided, by print id, read past the program."""
    with contextlib.closing(sqlite3.connect(root / "library.sqlite")) as connection:
        rows = connection.execute(f"SELECT id, {', '.join(DECIDED)} FROM prints")  # noqa: S608
        return {row[0]: row[1:] for row in rows}


def there_and_back(root: Path, store: Store) -> tuple[int, int]:
    """Takes back all acts, then does again those that stood.

    Returns:
        How many prints were not as they came after the first; not as they were after the second.
    """
    before = decided(root)
    standing = sum(not entry.undone for entry in store.journal.history(10_000_000))
    while store.journal.undo():
        pass
    came = (0, 0, 0, "", "", "", 0, 0, 0)
    left = sum(tuple(v or came[i] for i, v in enumerate(r)) != came for r in decided(root).values())
    for _ in range(standing):
        store.journal.redo()
    again = decided(root)
    return left, sum(again[print_id] != row for print_id, row in before.items())


def soak(root: Path, seconds: float, seed: int) -> dict[str, object]:
    """Presses keys; returns what was seen."""
    generator = random.Random(seed)
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), "open", SLUG]
    terminal = Terminal([*command, "--graphics", "half"], environment(root / "config"))
    terminal.wait_for("▀".encode())
    process = psutil.Process(terminal.pid)
    pressed, memory, seen = 0, [], b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = generator.choice(KEYS)
        os.write(terminal.fd, key)
        pressed += 1
        # a key that follows Escape sooner is read as Alt and that key
        _, data = terminal.read(0.02, 0.08) if key[-1:] != b"\x1b" else terminal.read(0.2, 0.2)
        seen = (seen + data)[-200_000:]
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            break
        if pressed % 50 == 0:
            memory.append(process.memory_info().rss / 1e6)
    alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    if not alive:
        print(re.sub(r"\x1b[^a-zA-Z]*[a-zA-Z]|▀", "", seen.decode("utf-8", "replace"))[-3000:])
    if alive:
        os.write(terminal.fd, b"\x11")  # Ctrl+Q: what was asked is written before it leaves
        terminal.wait()
    with Store(root) as store:
        wanted = replayed(store)
        prints = store.prints.get(list(wanted))
        wrong = [i for i, marks in wanted.items() if prints[i].marks != marks]
        acts = len(store.journal.history(10_000_000))
        total = store.prints.counts(SLUG).prints
        left, unlike = there_and_back(root, store)
    return {
        "seconds": seconds, "keys": pressed, "acts": acts, "prints at the end": total,
        "alive": alive, "faults shown": seen.count(b"A fault in edition"),
        "marks unlike the journal": len(wrong), "not as they came when all is undone": left,
        "not as they were when all is redone": unlike,
        "memory MB, first minute": max(memory[:20]),
        "memory MB, last minute": max(memory[-20:]), "memory MB, most": max(memory),
    }  # fmt: skip


def main() -> None:
    """Soaks and tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--prints", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "editions"
        make_library(root, chosen.prints, pictures())
        with rendering(root, on=True):
            found = soak(root, chosen.seconds, chosen.seed)
    print(machine())
    for name, value in found.items():
        print(f"{name:40}{value if isinstance(value, (bool, int)) else round(value, 1)!s:>12}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n")
    sound = (
        found["alive"]
        and found["acts"]
        and not found["faults shown"]
        and not found["marks unlike the journal"]
        and not found["not as they came when all is undone"]
        and not found["not as they were when all is redone"]
    )
    raise SystemExit(0 if sound else 1)


if __name__ == "__main__":
    main()
