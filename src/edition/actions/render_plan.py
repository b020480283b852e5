"""What "so many more prints" means: which seeds, how long, behind which jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths
from edition.actions import job_queries, time_estimates
from edition.actions.trash import emptied_seeds
from edition.diffusion.init_image import with_init_digest
from edition.errors import EditionError
from edition.recipe.seeds import format_seeds, parse_seeds
from edition.text_format import count, duration

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.recipe.recipe import Recipe

MOST = 10_000
"""Prints that can be asked for at once on the screens."""
USUAL = 12
"""So many the first time."""
_NUMBER = "render-number"


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """The next prints of an edition."""

    own: tuple[int, ...]
    """The recipe's own seeds that nobody has asked for, in its order."""
    highest: int
    """The highest seed that is printed, queued or in the trash; new ones come after it."""
    each: float | None
    """Seconds of one print as measured; None where none was."""
    beside: float
    """Seconds that starting the press and loading the model take."""
    ahead: int
    """Prints that are in the queue before these."""
    remembered: int
    """How many were asked for last time."""

    @property
    def number(self) -> int:
        """How many to offer: the recipe's own first, else as many as last time."""
        return len(self.own) or self.remembered

    def seeds(self, number: int) -> tuple[int, ...]:
        """So many seeds: the recipe's own, then new ones."""
        own = self.own[:number]
        after = max(self.highest, *self.own) if self.own else self.highest
        return (*own, *range(after + 1, after + 1 + number - len(own)))

    def words(self, text: str) -> str:
        """What an answer would do: ``seeds 25..36, about 40 s``.

        Raises:
            ValueError: the answer is no number that can be rendered.
        """
        if not text.strip().isdigit() or not 1 <= int(text) <= MOST:
            raise ValueError(f"1 to {MOST:,}")
        number = int(text)
        told = f"seeds {format_seeds(self.seeds(number))}"
        if len(told) > 40:
            told = f"{told[:39]}…"
        if self.each is not None:
            told += f", about {duration(self.each * number + self.beside)}"
        if self.ahead:
            told += f", after {count(self.ahead, 'print')} on the press"
        return told


def plan(session: Session, slug: str) -> RenderPlan:
    """Reads what is printed and asked for.

    Raises:
        RecipeError: the recipe is at fault.
        ModelError: its model isn't on this machine.
    """
    recipe, digest = _with_digest(session, slug)
    own, highest = _free(session, slug, recipe, digest)
    number = session.store.setting(_NUMBER)
    live = job_queries.live(session)
    return RenderPlan(
        tuple(own),
        highest,
        time_estimates.each(session, recipe),
        time_estimates.beside(session),
        sum(job.total - job.done for job in live),
        int(number) if number.isdigit() and 1 <= int(number) <= MOST else USUAL,
    )


def submit(session: Session, slug: str, number: int) -> int:
    """Queues so many prints and starts the press; the number is remembered.

    Returns:
        The job's id.

    Raises:
        RecipeError: the recipe is at fault.
        ModelError: its model isn't on this machine.
    """
    if not 1 <= number <= MOST:
        raise EditionError(f"{number} prints can't be asked for at once.", hint=f"1 to {MOST:,}.")
    session.store.remember(_NUMBER, str(number))
    return session.render(slug, number=number)


def next_seeds(
    session: Session, slug: str, recipe: Recipe, digest: str, number: int
) -> tuple[int, ...]:
    """So many seeds that nobody has asked for: the recipe's own first, then new ones."""
    own, highest = _free(session, slug, recipe, digest)
    return RenderPlan(tuple(own), highest, None, 0.0, 0, number).seeds(number)


def _free(session: Session, slug: str, recipe: Recipe, digest: str) -> tuple[list[int], int]:
    emptied = emptied_seeds(session, slug, digest)
    taken = job_queries.asked_seeds(session, slug, digest) | emptied
    own = [seed for seed in parse_seeds(recipe.seeds.render) if seed not in taken]
    return own, max(taken, default=0)


def _with_digest(session: Session, slug: str) -> tuple[Recipe, str]:
    recipe = with_init_digest(session.recipe(slug), paths.edition_folder(session.root, slug))
    return recipe, session.digest(slug, recipe)
