"""What the proof room lets a person choose, and what it means for each print's sharpness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.tui.text import clean, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.desk.desk import Desk
    from edition.recipe.proofing import Proofing
    from edition.tui.ink import Row, Span, Tone

_INCH_MM = 25.4
_COLUMN = 18
"""Cells of one print in the list of pixels an inch."""
_LEADING = 3


def _papers() -> tuple[str, ...]:
    return ("A4", "A3", "A3+", "A2", "A1", "11x14in", "16x20in", "20x24in")


def _styles() -> tuple[str, ...]:
    from edition.proof import styles

    return tuple(styles.names())


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting that a key turns."""

    name: str
    """The action's argument, and the word on the screen."""
    field: str
    """In the recipe's ``[proof]``."""
    values: Callable[[], tuple[str | float, ...]]


CHOICES = {
    choice.name: choice
    for choice in (
        Choice("hang", "hang", lambda: ("row", "grid", "salon")),
        Choice("order", "sequence", lambda: ("given", "look")),
        Choice("paper", "paper", _papers),
        Choice("style", "style", _styles),
        Choice("size", "print_mm", lambda: (100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 900.0)),
    )
}


def following(own: Proofing, now: Proofing, name: str) -> Proofing:
    """The settings with the next value of a choice.

    Args:
        own: the recipe's; a value of its own that is not on offer is offered too.
        now: as chosen so far.
        name: one of ``CHOICES``.
    """
    choice = CHOICES[name]
    values = list(choice.values())
    mine, current = getattr(own, choice.field), getattr(now, choice.field)
    if mine not in values:
        values.append(mine)
    at = values.index(current) if current in values else -1
    return now.model_copy(update={choice.field: values[(at + 1) % len(values)]})


def line(settings: Proofing, key_of: Callable[[str], str]) -> Row:
    """The settings of the next proof, each with its key."""
    spans: list[Span] = [("text", " ")]
    for choice in CHOICES.values():
        value = getattr(settings, choice.field)
        said = f"{value:g} mm" if isinstance(value, float) else clean(str(value))
        if len(said) > 20:  # a style may be a path
            said = "…" + said[-19:]
        key = key_of(f"choose-{choice.name}").split()
        spans += [("accent", f"  {key[0] if key else '-'}"), ("dim", f" {choice.name} ")]
        spans.append(("text", said))
    return tuple(spans), ()


@dataclass(frozen=True, slots=True)
class Pixels:
    """A starred print, as sharp as its file is."""

    seed: int
    side: int
    """Pixels of the longer side of the file that goes on paper."""


def starred(desk: Desk, slug: str) -> tuple[Pixels, ...]:
    """The starred prints at their full size, out of the library's rows: no file is opened."""
    from edition.facts import Filter

    ids = desk.store.prints.select(slug, Filter(star=True), "seed")
    found = []
    for item in desk.store.prints.get(ids).values():
        facts = desk.store.prints.upscale_facts(item.upscaled) if item.upscaled else None
        width, height = (facts.width, facts.height) if facts else (item.width, item.height)
        found.append(Pixels(item.seed, max(width, height)))
    return tuple(found)


def ppi(one: Pixels, settings: Proofing) -> float:
    """Pixels an inch of a print's longer side on paper: pixels / millimetres x 25.4."""
    return one.side / settings.sizes.get(str(one.seed), settings.print_mm) * _INCH_MM


def sharpness(prints: Sequence[Pixels], settings: Proofing, width: int, height: int) -> list[Row]:
    """``seed  ppi`` of prints, the coarsest first, in as many columns as fit.

    Args:
        prints: the starred.
        settings: sizes, and what is too coarse.
        width: cells.
        height: lines; what does not fit is counted.
    """
    if not prints or height < _LEADING:
        return []
    order = sorted((int(ppi(one, settings)), one.seed) for one in prints)
    across = max(1, (width - 3) // _COLUMN)
    down = min(height - 1, -(-len(order) // across))
    kept = order[: across * down]
    if len(kept) < len(order):
        down -= 1
        kept = order[: across * down]
    rows: list[Row] = [((("dim", "   seed  pixels an inch on paper, the coarsest first"),), ())]
    for y in range(down):
        spans: list[Span] = [("text", "   ")]
        for value, seed in kept[y::down]:
            spans += [
                ("dim", fit(f"{seed:>9}", 9)),
                (_tone(value, settings), f"{value:>5}"),
                ("text", " " * (_COLUMN - 14)),
            ]
        rows.append((tuple(spans), ()))
    if len(kept) < len(order):
        value = order[len(kept)][0]
        more = f"   and {len(order) - len(kept)} more of {value} or finer"
        rows.append(((("dim", more),), ()))
    return rows


def _tone(value: float, settings: Proofing) -> Tone:
    if value < settings.ppi_least:
        return "error"
    return "yellow" if value < settings.ppi_good else "text"
