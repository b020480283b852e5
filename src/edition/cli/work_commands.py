"""Verbs on works: what a print is called, when and how it was made, what it costs."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from edition import atomic, regular_files
from edition.actions import print_queries
from edition.actions import works as session_works
from edition.cli.print_selection import AllRecipes, Recipe, Slug, print_ids
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.domain import Filter
from edition.errors import RecipeError
from edition.text_format import count


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(work)
    app.command()(works)


def work(
    slug: Slug,
    seeds: Annotated[list[str], typer.Argument(help="Seeds: 7 1,5,9 1..16")],
    title: Annotated[str | None, typer.Option(help="Its title; empty takes it away.")] = None,
    year: Annotated[str | None, typer.Option(help="Default: when it was rendered.")] = None,
    medium: Annotated[str | None, typer.Option(help="Like: Pigment print on cotton.")] = None,
    price: Annotated[str | None, typer.Option(help="As it is printed: € 900.")] = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
) -> None:
    """Set a print's title, year, medium and price, as every page prints them.

    Example: edition work pocket-dreams 7 --title "Night Sea" --medium "Pigment print"
    """
    given = {"title": title, "year": year, "medium": medium, "price": price}
    words = {field: text for field, text in given.items() if text is not None}
    if not words:
        raise RecipeError("Nothing is said of it.", hint='Like: --title "Night Sea"')
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, all_recipes=all_recipes)
        prints = list(print_queries.get(session, ids).values())
        done = session_works.say(session, prints, words)
    say(f"Set {done}.")


def works(
    slug: Slug,
    csv: Annotated[bool, typer.Option("--csv", help="Write a CSV table.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="Write TOML.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All prints, not the starred.")] = False,
    out: Annotated[Path | None, typer.Option(help="Into this file.")] = None,
    take: Annotated[
        Path | None, typer.Option("--from", help="Read a .csv or .toml file back.")
    ] = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List the works of an edition, write them as a table, or read one back.

    Examples: edition works pocket-dreams --csv --out works.csv

      edition works pocket-dreams --from works.csv
    """
    with open_desk() as session:
        if take is not None:
            text = _read(take)
            toml_file = take.suffix.lower() == ".toml"
            rows = session_works.from_toml(text) if toml_file else session_works.from_csv(text)
            number = session_works.take_in(session, slug, rows)
            say(f"Read {count(number, 'work')} from {take}.")
            return
        chosen = Filter() if everything else Filter(star=True)
        rows = session_works.table(session, slug, chosen)
    if as_json:
        report(rows)
    elif csv or toml:
        text = session_works.to_csv(rows) if csv else session_works.to_toml(rows)
        if out is None:
            sys.stdout.write(text)
        else:
            atomic.write(out, text.encode())
            say(str(out))
    else:
        table(
            session_works.COLUMNS, [[row[name] for name in session_works.COLUMNS] for row in rows]
        )


def _read(file: Path) -> str:
    try:
        return regular_files.read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{file} can't be read: {regular_files.reason(error)}.",
            hint="A CSV table in UTF-8, or TOML.",
        ) from error
