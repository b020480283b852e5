"""Trainings and their curves: what a run is, and loss and gradient of every step."""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from edition.domain import CurvePoint, TrainingRun
from edition.library.database import Database, explained


class TrainingRunTable:
    """Run rows, and the points of their curves."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open(self, slug: str, name: str, kind: str, settings: dict[str, Any], steps: int) -> int:
        """Makes a run's row, or finds the one of that name; returns its id.

        Args:
            slug: the edition.
            name: the run's folder.
            kind: ``dreambooth`` or ``inversion``.
            settings: plain data.
            steps: where it is to end.
        """
        with self._db.write() as connection:
            row = connection.execute(
                "INSERT INTO runs (slug, name, kind, settings, steps, started)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (slug, name) DO UPDATE SET"
                " settings = excluded.settings, steps = excluded.steps RETURNING id",
                (slug, name, kind, json.dumps(settings), steps, time.time()),
            ).fetchone()
        return int(row[0])

    def record(self, run_id: int, points: Iterable[CurvePoint]) -> None:
        """Adds points to a curve; a step that is trained again after a kill replaces its point."""
        rows = [(run_id, p.step, p.loss, p.grad_norm, p.rate, p.seconds) for p in points]
        with self._db.write() as connection:
            connection.executemany("INSERT OR REPLACE INTO curve VALUES (?, ?, ?, ?, ?, ?)", rows)

    def made(self, run_id: int, slug: str) -> None:
        """Notes which edition was made of a run."""
        with self._db.write() as connection:
            connection.execute("UPDATE runs SET made = ? WHERE id = ?", (slug, run_id))

    def all(self, slug: str | None = None) -> tuple[TrainingRun, ...]:
        """Runs, newest first.

        Args:
            slug: of one edition; None for all.
        """
        rows = self._rows(
            "SELECT id, slug, name, kind, settings,"
            " (SELECT coalesce(max(step), 0) FROM curve WHERE run_id = runs.id), steps, made,"
            " started FROM runs WHERE ? IS NULL OR slug = ? ORDER BY started DESC, id DESC",
            [slug, slug],
        )
        return tuple(
            TrainingRun(id_, of, name, kind, json.loads(settings), *rest)
            for id_, of, name, kind, settings, *rest in rows
        )

    def curve(self, run_id: int, after: int = 0) -> tuple[CurvePoint, ...]:
        """The points of a run, by step.

        Args:
            run_id: which.
            after: only those after this step, for a plot that grows.
        """
        rows = self._rows(
            "SELECT step, loss, grad_norm, rate, seconds FROM curve WHERE run_id = ? AND step > ?"
            " ORDER BY step",
            [run_id, after],
        )
        return tuple(CurvePoint(*row) for row in rows)

    def _rows(self, sql: str, values: Sequence[object]) -> list[Any]:
        with explained(self._db.root):
            return self._db.connection.execute(sql, values).fetchall()
