"""Every action of the screens, once: its name, its words, its keys, where it works.

The key bindings, the help screen, the command palette and docs/keys.md are made from this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from textual.binding import Binding

TABLE, LOUPE, SHELF, PRESS, SURVEY = "light table", "loupe", "shelf", "press", "survey"
PROOF, HISTORY, RECIPE = "proof", "history", "recipe"
TRAIN, CORRIDOR, PAGES = "train", "corridor", "pages"
STUDIES, STUDY = "studies", "study"
FILM, SAVED = "film", "saved filters"
CULLING = (TABLE, LOUPE, SURVEY)
WALKED = (STUDIES, STUDY)
AGAIN, DIFFERENCES = "again", "differences"
LISTS = (SHELF, PRESS, HISTORY, PROOF, TRAIN, SAVED, DIFFERENCES)
ARRANGE, MEASURES, NUMBERS = "arrange", "measures", "numbers"
EXHIBITION, EXHIBITIONS = "exhibition", "exhibitions"
WALLS = (ARRANGE, EXHIBITION)
SIDEWAYS = (*CULLING, STUDY, CORRIDOR, PAGES, DIFFERENCES, FILM)
EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Act:
    """One action and its keys."""

    action: str
    """The screen's method, with its argument: ``rate(3)``."""
    title: str
    keys: str
    """In the preset ``edition``; separated by commas."""
    rooms: tuple[str, ...]
    group: str

    @property
    def id(self) -> str:
        """The action's name in the settings: ``rate-3``, ``turn-minus-1``."""
        spoken = re.sub(r"-(\d)", r"minus-\1", self.action.lower())
        return re.sub(r"[^a-z0-9]+", "-", spoken).strip("-")


