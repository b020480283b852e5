"""What the light table asks of other rooms: stacks, more prints, enlarging, other screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import grouping_subprocess, print_queries, stack_edits
from edition.domain import Filter
from edition.text_format import count
from edition.tui.keymap import HISTORY, LOUPE, PRESS, PROOF, RECIPE, SURVEY, TRAIN
from edition.tui.navigation import open_studies
from edition.tui.screens.curation_actions import Handwork, groups_told

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.tui.widgets.thumb_grid import ThumbGrid

MORE = 12
"""Prints that one ``r`` asks for, once the recipe's own seeds are asked for."""
SURVEY_MOST = 24
"""Prints that a survey shows at most."""


class TableWork(Handwork):
    """Actions of the light table that reach beyond its grid."""

    slug: str
    grid: ThumbGrid
    where: Filter
    stacked: bool
    within: int
    _opened_with = 0
    """Prints in the list when the loupe was opened."""

    def _select_again(self) -> None:
        """Reads the list again; the light table says how."""

    def _end_choice(self) -> None:
        """Drops the choice; the light table says how."""

    def action_stacks(self) -> None:
        """Of every stack only its best, or all prints."""
        if self.alike:
            self.alike = self.stacked = False
        self.stacked = not self.stacked
        self._select_again()
        if not self.stacked:
            self.edition_app.say("All prints.")
            return
        slug = self.slug

        def told(found: tuple[int, int]) -> None:
            self._say_stacks(*found)

        self.edition_app.read(
            lambda session: (
                print_queries.counts(session, slug).stacks,
                stack_edits.distance(session, slug),
            ),
            told,
        )

    def _say_stacks(self, stacks: int, distance: int) -> None:
        self.edition_app.say(
            f"{count(stacks, 'stack')} at distance {distance}. + looser, - tighter."
        )

    def action_distance(self, by: int) -> None:
        """Groups near-duplicates anew, a step looser or tighter, and says how many there are."""
        slug = self.slug
        if self.alike:
            self._find_lookalikes(-by)
            return

        def regroup(session: Session) -> tuple[int, int]:
            distance = min(16, max(0, stack_edits.distance(session, slug) + by))
            return session.restack(slug, distance), distance

        def told(found: tuple[int, int]) -> None:
            self._say_stacks(*found)
            self._select_again()

        self.stacked = True
        self.edition_app.write(regroup, told)

    def action_lookalikes(self) -> None:
        """Of prints of one composition only the best, or all prints."""
        if self.alike:
            self.alike = self.stacked = False
            self.within = 0
            self._select_again()
            self.edition_app.say("All prints.")
        else:
            self.edition_app.say("Looking for look-alikes.")
            self._find_lookalikes(0)

    def _find_lookalikes(self, by: int) -> None:
        """Groups look-alikes anew beside the keys: 100,000 prints take seconds."""
        slug = self.slug

        def told(found: tuple[int, int]) -> None:
            self.alike = self.stacked = True
            self.within = 0
            self._select_again()
            self.edition_app.say(groups_told(*found))

        self.edition_app.read(lambda session: grouping_subprocess.find(session, slug, by), told)

    def action_expand(self) -> None:
        """Only the stack of the selected print; once more for all."""
        item = self.current()
        if self.within or item is None or not item.stack:
            self.within = 0
        else:
            self.within = item.stack
        self._select_again()

    def action_reject_rest(self) -> None:
        """Rejects all of a stack but the selected print."""
        item = self.current()
        if item is None or not item.stack:
            self.edition_app.say("This print stands in no stack.")
            return
        whole = Filter(stack=item.stack, alike=self.alike)
        members = print_queries.select(self.session, self.slug, whole)
        rest = tuple(i for i in members if i != item.id)
        self.edition_app.write(
            lambda session: session.mark(rest, "reject"),
            lambda _: self.edition_app.say(f"Rejected {len(rest)}."),
        )

    def action_more(self) -> None:
        """Renders the recipe's seeds, then so many new ones."""
        slug = self.slug

        def render(session: Session) -> int:
            return session.render(slug) or session.render(slug, more=MORE)

        self.edition_app.write(
            render, lambda job: self.edition_app.say(f"On the press: job {job}.")
        )

    def action_upscale(self) -> None:
        """Enlarges the chosen prints, or the starred ones."""
        slug, chosen = self.slug, tuple(sorted(self.grid.marked)) or None

        def told(job: int) -> None:
            self.edition_app.say(
                f"On the press: job {job}."
                if job
                else "Nothing to enlarge: star some prints first."
            )

        self.edition_app.write(lambda session: session.upscale(slug, chosen), told)
        self._end_choice()

    def action_open(self) -> None:
        """The selected print, as large as the terminal allows."""
        if self.grid.current:
            self._opened_with = len(self.roll)
            self.edition_app.open_screen(LOUPE, self.roll, self.grid.current, then=self._back_at)

    def _back_at(self, print_id: int | None) -> None:
        moved = self.within != self.roll.where.stack
        if moved or self._opened_with != len(self.roll):  # another top, or some in the trash
            self.within = self.roll.where.stack
            self._select_again()
        at = self.roll.index(print_id) if print_id else -1
        if at >= 0:
            self.grid.go(at)

    def action_proof(self) -> None:
        """Contact sheet and wall proof."""
        self.edition_app.open_screen(PROOF, self.slug)

    def action_press(self) -> None:
        """The queue."""
        self.edition_app.open_screen(PRESS)

    def action_history(self) -> None:
        """All acts, newest first."""
        self.edition_app.open_screen(HISTORY)

    def action_recipe(self) -> None:
        """The edition's file, with validation as one types."""
        self.edition_app.open_screen(RECIPE, self.slug)

    def action_train(self) -> None:
        """Trainings and the map."""
        self.edition_app.open_screen(TRAIN, self.slug)

    def action_studies(self) -> None:
        """The grids of its sweeps, twins and chains."""
        open_studies(self.edition_app, self.slug)

    def action_survey(self) -> None:
        """The chosen prints side by side."""
        ids = tuple(sorted(self.grid.marked)) or tuple(
            self.roll.ids[i] for i in list(self.grid.shown)[:6]
        )
        if ids:
            self.edition_app.open_screen(SURVEY, self.roll, ids[:SURVEY_MOST], self.grid.current)

    def action_compare(self) -> None:
        """The selected print beside the next: the first is pinned."""
        at, chosen = self.grid.cursor, tuple(sorted(self.grid.marked))
        ids = chosen if len(chosen) > 1 else tuple(self.roll.ids[at:])
        if len(ids) < 2:
            self.edition_app.say("There is no next print to compare with.")
            return
        self.edition_app.open_screen(SURVEY, self.roll, ids, ids[1], pinned=ids[0])
