"""Gives the main road a full, failing, read-only or slow disk, at every one of its writes.

    python -m tools.campaigns.bad_disks                   # every verb, every write point, every way
    python -m tools.campaigns.bad_disks --step 17         # some of each
    python -m tools.campaigns.bad_disks --verbs new press
    python -m tools.campaigns.bad_disks --keep tries.jsonl    # counted in a file, and continued

Each verb runs in a child as the command line does; ``press`` is a press with a card that sleeps.
From its n-th write point on the disk is full, or it is full there only for a moment; from there on
nothing can be changed; or that one call fails, also where it is a flush. The verb must end with
one of the program's own errors or be done, leave what was before it or what is after it, and be
done when it is tried again on a good disk. On a slow disk, where each write waits, it is done.

With ``--keep`` tries are counted in a file, and those that stand there are not done again. Needs
Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.campaigns import kill_kinds, kill_points, killed_presses
from tools.campaigns.killed_child import Interruption, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.campaigns.killed_child import Ended

WAYS = {"full": 2, "full for a moment": 3, "read-only": 4, "failing": 5}
"""As kill_points.c numbers them."""
SLOW, SLOW_NUMBER, SLOW_MICROSECONDS = "slow", 6, 20_000
ROAD = (
    "new north", "edit east title=Other", "star east 3", "label west red 1", "undo",
    "trash put east 3", "exhibition add spring west 1", "register issue east 1",
    "proof sheet east", "export east {out}/picked", "backup {out}/library.zip", "rescan",
    "adopt {pictures}",
)  # fmt: skip
"""What a person does, one verb after the other."""
PRESS = "press"
OWN_ERRORS = range(1, 10)
"""Exit codes of the command line's own errors; a killed or crashed process has others."""
ONCE = ("undo", "register issue")
"""Done again, they do something else: the next act is undone, the next number is issued."""
IN_STEPS = (PRESS, "adopt", "export")
"""They do one thing after the other; done again, they go on where they ended."""
_WORDS = ("Traceback", "Internal error", "Error:", "Errno")
"""What a person is never told."""


def main(arguments: Sequence[str]) -> int:
    """Runs the campaign; 1 when something went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.bad_disks", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--step", type=int, default=1, help="one write point in so many")
    parser.add_argument("--verbs", nargs="*", default=[], help="those that start like this")
    parser.add_argument("--keep", type=Path, help="count in this file, and go on where it ends")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=kill_points.memory()) as name:
        if not kill_points.loaded():
            return kill_points.start_again(Path(name), "bad_disks", arguments)
        tries = Tries(chosen.keep)
        road = Road(Path(name))
        for verb in (*ROAD, PRESS):
            if not chosen.verbs or verb.startswith(tuple(chosen.verbs)):
                road.walk(verb, chosen.step, tries)
                print(
                    f"{verb:32} {tries.count[verb]:5} tries {tries.faults[verb]:3} faults",
                    flush=True,
                )
    wrong = tries.faults.total()
    print(f"{tries.count.total()} tries, {wrong} faults")
    return 1 if wrong else 0


class Tries:
    """What was tried, also in earlier runs with the same file.

    Attributes:
        count: tries of each verb.
        faults: faults of each verb.
    """

    def __init__(self, file: Path | None) -> None:
        """Reads what a file says of earlier tries."""
        self.count: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._done: set[tuple[str, str, int]] = set()
        self._file = file
        if file is not None and file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._add(**json.loads(line))

    def _add(self, verb: str, way: str, at: int, faults: list[str]) -> None:
        self.count[verb] += 1
        self.faults[verb] += len(faults)
        self._done.add((verb, way, at))

    def of(self, verb: str, way: str, at: int, attempt: Iterator[str]) -> None:
        """Makes one try, which yields its faults, unless it was made before."""
        if (verb, way, at) in self._done:
            return
        faults = list(attempt)
        for fault in faults:
            print(f"{verb}, {way} at {at}: {fault}", flush=True)
        self._add(verb, way, at, faults)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as stream:
                line = {"verb": verb, "way": way, "at": at, "faults": faults}
                stream.write(json.dumps(line) + "\n")


class Road:
    """A library, and what is tried with it on a bad disk."""

    def __init__(self, folder: Path) -> None:
        """Makes the library that every try starts from."""
        from tests.fakes import scene

        self.folder, self.log = folder, folder / "log"
        self.pictures = folder / "found"
        self.pictures.mkdir()
        scene(1, 64).save(self.pictures / "1.png")
        self.base = folder / "base"
        kill_kinds.preload()
        kill_kinds.library(self.base, self.log)
        killed_presses.ask(self.base, kill_kinds.SEEDS)

    def walk(self, verb: str, step: int, tries: Tries) -> None:
        """Tries a verb at its write points on each bad disk, and once on a slow one."""
        typed = verb.replace("{pictures}", str(self.pictures))
        before = kill_kinds.state(self._fresh())
        root = self._fresh()
        complete = self._run(root, typed, Interruption())
        if complete.status:
            raise RuntimeError(f"{verb}: {self._said()}")
        after = kill_kinds.state(root)
        for way, number in WAYS.items():
            for at in range(1, complete.points + 1, step):
                moment = Interruption(at, number)
                tries.of(verb, way, at, self._one(typed, moment, before, after))
        tries.of(verb, SLOW, 1, self._slow(typed, after))

    def _slow(self, verb: str, after: dict[str, Any]) -> Iterator[str]:
        root = self._fresh()
        ended = self._run(root, verb, Interruption(SLOW_MICROSECONDS, SLOW_NUMBER))
        if ended.status or kill_kinds.state(root) != after:
            yield f"status {ended.status}: {self._said()}"

    def _fresh(self) -> Path:
        return kill_kinds.copied(self.base, self.folder / "tried")

    def _run(self, root: Path, verb: str, moment: Interruption) -> Ended:
        self.log.write_text("")
        if verb == PRESS:
            return killed_presses.press(root, self.log, moment)
        return kill_kinds.cli(root, verb, self.log, moment)

    def _said(self) -> str:
        return self.log.read_text(errors="replace")[-800:]

    def _one(
        self, verb: str, moment: Interruption, before: dict[str, Any], after: dict[str, Any]
    ) -> Iterator[str]:
        root = self._fresh()
        ended = self._run(root, verb, moment)
        said = self._said()
        if ended.status and ended.status not in OWN_ERRORS:
            yield f"it ended with {ended.status}: {said}"
        if any(word in said for word in _WORDS):
            yield f"it said: {said}"
        if verb.partition(" ")[0] not in IN_STEPS:
            allowed = (after,) if ended.status == 0 else (before, after)
            tally = Tally()
            kill_kinds.compare(allowed, kill_kinds.state(root), "", tally, exports=True)
            if sum(tally.values()):
                yield f"status {ended.status}, it is half: {said}"
                return
        if fault := self._again(root, verb, after):
            yield f"{fault}\n    it had said: {said}"

    def _again(self, root: Path, verb: str, after: dict[str, Any]) -> str:
        """The same on a good disk: done now, where it was not done before."""
        if verb == PRESS:
            killed_presses.ask_failed_again(root)
        elif verb.startswith(ONCE) or kill_kinds.state(root) == after:
            return ""
        ended = self._run(root, verb, Interruption())
        found = kill_kinds.state(root)
        if found == after:
            return ""
        return f"again: status {ended.status}\n{kill_points.differ(after, found)}\n{self._said()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
