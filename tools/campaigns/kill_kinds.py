"""What kill_all kills: each kind does its work in children, ends them, and judges what is left."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.campaigns import kill_points, kill_workers
from tools.campaigns.killed_child import KILLED, Interruption, Tally, child, some_moment
from tools.campaigns.killed_presses import presses, trainings

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from tools.campaigns.killed_child import Ended

State = dict[str, Any]
SEEDS = 3
"""Prints of each edition."""
VERBS = (
    "star east 3", "rate east 4 2", "label west red 1", "tag east sea,dusk 1 2",
    "note west dusk 2", "trash put east 3", "reject west 1 2", "undo",
    "exhibition add spring west 1 2", "register issue east 1", "edit east title=Other",
    "work east 1 --title Dusk", "register open west 2 --count 3",
)  # fmt: skip
EXPORTS = (
    "proof sheet east", "proof wall east", "proof plates east", "proof show east",
    "proof checklist east", "export east {out}/picked", "backup {out}/library.zip",
)  # fmt: skip
_BEFORE = (
    "star east 1 2", "exhibition new spring", "edit east proof.print_mm=20 proof.ppi_least=36",
    "register open east 1 --count 5",
)  # fmt: skip
"""What is done before each of them."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A library before a verb, and what it says before and after."""

    verb: str
    fresh: Path
    before: State
    after: State
    complete: Ended


def run_verb(root: Path, verb: str) -> int:
    """Runs a verb in this process as the command line does."""
    from edition.cli.main import main

    sys.argv = ["edition", "--library", str(root), *verb.format(out=_out(root)).split()]
    return main()


def cli(root: Path, verb: str, log: Path, moment: Interruption | None = None) -> Ended:
    """Runs a verb in a child."""
    return child(lambda: run_verb(root, verb), moment or Interruption(), log)


def _out(root: Path) -> Path:
    """Where exports of a library go that may not lie in it."""
    return root.with_name(f"{root.name}-out")


def _digest(file: Path) -> str:
    if file.suffix != ".zip":
        return hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as archive:  # holds the time when it was made
        return f"{len(archive.namelist())} files, at fault: {archive.testzip()}"


def _is_hidden(name: Path) -> bool:
    """Whether it is what was cut short: under no name that a person looks for."""
    return any(part.startswith(".") for part in name.parts)


def state(root: Path) -> State:
    """All that a library says, with its recipes and with what was exported from it."""
    said = kill_points.state(root)
    said["recipes"] = {f.parent.name: f.read_text("utf-8") for f in root.glob("*/edition.toml")}
    said["exports"] = {
        f"{folder.name}/{f.relative_to(folder)}": _digest(f)
        for folder in (_out(root), *root.glob("*/proofs"))
        for f in sorted(folder.rglob("*"))
        if f.is_file() and not _is_hidden(f.relative_to(folder))
    }
    said["exports"] = {
        name.removeprefix(f"{root.name}-"): digest for name, digest in said["exports"].items()
    }
    return said


def copied(source: Path, target: Path) -> Path:
    """Copies a library; its folder of exports is empty."""
    for old in (target, _out(target)):
        shutil.rmtree(old, ignore_errors=True)
    _out(target).mkdir()
    return shutil.copytree(source, target, symlinks=True)


def library(root: Path, log: Path) -> None:
    """Makes the library that every verb starts from."""
    kill_points.build(root, SEEDS)
    for verb in _BEFORE:
        if cli(root, verb, log).status:
            raise RuntimeError(f"{verb}: {log.read_text()}")


def _prepared(folder: Path, base: Path, verb: str, log: Path) -> _Prepared:
    done = copied(base, folder / "done")
    complete = cli(done, verb, log)
    if complete.status:
        raise RuntimeError(f"{verb}: {complete.told} {log.read_text()}")
    return _Prepared(verb, base, state(base), state(done), complete)


def _acts(verbs: tuple[str, ...], folder: Path, chance: random.Random, kills: int) -> Tally:
    tally, log, base = Tally(), folder / "log", folder / "base"
    preload()
    library(base, log)
    known: dict[str, _Prepared] = {}
    while tally["kills"] < kills:
        verb = chance.choice(verbs)
        ready = known.get(verb) or _prepared(folder, base, verb, log)
        known[verb] = ready
        root = copied(base, folder / "killed")
        moment = some_moment(chance, ready.complete)
        ended = cli(root, verb, log, moment)
        tally["kills"] += ended.status == KILLED
        _judge_act(ready, root, ended, moment, tally)
    return tally


def _judge_act(
    ready: _Prepared, root: Path, ended: Ended, moment: Interruption, tally: Tally
) -> None:
    """An act whose child was killed is done or was never begun; one that ended is done."""
    told = f"{ready.verb} at {moment}"
    allowed = (ready.after,) if ended.status == 0 else (ready.before, ready.after)
    if ended.status not in (0, KILLED):
        tally.fault("half-written", f"{told} ended with {ended.status}")
    kept = state(root)
    compare(allowed, kept, told, tally, exports=ended.status == KILLED)
    found = kill_points.after_loss(root)
    if any(found[key] != kept[key] for key in found):
        tally.fault("lost", f"{told}: a rescan finds other things than the database said")


