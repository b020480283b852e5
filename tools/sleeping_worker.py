"""A worker that sleeps where a card would compute: for measurements and for killing many of them.

It is simulated, and everything around it is not: its process, its messages, its PNGs, the pool.
How it behaves stands as JSON in the variable ``EDITION_SLEEPING``:

- ``seconds``: of a picture; ``load``: of a model; ``batch``: pictures together.
- ``side``: of a picture in pixels. 512 gives PNGs of about 350 KB.
- ``titles``, ``weights``, ``versions``, ``canary``, ``missing``: worker's number → the
  device's name, or true for a worker that has other weights, versions, pixels, or no model.
- ``dies``: the seeds at which the worker's process ends.
- ``held``: a file; while it exists no batch and no training ends, however slow or fast the
  machine is.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from edition import atomic, paths
from edition.diffusion.device import Device
from edition.errors import ModelError
from edition.finetune.callbacks import TrainingStep
from edition.library import metadata
from edition.press.ingest import describe
from edition.press.pool import worker_tasks
from edition.press.pool.worker_tasks import Core, DrawnPrint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.library.metadata import Origin
    from edition.recipe.recipe import Recipe

CORE = "tools.sleeping_worker:SleepingCore"
VARIABLE = "EDITION_SLEEPING"
_STEPS = 5


def behaviour(**wanted: Any) -> dict[str, str]:
    """The variable, for a process's environment."""
    return {VARIABLE: json.dumps(wanted)}


def _asked() -> dict[str, Any]:
    return {"seconds": 0.02, "load": 0.0, "batch": 2, "side": 64, "held": ""} | json.loads(
        os.environ.get(VARIABLE, "{}")
    )


def _mine(asked: dict[str, Any], name: str) -> Any:
    return asked.get(name, {}).get(os.environ.get("EDITION_WORKER", ""), False)


class SleepingBench:
    """Sleeps; every seed has a picture of its own."""

    def __init__(self) -> None:
        self.asked = _asked()
        title = _mine(self.asked, "titles") or "a sleeping card"
        self.device = Device("cpu", title, 1 << 34, 1 << 34)
        self.renderer = SimpleNamespace(mixed=True)
        self.memory = ""
        self._key = ""

    def held(self) -> bool:
        """Whether what is at work has to wait."""
        return bool(self.asked["held"]) and Path(self.asked["held"]).exists()

    def load(self, recipe: Recipe, fingerprint: str, home: Path | None) -> None:
        """Sleeps as long as loading a model is said to take."""
        del recipe, home
        if fingerprint != self._key:
            time.sleep(self.asked["load"])
            self._key = fingerprint

    def batch_size(self, recipe: Recipe) -> int:
        """As it was told."""
        del recipe
        return int(self.asked["batch"])

    def check(self, recipe: Recipe) -> None:
        """All recipes will do."""

    def cut(self, recipe: Recipe) -> tuple[str, ...]:
        """Nothing is left out."""
        del recipe
        return ()

    def draw(self, cells: Sequence[Any], wanted: int, on_step: Any, _: Any) -> list[Image.Image]:
        """Sleeps for a batch, step by step."""
        if on_step is not None:
            for step in range(_STEPS):
                time.sleep(self.asked["seconds"] * len(cells) / _STEPS)
                on_step(step + 1, _STEPS, None)
            while self.held():
                time.sleep(0.05)
                on_step(_STEPS, _STEPS, None)
        seeds = [cell.seed for cell in cells[:wanted]]
        if any(seed in self.asked.get("dies", ()) for seed in seeds):
            os.kill(os.getpid(), signal.SIGKILL)
        odd = 1 if _mine(self.asked, "canary") else 0
        return [picture(seed + odd, self.asked["side"]) for seed in seeds]

    def previews(self, latents: Any) -> tuple[bytes, ...]:
        """None."""
        del latents
        return ()

    def made_with(self, recipe: Recipe, fingerprint: str, places: int) -> dict[str, str]:
        """Says what it is."""
        del recipe
        return {
            "device": self.device.title, "batch": str(places), "model_sha256": fingerprint,
        }  # fmt: skip

    def unload(self) -> None:
        """Forgets the model."""
        self._key = ""


