"""A drawing job over many workers: batches out, pictures in, filed here and nowhere else."""

from __future__ import annotations

import hashlib
import queue
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edition import atomic, paths
from edition.errors import EditionError, OutOfMemory, WorkerLost
from edition.press.batching import files_named, kept_size, size_key, too_large
from edition.press.pool.pool_task import Reply, Task
from edition.press.pool.task_bodies import canary_of, png_of
from edition.press.pool.worker_messages import raised
from edition.press.regroup import restack
from edition.studies.batch_order import batches, groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.domain import NewPrint
    from edition.press.jobs.batch_runner import BatchRunner
    from edition.press.pool.worker_messages import Message
    from edition.press.pool.worker_pool import Pool
    from edition.press.pool.worker_tasks import DrawnPrint
    from edition.recipe.recipe import Recipe
    from edition.studies.batch_order import MissingPrint

_WAIT_SECONDS = 0.1


@dataclass(slots=True)
class _Group:
    """Prints of one model and shape, on their way."""

    left: list[MissingPrint]
    fingerprint: str = ""
    named: dict[str, str] = field(default_factory=dict)
    """See ``BatchRunner.named``."""
    facts: Message = field(default_factory=dict)
    """Of ``worker_tasks.Core._open``; empty until a worker has sent it."""
    size: int = 0
    smaller: bool = False
    """A batch did not fit: what is out comes back before the next, smaller ones go."""
    out: int = 0


