"""Cuts the power after every write, flush and rename of what a person does, and looks what is left.

    python -m tools.campaigns.power_cuts            # every act, some twenty minutes
    python -m tools.campaigns.power_cuts --quick    # one cut in twelve
    python -m tools.campaigns.power_cuts --acts star undo

A child does an act while all that it writes is recorded, SQLite's files too. Each beginning of the
record is made into what a disk may hold if the power went there (``crash_disk.py``): what was not
flushed is dropped, zeroed, torn or kept, and entries of folders come in another order. In each the
library is opened, rescanned in place, and rescanned after its database is lost: each time it must
hold every act that was reported done, and the one in flight whole or not at all.

Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import random
import shutil
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.campaigns import crash_disk, kill_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """What a person does, step by step; each step is reported done.

    Attributes:
        steps: over the open library and the folder that it lies in.
        again: done in several writes: cut short, it is done again and then whole.
    """

    name: str
    steps: tuple[Callable[[Any, Path], object], ...]
    again: bool = False


def _ids(session: Any) -> tuple[int, ...]:
    return kill_points.all_ids(session)


def _first(session: Any) -> Any:
    (first, *_) = _ids(session)
    return session.store.prints.get([first])[first]


def _undo(session: Any, _: Path) -> None:
    from edition.actions import history

    history.undo(session)


def _open_edition(session: Any, _: Path) -> None:
    from edition.actions import register

    register.open_edition(session, _first(session), 5)


def _issue(session: Any, _: Path) -> None:
    from edition.actions import register

    register.issue(session, _first(session))


def _file_print(session: Any, seed: int) -> None:
    from tests.fakes import scene

    from edition.library.metadata import Origin
    from edition.press.ingest import put_print

    recipe = session.recipe("east")
    origin = Origin(recipe, session.digest("east", recipe), seed, {"device": "none"}, {})
    put_print(session.store, "east", scene(seed, 64), origin, 0.1)


def _export(session: Any, disk: Path) -> None:
    from edition.actions import proofs

    proofs.make(session, "east", "sheet", out=disk / "out/sheet.pdf")


def _pick(session: Any, disk: Path) -> None:
    from edition.actions import exported_picks

    exported_picks.export(session, _ids(session), disk / "out/picked")


def _adopt(session: Any, disk: Path) -> None:
    from edition.actions import adoption

    adoption.scan(session, adoption.adopt(session, [disk / "found"], "found"))


def _back_up(session: Any, disk: Path) -> None:
    from edition.actions import backups

    backups.save(session, disk / "out/library.zip")


def _restore(_: Any, disk: Path) -> None:
    from edition.actions import backups

    backups.restore(disk / "whole.zip", disk / "restored")


def _edit(session: Any, _: Path) -> None:
    session.edit("east", {"title": "Another", "sampling.steps": 5})


def _empty(session: Any, _: Path) -> None:
    from edition.actions import trash

    trash.empty(session, for_good=True)


def _trash(session: Any, _: Path) -> None:
    from edition.actions import trash

    trash.put(session, _ids(session)[1:2])


def _hang(session: Any, _: Path) -> None:
    from edition.actions import exhibitions

    exhibitions.new(session, "spring", title="Spring")


def _clone(session: Any, _: Path) -> None:
    from edition.actions import recipe_tools

    recipe_tools.clone(session, "east", "north")


ACTS = (
    RecordedAct("star", (lambda session, _: session.mark(_ids(session), "star"),)),
    RecordedAct("undo", (lambda session, _: session.mark(_ids(session)[:2], "star"), _undo)),
    RecordedAct("number", (_open_edition, _issue)),
    RecordedAct(
        "filed",
        (lambda session, _: _file_print(session, 8), lambda session, _: _file_print(session, 9)),
    ),
    RecordedAct("export", (_export,), again=True),
    RecordedAct("picks", (_pick,), again=True),
    RecordedAct("adopt", (_adopt,), again=True),
    RecordedAct("back-up", (_back_up,), again=True),
    RecordedAct("restore", (_restore,), again=True),
    RecordedAct("edit", (_edit,)),
    RecordedAct("trash", (_trash, _empty), again=True),
    RecordedAct("hang", (_hang,)),
    RecordedAct("clone", (_clone,)),
)


def build(disk: Path) -> None:
    """A library, a folder of pictures to be adopted, and a backup."""
    from tests.fakes import scene

    from edition.actions import backups
    from edition.actions.session import Session

    kill_points.build(disk / "library", 2)
    for folder in ("found", "out"):
        (disk / folder).mkdir()
    for seed in (1, 2):
        scene(seed, 64).save(disk / f"found/{seed}.png")
    with Session(disk / "library") as session:
        session.rate(_ids(session)[:1], 2)
        backups.save(session, disk / "whole.zip")


def state(disk: Path) -> State:
    """All that libraries say, their recipes, and what was exported."""
    out = {f.relative_to(disk): f for f in sorted((disk / "out").rglob("*")) if f.is_file()}
    return {
        name: kill_points.state(disk / name) | {"recipes": _recipes(disk / name)}
        for name in ("library", "restored")
        if (disk / name).exists()
    } | {
        "out": {
            str(name): "a backup" if _is_backup(file) else _hash(file)
            for name, file in out.items()
            if not any(part.startswith(".") for part in name.parts)  # what was cut short
        }
    }


def _recipes(root: Path) -> dict[str, str]:
    return {f.parent.name: f.read_text("utf-8") for f in root.glob("*/edition.toml")}


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _is_backup(file: Path) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(file) as archive:  # holds the time when it was made
            return archive.testzip() is None
    except zipfile.BadZipFile:
        return False


def recorded(act: RecordedAct, disk: Path, log: Path) -> crash_disk.Disk:
    """Does an act in a child and returns what it has written."""
    before = crash_disk.read(disk)
    process = os.fork()
    if process == 0:
        status = 1
        try:
            _record(act, disk, log)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]):
        raise RuntimeError(act.name)
    crash_disk.Recorded(before, disk).follow(log.read_bytes())
    return before


def _record(act: RecordedAct, disk: Path, log: Path) -> None:
    from edition.actions.session import Session

    shim = ctypes.CDLL(None)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    shim.kill_points_record(target, os.fsencode(disk))
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    with Session(disk / "library") as session:
        for step in act.steps:
            step(session, disk)
            shim.kill_points_mark(b"done")


def faults(act: RecordedAct, folder: Path, step: int, more: int) -> Iterator[str]:
    """What goes wrong with an act, a line each; the count of cuts is printed."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    build(disk)
    happened = recorded(act, disk, folder / "record")
    chance, seen, looked = random.Random(act.name), set(), 0
    wanted = _wanted(happened, folder / "disk", folder / "kept")
    for count in range(0, len(happened.changes) + 1, step):
        reported = sum(at <= count for at in happened.marks)
        allowed = wanted[reported : reported + 2]
        for left in crash_disk.cuts(happened, count, chance, more):
            key = (reported, left.key())
            if key in seen:
                continue
            seen.add(key)
            looked += 1
            for fault in _one(act, left, disk, folder / "kept", allowed):
                yield f"{act.name}, cut after {count} of {len(happened.changes)}: {fault}"
    print(f"{act.name:10} {len(happened.changes):4} changes {looked:6} cuts", flush=True)


