"""Gives the main road a full, failing, read-only or slow disk, at every one of its writes.

    python -m tools.campaigns.bad_disks                   # every verb, every write point, every way
    python -m tools.campaigns.bad_disks --step 17         # some of each
    python -m tools.campaigns.bad_disks --verbs restore press

Each verb runs in a child as the command line does; ``press`` is a press with a card that sleeps.
From its n-th write point on the disk is full, or it is full there only for a moment; from there on
nothing can be changed; or that one call fails, also where it is a flush. The verb must end with
one of the program's own errors or be done, leave what was before it or what is after it, and be
done when it is tried again on a good disk. On a slow disk, where each write waits, it is done.

Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.campaigns import kill_kinds, kill_points, killed_presses
from tools.campaigns.killed_child import Interruption, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.campaigns.killed_child import Ended

WAYS = {"full": 2, "full for a moment": 3, "read-only": 4, "failing": 5}
"""As kill_points.c numbers them."""
SLOW, SLOW_MICROSECONDS = 6, 20_000
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
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=kill_points.memory()) as name:
        if not kill_points.loaded():
            return kill_points.start_again(Path(name), "bad_disks", arguments)
        wrong = 0
        road = Road(Path(name))
        for verb in (*ROAD, PRESS):
            if not chosen.verbs or verb.startswith(tuple(chosen.verbs)):
                tries, faults = 0, 0
                for fault in road.walk(verb, chosen.step):
                    tries += not fault
                    faults += bool(fault)
                    if fault:
                        print(f"{verb}, {fault}", flush=True)
                print(f"{verb:32} {tries:5} tries {faults:3} faults", flush=True)
                wrong += faults
    print(f"{wrong} faults")
    return 1 if wrong else 0


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

    def walk(self, verb: str, step: int) -> Iterator[str]:
        """Tries a verb at its write points; an empty text for each try, and one for each fault."""
        verb = verb.replace("{pictures}", str(self.pictures))
        before = kill_kinds.state(self._fresh())
        root = self._fresh()
        complete = self._run(root, verb, Interruption())
        if complete.status:
            raise RuntimeError(f"{verb}: {self._said()}")
        after = kill_kinds.state(root)
        for way, code in WAYS.items():
            for at in range(1, complete.points + 1, step):
                yield ""
                for fault in self._one(verb, Interruption(at, code), before, after):
                    yield f"{way} at {at}/{complete.points}: {fault}"
        yield ""
        root = self._fresh()
        slow = self._run(root, verb, Interruption(SLOW_MICROSECONDS, SLOW))
        if slow.status or kill_kinds.state(root) != after:
            yield f"slow: status {slow.status}: {self._said()}"

    def _fresh(self) -> Path:
        root = kill_kinds.copied(self.base, self.folder / "tried")
        killed_presses.ask(root, kill_kinds.SEEDS)
        return root

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
            _ask_failed_again(root)
        elif verb.startswith(ONCE) or kill_kinds.state(root) == after:
            return ""
        ended = self._run(root, verb, Interruption())
        found = kill_kinds.state(root)
        if found == after:
            return ""
        return f"again: status {ended.status}\n{kill_points.differ(after, found)}\n{self._said()}"


def _ask_failed_again(root: Path) -> None:
    from edition.actions.session import Session

    with Session(root) as session:
        for job in session.store.jobs.recent(10):
            if job.state == "failed":
                session.store.jobs.retry(job.id)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
