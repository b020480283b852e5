"""Study jobs: the cells that are missing, in the cheapest order; one that fails is marked."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edition import paths
from edition.diffusion import init_image
from edition.diffusion.cell_renderer import Cell, shape
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.errors import EditionError, LibraryError, ModelError, PressError, Stopped
from edition.library import mirror_files
from edition.library.metadata import Origin
from edition.library.store import Store
from edition.press.device_session import OutOfMemory
from edition.press.job_payloads import StudyJob
from edition.press.jobs.film_job import shoot
from edition.press.jobs.render_job import adopt_strays, flat_note, is_flat, put_print
from edition.press.regroup import restack
from edition.recipe.batch_plan import Batch
from edition.recipe.recipe import Recipe
from edition.studies.batch_order import Todo, batches, groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from PIL import Image

    from edition.domain import Job
    from edition.library.study_table import CellRow
    from edition.press.loop import Press

_SAY_EVERY = 2000
"""Recipes read between two looks at whether the job is still wanted."""


def study(press: Press, job: Job) -> None:
    """Does a study job; cells whose print is there are skipped.

    Raises:
        StudyError: the study is gone.
        LibraryError: a print can't be written.
        PressError: one print alone does not fit into memory.
    """
    wanted = StudyJob.model_validate_json(json.dumps(job.payload))
    if wanted.film is not None:
        shoot(press, job, wanted.film)
        return
    press.store.studies.get(wanted.study)
    mirror_files.sweep_parts(press.root, job.slug)
    run = _Run(press, job, wanted.study)
    todo = run.missing()
    run.total = len(todo)
    press.store.jobs.progress(job.id, max(0, job.total - len(todo)), message="loading the model")
    run.before = max(0, job.total - len(todo))
    with ThreadPoolExecutor(1, thread_name_prefix="drying") as dryer:
        run.dryer = dryer
        try:
            for group in groups(todo):
                run.group(group)
        finally:
            dryer.submit(run.close).result()
    if todo:
        restack(press.store, job.slug)


@dataclass(slots=True)
class _Run:
    """A study job at work."""

    press: Press
    job: Job
    study: int
    total: int = 0
    before: int = 0
    done: int = 0
    dryer: ThreadPoolExecutor | None = None
    drying: Future[None] | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    images: dict[str, Image.Image] = field(default_factory=dict)
    store: Store | None = None
    """The drying thread's own; it has read an edition's mirrors once."""

    def close(self) -> None:
        """Ends what the drying thread has open, in that thread."""
        if self.store is not None:
            self.store.close()

    def missing(self) -> list[Todo]:
        """The prints the study lacks, each once, in the order of their first cells."""
        store, slug = self.press.store, self.job.slug
        rows = [row for row in store.studies.cells(self.study) if not row.print_id]
        fresh = dict.fromkeys(row.digest for row in rows)
        adopted = sum(
            adopt_strays(store, slug, digest)
            for digest in fresh
            if paths.prints_folder(self.press.root, slug, digest).is_dir()
        )
        if adopted:
            rows = [row for row in store.studies.cells(self.study) if not row.print_id]
        by_print: dict[tuple[str, int], list[CellRow]] = {}
        for row in rows:
            by_print.setdefault((row.digest, row.seed), []).append(row)
        facts: dict[str, tuple[object, object, tuple[str, ...]]] = {}
        found = []
        for k, ((digest, seed), cells) in enumerate(by_print.items()):
            if k % _SAY_EVERY == 0:
                self.press.check(self.job)
            if digest not in facts:
                facts[digest] = _facts(self.recipe(digest))
            model, form, texts = facts[digest]
            places = tuple(row.place for row in cells)
            found.append(Todo(digest, seed, model, form, texts, places))
        return found

    def recipe(self, digest: str) -> Recipe:
        """The recipe of a cell; read anew each time, so that memory doesn't grow with a study."""
        return Recipe.from_json(self.press.store.prints.recipe(digest))

    def group(self, group: tuple[Todo, ...]) -> None:
        """Draws a group; a model that can't be loaded fails its cells alone."""
        first = self.recipe(group[0].digest)
        home = paths.edition_folder(self.press.root, self.job.slug)
        try:
            fingerprint = self.fingerprint(first)
            self.press.say("loading", job_id=self.job.id)
            self.press.bench.load(first, fingerprint, home)
        except EditionError as error:
            self.fail(group, str(error))
            return
        key = f"batch:cells:{_short(repr((fingerprint, group[0].shape)))}"
        key += f":{self.press.bench.device.title}"
        size = int(self.press.store.setting(key) or self.press.bench.batch_size(first))
        left = list(group)
        while left:
            self.press.store.remember(key, str(size))
            try:
                self._batches(left, size, fingerprint)
            except OutOfMemory:
                size = self._smaller(size, first)
        self._settle()

    def _smaller(self, size: int, recipe: Recipe) -> int:
        if size > 1:
            return size // 2
        if self.press.bench.offload():
            return 1
        sampling = recipe.sampling
        raise PressError(
            f"One print of {sampling.width} x {sampling.height} does not fit into the memory of "
            f"{self.press.bench.device.title}.",
            hint='Make it smaller, or set dtype = "float16" in [sampling].',
        )

    def _batches(self, left: list[Todo], size: int, fingerprint: str) -> None:
        """Draws from the front of a list, taking off what is drawn."""
        mixed = self.press.bench.cells() is not None
        while left:
            part = left[:size]
            if not mixed:  # such a pipeline draws one recipe a batch
                part = [item for item in part if item.digest == part[0].digest]
            batch, wanted = next(batches(part, size))
            self.press.check(self.job)
            started = time.monotonic()
            try:
                images = self._draw(batch, wanted, fingerprint)
            except (Stopped, OutOfMemory, LibraryError):
                raise
            except Exception as error:
                self._one_by_one(batch, wanted, fingerprint, error)
            else:
                seconds = (time.monotonic() - started) / wanted
                self._dry(batch[:wanted], images, seconds, size, fingerprint)
            del left[:wanted]

    def _one_by_one(
        self, batch: tuple[Todo, ...], wanted: int, fingerprint: str, error: Exception
    ) -> None:
        """Finds the cell that spoils a batch: every one alone, in the batch's shape."""
        for item in batch[:wanted]:
            started = time.monotonic()
            try:
                if wanted == 1:
                    raise error  # noqa: TRY301 - it was alone already
                images = self._draw((item,) * len(batch), 1, fingerprint)
            except (Stopped, OutOfMemory, LibraryError):
                raise
            except Exception as fault:
                reason = str(fault) if isinstance(fault, EditionError) else repr(fault)
                self.fail([item], reason)
            else:
                seconds = time.monotonic() - started
                self._dry([item], images, seconds, len(batch), fingerprint)

    def _draw(self, batch: Sequence[Todo], wanted: int, fingerprint: str) -> list[Image.Image]:
        press, bench = self.press, self.press.bench
        seeds = tuple(item.seed for item in batch[:wanted])
        recipes = {item.digest: self.recipe(item.digest) for item in batch}
        for digest, recipe in recipes.items():
            if recipe.digest(fingerprint) != digest:
                raise ModelError(f"The model {recipe.model.base} has changed since it was asked.")
            for line in bench.cut(recipe):
                press.note(line)

        def on_step(step: int, steps: int, latents: torch.Tensor) -> None:
            press.check(self.job)
            if press.say_due():
                shown = bench.previews(latents)[:wanted]
                press.say(step=step, steps=steps, preview=shown, seeds=seeds)

        press.say("working", job_id=self.job.id, step=0, seeds=seeds, preview=())
        renderer = bench.cells()
        if renderer is None:
            home = paths.edition_folder(press.root, self.job.slug)
            bench.prepare(recipes[batch[0].digest], fingerprint, home)
            found: list[Image.Image] = bench.render(
                Batch(tuple(item.seed for item in batch), wanted), on_step
            )
            return found
        cells = [Cell(r := recipes[i.digest], i.seed, self._image(r)) for i in batch]
        drawn: list[Image.Image] = bench.guarded(lambda: renderer.draw(cells, wanted, on_step))
        return drawn

    def _image(self, recipe: Recipe) -> Image.Image | None:
        if recipe.init is None:
            return None
        key = recipe.init.file
        if key not in self.images:
            if len(self.images) > 64:
                self.images.clear()
            home = paths.edition_folder(self.press.root, self.job.slug)
            self.images[key] = init_image.picture(recipe.init, home)
        return self.images[key]

    def _dry(
        self,
        items: Sequence[Todo],
        images: Sequence[Image.Image],
        seconds: float,
        size: int,
        fingerprint: str,
    ) -> None:
        """Files a batch in a thread while the next one is drawn."""
        self._settle()
        if self.dryer is not None:
            self.drying = self.dryer.submit(
                self._file, tuple(items), tuple(images), seconds, size, fingerprint
            )

    def _settle(self) -> None:
        if self.drying is not None:
            self.drying.result()  # an error on the disk ends the job here
            self.drying = None

    def _file(
        self,
        items: Sequence[Todo],
        images: Sequence[Image.Image],
        seconds: float,
        size: int,
        fingerprint: str,
    ) -> None:
        store = self.store = self.store or Store(self.press.root)
        for item, image in zip(items, images, strict=True):
            recipe = Recipe.from_json(store.prints.recipe(item.digest))
            made_with = self.press.bench.made_with(recipe, fingerprint, size)
            parent = recipe.init.parent if recipe.init else ""
            origin = Origin(recipe, item.digest, item.seed, made_with, {}, parent)
            put_print(store, self.job.slug, image, origin, seconds)
            if is_flat(image):
                self.press.note(flat_note(item.seed))
        self.done += len(items)
        store.jobs.progress(
            self.job.id, self.before + self.done, message="drawing", seconds_each=seconds
        )

    def fail(self, items: Sequence[Todo], reason: str) -> None:
        """Marks cells with the reason; the study goes on."""
        self._settle()
        places = [place for item in items for place in item.places]
        self.press.store.studies.fail(self.study, places, reason)
        self.done += len(items)
        self.press.store.jobs.progress(self.job.id, self.before + self.done, message=reason[:200])
        print(f"cells {places[:8]} of study {self.study} failed: {reason}", flush=True)  # noqa: T201

    def fingerprint(self, recipe: Recipe) -> str:
        """Of a recipe's model, looked at once a job."""
        key = recipe.model.model_dump_json()
        if key not in self.fingerprints:
            home = paths.edition_folder(self.press.root, self.job.slug)
            cache = Fingerprints(paths.fingerprints_file(self.press.root))
            self.fingerprints[key] = cache.of(find(recipe.model, home))
        return self.fingerprints[key]


def _facts(recipe: Recipe) -> tuple[object, object, tuple[str, ...]]:
    """What decides the order: model, batch shape, texts."""
    model = (recipe.model.model_dump_json(), recipe.sampling.dtype)
    return model, shape(recipe), (recipe.prompt.positive, recipe.prompt.negative)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
