"""What a person types after ``/``: words and fields, read into a filter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edition.errors import EditionError
from edition.facts import LABELS, Filter
from edition.recipe.seeds import parse_seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.library.prints import Order

ORDERS: tuple[Order, ...] = ("made", "newest", "seed", "rating")
FIELDS = (
    "seed:1..9 star:yes reject:no rating:3 label:red recipe:1a2b stack:best undecided sort:seed"
)
"""One of each, as the help shows them."""


@dataclass(frozen=True, slots=True)
class Query:
    """A filter and an order."""

    where: Filter = field(default_factory=Filter)
    order: Order | None = None


def parse(text: str, digests: tuple[str, ...] = ()) -> Query:
    """Reads a query such as ``seed:1..9 star:yes tower``.

    Args:
        text: words, and fields of FIELDS.
        digests: the edition's recipes; ``recipe:`` may name one by its start.

    Raises:
        EditionError: a field's value is not understood; says what is.
    """
    query, words = Query(), []
    for part in text.split():
        name, colon, value = part.partition(":")
        if part in ("undecided", "is:undecided"):
            query = replace(query, where=replace(query.where, undecided=True))
        elif colon and name in _READERS:
            query = _READERS[name](query, value, digests)
        else:
            words.append(part)
    return replace(query, where=replace(query.where, text=" ".join(words)))


def _fault(name: str, value: str, allowed: str) -> EditionError:
    return EditionError(f"{name}:{value} is not understood.", hint=f"Write {allowed}.")


def _yes(name: str, value: str) -> bool:
    if value not in ("yes", "no"):
        raise _fault(name, value, f"{name}:yes or {name}:no")
    return value == "yes"


def _seed(query: Query, value: str, _: tuple[str, ...]) -> Query:
    try:
        seeds = parse_seeds(value)
    except ValueError:
        raise _fault("seed", value, "seed:7, seed:1,5,9 or seed:1..16") from None
    return replace(query, where=replace(query.where, seeds=seeds))


def _star(query: Query, value: str, _: tuple[str, ...]) -> Query:
    return replace(query, where=replace(query.where, star=_yes("star", value)))


def _reject(query: Query, value: str, _: tuple[str, ...]) -> Query:
    return replace(query, where=replace(query.where, reject=_yes("reject", value)))


def _rating(query: Query, value: str, _: tuple[str, ...]) -> Query:
    digit = value.removeprefix(">=")
    if digit not in ("0", "1", "2", "3", "4", "5"):
        raise _fault("rating", value, "rating:3 for three and more")
    return replace(query, where=replace(query.where, rating_from=int(digit)))


def _label(query: Query, value: str, _: tuple[str, ...]) -> Query:
    label = "" if value == "none" else value
    if label not in LABELS or not value:
        raise _fault("label", value, f"label: and one of {', '.join(LABELS[1:])}, none")
    return replace(query, where=replace(query.where, label=label))


def _recipe(query: Query, value: str, digests: tuple[str, ...]) -> Query:
    found = [digest for digest in digests if value and digest.startswith(value)]
    if len(found) != 1:
        known = ", ".join(digest[:8] for digest in digests) or "none yet"
        raise _fault("recipe", value, f"recipe: and the start of one of: {known}")
    return replace(query, where=replace(query.where, digest=found[0]))


def _stack(query: Query, value: str, _: tuple[str, ...]) -> Query:
    if value == "best":
        return replace(query, where=replace(query.where, tops_only=True))
    if value.isdecimal() and int(value) < 2**63:
        return replace(query, where=replace(query.where, stack=int(value)))
    raise _fault("stack", value, "stack:best")


def _sort(query: Query, value: str, _: tuple[str, ...]) -> Query:
    for order in ORDERS:
        if value == order:
            return replace(query, order=order)
    raise _fault("sort", value, f"sort: and one of {', '.join(ORDERS)}")


_READERS: dict[str, Callable[[Query, str, tuple[str, ...]], Query]] = {
    "seed": _seed,
    "star": _star,
    "reject": _reject,
    "rating": _rating,
    "label": _label,
    "recipe": _recipe,
    "stack": _stack,
    "sort": _sort,
}
