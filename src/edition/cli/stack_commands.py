"""Verbs on stacks by hand: split, join, best, lookalikes."""

from __future__ import annotations

from typing import Annotated

import typer

from edition.actions import print_queries, stack_edits
from edition.cli.print_selection import AllRecipes, Recipe, print_ids
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.errors import RecipeError
from edition.text_format import act_words, count

Slug = Annotated[str, typer.Argument(help="The edition.")]
Seeds = Annotated[list[str], typer.Argument(help="Seeds: 7, 1,5,9 or 1..16.")]
Alike = Annotated[bool, typer.Option("--lookalikes", help="Use stacks of similar compositions.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(split)
    app.command()(join)
    app.command()(best)
    app.command()(lookalikes)


def split(
    slug: Slug,
    seeds: Seeds,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    alike: Alike = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Remove prints from their stack; those named together stay together.

    Example: edition split pocket-dreams 3 7
    """
    with open_desk() as session:
        done = stack_edits.split(
            session, print_ids(session, slug, seeds, recipe, all_recipes=all_recipes), alike=alike
        )
    _tell(done, as_json=as_json)


def join(
    slug: Slug,
    seeds: Seeds,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Let split prints join stacks again.

    Example: edition join pocket-dreams 3 7
    """
    with open_desk() as session:
        done = stack_edits.join(
            session, print_ids(session, slug, seeds, recipe, all_recipes=all_recipes)
        )
    _tell(act_words(done), as_json=as_json)


def best(
    slug: Slug,
    seed: Annotated[str, typer.Argument(help="The seed of the print.")],
    recipe: Recipe = "",
    alike: Alike = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Pin a print to the top of its stack; repeat to unpin it.

    Example: edition best pocket-dreams 7
    """
    with open_desk() as session:
        ids = print_ids(session, slug, [seed], recipe)
        if len(ids) != 1:
            raise RecipeError(
                f"{len(ids)} prints of {slug} have seed {seed}.",
                hint="Name the recipe with --recipe and its first digits.",
            )
        done = stack_edits.choose_best(
            session, ids[0], on=not stack_edits.is_best(session, ids[0]), alike=alike
        )
    _tell(done, as_json=as_json)


def _tell(done: str, *, as_json: bool) -> None:
    if as_json:
        report({"action": done})
    else:
        say(done or "Nothing to change.")


def lookalikes(
    slug: Slug,
    likeness: Annotated[
        int | None,
        typer.Option(min=80, max=99, help="Similarity in hundredths; remembered for the edition."),
    ] = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Group prints of similar composition, whatever their colours and seeds.

    Example: edition lookalikes pocket-dreams --likeness 96
    """
    with open_desk() as session:
        session.recipe(slug)
        number, used = stack_edits.lookalikes(session, slug, likeness)
        found = print_queries.stacks(session, slug, alike=True)
    if as_json:
        report({"likeness": used, "count": number, "groups": found})
        return
    say(f"{count(number, 'group')} at similarity {used / 100:.2f}")
    for seeds in found:
        say("  " + ", ".join(map(str, seeds)))
