"""The line of keys at the foot of each screen: actions and short words, the needed ones first.

A line that is too wide leaves out hints before the last one, which is the help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.tui import keymap
from edition.tui.terminal.ansi_style import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from edition.tui.terminal.ansi_style import Row, Span

Hints = tuple[tuple[str, str], ...]
_END: Hints = (("back", "back"), ("help", "keys"))

HINTS: dict[str, Hints] = {
    keymap.SHELF: (
        ("open", "open"), ("new", "new"), ("more", "render"), ("recipe", "recipe"),
        ("press", "press"), ("exhibitions", "exhibitions"), ("proof", "proof"),
        ("adopt", "adopt a folder"), ("help", "keys"),
    ),
    keymap.TABLE: (
        ("mark-toggle-star", "star"), ("mark-toggle-reject", "reject"),
        ("trash", "restore"), ("undo", "undo"), ("exhibit", "hang"), ("filter", "filter"),
        ("more", "render"), ("open", "loupe"), ("stars", "only stars"), ("advance", "advance"),
        ("help", "keys"),
    ),
    keymap.LOUPE: (
        ("mark-toggle-star", "star"), ("mark-toggle-reject", "reject"), ("zoom-0", "1:1"),
        ("compare", "versions"), ("details", "recipe"), ("size", "strip"), ("undo", "undo"),
        *_END,
    ),
    keymap.SURVEY: (
        ("mark-toggle-star", "star"), ("mark-toggle-reject", "reject"), ("zoom-0", "1:1"),
        ("swap", "pin"), ("flip", "flip"), ("blink", "blink"), ("drop", "drop"), *_END,
    ),
    keymap.VERSIONS: (
        ("zoom-0", "1:1"), ("flip", "flip"), ("blink", "blink"), ("swap", "pin"),
        ("version", "for paper"), ("drop", "drop"), *_END,
    ),
    keymap.PRESS: (
        ("hold", "pause"), ("place-minus-1", "sooner/later"), ("cancel", "cancel"),
        ("retry", "retry"), ("hold-press", "pause press"), ("log", "log"), *_END,
    ),
    keymap.PROOF: (
        ("open", "pages"), ("arrange", "arrange"), ("measures", "measures"),
        ("numbers", "numbers"), ("copy", "copy"), *_END,
    ),
    keymap.PAGES: (
        ("step-left", "previous"), ("step-right", "next"), ("zoom-1", "zoom in"), *_END,
    ),
    keymap.MEASURES: (
        ("use", "use"), ("save", "save"), ("field-1", "next"), ("back", "leave"),
    ),
    keymap.NUMBERS: (
        ("open", "open an edition"), ("issue-number", "number"), ("issue-ap", "AP"),
        ("withdraw", "withdraw"), ("certify", "certificates"), ("back", "back"),
    ),
    keymap.ARRANGE: (
        ("place-1", "move later"), ("undo", "undo"), ("look", "by similarity"), ("save", "save"),
        ("measures", "measures"), *_END,
    ),
    keymap.EXHIBITIONS: (
        ("open", "wall"), ("new", "new"), ("remove", "take down"), ("undo", "undo"),
        ("proof", "proof"), *_END,
    ),
    keymap.EXHIBITION: (
        ("place-1", "move later"), ("note", "note"), ("remove", "take down"), ("undo", "undo"),
        ("proof", "proof"), ("look", "similarity"), *_END,
    ),
    keymap.HISTORY: (("undo", "undo"), ("redo", "redo"), *_END),
    keymap.RECIPE: (("save", "save"), ("back", "leave"), ("help", "keys")),
    keymap.FORM: (
        ("field-1", "next"), ("value-1", "choose"), ("save", "save"), ("source", "as TOML"),
        ("back", "leave"),
    ),
    keymap.NEW: (
        ("use", "next"), ("value-1", "choose"), ("save", "make it"), ("back", "leave"),
    ),
    keymap.WORK: (
        ("use", "next"), ("save", "save"), ("back", "leave"),
    ),
    keymap.DIFFERENCES: (("step-right", "next recipe"), *_END),
    keymap.AGAIN: (("open", "queue"), ("pick-1", "next edition"), ("back", "leave")),
    keymap.SAVED: (
        ("open", "take"), ("keep", "save this one"), ("forget", "forget"), ("back", "back"),
    ),
    keymap.STUDIES: (("open", "open"), *_END),
    keymap.STUDY: (
        ("mark-toggle-star", "star"), ("pin", "pin"), ("open", "loupe"), ("leaf-1", "next page"),
        ("undo", "undo"), *_END,
    ),
    keymap.TRAIN: (
        ("start-dreambooth", "train"), ("start-inversion", "textual inversion"),
        ("start-corridor", "map it"), ("open", "the map"), *_END,
    ),
    keymap.CORRIDOR: (("open", "make an edition"), *_END),
    keymap.CHOICE: (("open", "take it"), ("step-down", "next"), ("back", "leave")),
    keymap.SLIDER: (
        ("step-left", "narrower"), ("step-right", "wider"), ("open", "keep"), ("back", "as it was"),
    ),
    keymap.FILM: (
        ("play", "play"), ("step-left", "back one"), ("step-right", "on one"),
        ("shoot", "make the film"), *_END,
    ),
}  # fmt: skip
"""By screen."""


def hint_line(
    room: str,
    key_of: Callable[[str], str],
    width: int,
    *,
    right: Sequence[Span] = (),
    without: Collection[str] = (),
    words: Mapping[str, str] | None = None,
) -> Row:
    """The line of keys of a screen, as much of it as fits.

    Args:
        room: the screen.
        key_of: gives an action's keys as they are set.
        width: cells.
        right: the text at the other end.
        without: ids of actions that do nothing at the moment.
        words: other words than those of the table, by id of the action.
    """
    named = {**dict(HINTS[room]), **(words or {})}
    hints = [_hint(key_of(act), named[act]) for act, _ in HINTS[room] if act not in without]
    room_left = width - cells(right) - 1
    while len(hints) > 1 and sum(map(cells, hints)) > room_left:
        del hints[-2]
    if right:  # its blanks would be cut, with a sign that something was
        tone, text = hints[-1][-1]
        hints[-1][-1] = tone, text.rstrip()
    return (("text", " "), *(span for hint in hints for span in hint)), tuple(right)


def _hint(keys: str, words: str) -> list[Span]:
    pressed = keys.split()
    return [("accent", pressed[0] if pressed else "-"), ("dim", f" {words}   ")]
