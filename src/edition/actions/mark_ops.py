"""What a mark means for a print, and what a key on the screens means for those it is pressed on.

Pure: nothing is written here. A key that toggles is resolved where it is pressed, by the prints
that the person saw; the library gets only the resolved mark.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from edition.domain import LABELS, Marks, Print

Marking = Callable[[Marks], Marks]
MarkKind = Literal["star", "unstar", "reject", "unreject", "unmark"]
"""What shall hold, whatever held before."""
Toggle = Literal["toggle_star", "toggle_reject"]


def starred(marks: Marks) -> Marks:
    """Picked; a reject is one no more."""
    return replace(marks, star=True, reject=False)


def unstarred(marks: Marks) -> Marks:
    """No longer picked."""
    return replace(marks, star=False)


def rejected(marks: Marks) -> Marks:
    """Put aside; a pick is one no more."""
    return replace(marks, reject=True, star=False)


def unrejected(marks: Marks) -> Marks:
    """No longer put aside."""
    return replace(marks, reject=False)


def unmarked(marks: Marks) -> Marks:
    """Neither picked nor put aside, nor rated, nor labelled."""
    return Marks()


def rated(rating: int) -> Marking:
    """A marking that gives 0 to 5; 0 takes the rating away."""
    if not 0 <= rating <= 5:
        raise ValueError(f"A rating is 0 to 5, not {rating}.")
    return lambda marks: replace(marks, rating=rating)


def labelled(label: str) -> Marking:
    """A marking that gives a colour label; an empty one takes it away."""
    if label not in LABELS:
        raise ValueError(f"A label is one of {', '.join(LABELS[1:])}, not {label!r}.")
    return lambda marks: replace(marks, label=label)


MARKINGS: dict[MarkKind, Marking] = {
    "star": starred,
    "unstar": unstarred,
    "reject": rejected,
    "unreject": unrejected,
    "unmark": unmarked,
}


def resolved(kind: MarkKind | Toggle, prints: Sequence[Print]) -> MarkKind:
    """What a key means for prints as they are seen: taken away once all of them have the mark."""
    if kind == "toggle_star":
        return "unstar" if all(p.marks.star for p in prints) else "star"
    if kind == "toggle_reject":
        return "unreject" if all(p.marks.reject for p in prints) else "reject"
    return kind


def resolved_label(label: str, prints: Sequence[Print]) -> str:
    """The label that shall hold for prints as they are seen: none once all of them have this."""
    return "" if all(p.marks.label == label for p in prints) else label
