"""Draws a set of pictures into a folder with several plain processes, and reads it back.

A set is chunks of 25: ``00000.npy`` (n, h, w, 3) uint8 and ``00000.json``, the labels. A chunk is
whole or missing, so a stopped drawing goes on where it was. Where only mean colours are wanted,
they alone are kept, (n, h, w, 3) float16, 0 to 1. Run as a program, this module is one of the
drawing processes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edition.errors import TrainError
from tools.pocket_model.palettes import HELD_OUT, Floats
from tools.pocket_model.render_scene import draw, subject
from tools.pocket_model.scene import Labels

CHUNK = 25
ELSEWHERE = 40_000
"""How far on the seed lies that stands in for one whose noun and palette are held out."""


def draw_set(
    folder: Path,
    count: int,
    size: int,
    seed: int,
    workers: int,
    seconds: float,
    say: Callable[[str], None],
    block: int = 1,
) -> int:
    """Draws pictures until there are enough or the time is up; at least one chunk.

    Args:
        folder: where the chunks go; finished ones there are kept.
        count: how many pictures are wanted, rounded up to whole chunks.
        size: side in pixels.
        seed: of the first picture; the others follow.
        workers: how many processes draw.
        seconds: after which no more chunks are waited for.
        say: shows a line of progress.
        block: pixels a side of whose colours only the mean is kept; 1 keeps the pictures.

    Returns:
        How many pictures there are now.

    Raises:
        TrainError: a drawing process failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    chunks = -(-count // CHUNK)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tools.pocket_model.dataset", str(folder.resolve())]
    numbers = [[chunks, size, block, seed, n, workers] for n in range(workers)]
    root = Path(__file__).parents[2]  # where tools can be imported from
    processes = [
        subprocess.Popen([*command, *map(str, some)], env=environment, cwd=root) for some in numbers
    ]
    said = began
    try:
        while any(p.poll() is None for p in processes):
            time.sleep(0.2)
            done, now = len(_chunks(folder)), time.monotonic()
            if done and now - began > seconds:
                break
            if now - said > 5:
                said = now
                rate = done * CHUNK / (now - began)
                say(f"pictures: {done * CHUNK} of {count} at {size} px, {rate:.1f}/s")
    finally:
        codes = [process.poll() for process in processes]  # before they are told to end
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
    there = len(_chunks(folder))
    if any(codes) or not there:
        raise TrainError(
            f"A drawing process failed with code {next((c for c in codes if c), 0)}.",
            hint="Is there memory enough? The same command goes on; finished pictures are kept.",
        )
    return there * CHUNK


def read_set(folder: Path) -> tuple[NDArray[Any], list[Labels]]:
    """All pictures of a folder, (n, h, w, 3), or their mean colours, and their labels.

    Raises:
        TrainError: there are none.
    """
    chunks = _chunks(folder)
    if not chunks:
        raise TrainError(f"No pictures in {folder}.", hint="Run the first stage again.")
    pictures = np.concatenate([np.load(c, allow_pickle=False) for c in chunks])
    labels = [
        Labels.from_json(row)
        for c in chunks
        for row in json.loads(c.with_suffix(".json").read_text(encoding="utf-8"))
    ]
    return pictures, labels


def _chunks(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.npy"))


def _taught(seed: int) -> int:
    """The seed, or another whose noun and palette may be learned together."""
    while subject(seed) in HELD_OUT:
        seed += ELSEWHERE
    return seed


def _draw_chunk(folder: Path, number: int, size: int, block: int, seed: int) -> None:
    path = folder / f"{number:05}.npy"
    if path.exists():
        return
    scenes = [draw(_taught(seed + number * CHUNK + i), size) for i in range(CHUNK)]
    rows = [scene.labels.to_json() for scene in scenes]
    # The labels first: a chunk counts as there when its pictures are.
    _write(path.with_suffix(".json"), json.dumps(rows).encode())
    beside = folder / f".{number:05}.npy"
    with beside.open("wb") as file:
        pictures = np.stack([scene.picture for scene in scenes])
        kept = pictures if block == 1 else means(pictures, block).astype(np.float16)
        np.save(file, kept, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def means(pictures: NDArray[Any], block: int) -> Floats:
    """Mean colours of square blocks of pictures, (n, h / block, w / block, 3), 0 to 1."""
    count, height, width, _ = pictures.shape
    blocks = pictures.reshape(count, height // block, block, width // block, block, 3)
    made: Floats = blocks.mean((2, 4), dtype=np.float32) / 255
    return made


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name("." + path.name)
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def main(arguments: list[str]) -> None:
    """One drawing process: every ``workers``-th chunk, from ``first`` on."""
    folder = Path(arguments[0])
    chunks, size, block, seed, first, workers = (int(a) for a in arguments[1:])
    parent = os.getppid()
    for number in range(first, chunks, workers):
        if os.getppid() != parent:
            return  # nobody waits for it any more
        _draw_chunk(folder, number, size, block, seed)


if __name__ == "__main__":
    main(sys.argv[1:])
