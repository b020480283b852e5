"""Verbs on editions: new, list, show, edit."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition import paths, regular_files
from edition.actions import editions, print_queries, recipe_notes
from edition.actions.search import find, parse
from edition.actions.versions import versions
from edition.cli import list_output
from edition.cli.print_selection import Where  # noqa: TC001 - typer reads it when the verb is made
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import RecipeError
from edition.text_format import clean

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Print


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(new)
    app.command("list")(list_editions)
    app.command()(show)
    app.command()(edit)


def new(
    slug: Annotated[str, typer.Argument(help="The edition's name as a folder: my-edition.")],
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    like: Annotated[
        str, typer.Option(help="Start from another edition's recipe, or a shipped example's.")
    ] = "",
    prompt: Annotated[str, typer.Option(help="What to ask for.")] = "",
    model: Annotated[
        str, typer.Option(help="A model: hub id, folder or file; with its usual sampling.")
    ] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Create an edition.

    Example: edition new night-sea --like pocket-dreams --prompt "the sea, night"
    """
    with open_desk() as session:
        path = editions.new(session, slug, title=title, like=like, prompt=prompt, model=model)
        _tell_notes(session, slug)
    if as_json:
        report({"slug": slug, "file": str(path)})
        return
    say(f"{path}\nRender it with: edition render {slug}")


def _tell_notes(session: Session, slug: str) -> None:
    """Says what the edition's model does not read, or means by a value."""
    home = paths.edition_folder(session.root, slug)
    for line in recipe_notes.of_recipe(session.recipe(slug), home):
        sys.stderr.write(f"note: {clean(line)}\n")


def list_editions(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the library's editions."""
    list_output.list_editions(as_json=as_json)


def show(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    prints: Annotated[bool, typer.Option("--prints", help="List its prints.")] = False,
    where: Where = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Show an edition, or list its prints.

    Example: edition show pocket-dreams --prints --json
    """
    if prints or where:
        with open_desk() as session:
            _show_prints(session, slug, where, as_json=as_json)
        return

    list_output.show(slug, as_json=as_json)


def _show_prints(session: Session, slug: str, where: str, *, as_json: bool) -> None:
    session.recipe(slug)
    query = parse(where)
    ids = find(session, slug, query.where, query.order or "seed")
    found = print_queries.get(session, ids)
    prints = [found[i] for i in ids]
    if as_json:
        report([_facts(session, p) for p in prints])
        return
    table(
        ("seed", "recipe", "marks", "stack", "file"),
        [
            (p.seed, p.digest[:12], _marks(p), p.stack_size if p.stack else "", p.file)
            for p in prints
        ],
    )


def _facts(session: Session, item: Print) -> dict[str, Any]:
    return {
        "seed": item.seed,
        "digest": item.digest,
        "file": str(session.root / item.file),
        "marks": asdict(item.marks),
        "upscaled": str(session.root / item.upscaled) if item.upscaled else None,
        "versions": [asdict(v) for v in versions(session, item)] if item.upscaled else [],
        "stack": item.stack_size if item.stack else 0,
        "parent": item.parent or None,
        "tags": list(item.tags),
        "note": item.note,
    }


def _marks(item: Print) -> str:
    marks = item.marks
    words = ["star"] * marks.star + ["reject"] * marks.reject
    words += [str(marks.rating)] * bool(marks.rating) + [marks.label] * bool(marks.label)
    return " ".join(words)


def edit(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    settings: Annotated[
        list[str], typer.Argument(help="KEY=VALUE, the key with its table: sampling.guidance=5")
    ],
) -> None:
    """Set keys of an edition's recipe; comments in the file stay.

    Example: edition edit pocket-dreams sampling.guidance=4 prompt.positive="the sea"
    """
    changes = changes_of(settings)
    with open_desk() as session:
        before = session.recipe(slug)
        after = session.edit(slug, changes)
        _tell_notes(session, slug)
    kept = " Prints made before stay, under their own recipe."
    say(f"{slug}: {', '.join(changes)} set.{kept if not after.draws_like(before) else ''}")


def changes_of(settings: list[str]) -> dict[str, object]:
    """Keys and values out of ``KEY=VALUE``.

    Raises:
        RecipeError: one of them has no ``=``.
    """
    changes = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise RecipeError(f"{setting!r} is no KEY=VALUE.", hint="Like: sampling.steps=30")
        changes[key.strip()] = _value(value.strip())
    return changes


def _value(text: str) -> object:
    """A value as TOML reads it; what isn't TOML is a text."""
    try:
        return regular_files.parse_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
