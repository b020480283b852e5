"""All that a person can do with a library, for both doors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from edition import atomic, paths
from edition.actions import mark_ops
from edition.domain import MarkChange
from edition.errors import LibraryError
from edition.library import found_facts
from edition.library.database import explained
from edition.library.store import Store
from edition.press import control
from edition.press.pool.device_list import Wanted
from edition.text_format import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from edition.actions.mark_ops import MarkKind
    from edition.domain import Change, FoundFacts, PressState, Print
    from edition.proof.document_model import ProofReport
    from edition.recipe.recipe import Recipe
    from edition.recipe.upscale_settings import UpscaleSettings

BUSY_SECONDS = 10
"""How long one waits for another that is changing the library."""


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
        if not text or found_facts.from_json(text) is not None:
            return None
        return Recipe.from_json(text)

    def found_facts(self, digest: str) -> FoundFacts | None:
        """What an adopted picture says of its making; None for a print."""
        return found_facts.from_json(self.store.prints.recipe(digest))

    def digest(self, slug: str, recipe: Recipe | None = None) -> str:
        """The digest of an edition's recipe with its model as it is on the disk.

        Raises:
            ModelError: the model isn't on this machine.
        """
        from edition.actions import queueing

        return queueing.digest(self, slug, recipe)

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
        self,
        slug: str,
        seeds: Sequence[int] | None = None,
        *,
        more: int = 0,
        number: int = 0,
        start: bool = True,
    ) -> int:
        """Queues what is missing and starts the press.

        Args:
            slug: the edition.
            seeds: which; None for the recipe's own, but those that were emptied from the trash.
            more: this many new seeds after the highest there is; then ``seeds`` is not looked at.
            number: so many seeds that nobody has asked for, the recipe's own first; the same.
            start: False only queues.

        Returns:
            The job's id; 0 when there is nothing to do.

        Raises:
            RecipeError: the recipe is at fault.
            ModelError: its model isn't on this machine.
        """
        from edition.actions import queueing

        return queueing.render(self, slug, seeds, more=more, number=number, start=start)

    def upscale(
        self, slug: str, ids: Sequence[int] | None = None, settings: UpscaleSettings | None = None
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
        from edition.actions import queueing

        return queueing.upscale(self, slug, ids, settings)

    # marks

    def mark(self, ids: Sequence[int], kind: MarkKind) -> str:
        """Marks prints; returns what was done, in words, or nothing when nothing changes."""
        return self._mark(ids, kind, mark_ops.MARKINGS[kind])

    def rate(self, ids: Sequence[int], rating: int) -> str:
        """Rates prints 0 to 5; returns what was done."""
        return self._mark(ids, f"rate {rating}:", mark_ops.rated(rating))

    def label(self, ids: Sequence[int], colour: str) -> str:
        """Gives prints a colour label; an empty one takes it away. Returns what was done."""
        verb = f"label {colour}:" if colour else "remove the label from"
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

        done = self.store.journal.act(decide)
        if done and self.store.adopted.any():
            from edition.actions import xmp_marks  # Pillow and numpy: not for a star on a print

            xmp_marks.after_marks(self, ids)
        return done

    # stacks

    def restack(self, slug: str, new_distance: int | None = None) -> int:
        """Groups near-duplicates again; returns how many stacks there are."""
        from edition.press.regroup import restack  # numpy: 50 ms

        return restack(self.store, slug, new_distance)

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

    def start_press_on(self, devices: str = "", cluster: str = "", *, mixed: bool = False) -> None:
        """Starts the press with devices of its own choice, and waits until it can work.

        Args:
            devices: ``auto``, ``cuda:0,cuda:1`` or ``cpu*2``.
            cluster: ``auto`` or ``HOST:PORT`` of a Ray cluster.
            mixed: devices of several kinds may work together.

        Raises:
            PressError: a press runs already, or not one of these devices can work.
        """
        control.start(self.store, wait=True, wanted=Wanted(devices, cluster, mixed))

    def stop_press(self, wait_seconds: float = 30.0) -> bool:
        """Asks the press to leave; True when it is gone."""
        return control.stop(self.store, wait_seconds=wait_seconds)

    def file(self, relative: str) -> Path:
        """A file of the library by the name that a row gives.

        Raises:
            LibraryError: it isn't there.
        """
        path = paths.inside(self.root, relative)
        if not path.is_file():
            raise LibraryError(f"{path} is gone.", hint="Render its seed again, or: edition rescan")
        return path
