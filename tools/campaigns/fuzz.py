"""Gives every reader of what comes from outside broken inputs, and looks what it makes of them.

    python -m tools.campaigns.fuzz                      # 100,000 inputs
    python -m tools.campaigns.fuzz --inputs 2000        # the short form, about twenty seconds
    python -m tools.campaigns.fuzz --only png filter --seed 7

An input is passed when it is read, or refused by one of the program's own errors. Faults are any
other exception, more than 5 seconds of the processor, and more than 1 GB of memory; each is kept as
a file with ``--keep FOLDER`` and printed. Needs a POSIX system.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.campaigns import mutations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 5
MEGABYTES = 1000
_RECIPE = (Path(__file__).parents[2] / "editions/pocket-dreams/edition.toml").read_bytes()
_A1111 = (
    b'moon over (water:1.2), <lora:sea:0.8>\nNegative prompt: blur, "quoted, text"\n'
    b"Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, Size: 512x768, Model hash: "
    b"6ce0161689, Model: v1-5, Denoising strength: 0.5, Clip skip: 2, Version: v1.10.1"
)
_COMFY = json.dumps({
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 5, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal",
        "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
        "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
    "5": {"class_type": "EmptyLatentImage",
          "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "moon", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
}).encode()  # fmt: skip
_ANSWERS = (
    b"\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=4211;OK\x1b\\\x1b[6;18;9t\x1b]11;rgb:1a/1b/26\x07\x1b[?62;c",
    b"a\x1b[4;600;800t\x1b[?1;0;256S\x1bP1$r0;38:2:1:2:3m\x1b\\\x1b[?62;4;22c\x1b[A\x1b[<0;5;7M q",
    b"\x1b[48;30;100;600;900t\x1b[?2026;2$y\x1b[200~pasted\x1b[201~\x1b[1;5C\x1bOP\x1b[97;5u",
)
_LOG = json.dumps({
    "before": "0011223344556677",
    "changes": [
        {"file": "small/marks.jsonl", "text": '{"digest": "aa", "seed": 1}\n', "at": 0},
        {"file": "_exhibitions/show/exhibition.json", "text": None, "at": None},
        {"file": "register.jsonl", "text": "", "at": 9},
    ],
}).encode()  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    Attributes:
        inputs: good ones, to be changed.
        change: how.
        read: gives one to the reader.
    """

    inputs: tuple[bytes, ...]
    change: mutations.Mutation
    read: Callable[[bytes], object]


def _picture(kind: str, **more: Any) -> bytes:
    from PIL import Image

    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _png_with(**texts: str) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value, zip=len(value) > 300)
    return _picture("PNG", pnginfo=info)


def _exif() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + _A1111.decode().encode("utf-16-be")
    return exif.tobytes()


def _srgb() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _file_reader(
    folder: Path, name: str, read: Callable[[Path], object]
) -> Callable[[bytes], object]:
    path = folder / name

    def give(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return give


def _read_picture(path: Path) -> None:
    """Both readers, each alone: what one refuses the other may take."""
    from edition import picture_reader
    from edition.errors import EditionError
    from edition.library import foreign_metadata

    for read in (picture_reader.read, foreign_metadata.read):
        with contextlib.suppress(EditionError):
            read(path)


def _made_library(folder: Path) -> Path:
    """Four prints with marks, trash, stacks, an exhibition and a number in the register."""
    from tests.fakes import add_prints

    from edition.actions import exhibitions, register, trash
    from edition.actions.session import Session

    root = folder / "library"
    (root / "small").mkdir(parents=True)
    (root / "small/edition.toml").write_text(
        'title = "S"\nartist = "A"\n[model]\nbase = "pocket"\n[prompt]\npositive = "moon"\n'
        "[sampling]\nsteps = 3\nwidth = 64\nheight = 64\n"
    )
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5), side=64)
        session.mark(ids[:1], "star")
        session.label(ids[1:2], "red")
        trash.put(session, ids[3:])
        exhibitions.new(session, "show")
        exhibitions.add(session, "show", ids[:2])
        first = session.store.prints.get(ids)[ids[0]]
        register.open_edition(session, first, 3)
        register.issue(session, first)
    line = {"time": 1.0, "digest": first.digest, "seed": 1, "apart": 2, "best": 1}
    (root / "small/stacks.jsonl").write_text(json.dumps(line) + "\n")
    return root


def _rescanned(root: Path, name: str) -> Callable[[bytes], object]:
    """Gives a text mirror to a rescan after the database was lost."""
    from edition import paths
    from edition.actions import register
    from edition.actions.rescan import rescan
    from edition.actions.session import Session

    path = root / name
    good = path.read_bytes()

    def give(data: bytes) -> None:
        for file in root.glob(f"{paths.database_file(root).name}*"):
            file.unlink()
        path.write_bytes(data)
        try:
            with Session(root) as session:
                rescan(session)
                register.rows(session)
        finally:
            path.write_bytes(good)

    return give


