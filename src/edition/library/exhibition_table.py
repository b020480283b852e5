"""Exhibitions: named selections of prints across editions, in an order of their own.

A print is named by edition, digest and seed, so that one whose file was lost and rendered again
hangs where it hung. Every change goes through the journal; each exhibition has a text copy that
``rescan`` reads back when the database was lost.
"""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from edition import paths, regular_files
from edition.domain import FieldChange
from edition.errors import EditionError
from edition.library.database import Database, explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

HEAD, PRINTS = "exhibition", "hung"
"""Kinds of a FieldChange: an exhibition's texts and layout, and a stretch of its prints."""
_COLUMNS = "slug, digest, seed, note, print_mm"


@dataclass(frozen=True, slots=True)
class ExhibitionPrint:
    """A print in an exhibition."""

    slug: str
    digest: str
    seed: int
    note: str = ""
    """Its caption on paper."""
    print_mm: float = 0.0
    """Its own longer side, millimetres; 0 takes the exhibition's."""

    @property
    def print_name(self) -> tuple[str, str, int]:
        """Edition, digest and seed."""
        return self.slug, self.digest, self.seed


@dataclass(frozen=True, slots=True)
class Exhibition:
    """A named selection."""

    name: str
    title: str
    artist: str = ""
    """Empty takes the editions' artists."""
    statement: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
    """Keys of ``[proof]`` that differ from their defaults."""
    created: float = 0.0
    """Unix time."""
    places: tuple[ExhibitionPrint, ...] = ()


class ExhibitionTable:
    """Reads exhibitions. Writing is the journal's, with the changes made here."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> tuple[Exhibition, ...]:
        """All exhibitions, the newest first."""
        rows = self._all("SELECT name FROM exhibitions ORDER BY created DESC, name")
        found = (self.get(row[0]) for row in rows)
        return tuple(one for one in found if one is not None)

    def get(self, name: str) -> Exhibition | None:
        """One exhibition with its prints; None when there is none of that name."""
        with explained(self._db.root):
            return _read(self._db, name)

    def print_ids(self, name: str) -> tuple[int, ...]:
        """The id of the print at each place; 0 where the library has no such print."""
        rows = self._all(
            "SELECT coalesce(prints.id, 0) FROM hung LEFT JOIN prints ON prints.slug = hung.slug"
            " AND prints.digest = hung.digest AND prints.seed = hung.seed"
            " WHERE exhibition = ? ORDER BY place",
            (name,),
        )
        return tuple(row[0] for row in rows)

    def restore(self) -> int:
        """Reads text copies back of exhibitions that the database lacks; returns how many."""
        back = 0
        for copy in sorted(paths.exhibitions_folder(self._db.root).glob("*/exhibition.json")):
            with self._db.write():
                found = _from_copy(copy.parent.name, copy)
                if found is None or _read(self._db, found.name) is not None:
                    continue
                back += 1
                # no copy is written: what is being read is the only one there is
                _put_head(self._db, found.name, head(found))
                _put_places(self._db, found.name, found.places)
        return back

    def _all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with explained(self._db.root):
            return self._db.connection.execute(sql, values).fetchall()


def head(exhibition: Exhibition) -> dict[str, Any]:
    """An exhibition's texts and layout, as plain data."""
    facts = asdict(exhibition)
    del facts["name"], facts["places"]
    return facts


def changed_head(before: Exhibition | None, after: Exhibition | None) -> FieldChange:
    """The change from one head to another; None where there is no exhibition."""
    name = (before or after or Exhibition("", "")).name
    return FieldChange(HEAD, name, before and head(before), after and head(after))


def changed_prints(
    name: str, before: Sequence[ExhibitionPrint], after: Sequence[ExhibitionPrint]
) -> FieldChange:
    """The change from one order of prints to another: only the stretch that differs is kept."""
    back, forth = splice(before, after)
    return FieldChange(PRINTS, name, back, forth)


