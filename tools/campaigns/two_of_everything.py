"""Two and more of everything at once on one library, also where the disk's locks do nothing.

    python -m tools.campaigns.two_of_everything
    python -m tools.campaigns.two_of_everything --only presses

Two presses, presses with workers or with a Ray cluster, screens, screens in browsers, and many
command lines work on one library at the same moment: with locks as they are; with locks that say
yes to everybody, as some network disks have them (``flock`` does nothing); and with locks that are
refused. Each is refused in words, or right.

Needs Linux and a C compiler, and for ``cluster`` the extra of that name.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.web.helpers import Served, gone

from tools.campaigns import kill_kinds, kill_points, kill_workers, killed_presses, served_tabs
from tools.campaigns.killed_child import Interruption, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOCKS = {"locks": "", "locks that do nothing": "none", "no locks": "refused"}
_MANY = 5


def presses(root: Path, log: Path, locks: str) -> Iterator[str]:
    """Two presses for one queue: one draws, the other is refused; each print is made once."""
    asked = killed_presses.ask(root, kill_kinds.SEEDS)
    with _locking(locks):
        ended = together([lambda: killed_presses.draw(root)] * 2, log)
    printed = [line for one in ended for line in one.told if line.startswith("printed ")]
    refused = [one for one in ended if one.status]
    yield from _traced(ended)
    if locks == "refused":
        if len(refused) != 2 or printed:
            yield f"{len(refused)} of two presses were refused, {len(printed)} prints"
        killed_presses.press(root, log, Interruption())
    elif len(refused) > 1:
        yield f"both presses were refused: {refused[0].told}"
    if len(printed) != len(set(printed)):
        yield f"{len(printed)} prints were made of {len(set(printed))}"
    with _opened(root) as session:
        if (count := session.store.prints.counts("east").prints) != asked:
            yield f"{count} prints of {asked}"


def command_lines(root: Path, log: Path, locks: str) -> Iterator[str]:
    """Marks, numbers and recipe keys at once: each is there once, or its verb was refused."""
    keys = ("artist=A", "statement=S", "sampling.guidance=4", "sampling.steps=5", "proof.paper=a3")
    verbs = [
        verb
        for i in range(_MANY)
        for verb in (f"tag east t{i} 1 2 3", "register issue east 1", f"edit east {keys[i]}")
    ]
    with _locking(locks):
        ended = together([lambda v=verb: kill_kinds.run_verb(root, v) for verb in verbs], log)
    yield from _traced(ended)
    done = [verb for verb, one in zip(verbs, ended, strict=True) if one.status == 0]
    if not locks and len(done) != len(verbs):
        yield f"refused: {[v for v, one in zip(verbs, ended, strict=True) if one.status]}"
    recipe = (root / "east/edition.toml").read_text()
    with _opened(root) as session:
        tags = {tag for item in _prints(session) for tag in item.tags}
        numbers = [row for row in session.store.register.rows() if '"act": "issue"' in row]
    for verb in done:
        word = verb.split()[2]
        if verb.startswith("tag") and word not in tags:
            yield f"{verb} is lost"
        key, _, value = word.rpartition(".")[2].partition("=")
        if verb.startswith("edit") and f"{key} = " not in recipe:
            yield f"{verb} is lost: {value}"
    if len(numbers) != sum(verb.startswith("register") for verb in done):
        yield f"{len(numbers)} numbers were issued"
    yield from _as_after_a_loss(root)


def screens(root: Path, log: Path, locks: str) -> Iterator[str]:
    """Two screens and a command line that mark the same prints."""
    works: list[Callable[[], object]] = [
        lambda: kill_kinds.press_keys(root, 0.1),
        lambda: kill_kinds.press_keys(root, 0.2),
        lambda: kill_kinds.run_verb(root, "label east red 1 2"),
        lambda: kill_kinds.run_verb(root, "note east dusk 3"),
    ]
    with _locking(locks):
        ended = together(works, log)
    yield from _traced(ended)
    if not locks and any(one.status for one in ended):
        yield f"one was refused: {[one.told[-3:] for one in ended if one.status]}"
    yield from _as_after_a_loss(root)


def workers(root: Path, log: Path, locks: str) -> Iterator[str]:
    """A press with workers, another one, the screens and a command line."""
    works = [
        lambda: kill_kinds.press_keys(root, 0.3),
        lambda: kill_kinds.run_verb(root, "label east red 1 2"),
    ]
    yield from _pooled(root, log, locks, ("--devices", "cpu*2"), works)


def _pooled(
    root: Path, log: Path, locks: str, how: Sequence[str], works: Sequence[Callable[[], object]]
) -> Iterator[str]:
    """Two presses that have workers, and what else is done meanwhile."""
    from tools.pooled_press import PooledPress, wait

    asked = killed_presses.ask(root, kill_kinds.SEEDS)
    with _locking(locks):
        pair = [PooledPress(root, *how, "--idle", "0", seconds=0.02) for _ in range(2)]
        ended = together(works, log)
    yield from _traced(ended)
    wait(lambda: all(press.process.poll() is not None for press in pair), 900)
    said = pair[0].log()
    printed = [line for line in said.splitlines() if line.startswith("printed ")]
    if "Traceback" in said:
        yield said[-1500:]
    if len(printed) != len(set(printed)):
        yield f"{len(printed)} prints were made of {len(set(printed))}"
    failed = killed_presses.ask_failed_again(root)  # where workers took too long to come up
    if not all(failed):
        yield f"a job failed without a word: {said[-1500:]}"
    if failed:
        killed_presses.press(root, log, Interruption())
    with _opened(root) as session:
        count = session.store.prints.counts("east").prints
    if locks != "refused" and count != asked:
        yield f"{count} prints of {asked}: {failed} {said[-1500:]}"


def served(root: Path, log: Path, locks: str) -> Iterator[str]:
    """``edition serve`` with two tabs, a press, the screens of a terminal and a command line."""
    killed_presses.ask(root, kill_kinds.SEEDS)
    with _serving(root, locks) as server:
        works: list[Callable[[], object]] = [
            lambda: served_tabs.type_keys(server.url, "4"),
            lambda: served_tabs.type_keys(server.url, f"{served_tabs.RIGHT}2"),
            lambda: killed_presses.draw(root),
            lambda: kill_kinds.run_verb(root, "note east dusk 3"),
        ]
        with _locking(locks):
            ended = together(works, log)
    yield from _traced(ended)
    if not locks and any(one.status for one in ended):
        yield f"one was refused: {[one.told[-3:] for one in ended if one.status]}"
    yield from _left(server)
    if not locks:
        with _opened(root) as session:
            found = sorted(item.marks.rating for item in _prints(session) if item.marks.rating)
        if found != [2, 4]:
            yield f"ratings of the tabs: {found}"
    yield from _as_after_a_loss(root)


def cluster(root: Path, log: Path, locks: str) -> Iterator[str]:
    """Two presses with a Ray cluster of two machines, a tab of ``serve``, a command line."""
    shim = os.environ.pop("LD_PRELOAD")  # Ray's own processes have whole locks
    with kill_workers.ray_cluster(machines=2) as (ray, _):
        os.environ["LD_PRELOAD"] = shim
        with _serving(root, locks) as server:
            works = [
                lambda: served_tabs.type_keys(server.url, "4"),
                lambda: kill_kinds.run_verb(root, "label east red 1 2"),
            ]
            yield from _pooled(root, log, locks, ("--cluster", ray.address), works)
        yield from _left(server)
    yield from _as_after_a_loss(root)


@contextmanager
def _serving(root: Path, locks: str) -> Iterator[Served]:
    """The verb in a process of its own; Ctrl-C at the end."""
    with _locking(locks):
        server = Served(root, "east")
    try:
        yield server
        drawing = server.screens()
        server.leave()
        if not gone(drawing):
            raise RuntimeError(f"screens of serve are left over: {drawing}")
    finally:
        server.end()


def _left(server: Served) -> Iterator[str]:
    if server.process.returncode:
        yield f"serve ended with {server.process.returncode}"


KINDS = {
    "presses": presses, "command lines": command_lines, "screens": screens, "workers": workers,
    "served": served, "cluster": cluster,
}  # fmt: skip


@contextmanager
def _locking(how: str) -> Iterator[None]:
    """Children that are started meanwhile have such locks."""
    os.environ["EDITION_FLOCK"] = how
    try:
        yield
    finally:
        os.environ["EDITION_FLOCK"] = ""


def _opened(root: Path) -> Any:
    from edition.actions.session import Session

    return Session(root)


def _prints(session: Any) -> list[Any]:
    return list(session.store.prints.get(kill_points.all_ids(session)).values())


def _traced(ended: Sequence[Any]) -> Iterator[str]:
    for one in ended:
        text = "\n".join(one.told)
        if "Traceback" in text or "Internal error" in text:
            yield text[-1500:]


def _as_after_a_loss(root: Path) -> Iterator[str]:
    said = kill_points.state(root)
    if (found := kill_points.after_loss(root)) != said:
        yield f"a rescan finds other things:\n{kill_points.differ(said, found)}"


def main(arguments: Sequence[str]) -> int:
    """Runs the campaign; 1 when anything was neither refused nor right."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.two_of_everything", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=kill_points.memory()) as name:
        folder = Path(name)
        if not kill_points.loaded():
            return kill_points.start_again(folder, "two_of_everything", arguments)
        kill_kinds.preload()
        kill_kinds.library(folder / "base", folder / "log")
        wrong = 0
        for kind in chosen.only:
            for text, locks in LOCKS.items():
                faults = 0
                for _ in range(chosen.rounds):
                    root = kill_kinds.copied(folder / "base", folder / "together")
                    for fault in KINDS[kind](root, folder / "log", locks):
                        faults += 1
                        print(f"{kind}, {text}: {fault}", flush=True)
                print(f"{kind:14} {text:22} {chosen.rounds:4} rounds {faults:4} faults", flush=True)
                wrong += faults
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
