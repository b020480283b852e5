"""Every action of the screens, once: its name, its words, its keys, where it works.

The key bindings, the help screen, the command palette and docs/keys.md are made from this table.
A letter means one thing on all screens: see edition.tui.key_meanings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

TABLE, LOUPE, SHELF, PRESS, SURVEY = "light table", "loupe", "shelf", "press", "survey"
PROOF, HISTORY, RECIPE = "proof", "history", "recipe"
TRAIN, CORRIDOR, PAGES = "train", "corridor", "pages"
STUDIES, STUDY = "studies", "study"
VERSIONS = "versions"
COMPARED = (SURVEY, VERSIONS)
FILM, SAVED = "film", "saved filters"
CULLING = (TABLE, LOUPE, SURVEY)
WALKED = (STUDIES, STUDY)
AGAIN, DIFFERENCES = "again", "differences"
FORM, NEW, WORK = "recipe form", "new edition", "work"
FORMS = (FORM, NEW, WORK)
LISTS = (SHELF, PRESS, HISTORY, PROOF, TRAIN, SAVED, DIFFERENCES)
ARRANGE, MEASURES, NUMBERS = "arrange", "measures", "numbers"
CHOICE, SLIDER = "choice", "stack distance"
EXHIBITION, EXHIBITIONS = "exhibition", "exhibitions"
WALLS = (ARRANGE, EXHIBITION)
SIDEWAYS = (*CULLING, VERSIONS, STUDY, CORRIDOR, PAGES, DIFFERENCES, FILM)
UPWARDS = (*CULLING, VERSIONS, *LISTS, *WALKED, CORRIDOR, PAGES)
EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class KeyAction:
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
        return _id(self.action)


@cache  # the key row asks for the ids of all actions, eight times at each key
def _id(action: str) -> str:
    spoken = re.sub(r"-(\d)", r"minus-\1", action.lower())
    return re.sub(r"[^a-z0-9]+", "-", spoken).strip("-")


_MOVING = (
    KeyAction("step('left')", "left", "left,h", SIDEWAYS, "Move"),
    KeyAction("step('right')", "right", "right,l", SIDEWAYS, "Move"),
    KeyAction("step('up')", "up", "up,k", UPWARDS, "Move"),
    KeyAction("step('down')", "down", "down,j", UPWARDS, "Move"),
    KeyAction("turn(1)", "next page", "pagedown,ctrl+f", (TABLE, *LISTS, PAGES), "Move"),
    KeyAction("turn(-1)", "previous page", "pageup,ctrl+b", (TABLE, *LISTS, PAGES), "Move"),
    KeyAction("first", "first", "home,g", (TABLE, LOUPE, *LISTS, PAGES, FILM), "Move"),
    KeyAction("last", "last", "end,G", (TABLE, LOUPE, *LISTS, PAGES, FILM), "Move"),
    KeyAction(
        "open", "open", "enter", (TABLE, SHELF, SURVEY, PROOF, TRAIN, CORRIDOR, *WALKED), "Move"
    ),
    KeyAction(
        "back", "back", "escape,q",
        (
            TABLE, LOUPE, *COMPARED, PRESS, PROOF, HISTORY, TRAIN, CORRIDOR, PAGES, FILM, SAVED,
            *WALKED,
        ),
        "Move",
    ),
)  # fmt: skip
_MARKING = (
    KeyAction("mark('toggle_star')", "star", "space", (*CULLING, STUDY), "Mark"),
    KeyAction("mark('toggle_reject')", "reject", "x", CULLING, "Mark"),
    KeyAction("mark('unmark')", "unmark", "u", CULLING, "Mark"),
    *(
        KeyAction(f"rate({n})", f"rate {n}" if n else "no rating", str(n), CULLING, "Mark")
        for n in range(6)
    ),
    *(
        KeyAction(f"label('{colour}')", f"{colour} label", key, CULLING, "Mark")
        for key, colour in zip("6789", ("red", "yellow", "green", "blue"), strict=True)
    ),
    KeyAction("label('purple')", "purple label", "shift+f9", CULLING, "Mark"),
    KeyAction(
        "mark_on('toggle_star')", "star and go on", "shift+space,ctrl+space,ctrl+@", CULLING, "Mark"
    ),
    KeyAction("mark_on('toggle_reject')", "reject and go on", "X", CULLING, "Mark"),
    *(
        KeyAction(f"rate_on({n})", f"rate {n} and go on", f"alt+{n}", CULLING, "Mark")
        for n in range(6)
    ),
    KeyAction("undo", "undo", "z", (*CULLING, STUDY), "Mark"),
    KeyAction("redo", "redo", "Z", (*CULLING, STUDY), "Mark"),
    KeyAction("history", "history", "H", (TABLE, LOUPE), "Mark"),
    KeyAction("advance", "advance after a mark", "a", CULLING, "Mark"),
    KeyAction("range", "select a range", "v", (TABLE,), "Choose"),
    KeyAction("choose", "select or unselect one", "m", (TABLE,), "Choose"),
    *(
        KeyAction(f"select('{where}')", f"select on: {where}", f"shift+{key}", (TABLE,), "Choose")
        for where, key in (
            *((side, side) for side in ("left", "right", "up", "down")),
            ("first", "home"),
            ("last", "end"),
        )
    ),
    KeyAction("choose_all", "select all", "ctrl+a", (TABLE,), "Choose"),
    KeyAction("invert", "invert the selection", "I", (TABLE,), "Choose"),
    KeyAction("seek", "go to a seed", "colon,ctrl+g", (TABLE,), "Move"),
    KeyAction("filter", "filter", "slash", (TABLE,), "Choose"),
    KeyAction("undecided", "only undecided", "c", (TABLE,), "Choose"),
    KeyAction("stars", "only stars", "asterisk", (TABLE,), "Choose"),
    KeyAction("no_rejects", "hide rejects", "backslash", (TABLE,), "Choose"),
    KeyAction("show_cells", "cells of studies too", "full_stop", (TABLE,), "Choose"),
    KeyAction("stacks", "stacks on or off", "s", (TABLE,), "Choose"),
    KeyAction("expand", "only this stack", "S", (TABLE,), "Choose"),
    KeyAction("reject_rest", "reject rest of the stack", "ctrl+x", (TABLE,), "Choose"),
    KeyAction("lookalikes", "look-alikes on or off", "L", (TABLE,), "Choose"),
    KeyAction("best", "best of its stack", "b", (TABLE, LOUPE), "Choose"),
    KeyAction("split", "split from the stack", "Y", (TABLE,), "Choose"),
    KeyAction("trash", "trash or restore", "delete,D", (TABLE, LOUPE), "Mark"),
    KeyAction("distance(1)", "wider stacks", "plus,equals_sign", (TABLE, SLIDER), "Choose"),
    KeyAction("distance(-1)", "narrower stacks", "minus", (TABLE, SLIDER), "Choose"),
    KeyAction("step('left')", "narrower", "left,h", (SLIDER,), "Choose"),
    KeyAction("step('right')", "wider", "right,l", (SLIDER,), "Choose"),
    KeyAction("first", "copies alone", "home,g", (SLIDER,), "Choose"),
    KeyAction("last", "the widest", "end,G", (SLIDER,), "Choose"),
    KeyAction("open", "keep it", "enter", (SLIDER,), "Work"),
    KeyAction("back", "as it was", "escape,q", (SLIDER,), "Move"),
    KeyAction("order", "next order", "O", (TABLE,), "See"),
    KeyAction("order_back", "previous order", "ctrl+o", (TABLE,), "See"),
    KeyAction("saved", "saved filters", "Q", (TABLE,), "Choose"),
    KeyAction("note", "note", "N", (TABLE, LOUPE), "Mark"),
    KeyAction("tags", "tags", "number_sign", (TABLE, LOUPE), "Mark"),
    KeyAction("open", "take", "enter", (SAVED,), "Move"),
    KeyAction("keep", "save the filter", "ctrl+s", (SAVED,), "Work"),
    KeyAction("forget", "forget the filter", "delete,D", (SAVED,), "Work"),
    KeyAction("size", "size of thumbnails", "t", (TABLE,), "See"),
    KeyAction("survey", "survey the selected", "B", (TABLE,), "See"),
    KeyAction("compare", "compare with the next", "d", (TABLE,), "See"),
    KeyAction("compare", "compare its versions", "d", (LOUPE,), "See"),
    KeyAction("swap", "pin, or swap with it", "d", COMPARED, "See"),
    KeyAction("flip", "flip to the other one", "tab", COMPARED, "See"),
    KeyAction("blink", "blink", "full_stop", COMPARED, "See"),
    KeyAction("drop", "drop from the screen", "delete,D", COMPARED, "See"),
    KeyAction("zoom(1)", "zoom in", "plus,equals_sign", (LOUPE, *COMPARED, PAGES), "See"),
    KeyAction("zoom(-1)", "zoom out", "minus", (LOUPE, *COMPARED, PAGES), "See"),
    KeyAction("zoom(0)", "whole picture or 1:1", "f", (LOUPE, *COMPARED), "See"),
    KeyAction("zoom(0)", "whole picture", "f", (PAGES,), "See"),
    KeyAction("size", "filmstrip on or off", "t", (LOUPE,), "See"),
    KeyAction("slideshow", "slideshow", "full_stop", (LOUPE,), "See"),
    KeyAction("details", "recipe beside it", "i", (LOUPE,), "See"),
    KeyAction("film", "denoising film", "F", (LOUPE,), "See"),
    KeyAction("play", "play or pause", "space", (FILM,), "See"),
    KeyAction("shoot", "make the film", "r", (FILM,), "Work"),
    KeyAction("step('next')", "next print", "pagedown", (LOUPE, SURVEY), "Move"),
    KeyAction("step('previous')", "previous print", "pageup", (LOUPE, SURVEY), "Move"),
    KeyAction("step('next')", "next version", "pagedown", (VERSIONS,), "Move"),
    KeyAction("step('previous')", "previous version", "pageup", (VERSIONS,), "Move"),
)
_WORKING = (
    KeyAction("more", "render prints", "r", (TABLE, SHELF), "Work"),
    KeyAction("upscale", "upscale starred prints", "U", (TABLE, LOUPE), "Work"),
    KeyAction("version", "other enlarged version", "V", (LOUPE,), "Work"),
    KeyAction("version", "take this one for paper", "V", (VERSIONS,), "Work"),
    KeyAction("proof", "proof", "P", (TABLE, LOUPE, SHELF), "Work"),
    KeyAction("recipe", "recipe", "e", (TABLE, SHELF), "Work"),
    KeyAction("new", "new edition", "n", (SHELF,), "Work"),
    KeyAction("again", "render again elsewhere", "R", (TABLE, LOUPE), "Work"),
    KeyAction("clone", "clone", "C", (SHELF,), "Work"),
    KeyAction("adopt", "adopt a folder", "A", (SHELF,), "Work"),
    KeyAction("reread", "read its folders again", "f5", (TABLE, SHELF), "Work"),
    KeyAction("differences", "compare recipes", "d", (SHELF,), "See"),
    KeyAction("pick(-1)", "previous edition", "up", (AGAIN,), "Choose"),
    KeyAction("pick(1)", "next edition", "down", (AGAIN,), "Choose"),
    KeyAction("open", "queue", "enter", (AGAIN,), "Work"),
    KeyAction("back", "leave", "escape", (AGAIN,), "Move"),
    KeyAction("back", "back", "escape,q", (DIFFERENCES,), "Move"),
    KeyAction("train", "training", "T", (TABLE, SHELF), "Work"),
    KeyAction("studies", "studies", "w", (TABLE, SHELF), "Work"),
    KeyAction("leaf(1)", "next page", "right_square_bracket", (STUDY,), "Move"),
    KeyAction("leaf(-1)", "previous page", "left_square_bracket", (STUDY,), "Move"),
    KeyAction("pin", "pin to compare", "d", (STUDY,), "See"),
    KeyAction("copy", "copy seed and prompt", "y", CULLING, "Work"),
    KeyAction("copy_files", "copy files to a folder", "greater_than_sign", (TABLE, LOUPE), "Work"),
    KeyAction(
        "open_with", "open in a program", "o", (*CULLING, *WALLS, STUDY, SHELF, PROOF), "Work"
    ),
    KeyAction("step('up')", "up", "up,k", (CHOICE,), "Move"),
    KeyAction("step('down')", "down", "down,j", (CHOICE,), "Move"),
    KeyAction("open", "take it", "enter", (CHOICE,), "Work"),
    KeyAction("back", "leave", "escape,q", (CHOICE,), "Move"),
    KeyAction("press", "the press", "p", (TABLE, SHELF), "Work"),
    KeyAction("hold", "pause or resume", "space", (PRESS,), "Work"),
    KeyAction("hold_press", "pause or start the press", "p", (PRESS,), "Work"),
    KeyAction("place(-1)", "sooner", "K,shift+up", (PRESS,), "Work"),
    KeyAction("place(1)", "later", "J,shift+down", (PRESS,), "Work"),
    KeyAction("cancel", "cancel", "delete,D", (PRESS,), "Work"),
    KeyAction("retry", "try again", "r", (PRESS,), "Work"),
    KeyAction("log", "log on or off", "i", (PRESS,), "See"),
    KeyAction("make('sheet')", "contact sheet", "1", (PROOF,), "Work"),
    KeyAction("make('wall')", "wall proof", "2", (PROOF,), "Work"),
    KeyAction("make('plates')", "plates", "3", (PROOF,), "Work"),
    KeyAction("choose('hang')", "hang: row, grid or salon", "5", (*WALLS, PROOF), "Choose"),
    KeyAction("choose('order')", "order: given, similarity", "6", (PROOF,), "Choose"),
    KeyAction("choose('paper')", "next paper", "7", (PROOF,), "Choose"),
    KeyAction("choose('style')", "next style", "8", (PROOF,), "Choose"),
    KeyAction("choose('size')", "next size of a print", "9", (PROOF,), "Choose"),
    KeyAction("copy", "copy the path", "y", (PROOF,), "Work"),
    KeyAction("start('dreambooth')", "train the model", "r,1", (TRAIN,), "Work"),
    KeyAction("start('inversion')", "textual inversion", "2", (TRAIN,), "Work"),
    KeyAction("start('corridor')", "train or resume the grid", "3", (TRAIN,), "Work"),
    KeyAction("save", "save", "ctrl+s", (RECIPE,), "Work"),
    KeyAction("back", "leave", "escape", (RECIPE,), "Move"),
    KeyAction("undo", "undo", "z", (HISTORY,), "Mark"),
    KeyAction("redo", "redo", "Z", (HISTORY,), "Mark"),
)
_HANGING = (
    KeyAction("step('left')", "previous print", "left,h", WALLS, "Move"),
    KeyAction("step('right')", "next print", "right,l", WALLS, "Move"),
    KeyAction("step('up')", "up", "up,k", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    KeyAction("step('down')", "down", "down,j", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    KeyAction("first", "first", "home,g", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    KeyAction("last", "last", "end,G", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    KeyAction("open", "open", "enter", (*WALLS, EXHIBITIONS), "Move"),
    KeyAction("back", "back", "escape,q", (*WALLS, EXHIBITIONS, NUMBERS), "Move"),
    KeyAction("place(-1)", "move earlier", "K,shift+left,shift+up", WALLS, "Work"),
    KeyAction("place(1)", "move later", "J,shift+right,shift+down", WALLS, "Work"),
    KeyAction("end('first')", "move to the start", "shift+home", WALLS, "Work"),
    KeyAction("end('last')", "move to the end", "shift+end", WALLS, "Work"),
    KeyAction("size(1)", "larger print", "right_square_bracket", WALLS, "Work"),
    KeyAction("size(-1)", "smaller print", "left_square_bracket", WALLS, "Work"),
    KeyAction("look", "order by similarity", "O", WALLS, "Work"),
    KeyAction("measures", "measures", "M", (*WALLS, PROOF), "Choose"),
    KeyAction("zoom(1)", "zoom in", "plus,equals_sign", WALLS, "See"),
    KeyAction("zoom(-1)", "zoom out", "minus", WALLS, "See"),
    KeyAction("zoom(0)", "whole wall", "f", WALLS, "See"),
    KeyAction("undo", "undo", "z", (*WALLS, EXHIBITIONS), "Mark"),
    KeyAction("redo", "redo", "Z", (*WALLS, EXHIBITIONS), "Mark"),
    KeyAction("save", "save order in the recipe", "ctrl+s", (ARRANGE,), "Work"),
    KeyAction("arrange", "hang by hand", "W", (PROOF,), "Work"),
    KeyAction("numbers", "numbers", "ctrl+n", (PROOF,), "Work"),
    KeyAction("make('certificates')", "certificates", "4", (PROOF,), "Work"),
    KeyAction("choose('plates')", "next paper of plates", "0", (PROOF,), "Choose"),
    KeyAction("field(1)", "next value", "down,tab", (MEASURES, *FORMS), "Move"),
    KeyAction("field(-1)", "previous value", "up,shift+tab", (MEASURES, *FORMS), "Move"),
    KeyAction("value(1)", "next choice", "right", FORMS, "Choose"),
    KeyAction("value(-1)", "previous choice", "left", FORMS, "Choose"),
    KeyAction("use", "next value, then make it", "enter", (NEW,), "Work"),
    KeyAction("use", "next value", "enter", (FORM,), "Move"),
    KeyAction("use", "next value, then save", "enter", (WORK,), "Work"),
    KeyAction("save", "make the edition", "ctrl+s", (NEW,), "Work"),
    KeyAction("save", "save", "ctrl+s", (FORM, WORK), "Work"),
    KeyAction("describe", "title, year, price", "dollar_sign,f2", (TABLE, LOUPE, *WALLS), "Work"),
    KeyAction("source", "edit as TOML", "ctrl+e", (FORM,), "Work"),
    KeyAction("back", "leave", "escape", FORMS, "Move"),
    KeyAction("use", "use for the next proofs", "enter", (MEASURES,), "Work"),
    KeyAction("save", "use and save", "ctrl+s", (MEASURES,), "Work"),
    KeyAction("back", "leave", "escape", (MEASURES,), "Move"),
    KeyAction("open", "open an edition", "enter", (NUMBERS,), "Work"),
    KeyAction("issue('number')", "issue a number", "n", (NUMBERS,), "Work"),
    KeyAction("issue('AP')", "issue an artist's proof", "1", (NUMBERS,), "Work"),
    KeyAction("issue('PP')", "issue a printer's proof", "2", (NUMBERS,), "Work"),
    KeyAction("withdraw", "withdraw a number", "delete,D", (NUMBERS,), "Work"),
    KeyAction("certify", "certificates", "4", (NUMBERS,), "Work"),
    KeyAction("exhibit", "hang in the exhibition", "W", (TABLE, LOUPE), "Work"),
    KeyAction("exhibitions", "exhibitions", "E", (TABLE, LOUPE, SHELF), "Work"),
    KeyAction("note", "note", "N", (EXHIBITION,), "Work"),
    KeyAction("entitle", "title", "e", (EXHIBITION,), "Work"),
    KeyAction("remove", "take down", "delete,D", (EXHIBITION, EXHIBITIONS), "Work"),
    KeyAction("new", "new exhibition", "n", (EXHIBITIONS,), "Work"),
    KeyAction("proof", "proof", "P", (EXHIBITION, EXHIBITIONS), "Work"),
    KeyAction("history", "history", "H", (EXHIBITION,), "Mark"),
)
_GENERAL = (
    KeyAction("help", "keys", "question_mark,f1", (EVERYWHERE,), "General"),
    KeyAction("ground", "dark or light theme", "ctrl+t", (EVERYWHERE,), "General"),
    KeyAction("suspend_process", "suspend, back with fg", "ctrl+z", (EVERYWHERE,), "General"),
    KeyAction("quit", "leave", "ctrl+q", (EVERYWHERE,), "General"),
)  # fmt: skip
ACTS = (*_MOVING, *_MARKING, *_WORKING, *_HANGING, *_GENERAL)
LEAVE_SHELF = KeyAction("app.quit", "leave", "q", (SHELF,), "General")
