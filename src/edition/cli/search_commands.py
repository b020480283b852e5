"""Verbs for finding prints again: find, filters, tag, untag, tags, note."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import print_queries, search
from edition.actions.search import tags_used
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
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import EditionError, RecipeError

if TYPE_CHECKING:
    from edition.actions.search import Query
    from edition.actions.session import Session
    from edition.domain import Print

filters = typer.Typer(help="Saved filters: list, save, forget.", no_args_is_help=False)
_WORDS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""Lets ``-fog`` be a word of a query, not an option; with ``-h`` an option, -house would be one."""
Words = Annotated[
    list[str] | None,
    typer.Argument(help='Words, \'"phrases"\', -not, fields: star:yes "guidance:<5" made:2026-01'),
]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command(context_settings=_WORDS)(find)
    app.command()(tag)
    app.command()(untag)
    app.command()(tags)
    app.command()(note)
    app.add_typer(filters, name="filters")
    filters.callback(invoke_without_command=True)(list_filters)
    filters.command("save", context_settings=_WORDS)(save_filter)
    filters.command("forget")(forget_filter)


def find(
    context: typer.Context,
    query: Words = None,
    edition: Annotated[str, typer.Option("--in", help="One edition; default: all.")] = "",
    saved: Annotated[str, typer.Option(help="Start from a saved filter.")] = "",
    order: Annotated[
        str, typer.Option(help="made, newest, seed, rating, likeness, colour or spread.")
    ] = "",
    like: Annotated[
        int | None, typer.Option(help="Likeness to the print of this seed; needs --in.", min=0)
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of prints; 0 for all.")] = 0,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Find prints by words, marks, recipes and times.

    Example: edition find sea -fog "guidance:<5" "rating:>=3"

    Example: edition find --in pocket-dreams --like 7 --limit 12
    """
    if "-h" in (query or []):
        say(context.get_help())
        return
    _refuse_options(query or [])
    with open_desk() as session:
        text = " ".join(query or ())
        if saved:
            text = f"{search.saved_as(session, saved)} {text}"
        wanted = search.parse(f"{text} sort:{order}" if order else text)
        ids = _found(session, edition, wanted, like)
        prints = print_queries.get(session, ids[:limit] if limit else ids)
        found = [prints[i] for i in ids if i in prints]
        if as_json:
            report([_facts(session, item) for item in found])
            return
    if not found:
        say("No prints found. The trash is not searched without trash:yes.")
        return
    table(
        ("edition", "seed", "marks", "tags", "file"),
        [(p.slug, p.seed, marks_of(p), " ".join(p.tags), p.file) for p in found],
    )


def _found(session: Session, slug: str, wanted: Query, like: int | None) -> list[int]:
    if slug:
        session.recipe(slug)
    order, to = wanted.order or "made", 0
    if like is not None:
        if not slug:
            raise RecipeError("--like names a seed of one edition.", hint="Add: --in EDITION")
        order, to = "likeness", print_ids(session, slug, [str(like)])[0]
    return list(search.find(session, slug or None, wanted.where, order, to))


def _refuse_options(query: list[str]) -> None:
    """Words to leave out begin with a dash, so that all unknown options come in as words."""
    stray = next((word for word in query if word.startswith("--") and word[2:3].isalpha()), "")
    if stray:
        raise EditionError(
            f"There is no option {stray}.",
            hint="edition find --help lists them. To exclude a word, use one dash: -fog",
        )


def _facts(session: Session, item: Print) -> dict[str, Any]:
    return {
        "edition": item.slug,
        "seed": item.seed,
        "digest": item.digest,
        "file": str(session.root / item.file),
        "made": item.made,
        "marks": asdict(item.marks),
        "tags": list(item.tags),
        "note": item.note,
    }


def marks_of(item: Print) -> str:
    """A print's marks in a few words."""
    marks = item.marks
    words = ["star"] * marks.star + ["reject"] * marks.reject
    words += [str(marks.rating)] * bool(marks.rating) + [marks.label] * bool(marks.label)
    return " ".join(words)


def tag(
    slug: Slug,
    words: Annotated[str, typer.Argument(help="Tags, separated by commas: night,sea")],
    seeds: Seeds = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    yes: Yes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Add tags to prints.

    Example: edition tag pocket-dreams night,sea 3 7 12..14
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
        confirm(ids, where, "tag", yes=yes)
        _told(session, ids, search.tag(session, ids, add=words), as_json=as_json)


def untag(
    slug: Slug,
    words: Annotated[str, typer.Argument(help="Tags, separated by commas: night,sea")],
    seeds: Seeds = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    yes: Yes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Remove tags from prints.

    Example: edition untag pocket-dreams night --where star:no
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
        confirm(ids, where, "untag", yes=yes)
        _told(session, ids, search.tag(session, ids, remove=words), as_json=as_json)


def tags(
    slug: Annotated[str, typer.Argument(help="One edition; default: all.")] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List tags and how many prints have each.

    Example: edition tags pocket-dreams
    """
    with open_desk() as session:
        if slug:
            session.recipe(slug)
        found = tags_used(session, slug or None)
    if as_json:
        report(found)
    elif found:
        table(("tag", "prints"), list(found.items()))
    else:
        say("No tags yet. Add one with: edition tag EDITION night-sea 7")


def note(
    slug: Slug,
    text: Annotated[str, typer.Argument(help='The note; "" removes it.')],
    seeds: Seeds = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    yes: Yes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Write a note on prints.

    Example: edition note pocket-dreams "the light is right" 7
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, where, all_recipes=all_recipes)
        confirm(ids, where, "annotate", yes=yes)
        done = search.write_note(session, ids, text)
        _told(session, ids, done, as_json=as_json)


def _told(session: Session, ids: list[int], done: str, *, as_json: bool) -> None:
    if as_json:
        prints = print_queries.get(session, ids)
        report({"done": done, "prints": [_facts(session, prints[i]) for i in ids]})
    else:
        say(done or "Nothing to change.")


def list_filters(context: typer.Context, as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the saved filters; take one with: edition find --saved NAME.

    Example: edition filters save "best of night" star:yes tag:night
    """
    if context.invoked_subcommand is not None:
        return
    with open_desk() as session:
        found = search.saved(session)
    if as_json:
        report(found)
    elif found:
        table(("name", "filter"), list(found.items()))
    else:
        say("No saved filters yet. Save one with: edition filters save NAME star:yes")


def save_filter(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name; an existing filter is replaced.")],
    query: Words = None,
) -> None:
    """Keep a filter under a name.

    Example: edition filters save undecided-night undecided tag:night sort:spread
    """
    if "-h" in (name, *(query or ())):
        say(context.get_help())
        return
    with open_desk() as session:
        search.save(session, name, " ".join(query or ()))
    say(f"Saved {name.strip()}.")


def forget_filter(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Forget a saved filter; prints stay as they are.

    Example: edition filters forget undecided-night
    """
    with open_desk() as session:
        search.unsave(session, name)
    say(f"Forgot {name.strip()}.")
