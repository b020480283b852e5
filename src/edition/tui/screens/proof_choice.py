"""What the proof room lets a person choose, and what it means for each print's sharpness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.proof import proof_styles
from edition.proof.paper_sizes import length
from edition.proof.plate import laid
from edition.proof.wall_layout import frame
from edition.text_format import clean
from edition.tui.terminal.ansi_style import cells
from edition.tui.terminal_text import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.print_sources import WallPrint
    from edition.proof.document_model import ProofPrint
    from edition.recipe.proof_settings import ProofSettings
    from edition.tui.terminal.ansi_style import Row, Span, Tone

_COLUMN = 18
"""Cells of one print in the list of pixels an inch."""
_LEADING = 3


def _papers() -> tuple[str, ...]:
    return ("A4", "A3", "A3+", "A2", "A1", "11x14in", "16x20in", "20x24in")


def _plates() -> tuple[str, ...]:
    return ("fit", "A4", "A3", "A3+", "A2", "16x20in", "24x36in", "roll17", "roll24", "roll44")


def _styles() -> tuple[str, ...]:
    return tuple(proof_styles.names())


@dataclass(frozen=True, slots=True)
class ProofChoice:
    """One setting that a key turns."""

    name: str
    """The action's argument, and the word on the screen."""
    field: str
    """In the recipe's ``[proof]``."""
    values: Callable[[], tuple[str | float, ...]]
    words: str = ""
    """On the screen, where they are not the name."""


CHOICES = {
    choice.name: choice
    for choice in (
        ProofChoice("hang", "hang", lambda: ("row", "grid", "salon")),
        ProofChoice("order", "sequence", lambda: ("given", "look")),
        ProofChoice("paper", "paper", _papers),
        ProofChoice("style", "style", _styles),
        ProofChoice("size", "print_mm", lambda: (100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 900.0)),
        ProofChoice("plates", "plate_paper", _plates, "plates' paper"),
    )
}


def following(own: ProofSettings, now: ProofSettings, name: str) -> ProofSettings:
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


def lines(settings: ProofSettings, key_of: Callable[[str], str], width: int) -> list[Row]:
    """The settings of the next proof, each with its key, over as many lines as it takes."""
    groups = [_said(choice, settings, key_of) for choice in CHOICES.values()]
    units = settings.units
    wall = length(settings.wall_width_mm, units) if settings.wall_width_mm else "fitting"
    measures = (
        f"{wall} × {length(settings.wall_height_mm, units)},"
        f" centre {length(settings.centre_line_mm, units)}, gap {length(settings.gap_mm, units)}"
        f"{' in' if units == 'in' else ''}"
    )
    groups.append(_group(key_of("measures"), "wall", measures))
    rows: list[list[Span]] = [[("text", " ")]]
    for group in groups:
        if cells(rows[-1]) + cells(group) > width and len(rows[-1]) > 1:
            rows.append([("text", " ")])
        rows[-1] += group
    return [(tuple(row), ()) for row in rows]


def _said(choice: ProofChoice, settings: ProofSettings, key_of: Callable[[str], str]) -> list[Span]:
    value = getattr(settings, choice.field)
    said = clean(str(value))
    if isinstance(value, float):
        inches = settings.units == "in"
        said = length(value, "in", named=True) if inches else f"{value:g} mm"
    if len(said) > 20:  # a style may be a path
        said = "…" + said[-19:]
    return _group(key_of(f"choose-{choice.name}"), choice.words or choice.name, said)


def _group(keys: str, words: str, said: str) -> list[Span]:
    key = keys.split()
    return [("accent", f"  {key[0] if key else '-'}"), ("dim", f" {words} "), ("text", said)]


def pictures(works: Sequence[WallPrint]) -> tuple[ProofPrint, ...]:
    """The prints of works that can be printed, at full size, out of the library's rows."""
    return tuple(work.picture for work in works if work.item is not None)


def sharpness(
    prints: Sequence[ProofPrint], settings: ProofSettings, width: int, height: int
) -> list[Row]:
    """``seed  ppi`` of prints, the coarsest first, in as many columns as fit.

    Reckoned with the bleed, as preflight and order sheets do.

    Args:
        prints: that go on paper.
        settings: sizes, bleed, and what is too coarse.
        width: cells.
        height: lines; what does not fit is counted.
    """
    if not prints or height < _LEADING:
        return []
    order = sorted(
        (int(laid(one, frame(one, settings).print_size, settings).ppi), one.seed) for one in prints
    )
    across = max(1, (width - 3) // _COLUMN)
    down = min(height - 1, -(-len(order) // across))
    kept = order[: across * down]
    if len(kept) < len(order):
        down -= 1
        kept = order[: across * down]
    words = "   seed  pixels an inch on paper, the coarsest first"
    if order[0][0] < settings.ppi_good:
        good = f"{settings.ppi_good:g}"
        words = f"   seed  pixels an inch; under {good} looks coarse: smaller, or enlarge"
    rows: list[Row] = [((("dim", words),), ())]
    for y in range(down):
        spans: list[Span] = [("text", "   ")]
        for value, seed in kept[y::down]:
            spans += [
                ("dim", fit(f"{seed:>9}", 9)),
                (ppi_tone(value, settings), f"{value:>5}"),
                ("text", " " * (_COLUMN - 14)),
            ]
        rows.append((tuple(spans), ()))
    if len(kept) < len(order):
        value = order[len(kept)][0]
        more = f"   and {len(order) - len(kept)} more of {value} or finer"
        rows.append(((("dim", more),), ()))
    return rows


def ppi_tone(value: float, settings: ProofSettings) -> Tone:
    """Red where preflight refuses, yellow where it warns."""
    if value < settings.ppi_least:
        return "error"
    return "yellow" if value < settings.ppi_good else "text"
