"""How fast a sweep renders, against a plain loop that calls the diffusers pipeline for each cell.

    python benchmarks/sweep.py --size 256 --steps 12 --json sweep.json

Both draw the same cells with the embedded model, from the same noise, and leave PNG files. The
loop is what one would write by hand: ``StableDiffusionPipeline`` as diffusers loads it, one call
and one ``save`` a cell. The sweep goes the press's way: order, mixed batches, files with their
recipe, synced to the disk. Rounds alternate; a second part tells where the sweep's time goes.
With ``--sheet`` a sheet of so many cells is drawn instead, and its memory measured.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

PROMPTS = ("crimson mountains", "azure sea at night", "a forest, watercolour", "four towers")
GUIDANCE = (1.0, 2.5, 5.0, 7.5, 10.0, 25.0, 50.0)


class Clock:
    """Adds up the time spent in parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def wrap(self, name: str, function: Any) -> Any:
        """The function, timed."""

        def timed(*values: Any, **keywords: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*values, **keywords)
            finally:
                spent = time.perf_counter() - began
                with self._lock:
                    self.seconds[name] = self.seconds.get(name, 0.0) + spent

        return timed


def asked(size: int, steps: int, seeds: int) -> Any:
    """The study that both draw: seven weights, four prompts, some seeds."""
    from edition.recipe.recipe import Recipe, Sampling
    from edition.studies import study_spec as studies

    base = Recipe(sampling=Sampling(steps=steps, width=size, height=size))
    wanted = [("guidance", GUIDANCE), ("prompt", PROMPTS), ("seed", tuple(range(1, seeds + 1)))]
    return studies.ask(base, wanted)


