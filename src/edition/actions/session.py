"""All that a person can do with a library, for both doors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from edition import atomic, paths
from edition.actions import job_queries, mark_ops
from edition.actions.trash import emptied_seeds
from edition.domain import Counts, Filter, MarkChange
from edition.errors import EditionError, LibraryError, RecipeError
from edition.library import mirror_files
from edition.library.database import explained
from edition.library.store import Store
from edition.press import control
from edition.recipe.seeds import parse_seeds
from edition.text_format import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from edition.actions.mark_ops import MarkKind
    from edition.domain import Change, PressState, Print
    from edition.proof.document_model import ProofReport
    from edition.recipe.recipe import Recipe
    from edition.recipe.upscale_settings import Upscale

BUSY_SECONDS = 10
"""How long one waits for another that is changing the library."""
NEWEST = 24
"""Prints that a card of the shelf can show."""


@dataclass(frozen=True, slots=True)
class EditionCard:
    """An edition as the shelf shows it."""

    slug: str
    title: str
    artist: str
    counts: Counts
    newest: tuple[int, ...]
    """Ids of the latest prints, newest first."""
    recipe: Recipe | None
    error: str = ""
    """Why the recipe can't be used; empty when it can."""
    proofs: tuple[str, ...] = field(default=())
    """File names of its proofs."""


