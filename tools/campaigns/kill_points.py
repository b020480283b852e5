"""Kills acts at every one of their write points, and looks at what is believed afterwards.

    python -m tools.campaigns.kill_points            # every act, every point, every way
    python -m tools.campaigns.kill_points --quick    # some of each, in a minute
    python -m tools.campaigns.kill_points --acts trash-empty undo

For each act and each of its write points (a write, truncation, flush, rename, removal, new file
or folder, SQLite's too) a child process does the act and is ended there: killed before the call,
killed with half of a write done, or refused every byte from there on, as by a full disk. Then

- the database is lost at once: a rescan must find what was before the act, or after it;
- the database is kept and the library opened: it must hold the one or the other, the one before
  where the act was refused; and after the database is lost, a rescan must find the same.

Needs Linux and a C compiler. In full it takes about half an hour, in the quick form a minute.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WAYS = ("kill", "torn", "full")
"""How a child ends; the order is that of kill_points.c."""
REFUSED = 4
_SLUGS = ("east", "west")
RECIPE = """
title = "{slug}"
artist = "A. Tester"
[model]
base = "pocket"
[prompt]
positive = "monumental"
[sampling]
steps = 3
width = 64
height = 64
"""
"""An edition's file, to be given its slug."""
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class UserAct:
    """Something a person does, and what must have happened before."""

    name: str
    prepare: Callable[[Any], object]
    do: Callable[[Any], object]
    goes_on: bool = False
    """It ends with a transaction of its own that groups stacks anew: refused there, it is done."""


def all_ids(session: Any) -> tuple[int, ...]:
    """Ids of all prints of a library, those in the trash too."""
    from edition.domain import Filter
    from edition.library.mirror_files import slugs

    return tuple(
        i
        for slug in slugs(session.root)
        for i in session.store.prints.select(slug, Filter(trash=None))
    )


def _mixed(session: Any) -> None:
    """One act of marks, notes, tags, trash and stacks, across editions."""
    from edition.domain import FieldChange, MarkChange, Marks

    first, *rest = all_ids(session)
    session.store.journal.apply(
        "much",
        [
            MarkChange(first, session.store.prints.get([first])[first].marks, Marks(rating=4)),
            FieldChange("note", str(first), "", "a note"),
            *(FieldChange("tags", str(i), [], ["sea"]) for i in rest[:2]),
            *(FieldChange("trash", str(i), 0.0, 1000.0) for i in rest[-2:]),
            *(FieldChange("apart", str(i), 0, 1) for i in rest[:2]),
        ],
    )


def _put(session: Any) -> None:
    from edition.actions import trash

    trash.put(session, all_ids(session)[1:])


def _fill_trash(session: Any) -> None:
    session.mark(all_ids(session)[:1], "star")
    session.rate(all_ids(session)[1:2], 3)
    _put(session)


def _empty(session: Any) -> None:
    from edition.actions import trash

    trash.empty(session, for_good=True)


def _exhibition(session: Any) -> None:
    from edition.actions import exhibitions

    exhibitions.new(session, "spring", title="Spring")
    exhibitions.add(session, "spring", all_ids(session)[:2])


def _undo(session: Any) -> None:
    from edition.actions import history

    history.undo(session)


def _hang(session: Any) -> None:
    from edition.actions import exhibitions

    exhibitions.add(session, "spring", all_ids(session)[2:])


def _drop(session: Any) -> None:
    from edition.actions import exhibitions

    exhibitions.drop(session, "spring")


def _open_edition(session: Any) -> None:
    from edition.actions import register

    ids = all_ids(session)
    register.open_edition(
        session, session.store.prints.get(ids)[ids[len(register.rows(session))]], 5
    )


def _star(session: Any) -> None:
    session.mark(all_ids(session), "star")