def compare(
    allowed: tuple[State, ...], found: State, told: str, tally: Tally, *, exports: bool
) -> None:
    """Counts a fault where a state is none of those that are allowed."""
    facts = {key: value for key, value in found.items() if key != "exports"}
    if not any(all(one[key] == value for key, value in facts.items()) for one in allowed):
        first, last = allowed[0], allowed[-1]
        more = len(found["register"]) > max(len(one["register"]) for one in allowed)
        less = any(k not in found["prints"] for k in first["prints"] if k in last["prints"])
        what = "doubled" if more else "lost" if less else "half-written"
        tally.fault(what, f"{told}:\n{kill_points.differ(last, found)}")
    whole = allowed[-1]["exports"]
    odd = [f for f, digest in found["exports"].items() if whole.get(f, digest) != digest]
    if odd or (not exports and found["exports"].keys() != whole.keys()):
        tally.fault("half-written", f"{told}: {odd or 'files'} of the export")


def preload() -> None:
    """Imports what verbs import, once, so that children are killed at work and not at imports."""
    from edition.cli import verb_table

    for name in verb_table.TABLE:
        importlib.import_module(f"edition.cli.{name}")
    for name in ("press.ingest", "proof.contact_sheet", "proof.wall_pdf", "actions.rescan"):
        importlib.import_module(f"edition.{name}")


def command_line(folder: Path, chance: random.Random, kills: int) -> Tally:
    """Verbs that decide something, each on a library of two editions."""
    return _acts(VERBS, folder, chance, kills)


def exports(folder: Path, chance: random.Random, kills: int) -> Tally:
    """PDFs, pages, folders of pictures and backups: whole under their name, or not there."""
    return _acts(EXPORTS, folder, chance, kills)


KEYS = ("space", "x", "1", "3", "5", "6", "8", "right", "left", "z", "u", "down")


def screens(folder: Path, chance: random.Random, kills: int) -> Tally:
    """The screens on a library of twelve prints: marks that were settled stay."""
    tally, root, log = Tally(), folder / "library", folder / "log"
    kill_points.build(root, 12)
    complete = _open_screens(root, log, Interruption(), chance.random())
    if complete.status:
        raise RuntimeError(log.read_text())
    while tally["kills"] < kills:
        moment = some_moment(chance, complete)
        known = _said(root)
        ended = _open_screens(root, log, moment, chance.random())
        tally["kills"] += ended.status == KILLED
        for line in ended.told:
            known = json.loads(line[1:]) if line.startswith("=") else known
        now = _said(root)
        unlike = [key for key in now if now[key] != known.get(key)]
        if len(unlike) > 1:  # the key that was in flight may be done
            tally.fault("lost", f"screens at {moment}: {unlike}")
        if ended.status not in (0, KILLED):
            tally.fault("half-written", f"screens ended with {ended.status}: {log.read_text()}")
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)
        if kill_points.after_loss(copy) != kill_points.state(root):
            tally.fault("lost", f"screens at {moment}: a rescan finds other things")
    return tally


def _said(root: Path) -> dict[str, str]:
    """What a library says of each print, for a line of a child's output."""
    return {repr(key): repr(value) for key, value in kill_points.state(root)["prints"].items()}


def _open_screens(root: Path, log: Path, moment: Interruption, seed: float) -> Ended:
    return child(lambda: press_keys(root, seed), moment, log)


def press_keys(root: Path, seed: float) -> int:
    """Eight keys; after each, all that the library holds is told."""
    import asyncio
    import random

    from tests.tui.helpers import settle

    from edition.tui.app import EditionApp

    keys = random.Random(seed)
    os.environ["XDG_CONFIG_HOME"] = str(root.parent / "config")

    async def live() -> None:
        app = EditionApp(root, slug="east")
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(app, pilot)
            for _ in range(8):
                await pilot.press(keys.choice(KEYS))
                await settle(app, pilot)
                os.write(1, f"={json.dumps(_said(root))}\n".encode())

    asyncio.run(live())
    return 0


def workers(folder: Path, chance: random.Random, kills: int) -> Tally:
    """Workers of a press and the press itself, as kill_workers kills them."""
    tally = Tally()
    of_presses = kills // 4
    facts = kill_workers.of_children(folder / "library", chance, kills - of_presses, of_presses)
    tally["kills"] = facts.get("workers", 0) + facts.get("presses", 0)
    tally["lost"] = facts["seeds asked for"] - facts["in the library"] + facts["failed jobs"]
    tally["doubled"] = facts["filed twice"]
    tally["half-written"] = facts["files"] - facts["whole files"]
    if sum(tally.values()) > tally["kills"]:
        print(f"    {json.dumps(facts)}", flush=True)
    return tally


KINDS: dict[str, Callable[[Path, random.Random, int], Tally]] = {
    "command line": command_line, "press": presses, "screens": screens, "exports": exports,
    "workers": workers, "trainings": trainings,
}  # fmt: skip