def plain_loop(pipe: Any, study: Any, folder: Path) -> float:
    """One pipeline call and one save a cell; returns seconds."""
    from edition.diffusion.philox import latents
    from edition.studies import study_spec as studies

    recipes = studies.recipes(study)
    began = time.perf_counter()
    for place, number, seed in studies.cells(study):
        recipe, sampling = recipes[number], recipes[number].sampling
        image = pipe(
            recipe.prompt.positive,
            negative_prompt=recipe.prompt.negative,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            width=sampling.width,
            height=sampling.height,
            latents=latents([seed], (4, sampling.height // 8, sampling.width // 8), "cuda"),
        ).images[0]
        image.save(folder / f"{place}.png")
    return time.perf_counter() - began


def sweep(pipe: Any, study: Any, folder: Path) -> float:
    """The press's way; returns seconds."""
    from edition import atomic
    from edition.diffusion.render_request import RenderRequest, shape
    from edition.diffusion.renderer import renderer_of
    from edition.library import metadata
    from edition.library.metadata import Origin
    from edition.studies import batch_order
    from edition.studies import study_spec as studies

    began = time.perf_counter()
    recipes = studies.recipes(study)
    renderer = renderer_of(pipe, "cpu")
    by_digest = {recipe.digest("0" * 64): recipe for recipe in recipes}
    digests = list(by_digest)
    todo = [
        batch_order.MissingPrint(digests[n], seed, "pocket", shape(recipes[n]),
                   (recipes[n].prompt.positive, recipes[n].prompt.negative), (place,))
        for place, n, seed in studies.cells(study)
    ]  # fmt: skip

    def dry(items: tuple[batch_order.MissingPrint, ...], images: list[Any]) -> None:
        for item, image in zip(items, images, strict=True):
            origin = Origin(by_digest[item.digest], item.digest, item.seed, {}, {})
            atomic.write(folder / f"{item.places[0]}.png", metadata.encode(image, origin))

    with ThreadPoolExecutor(1) as dryer:
        for group in batch_order.groups(todo):
            for batch, wanted in batch_order.batches(group, 4):
                cells = [RenderRequest(by_digest[item.digest], item.seed) for item in batch]
                dryer.submit(dry, batch[:wanted], renderer.draw(cells, wanted))
    return time.perf_counter() - began


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Alternating rounds of both, and where the sweep's time goes."""
    import torch
    from diffusers import StableDiffusionPipeline

    from edition import paths
    from edition.diffusion import loading

    if options.threads:
        torch.set_num_threads(options.threads)
    study = asked(options.size, options.steps, options.seeds)
    ours = loading.load(study.base, "cpu")
    theirs = StableDiffusionPipeline.from_pretrained(
        paths.pocket_folder(), dtype=torch.float32, safety_checker=None
    )
    theirs.set_progress_bar_config(disable=True)
    small = asked(options.size, 2, 1)
    rounds: dict[str, list[float]] = {"plain loop": [], "sweep": []}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        plain_loop(theirs, small, place)
        sweep(ours, small, place)
        for number in range(options.rounds):
            both = (("plain loop", plain_loop, theirs), ("sweep", sweep, ours))
            for name, draw, pipe in both if number % 2 == 0 else both[::-1]:
                rounds[name].append(draw(pipe, study, place))
        clock = Clock()
        ours.unet.forward = clock.wrap("network", ours.unet.forward)
        ours.vae.decode = clock.wrap("decoder", ours.vae.decode)
        ours.text_encoder.forward = clock.wrap("text encoder", ours.text_encoder.forward)
        from edition import atomic
        from edition.library import metadata

        metadata.encode = clock.wrap("PNG (in a thread)", metadata.encode)
        atomic.write = clock.wrap("disk (in a thread)", atomic.write)
        whole = sweep(ours, study, place)
    ratios = [a / b for a, b in zip(rounds["plain loop"], rounds["sweep"], strict=True)]
    return {
        "cells": study.count,
        "size": options.size,
        "steps": options.steps,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "processor": platform.processor() or platform.machine(),
        "load": os.getloadavg()[0],
        "seconds": rounds,
        "cells_a_second": {k: study.count / statistics.median(v) for k, v in rounds.items()},
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "where": {**clock.seconds, "all": whole},
    }


def draw_sheet(count: int, folder: Path) -> dict[str, Any]:
    """A library of so many prints, and its sheet: time and highest memory."""
    import io

    import numpy as np
    from PIL import Image

    from edition.actions import editions, study_planning, study_sheets
    from edition.actions.session import Session
    from edition.domain import NewPrint
    from edition.studies import study_spec as asking

    with Session(folder) as session:
        editions.new(session, "bench")
        values = tuple(round(1 + k * 0.01, 2) for k in range(count // 50))
        base = session.recipe("bench")
        study = asking.ask(base, [("guidance", values), ("seed", tuple(range(1, 51)))])
        planned = study_planning.plan(session, "bench", study)
        study_planning.submit(session, planned, start=False)
        random = np.random.default_rng(0)
        pictures = []
        for _ in range(20):
            small = Image.fromarray(random.integers(0, 255, (16, 16, 3), dtype=np.uint8))
            picture = small.resize((512, 512), Image.Resampling.BICUBIC)
            whole, thumb = io.BytesIO(), io.BytesIO()
            picture.save(whole, "PNG", compress_level=1)
            picture.resize((128, 128)).save(thumb, "JPEG")
            pictures.append((whole.getvalue(), thumb.getvalue()))
        rows = []
        for place, number, seed in asking.cells(study):
            png, jpeg = pictures[place % 20]
            digest = planned.digests[number]
            path = folder / "bench" / "prints" / digest[:12] / f"{seed}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)
            file = path.relative_to(folder).as_posix()
            rows.append(
                NewPrint("bench", digest, seed, file, 512, 512, 0.0, 0, 0, b"", jpeg, b"\0" * 3072)
            )
        session.store.prints.add(rows)
        del rows, pictures, planned
        before = psutil.Process().memory_info().rss
        found = {"cells": study.count, "before_mb": before / 1e6}
        for name, side in (("from thumbnails, 64 px", 64), ("from prints, 192 px", 192)):
            began = time.perf_counter()
            files = study_sheets.sheets(session, "bench", study.name, side=side)
            found[name] = {
                "seconds": time.perf_counter() - began,
                "pages": len(files),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
    return found


def main() -> None:
    """Runs the benchmark and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0 takes torch's own number")
    parser.add_argument(
        "--sheet", type=int, default=0, help="draw a sheet of so many cells instead"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.sheet:
        with tempfile.TemporaryDirectory() as folder:
            found = draw_sheet(options.sheet, Path(folder))
        print(json.dumps(found, indent=1))
    else:
        found = compare(options)
        print(f"{found['cells']} cells of {found['size']} px, {found['steps']} steps, "
              f"{found['threads']} threads, load {found['load']:.1f}")  # fmt: skip
        for name, rate in found["cells_a_second"].items():
            rounds = ", ".join(f"{seconds:.1f}" for seconds in found["seconds"][name])
            print(f"{name:12} {rate:7.3f} cells/s   rounds of {rounds} s")
        ratios = ", ".join(f"{ratio:.2f}" for ratio in found["ratios"])
        print(f"{'ratio':12} {found['ratio']:7.2f}           rounds of {ratios}")
        for name, seconds in found["where"].items():
            print(f"  {name:20} {seconds:7.2f} s  {seconds / found['where']['all']:5.1%}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