def _put(left: crash_disk.Left, disk: Path, kept: Path) -> None:
    """Makes a disk as it was left, under its own path: links and backups name it."""
    if not kept.exists() and disk.exists():
        disk.rename(kept)
    shutil.rmtree(disk, ignore_errors=True)
    left.write(disk)


def _wanted(happened: crash_disk.Disk, disk: Path, kept: Path) -> list[State]:
    """What is said before an act, and after each of its steps."""
    states = []
    for count in (0, *happened.marks):
        _put(crash_disk.cut(happened, count, dict.fromkeys(range(count))), disk, kept)
        states.append(state(disk))
    return states


def _one(
    act: RecordedAct, left: crash_disk.Left, disk: Path, kept: Path, allowed: Sequence[State]
) -> Iterator[str]:
    looks: tuple[tuple[str, Callable[[Path], object]], ...] = (
        ("opened", lambda _: None),
        ("rescanned", _rescan),
        ("its database lost", kill_points.after_loss),
    )
    _put(left, disk, kept)
    for name, look in looks:
        try:
            if name == "its database lost":  # of what the power left, not of what was mended
                _put(left, disk, kept)
            look(disk / "library")
            found = state(disk)
            if act.again and not any(_same(name, found, one) for one in allowed):
                _again(act, disk)
                found = state(disk)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            yield f"{name}: {type(error).__name__}: {error} ({where.name}:{where.lineno})"
            return
        if not any(_same(name, found, one) for one in allowed):
            yield f"{name}:\n{_unlike(allowed[-1], found)}"
            return


def _rescan(root: Path) -> None:
    from edition.actions.rescan import rescan
    from edition.actions.session import Session

    with Session(root) as session:
        rescan(session)


def _again(act: RecordedAct, disk: Path) -> None:
    from edition.actions.session import Session

    with Session(disk / "library") as session:
        for step in act.steps:
            step(session, disk)


def _same(look: str, found: State, wanted: State) -> bool:
    """Files that wait for a rescan to be taken in are passed over before one."""
    if look == "opened":
        found, wanted = _without_files(found), _without_files(wanted)
    return found == wanted


def _without_files(said: State) -> State:
    return {
        name: {key: value for key, value in part.items() if key != "files"}
        for name, part in said.items()
    }


def _unlike(want: State, found: State) -> str:
    lines = [f"    {name} is not there" for name in want if name not in found]
    lines += [kill_points.differ(want[n], found[n]) for n in want if n in found and n != "out"]
    lines.append(kill_points.differ({"out": want["out"]}, found))
    return "\n".join(line for line in lines if line)


def main(arguments: Sequence[str]) -> int:
    """Runs the campaign; 1 when something went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.power_cuts", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="one cut in twelve")
    parser.add_argument("--step", type=int, default=0, help="one cut in so many")
    parser.add_argument("--more", type=int, default=4, help="cuts by chance at each point")
    parser.add_argument("--acts", nargs="*", default=[act.name for act in ACTS])
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=kill_points.memory()) as name:
        if not kill_points.loaded():
            return kill_points.start_again(Path(name), "power_cuts", arguments)
        wrong = 0
        for act in ACTS:
            if act.name in chosen.acts:
                step = chosen.step or (12 if chosen.quick else 1)
                more = min(chosen.more, 1) if chosen.quick else chosen.more
                for fault in faults(act, Path(name) / act.name, step, more):
                    wrong += 1
                    print(fault, flush=True)
    print(f"{wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
