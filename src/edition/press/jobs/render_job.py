"""Render jobs: plan what is missing, draw batch by batch, put every print on the disk at once."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edition import atomic, paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.errors import ModelError, NotNumbers, PressError
from edition.library import metadata, mirror_files
from edition.library.metadata import Origin
from edition.library.store import Store
from edition.press.device_session import OutOfMemory
from edition.press.ingest import adopt, describe
from edition.press.job_payloads import RenderJob
from edition.press.regroup import restack
from edition.recipe.batch_plan import Batch, plan
from edition.recipe.seeds import format_seeds, parse_seeds

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from PIL import Image

    from edition.domain import Job
    from edition.press.loop import Press

_STACK_SHARE = 20
"""Near-duplicates are grouped anew while a job runs, but for no more than 1/20 of its time."""


def render(press: Press, job: Job) -> None:
    """Does a render job; what is done already is skipped.

    Raises:
        ModelError: the model is gone, has changed, or can't do what the recipe asks.
        PressError: one print alone does not fit into memory.
    """
    wanted = RenderJob.model_validate_json(json.dumps(job.payload))
    home = paths.edition_folder(press.root, job.slug)
    mirror_files.sweep_parts(press.root, job.slug)
    adopt_strays(press.store, job.slug, wanted.digest)
    seeds = parse_seeds(wanted.seeds)
    have = press.store.prints.seeds(job.slug, wanted.digest)
    press.store.jobs.progress(job.id, len(have & set(seeds)), message="loading the model")
    if have >= set(seeds):
        return
    press.say("loading", job_id=job.id)
    bench = press.bench
    model = find(wanted.recipe.model, home)
    fingerprint = Fingerprints(paths.fingerprints_file(press.root)).of(model)
    if wanted.recipe.digest(fingerprint) != wanted.digest:
        raise ModelError(
            f"The model {model.name} has changed since this job was queued.",
            hint="Cancel the job and render the edition again.",
        )
    bench.prepare(wanted.recipe, fingerprint, home)
    for line in bench.cut(wanted.recipe):
        press.note(line)
    with ThreadPoolExecutor(1, thread_name_prefix="drying") as dryer:
        run = _Run(press, job, wanted, fingerprint, dryer)
        try:
            run.all(seeds)
        finally:
            dryer.submit(run.close).result()
    restack(press.store, job.slug)
    if run.broken is not None:
        raise ModelError(
            f"Seeds {format_seeds(run.broken_seeds)}: {run.broken.message}", hint=run.broken.hint
        )


def adopt_strays(store: Store, slug: str, digest: str) -> int:
    """Takes in whole files that have no row: a kill came between the two. Returns how many."""
    known = store.prints.seeds(slug, digest)
    folder = paths.prints_folder(store.root, slug, digest)
    strays = [p for p in sorted(folder.glob("[0-9]*.png")) if mirror_files.seed_of(p) not in known]
    found = []
    for path in strays:
        try:
            found.append(adopt(store.root, slug, path))
        except Exception as error:
            print(f"{path.name} is not taken in: {error}", flush=True)  # noqa: T201 - the log
    store.prints.add(found)
    return len(found)


@dataclass(slots=True)
class _Run:
    """A render job at work."""

    press: Press
    job: Job
    wanted: RenderJob
    fingerprint: str
    dryer: ThreadPoolExecutor
    done: int = 0
    stack_after: float = 0.0
    store: Store | None = None
    """The drying thread's own."""
    broken: NotNumbers | None = None
    broken_seeds: list[int] = field(default_factory=list)
    """Those that came out as no picture; the others of their batches are filed."""

    def close(self) -> None:
        """Ends what the drying thread has open, in that thread."""
        if self.store is not None:
            self.store.close()

    def all(self, seeds: tuple[int, ...]) -> None:
        """Draws until no seed is missing; halves the batch when memory runs out."""
        key = f"batch:{self.wanted.digest[:12]}:{self.press.bench.device.title}"
        store = self.press.store
        size = int(store.setting(key) or self.press.bench.batch_size(self.wanted.recipe))
        while True:
            store.remember(key, str(size))
            try:
                self._batches(seeds, size)
            except OutOfMemory:
                size = self._smaller(size)
            else:
                return

    def _smaller(self, size: int) -> int:
        if size > 1:
            return size // 2
        if self.press.bench.offload():
            return 1
        sampling = self.wanted.recipe.sampling
        raise PressError(
            f"One print of {sampling.width} x {sampling.height} does not fit into the memory of "
            f"{self.press.bench.device.title}.",
            hint="Make it smaller, close other programs that use the device, or set "
            'dtype = "float16" in [sampling].',
        )

    def _batches(self, seeds: tuple[int, ...], size: int) -> None:
        have = self.press.store.prints.seeds(self.job.slug, self.wanted.digest)
        self.done = len(have.intersection(seeds))
        drying: Future[None] | None = None
        try:
            for batch in plan(self.wanted.digest, seeds, have, size).batches:
                self.press.check(self.job)
                started = time.monotonic()
                images = self._draw(batch)
                seconds = (time.monotonic() - started) / batch.wanted
                if drying is not None:
                    drying.result()  # an error on the disk ends the job here
                drying = self.dryer.submit(self._dry, batch, images, seconds, size)
        finally:
            if drying is not None:
                wait([drying])  # what is drawn is filed before smaller batches are planned
        if drying is not None:
            drying.result()

    def _draw(self, batch: Batch) -> list[Image.Image | None]:
        press, wanted = self.press, batch.seeds[: batch.wanted]

        def on_step(step: int, steps: int, latents: torch.Tensor) -> None:
            press.check(self.job)
            if press.say_due():
                previews = press.bench.previews(latents)[: batch.wanted]
                press.say(step=step, steps=steps, preview=previews, seeds=wanted)

        press.say("working", job_id=self.job.id, step=0, seeds=wanted, preview=())
        try:
            return list(press.bench.render(batch, on_step))
        except NotNumbers as error:
            found = list(error.pictures[: batch.wanted])
            if found and not any(found):
                raise  # the model gives none at all: the seeds that are left are spared
            lost = [seed for seed, image in zip(wanted, found, strict=True) if image is None]
            if lost:
                self.broken = error
                self.broken_seeds += lost
            return found

    def _dry(
        self, batch: Batch, images: list[Image.Image | None], seconds: float, size: int
    ) -> None:
        """Encodes, hashes and files a batch, in a thread, while the next one is drawn."""
        made_with = self.press.bench.made_with(self.wanted.recipe, self.fingerprint, size)
        store = self.store = self.store or Store(self.press.root)
        for seed, image in zip(batch.seeds, images, strict=False):
            if image is None:
                continue
            init = self.wanted.recipe.init
            parent = init.parent if init else ""
            origin = Origin(self.wanted.recipe, self.wanted.digest, seed, made_with, {}, parent)
            put_print(store, self.job.slug, image, origin, seconds)
            if is_flat(image):
                self.press.note(flat_note(seed))
        self.done += sum(image is not None for image in images)
        store.jobs.progress(self.job.id, self.done, message="drawing", seconds_each=seconds)
        started = time.monotonic()
        if started > self.stack_after:
            restack(store, self.job.slug)
            now = time.monotonic()
            self.stack_after = now + _STACK_SHARE * (now - started)


def is_flat(image: Image.Image) -> bool:
    """Whether a picture shows nothing: one colour, give or take a rounding."""
    values = np.asarray(image.convert("RGB"))
    spread = values.max(axis=(0, 1)) - values.min(axis=(0, 1))
    return int(spread.max()) <= 2


def flat_note(seed: int) -> str:
    """What a person is told of a flat picture."""
    return (
        f"Seed {seed} is one flat colour. Look at guidance, sampler and dtype in [sampling]; "
        "a damaged model does this, too: edition models check"
    )


def put_print(store: Store, slug: str, image: Image.Image, origin: Origin, seconds: float) -> Path:
    """Puts one print on the disk, whole, and then into the library."""
    path = paths.print_file(store.root, slug, origin.digest, origin.seed)
    data = metadata.encode(image, origin)
    atomic.write(path, data)
    row = describe(
        image,
        origin,
        slug=slug,
        file=path.relative_to(store.root).as_posix(),
        made=time.time(),
        seconds=seconds,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    store.prints.add([row])
    print(f"printed {slug} {origin.digest[:12]} seed {origin.seed}", flush=True)  # noqa: T201
    return path
