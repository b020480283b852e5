"""What prints are called and sold as: title, year, medium, price; by hand, as CSV and as TOML."""

from __future__ import annotations

import csv
import io
import tomllib
from typing import TYPE_CHECKING

import tomlkit

from edition.errors import RecipeError
from edition.recipe.work_settings import WorkSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edition.actions.session import Session
    from edition.domain import Filter, Print

FIELDS = tuple(WorkSettings.model_fields)
"""``title``, ``year``, ``medium``, ``price``."""
COLUMNS = ("seed", "recipe", *FIELDS)
"""Of a table: seed and the first digits of the recipe's digest name a print."""


def said(session: Session, item: Print) -> WorkSettings:
    """What pages say of a print: its own words, else its seed's, else those of all prints."""
    return session.recipe(item.slug).work(item.seed, item.digest)


def said_of(session: Session, prints: Sequence[Print]) -> list[WorkSettings]:
    """The same of several prints of one edition, whose file is read once."""
    recipe = session.recipe(prints[0].slug)
    return [recipe.work(item.seed, item.digest) for item in prints]


def fault(field: str, text: str) -> str:
    """What is wrong with a text; nothing when it is allowed."""
    limit = next(m.max_length for m in WorkSettings.model_fields[field].metadata if m.max_length)
    return "" if len(text.strip()) <= limit else f"at most {limit} characters"


def say(session: Session, prints: Sequence[Print], words: Mapping[str, str]) -> str:
    """Writes title, year, medium or price of prints of one edition into its file.

    Args:
        session: the library.
        prints: of one edition.
        words: field → text; an empty text takes it away.

    Returns:
        What was done, in words.

    Raises:
        RecipeError: there is no such field, or a text is too long; the file is left alone.
    """
    _check_fields(words)
    if not prints:
        raise RecipeError("No print is named.", hint="Like: edition work pocket-dreams 7 --title …")
    slug = prints[0].slug
    session.edit(
        slug,
        {
            f"works.{_key(session, item)}.{field}": text.strip() or None
            for item in prints
            for field, text in words.items()
        },
    )
    return f"{', '.join(words)} of {slug} seed {', '.join(str(item.seed) for item in prints)}"


def table(session: Session, slug: str, which: Filter) -> list[dict[str, str]]:
    """One row a print, by seed: COLUMNS → text, as pages say it."""
    ids = session.store.prints.select(slug, which, "seed")
    prints = session.store.prints.get(ids)
    recipe = session.recipe(slug)
    return [
        {
            "seed": str(prints[i].seed),
            "recipe": prints[i].digest[:12],
            **recipe.work(prints[i].seed, prints[i].digest).model_dump(),
        }
        for i in ids
        if i in prints
    ]


def to_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """A table as CSV, with its head."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_toml(rows: Sequence[Mapping[str, str]]) -> str:
    """A table as ``[works."digest:seed"]`` tables."""
    document = tomlkit.document()
    document["works"] = {
        f"{row['recipe']}:{row['seed']}": {name: row[name] for name in FIELDS if row[name]}
        for row in rows
    }
    return tomlkit.dumps(document)


def from_csv(text: str) -> list[dict[str, str]]:
    """Reads a table back; columns may be missing, in any order, and divided by ``;`` too.

    Raises:
        RecipeError: it has no column ``seed``, an unknown one, or a row is longer than its head.
    """
    head = text.lstrip("\ufeff").splitlines()[:1]
    divider = ";" if head and head[0].count(";") > head[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=divider)
    names = [str(name).strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if "seed" not in names or not set(names) <= set(COLUMNS):
        raise RecipeError(
            f"The table's columns are {', '.join(names) or 'none'}.",
            hint=f"Use seed and any of {', '.join(COLUMNS[1:])}: see edition works SLUG --csv",
        )
    rows = list(reader)
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise RecipeError(f"Line {number} of the table has not as many cells as its head.")
    return rows


def from_toml(text: str) -> list[dict[str, str]]:
    """Reads ``[works.7]`` tables as an edition file has them.

    Raises:
        RecipeError: it is no TOML, or has no such tables.
    """
    try:
        works = tomllib.loads(text).get("works")
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"The table is no TOML: {error}.") from error
    if not isinstance(works, dict) or not all(isinstance(w, dict) for w in works.values()):
        raise RecipeError("The file has no [works.SEED] tables.", hint='[works.7]\ntitle = "…"')
    rows = []
    for key, words in works.items():
        recipe, _, seed = str(key).rpartition(":")
        rows.append({"seed": seed, "recipe": recipe, **{k: str(v) for k, v in words.items()}})
    return rows


def take_in(session: Session, slug: str, rows: Sequence[Mapping[str, str]]) -> int:
    """Writes a whole table into an edition's file, or nothing of it.

    Returns:
        How many prints it speaks of.

    Raises:
        RecipeError: a row names no print, a field is unknown or too long.
    """
    recipe = session.recipe(slug)
    changes: dict[str, object] = {}
    for row in rows:
        words = {name: text for name, text in row.items() if name not in ("seed", "recipe")}
        _check_fields(words)
        key = _named(session, slug, row["seed"], row.get("recipe", ""))
        before = recipe.work(*_parts(key)).model_dump()
        for field, text in words.items():
            if text.strip() != before[field]:
                changes[f"works.{key}.{field}"] = text.strip() or None
    if changes:
        session.edit(slug, changes)
    return len(rows)


def _parts(key: str) -> tuple[int, str]:
    digest, _, seed = key.rpartition(":")
    return (int(seed) if seed.isdigit() else -1), digest


def _named(session: Session, slug: str, seed: str, recipe: str) -> str:
    """The key of a row's print."""
    if seed.strip() == "all":
        return "all"
    number = int(seed) if seed.strip().isdigit() else -1
    found = session.store.prints.find(slug, [number]) if number >= 0 else ()
    fitting = [item for item in found if item.digest.startswith(recipe.strip())]
    if not fitting:
        which = f" of recipe {recipe}" if recipe.strip() else ""
        raise RecipeError(
            f"{slug} has no print of seed {seed}{which}.", hint=f"See: edition works {slug} --csv"
        )
    return _key(session, fitting[-1])


def _key(session: Session, item: Print) -> str:
    """How the edition's file names a print: by its seed, with its recipe where two have it."""
    others = {found.digest for found in session.store.prints.find(item.slug, [item.seed])}
    return str(item.seed) if others <= {item.digest} else f"{item.digest[:12]}:{item.seed}"


def _check_fields(words: Mapping[str, str]) -> None:
    unknown = [name for name in words if name not in FIELDS]
    if unknown:
        raise RecipeError(f"A work has no {unknown[0]!r}.", hint=f"It has {', '.join(FIELDS)}.")
