"""Verbs on exhibitions: new, add, move, remove, note, size, sort, edit, list, show, drop."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import exhibitions, hang_order, print_queries
from edition.actions import ratings as session_ratings
from edition.actions.print_sources import ExhibitionSource
from edition.cli.edition_commands import changes_of
from edition.cli.print_selection import AllRecipes, Recipe, print_ids
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.domain import Filter
from edition.errors import LibraryError, RecipeError
from edition.text_format import count

if TYPE_CHECKING:
    from edition.actions.print_sources import WallPrint
    from edition.actions.session import Session

exhibition = typer.Typer(
    help="Selections of prints across editions, in an order of their own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="The exhibition.")]
Place = Annotated[int, typer.Argument(min=1, help="Position: see edition exhibition show.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(exhibition, name="exhibition")


@exhibition.command()
def new(
    name: Name,
    title: Annotated[str, typer.Option(help="Title, as printed.")] = "",
    artist: Annotated[str, typer.Option(help="Default: the editions' artists.")] = "",
    statement: Annotated[str, typer.Option(help="For the wall proof's title page.")] = "",
) -> None:
    """Create an exhibition.

    Example: edition exhibition new summer-show --title "Summer Show"
    """
    with open_desk() as session:
        exhibitions.new(session, name, title=title, artist=artist, statement=statement)
    say(f"{name}: empty. Add prints with: edition exhibition add {name} SLUG SEEDS")


@exhibition.command()
def add(
    name: Name,
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Annotated[
        list[str] | None, typer.Argument(help="Seeds, in hanging order: 7 1,5,9 1..16")
    ] = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    starred: Annotated[bool, typer.Option("--starred", help="All starred ones.")] = False,
    at: Annotated[
        int, typer.Option(min=0, help="Insert before this position; default: the end.")
    ] = 0,
) -> None:
    """Add prints of an edition; those already there keep their place.

    Examples: edition exhibition add summer-show pocket-dreams 12 3 7

      edition exhibition add summer-show night-sea --starred
    """
    if bool(seeds) == starred:
        raise RecipeError("Give seeds, or --starred.", hint=f"Like: ... add {name} {slug} 3 7")
    with open_desk() as session:
        if starred:
            session.recipe(slug)
            ids = list(print_queries.select(session, slug, Filter(star=True), "seed"))
        else:
            ids = [
                i
                for one in seeds or ()
                for i in print_ids(session, slug, [one], recipe, all_recipes=all_recipes)
            ]
        done = exhibitions.add(session, name, ids, at - 1 if at else None)
        hung = len(exhibitions.named(session, name).places)
    say(f"{done or 'No prints to add'}. {name} has {hung}.")


@exhibition.command()
def move(
    name: Name, place: Place, to: Annotated[int, typer.Argument(min=1, help="New position.")]
) -> None:
    """Move a print to another place.

    Example: edition exhibition move summer-show 5 1
    """
    with open_desk() as session:
        done = exhibitions.move(session, name, place - 1, to - 1)
    say(done or "Position unchanged.")


@exhibition.command()
def remove(
    name: Name,
    places: Annotated[list[int] | None, typer.Argument(help="Positions: 3 7")] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="All that are in the trash or whose file is missing.")
    ] = False,
) -> None:
    """Remove prints from an exhibition; the prints themselves stay.

    Example: edition exhibition remove summer-show 3
    """
    if bool(places) == missing:
        raise LibraryError("Give positions, or --missing.", hint=f"edition exhibition show {name}")
    with open_desk() as session:
        gone = [place - 1 for place in places or ()]
        if missing:
            works = ExhibitionSource(name).works(session)
            gone = [index for index, work in enumerate(works) if work.fault]
        done = exhibitions.remove(session, name, gone)
    say(done or "Nothing is missing.")


@exhibition.command()
def note(
    name: Name,
    place: Place,
    text: Annotated[str, typer.Argument(help="The note; empty removes it.")],
) -> None:
    """Write a print's note for paper.

    Example: edition exhibition note summer-show 2 "Painted at sea, by nobody"
    """
    with open_desk() as session:
        done = exhibitions.note(session, name, place - 1, text)
    say(done or "Note unchanged.")


@exhibition.command()
def size(
    name: Name,
    place: Place,
    millimetres: Annotated[float, typer.Argument(help="Longer side, mm; 0 uses the exhibition's.")],
) -> None:
    """Give a print its own size on the wall.

    Example: edition exhibition size summer-show 1 600
    """
    with open_desk() as session:
        done = exhibitions.size(session, name, place - 1, millimetres)
    say(done or "Size unchanged.")


@exhibition.command()
def sort(name: Name) -> None:
    """Sort an exhibition by similarity: similar colour and composition side by side."""
    with open_desk() as session:
        done = hang_order.sort_by_look(session, name)
    say(done or "Order unchanged.")


@exhibition.command()
def edit(
    name: Name,
    settings: Annotated[
        list[str],
        typer.Argument(help="title=, artist=, statement=, or a key of [proof]: proof.gap_mm=120"),
    ],
) -> None:
    """Change an exhibition's texts or layout settings.

    Example: edition exhibition edit summer-show title="Late Summer" proof.hang=salon
    """
    with open_desk() as session:
        done = exhibitions.edit(session, name, changes_of(settings))
    say(done)


@exhibition.command("list")
def list_exhibitions(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the exhibitions, newest first.

    Example: edition exhibition list --json
    """
    with open_desk() as session:
        found = exhibitions.listed(session)
        last = exhibitions.last(session)
    if as_json:
        report(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "prints": len(one.places),
                    "editions": sorted({place.slug for place in one.places}),
                    "created": one.created,
                    "last": one.name == last,
                }
                for one in found
            ]
        )
        return
    if not found:
        say("No exhibition yet. Make one with: edition exhibition new NAME")
        return
    table(
        ("exhibition", "prints", "editions", "title"),
        [(o.name, len(o.places), len({place.slug for place in o.places}), o.title) for o in found],
    )