def _mirrors_log(root: Path) -> Callable[[bytes], object]:
    """Gives the log of an act that was cut short to whoever opens the library next."""
    from edition import paths
    from edition.actions.session import Session

    log, marks = paths.mirrors_log_file(root), paths.marks_file(root, "small")
    good = marks.read_bytes()

    def give(data: bytes) -> None:
        log.write_bytes(data)
        try:
            Session(root).close()
        finally:
            log.write_bytes(b"")
            marks.write_bytes(good)

    return give


def _replies(data: bytes) -> None:
    """In parts, as a slow line brings them: to the keys' parser, and to what asks the terminal."""
    from edition.tui.terminal import capabilities
    from edition.tui.terminal.key_driver import KeyParser
    from edition.tui.terminal.replies import Replies

    text = data.decode("utf-8", "replace")[:10_000]  # Textual reads sign by sign
    replies, keys = Replies(), KeyParser()
    for start in range(0, len(text), part := max(7, len(text) // 50)):
        replies.feed(text[start : start + part])
        list(keys.feed(text[start : start + part]))
    capabilities.understand("".join(replies.answers))


def _filter(root: Path) -> Callable[[bytes], object]:
    from edition.actions import search
    from edition.actions.session import Session
    from edition.library.filter_parser import parse

    session = Session(root)

    def give(data: bytes) -> None:
        query = parse(data.decode("utf-8", "replace"))
        search.find(session, "small", query.where)

    return give


def _seeds(data: bytes) -> None:
    from edition.recipe.seeds import parse_seeds

    with contextlib.suppress(ValueError):  # its own way to refuse: callers say where it stood
        parse_seeds(data.decode("utf-8", "replace"))


def _recipe(data: bytes) -> None:
    from edition.recipe import edition_file

    text = data.decode("utf-8", "replace")
    recipe = edition_file.parse(text)
    edition_file.parse(edition_file.write_new(recipe))
    recipe.digest("0" * 64)


def targets(folder: Path, wanted: set[str]) -> dict[str, Target]:
    """All readers by name; only those wanted are made."""
    root = _made_library(folder)
    made: dict[str, Callable[[], Target]] = {
        **_text_targets(folder, root),
        **_picture_targets(folder),
        **_file_targets(folder),
        **{
            f"mirror-{name}": lambda path=path: Target(
                ((root / path).read_bytes(),), mutations.json_lines, _rescanned(root, path)
            )
            for name, path in (
                ("marks", "small/marks.jsonl"), ("trash", "small/trash.jsonl"),
                ("stacks", "small/stacks.jsonl"), ("register", "register.jsonl"),
                ("exhibition", "_exhibitions/show/exhibition.json"),
            )
        },
    }  # fmt: skip
    return {name: make() for name, make in made.items() if not wanted or name in wanted}


def _text_targets(folder: Path, root: Path) -> dict[str, Callable[[], Target]]:
    from edition.library import foreign_metadata
    from edition.tui import user_settings

    filters = (
        b'moon "over water" -blur rating:>=3 guidance:<5 made:>2026-01 tag:dark label:red',
        b"star:yes -reject:yes seed:1..40 model:pocket order:likeness trash:yes edition:small",
    )
    return {
        "recipe": lambda: Target((_RECIPE,), mutations.text, _recipe),
        "seeds": lambda: Target(
            (b"1..16", b"1,5,9", b"1..4,8,100..90"), mutations.text,
            _seeds,
        ),
        "filter": lambda: Target(filters, mutations.text, _filter(root)),
        "settings": lambda: Target(
            (b'theme = "light"\ngraphics = "auto"\nauto_advance = true\n[keys]\nstar = "p"\n',),
            mutations.text, _file_reader(folder, "terminal.toml", user_settings.load),
        ),
        "replies": lambda: Target(_ANSWERS, mutations.text, _replies),
        "mirrors-log": lambda: Target((_LOG,), mutations.json_tree, _mirrors_log(root)),
        "a1111": lambda: Target(
            (_A1111,), mutations.text,
            lambda data: foreign_metadata.parse({"parameters": data.decode("utf-8", "replace")}),
        ),
        "comfyui": lambda: Target(
            (_COMFY,), mutations.json_tree,
            lambda data: foreign_metadata.parse({"prompt": data.decode("utf-8", "replace")}),
        ),
    }  # fmt: skip


def _picture_targets(folder: Path) -> dict[str, Callable[[], Target]]:
    def target(
        name: str, change: mutations.Mutation, *inputs: Callable[[], bytes]
    ) -> Callable[[], Target]:
        return lambda: Target(
            tuple(make() for make in inputs), change, _file_reader(folder, name, _read_picture)
        )

    return {
        "png": target(
            "x.png", mutations.png,
            lambda: _png_with(parameters=_A1111.decode()),
            lambda: _png_with(prompt=_COMFY.decode()),
            lambda: _picture("PNG", icc_profile=_srgb(), exif=_exif()),
        ),
        "jpeg": target(
            "x.jpg", mutations.jpeg, lambda: _picture("JPEG", exif=_exif(), icc_profile=_srgb())
        ),
        "webp": target("x.webp", mutations.webp, lambda: _picture("WEBP", exif=_exif())),
        "tiff": target(
            "x.tif", mutations.any_bytes, lambda: _picture("TIFF"),
            lambda: _picture("TIFF", compression="tiff_lzw", icc_profile=_srgb()),
        ),
    }  # fmt: skip


def _file_targets(folder: Path) -> dict[str, Callable[[], Target]]:
    from safetensors.numpy import save

    from edition.diffusion.resolve import check_whole
    from edition.library import backup_archive
    from edition.proof import icc_profiles

    def weights() -> bytes:
        import numpy as np

        return save({"a.weight": np.zeros((4, 4), "f4"), "b": np.ones(3, "f2")}, {"format": "pt"})

    def backed_up() -> bytes:
        from edition.actions import backups
        from edition.actions.session import Session

        with Session(folder / "library") as session:
            return backups.save(session, folder / "good.zip").file.read_bytes()

    def restored(path: Path) -> None:
        import shutil

        backup_archive.restore(path, folder / "restored")
        shutil.rmtree(folder / "restored")

    return {
        "safetensors": lambda: Target(
            (weights(),), mutations.safetensors, _file_reader(folder, "x.safetensors", check_whole)
        ),
        "icc": lambda: Target(
            (_srgb(),), mutations.any_bytes, lambda data: icc_profiles.parse("x", data)
        ),
        "backup": lambda: Target(
            (backed_up(),), mutations.any_bytes, _file_reader(folder, "x.zip", restored)
        ),
    }


class TooLong(BaseException):
    """An input took longer than SECONDS; no reader may catch it."""


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raises TooLong in the middle of what takes longer: of the processor, or ten times of waiting.

    So that a busy machine finds no more faults than a quiet one.
    """

    def ring(*_: object) -> None:
        raise TooLong

    clocks = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds),
    )  # fmt: skip
    before = [(number, signal.signal(number, ring)) for _, number, _ in clocks]
    for clock, _, after in clocks:
        signal.setitimer(clock, after)
    try:
        yield
    finally:
        for clock, _, _ in clocks:
            signal.setitimer(clock, 0)
        for number, handler in before:
            signal.signal(number, handler)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps what image libraries say of broken files out of the report: C's libtiff, tifffile."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def fault_of(read: Callable[[bytes], object], data: bytes) -> str:
    """What is wrong with how an input was taken; nothing when it was read or refused."""
    from edition.errors import EditionError

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with limited(SECONDS), warnings.catch_warnings(), quiet():
            warnings.simplefilter("ignore")  # Pillow's, of broken EXIF
            read(data)
    except EditionError:
        pass
    except TooLong:
        return f"took longer than {SECONDS} s"
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"took {grown:.0f} MB" if grown > MEGABYTES else ""


def run(inputs: int, seed: int, wanted: set[str], keep: Path | None) -> Counter[str]:
    """Prints a line for each reader; returns how often each fault was found."""
    faults: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        chosen = targets(Path(name), wanted)
        if unknown := wanted - set(chosen):
            raise SystemExit(f"There is no target {', '.join(sorted(unknown))}.")
        # what goes through a whole rescan costs a hundred times the others
        shares = {key: 0.05 if key.startswith(("mirror-", "backup")) else 1.0 for key in chosen}
        for target_name, target in chosen.items():
            many = max(20, math.ceil(inputs * shares[target_name] / sum(shares.values())))
            source = random.Random(f"{seed} {target_name}")
            begun = time.perf_counter()
            here = 0
            for _ in range(many):
                data = source.choice(target.inputs)
                for _ in range(source.choice((1, 1, 1, 2, 5))):
                    data = target.change(source, data)
                if fault := fault_of(target.read, data):
                    here += 1
                    faults[f"{target_name}: {fault}"] += 1
                    _keep(keep, target_name, fault, data)
            seconds = time.perf_counter() - begun
            print(
                f"{target_name:18} {many:7,} inputs  {here:5} faults  {seconds:6.1f} s", flush=True
            )
    return faults


def _keep(folder: Path | None, target: str, fault: str, data: bytes) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() else "-" for c in f"{target}-{fault}")[:80]
        (folder / name).write_bytes(data)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.campaigns.fuzz", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--inputs", type=int, default=100_000, help="of all readers together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[], help="these readers")
    parser.add_argument("--keep", type=Path, help="keep inputs at fault in this folder")
    chosen = parser.parse_args()
    faults = run(chosen.inputs, chosen.seed, set(chosen.only), chosen.keep)
    for fault, times in faults.most_common():
        print(f"{times:6}  {fault}")
    print(f"{sum(faults.values())} faults of {len(faults)} kinds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