_MOVING = (
    Act("step('left')", "left", "left,h", SIDEWAYS, "Move"),
    Act("step('right')", "right", "right,l", SIDEWAYS, "Move"),
    Act("step('up')", "up", "up,k", (*CULLING, *LISTS, *WALKED, CORRIDOR), "Move"),
    Act("step('down')", "down", "down,j", (*CULLING, *LISTS, *WALKED, CORRIDOR), "Move"),
    Act("turn(1)", "next page", "pagedown,ctrl+f", (TABLE, *LISTS, PAGES), "Move"),
    Act("turn(-1)", "previous page", "pageup,ctrl+b", (TABLE, *LISTS, PAGES), "Move"),
    Act("first", "first", "home,g", (TABLE, LOUPE, *LISTS, PAGES, FILM), "Move"),
    Act("last", "last", "end,G", (TABLE, LOUPE, *LISTS, PAGES, FILM), "Move"),
    Act("open", "open", "enter", (TABLE, SHELF, SURVEY, PROOF, TRAIN, CORRIDOR, *WALKED), "Move"),
    Act(
        "back", "back", "escape,q",
        (TABLE, LOUPE, SURVEY, PRESS, PROOF, HISTORY, TRAIN, CORRIDOR, PAGES, FILM, SAVED, *WALKED),
        "Move",
    ),
)  # fmt: skip
_MARKING = (
    Act("mark('toggle_star')", "star", "space", (*CULLING, STUDY), "Mark"),
    Act("mark('toggle_reject')", "reject", "x", CULLING, "Mark"),
    Act("mark('unmark')", "unmark", "u", CULLING, "Mark"),
    *(
        Act(f"rate({n})", f"rate {n}" if n else "no rating", str(n), CULLING, "Mark")
        for n in range(6)
    ),
    *(
        Act(f"label('{colour}')", f"{colour} label", key, CULLING, "Mark")
        for key, colour in zip("6789", ("red", "yellow", "green", "blue"), strict=True)
    ),
    Act("label('purple')", "purple label", "shift+f9", CULLING, "Mark"),
    Act("undo", "undo", "z", (*CULLING, STUDY), "Mark"),
    Act("redo", "redo", "Z", (*CULLING, STUDY), "Mark"),
    Act("history", "history", "H", (TABLE, LOUPE), "Mark"),
    Act("advance", "move on after a mark", "a", CULLING, "Mark"),
    Act("range", "choose a range", "v", (TABLE,), "Choose"),
    Act("choose", "choose or leave out one", "m", (TABLE,), "Choose"),
    Act("choose_all", "choose all", "ctrl+a", (TABLE,), "Choose"),
    Act("filter", "filter", "slash", (TABLE,), "Choose"),
    Act("undecided", "only undecided", "c", (TABLE,), "Choose"),
    Act("stacks", "stacks on or off", "s", (TABLE,), "Choose"),
    Act("expand", "only this stack", "S", (TABLE,), "Choose"),
    Act("reject_rest", "reject rest of the stack", "X", (TABLE,), "Choose"),
    Act("lookalikes", "look-alikes on or off", "L", (TABLE,), "Choose"),
    Act("best", "best of its stack", "b", (TABLE, LOUPE), "Choose"),
    Act("split", "split from the stack", "M", (TABLE,), "Choose"),
    Act("trash", "into the trash, or out of it", "delete,D", (TABLE, LOUPE), "Mark"),
    Act("distance(1)", "looser stacks", "plus,equals_sign", (TABLE,), "Choose"),
    Act("distance(-1)", "tighter stacks", "minus", (TABLE,), "Choose"),
    Act("order", "next order", "o", (TABLE,), "See"),
    Act("order_back", "previous order", "O", (TABLE,), "See"),
    Act("saved", "saved filters", "F", (TABLE,), "Choose"),
    Act("note", "note", "N", (TABLE, LOUPE), "Mark"),
    Act("tags", "tags", "number_sign", (TABLE, LOUPE), "Mark"),
    Act("open", "take", "enter", (SAVED,), "Move"),
    Act("keep", "save the filter", "s", (SAVED,), "Work"),
    Act("forget", "forget the filter", "x,delete", (SAVED,), "Work"),
    Act("size", "size of thumbnails", "t", (TABLE,), "See"),
    Act("survey", "survey the chosen", "n", (TABLE,), "See"),
    Act("compare", "compare with the next", "d", (TABLE,), "See"),
    Act("swap", "swap with the pinned one", "d", (SURVEY,), "See"),
    Act("zoom(1)", "closer", "plus,equals_sign", (LOUPE,), "See"),
    Act("zoom(-1)", "farther", "minus", (LOUPE,), "See"),
    Act("zoom(0)", "whole picture", "f", (LOUPE,), "See"),
    Act("details", "recipe beside it", "i", (LOUPE,), "See"),
    Act("film", "its film, step by step", "F", (LOUPE,), "See"),
    Act("play", "play or hold still", "space", (FILM,), "See"),
    Act("shoot", "make the film", "r", (FILM,), "Work"),
    Act("step('next')", "next print", "n,pagedown", (LOUPE,), "Move"),
    Act("step('previous')", "previous print", "p,pageup", (LOUPE,), "Move"),
)
_WORKING = (
    Act("more", "render more", "r", (TABLE, SHELF), "Work"),
    Act("upscale", "upscale the stars", "U", (TABLE, LOUPE), "Work"),
    Act("version", "other enlarged version", "v", (LOUPE,), "Work"),
    Act("proof", "proof", "P", (TABLE, LOUPE, SHELF), "Work"),
    Act("recipe", "recipe", "e", (TABLE, SHELF), "Work"),
    Act("again", "make again elsewhere", "A", (TABLE, LOUPE), "Work"),
    Act("clone", "clone", "C", (SHELF,), "Work"),
    Act("differences", "what differs", "D", (SHELF,), "See"),
    Act("pick(-1)", "previous edition", "up", (AGAIN,), "Choose"),
    Act("pick(1)", "next edition", "down", (AGAIN,), "Choose"),
    Act("open", "queue", "enter", (AGAIN,), "Work"),
    Act("back", "leave", "escape", (AGAIN,), "Move"),
    Act("back", "back", "escape,q", (DIFFERENCES,), "Move"),
    Act("train", "training", "T", (TABLE, SHELF), "Work"),
    Act("studies", "studies", "w", (TABLE, SHELF), "Work"),
    Act("leaf(1)", "next page", "right_square_bracket", (STUDY,), "Move"),
    Act("leaf(-1)", "previous page", "left_square_bracket", (STUDY,), "Move"),
    Act("pin", "pin to compare", "p", (STUDY,), "See"),
    Act("copy", "copy seed and prompt", "y", CULLING, "Work"),
    Act("press", "the press", "p", (TABLE, SHELF), "Work"),
    Act("hold", "pause or go on", "space", (PRESS,), "Work"),
    Act("hold_press", "pause or start the press", "p", (PRESS,), "Work"),
    Act("place(-1)", "sooner", "K,shift+up", (PRESS,), "Work"),
    Act("place(1)", "later", "J,shift+down", (PRESS,), "Work"),
    Act("cancel", "cancel", "x", (PRESS,), "Work"),
    Act("retry", "try again", "r", (PRESS,), "Work"),
    Act("log", "log on or off", "i", (PRESS,), "See"),
    Act("make('sheet')", "contact sheet", "c", (PROOF,), "Work"),
    Act("make('wall')", "wall proof", "w", (PROOF,), "Work"),
    Act("make('plates')", "plates", "l", (PROOF,), "Work"),
    Act("choose('hang')", "next hang: row, grid, salon", "h", (PROOF,), "Choose"),
    Act("choose('order')", "next order: given, look", "o", (PROOF,), "Choose"),
    Act("choose('paper')", "next paper", "a", (PROOF,), "Choose"),
    Act("choose('style')", "next style", "t", (PROOF,), "Choose"),
    Act("choose('size')", "next size of a print", "s", (PROOF,), "Choose"),
    Act("copy", "copy the path", "y", (PROOF,), "Work"),
    Act("start('dreambooth')", "train the model", "r", (TRAIN,), "Work"),
    Act("start('inversion')", "learn a word", "w", (TRAIN,), "Work"),
    Act("start('corridor')", "draw the map, or go on with it", "c", (TRAIN,), "Work"),
    Act("save", "save", "ctrl+s", (RECIPE,), "Work"),
    Act("back", "leave", "escape", (RECIPE,), "Move"),
    Act("undo", "undo", "z", (HISTORY,), "Mark"),
    Act("redo", "redo", "Z", (HISTORY,), "Mark"),
)
_HANGING = (
    Act("step('left')", "the print before", "left,h", WALLS, "Move"),
    Act("step('right')", "the print after", "right,l", WALLS, "Move"),
    Act("step('up')", "up", "up,k", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    Act("step('down')", "down", "down,j", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    Act("first", "first", "home,g", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    Act("last", "last", "end,G", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    Act("open", "open", "enter", (*WALLS, EXHIBITIONS), "Move"),
    Act("back", "back", "escape,q", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    Act("place(-1)", "hang it sooner", "K,shift+left,shift+up", WALLS, "Work"),
    Act("place(1)", "hang it later", "J,shift+right,shift+down", WALLS, "Work"),
    Act("end('first')", "hang it first", "shift+home", WALLS, "Work"),
    Act("end('last')", "hang it last", "shift+end", WALLS, "Work"),
    Act("size(1)", "larger print", "right_square_bracket", WALLS, "Work"),
    Act("size(-1)", "smaller print", "left_square_bracket", WALLS, "Work"),
    Act("look", "order by look: neighbours alike", "o", WALLS, "Work"),
    Act("choose('hang')", "next hang: row, grid, salon", "w", WALLS, "Choose"),
    Act("measures", "measures", "m", (*WALLS, PROOF), "Choose"),
    Act("zoom(1)", "closer", "plus,equals_sign", WALLS, "See"),
    Act("zoom(-1)", "farther", "minus", WALLS, "See"),
    Act("zoom(0)", "whole wall", "f", WALLS, "See"),
    Act("undo", "undo", "z", (*WALLS, EXHIBITIONS), "Mark"),
    Act("redo", "redo", "Z", (*WALLS, EXHIBITIONS), "Mark"),
    Act("save", "save the order in the recipe", "s,ctrl+s", (ARRANGE,), "Work"),
    Act("arrange", "hang by hand", "v", (PROOF,), "Work"),
    Act("numbers", "numbers", "n", (PROOF,), "Work"),
    Act("make('certificates')", "certificates", "N", (PROOF,), "Work"),
    Act("choose('plates')", "next paper of plates", "b", (PROOF,), "Choose"),
    Act("field(1)", "next value", "down,tab", (MEASURES,), "Move"),
    Act("field(-1)", "previous value", "up,shift+tab", (MEASURES,), "Move"),
    Act("use", "use for the next proofs", "enter", (MEASURES,), "Work"),
    Act("save", "use and save", "ctrl+s", (MEASURES,), "Work"),
    Act("back", "leave", "escape", (MEASURES,), "Move"),
    Act("open", "open an edition", "o,enter", (NUMBERS,), "Work"),
    Act("issue('number')", "give out a number", "n", (NUMBERS,), "Work"),
    Act("issue('AP')", "give out an artist's proof", "a", (NUMBERS,), "Work"),
    Act("issue('PP')", "give out a printer's proof", "p", (NUMBERS,), "Work"),
    Act("withdraw", "withdraw a number", "x", (NUMBERS,), "Work"),
    Act("certify", "certificates", "c", (NUMBERS,), "Work"),
    Act("exhibit", "hang in the exhibition", "W", (TABLE, LOUPE), "Work"),
    Act("exhibitions", "exhibitions", "E", (TABLE, LOUPE, SHELF), "Work"),
    Act("note", "note", "N", (EXHIBITION,), "Work"),
    Act("entitle", "title", "t", (EXHIBITION,), "Work"),
    Act("remove", "take down", "x", (EXHIBITION, EXHIBITIONS), "Work"),
    Act("new", "new exhibition", "n", (EXHIBITIONS,), "Work"),
    Act("proof", "proof", "P", (EXHIBITION, EXHIBITIONS), "Work"),
    Act("history", "history", "H", (EXHIBITION,), "Mark"),
)
_GENERAL = (
    Act("help", "keys", "question_mark,f1", (EVERYWHERE,), "General"),
    Act("ground", "dark or light", "ctrl+t", (EVERYWHERE,), "General"),
    Act("quit", "leave", "ctrl+q", (EVERYWHERE,), "General"),
)  # fmt: skip
ACTS = (*_MOVING, *_MARKING, *_WORKING, *_HANGING, *_GENERAL)
LEAVE_SHELF = Act("app.quit", "leave", "q", (SHELF,), "General")

PRESETS: dict[str, dict[str, str]] = {
    "edition": {},
    "lightroom": {
        "mark-toggle-star": "p",
        "step-left": "left",
        "step-right": "right",
        "step-up": "up",
        "step-down": "down",
        "step-previous": "pageup",
        "first": "home",
        "last": "end",
        "open": "enter,e",
        "compare": "c",
        "pin": "c",
        "undecided": "b",
        "best": "B",
        "undo": "ctrl+z",
        "redo": "ctrl+y",
        "recipe": "R",
        "press": "f9",
        "back": "escape,g",
    },
    "vim": {
        "undo": "u",
        "redo": "ctrl+r",
        "mark-unmark": "backspace",
        "history": "U",
        "upscale": "B",
        "choose": "V",
    },
}
"""Sets of keys: action → keys, where they differ from ``edition``."""


def of_room(room: str) -> tuple[Act, ...]:
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
    "number_sign": "#", "delete": "Del",
    "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip


def shown(keys: str) -> str:
    """Keys as a person reads them: ``←  h``."""
    parts = []
    for key in keys.split(","):
        name = key.strip()
        if name.startswith("ctrl+"):
            name = f"^{name[5:]}"
        parts.append(_SHOWN.get(name, name))
    return " ".join(parts)
