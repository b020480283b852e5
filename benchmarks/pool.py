"""What many workers cost and bring: dispatch, pictures a second, real cores, model affinity.

``python benchmarks/pool.py`` prints tables; ``--only dispatch,rate,limit,cores,affinity`` some of
them. Workers of ``rate`` and ``limit`` are simulated: they sleep where a card would compute, and
return a real PNG of about 350 KB (see tools/sleeping_worker.py). All ratios are of one run.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from edition import paths
from edition.actions.session import Session
from edition.press.pool import channels
from edition.press.pool.pool_task import Reply, Task
from edition.press.pool.worker_pool import Choices, Pool
from edition.recipe.seeds import parse_seeds
from tools import sleeping_worker
from tools.pooled_press import EDITION, PooledPress, wait

ROUNDS = 200
SECONDS = 0.25


def body(session: Session, digest: str) -> dict:
    """A batch of one picture."""
    recipe = session.recipe("small").to_json()
    return {
        "do": "render", "slug": "small", "fingerprint": "f" * 64, "items": [(digest, 1)],
        "wanted": 1, "images": {}, "files": {}, "recipes": {digest: recipe},
    }  # fmt: skip


class Quiet:
    """Hears nothing, in place of a press."""

    def __getattr__(self, name: str):  # noqa: ANN204
        return lambda *_, **__: None


def in_process(session: Session, digest: str) -> float:
    """Milliseconds of a batch that takes no time, as a call."""
    core = sleeping_worker.SleepingCore("cpu", session.root, sees_library=False)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        core.do(body(session, digest), Quiet())()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


def over(session: Session, digest: str, seats: list[channels.Seat]) -> float:
    """Milliseconds of the same batch through a pool of one worker."""
    pool = Pool(session.root, seats, Choices(core=sleeping_worker.CORE), log=lambda _: None)
    pool.wait_settled(120)
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    times = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        pool.submit(Task(body(session, digest), 1, (0, number), replies, "m"))
        assert replies.get(timeout=60).error is None
        times.append(time.perf_counter() - began)
    pool.close()
    return median(times) * 1000


def ray_seats() -> tuple[object, object, list[channels.Seat]]:
    """A cluster of one node on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    from edition.press.pool import ray_cluster

    node = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=node)
    joined = ray_cluster.Cluster(made.address)
    return made, joined, joined.seats()


def dispatch(root: Path) -> None:
    """What a batch costs beyond its drawing."""
    os.environ |= sleeping_worker.behaviour(seconds=0, batch=1)
    session = library(root)
    digest = session.digest("small")
    base = in_process(session, digest)
    child = over(session, digest, channels.child_seats(("cpu",)))
    made, joined, seats = ray_seats()
    actor = over(session, digest, seats)
    joined.leave()
    made.shutdown()
    print("\na batch of one 64 px picture that takes no time to draw, median of", ROUNDS)
    print("| worker | ms a batch | dispatch, ms |\n|---|---|---|")
    for name, cost in (("a call in one process", base), ("child", child), ("Ray actor", actor)):
        print(f"| {name} | {cost:.2f} | {cost - base:.2f} |", flush=True)