ACTS = (
    UserAct("star", lambda session: session.rate(all_ids(session)[:1], 2), _star),
    UserAct("unstar", _star, lambda session: session.mark(all_ids(session), "unstar")),
    UserAct("trash-put", lambda session: session.mark(all_ids(session)[:1], "star"), _put),
    UserAct("trash-empty", _fill_trash, _empty),
    UserAct("undo", _mixed, _undo, goes_on=True),
    UserAct("hang", _exhibition, _hang),
    UserAct("take-down", _exhibition, _drop),
    UserAct("number", _open_edition, _open_edition),
)


def state(root: Path) -> State:
    """All that a library says of its prints, and the files that it has."""
    from edition.actions.session import Session
    from edition.actions.trash import settle

    with Session(root) as session:
        settle(session)
        store = session.store
        ids = all_ids(session)
        prints, said = store.prints.get(ids), store.splits.said(ids)
        gone = store.trash.emptied()
        return {
            "prints": {
                (p.slug, p.digest[:12], p.seed): (
                    p.marks, p.note, p.tags, p.trash > 0, said[p.id], bool(p.upscaled)
                )
                for p in prints.values()
            },
            "emptied": {(g.slug, g.digest[:12], g.seed) for g in gone},
            "recipes lost": {g.digest for g in gone if session.print_recipe(g.digest) is None},
            "files": sorted(str(f.relative_to(root)) for f in root.glob("*/*/*/*.png")),
            "moved": sorted(str(f) for f in root.glob("*/.emptying")),
            "exhibitions": {e.name: (e.title, e.places) for e in store.exhibitions.all()},
            "register": store.register.rows(),
        }  # fmt: skip


def after_loss(root: Path) -> State:
    """What a rescan finds once the database is gone."""
    from edition.actions.rescan import rescan
    from edition.actions.session import Session

    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        rescan(session)
    return state(root)


def build(root: Path, prints: int) -> None:
    """A library of two editions, with an enlarged file each."""
    from tests.fakes import add_prints

    from edition.actions.session import Session

    for slug in _SLUGS:
        (root / slug).mkdir(parents=True)
        (root / slug / "edition.toml").write_text(RECIPE.format(slug=slug))
    with Session(root) as session:
        for slug in _SLUGS:
            add_prints(session, slug, range(1, prints + 1), side=64)
            _enlarge(session, slug, prints)


def _enlarge(session: Any, slug: str, seed: int) -> None:
    from PIL import Image

    from edition import atomic, paths
    from edition.library import metadata
    from edition.library.print_table import UpscaledFile

    (item,) = session.store.prints.find(slug, [seed])
    origin = metadata.read(session.root / item.file)
    if origin is None:
        raise RuntimeError(item.file)
    facts = {"method": "lanczos", "licence": "MIT"}
    made = metadata.Origin(origin.recipe, origin.digest, seed, origin.made_with, facts, "")
    large = paths.upscaled_file(session.root, slug, item.digest, seed, "a" * 64)
    atomic.write(large, metadata.encode(Image.new("RGB", (128, 128)), made))
    relative = large.relative_to(session.root).as_posix()
    session.store.prints.add_upscale(
        item.id, relative, UpscaledFile("lanczos", "MIT", 128, 128), 1.0
    )


