"""Prints that are missing to files: one model after the other, batch by batch, for every job.

What is drawn is encoded and filed in a thread of its own while the next batch is drawn. A batch
that does not fit into memory is halved; a print that fails is found and handed to the job.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edition import paths
from edition.diffusion import init_image
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.resolve import find
from edition.errors import (
    BrokenImages,
    EditionError,
    LibraryError,
    ModelError,
    OutOfMemory,
    Stopped,
)
from edition.library.metadata import Origin
from edition.library.store import Store
from edition.press.batching import files_named, kept_size, size_key, too_large
from edition.press.ingest import put_print
from edition.press.pool.pooled_batches import PooledBatches
from edition.press.regroup import restack
from edition.studies.batch_order import batches, groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from PIL import Image

    from edition.diffusion.render_request import OnEstimate
    from edition.domain import Job
    from edition.press.loop import Press
    from edition.recipe.recipe import Recipe
    from edition.studies.batch_order import MissingPrint

    OnLost = Callable[[Sequence[MissingPrint], Exception, int], None]
    """Called with prints that failed, why, and of how many drawn together; may end the job."""

_STACK_SHARE = 20
"""Near-duplicates are grouped again while a job runs, but for no more than 1/20 of its time."""
_IMAGES_KEPT = 64
"""Pictures that prints start from, decoded and held at once."""


def _end_job(items: Sequence[MissingPrint], error: Exception, together: int) -> None:
    del items, together
    raise error


@dataclass(slots=True)
class BatchRunner:
    """A drawing job in progress."""

    press: Press
    job: Job
    recipe_of: Callable[[str], Recipe]
    """Digest → recipe; asked again for each batch that needs it, so that memory doesn't grow."""
    lost: OnLost = _end_job
    done: int = 0
    """Prints of the job that are filed or given up."""
    fingerprint: str = ""
    """Of the loaded model."""
    _filer: ThreadPoolExecutor | None = None
    _filing: Future[None] | None = None
    _store: Store | None = None
    """The filing thread's own; it has read an edition's mirrors once."""
    _stack_after: float = 0.0
    _recipes: dict[str, Recipe] = field(default_factory=dict)
    """Of the latest batch, by digest."""
    _fingerprints: dict[str, str] = field(default_factory=dict)
    _files: dict[str, dict[str, str]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """SHA-256 by file name of the loaded model's own file and embeddings, for other programs."""
    _images: dict[str, Image.Image] = field(default_factory=dict)

    def run(self, todo: Sequence[MissingPrint]) -> None:
        """Draws and files prints.

        Args:
            todo: what is missing.

        Raises:
            PressError: one print alone does not fit into memory.
            LibraryError: a print can't be written.
            Stopped: the job was paused or cancelled.
        """
        if not todo:
            return
        if self.press.pool is not None:
            PooledBatches(self, self.press.pool).run(todo)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="filing") as self._filer:
            try:
                for group in groups(todo):
                    self._group(group)
            finally:
                self._filer.submit(self._close).result()
        restack(self.press.store, self.job.slug)

    def open(self, recipe: Recipe) -> None:
        """Loads a recipe's model.

        Raises:
            ModelError: it is gone or can't be loaded.
        """
        home = paths.edition_folder(self.press.root, self.job.slug)
        self.press.say("loading", job_id=self.job.id)
        self.identify(recipe)
        self.press.bench.load(recipe, self.fingerprint, home)
        if self.press.bench.memory:
            self.press.note(self.press.bench.memory)

    def identify(self, recipe: Recipe) -> None:
        """Takes the fingerprint of a recipe's model.

        Raises:
            ModelError: it is gone.
        """
        key = recipe.model.model_dump_json()
        if key not in self._fingerprints:
            home = paths.edition_folder(self.press.root, self.job.slug)
            cache = Fingerprints(paths.fingerprints_file(self.press.root))
            model = find(recipe.model, home)
            self._fingerprints[key] = cache.of(model)
            self._files[key] = cache.named(model, recipe.model.embeddings)
        self.named = self._files[key]
        self.fingerprint = self._fingerprints[key]

    def checked(self, digest: str) -> Recipe:
        """The recipe behind a digest, if the loaded model can draw it.

        Raises:
            ModelError: it can't, or it isn't the model that the digest is of.
        """
        recipe = self.unchanged(digest)
        self.press.bench.check(recipe)
        for line in self.press.bench.cut(recipe):
            self.press.note(line)
        return recipe

    def unchanged(self, digest: str) -> Recipe:
        """The recipe behind a digest, if its model is the one that the digest is of.

        Raises:
            ModelError: it isn't.
        """
        recipe = self.recipe_of(digest)
        if recipe.digest(self.fingerprint) != digest:
            raise ModelError(
                f"The model {recipe.model.base} has changed since this job was queued.",
                hint="Cancel the job and render the edition again.",
            )
        return recipe

    def draw(
        self, batch: Sequence[MissingPrint], wanted: int, on_estimate: OnEstimate | None = None
    ) -> list[Image.Image]:
        """Draws a batch with the loaded model and shows it in progress.

        Args:
            batch: of one shape; those beyond ``wanted`` only keep it.
            wanted: so many from the front.
            on_estimate: see ``edition.diffusion.renderer.Renderer``.

        Raises:
            OutOfMemory: it doesn't fit.
            ModelError: the model can't do what a recipe asks, or has changed.
            Stopped: the job was paused or cancelled.
        """
        press, seeds = self.press, tuple(item.seed for item in batch[:wanted])
        kept, digests = self._recipes, dict.fromkeys(item.digest for item in batch)
        self._recipes = {d: kept.get(d) or self.checked(d) for d in digests}

        def on_step(step: int, steps: int, latents: torch.Tensor) -> None:
            press.check(self.job)
            if press.say_due():
                shown = press.bench.previews(latents)[:wanted]
                press.say(step=step, steps=steps, preview=shown, seeds=seeds)

        press.say("working", job_id=self.job.id, step=0, seeds=seeds, preview=())
        cells = [RenderRequest(r := self._recipes[i.digest], i.seed, self.image(r)) for i in batch]
        drawn: list[Image.Image] = press.bench.draw(cells, wanted, on_step, on_estimate)
        return drawn

    def origin(self, recipe: Recipe, digest: str, seed: int, places: int) -> Origin:
        """How a print of the loaded model comes to be, in a batch of so many places."""
        made_with = self.press.bench.made_with(recipe, self.fingerprint, places)
        made_with |= files_named(self.named)
        return Origin(
            recipe, digest, seed, made_with, {}, recipe.init.parent if recipe.init else ""
        )

    def _group(self, group: Sequence[MissingPrint]) -> None:
        """Draws a group; a model that can't be loaded loses its prints alone."""
        first = self.recipe_of(group[0].digest)
        try:
            self.open(first)
        except EditionError as error:
            self._lose(group, error, len(group))
            return
        bench, store = self.press.bench, self.press.store
        key = size_key(self.fingerprint, group[0], bench.device.title)
        size = kept_size(store.setting, key) or bench.batch_size(first)
        left = list(group)
        while left:
            store.remember(key, str(size))
            try:
                self._batches(left, size)
            except OutOfMemory:
                size = self._smaller(size, first)
        self._settle()

    def _smaller(self, size: int, recipe: Recipe) -> int:
        if size > 1:
            return size // 2
        if self.press.bench.offload():
            self.press.note(f"Out of memory; {self.press.bench.memory}")
            return 1
        raise too_large(recipe, self.press.bench.device.title)

    def _batches(self, left: list[MissingPrint], size: int) -> None:
        """Draws from the front of a list, taking off what is drawn."""
        mixed = self.press.bench.renderer.mixed
        while left:
            part = left[:size]
            if not mixed:
                part = [item for item in part if item.digest == part[0].digest]
            batch, wanted = next(batches(part, size))
            self.press.check(self.job)
            self._batch(batch, wanted)
            del left[:wanted]

    def _batch(self, batch: tuple[MissingPrint, ...], wanted: int) -> None:
        """Draws one batch and has it filed; where it fails, each print alone, in its shape."""
        started = time.monotonic()
        images: list[Image.Image | None] = []
        try:
            images += self.draw(batch, wanted)
        except (Stopped, OutOfMemory, LibraryError):
            raise
        except BrokenImages as error:  # the other pictures of the batch are whole
            images += error.pictures[:wanted] or (None,) * wanted
            bad = [item for item, image in zip(batch, images, strict=False) if image is None]
            self._lose(bad, error, wanted)
        except Exception as error:
            if wanted == 1:
                self._lose(batch[:1], error, 1)
            else:
                for item in batch[:wanted]:
                    self._batch((item,) * len(batch), 1)
            return
        self._settle()
        seconds = (time.monotonic() - started) / wanted
        prints = [
            (image, self._recipes[item.digest], item)
            for image, item in zip(images, batch, strict=False)
            if image is not None
        ]
        if self._filer is not None and prints:
            self._filing = self._filer.submit(self._file, prints, seconds, len(batch))

    def _lose(self, items: Sequence[MissingPrint], error: Exception, together: int) -> None:
        self._settle()
        if items:
            self.lost(items, error, together)

    def _settle(self) -> None:
        """Waits for what is being filed; an error on the disk ends the job here."""
        if self._filing is not None:
            filing, self._filing = self._filing, None
            filing.result()

    def _file(
        self,
        prints: Sequence[tuple[Image.Image, Recipe, MissingPrint]],
        seconds: float,
        places: int,
    ) -> None:
        """Encodes, hashes and files a batch, in a thread, while the next one is drawn."""
        store = self._store = self._store or Store(self.press.root)
        for image, recipe, item in prints:
            origin = self.origin(recipe, item.digest, item.seed, places)
            put_print(store, self.job.slug, image, origin, seconds)
        self.got_on(store, len(prints), seconds)

    def got_on(self, store: Store, count: int, seconds: float) -> None:
        """Reports the job's progress, and groups near-duplicates now and then.

        Args:
            store: of the thread that calls.
            count: prints that were filed just now.
            seconds: from one print to the next.
        """
        self.done += count
        store.jobs.progress(self.job.id, self.done, message="drawing", seconds_each=seconds)
        started = time.monotonic()
        if started > self._stack_after:
            restack(store, self.job.slug)
            now = time.monotonic()
            self._stack_after = now + _STACK_SHARE * (now - started)

    def _close(self) -> None:
        """Ends what the filing thread has open, in that thread."""
        if self._store is not None:
            self._store.close()

    def image(self, recipe: Recipe) -> Image.Image | None:
        """What a recipe's prints start from, decoded once a job."""
        if recipe.init is None:
            return None
        key = recipe.init.file
        if key not in self._images:
            if len(self._images) >= _IMAGES_KEPT:
                self._images.clear()
            home = paths.edition_folder(self.press.root, self.job.slug)
            self._images[key] = init_image.picture(recipe.init, home)
        return self._images[key]
