"""Verbs that put a library into one file and take it out again."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import backups
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, root, say
from edition.errors import LibraryError
from edition.text_format import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(backup)
    app.command()(restore)


def _shown(bar: Progress, verb: str) -> Callable[[int, int], None]:
    task = bar.add_task(verb, total=None, note="")
    return lambda done, total: bar.update(task, completed=done, total=total)


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, a .zip.")],
    pictures: Annotated[
        bool,
        typer.Option(
            help="--no-pictures leaves out prints, enlargements, studies, proofs and trained "
            "models: recipes, marks, exhibitions, register and history stay; megabytes."
        ),
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Write the whole library into one file; the press may keep running.

    Example: edition backup ~/backups/library-2026-11.zip
    """
    if file.exists() and not force:
        raise LibraryError(f"{file} exists.", hint="Name another file, or add --force.")
    with open_desk() as session, progress_bar() as bar:
        made = backups.save(session, file, pictures=pictures, progress=_shown(bar, "backup"))
    if as_json:
        report(
            {"file": str(made.file), "files": made.files, "bytes": made.bytes,
             "left_out": list(made.left_out)}
        )  # fmt: skip
        return
    say(f"{made.file}: {count(made.files, 'file')}, {made.bytes / 1e6:.1f} MB.")
    for name in made.left_out:
        say(f"  left out, not a regular file: {name}")


def restore(
    file: Annotated[Path, typer.Argument(help="An archive of: edition backup")],
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make a library of a backup; its folder must be missing or empty.

    Example: edition --library ~/restored restore ~/backups/library-2026-11.zip
    """
    folder = root()
    with progress_bar() as bar:
        facts = backups.restore(file, folder, progress=_shown(bar, "restore"))
    if as_json:
        report({"library": str(folder), **facts})
        return
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(facts["made"]))
    say(f"{folder}: {count(facts['files'], 'file')}, as they were on {made}.")
    if not facts["pictures"]:
        say("It was made without pictures: render them again with: edition render SLUG")
