"""The language of filters: words, "phrases", -not, fields with comparisons, an order."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from edition.domain import Filter, Order, Term
from edition.errors import EditionError
from edition.library.filter_fields import FIELDS, read
from edition.library.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS: tuple[Order, ...] = get_args(Order)
EXAMPLES = (
    'words "a phrase" -not seed:1..9 star:yes rating:>=3 label:red tag:x note:yes guidance:<5'
    " steps:>=50 stack:best undecided made:today sort:spread"
)
"""One of each, as the light table and its help show them."""
MOST_TERMS = 100
"""Conditions of one filter; a limit of SQLite's own is at ten times that."""
_PART = re.compile(r'\s*(?P<no>-)?(?:(?P<name>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>\S*))')


@dataclass(frozen=True, slots=True)
class Query:
    """A filter and an order."""

    where: Filter = field(default_factory=Filter)
    order: Order | None = None
    """None when the text names none."""


def parse(text: str) -> Query:
    """Reads a query such as ``tower -fog seed:1..9 guidance:<5 "misty sea" sort:spread``.

    A quotation mark that isn't closed yet ends with the text.

    Raises:
        EditionError: a field or its value is not understood, or a word says nothing; the message
            names it, the hint says what is.
    """
    terms: list[Term] = []
    order: Order | None = None
    trash: bool | None = False
    text = text.encode("utf-8", "replace").decode()  # bytes of a command line that were no text
    for part in _parts(text):
        name, value = (part["name"] or "").casefold(), part["phrase"] or part["word"] or ""
        phrase, negated = part["phrase"] is not None, bool(part["no"])
        if name == "sort":
            order = _order(value)
        elif name == "trash":
            trash = _trash(value, negated=negated)
        elif name or (value == "undecided" and not phrase):
            terms.append(_field(name, value, phrase=phrase, negated=negated))
        elif value or phrase or negated:
            terms.append(_word(value, phrase=phrase, negated=negated))
    if len(terms) > MOST_TERMS:
        raise EditionError(
            f"{len(terms)} conditions are too many.", hint=f"A filter takes {MOST_TERMS}."
        )
    return Query(Filter(terms=tuple(terms), trash=trash), order)


def unfinished(text: str) -> bool:
    """Whether a text ends in a word that may become a field: ``star:yes rat``."""
    last = "" if text.endswith(" ") else text.split(" ")[-1].removeprefix("-").casefold()
    return len(last) > 0 and any(name.startswith(last) for name in (*FIELDS, "sort", "trash"))


def words(text: str) -> tuple[Term, ...]:
    """Plain words as terms, whatever is in them."""
    return tuple(Term("", word) for word in text.split())


def _parts(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or found.end() == at:
            return
        at = found.end()
        yield found


def _word(value: str, *, phrase: bool, negated: bool) -> Term:
    """A word to look for. One without a letter or digit is left out by a field alone.

    ``--`` and ``-*`` are more often a slip than a wish, and would pass nearly every print.
    """
    sign = f'"{value}"' if phrase else value
    if not fold(value).strip():
        raise EditionError(
            f"{'-' * negated}{sign} says nothing to look for.",
            hint='Write a word, a "phrase", or -word to leave it out.',
        )
    if negated and not any(c.isalnum() for c in value):
        raise EditionError(
            f"-{sign} has no letter or digit to leave out.",
            hint=f'To leave out a sign, name where it stands: -prompt:"{value}"',
        )
    return Term("", value, phrase=phrase, negated=negated)


def _field(name: str, value: str, *, phrase: bool, negated: bool) -> Term:
    if name in ("", "is") and value == "undecided":
        name, value = "undecided", "yes"
    if name in FIELDS:
        return read(name, value, phrase=phrase, negated=negated)
    close = difflib.get_close_matches(name, [*FIELDS, "sort", "trash"], n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}: ?" if close else f"Known: {', '.join(FIELDS)}, trash, sort."
    raise EditionError(
        f"There is no field {name!r}.", hint=f"{hint} Words with a colon go in quotes."
    )


def _trash(value: str, *, negated: bool) -> bool | None:
    found = {"yes": True, "no": False, "any": None}
    if value.casefold() not in found:
        raise EditionError(
            f"trash:{value} is not understood.", hint="Write trash:yes, trash:no or trash:any."
        )
    wanted = found[value.casefold()]
    return not wanted if negated and wanted is not None else wanted


def _order(value: str) -> Order:
    for order in ORDERS:
        if value.casefold() == order:
            return order
    raise EditionError(
        f"sort:{value} is not understood.", hint=f"Write sort: and one of {', '.join(ORDERS)}."
    )
