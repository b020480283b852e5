"""Verbs on marks: star, unstar, reject, rate, label, unmark, undo, redo, history, stacks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import history as journal
from edition.actions import mark_ops, print_queries, stack_edits
from edition.cli.print_selection import (
    AllRecipes,
    Recipe,
    Seeds,
    Slug,
    Where,
    Yes,
    confirm,
    print_ids,
)
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.errors import RecipeError
from edition.text_format import act_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.mark_ops import MarkKind


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    for kind in ("star", "unstar", "reject", "unmark"):
        app.command(kind, help=_HELP[kind])(_marking(kind))
    app.command()(rate)
    app.command()(label)
    app.command()(undo)
    app.command()(redo)
    app.command()(history)
    app.command()(stacks)


_HELP = {
    "star": "Star prints.\n\nExample: edition star pocket-dreams 3 7 12..14\n\n"
    'Example: edition star pocket-dreams --where "rating:>=4 -fog"',
    "unstar": "Remove the star from prints.",
    "reject": "Reject prints.\n\nExample: edition reject pocket-dreams 5",
    "unmark": "Remove star, rejection, rating and label from prints.",
}


def _marking(kind: MarkKind) -> Callable[..., None]:
    def verb(
        slug: Slug,
        seeds: Seeds = None,
        recipe: Recipe = "",
        all_recipes: AllRecipes = False,
        where: Where = "",
        yes: Yes = False,
    ) -> None:
        with open_desk() as session:
            ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
            confirm(ids, where, kind, yes=yes)
            done = session.mark(ids, kind)
        say(done or "Nothing to change.")

    return verb


def rate(
    slug: Slug,
    rating: Annotated[int, typer.Argument(min=0, max=5, help="0 to 5; 0 removes it.")],
    seeds: Seeds = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    yes: Yes = False,
) -> None:
    """Rate prints.

    Example: edition rate pocket-dreams 4 3 7
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
        confirm(ids, where, "rate", yes=yes)
        done = session.rate(ids, rating)
    say(done or "Nothing to change.")


def label(
    slug: Slug,
    colour: Annotated[str, typer.Argument(help="red, yellow, green, blue or purple.")],
    seeds: Seeds = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    yes: Yes = False,
) -> None:
    """Set a colour label on prints; repeat to remove it."""
    with open_desk() as session:
        try:
            mark_ops.labelled(colour)
            ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
            confirm(ids, where, "label", yes=yes)
            what = mark_ops.resolved_label(colour, tuple(print_queries.get(session, ids).values()))
            done = session.label(ids, what)
        except ValueError as error:
            raise RecipeError(str(error)) from error
    say(done or "Nothing to change.")


def undo() -> None:
    """Undo the last change; works across restarts.

    Marks, tags, notes, the trash, stacks by hand and exhibitions share one history.
    """
    with open_desk() as session:
        done = act_words(journal.undo(session))
    say(f"Undone: {done}" if done else "Nothing to undo.")


def redo() -> None:
    """Redo the last undone change."""
    with open_desk() as session:
        done = act_words(journal.redo(session))
    say(f"Redone: {done}" if done else "Nothing to redo.")


def history(
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List changes, newest first: marks, tags, notes, trash, stacks, exhibitions."""
    with open_desk() as session:
        entries = journal.entries(session, limit)
    if as_json:
        report(
            [
                {
                    "time": e.time,
                    "action": e.action,
                    "prints": journal.count_prints(e.changes),
                    "undone": e.undone,
                }
                for e in entries
            ]
        )
        return
    for entry in entries:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.time))
        say(f"{when}  {entry.action}{'  (undone)' if entry.undone else ''}")
    if not entries:
        say("No changes yet.")


def stacks(
    slug: Slug,
    distance: Annotated[
        int | None,
        typer.Option(min=0, max=16, help="Hamming distance in bits; remembered for the edition."),
    ] = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Group an edition's near-duplicates; nothing is deleted.

    Example: edition stacks pocket-dreams --distance 8
    """
    with open_desk() as session:
        session.recipe(slug)
        number = session.restack(slug, distance)
        used = stack_edits.distance(session, slug)
        found = print_queries.stacks(session, slug)
    if as_json:
        report({"distance": used, "count": number, "stacks": found})
        return
    say(f"{number} stacks at distance {used}")
    for seeds in found:
        say("  " + ", ".join(map(str, seeds)))
