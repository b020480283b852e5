"""Files of prints: opened in the desktop's programs, copied to a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.actions import exported_picks, open_with
from edition.errors import EditionError
from edition.text_format import count
from edition.tui.keymap import CHOICE
from edition.tui.navigation import QUESTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.actions.exported_picks import Picks
    from edition.actions.open_with import OpenTarget
    from edition.tui.controllers.ports import AppPort, PrintView


class PrintFiles:
    """What leads out of the library."""

    def __init__(self, app: AppPort, view: PrintView) -> None:
        self.app, self.view = app, view

    def open_with(self) -> None:
        """Asks what to open: the print, its enlargement, the newest PDF, the folder."""
        found = open_with.targets(self.app.session, self.view.roll.slug, self.view.current())
        open_one_of(self.app, found)

    def copy_files(self) -> None:
        """Copies the prints that are meant."""
        copy_files(self.app, self.view.roll.slug, self.view.targets())


def open_one_of(app: AppPort, found: Sequence[OpenTarget]) -> None:
    """Asks which file or folder, and opens it; where there is no desktop it says how to fetch it.

    Args:
        app: the application.
        found: what there is to open.
    """
    if not found:
        app.say("There is nothing to open yet.")
        return
    why = open_with.without_desktop()
    lines = [open_with.fetch_line(target.path) for target in found]

    def taken(at: int | None) -> None:
        if at is None:
            return
        if why:
            app.copy_to_clipboard(lines[at])
            app.say(f"Copied: {lines[at]}")
            return
        path = found[at].path
        app.aside(lambda _: open_with.open_path(path), lambda _: app.say(f"Opened {path}."))

    app.open_screen(
        CHOICE,
        f"{why} Fetch it from your own machine:" if why else "Open in a program",
        [(target.words, target.path.name) for target in found],
        (lambda at: (str(found[at].path), lines[at])) if why else None,
        take="copy the command" if why else "open",
        then=taken,
    )


def copy_files(app: AppPort, slug: str, ids: Sequence[int]) -> None:
    """Asks for a folder, and copies prints into it with their marks.

    Args:
        app: the application.
        slug: their edition.
        ids: of the prints.
    """
    if not ids:
        app.say("There is no print to copy: star some, or select some.")
        return
    words = count(len(ids), "print")

    def copy(answer: str | None) -> None:
        if answer is None:
            return
        folder = paths.expanded(answer).absolute()
        app.say(f"Copying {words} to {folder}.")
        app.aside(lambda session: exported_picks.export(session, ids, folder), copied)
        app.write(lambda session: exported_picks.remember_folder(session, answer), None)

    def copied(made: Picks) -> None:
        there = f", {made.there} were there already" if made.there else ""
        notes = "".join(f" {warning}." for warning in made.warnings)
        app.say(f"Copied {count(len(made.files), 'print')}{there}.{notes}")

    start = exported_picks.last_folder(app.session) or f"~/{slug}"
    question = f"Copy {words} with their marks to which folder?"
    app.open_screen(QUESTION, question, start, folder_fault, then=copy, goes_on=True)


def folder_fault(answer: str) -> str:
    """What is wrong with a folder to copy into; one that is missing is made."""
    try:
        if not answer:
            return "name a folder"
        folder = paths.expanded(answer).absolute()
        is_file = next((p for p in (folder, *folder.parents) if p.exists()), folder).is_file()
    except (OSError, ValueError, EditionError):
        return "this can't be a folder"
    return "there is a file of this name" if is_file else ""
