"""Adopts a large folder of mixed and broken files, kills the reading, moves files and removes some.

    python -m tools.campaigns.adopt_folder                  # 20,000 pictures, five kills
    python -m tools.campaigns.adopt_folder --pictures 300   # the short form, as in the tests

The pictures are those that several programs leave: A1111, ComfyUI, InvokeAI, cameras without a word
and retouched files, as PNG, JPEG, WebP, TIFF and AVIF; a few files in a hundred are cut, empty, of
another kind, or copies. A process that adopts them is ended by SIGKILL so many times, then let
through. Some pictures are marked; a part of the files is moved and renamed, a part removed, the
whole folder moved, the database lost. After each step every file is accounted for and every mark is
where it was; what the library says of a picture is compared with what was written into it.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from edition import paths
from edition.actions import adoption
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import Filter, Marks
from edition.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edition.domain import FoundFacts, Print

SLUG = "mixed"
SIDE = 96
_ENDINGS = ("png", "png", "png", "png", "jpg", "jpg", "webp", "tif", "avif")
_SCENES = 97
"""Base pictures; each file's own first pixels make it one of its kind."""


@dataclass(slots=True)
class Made:
    """What was written: the truth that the library is compared with."""

    good: dict[str, FactsWritten] = field(default_factory=dict)
    """By name in the folder."""
    broken: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class FactsWritten:
    """What a file was given to say."""

    program: str = ""
    prompt: str | None = None
    seed: int | None = None
    steps: int | None = None


def scenes() -> list[Image.Image]:
    """Base pictures that are alike to nobody."""
    noise = random.Random(1)
    found = []
    for _ in range(_SCENES):
        small = Image.frombytes("RGB", (5, 5), noise.randbytes(75))
        found.append(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return found


def make(folder: Path, number: int, seed: int = 7) -> Made:
    """Fills a folder; returns what is in it.

    Args:
        folder: to be made.
        number: of pictures, copies and broken files left out.
        seed: of all that is by chance.
    """
    chance = random.Random(seed)
    base = scenes()
    made = Made()
    for index in range(number):
        place = folder / f"day-{index // 500}"
        place.mkdir(parents=True, exist_ok=True)
        ending = chance.choice(_ENDINGS)
        path = place / f"{index:05d}.{ending}"
        data, facts = picture(base[index % _SCENES], index, ending, chance)
        path.write_bytes(data)
        name = path.relative_to(folder).as_posix()
        made.good[name] = facts
        if index % 40 == 7:
            copy = place / f"copy of {index}.{ending}"
            copy.write_bytes(data)
            made.copies.add(copy.relative_to(folder).as_posix())
        if index % 33 == 5:
            bad = place / f"{index:05d} broken.{'png' if index % 2 else 'jpg'}"
            bad.write_bytes(broken(data, index))
            made.broken.add(bad.relative_to(folder).as_posix())
    return made


def picture(
    scene: Image.Image, index: int, ending: str, chance: random.Random
) -> tuple[bytes, FactsWritten]:
    """A file as one of several programs leaves it, and what it says."""
    image = scene.copy()
    for bit in range(20):  # a block for each bit: it outlives JPEG
        value = 255 * (index >> bit & 1)
        image.paste((value, value, 255 - value), (8 * (bit % 10), 8 * (bit // 10), 8 * (bit % 10) + 8, 8 * (bit // 10) + 8))  # noqa: E501 # fmt: skip
    out = io.BytesIO()
    seed, steps = chance.randrange(2**32), chance.randrange(10, 60)
    prompt = f"harbour {index}, mist"
    kind = index % 4
    if ending != "png" or kind == 3:
        image.save(out, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()))
        return out.getvalue(), FactsWritten()
    info = PngInfo()
    if kind == 0:
        info.add_text("parameters", f"{prompt}\nNegative prompt: fog\nSteps: {steps}, "
                      f"Sampler: Euler a, CFG scale: 7, Seed: {seed}, Size: {SIDE}x{SIDE}, "
                      "Model: dream, Version: v1.10.1")  # fmt: skip
        facts = FactsWritten("A1111", prompt, seed, steps)
    elif kind == 1:
        info.add_text("prompt", json.dumps(_comfy(prompt, seed, steps)))
        facts = FactsWritten("ComfyUI", prompt, seed, steps)
    else:
        info.add_text("invokeai_metadata", json.dumps({
            "app_version": "4.2.0", "generation_mode": "txt2img", "positive_prompt": prompt,
            "negative_prompt": "fog", "width": SIDE, "height": SIDE, "seed": seed,
            "rand_device": "cpu", "cfg_scale": 7.0, "steps": steps, "scheduler": "euler",
            "model": {"name": "dream"},
        }))  # fmt: skip
        facts = FactsWritten("InvokeAI", prompt, seed, steps)
    image.save(out, "PNG", pnginfo=info, compress_level=1)
    return out.getvalue(), facts


def _comfy(prompt: str, seed: int, steps: int) -> dict[str, object]:
    def node(kind: str, **inputs: object) -> dict[str, object]:
        return {"class_type": kind, "inputs": inputs}

    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="dream.safetensors"),
        "2": node("CLIPTextEncode", text=prompt, clip=["1", 1]),
        "3": node("CLIPTextEncode", text="fog", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=SIDE, height=SIDE, batch_size=1),
        "5": node(
            "KSampler", seed=seed, steps=steps, cfg=7.0, sampler_name="euler",
            scheduler="normal", denoise=1.0, model=["1", 0], positive=["2", 0],
            negative=["3", 0], latent_image=["4", 0],
        ),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="x"),
    }  # fmt: skip


