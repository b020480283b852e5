"""What a key on the light table means for the marks of prints. Pure: nothing is written here."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from edition.facts import LABELS, MarkChange, Marks, Print

Marking = Callable[[Marks], Marks]


def starred(marks: Marks) -> Marks:
    """Picked; a reject is one no more."""
    return replace(marks, star=True, reject=False)


def unstarred(marks: Marks) -> Marks:
    """No longer picked."""
    return replace(marks, star=False)


def rejected(marks: Marks) -> Marks:
    """Put aside; a pick is one no more."""
    return replace(marks, reject=True, star=False)


def unmarked(marks: Marks) -> Marks:
    """Neither picked nor put aside, nor rated, nor labelled."""
    return Marks()


def rated(rating: int) -> Marking:
    """A marking that gives 0 to 5; 0 takes the rating away."""
    if not 0 <= rating <= 5:
        raise ValueError(f"A rating is 0 to 5, not {rating}.")
    return lambda marks: replace(marks, rating=rating)


def labelled(label: str) -> Marking:
    """A marking that gives a colour label; the same label once more takes it away."""
    if label not in LABELS:
        raise ValueError(f"A label is one of {', '.join(LABELS[1:])}, not {label!r}.")
    return lambda marks: replace(marks, label="" if marks.label == label else label)


def changes(prints: Iterable[Print], marking: Marking) -> tuple[MarkChange, ...]:
    """What a marking does to prints; those it leaves as they are don't appear."""
    pairs = ((p, marking(p.marks)) for p in prints)
    return tuple(MarkChange(p.id, p.marks, after) for p, after in pairs if after != p.marks)


def toggle_star(prints: tuple[Print, ...]) -> Marking:
    """Stars all, or unstars them when every one has a star already."""
    return unstarred if all(p.marks.star for p in prints) else starred


def toggle_reject(prints: tuple[Print, ...]) -> Marking:
    """Rejects all, or takes the rejection back when every one is rejected already."""
    if all(p.marks.reject for p in prints):
        return lambda marks: replace(marks, reject=False)
    return rejected
