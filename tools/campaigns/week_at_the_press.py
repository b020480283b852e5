"""A week at the press: prints are filed one after the other while somebody marks them.

    python -m tools.campaigns.week_at_the_press                    # 1,000,000 prints, some hours
    python -m tools.campaigns.week_at_the_press --prints 50000
    python -m tools.campaigns.week_at_the_press --folder FOLDER    # stopped and continued

The real press files what a card that sleeps has drawn: PNG, flush, row, thumbnail, fingerprint for
near-duplicates, restacks at their times. The library is open beside it as the screens have it:
every half second a page of prints is read and a few are marked. Every ten thousand prints a line is
told: milliseconds a print, the press's memory, what a mark takes. At the end rows, files and marks
must agree.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tools.campaigns import kill_points, killed_presses

_BATCH = 8


def main(arguments: list[str]) -> int:
    """Runs the week; 1 when anything is missing, doubled or unlike."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.week_at_the_press", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--prints", type=int, default=1_000_000)
    parser.add_argument("--line", type=int, default=10_000, help="prints from line to line")
    parser.add_argument("--folder", type=Path, help="where the library is kept")
    chosen = parser.parse_args(arguments)
    if chosen.folder:
        return _week(chosen.folder.resolve(), chosen.prints, chosen.line)
    with tempfile.TemporaryDirectory() as name:
        return _week(Path(name), chosen.prints, chosen.line)


def _week(folder: Path, prints: int, line: int) -> int:
    from edition.actions.session import Session

    root, marks = folder / "library", AskedMarks(folder / "marks.txt")
    if not (root / "east").exists():
        (root / "east").mkdir(parents=True)
        (root / "east/edition.toml").write_text(kill_points.RECIPE.format(slug="east"))
    with Session(root) as session:
        marks.repeat(session)
        if not session.store.jobs.live():
            session.render("east", range(1, prints + 1), start=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    press = os.fork()
    if press == 0:
        _press(root)
    try:
        with Session(root) as session:
            _watch(session, press, prints, line, marks)
    except KeyboardInterrupt:
        os.kill(press, signal.SIGTERM)
        os.waitpid(press, 0)
        print("stopped; the same command with --folder goes on", flush=True)
        return 130
    status = os.waitstatus_to_exitcode(os.waitpid(press, 0)[1])
    return _judged(root, prints, marks.given, status)


class AskedMarks:
    """The ratings that were asked for, in a file that a stopped campaign goes on from."""

    def __init__(self, file: Path) -> None:
        """Reads what an earlier run asked for."""
        self.given = dict[int, int]()
        self._last: tuple[list[int], int] = ([], 0)
        file.touch()
        for line in file.read_text().splitlines():
            rating, *seeds = (int(word) for word in line.split())
            self._note(seeds, rating)
        self._file = file.open("a")

    def _note(self, seeds: list[int], rating: int) -> None:
        self.given |= dict.fromkeys(seeds, rating)
        self._last = seeds, rating

    def repeat(self, session: Any) -> None:
        """Gives the last rating once more: the stop may have come before it was kept."""
        if self.given:
            self._rate(session, *self._last)

    def give(self, session: Any, chance: random.Random, done: int) -> float:
        """Rates some of a page as a screen would; the seconds that it took."""
        if not done:
            return 0.0
        self._note(sorted({chance.randint(1, done) for _ in range(3)}), chance.randint(1, 5))
        seeds, rating = self._last
        print(rating, *seeds, file=self._file, flush=True)
        return self._rate(session, seeds, rating)

    @staticmethod
    def _rate(session: Any, seeds: list[int], rating: int) -> float:
        found = session.store.prints.find("east", seeds)
        began = time.monotonic()
        session.rate([item.id for item in found], rating)
        return time.monotonic() - began


def _press(root: Path) -> None:
    """The press's process; does not return."""
    status = 1
    try:
        log = os.open(root / "press.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        status = killed_presses.draw(root, _BATCH)
    finally:
        os._exit(status)


def _watch(session: Any, press: int, prints: int, line: int, marks: AskedMarks) -> None:
    """Looks and marks until all is filed."""
    process, began, slowest, cpu, memory = psutil.Process(press), time.monotonic(), 0.0, 0.0, 0
    chance, told = random.Random(), session.store.prints.counts("east").prints
    print(f"{'prints':>10} {'ms a print':>11} {'CPU ms':>8} {'press MB':>9} {'mark ms':>8}")
    done = told
    while done < prints and process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.5)
        done = session.store.prints.counts("east").prints
        slowest = max(slowest, marks.give(session, chance, done))
        if done - told >= line or done == prints > told:
            now, times = time.monotonic(), process.cpu_times()
            used = times.user + times.system
            memory = process.memory_info().rss or memory  # one that has ended has none
            print(
                f"{done:10,} {(now - began) / (done - told) * 1000:11.1f}"
                f" {(used - cpu) / (done - told) * 1000:8.1f}"
                f" {memory / 1e6:9.0f} {slowest * 1000:8.0f}",
                flush=True,
            )
            told, began, slowest, cpu = done, now, 0.0, used


def _judged(root: Path, prints: int, marked: dict[int, int], status: int) -> int:
    from edition.actions.session import Session
    from edition.library.mirror_files import read_marks

    with Session(root) as session:
        rows = session.store.prints.seeds("east", session.digest("east"))
        found = session.store.prints.find("east", list(marked))
        unlike = sum(item.marks.rating != marked[item.seed] for item in found)
    files = {int(f.stem) for f in root.glob("east/prints/*/*.png")}
    left = list(root.glob("east/prints/*/.*"))
    mirror = read_marks(root, "east")
    odd = sum(kept.marks.rating != marked.get(seed) for (_, seed), kept in mirror.items())
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{len(rows):,} rows, {len(files):,} files, {len(marked):,} prints marked, {unlike} unlike "
        f"in the database, {odd} in the mirror, {len(left)} left over; this process {own:.0f} MB"
    )
    wanted = set(range(1, prints + 1))
    good = rows == wanted == files and not (unlike or odd or left or status)
    good &= len(mirror) == len(marked)
    print("files, rows and marks agree" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
