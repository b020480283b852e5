"""Kills workers, machines and the press at random, and counts what came of it.

``python -m tools.campaigns.kill_workers`` kills 64 processes by SIGKILL, and prints what was asked
for, what is there, what was filed twice and what is left over. The workers sleep where a card would
compute (``tools/sleeping_worker.py``), but for the last round; everything else is real.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from edition.actions.session import Session
from edition.library import metadata
from edition.recipe.seeds import parse_seeds
from tools.pooled_press import EDITION, PooledPress, files, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RAY = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "OMP_NUM_THREADS": "1",
    "RAY_health_check_period_ms": "1000", "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3", "RAY_raylet_start_wait_time_s": "900",
}  # fmt: skip
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}
_PORTION = 60


class Campaign:
    """A library, a press, and somebody who kills."""

    def __init__(self, root: Path, chance: random.Random, *options: str, real: bool) -> None:
        """Starts the first press."""
        (root / "small").mkdir(parents=True)
        (root / "small" / "edition.toml").write_text(EDITION)
        self.session, self.chance = Session(root), chance
        self.options, self.real = options, real
        self.kills: Counter[str] = Counter()
        self.pids: set[int] = set()
        self.asked = 0
        self.press = self._started()

    def _started(self) -> PooledPress:
        return PooledPress(self.session.root, *self.options, real=self.real, seconds=0.05)

    def feed(self) -> None:
        """Asks for more when little is left to do."""
        if not self.session.store.jobs.live():
            first, self.asked = self.asked + 1, self.asked + _PORTION
            seeds = parse_seeds(f"{first}..{self.asked}")
            self.session.render("small", seeds, start=False)

    def working(self) -> list[int]:
        """Processes of workers that have something in hand."""
        self.feed()
        workers = self.session.press_state().workers
        self.pids |= {worker.pid for worker in workers if worker.pid}
        return [worker.pid for worker in workers if worker.state == "working"]

    def filed(self) -> int:
        """Prints of all presses so far."""
        return self.session.store.prints.counts("small").prints

    def kill_worker(self) -> None:
        """One that works, at any moment of it."""
        wait(self.working, 900)
        victims = self.working()
        if victims and _kill(self.chance.choice(victims)):
            self.kills["workers"] += 1

    def kill_press(self) -> None:
        """The process that files; then another one is started."""
        before = self.filed()
        # six without a print would end a job; a busy machine loads a model for minutes
        wait(lambda: self.working() and self.filed() > before, 900)
        self.press.process.kill()
        self.press.process.wait()
        self.kills["presses"] += 1
        wait(lambda: not any(_alive(pid) for pid in self.pids), 60)
        self.press = self._started()

    def end(self) -> dict[str, Any]:
        """Lets all be finished; what there is then."""
        store = self.session.store
        wait(lambda: not store.jobs.live(), 600)
        self.working_pids_seen()
        self.press.leave()
        wait(lambda: not any(_alive(pid) for pid in self.pids), 60)
        asked = set(parse_seeds(f"1..{self.asked}"))
        filed = [line for line in self.press.log().splitlines() if line.startswith("printed")]
        there, digest = files(self.session.root), self.session.digest("small")
        facts = {
            **self.kills,
            "failed jobs": sum(job.state != "done" for job in store.jobs.recent(10_000)),
            "seeds asked for": len(asked),
            "in the library": len(store.prints.seeds("small", digest) & asked),
            "whole files": sum(is_whole(self.session.root / name) for name in there),
            "files": len(there),
            "filed twice": len(filed) - len(set(filed)),
            "processes left over": sum(_alive(pid) for pid in self.pids),
        }  # fmt: skip
        self.session.close()
        return facts

    def working_pids_seen(self) -> None:
        """Remembers who works now, to look for them later."""
        self.pids |= {w.pid for w in self.session.press_state().workers if w.pid}


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_whole(path: Path) -> bool:
    """Whether a picture's file has all its pixels and its recipe."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
    return metadata.read(path) is not None


def of_children(
    root: Path, chance: random.Random, workers: int, presses: int, **real: bool
) -> dict:
    """A press with children; so many kills of each kind, in a random order."""
    options = ("--devices", "cpu*2" if real.get("real") else "cpu*3")
    campaign = Campaign(root, chance, *options, real=bool(real.get("real")))
    acts: list[Callable[[], None]] = [campaign.kill_worker] * workers
    acts += [campaign.kill_press] * presses
    chance.shuffle(acts)
    for act in acts:
        act()
    return campaign.end()


@contextmanager
def ray_cluster(machines: int) -> Iterator[tuple[Any, list[Any]]]:
    """A Ray cluster of so many nodes on this machine; it, and the nodes that are not its head."""
    os.environ.update(RAY)
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # Ray reads it once a process
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    try:
        yield cluster, [cluster.add_node(**NODE) for _ in range(machines - 1)]
    finally:
        cluster.shutdown()


def of_a_cluster(
    root: Path, chance: random.Random, workers: int, presses: int, raylets: int
) -> dict:
    """A press on a Ray cluster of three nodes; a killed node is replaced by a new one."""
    with ray_cluster(machines=3) as (cluster, nodes):
        return _of_nodes(cluster, nodes, root, chance, workers, presses, raylets)


def _of_nodes(
    cluster: Any,
    nodes: list[Any],
    root: Path,
    chance: random.Random,
    workers: int,
    presses: int,
    raylets: int,
) -> dict:
    campaign = Campaign(root, chance, "--cluster", cluster.address, real=False)

    def kill_raylet() -> None:
        wait(lambda: len(campaign.working()) > 1)
        victim = nodes.pop(chance.randrange(len(nodes)))
        cluster.remove_node(victim, allow_graceful=False)
        campaign.kills["raylets"] += 1
        nodes.append(cluster.add_node(**NODE))

    acts = [campaign.kill_worker] * workers + [campaign.kill_press] * presses
    acts += [kill_raylet] * raylets
    chance.shuffle(acts)
    for act in acts:
        act()
    return campaign.end()


def main() -> int:
    """Runs the rounds; 0 when nothing was lost, filed twice or left over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the order of kills")
    parser.add_argument("--skip-real", action="store_true", help="without the embedded model")
    chosen = parser.parse_args()
    chance, good = random.Random(chosen.seed), True
    with tempfile.TemporaryDirectory(prefix="edition-kills-") as made:
        rounds: list[tuple[str, Callable[[Path], dict]]] = [
            ("children that sleep", lambda root: of_children(root, chance, 24, 8)),
            ("a Ray cluster that sleeps", lambda root: of_a_cluster(root, chance, 12, 4, 4)),
            ("children with the embedded model",
             lambda root: of_children(root, chance, 9, 3, real=True)),
        ]  # fmt: skip
        for number, (name, run) in enumerate(rounds[: 2 if chosen.skip_real else 3]):
            facts = run(Path(made) / str(number) / "library")
            print(f"{name}: " + ", ".join(f"{n} {what}" for what, n in facts.items()), flush=True)
            asked = facts["seeds asked for"]
            good &= facts["in the library"] == facts["whole files"] == facts["files"] == asked
            good &= not (facts["filed twice"] or facts["processes left over"])
            good &= not facts["failed jobs"]
    print("nothing lost, nothing twice, nothing left over" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