class PooledBatches:
    """One job's batches in a pool."""

    def __init__(self, runner: BatchRunner, pool: Pool) -> None:
        """Works for a runner, which keeps count and says what becomes of lost prints."""
        self._runner, self._pool = runner, pool
        self._press, self._job = runner.press, runner.job
        self._store = runner.press.store
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._out: dict[int, tuple[_Group, tuple[MissingPrint, ...]]] = {}
        self._recipes: dict[str, tuple[Recipe, str]] = {}
        self._pngs: dict[str, bytes] = {}
        self._groups: list[_Group] = []
        self._number = 0

    def run(self, todo: Sequence[MissingPrint]) -> None:
        """Draws and files prints; raises as ``BatchRunner.run`` does."""
        self._groups = [_Group(list(items)) for items in groups(todo)]
        try:
            while self._groups:
                self._press.check(self._job)
                self._send()
                if self._out:
                    self._take()
                self._groups = [group for group in self._groups if group.left or group.out]
        finally:
            self._pool.cancel(self._job.id)
        restack(self._store, self._job.slug)

    def _send(self) -> None:
        """Sends as many batches as keep all workers busy, of the first groups that have any."""
        most = 2 * max(1, self._pool.snapshot.working) + 2
        for group in self._groups:
            if not group.facts and not group.out:
                self._open(group)
            if not group.facts or (group.smaller and group.out):
                return
            if group.smaller:
                self._shrink(group)
            while group.left and len(self._out) < most:
                self._batch(group)
            if group.left:
                return

    def _open(self, group: _Group) -> None:
        """Asks a worker what must be known to make batches; loses prints that have no model."""
        runner, first = self._runner, group.left[0]
        recipe = runner.recipe_of(first.digest)
        try:
            runner.identify(recipe)
            runner.unchanged(first.digest)
        except EditionError as error:
            self._close_group(group, error)
            return
        group.fingerprint, group.named = runner.fingerprint, runner.named
        self._submit(
            group,
            (),
            {"do": "open", "recipe": recipe.to_json(), "memory": self._pool.snapshot.memory},
        )

    def _close_group(self, group: _Group, error: Exception) -> None:
        lost, group.left = group.left, []
        self._lose(lost, error, len(lost))

    def _lose(self, items: Sequence[MissingPrint], error: Exception, together: int) -> None:
        if items:
            self._runner.lost(items, error, together)

    def _opened(self, group: _Group, facts: Message) -> None:
        group.facts = facts
        key = size_key(group.fingerprint, group.left[0], facts["title"])
        group.size = kept_size(self._store.setting, key) or int(facts["size"])
        self._store.remember(key, str(group.size))

    def _shrink(self, group: _Group) -> None:
        """Halves the batches: one of them did not fit."""
        recipe = self._runner.recipe_of(group.left[0].digest)
        if group.size <= 1:
            raise too_large(recipe, group.facts["title"])
        group.size, group.smaller = group.size // 2, False
        key = size_key(group.fingerprint, group.left[0], group.facts["title"])
        self._store.remember(key, str(group.size))

    def _batch(self, group: _Group) -> None:
        part = group.left[: group.size]
        if not group.facts["mixed"]:
            part = [item for item in part if item.digest == part[0].digest]
        batch, wanted = next(batches(part, group.size))
        try:
            recipes = {item.digest: self._checked(item, group) for item in batch}
            images = {r.init.file: self._png(r) for r, _ in recipes.values() if r.init is not None}
        except EditionError as error:
            self._lose(batch[:wanted], error, wanted)
        else:
            body = {
                "do": "render", "items": [(item.digest, item.seed) for item in batch],
                "wanted": wanted, "images": images, "files": files_named(group.named),
                "recipes": {digest: text for digest, (_, text) in recipes.items()},
                "canary": canary_of(recipes[batch[0].digest][0], group.size),
            }  # fmt: skip
            self._submit(group, batch[:wanted], body)
        del group.left[:wanted]

    def _checked(self, item: MissingPrint, group: _Group) -> tuple[Recipe, str]:
        if item.digest not in self._recipes:
            if len(self._recipes) > 256:
                self._recipes.clear()
            self._runner.fingerprint = group.fingerprint
            recipe = self._runner.unchanged(item.digest)
            self._recipes[item.digest] = recipe, recipe.to_json()
        return self._recipes[item.digest]

    def _png(self, recipe: Recipe) -> bytes:
        key = recipe.init.file if recipe.init is not None else ""
        if key not in self._pngs:
            if len(self._pngs) > 64:
                self._pngs.clear()
            image = self._runner.image(recipe)
            self._pngs[key] = png_of(image) if image is not None else b""
        return self._pngs[key]

    def _submit(self, group: _Group, items: tuple[MissingPrint, ...], body: Message) -> None:
        self._number += 1
        first = items[0] if items else group.left[0]
        body |= {"slug": self._job.slug, "fingerprint": group.fingerprint}
        task = Task(
            body, self._job.id, (self._job.position, self._number), self._replies,
            model=repr(first.model),
        )  # fmt: skip
        self._out[task.number] = group, items
        group.out += 1
        self._press.preparing = not items
        self._pool.submit(task)

    def _take(self) -> None:
        """Waits for a reply, a moment at most, and files what it brings."""
        try:
            reply = self._replies.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            return
        if reply.kind == "event" or reply.task.number not in self._out:
            return
        group, items = self._out.pop(reply.task.number)
        group.out -= 1
        if reply.error is not None:
            self._failed(group, items, reply.error)
        elif reply.task.body["do"] == "open":
            self._opened(group, reply.value)
        else:
            self._file(reply, items)

    def _failed(self, group: _Group, items: tuple[MissingPrint, ...], error: Exception) -> None:
        if isinstance(error, OutOfMemory):
            group.left[:0] = items
            group.smaller = True
        elif not items:  # the model can't be opened
            self._close_group(group, error)
        elif isinstance(error, WorkerLost):
            self._lose(items, error, len(items))
        else:
            raise error

    def _file(self, reply: Reply, items: tuple[MissingPrint, ...]) -> None:
        """Puts a batch's prints into the library, each once."""
        value = reply.value
        for line in value["cut"]:
            self._press.note(line)
        rows = [self._row(drawn) for drawn in value["prints"]]
        slug = self._job.slug
        self._store.prints.add(rows)
        for row in rows:
            print(f"printed {slug} {row.digest[:12]} seed {row.seed}", flush=True)  # noqa: T201 - the log
        workers = max(1, self._pool.snapshot.working)
        self._runner.got_on(self._store, len(rows), value["seconds"] / workers)
        for lost in value["lost"]:
            self._lose((items[lost.place],), raised(lost.fault), lost.together)

    def _row(self, drawn: DrawnPrint) -> NewPrint:
        """Makes sure that a print's file is on the disk, whole, before it is recorded."""
        row = drawn.row
        path = paths.print_file(self._press.root, self._job.slug, row.digest, row.seed)
        data = path.read_bytes() if drawn.data is None else drawn.data
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise EditionError(
                f"{path} is not what the worker wrote.", hint="Look at the shared folder's disk."
            )
        if drawn.data is not None:
            atomic.write(path, data)
        return row