def do(root: Path, act: UserAct, at: int, way: int) -> tuple[int, int]:
    """Does an act in a child that ends at a point.

    Returns:
        Its exit status (negative: a signal), and how many points it saw.
    """
    shim = ctypes.CDLL(None)
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(told)
            status = _child(shim, root, act, at, way, tell)
        finally:
            os._exit(status)
    os.close(tell)
    with os.fdopen(told) as answer:
        seen = int(answer.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen


def _child(shim: ctypes.CDLL, root: Path, act: UserAct, at: int, way: int, tell: int) -> int:
    from edition.actions.session import Session
    from edition.errors import EditionError

    status = 0
    shim.kill_points_arm(ctypes.c_long(at), ctypes.c_int(way))
    try:
        with Session(root) as session:
            act.do(session)
    except EditionError:
        status = REFUSED
    except Exception:
        status = 1
        traceback.print_exc()
    shim.kill_points_disarm()
    os.write(tell, str(shim.kill_points_seen()).encode())
    return status


def faults(act: UserAct, folder: Path, step: int, prints: int) -> Iterator[str]:
    """What goes wrong with an act, a line each."""
    fresh = folder / "fresh"
    build(fresh, prints)
    from edition.actions.session import Session

    with Session(fresh) as session:
        act.prepare(session)
    before, done = state(fresh), folder / "done"
    shutil.copytree(fresh, done)
    status, points = do(done, act, 1_000_000, 0)
    after = state(done)
    if status or points < 10 or before == after:
        yield f"{act.name}: status {status}, {points} points, changed {before != after}"
        return
    for name, want, root in (("before", before, fresh), ("after", after, done)):
        copy = _copied(root, folder)
        if after_loss(copy) != want:
            yield f"{act.name}: a rescan {name} it finds other things\n{differ(want, state(copy))}"
    for way, name in enumerate(WAYS):
        for at in range(1 + way, points + 1, step):
            for fault in _one(act, fresh, folder, at, way, before, after):
                yield f"{act.name}, {name} at {at}/{points}: {fault}"
    print(f"{act.name}: {points} write points", flush=True)


def _one(
    act: UserAct, fresh: Path, folder: Path, at: int, way: int, before: State, after: State
) -> Iterator[str]:
    root = _copied(fresh, folder)
    status, _ = do(root, act, at, way)
    if status not in (0, REFUSED, -9):
        yield f"the child ended with {status}"
    allowed = {0: (after,)}.get(status, (before, after))
    if status == REFUSED and not act.goes_on:
        allowed = (before,)
    lost = folder / "lost"
    shutil.rmtree(lost, ignore_errors=True)
    shutil.copytree(root, lost)
    found = after_loss(lost)
    if found not in allowed:
        yield f"status {status}, database lost at once:\n{differ(allowed[0], found)}"
    kept = state(root)
    if kept not in allowed:
        yield f"status {status}, database kept:\n{differ(allowed[0], kept)}"
    found = after_loss(root)
    if found != kept:
        yield f"status {status}, database lost after it was opened:\n{differ(kept, found)}"


def _copied(root: Path, folder: Path) -> Path:
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    return copy


def differ(want: State, found: State) -> str:
    """What two states say otherwise, a line each."""
    lines = []
    for key in want:
        one, other = want[key], found.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            odd = [k for k in {**one, **other} if one.get(k) != other.get(k)]
            lines += [f"    {key} {k}: {one.get(k)!r}, not {other.get(k)!r}" for k in odd]
        elif one != other:
            lines.append(f"    {key}: {one!r}, not {other!r}")
    return "\n".join(lines)


def memory() -> Path | None:
    """A folder in memory, where there is one: kills are the same, and flushes take no time."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() else None


def loaded() -> bool:
    """Whether this process has the shim."""
    return hasattr(ctypes.CDLL(None), "kill_points_arm")


def built(folder: Path) -> Path:
    """The shim, made from its source."""
    shim = folder / "kill_points.so"
    source = Path(__file__).with_suffix(".c")
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return shim


def start_again(folder: Path, module: str, arguments: Sequence[str]) -> int:
    """Builds the shim and runs a campaign with it."""
    environment = {**os.environ, "LD_PRELOAD": str(built(folder)), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", f"tools.campaigns.{module}", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Runs the campaign; 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="some points of each act")
    parser.add_argument("--step", type=int, default=0, help="one point in so many")
    parser.add_argument("--acts", nargs="*", default=[act.name for act in ACTS])
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        if not loaded():
            return start_again(Path(name), "kill_points", arguments)
        wrong = 0
        for act in ACTS:
            if act.name not in chosen.acts:
                continue
            folder = Path(name) / act.name
            step = chosen.step or (11 if chosen.quick else 1)
            for fault in faults(act, folder, step, 2 if chosen.quick else 3):
                wrong += 1
                print(fault, flush=True)
    print(f"{wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
