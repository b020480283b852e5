"""Answers to a show that was mailed: read, checked, summed up, and kept as ratings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edition import regular_files
from edition.actions.print_sources import ExhibitionSource
from edition.errors import LibraryError
from edition.proof.screen_show import FORMAT, MOST_STARS, named_prints

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.actions.print_sources import WallPrint
    from edition.actions.session import Session

MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class RatedPrint:
    """People's answers about one print of an exhibition."""

    place: int
    """From 1."""
    work: WallPrint
    stars: tuple[int, ...]
    """One for each person who gave some."""
    notes: tuple[str, ...]
    """``Name: words``."""

    @property
    def mean(self) -> float:
        """Of the stars that were given; 0 where none were."""
        return sum(self.stars) / len(self.stars) if self.stars else 0.0


def read(session: Session, name: str, files: Sequence[Path]) -> tuple[RatedPrint, ...]:
    """Reads answers' files of an exhibition.

    Returns:
        Every print of the exhibition with the answers about it, in its order.

    Raises:
        LibraryError: there is no such exhibition, or a file is none of its answers.
    """
    works = ExhibitionSource(name).works(session)
    known = {key: i for i, key in enumerate(named_prints([work.picture for work in works]))}
    stars: dict[int, list[int]] = {}
    notes: dict[int, list[str]] = {}
    for file in files:
        who, answers = _answers(file)
        for key, rating, note in answers:
            if key not in known:
                raise LibraryError(
                    f"{file} speaks of a print that does not hang in {name}: {key}.",
                    hint="It may be an answer to another show.",
                )
            if rating:
                stars.setdefault(known[key], []).append(rating)
            if note:
                notes.setdefault(known[key], []).append(f"{who or file.stem}: {note}")
    return tuple(
        RatedPrint(i + 1, work, tuple(stars.get(i, ())), tuple(notes.get(i, ())))
        for i, work in enumerate(works)
    )


def keep(session: Session, rated: Sequence[RatedPrint]) -> int:
    """Marks each print that was rated with its mean, to the nearest star; can be undone.

    Returns:
        How many prints have a rating now.
    """
    kept = 0
    for stars in range(1, MOST_STARS + 1):
        ids = [
            one.work.item.id
            for one in rated
            if one.work.item is not None and one.stars and int(one.mean + 0.5) == stars
        ]
        if ids:
            session.rate(ids, stars)
            kept += len(ids)
    return kept


def _answers(file: Path) -> tuple[str, list[tuple[str, int, str]]]:
    try:
        told: Any = json.loads(regular_files.read_bytes(file, MOST_BYTES))
        _check_format(told["format"])
        answers = [(str(w["print"]), _stars(w["rating"]), _words(w["note"])) for w in told["works"]]
        return _words(told["who"]), answers
    except OSError as error:
        raise LibraryError(f"{file} can't be read: {regular_files.reason(error)}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LibraryError(
            f"{file} holds no answers to a show.",
            hint="It is the ratings.json that was saved from: edition proof show --rate",
        ) from error


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise ValueError


def _stars(found: object) -> int:
    if not isinstance(found, int) or not 0 <= found <= MOST_STARS:
        raise ValueError
    return found


def _words(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError
    return " ".join(found.split())[:2000]
