"""Verbs on recipes: clone, diff, again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition import paths
from edition.actions import recipe_tools as room
from edition.cli.print_selection import (
    AllRecipes,
    print_ids,
)
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.recipe.seeds import format_seeds

if TYPE_CHECKING:
    from edition.actions.session import Session


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(clone)
    app.command()(diff)
    app.command()(again)


def clone(
    source: Annotated[str, typer.Argument(help="The edition to start from.")],
    slug: Annotated[str, typer.Argument(help="The new one's name as a folder.")],
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Create an edition with another's recipe.

    Example: edition clone pocket-dreams night-dreams
    """
    with open_desk() as session:
        path = room.clone(session, source, slug, title)
    if as_json:
        report({"slug": slug, "file": str(path)})
    else:
        say(f"{path}\nChange it with: edition edit {slug} KEY=VALUE")


def diff(
    left: Annotated[
        str,
        typer.Argument(help="SLUG, SLUG@DIGEST for an earlier recipe, or SLUG:SEED for a print's."),
    ],
    right: Annotated[
        str, typer.Argument(help="Named likewise; default: the same edition's current recipe.")
    ] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Show what differs between two recipes.

    Examples: edition diff pocket-dreams night-dreams

      edition diff pocket-dreams:7
    """
    with open_desk() as session:
        ours, theirs, found = room.compare(session, left, right)
    if as_json:
        rows = [
            {"key": d.key, "left": d.left, "right": d.right, "changes_pixels": d.changes_pixels}
            for d in found
        ]
        report({"left": ours.name, "right": theirs.name, "differences": rows})
    elif not found:
        say(f"{ours.name} and {theirs.name} are the same.")
    else:
        table(
            ("key", ours.name, theirs.name, ""),
            [
                (d.key, _value(d.left), _value(d.right), "other picture" * d.changes_pixels)
                for d in found
            ],
        )


def _value(value: Any) -> str:  # noqa: ANN401 - plain JSON
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def again(
    slug: Annotated[str, typer.Argument(help="The edition of the prints.")],
    seeds: Annotated[list[str], typer.Argument(help="Seeds: 7, 1,5,9 or 1..16.")],
    into: Annotated[str, typer.Option("--in", help="The edition whose recipe is used.")] = "",
    size: Annotated[str, typer.Option(help="Another size: 768x512.")] = "",
    recipe: Annotated[
        str, typer.Option("--recipe", help="First digits of the prints' recipe's digest.")
    ] = "",
    all_recipes: AllRecipes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Render seeds again with another recipe or at another size.

    Of adopted pictures it makes editions from what they say of their making.

    Example: edition again pocket-dreams 7 --in night-dreams
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, all_recipes=all_recipes)
        if paths.is_adopted(session.root, slug):
            _say_imported(session, ids, as_json=as_json)
            return
        queued = room.again(session, ids, into, room.read_size(size))
    if as_json:
        report(
            [
                {
                    "edition": q.slug,
                    "digest": q.digest,
                    "seeds": q.seeds,
                    "job": q.job,
                    "note": q.note,
                }
                for q in queued
            ]
        )
        return
    for item in queued:
        names = f"{item.slug} seed {format_seeds(item.seeds)}, recipe {item.digest[:8]}"
        say(f"{names}: {f'job {item.job}' if item.job else 'there already'}")
        if item.note:
            say(f"  {item.note}")
    say("Watch with: edition press status")


def _say_imported(session: Session, ids: list[int], *, as_json: bool) -> None:
    from edition.actions import importing

    made = importing.of_adopted(session, ids)
    if as_json:
        report(asdict(made))
        return
    for line in importing.told(made):
        say(line)
