"""What the light table asks of the press and of other screens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edition.actions import print_queries
from edition.domain import Filter
from edition.tui.controllers.folder_reader import read_again
from edition.tui.controllers.print_files import copy_files
from edition.tui.keymap import FORM, HISTORY, LOUPE, PRESS, PROOF, SAVED, SURVEY, TRAIN
from edition.tui.navigation import QUESTION, RENDER, open_studies

if TYPE_CHECKING:
    from edition.tui.controllers.ports import AppPort, TableView

SURVEY_MOST = 24
"""Prints that a survey shows at most."""
SURVEY_FEW = 6
"""Prints that a survey shows where none are chosen."""


class TableCommands:
    """Renders, enlarges, and opens other screens on the prints that are meant."""

    def __init__(self, app: AppPort, table: TableView) -> None:
        self.app, self.table = app, table
        self._opened_with = 0
        """Prints in the list when the loupe was opened."""

    def more(self) -> None:
        """Asks how many more prints."""
        self.app.open_screen(RENDER, self.table.slug)

    def reread(self) -> None:
        """Reads the edition's adopted folders."""
        read_again(self.app, self.table.slug)

    def upscale(self) -> None:
        """Enlarges the chosen prints, or the starred ones."""
        slug, chosen = self.table.slug, tuple(sorted(self.table.grid.marked)) or None

        def told(job: int) -> None:
            none = "Nothing to enlarge: star some prints first."
            self.app.say(f"Queued: job {job}." if job else none)

        self.app.write(lambda session: session.upscale(slug, chosen), told)
        self.table.choice.end()

    def seek(self) -> None:
        """Asks for a seed, and selects its print; of several recipes the next one in the list."""

        def go(answer: str | None) -> None:
            if answer is None:
                return
            seed, roll, grid = int(answer), self.table.roll, self.table.grid
            found = print_queries.of_seeds(self.app.session, self.table.slug, [seed])
            places = sorted(at for item in found if (at := roll.index(item.id)) >= 0)
            if places:
                grid.go(next((at for at in places if at > grid.cursor), places[0]))
                self.table.show_place()
            elif found:
                key = self.app.get_key_of("back").split()[0]
                self.app.say(f"Seed {seed} is not in this list: {key} shows all prints.")
            else:
                self.app.say(f"There is no print of seed {seed}.")

        self.app.open_screen(QUESTION, "Go to which seed?", "", _seed_fault, then=go)

    def copy_files(self) -> None:
        """Copies the chosen prints, or else the starred ones, to a folder."""
        slug = self.table.slug
        if self.table.choice.any:
            copy_files(self.app, slug, self.table.targets())
        else:
            copy_files(
                self.app, slug, print_queries.select(self.app.session, slug, Filter(star=True))
            )

    def open(self) -> None:
        """The selected print, as large as the terminal allows."""
        roll, current = self.table.roll, self.table.grid.current
        if current:
            self._opened_with = len(roll)
            self.app.open_screen(LOUPE, roll, current, then=self._back_at)

    def _back_at(self, print_id: int | None) -> None:
        roll, finder = self.table.roll, self.table.finder
        moved = finder.within != roll.where.stack
        if moved or self._opened_with != len(roll):  # another top, or some in the trash
            finder.within = roll.where.stack
            self.table.select_again()
        at = roll.index(print_id) if print_id else -1
        if at >= 0:
            self.table.grid.go(at)

    def survey(self) -> None:
        """The chosen prints side by side."""
        roll, grid = self.table.roll, self.table.grid
        few = tuple(roll.ids[i] for i in list(grid.shown)[:SURVEY_FEW])
        ids = tuple(sorted(grid.marked)) or few
        if ids:
            self.app.open_screen(SURVEY, roll, ids[:SURVEY_MOST], grid.current)

    def compare(self) -> None:
        """The selected print beside the next: the first is pinned."""
        roll, grid = self.table.roll, self.table.grid
        chosen = tuple(sorted(grid.marked))
        ids = chosen if len(chosen) > 1 else tuple(roll.ids[grid.cursor :])
        if len(ids) < 2:
            self.app.say("There is no next print to compare with.")
            return
        self.app.open_screen(SURVEY, roll, ids, ids[1], pinned=ids[0])

    def proof(self) -> None:
        """Contact sheet and wall proof."""
        self.app.open_screen(PROOF, self.table.slug)

    def press(self) -> None:
        """The queue."""
        self.app.open_screen(PRESS)

    def history(self) -> None:
        """All acts, newest first."""
        self.app.open_screen(HISTORY)

    def recipe(self) -> None:
        """The edition's recipe, key by key or as TOML."""
        self.app.open_screen(FORM, self.table.slug)

    def train(self) -> None:
        """Trainings and the map."""
        self.app.open_screen(TRAIN, self.table.slug)

    def studies(self) -> None:
        """The grids of its sweeps, twins and chains."""
        open_studies(self.app, self.table.slug)

    def saved(self) -> None:
        """The library's saved filters: take one, keep this one, forget one."""

        def take(text: str | None) -> None:
            if text is not None:
                self.table.write_filter(text)

        self.app.open_screen(SAVED, self.table.finder.text, then=take)


def _seed_fault(answer: str) -> str:
    return "" if re.fullmatch(r"[0-9]{1,19}", answer) else "a whole number"
