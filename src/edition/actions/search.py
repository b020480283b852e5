"""Finding prints for both doors: filters, saved ones too, orders by looks, tags and notes."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, cast, get_args

from edition import paths
from edition.domain import FieldChange, Filter, Order
from edition.errors import EditionError, RecipeError
from edition.library import print_table, tags
from edition.library.filter_fields import is_lasting, passes
from edition.library.filter_parser import EXAMPLES, ORDERS, Query, parse, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edition.actions.session import Session
    from edition.domain import Print

BY_LOOKS: tuple[Order, ...] = ("likeness", "colour", "spread")
"""Orders that are computed; the others are the database's own."""
LONGEST_NOTE = 2_000
"""Characters of a note."""
LONGEST_NAME = 60
"""Characters of a saved filter's name."""
_SAVED = "filters"
_LARGEST_TABLE = 10_000_000
"""Bytes that may represent ids."""

__all__ = [
    "BY_LOOKS", "EXAMPLES", "ORDERS", "Query", "is_lasting", "parse", "passes", "unfinished",
]  # fmt: skip


# looking


def find(
    session: Session, slug: str | None, where: Filter, order: Order = "made", like: int = 0
) -> array[int]:
    """Ids of the prints that pass, in any order.

    Args:
        session: the library.
        slug: one edition, or None for all.
        where: what must hold.
        order: of the result.
        like: id of the print to compare with, for ``likeness``.

    Raises:
        EditionError: likeness to nothing.
    """
    if order in get_args(print_table.Order):
        return session.store.prints.select(slug, where, cast("print_table.Order", order))
    return arrange(session, session.store.prints.select(slug, where), order, like)


def arrange(session: Session, ids: Sequence[int], order: Order, like: int = 0) -> array[int]:
    """Prints in an order by looks; 100,000 take 0.2 to 0.6 s.

    See also edition.actions.ordering_subprocess.

    Args:
        session: the library.
        ids: of the prints.
        order: one of BY_LOOKS.
        like: id of the print to compare with, for ``likeness``; it need not be among them.

    Raises:
        EditionError: likeness to a print that isn't there.
    """
    from edition.similarity import diversity_order, hue_sort  # numpy: 0.1 s

    wanted = {*ids, like} if order == "likeness" else ids
    found = session.store.looks(list(wanted))
    columns = (found.ids, found.phash, found.dhash, found.colour)
    if order == "colour":
        return array("q", hue_sort.by_hue(found.ids, found.colour))
    if order == "spread":
        return array("q", diversity_order.spread_order(*columns))
    try:
        nearest = diversity_order.nearest(*columns, to=like)
    except ValueError:
        raise EditionError(
            "There is no print to compare with.", hint="Name its seed: --like 7"
        ) from None
    among = set(ids)
    return array("q", (i for i in nearest if i in among))


def restored(kept: Sequence[int], ids: Sequence[int]) -> array[int]:
    """An order made before, for the prints of now: those it doesn't know come last.

    Args:
        kept: ids in the order that was made.
        ids: of the prints of now, rising.
    """
    now, known = among(ids), among(kept)
    return array("q", (*(i for i in kept if now(i)), *(i for i in ids if not known(i))))


def among(ids: Sequence[int]) -> Callable[[int], bool]:
    """Marks which ids are among those given; a byte for each up to the largest, as ids are dense.

    A set of 100,000 takes 9 MB, this a tenth of one.
    """
    size = max(ids, default=0) + 1
    if size > _LARGEST_TABLE:
        return set(ids).__contains__
    table = bytearray(size)
    for i in ids:
        table[i] = 1
    return lambda i: i < size and table[i] == 1


# saved filters


def saved(session: Session) -> dict[str, str]:
    """The library's saved filters, by name."""
    return _read(session.store.setting(_SAVED))


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): str(text) for name, text in sorted(found.items())}


def save(session: Session, name: str, text: str) -> None:
    """Keeps a filter under a name, in place of one that had it.

    Raises:
        EditionError: the name is none, or the filter is not understood.
    """
    name = _named(name)
    parse(text)
    if not text.strip():
        raise EditionError("An empty filter can't be saved.", hint="Write one: star:yes")
    session.store.revise(_SAVED, lambda kept: _dump({**_read(kept), name: text.strip()}))


def unsave(session: Session, name: str) -> None:
    """Forgets a saved filter.

    Raises:
        EditionError: there is none of this name.
    """

    def without(kept: str) -> str:
        known = _read(kept)
        _one(known, name)
        del known[name.strip()]
        return _dump(known)

    session.store.revise(_SAVED, without)


def saved_as(session: Session, name: str) -> str:
    """The text of a saved filter.

    Raises:
        EditionError: there is none of this name.
    """
    return _one(saved(session), name)


def _one(known: Mapping[str, str], name: str) -> str:
    if name.strip() not in known:
        names = ", ".join(known) or "none yet; save one with: edition filters save NAME QUERY"
        raise EditionError(f"There is no saved filter {name!r}.", hint=f"Saved: {names}")
    return known[name.strip()]


def _dump(filters: Mapping[str, str]) -> str:
    return json.dumps(filters, ensure_ascii=False)


def _named(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise EditionError(
            f"{name!r} is not a valid filter name.", hint=f"Take 1 to {LONGEST_NAME} characters."
        )
    return name


# tags and notes


def tags_used(session: Session, slug: str | None = None) -> dict[str, int]:
    """How many prints of an edition, or of all, have each tag; the most used first."""
    return session.store.tags(slug)


def tidied(text: str) -> tuple[str, ...]:
    """Tags as they would be kept.

    Raises:
        EditionError: one is no tag.
    """
    return tags.parse(text)


def tag(session: Session, ids: Sequence[int], add: str = "", remove: str = "") -> str:
    """Ties tags to prints and takes others away; returns what was done, in words.

    Args:
        session: the library.
        ids: of the prints.
        add: tags with spaces or commas between.
        remove: tags to take away.

    Raises:
        EditionError: one is no tag, or a print would have too many.
    """
    new, old = set(tags.parse(add)), set(tags.parse(remove))

    def after(item: Print) -> list[str]:
        return list(tags.parse(" ".join((set(item.tags) - old) | new)))

    words = [*(["tag " + ", ".join(sorted(new))] * bool(new))]
    words += ["untag " + ", ".join(sorted(old))] * bool(old)
    return session.act_on(
        ids, " and ".join(words),
        lambda p: FieldChange(tags.KIND, str(p.id), list(p.tags), after(p)),
    )  # fmt: skip


def write_note(session: Session, ids: Sequence[int], text: str) -> str:
    """Writes the same note to prints, or takes it away; returns what was done, in words.

    Raises:
        EditionError: it is too long.
    """
    note = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(note) > LONGEST_NOTE:
        raise EditionError(
            f"A note of {len(note):,} characters is too long.",
            hint=f"It takes {LONGEST_NOTE:,}; what is longer belongs in the statement.",
        )
    return session.act_on(
        ids, "note" if note else "remove the note from",
        lambda p: FieldChange("note", str(p.id), p.note, note),
    )  # fmt: skip


def retitle(session: Session, slug: str) -> bool:
    """Lets an edition be found by the title in its file; True when the library had another."""
    from edition.recipe import (
        edition_file,
    )  # pydantic: 0.1 s, which the first grid does not wait for

    if paths.is_adopted(session.root, slug):  # its pictures are found by their files' names too
        return False
    try:
        recipe = edition_file.read(paths.edition_file(session.root, slug))
    except RecipeError:
        return False
    return session.store.sources.retitle(slug, recipe.title)
