"""Seeds to prints on the disk: our road against a plain loop over diffusers' pipeline.

Both draw the same seeds with the same noise and settings, in turn, in one process:

- plain: ``StableDiffusionPipeline`` as in its documentation, one call a seed, ``image.save``;
- ours: one shape a batch, embeddings once, channels last, PNG in a thread beside the next batch;
  then with each of these switched off, and on CUDA with the network's blocks compiled.

    python benchmarks/render.py --json render.json
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from PIL import Image

from edition import atomic, paths
from edition.diffusion import device, loading
from edition.diffusion.philox import latents
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.library import metadata
from edition.library.metadata import Origin
from edition.recipe.recipe import Recipe, Sampling


def plain(pipe: Any, recipe: Recipe, seeds: list[int], folder: Path) -> None:
    """One call a seed, as a user would write it."""
    sampling = recipe.sampling
    shape = (4, sampling.height // 8, sampling.width // 8)
    for seed in seeds:
        image = pipe(
            recipe.prompt.positive,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            width=sampling.width,
            height=sampling.height,
            latents=latents([seed], shape, "cuda"),
        ).images[0]
        image.save(folder / f"{seed}.png")


@dataclass(frozen=True)
class Way:
    """Our road with its switches."""

    size: int
    again: bool = False
    """The prompt is read for every batch."""
    contiguous: bool = False
    """Networks in torch's usual memory format, not channels last."""
    in_turn: bool = False
    """PNG files are written before the next batch begins."""
    on_device: bool = False
    """Schedulers look up their coefficients on the device, and wait for it in every step."""
    compiled: bool = False
    """The network's repeated blocks are compiled; worth it on CUDA only."""


WAYS = {
    "batch 1": Way(1),
    "batch 4": Way(4),
    "batch 8": Way(8),
    "4, prompt each batch": Way(4, again=True),
    "4, not channels last": Way(4, contiguous=True),
    "4, PNG in turn": Way(4, in_turn=True),
    "4, times on the card": Way(4, on_device=True),
    "4, blocks compiled": Way(4, compiled=True),
}
"""Rows of the table; ratios are to the plain loop."""
FOR_CUDA = ("4, times on the card", "4, blocks compiled")


def ready(renderer: Any, way: Way) -> None:
    """Puts a renderer's networks into a way's state."""
    form = torch.contiguous_format if way.contiguous else torch.channels_last
    for part in (renderer.pipe.unet, renderer.pipe.vae):
        part.to(memory_format=form)
    if way.compiled:
        renderer.pipe.unet.compile_repeated_blocks(fullgraph=True)


@contextmanager
def times_on(place: str) -> Iterator[None]:
    """Has the recipe's scheduler keep its timesteps on a device; else they are on the host."""
    plainly = DDIMScheduler.set_timesteps

    def placed(self: Any, steps: int, device: str) -> None:
        del device
        plainly(self, steps, device=place)

    with mock.patch.object(DDIMScheduler, "set_timesteps", placed):
        yield


def ours(renderer: Any, recipe: Recipe, seeds: list[int], folder: Path, way: Way) -> None:
    """As the press does it."""
    size, digest = way.size, "0" * 64

    def dry(images: list[Image.Image], batch_seeds: list[int]) -> None:
        for seed, image in zip(batch_seeds, images, strict=False):
            origin = Origin(recipe, digest, seed, {}, {})
            atomic.write(folder / f"{seed}.png", metadata.encode(image, origin))

    with ThreadPoolExecutor(1) as dryer:
        for start in range(0, len(seeds), size):
            wanted = seeds[start : start + size]
            filled = (wanted + wanted[-1:] * size)[:size]
            cells = [RenderRequest(recipe, seed) for seed in filled]
            if way.again:
                renderer._texts.clear()
            job = dryer.submit(dry, renderer.draw(cells, len(wanted)), wanted)
            if way.in_turn:
                job.result()


def timed(work: Callable[[], None]) -> float:
    """Seconds of wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Runs the rounds and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=20)
    chosen = parser.parse_args()
    recipe = Recipe(sampling=Sampling(steps=chosen.steps))
    loading.quiet()
    theirs = StableDiffusionPipeline.from_pretrained(
        paths.pocket_folder(), dtype=torch.float32, safety_checker=None
    )
    theirs.set_progress_bar_config(disable=True)
    machine = device.pick()
    theirs.to(machine.name)
    renderer = renderer_of(loading.load(recipe, machine.name), machine.name)
    seeds = list(range(1, chosen.seeds + 1))
    here = [name for name in WAYS if machine.name == "cuda" or name not in FOR_CUDA]
    rows: dict[str, list[float]] = {name: [] for name in ("plain", *here)}
    compiled = renderer
    if machine.name == "cuda":  # a pipeline of its own: a compiled network stays compiled
        compiled = renderer_of(loading.load(recipe, machine.name), machine.name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("plain", "ours"):
            (folder / kind).mkdir()
        for turn in range(chosen.rounds + 1):
            for row, seconds in rows.items():
                if row == "plain":
                    spent = timed(lambda: plain(theirs, recipe, seeds, folder / "plain"))
                else:
                    way = WAYS[row]
                    own = compiled if way.compiled else renderer
                    ready(own, way)
                    with times_on(machine.name if way.on_device else "cpu"):
                        spent = timed(
                            lambda own=own, way=way: ours(own, recipe, seeds, folder / "ours", way)
                        )
                if turn:  # the first round warms up
                    seconds.append(spent / len(seeds))
        worst = max(_deviation(folder, seed) for seed in seeds)
    print(f"{machine.title}, {platform.machine()}, {chosen.steps} steps, 512 x 512, guidance 3")
    show(rows)
    print(f"largest deviation from diffusers' picture: {worst}/255")
    if chosen.json:
        facts = {"device": machine.title, "steps": chosen.steps, "seconds": rows, "worst": worst}
        chosen.json.write_text(json.dumps(facts, indent=2))


def show(rows: dict[str, list[float]]) -> None:
    """Prints seconds a print by row, and how much faster than the plain loop that is."""
    base = statistics.median(rows["plain"])
    print(f"{'':21} {'s a print':>10} {'ratio':>7}")
    for row, seconds in rows.items():
        median = statistics.median(seconds)
        print(f"{row:21} {median:10.2f} {base / median:6.2f}x")
    for row in WAYS.keys() - rows.keys():
        print(f"{row:21} {'not measured: it is for CUDA':>18}")


def _deviation(folder: Path, seed: int) -> int:
    pictures = []
    for kind in ("plain", "ours"):
        with Image.open(folder / kind / f"{seed}.png") as image:
            pictures.append(np.asarray(image, dtype=int))
    return int(np.abs(pictures[0] - pictures[1]).max())


if __name__ == "__main__":
    main()
