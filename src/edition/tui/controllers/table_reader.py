"""Keeps the light table's list and counts those of the library while others write to it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from edition.actions import print_queries
from edition.domain import Counts, Filter
from edition.tui.print_list import listed

if TYPE_CHECKING:
    from array import array

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.tui.controllers.ports import AppPort, TableView

REFRESH_SECONDS = 0.5
"""Between two looks at the whole edition while others write."""


class TableReader:
    """Reads beside the keys and not too often; what keys do meanwhile is counted ahead."""

    def __init__(self, app: AppPort, table: TableView) -> None:
        self.app, self.table = app, table
        self.counts = Counts()
        self.waiting = self._asking = self._again = False
        self._looked = 0.0

    def refresh(self) -> None:
        """Reads counts, and the list where it may differ; at once, or after a while."""
        if self._asking or self.waiting:
            self._again = self._asking
            return
        pause = self._looked + REFRESH_SECONDS - time.monotonic()
        if pause > 0:
            self.waiting = True
            self.table.set_timer(pause, self.now)
        else:
            self.now()

    def now(self) -> None:
        """The same at once."""
        self.waiting, self._asking, self._again = False, True, False
        self._looked = time.monotonic()
        roll, finder, slug = self.table.roll, self.table.finder, self.table.slug
        where, order = finder.query(), finder.order
        known = len(roll) if where == Filter(cells=where.cells) else -1
        volatile, arranged = finder.volatile(), roll.arranged
        counted, trash = self.counts, self.counts.trash

        def look(session: Session) -> tuple[array[int] | None, Counts]:
            counts = print_queries.counts(session, slug)
            listed_now = counts.prints - (counts.cells if where.cells is False else 0)
            stale = volatile or known not in (-1, listed_now) or counts.trash != trash
            return (listed(session, slug, where, order, arranged) if stale else None), counts

        def adopt(found: tuple[array[int] | None, Counts]) -> None:
            self._asking = False
            ids, counts = found
            busy = self.app.pen.busy
            if self.counts is counted and not busy:
                self.counts = counts
            else:  # marks made meanwhile are not in it: the title would step back
                self._again = True
            same = (where, order) == (finder.query(), finder.order) and not busy
            if ids is not None and same and ids != roll.ids:
                kept, at = self.table.grid.current, self.table.grid.cursor
                roll.adopt(ids)
                self.table.show_list(kept, at)
            elif not busy:
                self.table.show_all()
            if self._again:
                self.refresh()

        self.app.read(look, adopt)

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Counts marks ahead of the library."""
        stars = sum(p.marks.star for p in after) - sum(p.marks.star for p in before)
        rejects = sum(p.marks.reject for p in after) - sum(p.marks.reject for p in before)
        c = self.counts
        self.counts = replace(c, starred=c.starred + stars, rejected=c.rejected + rejects)

    def trashed(self, number: int) -> None:
        """Counts prints that go into the trash; fewer than none come back out of it."""
        c = self.counts
        self.counts = replace(c, prints=c.prints - number, trash=c.trash + number)

    def at_least(self, prints: int) -> None:
        """Counts prints that are in the list and were not counted yet."""
        self.counts = replace(self.counts, prints=max(self.counts.prints, prints))
