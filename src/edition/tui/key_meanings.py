"""What each letter means, on every screen, and the sets of keys that a person can choose from.

tests/tui/test_key_meanings.py holds all presets to it: one letter, one meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edition.tui.key_acts import KeyAction

_SAME = {
    "compare": ("compare", "swap", "pin", "differences"),
    "edit": ("recipe", "entitle", "source"),
    "details": ("details", "log"),
    "make": ("more", "shoot", "retry", "start"),
    "press": ("press", "hold_press"),
    "remove": ("remove", "trash", "forget", "withdraw", "cancel", "drop"),
    "play": ("slideshow", "blink"),
    "new": ("new", "issue"),
    "hang": ("exhibit", "arrange"),
    "order": ("order", "look"),
    "save": ("save", "keep"),
    "leave": ("back", "app.quit"),
}
_MEANING_OF = {base: meaning for meaning, bases in _SAME.items() for base in bases}

MEANINGS = {
    "a": "advance after a mark, or stay",
    "b": "best of its stack",
    "c": "only the undecided",
    "d": "compare: prints, versions of one, cells of a study, recipes",
    "e": "edit: a recipe, an exhibition's title",
    "f": "fit: the whole picture or 1:1, the whole wall",
    "g": "first",
    "h": "left",
    "i": "details: the recipe beside a print, a job's log",
    "j": "down",
    "k": "up",
    "l": "right",
    "m": "select or unselect one print",
    "n": "new: an edition, an exhibition, a number",
    "o": "open in a program: a print, a PDF, a folder",
    "p": "the press",
    "q": "back",
    "r": "make: render, train, shoot a film, retry a job",
    "s": "stacks",
    "t": "thumbnails",
    "u": "unmark",
    "v": "select a range",
    "w": "studies",
    "x": "reject",
    "y": "copy",
    "z": "undo",
    "A": "adopt a folder of pictures",
    "B": "survey: prints side by side",
    "C": "clone an edition",
    "D": "remove: to the trash, from an exhibition, from the queue, from what is compared",
    "E": "exhibitions",
    "F": "film of a print",
    "G": "last",
    "H": "history",
    "I": "invert the selection",
    "J": "later in an order",
    "K": "sooner in an order",
    "L": "look-alikes",
    "M": "measures: wall, frames, sizes",
    "N": "note",
    "O": "order",
    "P": "proofs: PDF",
    "Q": "saved filters",
    "R": "render again elsewhere",
    "S": "only this stack",
    "T": "training",
    "U": "upscale",
    "V": "enlarged versions",
    "W": "hang: in an exhibition, on a wall by hand",
    "X": "reject and go on",
    "Y": "split from the stack",
    "Z": "redo",
}
"""A letter of the preset ``edition``: what it means wherever it does anything."""

PRESETS: dict[str, dict[str, str]] = {
    "edition": {},
    "lightroom": {
        "mark-toggle-star": "p",
        "mark-on-toggle-star": "P",
        "proof": "f10",
        "step-left": "left",
        "step-right": "right",
        "step-up": "up",
        "step-down": "down",
        "turn-1": "pagedown",
        "turn-minus-1": "pageup",
        "first": "home",
        "last": "end",
        "open": "enter,e,space",
        "compare": "c",
        "swap": "c",
        "pin": "c",
        "differences": "c",
        "undecided": "b",
        "best": "ctrl+b",
        "undo": "ctrl+z",
        "zoom-0": "f,z",
        "suspend-process": "f12",
        "redo": "ctrl+y",
        "recipe": "ctrl+e",
        "entitle": "ctrl+e",
        "press": "f9",
        "hold-press": "f9",
        "back": "escape,g",
    },
    "vim": {
        "undo": "u",
        "redo": "ctrl+r",
        "mark-unmark": "backspace",
        "history": "U",
        "upscale": "Z",
    },
}
"""Sets of keys: action → keys, where they differ from ``edition``."""


def meaning(act: KeyAction) -> str:
    """What an action means, whatever it is done to."""
    base = act.action.partition("(")[0]
    return _MEANING_OF.get(base, act.action)
