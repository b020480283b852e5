"""Verbs of the trash: list, put, restore, empty."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import model_changes, print_queries
from edition.actions import trash as room
from edition.cli.print_selection import AllRecipes, Recipe, print_ids
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import LibraryError, RecipeError
from edition.recipe.seeds import format_seeds, parse_seeds
from edition.text_format import act_words, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edition.actions.session import Session
    from edition.domain import Print

trash = typer.Typer(
    help="Move prints to the trash, restore them, delete their files.", no_args_is_help=True
)
Seeds = Annotated[list[str], typer.Argument(help="Seeds: 7, 1,5,9 or 1..16.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.add_typer(trash, name="trash")


@trash.command("list")
def list_trash(
    slug: Annotated[str, typer.Argument(help="One edition; default: all.")] = "",
    emptied: Annotated[
        bool,
        typer.Option("--emptied", help="List deleted prints instead, to render them again."),
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List the prints in the trash.

    Example: edition trash list pocket-dreams
    """
    with open_desk() as session:
        if slug:
            session.recipe(slug)
        if emptied:
            _list_emptied(session, slug, as_json=as_json)
            return
        prints = room.listed(session, slug or None)
        megabytes = room.size(session, prints) / 1e6
    if as_json:
        report([{**_name(p), "since": p.trash, "file": str(session.root / p.file)} for p in prints])
        return
    if not prints:
        say("The trash is empty.")
        return
    table(
        ("edition", "seed", "recipe", "since"),
        [(p.slug, p.seed, p.digest[:8], _when(p.trash)) for p in prints],
    )
    say(f"{count(len(prints), 'print')}, {megabytes:.1f} MB. Remove them with: edition trash empty")


def _list_emptied(session: Session, slug: str, *, as_json: bool) -> None:
    gone = room.emptied(session, slug or None)
    asked = dict.fromkeys((item.slug, item.digest) for item in gone)
    faults = {key: model_changes.unmakeable(session, *key) for key in asked}
    if as_json:
        report([asdict(item) | {"fault": faults[item.slug, item.digest]} for item in gone])
        return
    if not gone:
        say("No deleted prints are waiting to be rendered again.")
        return
    table(
        ("edition", "seed", "recipe", "emptied", ""),
        [
            (g.slug, g.seed, g.digest[:8], _when(g.time), faults[g.slug, g.digest] and "lost")
            for g in gone
        ],
    )
    for fault, number in Counter(faults[g.slug, g.digest] for g in gone).items():
        if fault:
            say(f"{count(number, 'print')} can't be made again. {fault}")
    first = next((g for g in gone if not faults[g.slug, g.digest]), None)
    if first is None:
        return
    say(
        "Make one again with: "
        f"edition render {first.slug} --seeds {first.seed} --recipe {first.digest[:8]}"
    )


@trash.command("put")
def put_in(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Seeds,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Move prints to the trash; starred or numbered prints stay. Can be undone.

    Example: edition trash put pocket-dreams 3 7..9
    """
    with open_desk() as session:
        done = room.put(session, print_ids(session, slug, seeds, recipe, all_recipes=all_recipes))
        went = print_queries.get(session, done.ids).values()
    if as_json:
        report({"put": [_name(p) for p in went], "kept": [_name(p) for p in done.kept]})
    else:
        say(f"{done.told} Undo with: edition undo")


@trash.command()
def restore(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Annotated[list[str] | None, typer.Argument(help="Which seeds; default: all.")] = None,
    recipe: Annotated[
        str,
        typer.Option("--recipe", help="First digits of a recipe's digest; default: all recipes."),
    ] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Restore prints from the trash.

    Example: edition trash restore pocket-dreams 7
    """
    with open_desk() as session:
        session.recipe(slug)
        try:
            wanted = set(parse_seeds(",".join(seeds))) if seeds else None
        except ValueError as error:
            raise RecipeError(f"{error}.") from error
        lying = [p for p in room.listed(session, slug) if p.digest.startswith(recipe)]
        if recipe and not lying:
            raise RecipeError(
                f"No print in {slug}'s trash has a recipe that begins with {recipe!r}.",
                hint=f"See: edition trash list {slug}",
            )
        lacking = (wanted or set()) - {p.seed for p in lying}
        if lacking:
            raise RecipeError(
                f"Seed {format_seeds(lacking)} of {slug} is not in the trash.",
                hint="See: edition trash list; deleted prints: edition trash list --emptied",
            )
        back = [p for p in lying if wanted is None or p.seed in wanted]
        done = act_words(room.restore(session, [p.id for p in back]))
    if as_json:
        report([_name(p) for p in back])
    else:
        say(f"{done[0].upper()}{done[1:]}." if done else "The trash is empty.")


@trash.command()
def empty(
    slug: Annotated[str, typer.Argument(help="One edition; default: all.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Also prints that can't be rendered again.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Delete the files of prints in the trash; recipes and seeds stay known.

    Prints that can't be rendered again stay: their model has changed, or other prints start from
    them.

    Example: edition trash empty --yes
    """
    with open_desk() as session:
        if slug:
            session.recipe(slug)
        prints = room.listed(session, slug or None)
        may = room.removable(session, prints)
        last = room.last_ones(session, may)
        going = [p for p in may if for_good or p.id not in last]
        size = room.size(session, going)
        if going and not (yes or _confirmed(going, size, len(last) if for_good else 0)):
            say("Nothing was removed.")
            return
        with progress_bar() as bar:
            task = bar.add_task("empty", total=len(going) or None, note="")
            number = room.empty(
                session, slug or None, lambda n, _: bar.update(task, completed=n), for_good=for_good
            )
    kept = len(prints) - number
    if as_json:
        report({
            "emptied": number,
            "kept": kept,
            "bytes": None if len(going) > number else size,
            "last": [{**_name(p), "why": last[p.id]} for p in prints if p.id in last],
        })  # fmt: skip
        return
    if not prints:
        say("The trash is empty.")
    if not for_good:
        _say_kept(last)
    marked = kept - (0 if for_good else len(last))
    stays = f" {marked} kept: starred or numbered." if marked > 0 else ""
    again = "" if for_good and last else " They can be rendered again: edition trash list --emptied"
    if going or stays:
        say(f"Emptied {number}.{stays}{again if number else ''}")


def _say_kept(last: Mapping[int, str]) -> None:
    """Which prints stayed because they can't be rendered again, by reason."""
    for reason, number in Counter(last.values()).most_common():
        say(f"{count(number, 'print')} kept that can't be made again. {reason}")
    if last:
        say("Remove them too with: edition trash empty --for-good")


def _confirmed(prints: Sequence[Print], size: int, last: int) -> bool:
    question = f"Remove the files of {count(len(prints), 'print')}, {size / 1e6:.1f} MB?"
    if last:
        question += f" {last} of them can't be rendered again."
    if not sys.stdin.isatty():
        raise LibraryError(question, hint="Confirm with: edition trash empty --yes")
    return typer.confirm(question)


def _name(item: Print) -> dict[str, Any]:
    return {"edition": item.slug, "digest": item.digest, "seed": item.seed}


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
