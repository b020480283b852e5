"""Presses and trainings that are killed at work, and started again until all is done."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from tools.campaigns import kill_points, kill_workers
from tools.campaigns.killed_child import KILLED, Interruption, Tally, child, some_moment

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from tools.campaigns.killed_child import Ended

_PRINTS = 8
"""Of a job; half of them are enlarged afterwards."""


def press(root: Path, log: Path, moment: Interruption) -> Ended:
    """A press that draws with a card that sleeps, until there is nothing to do."""
    return child(lambda: draw(root), moment, log)


def draw(root: Path, batch: int = 3) -> int:
    """The same in this process; so many prints together."""
    from edition.press import loop
    from tools.sleeping_worker import SleepingBench

    bench = SleepingBench()
    bench.asked |= {"seconds": 0.0, "batch": batch}
    loop.Press.bench = property(lambda _: bench)  # type: ignore[method-assign,assignment]
    return _run(root)


def _run(root: Path) -> int:
    """As ``python -m edition.press`` runs it."""
    from edition.press.__main__ import main

    sys.argv = ["edition.press", "--library", str(root), "--device", "cpu", "--idle", "0"]
    return main()


def ask(root: Path, asked: int) -> int:
    """Queues more prints, and some of those before to be enlarged; returns the highest seed."""
    from edition.actions.session import Session
    from edition.press.job_payloads import submit_upscale
    from edition.recipe.upscale_settings import UpscaleSettings

    with Session(root) as session:
        if session.store.jobs.live():
            return asked
        known = session.store.prints.find("east", range(1, asked + 1))
        plain = [item.id for item in known if not item.upscaled][: _PRINTS // 2]
        submit_upscale(session.store, "east", plain, UpscaleSettings(method="lanczos", scale=2))
        session.render("east", range(1, asked + _PRINTS + 1), start=False)
    return asked + _PRINTS


def ask_failed_again(root: Path) -> list[str]:
    """Puts jobs that failed into the queue again; returns what each has said."""
    from edition.actions.session import Session

    with Session(root) as session:
        failed = [job for job in session.store.jobs.recent(10) if job.state == "failed"]
        for job in failed:
            session.store.jobs.retry(job.id)
    return [job.error for job in failed]


class _Printed:
    """What presses said that they filed, and whether it is there."""

    def __init__(self, root: Path, tally: Tally) -> None:
        self.root, self.tally = root, tally
        self.times: Counter[str] = Counter()
        self.seen: set[Path] = set()

    def look(self, ended: Ended, moment: Interruption) -> None:
        """Compares what was told with the library and its files."""
        told = [line for line in ended.told if line.startswith("printed ")]
        self.times.update(told)
        rows = self._rows()
        for line in told:
            if self.times[line] > 1:
                self.tally.fault("doubled", f"{line}, {self.times[line]} times")
            if int(line.split()[-1]) not in rows:
                self.tally.fault("lost", f"{line}, and it has no row: {moment}")
        files = {f for f in self.root.glob("*/*/*/*.png") if not f.name.startswith(".")}
        for path in sorted(files - self.seen):
            if not _whole(path):
                self.tally.fault("half-written", f"{path.name} after {moment}")
        for seed, file in rows.items():
            if not (self.root / file).is_file():
                self.tally.fault("half-written", f"seed {seed} has a row and no file")
        self.seen |= files

    def _rows(self) -> dict[int, str]:
        from edition.actions.session import Session

        with Session(self.root) as session:
            ids = session.store.prints.select("east")
            return {item.seed: item.file for item in session.store.prints.get(ids).values()}

    def end(self, asked: int) -> None:
        """After a press that nobody killed: all is there once, and nothing else."""
        rows, files = self._rows(), list(self.root.glob("east/prints/*/*"))
        wanted = set(range(1, asked + 1))
        for seed in sorted(wanted - rows.keys()):
            self.tally.fault("lost", f"seed {seed} was asked for and is not there")
        if len(files) != len(rows) or rows.keys() - wanted:
            self.tally.fault("doubled", f"{len(files)} files, {len(rows)} prints, {asked} asked")
        large = Counter(f.name.split("-")[0] for f in self.root.glob("east/upscaled/*/*"))
        if any(times > 1 for times in large.values()):
            self.tally.fault("doubled", f"enlarged files: {large}")


def _whole(path: Path) -> bool:
    try:
        return kill_workers.is_whole(path)
    except Exception:
        return False


def presses(folder: Path, chance: random.Random, kills: int) -> Tally:
    """A press that renders and enlarges; each one goes on where the one before was killed."""
    tally, root, log = Tally(), folder / "library", folder / "log"
    root.mkdir()
    (root / "east").mkdir()
    (root / "east/edition.toml").write_text(kill_points.RECIPE.format(slug="east"))
    asked = ask(root, 0)
    printed = _Printed(root, tally)
    complete = press(root, log, Interruption())
    if complete.status:
        raise RuntimeError(log.read_text())
    printed.look(complete, Interruption())
    while tally["kills"] < kills:
        asked = ask(root, asked)
        moment = some_moment(chance, complete)
        ended = press(root, log, moment)
        tally["kills"] += ended.status == KILLED
        printed.look(ended, moment)
    for _ in range(3):  # a job that six presses died at has failed, and is asked for again
        printed.look(press(root, log, Interruption()), Interruption())
        asked = ask(root, asked)
    printed.look(press(root, log, Interruption()), Interruption())
    printed.end(asked)
    return tally


def _train(root: Path, log: Path, moment: Interruption) -> Ended:
    """A press that trains the embedded model, for real, on the processor."""
    return child(lambda: _run(root), moment, log)


def _ask_for_training(root: Path) -> None:
    from edition.actions import finetuning
    from edition.actions.session import Session

    with Session(root) as session:
        if not session.store.jobs.live():
            finetuning.train(session, "east", "dreambooth", start=False)


def _trained(root: Path) -> dict[str, Any]:
    """Editions that were made, and the digests of their weights."""
    from edition.actions.session import Session

    with Session(root) as session:
        runs = session.store.runs.all("east")
        curves = [[p.step for p in session.store.runs.curve(run.id)] for run in runs]
    weights = sorted(root.glob("east/models/*/step-*/model/*/*.safetensors"))
    return {
        "editions": sorted(f.parent.name for f in root.glob("*/edition.toml")),
        "curves": curves,
        "weights": [
            (f.parent.parent.parent.name, f.parent.name, f.name,
             hashlib.sha256(f.read_bytes()).hexdigest())
            for f in weights
        ],
    }  # fmt: skip


def trainings(folder: Path, chance: random.Random, kills: int) -> Tally:
    """Trainings: each ends with the weights of one that nobody killed."""
    from tests.finetune.rooms import pictures

    import edition.press.training_work  # noqa: F401 - torch, once for all children

    tally, log = Tally(), folder / "log"
    photos = pictures(folder / "pictures", 4)
    wanted: dict[str, Any] = {}
    complete: Ended | None = None
    while tally["kills"] < kills:
        root = folder / f"library-{tally['kills']}-{len(wanted)}"
        (root / "east").mkdir(parents=True)
        (root / "east/edition.toml").write_text(
            kill_points.RECIPE.format(slug="east")
            + f'[training]\nimages = "{photos}"\nresolution = 64\nsteps = 6\n'
            "checkpoint_every = 2\nsample_every = 3\nlearning_rate = 1e-4\n"
            'sample_seeds = "1"\n'
        )
        _ask_for_training(root)
        while complete is not None and tally["kills"] < kills and _live(root):
            moment = some_moment(chance, complete)
            tally["kills"] += _train(root, log, moment).status == KILLED
            _ask_again(root)
        ended = _train(root, log, Interruption())
        if ended.status:
            raise RuntimeError(log.read_text())
        complete, wanted = complete or ended, wanted or _trained(root)
        if (found := _trained(root)) != wanted:
            more = len(found["editions"]) > len(wanted["editions"])
            tally.fault("doubled" if more else "lost", f"{found}\n    not {wanted}")
    return tally


def _live(root: Path) -> bool:
    from edition.actions.session import Session

    with Session(root) as session:
        return bool(session.store.jobs.live())


def _ask_again(root: Path) -> None:
    """A job that presses died at six times has failed: the person asks for it again."""
    from edition.actions.session import Session

    with Session(root) as session:
        failed = [job.id for job in session.store.jobs.recent(1) if job.state == "failed"]
    if failed:
        _ask_for_training(root)