def broken(data: bytes, index: int) -> bytes:
    """A file that can't be read, in one of several ways."""
    return (data[: len(data) // 2], b"", b"<html>not found</html>", data[:9])[index % 4]


# the reading, and its ends


def adopt_killed(root: Path, folder: Path, kills: int, total: int) -> tuple[list[int], float]:
    """Adopts by the command line, which is killed so many times; returns what was there each time.

    Args:
        root: the library.
        folder: of the pictures.
        kills: how many times.
        total: pictures in all; a kill comes after about an equal share of them.

    Returns:
        Pictures in the library after each kill, and the seconds of all readings together.
    """
    command = [
        sys.executable, "-m", "edition.cli", "--library", str(root), "adopt", str(folder),
        "--as", SLUG, "--json",
    ]  # fmt: skip
    seen: list[int] = []
    seconds = 0.0
    for kill in range(1, kills + 1):
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None and _there(root) < total * kill // (kills + 1):
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
        seconds += time.monotonic() - started
        seen.append(_there(root))
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return seen, seconds + time.monotonic() - started


def _there(root: Path) -> int:
    if not paths.database_file(root).is_file():
        return 0
    try:
        with Session(root, writable=False) as session:
            return session.store.prints.counts(SLUG).prints
    except LibraryError:  # it is being made just now
        return 0


# looking


def by_name(session: Session) -> dict[str, Print]:
    """Every picture of the library by its file's name in the folder."""
    ids = session.store.prints.select(SLUG, Filter(trash=None))
    return {paths.adopted_name(p.file): p for p in session.store.prints.get(ids).values()}


def check_all(session: Session, made: Made, files: dict[str, str]) -> None:
    """Every file is accounted for, and nothing is said that isn't so.

    Args:
        session: the library.
        made: what was written.
        files: where each good file is now: its first name → its name; those removed are left out.
    """
    there = by_name(session)
    known = session.store.adopted.files(SLUG).values()
    faults = {paths.adopted_name(f.file) for f in known if f.fault}
    expect(faults == made.broken, f"{len(faults)} files are named as broken")
    expect(len(there) == len(files), f"{len(there)} pictures of {len(files)}")
    digests = {paths.adopted_name(f.file): f.digest for f in known}
    shown = {item.digest: item for item in there.values()}
    for first, name in files.items():
        found = session.found_facts(shown[digests[name]].digest)
        expect(_agree(found, made.good[first]), f"{name}: {found} is not {made.good[first]}")


def _agree(found: FoundFacts | None, written: FactsWritten) -> bool:
    if found is None:
        return False
    mine = (found.prompt, found.seed, found.steps)
    named = written.program in found.program if written.program else not found.program
    return named and mine == (written.prompt, written.seed, written.steps)


def expect(holds: bool, what: str) -> None:
    """Ends the campaign where something isn't so."""
    if not holds:
        raise SystemExit(f"FAILED: {what}")


def mark_some(session: Session, chance: random.Random) -> dict[str, Marks]:
    """Marks a tenth of the pictures; returns the marks by digest."""
    there = list(by_name(session).values())
    chosen = chance.sample(there, max(4, len(there) // 10))
    quarter = len(chosen) // 4
    ids = [item.id for item in chosen]
    session.mark(ids[:quarter], "star")
    session.mark(ids[quarter : 2 * quarter], "reject")
    session.rate(ids[2 * quarter : 3 * quarter], 4)
    session.label(ids[3 * quarter :], "blue")
    return {p.digest: p.marks for p in session.store.prints.get(ids).values()}


def check_marks(session: Session, marks: dict[str, Marks]) -> None:
    """Every mark that was made is there, and no other."""
    now = {p.digest: p.marks for p in by_name(session).values()}
    expect({d: m for d, m in now.items() if m != Marks()} == {d: m for d, m in marks.items() if d in now}, "the marks differ")  # noqa: E501 # fmt: skip


def move_some(folder: Path, made: Made, chance: random.Random) -> tuple[dict[str, str], set[str]]:
    """Moves a third of the files under other names, removes a tenth; returns where they are."""
    places = {name: name for name in made.good}
    names = sorted(made.good)
    for name in chance.sample(names, len(names) // 3):
        to = f"sorted/{chance.randrange(20)}/renamed {name.replace('/', ' ')}"
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(folder / to)
        places[name] = to
    removed = set(chance.sample(names, len(names) // 10))
    copies = {copy.split("copy of ")[1].split(".")[0] for copy in made.copies}
    removed = {name for name in removed if str(int(name.split("/")[1].split(".")[0])) not in copies}
    for name in removed:
        (folder / places.pop(name)).unlink()
    return places, removed


def campaign(number: int, kills: int, base: Path) -> Iterator[str]:
    """The whole of it; what was found, a line each."""
    chance = random.Random(11)
    folder, root = base / "pictures", base / "library"
    made = make(folder, number)
    before = _tree(folder)
    yield (f"{number:,} pictures, {len(made.copies)} copies, {len(made.broken)} broken files, "
           f"{sum(map(len, before.values())) / 1e6:.0f} MB")  # fmt: skip
    seen, seconds = adopt_killed(root, folder, kills, number)
    yield f"killed after {', '.join(f'{n:,}' for n in seen)} pictures; all read in {seconds:.1f} s"
    expect(seen == sorted(seen), "a kill has lost pictures that were there")
    expect(_tree(folder) == before, "a file of the folder was changed")
    with Session(root) as session:
        check_all(session, made, {name: name for name in made.good})
        yield f"every file is accounted for: {number / seconds:.0f} a second, with the kills"
        marks = mark_some(session, chance)
        yield from _moved(session, folder, made, marks, chance)
    yield from _lost(root, folder, made, marks)


def _moved(
    session: Session, folder: Path, made: Made, marks: dict[str, Marks], chance: random.Random
) -> Iterator[str]:
    places, removed = move_some(folder, made, chance)
    started = time.monotonic()
    scan = adoption.scan(session, SLUG)
    check_all(session, made, places)
    check_marks(session, marks)
    expect((scan.new, scan.gone) == (0, len(removed)), f"{scan.new} new, {scan.gone} gone")
    yield (f"a third moved, {len(removed)} removed: read again in "
           f"{time.monotonic() - started:.1f} s, no picture new, marks kept")  # fmt: skip
    made.good = {first: made.good[first] for first in places}
    for first, name in places.items():
        made.good[name] = made.good.pop(first)
    gone = folder.with_name("elsewhere")
    folder.rename(gone)
    scan = adoption.scan(session, SLUG)
    expect(bool(scan.missing) and not scan.gone, "a missing folder has lost pictures")
    started = time.monotonic()
    expect(adoption.adopt(session, [gone]) == SLUG, "a moved folder is not recognised")
    scan = adoption.scan(session, SLUG)
    check_all(session, made, {name: name for name in made.good})
    check_marks(session, marks)
    yield f"the folder moved: recognised in {time.monotonic() - started:.1f} s, marks kept"


def _lost(root: Path, folder: Path, made: Made, marks: dict[str, Marks]) -> Iterator[str]:
    with Session(root) as session:
        numbers = {p.digest: p.seed for p in by_name(session).values()}
    for file in root.glob("library.sqlite*"):
        file.unlink()
    started = time.monotonic()
    with Session(root) as session:
        rescan(session)
        check_all(session, made, {name: name for name in made.good})
        check_marks(session, marks)
        now = {p.digest: p.seed for p in by_name(session).values()}
    expect(now == numbers, "numbers have changed")
    yield (f"the database lost: rebuilt in {time.monotonic() - started:.1f} s, "
           "marks and numbers kept")  # fmt: skip


def _tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def main() -> int:
    """Runs it, and prints what was found."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--pictures", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=5)
    chosen = options.parse_args()
    base = Path(tempfile.mkdtemp(prefix="adopt-folder-"))
    try:
        for line in campaign(chosen.pictures, chosen.kills, base):
            print(line, flush=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
