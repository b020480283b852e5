"""Tags: short words that a person ties to prints, several to each."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from edition.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edition.library.database import Database

KIND = "tags"
"""Of a FieldChange: key is a print's id, value the sorted list of its tags."""
LONGEST = 40
"""Characters of one tag."""
MOST = 50
"""Tags of one print."""
_SHAPE = re.compile(r"\w[\w'-]*")


def tidy(text: str) -> str:
    """A tag as it is kept: lower case, one form for letters that look the same.

    Raises:
        EditionError: it is no tag; says what is.
    """
    tag = unicodedata.normalize("NFC", text.strip().removeprefix("#")).casefold()
    if not _SHAPE.fullmatch(tag) or len(tag) > LONGEST:
        raise EditionError(
            f"{text.strip()!r} is no tag.",
            hint=f"A tag is a short word of letters, digits, - and _, at most {LONGEST} long: "
            "night-sea",
        )
    return tag


def parse(text: str) -> tuple[str, ...]:
    """Tags as people write them, with spaces or commas between; sorted, each once.

    Raises:
        EditionError: one is no tag, or there are more than MOST.
    """
    tags = sorted({tidy(word) for word in re.split(r"[\s,]+", text) if word})
    if len(tags) > MOST:
        raise EditionError(f"{len(tags)} tags are too many.", hint=f"A print takes {MOST}.")
    return tuple(tags)


def known_tags(found: object) -> tuple[str, ...]:
    """The tags among what a file holds; what is none is passed over."""
    tags = set()
    for item in found if isinstance(found, list) else ():
        try:
            tags.add(tidy(str(item)))
        except EditionError:
            continue
    return tuple(sorted(tags)[:MOST])


def write(db: Database, values: Sequence[tuple[str, Any]]) -> Iterable[int]:
    """Writes tags: see edition.library.change_writers.Writer."""
    rows = [(" ".join(tags), int(key)) for key, tags in values]
    db.connection.executemany("UPDATE prints SET tags = ? WHERE id = ?", rows)
    return [print_id for _, print_id in rows]


def counts(db: Database, slug: str | None = None) -> dict[str, int]:
    """How many prints have each tag, the most used first.

    Args:
        db: the library's database.
        slug: one edition, or None for all.
    """
    where, values = ("", ()) if slug is None else (" AND slug = ?", (slug,))
    rows = db.connection.execute(f"SELECT tags FROM prints WHERE tags != ''{where}", values)  # noqa: S608
    counter = Counter(tag for (tags,) in rows for tag in tags.split())
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