class Session:
    """One open library. Each thread needs its own."""

    def __init__(self, root: Path, *, writable: bool = True) -> None:
        """Opens the library in ``root``.

        Raises:
            LibraryError: see edition.library.database.Database.
        """
        self.root = root
        self.store = Store(root, writable=writable)

    def data_version(self) -> int:
        """Changes whenever another connection has committed; costs microseconds."""
        return self.store.data_version()

    def close(self) -> None:
        """Closes the library."""
        self.store.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # editions

    def editions(self) -> tuple[EditionCard, ...]:
        """All editions, by slug."""
        return tuple(self.card(slug) for slug in mirror_files.slugs(self.root))

    def card(self, slug: str) -> EditionCard:
        """One edition as the shelf shows it; a broken recipe is told, not raised."""
        recipe, error = None, ""
        try:
            recipe = self.recipe(slug)
        except EditionError as fault:
            error = str(fault)
        newest = self.store.prints.select(slug, Filter(), "newest", limit=NEWEST)
        return EditionCard(
            slug=slug,
            title=recipe.title if recipe else slug,
            artist=recipe.artist if recipe else "",
            counts=self.store.prints.counts(slug),
            newest=tuple(newest),
            recipe=recipe,
            error=error,
            proofs=tuple(path.name for path in self.proofs(slug)),
        )

    def recipe(self, slug: str) -> Recipe:
        """The edition's recipe as it is in its file now.

        Raises:
            RecipeError: there is no such edition, or the file is at fault.
            LibraryError: its folder is a link that isn't trusted.
        """
        from edition.recipe import (
            edition_file,
        )  # pydantic: 0.1 s, which the first grid does not wait for

        paths.check_link(self.root, slug)
        return edition_file.read(paths.edition_file(self.root, slug))

    def print_recipe(self, digest: str) -> Recipe | None:
        """The recipe that made a print; None when the library doesn't know the digest."""
        from edition.recipe.recipe import Recipe

        text = self.store.prints.recipe(digest)
        return Recipe.from_json(text) if text else None

    def digest(self, slug: str, recipe: Recipe | None = None) -> str:
        """The digest of an edition's recipe with its model as it is on the disk.

        Raises:
            ModelError: the model isn't on this machine.
        """
        from edition.diffusion.fingerprint import Fingerprints
        from edition.diffusion.init_image import with_init_digest
        from edition.diffusion.resolve import find

        home = paths.edition_folder(self.root, slug)
        chosen = with_init_digest(recipe or self.recipe(slug), home)
        model = find(chosen.model, home)
        fingerprint = Fingerprints(paths.fingerprints_file(self.root)).of(model)
        return chosen.digest(fingerprint)

    def new(self, slug: str, *, title: str = "", like: str = "", prompt: str = "") -> Path:
        """Makes an edition: an empty one, or one with another's recipe.

        Args:
            slug: its folder's name.
            title: of the new edition; made from the slug when empty.
            like: slug of an edition to start from.
            prompt: what to ask for; empty keeps the default, or the other edition's.

        Returns:
            The edition file.

        Raises:
            RecipeError: the slug is taken or no slug, or ``like`` is no edition.
        """
        from edition.recipe import edition_file
        from edition.recipe.recipe import Recipe

        path = paths.edition_file(self.root, slug)
        if path.exists():
            raise RecipeError(f"There is an edition {slug} already: {path}")
        name = title or slug.replace("-", " ").replace("_", " ").title()
        if like:
            self.recipe(like)
            text = edition_file.source(paths.edition_file(self.root, like))
        else:
            text = edition_file.write_new(Recipe(title=name))
        changes = {"title": name, **({"prompt.positive": prompt} if prompt else {})}
        atomic.write(path, edition_file.edit(text, changes).encode())
        return path

    def edit(self, slug: str, changes: dict[str, object]) -> Recipe:
        """Sets keys of an edition's file; comments stay.

        Args:
            slug: the edition.
            changes: dotted key → value; None takes the key out.

        Raises:
            RecipeError: the result would not be a valid recipe; the file is left alone.
        """
        from edition.recipe import edition_file

        path = paths.edition_file(self.root, slug)
        with self.alone():
            self.recipe(slug)
            text = edition_file.edit(edition_file.source(path), changes)
            atomic.write(path, text.encode())
        return edition_file.parse(text, name=str(path))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds what is read until it is written again: another door or process waits.

        Raises:
            LibraryError: somebody holds it for longer than BUSY_SECONDS, or it can't be held.
        """
        lock = FileLock(paths.desk_lock_file(self.root), timeout=BUSY_SECONDS)
        with explained(self.root):
            try:
                lock.acquire()
            except Timeout as error:
                raise LibraryError(
                    f"Another edition has been changing {self.root} for {BUSY_SECONDS} seconds.",
                    hint="Wait for it, or end it, and try again; nothing was changed.",
                ) from error
        try:
            yield
        finally:
            lock.release()

    # work for the press

    def render(
        self, slug: str, seeds: Sequence[int] | None = None, *, more: int = 0, start: bool = True
    ) -> int:
        """Queues what is missing and starts the press.

        Args:
            slug: the edition.
            seeds: which; None for the recipe's own, but those that were emptied from the trash.
            more: so many new seeds after the highest there is; then ``seeds`` is not looked at.
            start: False only queues.

        Returns:
            The job's id; 0 when there is nothing to do.

        Raises:
            RecipeError: the recipe is at fault.
            ModelError: its model isn't on this machine.
        """
        from edition.diffusion.init_image import with_init_digest
        from edition.press.job_payloads import submit_render

        recipe = with_init_digest(self.recipe(slug), paths.edition_folder(self.root, slug))
        digest = self.digest(slug, recipe)
        with self.alone():  # two that ask for new seeds at once get different ones
            emptied = emptied_seeds(self, slug, digest)
            if more:
                first = max(self.asked_seeds(slug, digest) | emptied, default=0) + 1
                seeds = range(first, first + more)
            elif seeds is None:
                seeds = [seed for seed in parse_seeds(recipe.seeds.render) if seed not in emptied]
            self.forget_missing_files(slug, digest)
            job = submit_render(self.store, slug, recipe, digest, seeds)
        if job and start:
            control.start(self.store)
        return job

    def asked_seeds(self, slug: str, digest: str) -> set[int]:
        """Seeds of a recipe that are printed or queued."""
        asked: set[int] = set()
        for job in job_queries.live_renders(self, slug, digest):
            # first, for a job that ends meanwhile has its prints
            asked |= set(parse_seeds(job.payload["seeds"]))
        return asked | self.store.prints.seeds(slug, digest)

    def forget_missing_files(self, slug: str, digest: str) -> int:
        """Forgets rows of a recipe whose files are gone, so that they are rendered again."""
        ids = self.store.prints.select(slug, Filter(digest=digest))
        prints = self.store.prints.get(ids).values()
        folder = paths.prints_folder(self.root, slug, digest)
        there = {path.name for path in folder.glob("*.png")}
        gone = [p.id for p in prints if p.file.rsplit("/", 1)[-1] not in there]
        if gone:
            self.store.prints.forget(gone)
        return len(gone)

    def upscale(
        self, slug: str, ids: Sequence[int] | None = None, settings: Upscale | None = None
    ) -> int:
        """Queues prints to be enlarged and starts the press.

        Args:
            slug: the edition.
            ids: which; None for the starred ones.
            settings: how; None for the recipe's.

        Returns:
            The job's id; 0 when there is nothing to enlarge.

        Raises:
            UpscaleError: there is no such upscaler, or its package is not installed.
        """
        from edition.press.job_payloads import submit_upscale
        from edition.upscale import find as find_upscaler

        chosen = settings or self.recipe(slug).upscale
        find_upscaler(chosen.method).check_installed()
        wanted = self.store.prints.select(slug, Filter(star=True)) if ids is None else ids
        job = submit_upscale(self.store, slug, wanted, chosen)
        if job:
            control.start(self.store)
        return job

    # marks

    def mark(self, ids: Sequence[int], kind: MarkKind) -> str:
        """Marks prints; returns what was done, in words, or nothing when nothing changes."""
        return self._mark(ids, kind, mark_ops.MARKINGS[kind])

    def rate(self, ids: Sequence[int], rating: int) -> str:
        """Rates prints 0 to 5; returns what was done."""
        return self._mark(ids, f"rate {rating}:", mark_ops.rated(rating))

    def label(self, ids: Sequence[int], colour: str) -> str:
        """Gives prints a colour label; an empty one takes it away. Returns what was done."""
        verb = f"label {colour}:" if colour else "take the label from"
        return self._mark(ids, verb, mark_ops.labelled(colour))

    def _mark(self, ids: Sequence[int], verb: str, how: mark_ops.Marking) -> str:
        """What the mark does not speak of stays as it is at that moment, whoever else marks."""
        return self.act_on(ids, verb, lambda p: MarkChange(p.id, p.marks, how(p.marks)))

    def act_on(self, ids: Sequence[int], verb: str, change: Callable[[Print], Change]) -> str:
        """Changes prints as they are at that very moment, undoably.

        Args:
            ids: of the prints.
            verb: what is done, as the history shows it before the prints' name or number.
            change: of one print; one that changes nothing is left out.

        Returns:
            What was done, in words; empty when nothing changes.
        """

        def decide() -> tuple[str, Sequence[Change]]:
            prints = tuple(self.store.prints.get(ids).values())
            return f"{verb} {named(prints)}", [change(item) for item in prints]

        return self.store.journal.act(decide)

    # stacks

    def restack(self, slug: str, new_distance: int | None = None) -> int:
        """Groups near-duplicates anew; returns how many stacks there are."""
        from edition.press.regroup import restack  # numpy: 50 ms

        return restack(self.store, slug, new_distance)

    def stack_distance(self, slug: str) -> int:
        """The distance an edition's stacks are made with."""
        from edition.press.regroup import distance  # numpy: 50 ms

        return distance(self.store, slug)

    # proofs

    def proof(
        self, slug: str, kind: str, progress: Callable[[int, int], None] | None = None
    ) -> ProofReport:
        """Makes a proof: see edition.actions.proofs. Seconds of work."""
        from edition.actions import proofs

        return proofs.make(self, slug, kind, progress=progress)

    def proofs(self, slug: str) -> tuple[Path, ...]:
        """An edition's PDFs, by name."""
        return tuple(sorted(paths.proofs_folder(self.root, slug).glob("*.pdf")))

    # the press

    def press_state(self) -> PressState:
        """What the press does."""
        return self.store.press.read()

    def start_press(self, *, wait: bool = False) -> None:
        """Starts the press unless it runs; lets a paused one go on."""
        control.start(self.store, wait=wait)

    def stop_press(self, wait_seconds: float = 30.0) -> bool:
        """Asks the press to leave; True when it is gone."""
        return control.stop(self.store, wait_seconds=wait_seconds)

    def pause_press(self) -> None:
        """Holds all work after the step at hand."""
        self.store.press.want("pause")

    def resume_press(self) -> None:
        """Lets work go on; starts the press if there is work and none runs."""
        self.store.press.want("run")
        if any(job.state == "queued" for job in self.store.jobs.live()):
            control.start(self.store)

    def pause_job(self, job_id: int) -> None:
        """Holds one job."""
        self.store.jobs.pause(job_id)

    def resume_job(self, job_id: int) -> None:
        """Lets a held job go on."""
        self.store.jobs.resume(job_id)
        control.start(self.store)

    def cancel_job(self, job_id: int) -> None:
        """Ends a job; what it has made stays."""
        self.store.jobs.cancel(job_id)

    def retry_job(self, job_id: int) -> None:
        """Queues a failed or cancelled job once more."""
        self.store.jobs.retry(job_id)
        control.start(self.store)

    def move_job(self, job_id: int, places: int) -> None:
        """Moves a waiting job up (negative) or down."""
        self.store.jobs.move(job_id, places)

    def failure_log(self, lines: int = 40) -> str:
        """The end of the press's log."""
        return control.log_tail(self.root, lines)

    def file(self, relative: str) -> Path:
        """A file of the library by the name that a row gives.

        Raises:
            LibraryError: it isn't there.
        """
        path = paths.inside(self.root, relative)
        if not path.is_file():
            raise LibraryError(f"{path} is gone.", hint="Render its seed again, or: edition rescan")
        return path
