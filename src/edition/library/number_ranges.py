"""Numbers and days as people write them in a filter: ``7``, ``1..20``, ``<5``, ``>=2026-03``."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from edition.domain import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SIGN = re.compile(r"(<=|>=|<|>|=)?(.*)")
_LARGEST = 2**63 - 1
"""What SQLite's integers hold."""
MOST_RANGES = 100
"""Ranges that one field may name; single numbers are without end. A limit of SQLite's own on what
is between ORs is at ten times that."""


def whole_numbers(text: str) -> tuple[Span, ...]:
    """Whole numbers; several with commas between.

    Raises:
        ValueError: the text is no such thing.
    """
    return _read(text, lambda word: (_whole(word), None))


def numbers(text: str) -> tuple[Span, ...]:
    """Numbers with or without a decimal point; several with commas between.

    Raises:
        ValueError: the text is no such thing.
    """
    return _read(text, lambda word: (_decimal(word), None))


def days(text: str) -> tuple[Span, ...]:
    """Days, months or years of the local calendar as spans of Unix time.

    Raises:
        ValueError: the text is no such thing.
    """
    return _read(text, _day)


def holds(spans: Sequence[Span], number: float) -> bool:
    """Whether a number is in any of the spans."""
    return any(
        (s.low is None or number > s.low or (number == s.low and not s.above))
        and (s.high is None or number < s.high or (number == s.high and not s.below))
        for s in spans
    )


def within(spans: Sequence[Span], least: float, most: float) -> bool:
    """Whether all that spans name is from ``least`` to ``most``, and none is empty."""
    ends = [end for s in spans for end in (s.low, s.high) if end is not None]
    empty = any((s.above and s.low == most) or (s.below and s.high == least) for s in spans)
    return not empty and all(least <= end <= most for end in ends)


def condition(column: str, spans: Sequence[Span]) -> tuple[str, list[object]]:
    """The same as SQL: a column's name, or an expression of ours, and spans."""
    parts: list[str] = []
    values: list[object] = []
    single = [s.low for s in spans if _is_single(s)]
    if len(single) > 1:  # thousands of seeds, as a program lists them
        parts.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608
        values.append(json.dumps(single))
    for s in spans if len(single) < 2 else filter(_is_range, spans):
        ends = []
        for bound, sign in ((s.low, ">" if s.above else ">="), (s.high, "<" if s.below else "<=")):
            if bound is not None:
                ends.append(f"{column} {sign} ?")
                values.append(bound)
        parts.append(" AND ".join(ends))
    return "(" + " OR ".join(parts) + ")", values


def ranges(spans: Sequence[Span]) -> int:
    """How many of the spans are more than a single number."""
    return sum(map(_is_range, spans))


def _is_single(span: Span) -> bool:
    return span.low is not None and span.low == span.high and not (span.above or span.below)


def _is_range(span: Span) -> bool:
    return not _is_single(span)


Ends = tuple[float, float | None]
"""A number; or a time, from its start to before its end."""


def _read(text: str, read: Callable[[str], Ends]) -> tuple[Span, ...]:
    return tuple(_span(part.strip(), read) for part in text.split(","))


def _span(part: str, read: Callable[[str], Ends]) -> Span:
    first, dots, last = part.partition("..")
    if dots:
        (low, _), (high, end) = read(first), read(last)
        if high < low:
            raise ValueError(f"{part!r} runs downwards")
        return Span(low, high if end is None else end, below=end is not None)
    found = _SIGN.fullmatch(part)
    sign, word = (found[1] or "=", found[2]) if found else ("=", part)
    start, end = read(word)
    whole = end is not None
    last_one = start if end is None else end
    return {
        "=": Span(start, last_one, below=whole),
        "<": Span(None, start, below=True),
        "<=": Span(None, last_one, below=whole),
        ">": Span(last_one, None, above=not whole),
        ">=": Span(start, None),
    }[sign]


def _whole(word: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", word) or int(word) > _LARGEST:
        raise ValueError(f"{word!r} is not a whole number")
    return int(word)


def _decimal(word: str) -> float:
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15}", word):
        raise ValueError(f"{word!r} is no number")
    return float(word)


def _day(word: str) -> Ends:
    start = _named(word)
    if start is None:
        start, end = _calendar(word)
    else:
        end = start + timedelta(days=1)
    return _midnight(start), _midnight(end)


def _named(word: str) -> date | None:
    today = datetime.now().astimezone().date()
    return {"today": today, "yesterday": today - timedelta(days=1)}.get(word)


def _calendar(word: str) -> tuple[date, date]:
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", word)
    if not found:
        raise ValueError(f"{word!r} is no day")
    year, month, day = (int(part) if part else 0 for part in found.groups())
    start = date(year, month or 1, day or 1)
    if day:
        return start, start + timedelta(days=1)
    if month:
        return start, date(year + month // 12, month % 12 + 1, 1)
    return start, date(year + 1, 1, 1)


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).astimezone().timestamp()
