"""The table of keys as bindings, and keys as a person reads them.

The actions are in edition.tui.key_acts, what letters mean and the presets in key_meanings.
"""

from __future__ import annotations

from textual.binding import Binding

from edition.tui.key_acts import (
    ACTS,
    AGAIN,
    ARRANGE,
    CHOICE,
    CORRIDOR,
    DIFFERENCES,
    EVERYWHERE,
    EXHIBITION,
    EXHIBITIONS,
    FILM,
    FORM,
    HISTORY,
    LEAVE_SHELF,
    LOUPE,
    MEASURES,
    NEW,
    NUMBERS,
    PAGES,
    PRESS,
    PROOF,
    RECIPE,
    SAVED,
    SHELF,
    SLIDER,
    STUDIES,
    STUDY,
    SURVEY,
    TABLE,
    TRAIN,
    VERSIONS,
    WORK,
    KeyAction,
)
from edition.tui.key_meanings import PRESETS

__all__ = [
    "ACTS",
    "AGAIN",
    "ARRANGE",
    "CHOICE",
    "CORRIDOR",
    "DIFFERENCES",
    "EVERYWHERE",
    "EXHIBITION",
    "EXHIBITIONS",
    "FILM",
    "FORM",
    "HISTORY",
    "LEAVE_SHELF",
    "LOUPE",
    "MEASURES",
    "NEW",
    "NUMBERS",
    "PAGES",
    "PRESETS",
    "PRESS",
    "PROOF",
    "RECIPE",
    "SAVED",
    "SHELF",
    "SLIDER",
    "STUDIES",
    "STUDY",
    "SURVEY",
    "TABLE",
    "TRAIN",
    "VERSIONS",
    "WORK",
    "KeyAction",
]


def of_room(room: str) -> tuple[KeyAction, ...]:
    """The actions of a screen, the general ones last."""
    return tuple(act for act in ACTS if room in act.rooms or EVERYWHERE in act.rooms)


def bindings(room: str) -> list[Binding]:
    """The key bindings of a screen; the names let settings move them."""
    return [
        Binding(act.keys, act.action, act.title, show=False, id=act.id)
        for act in of_room(room)
        if EVERYWHERE not in act.rooms
    ]


def general() -> list[Binding]:
    """The bindings that hold on every screen."""
    return [
        Binding(act.keys, act.action, act.title, show=False, id=act.id, priority=act.id == "quit")
        for act in ACTS
        if EVERYWHERE in act.rooms
    ]


def keymap(preset: str, own: dict[str, str]) -> dict[str, str]:
    """The keys that differ from the bindings' own."""
    return {**PRESETS[preset], **own}


_SHOWN = {
    "slash": "/", "question_mark": "?", "plus": "+", "equals_sign": "=", "minus": "-",
    "left": "←", "right": "→", "up": "↑", "down": "↓", "pagedown": "PgDn", "pageup": "PgUp",
    "home": "Home", "end": "End", "escape": "Esc", "enter": "Enter", "backspace": "Bksp",
    "number_sign": "#", "asterisk": "*", "backslash": "\\", "colon": ":",
    "exclamation_mark": "!", "comma": ",", "full_stop": ".", "delete": "Del",
    "left_square_bracket": "[", "right_square_bracket": "]", "greater_than_sign": ">",
    "dollar_sign": "$", "ctrl+@": "^space", "ctrl+space": "^space",
}  # fmt: skip


def shown(keys: str) -> str:
    """Keys as a person reads them: ``←  h``."""
    parts = []
    for key in keys.split(","):
        name = _SHOWN.get(key.strip(), key.strip())
        if name.startswith("ctrl+"):
            name = f"^{name[5:]}"
        parts.append(name)
    return " ".join(dict.fromkeys(parts))
