"""The fields that a filter may name: what each may say, and how it is asked of the database.

A new field is one row of FIELDS.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from edition.domain import LABELS, Term
from edition.errors import EditionError
from edition.library import number_ranges
from edition.library.folding import fold, is_indexed
from edition.library.foreign_settings import samplers_called
from edition.library.study_table import SOURCES_OF_CELLS
from edition.library.tags import tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.domain import Print, Span

LONGEST_SHOWN = 60
"""Characters of a faulty value that its message repeats."""
Sql = tuple[str, list[object]]
"""A condition on a row of ``prints`` and the values it binds."""


@dataclass(frozen=True, slots=True)
class FilterField:
    """One name before a colon."""

    allowed: str
    """What may be written, as a hint shows it."""
    sql: Callable[[Term], Sql]
    numbers: Callable[[str], tuple[Span, ...]] | None = None
    """Reads numbers or days; None when the value is words."""
    words: Callable[[str], str] | None = None
    """Checks words and brings them into one form; raises ValueError."""
    test: Callable[[Term, Print], bool] | None = None
    """The same of a print in memory, where a mark may change it; None when no mark does."""
    limits: tuple[int, int] | None = None
    """The least and the most that any print can have; None where there is no such thing."""


def read(name: str, value: str, *, phrase: bool = False, negated: bool = False) -> Term:
    """A field and its value as a term.

    Raises:
        EditionError: there is no such field, the value is not understood, or no print can have
            it; the message names it, the hint says what is allowed.
    """
    field = FIELDS[name]
    try:
        if field.numbers is not None:
            term = Term(name, spans=field.numbers(value), negated=negated)
        else:
            checked = field.words(value) if field.words else value
            term = Term(name, checked, phrase=phrase, negated=negated)
    except (ValueError, OverflowError, EditionError) as error:  # a day after the last of 9999
        raise EditionError(
            f"{_shown(name, value)} is not understood.", hint=f"Write {field.allowed}."
        ) from error
    if field.limits and not number_ranges.within(term.spans, *field.limits):
        least, most = field.limits
        raise EditionError(
            f"No print can have {_shown(name, value)}: it goes from {least} to {most}.",
            hint=f"Write {field.allowed}.",
        )
    if (count := number_ranges.ranges(term.spans)) > number_ranges.MOST_RANGES:
        raise EditionError(
            f"{name}: with {count:,} ranges is too much.",
            hint=f"It takes {number_ranges.MOST_RANGES}, and any number of single ones: "
            f"{name}:1,5,9",
        )
    return term


def _shown(name: str, value: str) -> str:
    value = value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…"
    return f'{name}:"{value}"' if " " in value else f"{name}:{value}"


def condition(term: Term) -> Sql:
    """A term as SQL; a word that has nothing to look for passes no print."""
    if not term.field and not fold(term.value).strip():
        return "0", []
    clause, values = FIELDS[term.field].sql(term) if term.field else _anywhere(term)
    return (f"NOT {clause}" if term.negated else clause), values


def passes(term: Term, item: Print) -> bool:
    """Whether a print's marks, tags and note meet a term; one of what never changes does."""
    test = FIELDS[term.field].test if term.field else None
    return test is None or test(term, item) != term.negated


def is_lasting(term: Term) -> bool:
    """Whether no mark, tag, note or stack can change what a term holds for."""
    return term.field in _LASTING


# words in the full-text indexes, and texts with signs in them