@exhibition.command()
def show(name: Name, as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List an exhibition's prints in order, and missing ones.

    Example: edition exhibition show summer-show --json
    """
    with open_desk() as session:
        found = exhibitions.named(session, name)
        works = ExhibitionSource(name).works(session)
        files = [_file(session, work) for work in works]
    if as_json:
        prints = [
            {"place": n, **asdict(place), "file": file, "fault": work.fault}
            for n, (place, work, file) in enumerate(zip(found.places, works, files, strict=True), 1)
        ]
        facts: dict[str, Any] = {**asdict(found), "places": prints}
        report(facts)
        return
    say(f"{found.title}" + (f", by {found.artist}" if found.artist else ""))
    table(
        ("place", "edition", "seed", "recipe", "size", "note"),
        [
            (
                n, place.slug, place.seed, place.digest[:8],
                f"{place.print_mm:g} mm" if place.print_mm else "",
                f"MISSING: {work.fault}" if work.fault else place.note,
            )
            for n, (place, work) in enumerate(zip(found.places, works, strict=True), 1)
        ],
    )  # fmt: skip


def _file(session: Session, work: WallPrint) -> str | None:
    return None if work.item is None else str(session.root / (work.item.upscaled or work.item.file))


@exhibition.command()
def ratings(
    name: Name,
    files: Annotated[list[Path], typer.Argument(help="ratings.json files that came back.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Rate the prints with the means; edition undo helps.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Read answers to a show that was mailed with edition proof show --rate.

    Example: edition exhibition ratings summer-show anna.json ben.json
    """
    with open_desk() as session:
        rated = session_ratings.read(session, name, files)
        kept = session_ratings.keep(session, rated) if keep else 0
    rows = [
        (one.place, one.work.picture.name, f"{one.mean:.1f}" if one.stars else "",
         len(one.stars), " | ".join(one.notes))
        for one in rated
    ]  # fmt: skip
    if as_json:
        report(
            [dict(zip(("place", "work", "mean", "answers", "notes"), r, strict=True)) for r in rows]
        )
        return
    table(("place", "work", "stars", "answers", "notes"), rows)
    if keep:
        say(f"Rated {count(kept, 'print')}. Take it back with: edition undo")


@exhibition.command()
def drop(name: Name) -> None:
    """Delete an exhibition; its prints and PDFs stay; edition undo restores it."""
    with open_desk() as session:
        done = exhibitions.drop(session, name)
    say(f"{done}. Undo with: edition undo")
