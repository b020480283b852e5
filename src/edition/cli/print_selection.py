"""Which prints a verb means: by seed, by filter, of one recipe or of all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import job_queries, print_queries, search
from edition.actions.seed_selection import of_current_recipe
from edition.domain import Filter
from edition.errors import RecipeError
from edition.recipe.seeds import format_seeds, parse_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.actions.session import Session

MOST_UNASKED = 50
"""Prints that a filter may mark without a question."""


def _given(context: typer.Context, param: typer.CallbackParam, value: str) -> str:
    """Refuses a blank filter on the command line: it would mean every print."""
    source = context.get_parameter_source(str(param.name))
    if not value.strip() and source is not None and source.name == "COMMANDLINE":
        raise RecipeError("--where is empty.", hint='Write a filter: --where "star:yes -fog"')
    return value


Slug = Annotated[str, typer.Argument(help="The edition.")]
Seeds = Annotated[list[str] | None, typer.Argument(help="Seeds: 7, 1,5,9 or 1..16.")]
Where = Annotated[
    str,
    typer.Option(
        "--where", help="Prints that pass a filter: see edition find --help.", callback=_given
    ),
]
Recipe = Annotated[
    str,
    typer.Option(
        "--recipe",
        help="First digits of a recipe's digest; default: the current recipe.",
    ),
]
AllRecipes = Annotated[
    bool, typer.Option("--all-recipes", help="Prints of these seeds under every recipe.")
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help=f"Don't ask before a filter marks more than {MOST_UNASKED}."),
]


def print_ids(
    session: Session,
    slug: str,
    seeds: Sequence[str] | None,
    recipe: str = "",
    where: str = "",
    *,
    all_recipes: bool = False,
) -> list[int]:
    """The prints meant, by seed or by filter or by both; every seed must have one.

    Args:
        session: the library.
        slug: the edition.
        seeds: as a person writes them. Without ``recipe`` and ``all_recipes`` they are those of
            the edition's recipe as it is now.
        recipe: the first digits of a digest.
        where: a filter.
        all_recipes: the seeds of every recipe are meant.

    Raises:
        RecipeError: a seed has no print, no recipe begins so, or nothing is named.
    """
    if recipe and all_recipes:
        raise RecipeError("--recipe and --all-recipes exclude each other.", hint="Take one.")
    session.recipe(slug)
    digest = _digest(session, slug, recipe) if recipe else ""
    if not where:
        if not seeds:
            raise RecipeError("No prints given.", hint="Add seeds, 3 7..9, or: --where star:yes")
        return _by_seed(session, slug, seeds, digest, all_recipes=all_recipes)
    ids = list(print_queries.select(session, slug, _filter(where)))
    prints = print_queries.get(session, ids)
    among = set(ids)
    if seeds:
        among = set(_by_seed(session, slug, seeds, digest, all_recipes=all_recipes))
    return [i for i in ids if i in among and prints[i].digest.startswith(digest)]


def confirm(ids: Sequence[int], where: str, what: str, *, yes: bool) -> None:
    """Says how many prints a filter would mark, and asks a person first when they are many.

    Args:
        ids: of the prints meant.
        where: the filter; seeds alone are never asked about.
        what: is done: ``star``, ``rate``.
        yes: confirmed on the command line already.

    Raises:
        RecipeError: nobody is there to ask.
        typer.Exit: the person says no.
    """
    if yes or not where or len(ids) <= MOST_UNASKED:
        return
    if not sys.stdin.isatty():
        raise RecipeError(
            f"The filter matches {len(ids):,} prints; nothing was changed.",
            hint=f"To {what} them all, add: --yes",
        )
    if not typer.confirm(f"{what.capitalize()} {len(ids):,} prints?", err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit


def _digest(session: Session, slug: str, recipe: str) -> str:
    from edition.actions import recipe_tools  # pydantic and more: not for a star by seed

    return recipe_tools.recipe_digest(session, slug, recipe)


def _filter(where: str) -> Filter:
    found = search.parse(where).where
    if not found.terms and not found.trash:
        raise RecipeError(
            f"The filter {where.strip()!r} matches every print.",
            hint="To match all prints: seed:>=0",
        )
    return found


def _by_seed(
    session: Session, slug: str, seeds: Sequence[str], digest: str, *, all_recipes: bool
) -> list[int]:
    try:
        wanted = parse_seeds(",".join(seeds))
    except ValueError as error:
        raise RecipeError(f"{error}.") from error
    found = print_queries.of_seeds(session, slug, wanted)
    every = [p for p in found if p.digest.startswith(digest)]
    prints = every if digest or all_recipes else of_current_recipe(session, slug, every)
    lacking = set(wanted) - {p.seed for p in prints}
    if lacking:
        raise _lacking(
            session,
            slug,
            lacking,
            [p.digest for p in every if p.seed in lacking],
            others=len(lacking) < len(set(wanted)),
        )
    return [p.id for p in prints]


def _lacking(
    session: Session, slug: str, seeds: set[int], elsewhere: list[str], *, others: bool
) -> Exception:
    named = format_seeds(seeds)
    if elsewhere:
        return RecipeError(
            f"{slug} has no print of seed {named} under its current recipe.",
            hint=f"Other recipes have: name one, --recipe {elsewhere[-1][:8]}, or --all-recipes.",
        )
    if print_queries.select(session, slug, Filter(seeds=tuple(seeds), trash=True)):
        return RecipeError(
            f"Seed {named} of {slug} is in the trash.",
            hint=f"Restore it with: edition trash restore {slug} {named}",
        )
    left = " The other seeds were left as they are." if others else ""
    live = job_queries.live(session)
    return RecipeError(
        f"{slug} has no print of seed {named}.{left}",
        hint="A job of this edition is not done yet: edition press status"
        if any(job.slug == slug for job in live)
        else f"Render it with: edition render {slug} --seeds {named}",
    )
