"""The tables of studies: which print is in which cell. The pictures are normal prints."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edition.errors import StudyError
from edition.library.database import Database, explained

_IN_A_STUDY = (
    "SELECT 1 FROM cells AS c JOIN studies AS s ON s.id = c.study WHERE s.slug = q.slug"
    " AND s.kind != 'chain' AND c.digest = q.digest AND c.seed = q.seed AND s.created <= q.made"
)
SOURCES_OF_CELLS = (
    "SELECT so.id FROM (SELECT DISTINCT s.slug, c.digest FROM studies AS s JOIN cells AS c"  # noqa: S608
    " ON c.study = s.id WHERE s.kind != 'chain') AS d"
    " JOIN sources AS so ON so.slug = d.slug AND so.digest = d.digest"
    " WHERE NOT EXISTS (SELECT 1 FROM prints AS q WHERE q.slug = so.slug AND q.digest = so.digest"
    f" AND NOT EXISTS ({_IN_A_STUDY}))"
)
"""Recipes that only sweeps and twins have rendered, as the ids of ``sources``.

A recipe with a print that none of them asked for, or that was there before, is one of the
edition's own. What a chain made of a picture is a print like any other.
"""


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study as the library keeps it."""

    id: int
    slug: str
    name: str
    kind: str
    """``sweep``, ``twin`` or ``chain``."""
    json: str
    """What was asked: see edition.studies.study_spec."""
    created: float
    """Unix time, seconds."""


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell: the print that is in it, or will."""

    place: int
    """Row-major over the study's axes, from 0."""
    digest: str
    seed: int
    error: str = ""
    """Why it could not be rendered; empty when it could, or was not tried yet."""
    print_id: int = 0
    """Of the print; 0 while there is none."""
    file: str = ""
    """Of the print, relative to the library's root."""
    star: bool = False


@dataclass(frozen=True, slots=True)
class PromptHistory:
    """How often one prompt was printed, and the result of it."""

    prompt: str
    made: int
    starred: int
    rejected: int
    rated: int
    """How many have a rating."""
    rating: float
    """Mean of the ratings given; 0 when none was."""


class StudyTable:
    """Reads and writes studies."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(
        self,
        slug: str,
        name: str,
        kind: str,
        json: str,
        recipes: Mapping[str, str],
        cells: Iterable[tuple[int, str, int]],
        created: float | None = None,
    ) -> int:
        """Records a study whole, or finds the one of that name and brings it up to date.

        Args:
            slug: the edition.
            name: of the study, unique in the edition.
            kind: see ``StudyRow``.
            json: what was asked.
            recipes: digest → recipe as JSON, for every digest of the cells.
            cells: place, digest and seed.
            created: Unix time; None for now. A study that is known keeps its own.

        Returns:
            The study's id.
        """
        with self._db.write() as connection:
            row = connection.execute(
                "INSERT INTO studies (slug, name, kind, json, created) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (slug, name) DO UPDATE SET kind = excluded.kind, json = excluded.json"
                " RETURNING id",
                (slug, name, kind, json, time.time() if created is None else created),
            ).fetchone()
            study = int(row[0])
            connection.executemany(
                "INSERT OR IGNORE INTO recipes (digest, json) VALUES (?, ?)", recipes.items()
            )
            connection.execute("DELETE FROM cells WHERE study = ?", (study,))
            connection.executemany(
                "INSERT INTO cells (study, place, digest, seed) VALUES (?, ?, ?, ?)",
                ((study, *cell) for cell in cells),
            )
        return study

    def get(self, study: int) -> StudyRow:
        """One study.

        Raises:
            StudyError: there is none of that id.
        """
        rows = self._all("SELECT * FROM studies WHERE id = ?", (study,))
        if not rows:
            raise StudyError(f"There is no study {study}.", hint="See: edition sweep --list")
        return StudyRow(*rows[0])

    def find(self, slug: str, name: str) -> StudyRow:
        """The study of that name.

        Raises:
            StudyError: the edition has none of that name.
        """
        rows = self._all("SELECT * FROM studies WHERE slug = ? AND name = ?", (slug, name))
        if not rows:
            raise StudyError(
                f"{slug} has no study {name!r}.", hint=f"See: edition sweep {slug} --list"
            )
        return StudyRow(*rows[0])

    def all(self, slug: str | None = None) -> tuple[StudyRow, ...]:
        """The studies of an edition, or of the library, newest first."""
        rows = self._all(
            "SELECT * FROM studies WHERE ? IS NULL OR slug = ? ORDER BY id DESC", (slug, slug)
        )
        return tuple(StudyRow(*row) for row in rows)

    def cells(self, study: int) -> tuple[CellRow, ...]:
        """All cells in the order of their places, each with its print if there is one."""
        rows = self._all(
            "SELECT c.place, c.digest, c.seed, c.error, coalesce(p.id, 0), coalesce(p.file, ''),"
            " coalesce(p.star, 0) FROM cells AS c JOIN studies AS s ON s.id = c.study"
            " LEFT JOIN prints AS p"
            " ON p.slug = s.slug AND p.digest = c.digest AND p.seed = c.seed"
            " WHERE c.study = ? ORDER BY c.place",
            (study,),
        )
        return tuple(CellRow(r[0], r[1], r[2], r[3], r[4], r[5], bool(r[6])) for r in rows)

    def fail(self, study: int, places: Sequence[int], reason: str) -> None:
        """Marks cells that could not be rendered; an empty reason takes the mark away."""
        with self._db.write() as connection:
            connection.executemany(
                "UPDATE cells SET error = ? WHERE study = ? AND place = ?",
                ((reason, study, place) for place in places),
            )

    def forget(self, study: int) -> None:
        """Removes a study; its prints stay."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM studies WHERE id = ?", (study,))

    def tried(self, slug: str | None = None) -> tuple[PromptHistory, ...]:
        """Every prompt that was printed, with the result of it, most printed first."""
        rows = self._all(
            "SELECT prompt, count(*), total(star), total(reject), total(rating > 0),"
            " coalesce(avg(nullif(rating, 0)), 0) FROM prints"
            " WHERE (? IS NULL OR slug = ?) AND trash = 0 GROUP BY prompt"
            " ORDER BY count(*) DESC, prompt",
            (slug, slug),
        )
        return tuple(PromptHistory(r[0], r[1], int(r[2]), int(r[3]), int(r[4]), r[5]) for r in rows)

    def history(self, limit: int = 200) -> Iterator[tuple[str, float, str]]:
        """The latest prints with a measured time: recipe as JSON, seconds, file."""
        yield from self._all(
            "SELECT r.json, p.seconds, p.file FROM prints AS p JOIN recipes AS r USING (digest)"
            " WHERE p.seconds > 0 ORDER BY p.id DESC LIMIT ?",
            (limit,),
        )

    def lineage(self, slug: str) -> tuple[tuple[str, int, str, str, bool], ...]:
        """Prints that were made from another, and those they were made from.

        Returns:
            Digest, seed, parent (``digest:seed`` or nothing), prompt and star, oldest first.
        """
        rows = self._all(
            "SELECT digest, seed, parent, prompt, star FROM prints AS p WHERE slug = ? AND"
            " trash = 0 AND (parent != '' OR EXISTS (SELECT 1 FROM prints AS c"
            " WHERE c.slug = p.slug AND c.parent = p.digest || ':' || p.seed)) ORDER BY id",
            (slug,),
        )
        return tuple((r[0], r[1], r[2], r[3], bool(r[4])) for r in rows)

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with explained(self._db.root):
            return self._db.connection.execute(sql, values).fetchall()
