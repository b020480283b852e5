"""Stacks on the light table: near-duplicates and look-alikes shown as one, and how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import grouping_subprocess, print_queries, stack_edits
from edition.domain import MAX_STACK_DISTANCE, Filter
from edition.text_format import count
from edition.tui.keymap import SLIDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.session import Session
    from edition.tui.controllers.ports import AppPort, TableView


class TableStacks:
    """Switches between all prints and the best of every stack."""

    def __init__(self, app: AppPort, table: TableView) -> None:
        self.app, self.table = app, table
        self._wanted = -1
        """The distance that was asked for last."""

    def toggle(self) -> None:
        """Of every stack only its best, or all prints."""
        finder, slug = self.table.finder, self.table.slug
        if finder.alike:
            finder.alike = finder.stacked = False
        finder.stacked = not finder.stacked
        self.table.select_again()
        if not finder.stacked:
            self.app.say("All prints.")
            return
        self.app.read(
            lambda session: (
                print_queries.counts(session, slug).stacks,
                stack_edits.distance(session, slug),
            ),
            self._say,
        )

    def _say(self, found: tuple[int, int]) -> None:
        stacks, distance = found
        self.app.say(f"{count(stacks, 'stack')} at distance {distance} (+ wider, - narrower).")

    def distance(self, by: int) -> None:
        """Opens the slider of near-duplicates, a step wider or narrower; the table follows it."""
        finder, slug = self.table.finder, self.table.slug
        if finder.alike:
            self._find_lookalikes(-by)
            return
        stacked, before = finder.stacked, stack_edits.distance(self.app.session, slug)
        at = min(MAX_STACK_DISTANCE, max(0, before + by))

        def closed(kept: int | None) -> None:
            if kept is None:
                finder.stacked = stacked
                self._regroup(before)
            else:
                self._regroup(kept, then=self._say)

        finder.stacked = True
        self._regroup(at)
        self.app.open_screen(SLIDER, slug, at, self._regroup, then=closed)

    def _regroup(
        self, distance: int, then: Callable[[tuple[int, int]], None] | None = None
    ) -> None:
        """Groups near-duplicates again and shows them; of many wishes at once the last counts."""
        slug = self.table.slug
        self._wanted = distance

        def regroup(session: Session) -> tuple[int, int]:
            if distance != self._wanted:  # another one waits already
                return -1, distance
            return session.restack(slug, distance), distance

        def told(found: tuple[int, int]) -> None:
            if found[0] >= 0:
                self.table.select_again()
                if then is not None:
                    then(found)

        self.app.write(regroup, told, "the distance of stacks")

    def lookalikes(self) -> None:
        """Of prints of one composition only the best, or all prints."""
        finder = self.table.finder
        if finder.alike:
            finder.alike = finder.stacked = False
            finder.within = 0
            self.table.select_again()
            self.app.say("All prints.")
        else:
            self.app.say("Finding similar compositions.")
            self._find_lookalikes(0)

    def _find_lookalikes(self, by: int) -> None:
        """Groups look-alikes again beside the keys: 100,000 prints take seconds."""
        finder, slug = self.table.finder, self.table.slug

        def told(found: tuple[int, int]) -> None:
            finder.alike = finder.stacked = True
            finder.within = 0
            self.table.select_again()
            groups, likeness = found
            words = f"{count(groups, 'group')} at similarity {likeness / 100:.2f}"
            self.app.say(f"{words} (+ wider, - narrower).")

        self.app.read(lambda session: grouping_subprocess.find(session, slug, by), told)

    def expand(self) -> None:
        """Only the stack of the selected print; once more for all."""
        finder, item = self.table.finder, self.table.current()
        if finder.within or item is None or not item.stack:
            finder.within = 0
        else:
            finder.within = item.stack
        self.table.select_again()

    def reject_rest(self) -> None:
        """Rejects all of a stack but the selected print."""
        item = self.table.current()
        if item is None or not item.stack:
            self.app.say("This print is in no stack.")
            return
        whole = Filter(stack=item.stack, alike=self.table.finder.alike)
        members = print_queries.select(self.app.session, self.table.slug, whole)
        rest = tuple(i for i in members if i != item.id)
        self.app.write(
            lambda session: session.mark(rest, "reject"),
            lambda _: self.app.say(f"Rejected {len(rest)}."),
        )