def matching(text: str, *, phrase: bool, columns: str) -> str:
    """An FTS5 expression for words in a row, the last of which may go on."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return f'{{{columns}}} : "{composed}"' + ("" if phrase else "*")


def _visible(value: str) -> str:
    if not fold(value).strip():
        raise ValueError("nothing to look for")
    return value


def _named(value: str) -> str:
    if not any(c.isalnum() for c in value):
        raise ValueError("no name")
    return value


_BY_SOURCE = "source IN (SELECT rowid FROM source_words WHERE source_words MATCH ?)"
_BY_PRINT = "id IN (SELECT rowid FROM print_words WHERE print_words MATCH ?)"


def _anywhere(term: Term) -> Sql:
    by_source, values = _of_source("prompt model slug title", term)
    by_print, more = _of_print("tags note", term)
    clause = f"{by_source} OR {by_print}"
    if _is_seed(term.value):
        return f"({clause} OR seed = ?)", [*values, *more, int(term.value)]
    return f"({clause})", [*values, *more]


def _is_seed(text: str) -> bool:
    """Python refuses to read thousands of digits, SQLite more than 63 bits."""
    if not (text.isdecimal() and text.isascii() and len(text) < 20):
        return False
    return int(text) < 2**63 and text == str(int(text))


def _of_source(columns: str, term: Term) -> Sql:
    if is_indexed(term.value):
        return f"({_BY_SOURCE})", [matching(term.value, phrase=term.phrase, columns=columns)]
    clause, values = _holding(columns.split(), term.value)
    return f"(source IN (SELECT id FROM sources WHERE {clause}))", values  # noqa: S608


def _of_print(columns: str, term: Term) -> Sql:
    if is_indexed(term.value):
        return f"({_BY_PRINT})", [matching(term.value, phrase=term.phrase, columns=columns)]
    some = {"tags": "tags != ''", "note": "note != ''"}  # these have small indexes
    asked = [(f"{some[name]} AND", *_holding([name], term.value)) for name in columns.split()]
    parts = [f"id IN (SELECT id FROM prints WHERE {some} {clause})" for some, clause, _ in asked]  # noqa: S608
    return f"({' OR '.join(parts)})", [value for _, _, values in asked for value in values]


def _holding(columns: Sequence[str], value: str) -> Sql:
    """The text as it is written, anywhere in any of some columns; for few rows."""
    clause = " OR ".join(f"instr(fold({name}), ?)" for name in columns)
    return f"({clause})", [fold(value)] * len(columns)


# numbers


def _of_column(column: str, term: Term) -> Sql:
    return number_ranges.condition(column, term.spans)


def _of_recipe(path: str, term: Term) -> Sql:
    """Few recipes made many prints: they are asked first, then prints by what they came from."""
    value = f"(CASE WHEN json_valid(json) THEN json_extract(json, '{path}') END)"
    clause, values = number_ranges.condition(value, term.spans)
    return _recipes(clause), values


def _recipes(clause: str) -> str:
    return (
        "(source IN (SELECT id FROM sources WHERE digest IN"  # noqa: S608
        f" (SELECT digest FROM recipes WHERE {clause})))"
    )


def _sampler(term: Term) -> Sql:
    value = "(CASE WHEN json_valid(json) THEN json_extract(json, '$.sampling.sampler') END)"
    names = samplers_called(term.value)
    return _recipes(f"{value} IN ({', '.join('?' * len(names))})"), list(names)


def _called(value: str) -> str:
    if not samplers_called(value):
        raise ValueError("no sampler")
    return value


def _against(term: Term) -> Sql:
    clause, values = _holding(["json_extract(json, '$.prompt.negative')"], term.value)
    return _recipes(f"CASE WHEN json_valid(json) THEN {clause} END"), values


def _digest(term: Term) -> Sql:
    start = term.value
    return "(source IN (SELECT id FROM sources WHERE digest >= ? AND digest < ?))", [
        start, start + "g",
    ]  # fmt: skip


def _hexadecimal(value: str) -> str:
    start = value.casefold()
    if not 1 <= len(start) <= 64 or set(start) - set("0123456789abcdef"):
        raise ValueError("no digest")
    return start


# yes and no, and names


def _one_of(names: tuple[str, ...], value: str) -> str:
    if value.casefold() not in names:
        raise ValueError(f"not one of {names}")
    return value.casefold()


_YES_NO = partial(_one_of, ("yes", "no"))


def _flag(clause: str, term: Term) -> Sql:
    return (f"({clause})" if term.value == "yes" else f"(NOT ({clause}))"), []


def _label(term: Term) -> Sql:
    if term.value in ("yes", "none"):
        return f"(label {'!=' if term.value == 'yes' else '='} '')", []
    return "(label = ?)", [term.value]


def _tested_label(term: Term, item: Print) -> bool:
    if term.value in ("yes", "none"):
        return bool(item.marks.label) == (term.value == "yes")
    return item.marks.label == term.value


def _stack_value(value: str) -> str:
    if value.isdecimal() and value.isascii() and 0 < int(value) < 2**63:
        return value
    return _one_of(("best", "yes", "no"), value)


def _stack(term: Term) -> Sql:
    clauses = {"best": "(stack = 0 OR stack = id)", "yes": "(stack != 0)", "no": "(stack = 0)"}
    if term.value in clauses:
        return clauses[term.value], []
    return "(stack = ?)", [int(term.value)]


def _tag_value(value: str) -> str:
    return value.casefold() if value.casefold() in ("yes", "no") else tidy(value)


_TAGGED = "SELECT id FROM prints WHERE tags != ''"


def _tag(term: Term) -> Sql:
    if term.value in ("yes", "no"):
        return _flag(f"id IN ({_TAGGED})", term)
    return f"(id IN ({_TAGGED} AND instr(' ' || tags || ' ', ?)))", [f" {term.value} "]


def _tested_tag(term: Term, item: Print) -> bool:
    if term.value in ("yes", "no"):
        return bool(item.tags) == (term.value == "yes")
    return term.value in item.tags


_HUNG = (
    "SELECT p.id FROM hung AS h JOIN prints AS p ON p.slug = h.slug AND p.digest = h.digest"
    " AND p.seed = h.seed"
)


def _exhibition(term: Term) -> Sql:
    if term.value in ("yes", "no"):
        return _flag(f"id IN ({_HUNG})", term)
    return f"(id IN ({_HUNG} WHERE h.exhibition = ?))", [term.value]


def _note(term: Term) -> Sql:
    if term.value in ("yes", "no"):
        return _flag("id IN (SELECT id FROM prints WHERE note != '')", term)
    return _of_print("note", term)


UNDECIDED = "star = 0 AND reject = 0 AND rating = 0"


def _tested_undecided(term: Term, item: Print) -> bool:
    return item.marks.undecided == (term.value == "yes")


def _yes_field(name: str, clause: str, test: Callable[[Term, Print], bool] | None) -> FilterField:
    return FilterField(f"{name}:yes or {name}:no", partial(_flag, clause), words=_YES_NO, test=test)


def _words_field(name: str, sql: Callable[[Term], Sql]) -> FilterField:
    return FilterField(f'{name}:word or {name}:"some words"', sql, words=_visible)


def _recipe_number(
    name: str, path: str, example: str, limits: tuple[int, int] | None = None
) -> FilterField:
    return FilterField(
        f"{name}:{example}", partial(_of_recipe, path), numbers=number_ranges.numbers,
        limits=limits,
    )  # fmt: skip


FIELDS: dict[str, FilterField] = {
    "seed": FilterField(
        "seed:7, seed:1,5,9, seed:1..20 or seed:>=100",
        partial(_of_column, "seed"), numbers=number_ranges.whole_numbers,
    ),
    "star": _yes_field("star", "star = 1", lambda t, p: p.marks.star == (t.value == "yes")),
    "reject": _yes_field("reject", "reject = 1", lambda t, p: p.marks.reject == (t.value == "yes")),
    "undecided": _yes_field("undecided", UNDECIDED, _tested_undecided),
    "rating": FilterField(
        "rating:>=3, rating:5 or rating:1..3",
        partial(_of_column, "rating"), numbers=number_ranges.whole_numbers,
        test=lambda t, p: number_ranges.holds(t.spans, p.marks.rating), limits=(0, 5),
    ),
    "label": FilterField(
        f"label: and one of {', '.join(LABELS[1:])}, yes, none",
        _label, words=partial(_one_of, (*LABELS[1:], "yes", "none")), test=_tested_label,
    ),
    "tag": FilterField(
        "tag:night-sea, tag:yes or tag:no", _tag, words=_tag_value, test=_tested_tag
    ),
    "note": FilterField("note:word, note:yes or note:no", _note, words=_visible),
    "exhibition": FilterField(
        "exhibition:summer-show, exhibition:yes or exhibition:no",
        _exhibition, words=lambda value: _named(value).casefold(),
    ),
    "stack": FilterField("stack:best, stack:yes or stack:no", _stack, words=_stack_value),
    "cell": _yes_field("cell", f"source IN ({SOURCES_OF_CELLS})", None),
    "upscaled": _yes_field(
        "upscaled", "id IN (SELECT id FROM prints WHERE upscaled != '')", None
    ),
    "guidance": _recipe_number("guidance", "$.sampling.guidance", "<5, guidance:3, guidance:2..7"),
    "steps": _recipe_number("steps", "$.sampling.steps", ">=50 or steps:20..30"),
    "strength": _recipe_number(
        "strength", "$.init.strength", "<0.6 or strength:0.2..0.5", limits=(0, 1)
    ),
    "sampler": FilterField(
        'sampler:ddim, sampler:dpm++ or sampler:"DPM++ 2M Karras"', _sampler, words=_called
    ),
    "prompt": _words_field("prompt", partial(_of_source, "prompt")),
    "negative": _words_field("negative", _against),
    "model": _words_field("model", partial(_of_source, "model")),
    "edition": _words_field("edition", partial(_of_source, "slug title")),
    "recipe": FilterField(
        "recipe: and the first digits of a recipe's digest", _digest, words=_hexadecimal
    ),
    "width": FilterField(
        "width:512 or width:>=1024",
        partial(_of_column, "width"), numbers=number_ranges.whole_numbers,
    ),
    "height": FilterField(
        "height:512 or height:>=1024",
        partial(_of_column, "height"), numbers=number_ranges.whole_numbers,
    ),
    "made": FilterField(
        "made:2026-01-31, made:>2026-01, made:2026-01..2026-03 or made:today",
        partial(_of_column, "made"), numbers=number_ranges.days,
    ),
}  # fmt: skip
"""Name before the colon → what it means."""
_LASTING = {
    "seed", "guidance", "steps", "strength", "sampler", "prompt", "negative", "model", "edition",
    "recipe", "width", "height", "made",
}  # fmt: skip