def splice(
    before: Sequence[ExhibitionPrint], after: Sequence[ExhibitionPrint]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What leads back and what leads forth between two orders.

    Returns:
        Tables with ``at``, where the stretch begins, ``out``, how many places it takes out, and
        ``put``, those that come instead.
    """
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    end = 0
    while end < min(len(before), len(after)) - at and before[-1 - end] == after[-1 - end]:
        end += 1
    old, new = before[at : len(before) - end], after[at : len(after) - end]
    return (
        {"at": at, "out": len(new), "put": [list(astuple(place)) for place in old]},
        {"at": at, "out": len(old), "put": [list(astuple(place)) for place in new]},
    )


def write_heads(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``exhibition``: key is its name, value its texts and layout, or None: it is removed."""
    for name, facts in values:
        if facts is None:
            db.connection.execute("DELETE FROM exhibitions WHERE name = ?", (name,))
        else:
            _put_head(db, name, facts)
        _copy(db, name)
    return ()


def write_prints(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """``hung``: key is the exhibition's name, value a stretch as ``splice`` gives it."""
    for name, stretch in values:
        known = _read(db, name)
        if known is None:
            continue
        places = list(known.places)
        new = [ExhibitionPrint(*fields) for fields in stretch["put"]]
        places[stretch["at"] : stretch["at"] + stretch["out"]] = new
        _put_places(db, name, places)
        _copy(db, name)
    return ()


def _put_head(db: Database, name: str, facts: dict[str, Any]) -> None:
    db.connection.execute(
        "INSERT INTO exhibitions (name, title, artist, statement, proof, created)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " title = excluded.title, artist = excluded.artist,"
        " statement = excluded.statement, proof = excluded.proof",
        (
            name, facts["title"], facts["artist"], facts["statement"],
            json.dumps(facts["proof"], ensure_ascii=False), facts["created"],
        ),
    )  # fmt: skip


def _put_places(db: Database, name: str, places: Sequence[ExhibitionPrint]) -> None:
    db.connection.execute("DELETE FROM hung WHERE exhibition = ?", (name,))
    db.connection.executemany(
        f"INSERT INTO hung (exhibition, place, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        ((name, number, *astuple(place)) for number, place in enumerate(places, 1)),
    )


def _read(db: Database, name: str) -> Exhibition | None:
    row = db.connection.execute(
        "SELECT name, title, artist, statement, proof, created FROM exhibitions WHERE name = ?",
        (name,),
    ).fetchone()
    if row is None:
        return None
    found = db.connection.execute(
        f"SELECT {_COLUMNS} FROM hung WHERE exhibition = ? ORDER BY place",  # noqa: S608
        (name,),
    )
    places = tuple(ExhibitionPrint(*fields) for fields in found)
    title, artist, statement, proof, created = row[1:]
    return Exhibition(name, title, artist, statement, json.loads(proof), created, places)


def _copy(db: Database, name: str) -> None:
    """Writes the exhibition's text copy from the database."""
    found = _read(db, name)
    text = None if found is None else _text(found)
    db.mirrors.replace(paths.exhibition_file(db.root, name), text)


def mirror(db: Database) -> None:
    """Has every text copy that is not its exhibition's be so again; inside a transaction."""
    for (name,) in db.connection.execute("SELECT name FROM exhibitions").fetchall():
        found = _read(db, name)
        if found is not None and _from_copy(name, paths.exhibition_file(db.root, name)) != found:
            _copy(db, name)


def _text(exhibition: Exhibition) -> str:
    facts = {**head(exhibition), "places": [asdict(place) for place in exhibition.places]}
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def _from_copy(name: str, copy: Path) -> Exhibition | None:
    """An exhibition out of its text copy; None when it is none."""
    try:
        facts = json.loads(regular_files.read_bytes(copy).decode())
        _check_plain(facts)
        places = tuple(
            ExhibitionPrint(
                paths.check_slug(p["slug"]), str(p["digest"]), _seed(p["seed"]), str(p["note"]),
                float(p["print_mm"]),
            )
            for p in facts["places"]
        )  # fmt: skip
        return Exhibition(
            paths.check_exhibition(name), str(facts["title"]), str(facts["artist"]),
            str(facts["statement"]), dict(facts["proof"]), float(facts["created"]), places,
        )  # fmt: skip
    except (
        OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, EditionError,
    ):  # fmt: skip
        return None


def _check_plain(facts: object) -> None:
    """Raises ValueError for what JSON may say and the database can't hold: NaN, half a letter."""
    json.dumps(facts, ensure_ascii=False, allow_nan=False).encode()


def _seed(found: object) -> int:
    seed = int(str(found))
    if not 0 <= seed < 2**63:
        raise ValueError("no seed")
    return seed