class SleepingCore(Core):
    """A worker without torch."""

    def bench_of(self, device: str) -> SleepingBench:
        """Whatever the device."""
        del device
        return SleepingBench()

    def versions(self) -> dict[str, str]:
        """The real ones, unless it is told to have others."""
        odd = {"torch": "1.0"} if _mine(self.bench.asked, "versions") else {}
        return super().versions() | odd

    def find(self, recipe: Recipe, slug: str, wanted: str) -> tuple[Recipe, Path | None, str]:
        """A model that needs no files."""
        if _mine(self.bench.asked, "missing"):
            raise ModelError(f"There is no model {recipe.model.base!r}.", hint="Copy it there.")
        found = "0" * 64 if _mine(self.bench.asked, "weights") else wanted
        return recipe, self.home(slug), worker_tasks.equal(found, wanted, recipe)

    def encode(
        self, image: Image.Image, origin: Origin, slug: str, seconds: float, talk: Any
    ) -> DrawnPrint:
        """At 512 pixels encodes one picture for all seeds: the processor is not measured."""
        if self.bench.asked["side"] < 512:
            return super().encode(image, origin, slug, seconds, talk)
        talk.check()
        data, row = _encoded_once(origin.digest)
        path = paths.print_file(self.root, slug, origin.digest, origin.seed)
        seed = origin.seed.to_bytes(8, "big")
        data += seed  # bytes behind a PNG's end are of no picture; each file differs
        if self.sees_library:
            atomic.write(path, data)
        facts = {name: getattr(row, name) for name in row.__slots__} | {
            "slug": slug, "seed": origin.seed, "seconds": seconds, "made": time.time(),
            "digest": origin.digest, "file": path.relative_to(self.root).as_posix(),
            "recipe": origin.recipe.to_json(), "sha256": hashlib.sha256(data).hexdigest(),
        }  # fmt: skip
        return DrawnPrint(type(row)(**facts), None if self.sees_library else data)

    def _train(self, task: Any, talk: Any) -> Any:
        """Says all that a training says; each step takes as long as a picture."""
        watcher = worker_tasks.Watched(talk)
        run = paths.trained_folder(self.root, task["slug"]) / "sleeping"
        watcher.opened(run)
        watcher.note("it sleeps")
        watcher.phase("training")
        for step in range(1, _STEPS + 1):
            time.sleep(self.bench.asked["seconds"])
            watcher.step(TrainingStep(step, 0.5 / step, 1.0, 1e-4, self.bench.asked["seconds"]))
        while self.bench.held():
            time.sleep(0.05)
            talk.check()
        watcher.sample(_STEPS, (1,), [picture(1, 64)])
        watcher.checkpoint(_STEPS, run)
        return lambda: (str(run / "model"), _STEPS)


def picture(seed: int, side: int) -> Image.Image:
    """A picture of its own for each seed, cheap to draw."""
    if side >= 512:
        return _grainy(side)
    random = np.random.default_rng(seed)
    values = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _grainy(side: int) -> Image.Image:
    """As large as a photograph's PNG: 350 KB at 512 pixels."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[0:side, 0:side] / side
    smooth = np.stack([x * 200, y * 200, (x + y) * 100], axis=-1)
    return Image.fromarray((smooth + random.normal(0, 2.2, smooth.shape)).clip(0, 255).astype("u1"))


@lru_cache(maxsize=4)
def _encoded_once(digest: str) -> tuple[bytes, Any]:
    from edition.library.metadata import Origin
    from edition.recipe.recipe import Recipe

    image = _grainy(512)
    origin = Origin(Recipe(title="Sleeping"), digest, 0, {"device": "a sleeping card"}, {})
    data = metadata.encode(image, origin)
    return data, describe(image, origin, slug="", file="", made=0.0)