def library(root: Path) -> Session:
    """A library with one small edition."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "small").mkdir(parents=True)
    (root / "small" / "edition.toml").write_text(EDITION)
    return Session(root)


def pictures_a_second(root: Path, count: int, options: list[str], **how: object) -> float:
    """From the first filed picture to the last, over a whole job."""
    with library(root) as session:
        real = bool(how.pop("real", False))
        job = session.render("small", parse_seeds(f"1..{count}"), start=False)
        press = PooledPress(root, *options, real=real, **how)
        marks: list[tuple[float, int]] = []

        def look() -> bool:
            state = session.store.jobs.get(job)
            if state.done and (not marks or state.done != marks[-1][1]):
                marks.append((time.monotonic(), state.done))
            return state.state in ("done", "failed")

        wait(look, 600)
        assert session.store.jobs.get(job).state == "done", session.store.jobs.get(job).error
        press.leave()
    (first, some), (last, all_) = marks[0], marks[-1]
    return (all_ - some) / (last - first)


def rate(root: Path) -> None:
    """Pictures a second against the number of workers; linear: so many times what one does."""
    print(f"\nsimulated: workers sleep {SECONDS} s a picture and return a PNG of 350 KB")
    print("| workers | in place, pictures/s | of linear | sent back, pictures/s | of linear |")
    print("|---|---|---|---|---|")
    alone: list[float] = []
    for workers in (1, 2, 4, 8, 12, 16):
        cells = [str(workers)]
        for kind, way in enumerate(([], ["--worker-root", str(root / "elsewhere")])):
            found = pictures_a_second(
                root, 40 * workers, ["--devices", f"cpu*{workers}", *way],
                seconds=SECONDS, batch=1, side=512,
            )  # fmt: skip
            if workers == 1:
                alone.append(found)
            cells += [f"{found:.1f}", f"{found / alone[kind] / workers:.0%}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def limit(root: Path) -> None:
    """How many pictures one press can file, whoever draws them."""
    print("\nsimulated: workers take no time and return PNGs of 350 KB in batches of 4")
    for name, way in (("written in place", []), ("sent back", ["--worker-root", "/nowhere"])):
        found = pictures_a_second(
            root, 600, ["--devices", "cpu*2", *way], seconds=0, batch=4, side=512
        )
        print(f"{name}: {found:.0f} pictures a second", flush=True)


def cores(root: Path) -> None:
    """The embedded model, really drawn."""
    print("\nthe embedded model, 128 px, 3 steps, one thread a worker")
    print("| workers | pictures/s | of the first |\n|---|---|---|")
    first = 0.0
    ways = (
        ("in the press's process", ["--device", "cpu"]), ("one child", ["--devices", "cpu"]),
        ("two children", ["--devices", "cpu*2"]), ("in the press's process", ["--device", "cpu"]),
        ("one child", ["--devices", "cpu"]),
    )  # fmt: skip
    for name, way in ways:
        found = pictures_a_second(root, 240, list(way), real=True)
        first = first or found
        print(f"| {name} | {found:.1f} | {found / first:.2f} |", flush=True)


def two_models(root: Path) -> Session:
    """Two editions whose models differ: the embedded one, and a copy with another file."""
    session = library(root)
    copy = root / "other" / "model"
    shutil.copytree(paths.pocket_folder(), copy)
    index = copy / "model_index.json"
    index.write_text(index.read_text() + "\n")
    text = EDITION.replace('base = "pocket"', 'base = "model"')
    (root / "other" / "edition.toml").write_text(text)
    return session


def affinity(root: Path) -> None:
    """Jobs of two models in turn, by model and as they come."""
    print("\nthe embedded model and a copy in turn: 12 jobs of 4 seeds, one child")
    print("| handed out | seconds | models loaded |\n|---|---|---|")
    for name, way in (("by model, then by age", []), ("first come", ["--first-come"])):
        with two_models(root) as session:
            for job in range(12):
                slug = ("small", "other")[job % 2]
                first = job * 4 + 1
                session.render(slug, parse_seeds(f"{first}..{first + 3}"), start=False)
            press = PooledPress(root, "--devices", "cpu", *way, real=True)
            wait(lambda s=session: s.store.jobs.recent(1) or s.press_state().state == "working")
            began = time.monotonic()
            wait(lambda s=session: not s.store.jobs.live(), 600)
            took = time.monotonic() - began
            loads = press.log().count(" loads ")
            press.leave()
        print(f"| {name} | {took:.1f} | {loads} |", flush=True)


def main() -> None:
    """Prints the tables."""
    tables = {"dispatch": dispatch, "rate": rate, "limit": limit, "cores": cores,
        "affinity": affinity}  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(tables), help="tables, separated by commas")
    chosen = parser.parse_args().only.split(",")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="edition-pool-") as made:
        for name in chosen:
            tables[name](Path(made) / "library")
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
